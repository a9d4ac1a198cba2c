// The three calls of Interac e-Transfer v1. Follows docs.flinks.com/api/pay/endpoints/e-transfer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { GUID, ORIGIN, PARAMS, start, text } from "./calls.ts";

test("initiate answers with the documented keys, in the documented order, and no others", async () => {
	const { token, initiate } = start();
	const { status, body } = await initiate(await token());
	assert.equal(status, 200);
	assert.deepEqual(Object.keys(body), ["sessionId", "referenceId"]);
	assert.match(String(body.sessionId), GUID);
	assert.equal(body.referenceId, "User1234");
});

test("initiateStatus 201 makes initiate answer 201", async () => {
	const { token, initiate } = start({ initiateStatus: 201 });
	assert.equal((await initiate(await token())).status, 201);
});

test("initiate rejects a body that is not JSON", async () => {
	const { token, post, call } = start();
	const bearer = await token();
	for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
		const answer = await post("/api/v1/sessions/initiate", bearer, PARAMS, { "content-type": type });
		assert.equal(answer.status, 415, type);
	}
	for (const body of ["{", "[]", "null", '"text"', ""]) {
		const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json; charset=utf-8" };
		const answer = await call("/api/v1/sessions/initiate", { method: "POST", headers, body });
		assert.equal(answer.status, 400, body);
		if (body !== "") assert.match(text(answer.body, "detail"), /not (a )?JSON/);
		assert.equal(answer.type, "application/problem+json");
	}
});

test("initiate names every field that is missing or not text", async () => {
	const { token, initiate } = start();
	const bearer = await token();
	const { body, status } = await initiate(bearer, {});
	assert.equal(status, 400);
	assert.deepEqual(Object.keys(Object(body.errors)), ["referenceId", "amount", "customerName", "customerEmail"]);
	for (const name of ["referenceId", "customerName", "customerEmail"]) {
		for (const value of [undefined, null, "", "  ", 7, {}]) {
			const answer = await initiate(bearer, { ...PARAMS, [name]: value });
			assert.equal(answer.status, 400, `${name} ${JSON.stringify(value)}`);
			assert.deepEqual(Object.keys(Object(answer.body.errors)), [name]);
		}
	}
});

test("an amount is a number or numeric text above zero with two decimals at most", async () => {
	const { token, initiate } = start();
	for (const amount of [1, 0.01, 12.5, 9999999.99, "1", "0.01", "12.5", "12.50"]) {
		assert.equal((await initiate(await token(), { ...PARAMS, amount })).status, 200, JSON.stringify(amount));
	}
	const refused = [
		0,
		-1,
		1.001,
		0.1 + 0.2,
		1e21,
		"0",
		"0.00",
		"-1",
		"1.",
		".5",
		"01",
		"1,50",
		"1e2",
		" 1",
		"$1",
		"",
		true,
	];
	for (const amount of [...refused, null, undefined, [], {}]) {
		const answer = await initiate(await token(), { ...PARAMS, amount });
		assert.equal(answer.status, 400, JSON.stringify(amount));
		assert.deepEqual(Object.keys(Object(answer.body.errors)), ["amount"]);
	}
});

test("keys match in any case", async () => {
	const { token, initiate, post } = start();
	const bearer = await token();
	const upper = Object.fromEntries(Object.entries(PARAMS).map(([key, value]) => [key.toUpperCase(), value]));
	const { body } = await initiate(bearer, upper);
	assert.equal(body.referenceId, "User1234");
	assert.equal((await post("/api/v1/paymentrequests", bearer, { SessionId: body.sessionId })).status, 200);
});

test("clientURIs is optional, and an object if given", async () => {
	const { token, initiate } = start();
	const uris = { success: "https://shop.example/ok" };
	assert.equal((await initiate(await token(), { ...PARAMS, clientURIs: uris })).status, 200);
	assert.equal((await initiate(await token(), { ...PARAMS, clientURIs: "https://shop.example" })).status, 400);
	assert.equal((await initiate(await token(), { ...PARAMS, clientURIs: [] })).status, 400);
});

test("a payment request answers 200 with requestId and nothing else", async () => {
	const { token, initiate, request } = start();
	const bearer = await token();
	const { status, body } = await request(bearer, text((await initiate(bearer)).body, "sessionId"));
	assert.equal(status, 200);
	assert.deepEqual(Object.keys(body), ["requestId"]);
	assert.notEqual(text(body, "requestId"), "");
});

test("a payment request for an unknown session is 404, and without sessionId 400", async () => {
	const { token, request, post } = start();
	const bearer = await token();
	assert.equal((await request(bearer, crypto.randomUUID())).status, 404);
	assert.equal((await post("/api/v1/paymentrequests", bearer, {})).status, 400);
	assert.equal((await post("/api/v1/paymentrequests", bearer, { sessionId: 7 })).status, 400);
	const plain = { "content-type": "text/plain" };
	assert.equal((await post("/api/v1/paymentrequests", bearer, { sessionId: "x" }, plain)).status, 415);
});

test("a second payment request is 409", async () => {
	const { pay, request, sandbox } = start();
	const { bearer, sessionId } = await pay();
	assert.equal((await request(bearer, sessionId)).status, 409);
	assert.equal(sandbox.journal.at(-1)?.requestId, undefined);
});

test("repeatPaymentRequest same_id answers a second payment request with the same id", async () => {
	const { pay, request } = start({ repeatPaymentRequest: "same_id" });
	const { bearer, sessionId, requestId } = await pay();
	assert.deepEqual((await request(bearer, sessionId)).body, { requestId });
});

test("one of many concurrent payment requests for a session succeeds", async () => {
	const { token, initiate, request } = start();
	const bearer = await token();
	const sessionId = text((await initiate(bearer)).body, "sessionId");
	const answers = await Promise.all(Array.from({ length: 16 }, () => request(bearer, sessionId)));
	assert.equal(answers.filter(({ status }) => status === 200).length, 1);
	assert.equal(answers.filter(({ status }) => status === 409).length, 15);
});

test("the status has the documented keys in the documented case", async () => {
	const { pay, status } = start();
	const { bearer, requestId, sessionId } = await pay();
	const answer = await status(bearer, requestId);
	assert.equal(answer.status, 200);
	assert.deepEqual(Object.entries(answer.body), [
		["requestId", requestId],
		["status", "Initiated"],
		["ReferenceId", "User1234"],
		["PaymentLink", `${ORIGIN}/app/?sessionId=${sessionId}`],
	]);
});

test("statusBody eft gives the status the keys of the EFT page", async () => {
	const { pay, status } = start({ statusBody: "eft" });
	const { bearer, requestId } = await pay();
	const { body } = await status(bearer, requestId);
	assert.deepEqual(Object.keys(body), ["id", "status", "paymentReferenceNumber"]);
	assert.equal(body.id, requestId);
	assert.match(text(body, "paymentReferenceNumber"), /^FLK-\d{8}-001$/);
});

test("an unknown payment request and an unknown route are problems with 404", async () => {
	const { token, status, call } = start();
	for (const answer of [
		await status(await token(), "x"),
		await call("/api/v1/other"),
		await call("/api/v1/authorize"),
	]) {
		assert.equal(answer.status, 404);
		assert.equal(answer.type, "application/problem+json");
	}
});
