// Messages to the merchant: the Worker in workerd, the sandbox behind it, and a merchant's endpoint that takes messages,
// refuses them or redirects them. Days of retries are in notifications.test.ts, where clocks can be moved.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { type Running, startSandbox, startWorker } from "../tools/processes.ts";
import { retryDelayMs } from "../worker/src/ledger/delivery.ts";
import { until } from "./notifications/fixture.ts";
import { serve } from "./serve.ts";

const [apiKey, username, password] = Array.from({ length: 3 }, () => crypto.randomUUID());
const secretOf = () => `whsec_${Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64")}`;
const [secret, previousSecret] = [secretOf(), secretOf()];

interface Message {
	type: string;
	timestamp: string;
	/** What the merchant is to do in their books. */
	effect: string;
	data: Record<string, unknown>;
}

/** The merchant's endpoint. */
const merchant = {
	/** What it answers, in turn; then 204. */
	answers: [] as (number | "hang up")[],
	taken: [] as { id: string; message: Message; status: number }[],
	elsewhere: 0,
	server: await serve((request, response) => {
		const chunks: Buffer[] = [];
		request.on("data", (chunk: Buffer) => chunks.push(chunk));
		request.on("end", () => {
			if (request.url !== "/hooks") merchant.elsewhere += 1;
			const headers = request.headers as Record<string, string>;
			const body = Buffer.concat(chunks).toString();
			// Each of the two secrets verifies; it throws where one does not.
			for (const one of [secret, previousSecret]) new Webhook(one).verify(body, headers);
			const status = merchant.answers.shift() ?? 204;
			merchant.taken.push({
				...{ id: String(headers["webhook-id"]), message: JSON.parse(body) },
				status: status === "hang up" ? 0 : status,
			});
			if (status === "hang up") response.destroy();
			else response.writeHead(status, status === 307 ? { Location: "/elsewhere" } : {}).end();
		});
	}),
};

let sandbox: Running;
let worker: Running;

before(async () => {
	sandbox = await startSandbox({ username: username ?? "", password: password ?? "" });
	worker = await startWorker({
		sandboxUrl: sandbox.url,
		secrets: { FLINKS_USERNAME: username ?? "", FLINKS_PASSWORD: password ?? "", API_KEY: apiKey ?? "" },
		vars: {
			MERCHANT_WEBHOOK_URL: `${merchant.server.url}/hooks`,
			MERCHANT_WEBHOOK_SECRET: secret,
			MERCHANT_WEBHOOK_SECRET_PREVIOUS: previousSecret,
			LEDGER_SHARDS: "1",
		},
	});
});
after(async () => {
	await Promise.all([worker?.stop(), sandbox?.stop()]);
	merchant.server.close();
});
beforeEach(() => {
	merchant.answers = [];
	merchant.taken = [];
});

async function call(method: string, path: string, body?: object, to = worker): Promise<Record<string, unknown>> {
	const headers = { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" };
	const key = { "Idempotency-Key": crypto.randomUUID() };
	const init = { method, headers: { ...headers, ...key }, ...(body ? { body: JSON.stringify(body) } : {}) };
	const response = await fetch(to.url + path, init);
	const text = await response.text();
	return text === "" ? {} : JSON.parse(text);
}

function pay(): Promise<Record<string, unknown>> {
	return call("POST", "/payments", {
		...{ referenceId: "order-1001", amount: "12.50" },
		...{ customerName: "Zephyrine Canary", customerEmail: "zephyrine.canary@example.com" },
	});
}

const messages = (count: number) =>
	until(`${count} messages have come`, () => (merchant.taken.length >= count ? merchant.taken : undefined));
const types = () => merchant.taken.map(({ message }) => message.type);

describe("the merchant", () => {
	test("gets a message for each change, in order, with the API's view and without the payor's name", async () => {
		const { id, sessionId } = await pay();
		await messages(1);
		await call("POST", `/sandbox/sessions/${sessionId}/play`, {}, sandbox);
		await call("GET", `/payments/${id}`);
		const taken = await messages(2);
		assert.deepEqual(types(), ["payment.created", "payment.updated"]);
		assert.equal(new Set(taken.map(({ id }) => id)).size, 2);
		const data = taken[1]?.message.data ?? {};
		const { delivery, ...view } = await call("GET", `/payments/${id}`);
		assert.deepEqual([data, delivery], [view, "delivered"]);
		assert.deepEqual([data.status, data.paid, data.funds, data.paidAmount], ["Accepted", true, "guaranteed", "12.50"]);
		// Resent without a change, it has no effect.
		await call("POST", `/payments/${id}/resend`);
		await messages(3);
		assert.deepEqual(
			merchant.taken.map(({ message }) => message.effect),
			["none", "credit", "none"],
		);
		assert.ok(!JSON.stringify(taken).includes("anary"));
	});

	test("gets a message when the outcome of a payment is unknown, and when it is resolved", async () => {
		await call("POST", "/sandbox/faults", { step: "initiate", fault: "empty" }, sandbox);
		const { id } = await pay();
		await messages(1);
		await call("POST", `/payments/${id}/resolution`, { outcome: "not_created" });
		const taken = await messages(2);
		assert.deepEqual(types(), ["payment.unknown", "payment.resolved"]);
		assert.deepEqual(
			taken.map(({ message }) => message.data.status),
			["unknown", "not_created"],
		);
	});

	test("gets a message that failed again before any newer one, and each attempt is in the timeline", async () => {
		merchant.answers = [500];
		const { id, sessionId } = await pay();
		await messages(1);
		await call("POST", `/sandbox/sessions/${sessionId}/play`, {}, sandbox);
		assert.equal((await call("GET", `/payments/${id}`)).delivery, "pending");
		const taken = await messages(3);
		assert.deepEqual(types(), ["payment.created", "payment.created", "payment.updated"]);
		assert.equal(taken[0]?.id, taken[1]?.id, "the same message");
		const { events } = await until("all attempts are in the timeline", async () => {
			const timeline = (await call("GET", `/payments/${id}/events`)) as { events: Record<string, unknown>[] };
			return timeline.events.filter(({ type }) => type === "delivery").length === 3 ? timeline : undefined;
		});
		const attempts = events.filter(({ type }) => type === "delivery");
		assert.deepEqual(
			attempts.map(({ event, attempt, httpStatus, outcome }) => [event, attempt, httpStatus, outcome]),
			[
				["payment.created", 1, 500, "failed"],
				["payment.created", 2, 204, "delivered"],
				["payment.updated", 1, 204, "delivered"],
			],
		);
		const wait = Date.parse(String(attempts[0]?.nextAt)) - Date.parse(String(attempts[0]?.at));
		assert.ok(wait >= 5_000 && wait <= 5_500, `${wait}`);
	});

	for (const answer of [307, "hang up"] as const) {
		test(`gets a message again, and no redirect is followed: ${answer}`, async () => {
			merchant.answers = [answer];
			await pay();
			await messages(2);
			assert.deepEqual(types(), ["payment.created", "payment.created"]);
			assert.equal(merchant.elsewhere, 0);
		});
	}

	test("gets the view again by POST /payments/{id}/resend", async () => {
		const { id } = await pay();
		await messages(1);
		const resent = await call("POST", `/payments/${id}/resend`);
		assert.equal(resent.id, id);
		await messages(2);
		assert.deepEqual(types(), ["payment.created", "payment.updated"]);
		const { events } = (await call("GET", `/payments/${id}/events`)) as { events: Record<string, unknown>[] };
		assert.equal(events.find(({ type }) => type === "resend")?.by, "API_KEY");
	});
});

describe("the attempts", () => {
	test("go on for three days, and then end", () => {
		let waited = 0;
		let attempts = 1;
		for (let pause = retryDelayMs(attempts, 0); pause !== undefined; pause = retryDelayMs(++attempts, 0))
			waited += pause;
		assert.equal(attempts, 10);
		assert.ok(waited >= 71.9 * 3_600_000 && waited <= 73 * 3_600_000, `${waited / 3_600_000} h`);
		assert.equal(retryDelayMs(1, 1), 5_500);
	});
});
