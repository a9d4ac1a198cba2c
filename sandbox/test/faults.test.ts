// Faults by step: each fault at each step, whether or not the call has had its effect.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { FAULTS, STEPS } from "../src/fault-names.ts";
import type { FaultName, Step } from "../src/sandbox.ts";
import { basic, GEFT, ORIGIN, PARAMS, start } from "./calls.ts";

type Setup = ReturnType<typeof start>;

/** Brings the sandbox to where a step can be taken, and says how. */
async function prepare(setup: Setup, step: Step): Promise<{ path: string; init: RequestInit }> {
	const { token, pay, open, initiate } = setup;
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

/** How much there is: a create that had its effect adds to it. */
async function size({ sandbox }: Setup): Promise<string> {
	const state = await (await sandbox.fetch(`${ORIGIN}/sandbox/state`)).json();
	return JSON.stringify([state.payments, state.emails.length]);
}

const CREATES: readonly Step[] = ["initiate", "sendrequest", "payment_request", "session", "cancel"];

/** The status, and the body as it came; or that nothing came until the caller hung up. */
async function take(setup: Setup, fault: FaultName, { path, init }: { path: string; init: RequestInit }) {
	const caller = new AbortController();
	if (/^timeout/.test(fault)) void hasMet(setup, fault).then(() => caller.abort());
	try {
		const response = await setup.sandbox.fetch(ORIGIN + path, { ...init, signal: caller.signal });
		return { status: response.status, headers: response.headers, body: await response.text() };
	} catch (error) {
		assert.equal(error, caller.signal.reason);
		return "nothing";
	}
}

/** The request has met the fault, and has had its effect if it has one. */
async function hasMet({ sandbox }: Setup, fault: FaultName): Promise<void> {
	while (sandbox.journal.at(-1)?.fault !== fault) await setImmediate();
	for (let turns = 0; turns < 50; turns++) await setImmediate();
}

function check(step: Step, fault: FaultName, answer: Awaited<ReturnType<typeof take>>): void {
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
	test(`every fault can be met at ${step}, with or without its effect`, async () => {
		for (const fault of FAULTS) {
			const setup = start();
			const call = await prepare(setup, step);
			const before = await size(setup);
			setup.sandbox.fault({ step, fault, retryAfter: 7, delayMs: 5 });
			check(step, fault, await take(setup, fault, call));
			const early = /^\d|timeout_before|token_expired/.test(fault);
			assert.equal((await size(setup)) !== before, CREATES.includes(step) && !early, `${fault} at ${step}`);
			assert.equal(setup.sandbox.journal.at(-1)?.fault, fault);
			assert.deepEqual(setup.sandbox.faults, []);
		}
	});
}

test("a fault is met as often as it is told, in the order in which faults were switched on, at its step alone", async () => {
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

test("a token that expires at a step stays expired; at authorize, the new one is dead on arrival", async () => {
	const { sandbox, token, initiate } = start();
	const bearer = await token();
	sandbox.fault({ step: "initiate", fault: "token_expired" });
	assert.equal((await initiate(bearer)).status, 401);
	assert.equal((await initiate(bearer)).status, 401);
	sandbox.fault({ step: "authorize", fault: "token_expired" });
	assert.equal((await initiate(await token())).status, 401);
	assert.equal((await initiate(await token())).status, 200);
});

test("a slow body begins at once and ends late", async () => {
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

test("faults are switched on, read and switched off over HTTP", async () => {
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
