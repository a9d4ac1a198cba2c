// sendrequest and v1 cancel. Follows docs.flinks.com/api/pay/endpoints/e-transfer/sessions-sendrequest.
import assert from "node:assert/strict";
import { test } from "node:test";
import { GUID, ORIGIN, PARAMS, start, text } from "./calls.ts";

test("sendrequest answers with the documented keys and e-mails a link that can be paid at once", async () => {
	const { token, sendRequest, sandbox } = start();
	const { status, body } = await sendRequest(await token());
	assert.equal(status, 200);
	assert.deepEqual(Object.keys(body), ["sessionId", "referenceId"]);
	assert.match(text(body, "sessionId"), GUID);
	const { at, ...email } = sandbox.emails[0] ?? assert.fail("no e-mail");
	assert.ok(Math.abs(at - Date.now()) < 600_000);
	assert.deepEqual(email, {
		to: "avery@example.com",
		name: "Avery Tremblay",
		subject: "A request for $12.50 CAD",
		link: `${ORIGIN}/app/?sessionId=${body.sessionId}`,
		sessionId: body.sessionId,
		referenceId: "User1234",
	});
	assert.equal((await sandbox.fetch(email.link)).status, 200);
	assert.equal(sandbox.play(email.sessionId), "Accepted");
});

test("sendrequest e-mails once per call and not when it is refused; initiate never does", async () => {
	const { token, sendRequest, initiate, sandbox } = start();
	await initiate(await token());
	assert.equal((await sendRequest(await token(), {})).status, 400);
	assert.equal(sandbox.emails.length, 0);
	for (const count of [1, 2]) {
		await sendRequest(await token());
		assert.equal(sandbox.emails.length, count);
	}
});

test("referenceId is optional for sendrequest and required for initiate", async () => {
	const { token, sendRequest, initiate, sandbox } = start();
	const { referenceId: _, ...rest } = PARAMS;
	for (const body of [rest, { ...rest, referenceId: null }]) {
		const answer = await sendRequest(await token(), body);
		assert.deepEqual([answer.status, answer.body.referenceId], [200, null]);
		assert.equal(sandbox.emails.at(-1)?.referenceId, null);
		assert.equal((await initiate(await token(), body)).status, 400);
	}
	assert.equal((await sendRequest(await token(), { ...rest, referenceId: "" })).status, 400);
	const omitting = start({ missingReferenceId: "omitted" });
	const { body } = await omitting.sendRequest(await omitting.token(), rest);
	assert.deepEqual(Object.keys(body), ["sessionId"]);
});

test("sendrequest requires the same other fields as initiate", async () => {
	const { token, sendRequest, post } = start();
	const bearer = await token();
	const { body } = await sendRequest(bearer, {});
	assert.deepEqual(Object.keys(Object(body.errors)), ["amount", "customerName", "customerEmail"]);
	const plain = await post("/api/v1/sessions/sendrequest", bearer, PARAMS, { "content-type": "text/plain" });
	assert.equal(plain.status, 415);
	assert.equal((await sendRequest("x")).status, 401);
});

test("sendrequest reads clientUrls, and clientURIs if sendRequestUris is both", async () => {
	const both = start();
	for (const name of ["clientUrls", "clientURIs"]) {
		const answer = await both.sendRequest(await both.token(), { ...PARAMS, [name]: "https://shop.example" });
		assert.deepEqual(Object.keys(Object(answer.body.errors)), [name]);
		assert.equal((await both.sendRequest(await both.token(), { ...PARAMS, [name]: {} })).status, 200);
	}
	const one = start({ sendRequestUris: "clientUrls" });
	assert.equal((await one.sendRequest(await one.token(), { ...PARAMS, clientURIs: "ignored" })).status, 200);
	assert.equal((await one.sendRequest(await one.token(), { ...PARAMS, clientUrls: "refused" })).status, 400);
});

test("a token that sendrequest or initiate has spent is spent for both", async () => {
	const { token, sendRequest, initiate, sandbox } = start();
	const [first, second] = [await token(), await token()];
	assert.equal((await sendRequest(first)).status, 200);
	assert.equal((await initiate(first)).status, 401);
	assert.equal((await sendRequest(first)).status, 401);
	assert.equal((await initiate(second)).status, 200);
	assert.equal((await sendRequest(second)).status, 401);
	assert.equal(sandbox.emails.length, 1);
});

test("sendRequestPayable false makes the link wait for a payment request", async () => {
	const { token, sendRequest, request, sandbox } = start({ sendRequestPayable: false, initiateStatus: 201 });
	const bearer = await token();
	const { status, body } = await sendRequest(bearer);
	assert.equal(status, 201);
	const link = sandbox.emails[0]?.link ?? "";
	assert.equal((await sandbox.fetch(link)).status, 409);
	assert.equal((await request(bearer, text(body, "sessionId"))).status, 200);
	assert.equal((await sandbox.fetch(link)).status, 200);
});

test("the session of sendrequest has a payment request already", async () => {
	const { token, sendRequest, request } = start();
	const bearer = await token();
	const sessionId = text((await sendRequest(bearer)).body, "sessionId");
	assert.equal((await request(bearer, sessionId)).status, 409);
	const same = start({ repeatPaymentRequest: "same_id" });
	const other = await same.token();
	const { body } = await same.request(other, text((await same.sendRequest(other)).body, "sessionId"));
	assert.match(text(body, "requestId"), GUID);
});

test("the outbox can be read and emptied over HTTP", async () => {
	const { token, sendRequest, sandbox } = start();
	await sendRequest(await token());
	const read = async () => (await sandbox.fetch(`${ORIGIN}/sandbox/emails`)).json();
	assert.deepEqual(await read(), JSON.parse(JSON.stringify(sandbox.emails)));
	assert.equal((await sandbox.fetch(`${ORIGIN}/sandbox/emails`, { method: "DELETE" })).status, 204);
	assert.deepEqual([await read(), sandbox.emails], [[], []]);
});

const cancelPath = (requestId: string) => `/api/v1/paymentrequests/${requestId}/cancel`;

test("v1 cancel cancels a request that the payor has not begun and answers with its status", async () => {
	const { pay, post, sandbox } = start();
	const { bearer, requestId, sessionId, readStatus } = await pay();
	const { status, body } = await post(cancelPath(requestId), bearer, undefined);
	assert.deepEqual([status, body.requestId, body.status], [200, requestId, "Cancelled"]);
	assert.equal(await readStatus(), "Cancelled");
	assert.equal((await sandbox.fetch(`${ORIGIN}/app/?sessionId=${sessionId}`)).status, 410);
	assert.equal((await post(cancelPath(requestId), bearer, undefined)).status, 409);
	const begun = await pay();
	sandbox.play(begun.sessionId, "begin");
	assert.equal((await post(cancelPath(begun.requestId), begun.bearer, undefined)).status, 409);
	assert.equal((await post(cancelPath("x"), bearer, undefined)).status, 404);
	assert.equal((await post(cancelPath(requestId), "x", undefined)).status, 401);
});

test("interacCancel false removes v1 cancel; repeatCancel same allows it twice", async () => {
	const absent = start({ interacCancel: false });
	const payment = await absent.pay();
	assert.equal((await absent.post(cancelPath(payment.requestId), payment.bearer, undefined)).status, 404);
	assert.equal(await payment.readStatus(), "Initiated");
	const patient = start({ repeatCancel: "same" });
	const { requestId, bearer } = await patient.pay();
	for (const _ of [1, 2]) {
		assert.equal((await patient.post(cancelPath(requestId), bearer, undefined)).body.status, "Cancelled");
	}
});
