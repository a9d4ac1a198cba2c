// Each fault at each step, and whether the call has its effect.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { FAULTS, STEPS } from "../src/fault-settings.ts";
import type { FaultName, Step } from "../src/sandbox.ts";
import { basic, GEFT, ORIGIN, PARAMS, start } from "./calls.ts";

type Calls = ReturnType<typeof start>;

/** Prepares the sandbox for a step, and gives the request of that step. */
async function prepare(calls: Calls, step: Step): Promise<{ path: string; init: RequestInit }> {
	const { token, pay, open, initiate } = calls;
	const bearer = await token();
	const json = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
	const post = (path: string, body?: unknown) => ({
		path,
		init: { method: "POST", headers: json, ...(body === undefined ? {} : { body: JSON.stringify(body) }) },
	});
	const get = (path: string) => ({ path, init: { headers: json } });
	switch (step) {
		case "authorize": {
			const body = new URLSearchParams({ grant_type: "client_credentials" });
			const init = { method: "POST", headers: { authorization: basic("sandbox", "sandbox") }, body };
			return { path: "/api/v1/authorize", init };
		}
		case "initiate":
			return post("/api/v1/sessions/initiate", PARAMS);
		case "sendrequest":
			return post("/api/v1/sessions/sendrequest", PARAMS);
		case "payment_request":
			return post("/api/v1/paymentrequests", { sessionId: (await initiate(bearer)).body.sessionId });
		case "status":
			return get(`/api/v1/paymentrequests/${(await pay()).requestId}`);
		case "session":
			return post("/api/v2/sessions", GEFT);
		case "session_status":
			return get(`${(await open()).path}/status`);
		case "session_details":
			return get(`${(await open()).path}/details`);
		case "cancel":
			return post(`${(await open()).path}/cancel`);
		case "guarantee":
			return post(`${(await open()).path}/guarantees/confirm`, { guaranteeAccepted: true });
	}
}

/** The payments and the number of e-mails: a call that has its effect changes them. */
async function effectsOf({ sandbox }: Calls): Promise<string> {
	const state = await (await sandbox.fetch(`${ORIGIN}/sandbox/state`)).json();
	return JSON.stringify([state.payments, state.emails.length]);
}

const CREATES: readonly Step[] = ["initiate", "sendrequest", "payment_request", "session", "cancel"];

/** Sends the request. Gives the status and the body, or that no answer came. */
async function send(calls: Calls, fault: FaultName, { path, init }: { path: string; init: RequestInit }) {
	const caller = new AbortController();
	if (/^timeout/.test(fault)) void hasMet(calls, fault).then(() => caller.abort());
	try {
		const response = await calls.sandbox.fetch(ORIGIN + path, { ...init, signal: caller.signal });
		return { status: response.status, headers: response.headers, body: await response.text() };
	} catch (error) {
		assert.equal(error, caller.signal.reason);
		return "nothing";
	}
}

/** Waits until the request has met the fault, and has had its effect if it has one. */
async function hasMet({ sandbox }: Calls, fault: FaultName): Promise<void> {
	while (sandbox.journal.at(-1)?.fault !== fault) await setImmediate();
	for (let turns = 0; turns < 50; turns++) await setImmediate();
}

function check(step: Step, fault: FaultName, answer: Awaited<ReturnType<typeof send>>): void {
	if (fault === "timeout_before" || fault === "timeout_after") {
		assert.equal(answer, "nothing");
		return;
	}
	assert.ok(answer !== "nothing", `${fault} at ${step} was answered`);
	const { status, body, headers } = answer;
	const good = status === 200 || status === 201;
	if (/^\d/.test(fault)) {
		assert.deepEqual([String(status), headers.get("retry-after")], [fault, "7"]);
		assert.equal(JSON.parse(body).status, status);
	} else if (fault === "token_expired") assert.equal(status, step === "authorize" ? 200 : 401);
	else assert.ok(good, `${fault} at ${step}: ${status}`);
	if (fault === "empty") assert.equal(body, "");
	if (fault === "html") assert.match(`${headers.get("content-type")} ${body}`, /^text\/html.*<p>/);
	if (fault === "not_json") assert.throws(() => JSON.parse(body));
	if (fault === "slow_body") assert.equal(typeof JSON.parse(body), "object");
}

for (const step of STEPS) {
	test(`every fault works at ${step}, before or after the call's effect`, async () => {
		for (const fault of FAULTS) {
			const calls = start();
			const call = await prepare(calls, step);
			const before = await effectsOf(calls);
			calls.sandbox.fault({ step, fault, retryAfter: 7, delayMs: 5 });
			check(step, fault, await send(calls, fault, call));
			const early = /^\d|timeout_before|token_expired/.test(fault);
			assert.equal((await effectsOf(calls)) !== before, CREATES.includes(step) && !early, `${fault} at ${step}`);
			assert.equal(calls.sandbox.journal.at(-1)?.fault, fault);
			assert.deepEqual(calls.sandbox.faults, []);
		}
	});
}

test("a fault applies `times` times, in the order of switching on, at its own step only", async () => {
	const { sandbox, token, authorize, initiate } = start();
	const bearer = await token();
	sandbox.fault({ step: "authorize", fault: "503", times: 2 });
	sandbox.fault({ step: "authorize", fault: "429" });
	assert.equal((await initiate(bearer)).status, 200);
	const statuses = [];
	for (let count = 0; count < 4; count++) {
		const answer = await authorize(
			{ authorization: basic("sandbox", "sandbox") },
			new URLSearchParams("grant_type=client_credentials"),
		);
		statuses.push(answer.status);
	}
	assert.deepEqual(statuses, [503, 503, 429, 200]);
});

test("token_expired expires the token of the call for good; at authorize, it expires the new token", async () => {
	const { sandbox, token, initiate } = start();
	const bearer = await token();
	sandbox.fault({ step: "initiate", fault: "token_expired" });
	assert.equal((await initiate(bearer)).status, 401);
	assert.equal((await initiate(bearer)).status, 401);
	sandbox.fault({ step: "authorize", fault: "token_expired" });
	assert.equal((await initiate(await token())).status, 401);
	assert.equal((await initiate(await token())).status, 200);
});

test("slow_body sends the first half at once and the rest later", async () => {
	const { sandbox, token } = start();
	const bearer = await token();
	const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
	const init = { method: "POST", headers, body: JSON.stringify(PARAMS) };
	const initiate = async (delayMs: number) => {
		sandbox.fault({ step: "initiate", fault: "slow_body", delayMs });
		return (await sandbox.fetch(`${ORIGIN}/api/v1/sessions/initiate`, init)).body?.getReader();
	};
	const endless = await initiate(1_000_000);
	assert.ok((await endless?.read())?.value?.length);
	await endless?.cancel();
	const started = performance.now();
	const late = await initiate(80);
	assert.ok((await late?.read())?.value?.length);
	assert.ok((await late?.read())?.value?.length);
	assert.ok(performance.now() - started >= 79);
});

test("faults can be added, read and removed over HTTP", async () => {
	const { post, call, sandbox, token } = start();
	const fault = { step: "initiate", fault: "502", times: 3, retryAfter: 1 };
	assert.deepEqual((await post("/sandbox/faults", "", fault)).body, fault);
	assert.deepEqual((await sandbox.fetch(`${ORIGIN}/sandbox/faults`)).status, 200);
	assert.deepEqual(sandbox.faults, [fault]);
	const read: unknown = await (await sandbox.fetch(`${ORIGIN}/sandbox/faults`)).json();
	assert.deepEqual(read, [fault]);
	await sandbox.fetch(`${ORIGIN}/sandbox/faults`, { method: "DELETE" });
	assert.deepEqual(sandbox.faults, []);
	for (const [body, name] of [
		[{ fault: "502" }, "step"],
		[{ step: "initiate", fault: "404" }, "fault"],
		[{ step: "initiate", fault: 502 }, "fault"],
		[{ step: "initiate", fault: "502", times: 0 }, "times"],
		[{ step: "initiate", fault: "502", times: "1" }, "times"],
		[{ step: "initiate", fault: "429", retryAfter: -1 }, "retryAfter"],
		[{ step: "initiate", fault: "slow_body", delayMs: 0.5 }, "delayMs"],
	] as const) {
		const answer = await post("/sandbox/faults", "", body);
		assert.deepEqual([answer.status, Object.keys(Object(answer.body.errors))], [400, [name]]);
	}
	assert.throws(() => sandbox.fault({ step: "initiate", fault: "502", times: 0 }), /times/);
	assert.equal(
		(await call("/api/v1/paymentrequests/x", { headers: { authorization: `Bearer ${await token()}` } })).status,
		404,
	);
});
