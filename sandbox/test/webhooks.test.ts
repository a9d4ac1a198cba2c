// Webhooks. Follows docs.flinks.com/guides/pay/geft/webhooks. The signatures are checked with node:crypto, which the sender
// does not use.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { SandboxOptions, SandboxWebhook } from "../src/sandbox.ts";
import { E_TRANSFER, EFT, GEFT, ORIGIN, start, text } from "./calls.ts";

const URL_ = "https://shop.example/webhooks";
const SECRET = "not-so-sécret";

interface Received {
	url: string;
	headers: Headers;
	bytes: Buffer;
	body: Record<string, unknown>;
}

/** A sandbox that collects its webhooks. */
function startWithReceiver(webhook: Partial<SandboxWebhook> = {}, options: SandboxOptions = {}, answer = () => 200) {
	const received: Received[] = [];
	const webhookFetch = async (url: string, init: RequestInit) => {
		assert.equal(init.method, "POST");
		const request = new Request(url, init);
		const bytes = Buffer.from(await request.arrayBuffer());
		received.push({ url, headers: request.headers, bytes, body: JSON.parse(bytes.toString("utf8")) });
		return new Response(null, { status: answer() });
	};
	const setup = start({ webhook: { url: URL_, secret: SECRET, ...webhook }, webhookFetch, ...options });
	return { ...setup, received };
}

const hmac = (bytes: Buffer, secret = SECRET) => createHmac("sha256", secret).update(bytes);

function isSigned({ headers, bytes }: Received): boolean {
	return headers.get("x-webhook-signature") === `sha256=${hmac(bytes).digest("hex").toUpperCase()}`;
}

test("the end of a session sends one webhook, signed over the bytes of its body", async () => {
	const { open, sandbox, received } = startWithReceiver();
	const { sessionId } = await open({ ...GEFT, referenceId: "rue-Émile" });
	const before = Date.now();
	sandbox.play(sessionId, "accept");
	await sandbox.webhooksIdle();
	assert.equal(received.length, 1);
	const [one] = received;
	assert.ok(one && isSigned(one));
	assert.equal(one.url, URL_);
	assert.equal(one.headers.get("content-type"), "application/json; charset=utf-8");
	assert.match(one.headers.get("x-webhook-signature") ?? "", /^sha256=[0-9A-F]{64}$/);
	const { when, ...body } = one.body;
	assert.deepEqual(body, {
		event: "SessionSetupStatusChanged",
		sessionId,
		referenceId: "rue-Émile",
		amount: 500,
		status: "Completed",
		statusDetails: "EFT0301",
	});
	assert.ok(Math.abs(Date.parse(String(when)) - before) < 600_000);
});

test("Completed, Failed and Canceled send a webhook; Initiated, InProgress and Expired do not", async () => {
	for (const body of [EFT, GEFT]) {
		for (const [outcome, sent] of [
			["accept", ["Completed"]],
			["pad_pending", ["Completed"]],
			["mismatch", ["Failed"]],
			["cancel", ["Canceled"]],
			["begin", []],
			["expire", []],
		] as const) {
			const { open, sandbox, received } = startWithReceiver();
			sandbox.play((await open(body)).sessionId, outcome);
			await sandbox.webhooksIdle();
			const statuses = received.map((one) => one.body.status);
			assert.deepEqual(statuses, sent, outcome);
		}
	}
	const { open, sandbox, received } = startWithReceiver();
	await open();
	sandbox.advance(900_000);
	const late = await open();
	await late.cancel();
	const { confirm } = await open();
	await confirm(false);
	await sandbox.webhooksIdle();
	assert.deepEqual(
		received.map(({ body }) => body.statusDetails),
		["EFT0501", "EFT0402"],
	);
});

test("an agreement that is signed later sends another webhook", async () => {
	const { open, sandbox, received } = startWithReceiver();
	const { sessionId } = await open();
	sandbox.play(sessionId, "pad_pending");
	sandbox.play(sessionId, "accept");
	await sandbox.webhooksIdle();
	assert.deepEqual(
		received.map(({ body }) => body.statusDetails),
		["EFT0302", "EFT0301"],
	);
});

test("a webhook is sent once, whatever the receiver answers", async () => {
	const { open, sandbox, received } = startWithReceiver({}, {}, () => 500);
	sandbox.play((await open()).sessionId);
	await sandbox.webhooksIdle();
	assert.equal(received.length, 1);
	assert.equal(sandbox.webhooks[0]?.answer, 500);
	const failing = start({
		webhook: { url: URL_, secret: SECRET },
		webhookFetch: () => Promise.reject(new Error("nobody there")),
	});
	failing.sandbox.play((await failing.open()).sessionId);
	await failing.sandbox.webhooksIdle();
	assert.deepEqual(
		[failing.sandbox.webhooks[0]?.answer, failing.sandbox.webhooks[0]?.error],
		[undefined, "nobody there"],
	);
});

test("the log has the webhooks as sent, without the secret", async () => {
	const { open, sandbox, received } = startWithReceiver();
	const { sessionId } = await open();
	sandbox.play(sessionId);
	await sandbox.webhooksIdle();
	const [entry] = sandbox.webhooks;
	assert.ok(entry && received[0]);
	assert.equal(entry.body, received[0].bytes.toString("utf8"));
	assert.equal(entry.headers["X-Webhook-Signature"], received[0].headers.get("x-webhook-signature"));
	assert.deepEqual([entry.url, entry.sessionId, entry.status, entry.answer], [URL_, sessionId, "Completed", 200]);
	const read = await (await sandbox.fetch(`${ORIGIN}/sandbox/webhooks`)).text();
	assert.deepEqual(JSON.parse(read), JSON.parse(JSON.stringify(sandbox.webhooks)));
	const state = await (await sandbox.fetch(`${ORIGIN}/sandbox/state`)).text();
	for (const shown of [read, state]) assert.ok(!shown.includes(SECRET));
	await sandbox.fetch(`${ORIGIN}/sandbox/webhooks`, { method: "DELETE" });
	assert.deepEqual(sandbox.webhooks, []);
});

test("the scheme flinks is Base64 in its own header; headerName changes the header of both schemes", async () => {
	for (const [webhook, header, encoding] of [
		[{ scheme: "flinks" }, "x-flinks-signature", "base64"],
		[{ scheme: "flinks", headerName: "X-Other" }, "x-other", "base64"],
		[{ scheme: "geft", headerName: "X-Other" }, "x-other", "hex"],
	] as const) {
		const { open, sandbox, received } = startWithReceiver(webhook);
		sandbox.play((await open()).sessionId);
		await sandbox.webhooksIdle();
		const [one] = received;
		assert.ok(one);
		const digest = hmac(one.bytes).digest(encoding);
		const expected = encoding === "hex" ? `sha256=${digest.toUpperCase()}` : digest;
		assert.equal(one.headers.get(header), expected);
		assert.equal(one.headers.get("x-webhook-signature"), null);
	}
});

test("Interac sends webhooks only with the option interac", async () => {
	for (const interac of [false, true]) {
		const { open, pay, sandbox, received } = startWithReceiver({ interac });
		const v2 = await open(E_TRANSFER);
		const v1 = await pay();
		sandbox.play(v2.sessionId, "accept");
		sandbox.play(v1.sessionId, "accept");
		sandbox.settle("Processed");
		await sandbox.webhooksIdle();
		assert.deepEqual(
			received.map(({ body }) => [body.event, body.status, body.requestId]),
			interac
				? [
						["SessionSetupStatusChanged", "Completed", undefined],
						["PaymentRequestStatusChanged", "Accepted", v1.requestId],
						["PaymentRequestStatusChanged", "Processed", v1.requestId],
					]
				: [],
		);
	}
});

test("interacBody makes the body of an Interac webhook and does not change that of GEFT", async () => {
	const interacBody = (event: { sessionId: string; status: string }) => ({ id: event.sessionId, state: event.status });
	const { open, pay, sandbox, received } = startWithReceiver({ interac: true, interacBody });
	const { sessionId } = await pay();
	sandbox.play(sessionId, "decline");
	sandbox.play((await open()).sessionId);
	await sandbox.webhooksIdle();
	assert.deepEqual(received[0]?.body, { id: sessionId, state: "Declined" });
	assert.equal(received[1]?.body.event, "SessionSetupStatusChanged");
	assert.ok(received.every(isSigned));
});

test("webhookFault duplicates, drops, reorders or wrongly signs the next webhooks, as many as given", async () => {
	const { open, sandbox, received } = startWithReceiver();
	const end = async (referenceId: string) => {
		sandbox.play((await open({ ...GEFT, referenceId })).sessionId, "accept");
		await sandbox.webhooksIdle();
	};
	const seen = () => received.splice(0).map((one) => `${one.body.referenceId}${isSigned(one) ? "" : " spoiled"}`);

	sandbox.webhookFault("duplicate");
	await end("a");
	assert.deepEqual(seen(), ["a", "a"]);
	sandbox.webhookFault("drop", 2);
	await end("b");
	await end("c");
	assert.deepEqual(seen(), []);
	sandbox.webhookFault("reorder");
	await end("d");
	assert.deepEqual(seen(), []);
	await end("e");
	assert.deepEqual(seen(), ["e", "d"]);
	sandbox.webhookFault("bad_signature");
	await end("f");
	assert.deepEqual(seen(), ["f spoiled"]);
	await end("g");
	assert.deepEqual(seen(), ["g"]);
	const faults = sandbox.webhooks.map(({ fault, answer }) => [fault, answer]);
	assert.deepEqual(faults.slice(0, 4), [
		["duplicate", 200],
		["duplicate", 200],
		["drop", undefined],
		["drop", undefined],
	]);
});

test("the fault of a registration applies to every webhook", async () => {
	const { open, sandbox, received } = startWithReceiver({ fault: "duplicate" });
	for (const _ of [1, 2]) sandbox.play((await open()).sessionId);
	await sandbox.webhooksIdle();
	assert.equal(received.length, 4);
	const swapped = startWithReceiver({ fault: "reorder" });
	for (const referenceId of ["a", "b", "c", "d"]) {
		swapped.sandbox.play((await swapped.open({ ...GEFT, referenceId })).sessionId);
	}
	await swapped.sandbox.webhooksIdle();
	assert.deepEqual(
		swapped.received.map(({ body }) => body.referenceId),
		["b", "a", "d", "c"],
	);
});

test("a webhook can be registered, given a fault and removed over HTTP, and arrives over the network", async (t) => {
	const got: { signature: unknown; bytes: Buffer }[] = [];
	const server = createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk);
		got.push({ signature: request.headers["x-webhook-signature"], bytes: Buffer.concat(chunks) });
		response.writeHead(204).end();
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	t.after(() => server.close());
	const { port } = server.address() as AddressInfo;
	const { sandbox, open, call, post } = start();
	const put = (body: unknown) => call("/sandbox/webhook", { method: "PUT", body: JSON.stringify(body) });
	const url = `http://127.0.0.1:${port}/hook`;
	const registered = await put({ url, secret: SECRET });
	assert.deepEqual(registered.body, { url, scheme: "geft", interac: false });
	const guaranteeEvent = "GuaranteeOffered";
	assert.equal((await put({ url, secret: SECRET, guaranteeEvent })).body.guaranteeEvent, guaranteeEvent);
	assert.equal((await post("/sandbox/webhooks/fault", "", { fault: "duplicate", times: 1 })).status, 201);
	sandbox.play((await open()).sessionId);
	await sandbox.webhooksIdle();
	assert.equal(got.length, 2);
	for (const { signature, bytes } of got) {
		assert.equal(signature, `sha256=${hmac(bytes).digest("hex").toUpperCase()}`);
	}
	assert.deepEqual(
		sandbox.webhooks.map(({ answer }) => answer),
		[204, 204],
	);
	assert.equal((await sandbox.fetch(`${ORIGIN}/sandbox/webhook`, { method: "DELETE" })).status, 204);
	sandbox.play((await open()).sessionId);
	await sandbox.webhooksIdle();
	assert.equal(got.length, 2);
	sandbox.setWebhook({ url, secret: "other" });
	sandbox.play((await open()).sessionId);
	await sandbox.webhooksIdle();
	assert.equal(
		got[2]?.signature,
		`sha256=${hmac(got[2]?.bytes ?? Buffer.of(), "other")
			.digest("hex")
			.toUpperCase()}`,
	);
});

test("rejects an invalid registration or fault with 400", async () => {
	const { call, post, sandbox } = start();
	for (const [body, name] of [
		[{ secret: "s" }, "url"],
		[{ url: "ftp://shop.example", secret: "s" }, "url"],
		[{ url: "shop", secret: "s" }, "url"],
		[{ url: URL_ }, "secret"],
		[{ url: URL_, secret: "" }, "secret"],
		[{ url: URL_, secret: "s", scheme: "other" }, "scheme"],
		[{ url: URL_, secret: "s", headerName: "a b" }, "headerName"],
		[{ url: URL_, secret: "s", interac: 1 }, "interac"],
		[{ url: URL_, secret: "s", guaranteeEvent: "" }, "guaranteeEvent"],
		[{ url: URL_, secret: "s", guaranteeEvent: 1 }, "guaranteeEvent"],
		[{ url: URL_, secret: "s", fault: "lose" }, "fault"],
	] as const) {
		const answer = await call("/sandbox/webhook", { method: "PUT", body: JSON.stringify(body) });
		assert.deepEqual([answer.status, Object.keys(Object(answer.body.errors))], [400, [name]]);
	}
	for (const body of [{}, { fault: "lose" }, { fault: "drop", times: 0 }, { fault: "drop", times: "1" }]) {
		assert.equal((await post("/sandbox/webhooks/fault", "", body)).status, 400);
	}
	await sandbox.fetch(`${ORIGIN}/sandbox/webhooks/fault`, { method: "POST", body: '{"fault":"drop"}' });
	const state = async () => (await call("/sandbox/state")).body;
	assert.deepEqual((await state()).webhookFaults, ["drop"]);
	await sandbox.fetch(`${ORIGIN}/sandbox/webhooks/fault`, { method: "DELETE" });
	assert.deepEqual((await state()).webhookFaults, []);
});

test("the control routes reject pages of other origins with 403", async () => {
	const { call } = start();
	const from = (site: string) =>
		call("/sandbox/advance", { method: "POST", headers: { "sec-fetch-site": site }, body: '{"ms":0}' });
	for (const site of ["cross-site", "same-site"]) assert.equal((await from(site)).status, 403);
	for (const site of ["same-origin", "none"]) assert.equal((await from(site)).status, 200);
	assert.match(text((await from("cross-site")).body, "detail"), /other origins/);
});
