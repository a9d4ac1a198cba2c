// `flinkspay-edge/merchant` by itself: its options, its answers, and how it reads a body, over a store in memory. That it acts
// once on real databases is in receiving.test.ts.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type RequestListener, request as send } from "node:http";
import { describe, it, mock } from "node:test";
import express from "express";
import Fastify from "fastify";
import { createReceiver, type PaymentMessage, type Receiver, type ReceiverOptions } from "flinkspay-edge/merchant";
import { newSecret, signed, storyOf } from "./merchant/messages.ts";
import { serve } from "./serve.ts";

const secret = newSecret();

/** A receiver that records its calls. */
function opened(options: Partial<ReceiverOptions> = {}) {
	const kept = new Map<string, string>();
	const called: string[] = [];
	const store: ReceiverOptions["store"] = {
		read: (id) => kept.get(id),
		swap(id, before, after) {
			const isRight = (kept.get(id) ?? "") === before;
			if (isRight) kept.set(id, after);
			return isRight;
		},
	};
	const payments = createReceiver({
		...{ secrets: [secret], store },
		onCredit: ({ paidAmount }) => called.push(`credit ${paidAmount}`),
		onReverse: ({ referenceId }) => called.push(`reverse ${referenceId}`),
		...options,
	});
	return { payments, called, kept, store };
}

const url = "https://shop.example/webhooks/payments";
const post = (payments: Receiver, init: RequestInit) => payments.fetch(new Request(url, init));

describe("the options", () => {
	const given = { secrets: [secret], store: { read: () => "", swap: () => true }, onCredit() {}, onReverse() {} };
	const refused: [options: object, says: string][] = [
		[{ secrets: secret }, "secrets must be a list with the Worker's MERCHANT_WEBHOOK_SECRET."],
		[{ secrets: [] }, "secrets must be a list with the Worker's MERCHANT_WEBHOOK_SECRET."],
		...[undefined, "", "whsec_", `${secret}=`, secret.slice(6), "whsec_c2hvcnQ=", null, 7].map(
			(one): [object, string] => [
				{ secrets: [secret, one] },
				"secrets[1] must be the Worker's: whsec_ and base64 of 24 to 64 bytes.",
			],
		),
		[{ store: undefined }, "store.read must be a function."],
		[{ store: { read: () => "" } }, "store.swap must be a function."],
		[{ onCredit: undefined }, "onCredit must be a function."],
		[{ onReverse: "no" }, "onReverse must be a function."],
		[{ onMessage: null }, "onMessage must be a function."],
	];
	for (const [options, message] of refused) {
		it(`are refused with the name of the wrong one: ${JSON.stringify(options).replaceAll(secret, "…")} ${message}`, () => {
			assert.throws(() => createReceiver({ ...given, ...options }), { name: "TypeError", message });
		});
	}
});

it("without secrets takes messages by `take`, and none over the network", async () => {
	const { store } = opened();
	const { credit } = storyOf();
	const called: string[] = [];
	const onCredit: ReceiverOptions["onCredit"] = ({ paidAmount }) => called.push(`credit ${paidAmount}`);
	const payments = createReceiver({ store, onCredit, onReverse() {} });
	await payments.take(credit);
	const message = "secrets must be a list with the Worker's MERCHANT_WEBHOOK_SECRET.";
	await assert.rejects(post(payments, signed(credit, [secret])), { name: "TypeError", message });
	assert.deepEqual(called, ["credit 80.00"]);
});

describe("a request", () => {
	const { credit } = storyOf();

	it("is accepted when any of the secrets has signed it", async () => {
		const [old, other] = [newSecret(), newSecret()];
		const { payments, called } = opened({ secrets: [secret, old] });
		for (const secrets of [[secret], [old], [other, old]]) {
			assert.equal((await post(payments, signed(storyOf().credit, secrets))).status, 204);
		}
		assert.deepEqual(called, ["credit 80.00", "credit 80.00", "credit 80.00"]);
	});

	const minutes = (count: number) => new Date(Date.now() + count * 60_000);
	const right = signed(credit, [secret]);
	const { "webhook-id": _, ...incomplete } = right.headers;
	for (const [what, init, status, title] of [
		["signed with another secret", signed(credit, [newSecret()]), 401, "No matching signature found."],
		["six minutes old", signed(credit, [secret], minutes(-6)), 401, "Message timestamp too old."],
		["six minutes ahead", signed(credit, [secret], minutes(6)), 401, "Message timestamp too new."],
		[
			"changed after it was signed",
			{ ...right, body: right.body.replace("80.00", "90.00") },
			401,
			"No matching signature found.",
		],
		["without an id", { ...right, headers: incomplete }, 401, "Missing required headers."],
		["empty", { method: "POST" }, 401, "Missing required headers."],
		["not JSON", signed("80.00 for the shop", [secret]), 400, "The body is not a message about a payment."],
		[
			"not about a payment",
			signed({ type: "invoice.paid", data: null }, [secret]),
			400,
			"The body is not a message about a payment.",
		],
		["a list", signed([], [secret]), 400, "The body is not a message about a payment."],
		[
			"of an unknown effect",
			signed({ ...credit, effect: "hold" }, [secret]),
			400,
			"The message's effect is unknown. Update flinkspay-edge.",
		],
		[
			"larger than 64 KiB",
			signed({ ...credit, more: "x".repeat(65_536) }, [secret]),
			413,
			"The body is larger than 64 KiB.",
		],
		["a GET", { method: "GET" }, 405, "Only POST is answered here."],
	] as const) {
		it(`is answered ${status} when it is ${what}`, async () => {
			const { payments, called, kept } = opened();
			const answer = await post(payments, init);
			assert.equal(answer.headers.get("content-type"), "application/problem+json");
			assert.equal(answer.headers.get("allow"), status === 405 ? "POST" : null);
			assert.deepEqual([answer.status, await answer.json()], [status, { status, title }]);
			assert.deepEqual([called, kept.size], [[], 0]);
		});
	}

	it("is refused with what to do when its body was read before", async () => {
		const request = new Request(url, signed(credit, [secret]));
		await request.json();
		await assert.rejects(opened().payments.fetch(request), /^TypeError: request must have an unparsed body.*unread\.$/);
	});
});

describe("a message", () => {
	it("without an effect calls onMessage alone, whatever its type", async () => {
		const seen: string[] = [];
		const { payments, called, kept } = opened({ onMessage: ({ type }) => seen.push(type) });
		const { settled } = storyOf();
		for (const message of [settled, { ...settled, type: "payment.of_a_later_version" }]) {
			assert.equal((await post(payments, signed(message, [secret]))).status, 204);
		}
		assert.deepEqual([called, kept.size, seen], [[], 0, ["payment.updated", "payment.of_a_later_version"]]);
	});

	it("calls onMessage after its effect is done, also when it was done before", async () => {
		const { credit, reversal } = storyOf();
		const { payments, called } = opened({ onMessage: ({ effect }) => called.push(effect) });
		for (const message of [reversal, credit, credit]) await payments.take(message);
		assert.deepEqual(called, ["reverse order-1001", "reverse", "credit", "credit"]);
	});

	it("that credits without an amount is refused, unless the payment was credited before", async () => {
		const { payments, called } = opened();
		const { id, credit } = storyOf();
		const { paidAmount: _, ...data } = credit.data;
		const purged = { ...credit, data };
		const refused = { message: `Payment ${id} was not credited: its amount was deleted. Credit it by hand.` };
		await assert.rejects(post(payments, signed(purged, [secret])), refused);
		assert.deepEqual(called, []);
		await payments.take(credit);
		assert.equal((await post(payments, signed(purged, [secret]))).status, 204);
		assert.deepEqual(called, ["credit 80.00"]);
	});

	it("rejects with what its function throws, and can be sent again", async () => {
		const failure = new Error("the shop is down");
		const onCredit = mock.fn(async () => {});
		onCredit.mock.mockImplementationOnce(() => Promise.reject(failure));
		const { payments, kept } = opened({ onCredit });
		const { id, credit } = storyOf();
		await assert.rejects(payments.take(credit), (error) => error === failure);
		assert.equal(kept.get(id), "none");
		await payments.take(credit);
		assert.deepEqual([onCredit.mock.callCount(), kept.get(id)], [2, "credited"]);
	});

	it("rejects with the function's error when the store fails after it", async () => {
		const failure = new Error("the shop is down");
		const { payments, store } = opened({ onCredit: () => Promise.reject(failure) });
		const swap = store.swap;
		store.swap = (id, before, after) =>
			after === "none" ? Promise.reject(new Error("and so is its store")) : swap(id, before, after);
		await assert.rejects(payments.take(storyOf().credit), (error) => error === failure);
	});

	it("rejects when the store rejects, and when swap returns no boolean", async () => {
		const { credit } = storyOf();
		const failure = new Error("no database");
		const failing = opened({ store: { read: () => Promise.reject(failure), swap: () => true } });
		await assert.rejects(failing.payments.take(credit), (error) => error === failure);
		// @ts-expect-error: JavaScript allows it
		const silent = opened({ store: { read: () => null, swap: () => {} } });
		await assert.rejects(silent.payments.take(credit), /^TypeError: store.swap must return whether it swapped/);
		assert.deepEqual([failing.called, silent.called], [[], []]);
	});

	it("rejects when the store has a value that no receiver has written", async () => {
		const { payments, called, kept } = opened();
		const { id, credit } = storyOf();
		kept.set(id, "Credited");
		await assert.rejects(payments.take(credit), {
			message: "store.read must return what swap has stored, and not Credited.",
		});
		assert.deepEqual(called, []);
	});

	it("is claimed for two minutes, and a receiver that took longer rejects", async (t) => {
		t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
		const waiting: (() => void)[] = [];
		const { payments, kept } = opened({ onCredit: () => new Promise<void>((resolve) => waiting.push(resolve)) });
		const { id, credit, reversal } = storyOf();
		const first = payments.take(credit);
		const busy = { message: "Another process handles the same payment. Send the message again." };
		for (const ms of [0, 119_999]) {
			t.mock.timers.tick(ms);
			await assert.rejects(payments.take(credit), busy);
			assert.equal((await post(payments, signed(reversal, [secret]))).status, 503);
		}
		t.mock.timers.tick(1);
		const second = payments.take(credit);
		while (waiting.length < 2) await new Promise(setImmediate);
		waiting[0]?.();
		await assert.rejects(first, {
			message: "The work took too long: another process handles the payment. Send the message again.",
		});
		await assert.rejects(payments.take(reversal), busy);
		waiting[1]?.();
		await second;
		await payments.take(reversal);
		assert.equal(kept.get(id), "reversed");
	});

	it("is claimed by the Worker's time when the receivers' clocks differ", async (t) => {
		for (const [here, there] of [
			[-4, 0],
			[0, 4],
			[-4, 4],
		] as const) {
			t.mock.timers.enable({ apis: ["Date"], now: Date.now() + here * 60_000 });
			const first = Promise.withResolvers<void>();
			const onCredit = mock.fn((): unknown => undefined);
			onCredit.mock.mockImplementationOnce(() => first.promise);
			const { payments } = opened({ onCredit });
			const { credit, reversal } = storyOf();
			const at = (seconds: number) => new Date(Date.now() + (seconds - here * 60) * 1000);
			const [begin, soon, late] = [0, 20, 130].map(at);
			const working = post(payments, signed(credit, [secret], begin));
			await new Promise(setImmediate);
			t.mock.timers.tick((there - here) * 60_000 + 20_000);
			for (const message of [credit, reversal]) {
				assert.equal((await post(payments, signed(message, [secret], soon))).status, 503, `${here} ${there}`);
			}
			t.mock.timers.tick(110_000);
			assert.equal((await post(payments, signed(reversal, [secret], late))).status, 204, `${here} ${there}`);
			first.resolve();
			assert.equal((await working).status, 503);
			t.mock.timers.reset();
		}
	});
});

describe("in Node", () => {
	async function served(listener: RequestListener, init: RequestInit): Promise<{ status: number; text: string }> {
		const server = await serve(listener);
		try {
			const answer = await fetch(server.url, init);
			return { status: answer.status, text: await answer.text() };
		} finally {
			server.close();
		}
	}

	for (const [name, parser] of Object.entries({
		"no parser": (_request, _response, next) => next(),
		"express.raw": express.raw({ type: "application/json" }),
		"express.text": express.text({ type: "application/json" }),
		"a parser of something else": express.json({ type: "application/xml" }),
		"a parser that keeps rawBody": express.json({
			verify: (request, _response, rawBody) => void Object.assign(request, { rawBody }),
		}),
	} satisfies Record<string, express.RequestHandler>)) {
		it(`takes a body after ${name} of Express`, async () => {
			const { payments, called } = opened();
			const app = express().post("/", parser, payments.node);
			const { credit } = storyOf("Commande à Québec");
			assert.equal((await served(app, signed(credit, [secret]))).status, 204);
			assert.deepEqual(called, ["credit 80.00"]);
			assert.equal((await served(app, signed(storyOf().credit, [newSecret()]))).status, 401);
			const large = signed({ ...credit, more: "x".repeat(65_536) }, [secret]);
			assert.equal((await served(app, large)).status, 413);
		});
	}

	it("says what to do when a parser has consumed the bytes, and gives errors to next", async () => {
		const failures: unknown[] = [];
		const keep: express.ErrorRequestHandler = (error, _request, response, _next) => {
			failures.push(error);
			response.status(500).send("the shop says so");
		};
		const { payments, called } = opened({ onReverse: () => Promise.reject(new Error("the shop is down")) });
		const parsed = express().use(express.json()).post("/", payments.node).use(keep);
		const answered = { status: 500, text: "the shop says so" };
		assert.deepEqual(await served(parsed, signed(storyOf().credit, [secret])), answered);
		const whole = express().post("/", payments.node).use(keep);
		assert.deepEqual(await served(whole, signed(storyOf().reversal, [secret])), answered);
		assert.match(
			String(failures[0]),
			/^TypeError: request must have an unparsed body.*express\.raw.*Fastify.*Next\.js/,
		);
		assert.deepEqual([called, String(failures[1])], [[], "Error: the shop is down"]);
	});

	it("answers 500 and rejects without a next, and Fastify logs that", async () => {
		const failure = new Error("the shop is down");
		const { payments } = opened({ onCredit: () => Promise.reject(failure) });
		let rejected: unknown;
		const listener: RequestListener = (request, response) => {
			payments.node(request, response).catch((error) => {
				rejected = error;
			});
		};
		assert.deepEqual(await served(listener, signed(storyOf().credit, [secret])), { status: 500, text: "" });
		assert.equal(rejected, failure);
		const lines: string[] = [];
		const app = Fastify({ logger: { stream: { write: (line: string) => lines.push(line) } } });
		app.removeContentTypeParser("application/json");
		app.addContentTypeParser("application/json", (_request, _body, done) => done(null));
		app.post("/", (request, reply) => {
			reply.hijack();
			return payments.node(request.raw, reply.raw);
		});
		await app.ready();
		const answered = await served((...given) => app.routing(...given), signed(storyOf().credit, [secret]));
		assert.deepEqual(answered, { status: 500, text: "" });
		assert.match(lines.join(""), /the shop is down/);
	});

	async function statusOf(
		headers: Record<string, string>,
		chunks: readonly (string | Uint8Array)[],
	): Promise<number | undefined> {
		const server = await serve(opened().payments.node);
		const request = send(server.url, { method: "POST", headers });
		for (const chunk of chunks) request.write(chunk);
		request.end();
		const [response] = await once(request, "response");
		response.destroy();
		server.close();
		return response.statusCode;
	}

	it("reads a letter whose bytes come in two chunks", async () => {
		const { headers, body } = signed(storyOf("Commande à Québec").credit, [secret]);
		const bytes = new TextEncoder().encode(body);
		const middle = bytes.findIndex((byte) => byte > 127) + 1;
		assert.equal(await statusOf(headers, [bytes.subarray(0, middle), bytes.subarray(middle)]), 204);
	});

	it("answers 400 and does not throw when a body breaks off", async () => {
		const begun = Promise.withResolvers<void>();
		const ended = Promise.withResolvers<string>();
		const server = await serve((request, response) => {
			begun.resolve();
			opened()
				.payments.node(request, response)
				.then(
					() => ended.resolve(`answered ${response.statusCode}`),
					(error) => ended.resolve(String(error)),
				);
		});
		const request = send(server.url, { method: "POST", headers: { "content-length": 100 } });
		request.on("error", () => {});
		request.write("{");
		await begun.promise;
		request.destroy();
		assert.equal(await ended.promise, "answered 400");
		server.close();
		const broken = new ReadableStream({ start: (controller) => controller.error(new Error("gone")) });
		const init: RequestInit & { duplex: "half" } = { method: "POST", body: broken, duplex: "half" };
		assert.equal((await opened().payments.fetch(new Request(url, init))).status, 400);
	});

	it("answers 413 to a large body before the connection closes", async () => {
		const chunks = Array.from({ length: 40 }, () => "x".repeat(10_000));
		assert.equal(await statusOf({}, chunks), 413);
	});
});

/** For the compiler alone: the message narrows on its effect, and a credit has its amount. */
export function narrows(message: PaymentMessage): string | undefined {
	// @ts-expect-error: it may not be a credit
	const any: string = message.data.paidAmount;
	return message.effect === "credit" ? message.data.paidAmount.trim() : any;
}
