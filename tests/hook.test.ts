// `createWorker({ onMessage })`: the merchant's own code in the Worker gets messages with the guarantees of an endpoint, and
// what it throws is not logged.

import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { PaymentMessage } from "flinkspay-edge/merchant";
import { type Running, startSandbox, startWorkerd } from "../tools/processes.ts";
import { serve } from "./serve.ts";

const [API_KEY, password] = [crypto.randomUUID(), crypto.randomUUID()];
const headers = { Authorization: `Bearer ${API_KEY}`, "Content-Type": "application/json" };

/** The shop that the hook calls. It answers with these statuses in turn, by 0 never, and then with 204. */
const shop = {
	answers: new Map<string, number[]>(),
	messages: [] as PaymentMessage[],
	server: await serve(async (request, response) => {
		const message: PaymentMessage = JSON.parse(await text(request));
		shop.messages.push(message);
		const status = shop.answers.get(message.data.referenceId)?.shift() ?? 204;
		if (status !== 0) response.writeHead(status).end();
	}),
};

let sandbox: Running;
let worker: Running;

async function start(bindings: Record<string, string> = {}): Promise<Running> {
	const secrets = { FLINKS_USERNAME: "merchant", FLINKS_PASSWORD: password, API_KEY };
	return startWorkerd({
		...{ name: "the Worker", folder: "tests/hook", readyAt: "/healthz" },
		bindings: { FLINKS_BASE_URL: sandbox.url, SHOP: shop.server.url, ...bindings },
		secrets,
	});
}

before(async () => {
	sandbox = await startSandbox({ username: "merchant", password });
	worker = await start();
});
after(async () => {
	await Promise.all([worker?.stop(), sandbox?.stop()]);
	shop.server.close();
});

async function pay(referenceId: string, on = worker): Promise<{ id: string; sessionId: string }> {
	const payment = { referenceId, amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };
	const init = {
		method: "POST",
		headers: { ...headers, "Idempotency-Key": referenceId },
		body: JSON.stringify(payment),
	};
	const answer = await fetch(`${on.url}/payments`, init);
	assert.equal(answer.status, 201, await answer.clone().text());
	return answer.json();
}

/** The messages of a payment, once there are so many. */
async function messagesOf(referenceId: string, count: number): Promise<PaymentMessage[]> {
	for (;;) {
		const all = shop.messages.filter(({ data }) => data.referenceId === referenceId);
		if (all.length >= count) return all;
		await sleep(50);
	}
}

async function json(path: string, on = worker) {
	return (await fetch(on.url + path, { headers })).json();
}

/** The delivery attempts in a payment's timeline, once there are so many. */
async function attempts(id: string, count: number): Promise<Record<string, unknown>[]> {
	for (;;) {
		const { events } = await json(`/payments/${id}/events`);
		const all = events.filter(({ type }: { type: string }) => type === "delivery");
		if (all.length >= count) return all;
		await sleep(50);
	}
}

describe("the hook onMessage", () => {
	it("is called for each change in order, with the Worker's bindings", async () => {
		const { id, sessionId } = await pay("in-order");
		await fetch(`${sandbox.url}/sandbox/sessions/${sessionId}/play`, { method: "POST" });
		assert.equal((await json(`/payments/${id}`)).paid, true);
		const messages = await messagesOf("in-order", 2);
		assert.deepEqual(
			messages.map(({ type, effect, sequence }) => [type, effect, sequence]),
			[
				["payment.created", "none", 1],
				["payment.updated", "credit", 2],
			],
		);
		assert.equal(messages[1]?.data.paidAmount, "12.50");
		for (const attempt of await attempts(id, 2)) assert.equal(attempt.outcome, "delivered");
		assert.equal((await json(`/payments/${id}`)).delivery, "delivered");
	});

	it("is called again where it throws, and the log has nothing of the payment", async () => {
		shop.answers.set("thrown", [500]);
		const { id } = await pay("thrown");
		const messages = await messagesOf("thrown", 2);
		assert.deepEqual(messages[0], messages[1]);
		const [failed, delivered] = await attempts(id, 2);
		assert.deepEqual([failed?.outcome, delivered?.outcome], ["failed", "delivered"]);
		assert.match(worker.output(), /"flinkspay\.hook\.failed","attributes":\{"error\.type":"RangeError"\}/);
		assert.ok(!worker.output().includes("the shop has no"));
	});

	it("counts as failed whatever it throws, and none of that is in the log", async () => {
		for (const [referenceId, status] of [
			["refusing", 404],
			["named", 410],
		] as const) {
			shop.answers.set(referenceId, [status]);
			const { id } = await pay(referenceId);
			const [failed, delivered] = await attempts(id, 2);
			assert.deepEqual([failed?.outcome, delivered?.outcome], ["failed", "delivered"], referenceId);
		}
		assert.ok(!/the shop has no|no named|job\.failed/.test(worker.output()));
	});

	it("counts as failed after 15 seconds, and is called again", async () => {
		shop.answers.set("hanging", [0]);
		const { id } = await pay("hanging");
		await messagesOf("hanging", 1);
		// It holds up no other payment.
		await pay("besides");
		await messagesOf("besides", 1);
		await messagesOf("hanging", 2);
		const [failed, delivered] = await attempts(id, 2);
		assert.deepEqual([failed?.outcome, delivered?.outcome], ["failed", "delivered"]);
		assert.match(worker.output(), /"error\.type":"TimeoutError"/);
	});

	it("is not called where an endpoint is set too: payments go on, and GET /config says why", async () => {
		const secret = `whsec_${Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64")}`;
		const both = { MERCHANT_WEBHOOK_URL: "https://shop.example/webhooks", MERCHANT_WEBHOOK_SECRET: secret };
		const other = await start(both);
		try {
			const { id } = await pay("both", other);
			const { features, bindings } = await json("/config", other);
			assert.equal(features.merchantWebhook, "off");
			const url = bindings.find(({ name }: { name: string }) => name === "MERCHANT_WEBHOOK_URL");
			assert.equal(url.why, "is set beside onMessage. Remove it, or remove onMessage from the call of createWorker.");
			assert.equal((await json(`/payments/${id}`, other)).delivery, "pending");
			assert.equal(shop.messages.filter(({ data }) => data.referenceId === "both").length, 0);
		} finally {
			await other.stop();
		}
	});
});
