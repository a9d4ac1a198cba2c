// What a token is valid for. Follows docs.flinks.com/api/pay/endpoints/authorize/authorize.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PARAMS, start, text } from "./calls.ts";

test("rejects a call with 401 when the token is missing, unknown or in another scheme", async () => {
	const { call, initiate, token } = start();
	const refused = [{}, { authorization: `Basic ${await token()}` }, { authorization: await token() }];
	for (const headers of refused) {
		const init = { method: "POST", headers: { ...headers, "content-type": "application/json" } };
		const answer = await call("/api/v1/sessions/initiate", { ...init, body: JSON.stringify(PARAMS) });
		assert.equal(answer.status, 401);
		assert.equal(answer.type, "application/problem+json");
		assert.equal(answer.headers.get("www-authenticate"), "Bearer");
	}
	assert.equal((await initiate(crypto.randomUUID())).status, 401);
	assert.equal((await call("/api/v1/paymentrequests/x")).status, 401);
	assert.equal((await call("/api/v1/paymentrequests", { method: "POST" })).status, 401);
});

test("a token is valid until expires_in and not longer", async (t) => {
	t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
	const { sandbox, token, initiate, status } = start();
	const [early, late] = [await token(), await token()];
	sandbox.advance(298_999);
	assert.equal((await initiate(early)).status, 200);
	sandbox.advance(1);
	assert.equal((await initiate(late)).status, 401);
	assert.equal((await status(early, "x")).status, 401);
	assert.equal((await initiate(await token())).status, 200);
});

test("advance rejects a number below 0 or not finite", () => {
	const { sandbox } = start();
	for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY]) assert.throws(() => sandbox.advance(ms), RangeError);
});

test("a token starts one session", async () => {
	const { token, initiate } = start();
	const bearer = await token();
	assert.equal((await initiate(bearer)).status, 200);
	assert.equal((await initiate(bearer)).status, 401);
});

test("one of many concurrent sessions with one token succeeds", async () => {
	const { token, initiate } = start();
	const bearer = await token();
	const answers = await Promise.all(Array.from({ length: 16 }, () => initiate(bearer)));
	assert.equal(answers.filter(({ status }) => status === 200).length, 1);
	assert.equal(answers.filter(({ status }) => status === 401).length, 15);
});

test("a refused initiate does not spend the token", async () => {
	const { token, initiate } = start();
	const bearer = await token();
	assert.equal((await initiate(bearer, {})).status, 400);
	assert.equal((await initiate(bearer)).status, 200);
});

test("a token that has started a session is rejected for another session's payment request", async () => {
	const { token, initiate, request } = start();
	const [mine, theirs] = [await token(), await token()];
	const session = text((await initiate(mine)).body, "sessionId");
	await initiate(theirs);
	assert.equal((await request(theirs, session)).status, 401);
	assert.equal((await request(mine, session)).status, 200);
});

test("a fresh token can request any session's payment and still start its own session", async () => {
	const { token, initiate, request } = start();
	const session = text((await initiate(await token())).body, "sessionId");
	const fresh = await token();
	assert.equal((await request(fresh, session)).status, 200);
	assert.equal((await initiate(fresh)).status, 200);
});

test("any valid token reads a status, spent or not", async () => {
	const { token, initiate, pay, status } = start();
	const { bearer, requestId } = await pay();
	const foreign = await token();
	await initiate(foreign);
	for (const reader of [bearer, foreign, await token()]) assert.equal((await status(reader, requestId)).status, 200);
});

test("tokenHeader lenient accepts a BearerToken header, with or without the word Bearer", async () => {
	for (const [tokenHeader, expected] of [
		["strict", 401],
		["lenient", 404],
	] as const) {
		const { call, token, sandbox } = start({ tokenHeader });
		const bearer = await token();
		for (const value of [bearer, `Bearer ${bearer}`]) {
			const answer = await call("/api/v1/paymentrequests/x", { headers: { BearerToken: value } });
			assert.equal(answer.status, expected, `${tokenHeader} ${value === bearer}`);
		}
		assert.deepEqual(
			sandbox.journal.slice(1).map((entry) => entry.tokenHeader),
			["bearertoken", "bearertoken"],
		);
	}
});

test("BaseURI is recorded, and required only with requireBaseUri", async () => {
	const optional = start();
	assert.equal((await optional.initiate(await optional.token())).status, 200);

	const { token, post, initiate, sandbox } = start({ requireBaseUri: true });
	const bearer = await token();
	assert.equal((await initiate(bearer)).status, 400);
	assert.equal((await post("/api/v1/sessions/initiate", bearer, PARAMS, { BaseURI: "shop" })).status, 200);
	assert.deepEqual(
		sandbox.journal.map(({ baseUri }) => baseUri),
		[undefined, undefined, "shop"],
	);
});

test("the journal has one name for a token, even after it has expired", async () => {
	const { sandbox, token, initiate, pay } = start();
	const { bearer, sessionId, requestId } = await pay();
	await initiate(bearer);
	sandbox.advance(400_000);
	await initiate(bearer);
	await initiate(await token());
	const seen = sandbox.journal.map(({ path, token, status }) => [path.split("/").at(-1), token, status]);
	assert.deepEqual(seen, [
		["authorize", "token-1", 200],
		["initiate", "token-1", 200],
		["paymentrequests", "token-1", 200],
		["initiate", "token-1", 401],
		["initiate", "token-1", 401],
		["authorize", "token-2", 200],
		["initiate", "token-2", 200],
	]);
	const [, initiated, requested] = sandbox.journal;
	assert.equal(initiated?.sessionId, sessionId);
	assert.deepEqual(initiated?.body, PARAMS);
	assert.equal(initiated?.tokenHeader, "authorization");
	assert.equal(requested?.sessionId, sessionId);
	assert.equal(requested?.requestId, requestId);
	assert.ok(!JSON.stringify(sandbox.journal).includes(bearer));
});

test("tokenHeader bearertoken accepts that header alone; by_version accepts it in v1 alone", async () => {
	for (const [tokenHeader, v1, v2] of [
		["bearertoken", [401, 404], [401, 404]],
		["by_version", [401, 404], [404, 401]],
	] as const) {
		const { call, token } = start({ tokenHeader });
		const bearer = `Bearer ${await token()}`;
		for (const [path, statuses] of [
			["/api/v1/paymentrequests/x", v1],
			["/api/v2/sessions/x/status", v2],
		] as const) {
			for (const [number, headers] of [{ authorization: bearer }, { bearertoken: bearer }].entries()) {
				assert.equal((await call(path, { headers })).status, statuses[number], `${tokenHeader} ${path}`);
			}
		}
	}
});

test("requireClientId always requires x-client-id at every v2 call and at none of v1", async () => {
	const { call, token } = start({ requireClientId: "always" });
	const authorization = `Bearer ${await token()}`;
	const status = async (path: string, headers = {}) =>
		(await call(path, { headers: { authorization, ...headers } })).status;
	assert.equal(await status("/api/v2/sessions/x/details"), 400);
	assert.equal(await status("/api/v2/sessions/x/details", { "x-client-id": "7" }), 404);
	assert.equal(await status("/api/v1/paymentrequests/x"), 404);
});

test("dateOffsetSeconds moves the Date header; redirectTo redirects every call", async () => {
	const { call } = start({ dateOffsetSeconds: -3600 });
	const date = Date.parse((await call("/api/v1/paymentrequests/x")).headers.get("date") ?? "");
	assert.ok(Math.abs(Date.now() - 3_600_000 - date) < 600_000);
	const { sandbox } = start({ redirectTo: "https://other.test" });
	const { status, headers } = await sandbox.fetch("https://sandbox.test/api/v1/paymentrequests/x");
	assert.deepEqual([status, headers.get("location")], [307, "https://other.test/api/v1/paymentrequests/x"]);
});
