// A key gets one answer and never a second payment, whoever asks and however often. Crashes are in crash/.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	type Answer,
	call,
	control,
	creatingDuring,
	eventsOf,
	PRODUCTS,
	params,
	pay,
	startLedger,
	unknown,
} from "./ledger/fixture.ts";

startLedger();

describe("one key, one answer", () => {
	test("a name is the same in each form that Unicode has for it", async () => {
		const key = crypto.randomUUID();
		const named = (form: "NFC" | "NFD") => pay({ key, more: { customerName: "Zoé Lévêque".normalize(form) } });
		const first = await named("NFC");
		assert.equal(first.status, 201, first.text);
		const again = await named("NFD");
		assert.deepEqual([again.status, again.text], [201, first.text]);
		assert.equal((await pay({ key, more: { customerName: "Zoe Leveque" } })).status, 422);
	});

	test("a reference is found in each form that Unicode has for it", async () => {
		const reference = `Zoé-${crypto.randomUUID()}`;
		for (const stored of ["NFC", "NFD"] as const) {
			const { json } = await pay({ more: { referenceId: `${stored}-${reference}`.normalize(stored) } });
			for (const typed of ["NFC", "NFD"] as const) {
				const query = encodeURIComponent(`${stored}-${reference}`.normalize(typed));
				const { payments } = (await call("GET", `/payments?referenceId=${query}`)).json as {
					payments: { id: string }[];
				};
				assert.deepEqual(
					payments.map(({ id }) => id),
					[json.id],
					`${stored} by ${typed}`,
				);
			}
		}
	});

	test("an invalid amount is a mismatch with the same body without an amount", async () => {
		const key = crypto.randomUUID();
		const first = await pay({ product: "eft", key, more: { amount: undefined } });
		assert.equal(first.status, 201, first.text);
		const other = await pay({ product: "eft", key, more: { amount: 99 } });
		assert.deepEqual([other.status, other.json.code], [422, "idempotency_mismatch"]);
	});

	for (const product of PRODUCTS) {
		test(`${product}: the same key again sends nothing to Flinks`, async () => {
			const key = crypto.randomUUID();
			const first = await pay({ product, key });
			assert.equal(first.status, 201, first.text);
			assert.equal(first.headers.get("idempotency-replayed"), null);
			const sent = await creatingDuring(async () => {
				const again = await pay({ product, key });
				assert.deepEqual([again.status, again.text], [201, first.text]);
				assert.equal(again.headers.get("idempotency-replayed"), "true");
			});
			assert.deepEqual(sent, []);
			assert.equal("requestId" in first.json, product === "interac");
		});
	}

	test("the same payment in another notation gets the same answer", async () => {
		const key = crypto.randomUUID();
		const first = await pay({ key, more: { clientUris: { a: 1, b: { c: 2, d: 3 } } } });
		const again = await call(
			"POST",
			"/payments",
			{
				clientUris: { b: { d: 3, c: 2 }, a: 1 },
				customerName: params.interac.customerName,
				amount: "12.5",
				customerEmail: params.interac.customerEmail,
				referenceId: first.json.referenceId,
			},
			{ "Idempotency-Key": key },
		);
		assert.deepEqual([again.status, again.text], [201, first.text]);
	});

	const others = [
		{ amount: "12.51" },
		{ referenceId: "order-2" },
		{ customerName: "Zephyrine Canari" },
		{ customerEmail: "zephyrine@example.com" },
		{ clientUris: {} },
		{ product: "eft", ...params.eft, amount: "12.50", customerName: undefined, customerEmail: undefined },
	];
	for (const more of others) {
		test(`another payment is refused: ${JSON.stringify(more)}`, async () => {
			const key = crypto.randomUUID();
			const { json: first } = await pay({ key });
			const sent = await creatingDuring(async () => {
				const { status, json } = await pay({ key, more });
				assert.deepEqual([status, json.code, json.outcome], [422, "idempotency_mismatch", "not_sent"]);
				assert.equal(json.id, first.id);
			});
			assert.deepEqual(sent, []);
		});
	}

	test("two keys with the same body are two payments", async () => {
		const more = { referenceId: "order-1" };
		const [one, other] = await Promise.all([pay({ more }), pay({ more })]);
		assert.deepEqual([one.status, other.status], [201, 201]);
		assert.notEqual(one.json.sessionId, other.json.sessionId);
	});

	test("200 requests at once with one key are one sequence and one link", async () => {
		const key = crypto.randomUUID();
		const answers: Answer[] = [];
		const sent = await creatingDuring(async () => {
			answers.push(...(await Promise.all(Array.from({ length: 200 }, () => pay({ key })))));
		});
		assert.deepEqual(sent, ["/api/v1/sessions/initiate", "/api/v1/paymentrequests"]);
		const good = answers.filter(({ status }) => status === 201);
		assert.ok(good.length > 0);
		const attempts = (await eventsOf(String(good[0]?.json.id))).filter(({ type }) => type === "attempt");
		assert.deepEqual(
			attempts.map(({ stage }) => stage),
			["authorize", "initiate", "payment_request"],
		);
		assert.equal(new Set(good.map(({ text }) => text)).size, 1);
		for (const { status, json, headers } of answers.filter(({ status }) => status !== 201)) {
			assert.deepEqual([status, json.code, headers.get("retry-after")], [409, "in_progress", "1"]);
			assert.equal(json.id, good[0]?.json.id);
		}
	});

	test("Flinks' refusal is answered again with the same body", async () => {
		const key = crypto.randomUUID();
		await control("/faults", { step: "payment_request", fault: "429", retryAfter: 7 });
		const first = await pay({ key });
		assert.deepEqual([first.status, first.json.code, first.headers.get("retry-after")], [429, "rate_limited", "7"]);
		const sent = await creatingDuring(async () => {
			const again = await pay({ key });
			assert.deepEqual([again.status, again.text, again.headers.get("retry-after")], [429, first.text, "7"]);
			assert.equal(again.headers.get("idempotency-replayed"), "true");
		});
		assert.deepEqual(sent, []);
		const read = await call("GET", `/payments/${first.json.id}`);
		assert.deepEqual([read.json.status, read.json.paid, read.json.final], ["rejected", false, true]);
	});

	test("an unknown outcome is answered again with the same body", async () => {
		const { key, answer, id } = await unknown("interac");
		assert.equal(answer.json.referenceId, `order-${key.slice(0, 8)}`);
		const sent = await creatingDuring(async () => {
			const again = await pay({ key });
			assert.deepEqual([again.status, again.text], [502, answer.text]);
			assert.equal(again.headers.get("idempotency-replayed"), "true");
			const read = await call("GET", `/payments/${id}`);
			assert.deepEqual([read.status, read.json.status, read.json.final], [200, "unknown", false]);
		});
		assert.deepEqual(sent, []);
	});

	test("a key is free again when no request had left that could create a payment", async () => {
		const key = crypto.randomUUID();
		// Polls of other payments authorize, too.
		await control("/faults", { step: "authorize", fault: "503", times: 1000 });
		const failed = await pay({ key });
		assert.deepEqual([failed.status, failed.json.outcome, failed.json.id], [502, "not_sent", undefined]);
		await control("/faults", undefined, "DELETE");
		const answer = await pay({ key, more: { amount: "99.00" } });
		assert.deepEqual([answer.status, answer.headers.get("idempotency-replayed")], [201, null]);
	});
});
