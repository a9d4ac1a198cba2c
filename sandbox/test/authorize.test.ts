// POST /api/v1/authorize. Follows docs.flinks.com/api/pay/endpoints/authorize/authorize.
import assert from "node:assert/strict";
import { test } from "node:test";
import { basic, GUID, start } from "./calls.ts";

const GRANT = "grant_type=client_credentials";
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const GOOD = basic("sandbox", "sandbox");

test("authorize answers with the documented keys, in the documented order, and no others", async () => {
	const { authorize } = start();
	const { status, body, type, headers } = await authorize({ ...FORM, authorization: GOOD }, GRANT);
	assert.equal(status, 200);
	assert.match(type ?? "", /^application\/json/);
	assert.equal(headers.get("cache-control"), "no-store");
	assert.deepEqual(Object.keys(body), ["access_token", "token_type", "expires_in"]);
	assert.match(String(body.access_token), GUID);
	assert.equal(body.token_type, "bearer");
	assert.equal(body.expires_in, 299);
});

test("expires_in is the option expiresInSeconds", async () => {
	const { authorize } = start({ expiresInSeconds: 599 });
	assert.equal((await authorize({ ...FORM, authorization: GOOD }, GRANT)).body.expires_in, 599);
});

test("every authorize issues a new token", async () => {
	const { token } = start();
	assert.equal(new Set([await token(), await token(), await token()]).size, 3);
});

test("rejects a body with 400 when its content type is not a form", async () => {
	const { authorize } = start();
	for (const type of ["application/json", "text/plain", "multipart/form-data"]) {
		const { status } = await authorize({ authorization: GOOD, "content-type": type }, GRANT);
		assert.equal(status, 400, type);
	}
	const parameters = "Application/X-WWW-Form-Urlencoded; charset=utf-8";
	assert.equal((await authorize({ authorization: GOOD, "content-type": parameters }, GRANT)).status, 200);
});

test("rejects a missing or unknown grant_type with 400", async () => {
	const { authorize } = start();
	for (const form of ["", "grant_type=", "grant_type=password", "Grant_Type=client_credentials"]) {
		assert.equal((await authorize({ ...FORM, authorization: GOOD }, form)).status, 400, form);
	}
});

test("rejects missing, wrong and unreadable Basic credentials with 401", async () => {
	const { authorize } = start();
	const refused = [
		undefined,
		basic("sandbox", "Sandbox"),
		basic("Sandbox", "sandbox"),
		basic("sandbox", ""),
		"Basic",
		"Basic %%%",
		"Basic /////w==",
		`Basic ${Buffer.from("sandbox").toString("base64")}`,
		GOOD.replace("Basic", "Bearer"),
	];
	for (const authorization of refused) {
		const answer = await authorize(authorization === undefined ? FORM : { ...FORM, authorization }, GRANT);
		assert.equal(answer.status, 401, authorization);
		assert.equal(answer.type, "application/problem+json");
		assert.match(answer.headers.get("www-authenticate") ?? "", /^Basic /);
		assert.deepEqual(Object.keys(answer.body), ["type", "title", "status", "detail"]);
	}
});

test("decodes Basic as UTF-8 and accepts colons in the password", async () => {
	const credentials = { username: "chloé", password: "pâté:42:€" };
	const { authorize } = start({ credentials });
	const authorization = basic(credentials.username, credentials.password);
	assert.equal((await authorize({ ...FORM, authorization }, GRANT)).status, 200);
	const latin = `Basic ${Buffer.from("chloé:pâté:42:€", "latin1").toString("base64")}`;
	assert.equal((await authorize({ ...FORM, authorization: latin }, GRANT)).status, 401);
});

test("accepts the form fields Username and Password in exactly that case", async () => {
	const { authorize } = start();
	assert.equal((await authorize(FORM, `${GRANT}&Username=sandbox&Password=sandbox`)).status, 200);
	assert.equal((await authorize(FORM, `${GRANT}&username=sandbox&password=sandbox`)).status, 401);
	assert.equal((await authorize(FORM, `${GRANT}&Username=sandbox&Password=other`)).status, 401);
	assert.equal((await authorize(FORM, `${GRANT}&Username=sandbox`)).status, 401);
});

test("the journal records where the credentials were, and never the credentials", async () => {
	const credentials = { username: "merchant-name", password: "open-sesame" };
	const { authorize, sandbox } = start({ credentials });
	const authorization = basic(credentials.username, credentials.password);
	const fields = `${GRANT}&Username=merchant-name&Password=open-sesame`;
	const issued = await authorize({ ...FORM, authorization }, GRANT);
	await authorize(FORM, fields);
	await authorize({ ...FORM, authorization }, fields);
	await authorize(FORM, GRANT);
	const forms = sandbox.journal.map(({ credentials, status, token }) => [credentials, status, token]);
	assert.deepEqual(forms, [
		["basic", 200, "token-1"],
		["form", 200, "token-2"],
		["both", 200, "token-3"],
		["none", 401, undefined],
	]);
	const journal = JSON.stringify(sandbox.journal);
	for (const secret of ["open-sesame", "merchant-name", authorization.slice(6), String(issued.body.access_token)]) {
		assert.ok(!journal.includes(secret));
	}
});

test("credentialsIn ignores credentials in the other place", async () => {
	const form = `${GRANT}&Username=sandbox&Password=sandbox`;
	for (const [credentialsIn, byBasic, byForm] of [
		["either", 200, 200],
		["basic", 200, 401],
		["form", 401, 200],
	] as const) {
		const { authorize } = start({ credentialsIn });
		assert.equal((await authorize({ ...FORM, authorization: GOOD }, GRANT)).status, byBasic);
		assert.equal((await authorize(FORM, form)).status, byForm);
	}
});

test("basicEncoding rfc6749 decodes form-encoded credentials and rejects what cannot be decoded", async () => {
	const credentials = { username: "a:é +", password: "%&" };
	const { authorize } = start({ credentials, basicEncoding: "rfc6749" });
	const status = async (username: string, password: string) =>
		(await authorize({ ...FORM, authorization: basic(username, password) }, GRANT)).status;
	assert.equal(await status("a%3A%C3%A9+%2B", "%25%26"), 200);
	assert.equal(await status("a%3A%C3%A9+%2B", "%&"), 401);
});

test("lockOutAfter locks authorize after that many refusals, for right credentials too", async () => {
	for (const [lockOutStatus, locked] of [
		[undefined, 429],
		[403, 403],
	] as const) {
		const { authorize } = start({ lockOutAfter: 2, ...(lockOutStatus && { lockOutStatus }) });
		const status = async (authorization: string) => (await authorize({ ...FORM, authorization }, GRANT)).status;
		const bad = basic("sandbox", "wrong");
		assert.deepEqual([await status(bad), await status(GOOD), await status(bad)], [401, 200, 401]);
		assert.equal(await status(GOOD), locked);
	}
});
