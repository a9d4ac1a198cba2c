// The sandbox as a `fetch`, its control routes and its pages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createSandbox } from "../src/sandbox.ts";
import { OUTCOMES } from "../src/scenarios.ts";
import { E_TRANSFER, EFT, GEFT, ORIGIN, PARAMS, start, text } from "./calls.ts";

/** A test that waited for this would never end. */
const LONG_MS = 1_000_000;

const open = async (fetch: typeof globalThis.fetch, sessionId: string) => {
	const response = await fetch(`${ORIGIN}/app/?sessionId=${encodeURIComponent(sessionId)}`);
	return { response, page: await response.text() };
};

test("fetch accepts text, a URL or a Request, and works without its object", async () => {
	const { fetch } = createSandbox();
	for (const input of [`${ORIGIN}/`, new URL(ORIGIN), new Request(ORIGIN)]) {
		assert.equal((await fetch(input)).status, 200);
	}
	assert.equal((await fetch(new Request(ORIGIN), { method: "POST" })).status, 404);
});

test("createSandbox rejects an unknown option by its name", () => {
	const misspelt: [given: object, says: RegExp][] = [
		[{ latencyMS: 5 }, /^TypeError: createSandbox: unknown option latencyMS\. Use one of credentials, .*, webhook\.$/],
		[{ credentials: { user: "u", password: "p" } }, /: unknown option credentials\.user\. Use one of username, pass/],
		[{ webhook: { url: "https://a.example", secret: "s", header: "X-A" } }, /: unknown option webhook\.header\. /],
	];
	for (const [given, says] of misspelt) assert.throws(() => createSandbox(given), says);
	const webhook = { url: "https://a.example", secret: "s", scheme: "geft", headerName: "X-A", interac: true } as const;
	createSandbox({
		webhook: { ...webhook, interacBody: (event) => event, guaranteeEvent: "Any", fault: "drop" },
		latencyMs: 0,
	});
});

test("an aborted fetch rejects with the signal's reason; the request's effect stays", async (t) => {
	t.mock.timers.enable({ apis: ["setTimeout"] });
	const { sandbox } = start({ latencyMs: LONG_MS });
	const controller = new AbortController();
	const form = { method: "POST", body: new URLSearchParams({ grant_type: "client_credentials" }) };
	const call = sandbox.fetch(`${ORIGIN}/api/v1/authorize`, { ...form, signal: controller.signal });
	while (sandbox.journal[0]?.status !== 401) await setImmediate();
	controller.abort(new Error("enough"));
	await assert.rejects(call, /enough/);
	await assert.rejects(sandbox.fetch(ORIGIN, { signal: controller.signal }), /enough/);
});

test("latencyMs delays the answers of the API and no others", async () => {
	assert.equal((await start({ latencyMs: LONG_MS }).sandbox.fetch(ORIGIN)).status, 200);
	const started = performance.now();
	await start({ latencyMs: 80 }).call("/api/v1/authorize", { method: "POST" });
	assert.ok(performance.now() - started >= 79);
});

test("the functions of the sandbox work over HTTP too", async () => {
	const { call, pay, post, status, token } = start();
	const { sessionId, requestId, bearer } = await pay("Avery Decline");
	const accepted = await post(`/sandbox/sessions/${sessionId}/play`, "", { outcome: "accept" });
	assert.deepEqual(accepted.body, { sessionId, requestId, status: "Accepted" });
	assert.deepEqual((await post("/sandbox/settle", "", { to: "Processed" })).body, { moved: 1 });
	assert.deepEqual((await call("/sandbox/settle", { method: "POST" })).body, { moved: 1 });
	assert.equal((await status(bearer, requestId)).body.status, "Settled");

	const byName = await pay("Avery Decline");
	const declined = await call(`/sandbox/sessions/${byName.sessionId}/play`, { method: "POST" });
	assert.equal(declined.body.status, "Declined");

	const before = Date.now();
	const { now } = (await post("/sandbox/advance", "", { ms: 299_000 })).body;
	assert.ok(typeof now === "number" && now >= before + 299_000);
	assert.equal((await status(bearer, requestId)).status, 401);
	assert.equal((await status(await token(), requestId)).status, 200);
});

test("the control routes reject invalid bodies with 400", async () => {
	const { post, pay } = start();
	const { sessionId } = await pay();
	const play = (id: string, body: unknown) => post(`/sandbox/sessions/${id}/play`, "", body);
	assert.equal((await play("x", {})).status, 404);
	assert.equal((await play(sessionId, { outcome: "Accepted" })).status, 400);
	assert.equal((await play(sessionId, { outcome: "cancel" })).status, 200);
	assert.equal((await play(sessionId, { outcome: "accept" })).status, 409);
	assert.equal((await post("/sandbox/settle", "", { to: "Failed" })).status, 400);
	assert.equal((await post("/sandbox/settle", "", { sessionId: 7 })).status, 400);
	for (const ms of [undefined, -1, "1"]) assert.equal((await post("/sandbox/advance", "", { ms })).status, 400);
});

test("the journal can be read and emptied over HTTP, which it does not record", async () => {
	const { sandbox, pay } = start();
	await pay();
	const read = async () => (await sandbox.fetch(`${ORIGIN}/sandbox/journal`)).json();
	assert.deepEqual(await read(), JSON.parse(JSON.stringify(sandbox.journal)));
	assert.equal((await read()).length, 3);
	const emptied = await sandbox.fetch(`${ORIGIN}/sandbox/journal`, { method: "DELETE" });
	assert.equal(emptied.status, 204);
	assert.deepEqual(await read(), []);
});

test("the hosted page opens for an open payment request and escapes its texts", async () => {
	const { sandbox, token, initiate, request } = start();
	const bearer = await token();
	const customerName = `<img src=x onerror="alert(1)"> & 'Tremblay'`;
	const sessionId = text((await initiate(bearer, { ...PARAMS, customerName })).body, "sessionId");
	await request(bearer, sessionId);
	const { response, page } = await open(sandbox.fetch, sessionId);
	assert.equal(response.status, 200);
	assert.match(page, /\$12\.50/);
	assert.match(page, /This is not Flinks, and no money moves/);
	assert.match(page, /&lt;img src=x/);
	assert.doesNotMatch(page, /<img/);
	const entry = sandbox.journal.at(-1);
	assert.deepEqual([entry?.path, entry?.sessionId, entry?.status], ["/app/", sessionId, 200]);
});

test("the hosted page forbids inline scripts and styles and has none", async () => {
	const { sandbox, pay } = start();
	const { response, page } = await open(sandbox.fetch, (await pay()).sessionId);
	const policy = response.headers.get("content-security-policy") ?? "";
	assert.match(policy, /default-src 'none'/);
	assert.doesNotMatch(policy, /unsafe/);
	assert.doesNotMatch(page, /<style|\sstyle=|\son\w+=|<script(?![^>]*src=)/);
	for (const [path, type] of [
		["/app/page.js", "text/javascript"],
		["/app/page.css", "text/css"],
	] as const) {
		assert.ok(page.includes(`"${path}"`));
		const asset = await sandbox.fetch(ORIGIN + path);
		assert.equal(asset.status, 200);
		assert.ok(asset.headers.get("content-type")?.startsWith(type));
	}
});

test("the hosted page shows a refusal when the session cannot be paid", async () => {
	const { sandbox, token, initiate, pay } = start();
	const bare = text((await initiate(await token())).body, "sessionId");
	const expired = (await pay()).sessionId;
	sandbox.advance(900_000);
	const cancelled = (await pay()).sessionId;
	sandbox.play(cancelled, "cancel");
	const accepted = (await pay()).sessionId;
	sandbox.play(accepted, "accept");
	for (const [sessionId, status, words] of [
		["", 404, /cannot find/],
		["<b>", 404, /cannot find/],
		[bare, 409, /not ready/],
		[expired, 410, /Expired/],
		[cancelled, 410, /Cancelled/],
		[accepted, 410, /Accepted/],
	] as const) {
		const { response, page } = await open(sandbox.fetch, sessionId);
		assert.equal(response.status, status, sessionId);
		assert.match(page, words);
		assert.doesNotMatch(page, /<button/);
	}
});

test("the start page says that this is not Flinks", async () => {
	const { fetch } = createSandbox();
	const page = await (await fetch(ORIGIN)).text();
	assert.match(page, /not Flinks/);
	assert.match(page, /POST \/api\/v1\/authorize/);
	assert.match(page, /Avery Decline/);
});

test("settle with a sessionId moves that payment alone", async () => {
	const { post, pay, open, sandbox } = start();
	const [one, other] = [await pay(), await pay()];
	const [third, fourth] = [await open(E_TRANSFER), await open(E_TRANSFER)];
	for (const { sessionId } of [one, other, third, fourth]) sandbox.play(sessionId, "accept");
	for (const { sessionId } of [one, third]) {
		assert.deepEqual((await post("/sandbox/settle", "", { sessionId })).body, { moved: 1 });
	}
	assert.deepEqual([await one.readStatus(), await other.readStatus()], ["Settled", "Accepted"]);
	const transaction = async ({ readDetails }: typeof third) =>
		Object(Object((await readDetails()).schedule)).transactions[0].status;
	assert.deepEqual([await transaction(third), await transaction(fourth)], ["Settled", "Accepted"]);
	assert.deepEqual((await post("/sandbox/settle", "", { sessionId: "x" })).body, { moved: 0 });
});

test("an example of each product can be created without a client, whatever the options", async () => {
	const { post, call } = start({ defaultAccount: false, geftAddress: "required" });
	for (const product of ["Interac v1", "e-Transfer", "EFT", "GEFT"]) {
		const { sessionId } = (await post("/sandbox/examples", "", { product })).body;
		const { payments } = (await call("/sandbox/state")).body;
		const [newest] = Array.isArray(payments) ? payments : [];
		assert.deepEqual([newest.sessionId, newest.product, newest.status], [sessionId, product, "Initiated"]);
	}
	assert.equal((await post("/sandbox/examples", "", { product: "Loan" })).status, 400);
});

test("the state offers exactly the outcomes that can be played", async () => {
	const { pay, open, call, sandbox } = start();
	for (const begin of [() => pay(), () => open(E_TRANSFER), () => open(EFT), () => open(GEFT)]) {
		for (const first of [undefined, "begin"] as const) {
			const { sessionId } = await begin();
			if (first) sandbox.play(sessionId, first);
			const { payments } = (await call("/sandbox/state")).body;
			const view = Object(payments).find((one: { sessionId: string }) => one.sessionId === sessionId);
			for (const outcome of OUTCOMES) {
				const again = await begin();
				if (first) sandbox.play(again.sessionId, first);
				const play = () => sandbox.play(again.sessionId, outcome);
				if (view.outcomes.includes(outcome)) play();
				else assert.throws(play, /cannot become|is not for/, `${view.product} ${outcome}`);
			}
		}
	}
});

test("the hosted page of a v2 session opens at once and is closed once the session has ended", async () => {
	const { sandbox, open: create } = start();
	for (const [body, script] of [
		[E_TRANSFER, "/app/page.js"],
		[EFT, "/app/eft.js"],
		[GEFT, "/app/eft.js"],
	] as const) {
		const { sessionId } = await create({ ...body, payor: { ...body.payor, firstName: "<b>" } });
		const { response, page } = await open(sandbox.fetch, sessionId);
		assert.equal(response.status, 200);
		assert.ok(page.includes(`"${script}"`));
		assert.doesNotMatch(page, /<b>|<style|\sstyle=|\son\w+=|<script(?![^>]*src=)/);
		assert.equal((await sandbox.fetch(ORIGIN + script)).status, 200);
		sandbox.play(sessionId, "accept");
		assert.equal((await open(sandbox.fetch, sessionId)).response.status, 410);
	}
	const idle = await create();
	sandbox.advance(900_000);
	assert.match((await open(sandbox.fetch, idle.sessionId)).page, /Expired/);
});
