// One payment at the ledger: its reads, its money, its cancellation, its timeline, and its resolution if its outcome is unknown.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bundle } from "./crash/workerd.ts";
import {
	apiKey,
	call,
	control,
	created,
	creatingDuring,
	eventsOf,
	hook,
	journal,
	PRODUCTS,
	type Product,
	password,
	pay,
	previousKey,
	startLedger,
	unknown,
} from "./ledger/fixture.ts";
import { SECOND, until, withFixture } from "./notifications/fixture.ts";

startLedger();

describe("one payment", () => {
	test("is read at most every 30 seconds", async () => {
		await withFixture(await bundle(), {}, async (fixture) => {
			const { system } = fixture;
			const { id, sessionId } = await fixture.start("interac", "often");
			// No poll of the Worker's own comes between.
			await system.loseAlarms();
			const statusOf = async () => (await system.read(id)).json.status;
			const reads = () => system.gateway.wire.filter(({ step }) => step === "status").length;
			await statusOf();
			assert.equal(reads(), 1);
			fixture.playSilently(sessionId, "accept");
			// A clock that is set back does not hide a read either, and leaves nearly a minute until the next one may come.
			await system.moveClock(-29 * SECOND);
			assert.equal(await statusOf(), "Initiated");
			assert.equal(reads(), 1);
			await system.moveClock(30 * SECOND);
			assert.equal(await statusOf(), "Accepted");
		});
	});

	const money = { funds: "guaranteed", paid: true };
	const done: Record<Product, object> = {
		interac: { status: "Accepted", ...money, final: false },
		"e-transfer": { status: "Completed", ...money, final: false },
		// A bank may return it for days.
		eft: { status: "Completed", statusDetails: "EFT0301", funds: "scheduled", paid: false, final: false },
		geft: { status: "Completed", statusDetails: "EFT0301", ...money, final: true },
	};
	for (const product of PRODUCTS) {
		test(`${product}: has the documented funds once its payor has paid`, async () => {
			const { id, sessionId } = await created(product);
			await control(`/sessions/${sessionId}/play`, { amount: 12.5 });
			const { json } = await call("GET", `/payments/${id}`);
			const { status, statusDetails, funds, paid, final } = json;
			const details = statusDetails === undefined ? {} : { statusDetails };
			assert.deepEqual({ status, ...details, funds, paid, final }, done[product]);
			assert.deepEqual([json.product, json.paidAmount, json.amountDiffers], [product, "12.50", undefined]);
		});
	}

	for (const product of PRODUCTS) {
		test(`${product}: is cancelled, once`, async () => {
			const { id } = await created(product);
			const first = await call("POST", `/payments/${id}/cancel`);
			assert.equal(first.status, 200, first.text);
			assert.match(String(first.json.status), /^Cancell?ed$/);
			assert.deepEqual([first.json.paid, first.json.final], [false, true]);
			const sent = await creatingDuring(async () => {
				assert.equal((await call("POST", `/payments/${id}/cancel`)).status, 200);
			});
			assert.deepEqual(sent, []);
			const cancel = (await eventsOf(id)).find(({ type }) => type === "cancel");
			assert.equal(cancel?.by, "API_KEY");
		});
	}

	test("cannot be cancelled when it is settled", async () => {
		const { id, sessionId } = await created();
		await control(`/sessions/${sessionId}/play`, {});
		await control("/settle", { sessionId });
		assert.equal((await call("GET", `/payments/${id}`)).json.status, "Settled");
		const sent = await creatingDuring(async () => {
			const { status, json } = await call("POST", `/payments/${id}/cancel`);
			assert.deepEqual([status, json.code, json.id], [409, "not_possible", id]);
		});
		assert.deepEqual(sent, []);
	});

	test("is read soon after a cancellation whose answer is lost", async () => {
		const { id } = await created();
		await control("/faults", { step: "cancel", fault: "timeout_after" });
		const { status, json } = await call("POST", `/payments/${id}/cancel`);
		assert.deepEqual([status, json.code, json.id], [502, "outcome_unknown", id]);
		await until("it is cancelled", async () => {
			const page = await call("GET", "/payments?status=Cancelled&limit=100");
			return (page.json.payments as { id: string }[]).find((payment) => payment.id === id);
		});
	});

	test("has each attempt, each status and who did what in its timeline, without the payor's name", async () => {
		const { id, sessionId } = await created();
		await control(`/sessions/${sessionId}/play`, {});
		await call("GET", `/payments/${id}`);
		const events = await eventsOf(id);
		const attempt = { type: "attempt", attempt: 1, httpStatus: 200, outcome: "ok" };
		assert.deepEqual(
			events.map(({ at: _, durationMs: __, ...event }) => event),
			[
				{ ...attempt, stage: "authorize" },
				{ ...attempt, stage: "initiate" },
				{ ...attempt, stage: "payment_request" },
				{ type: "outcome", outcome: "created" },
				{ type: "status", status: "Accepted", funds: "guaranteed", paid: true, final: false, amount: "12.50" },
			],
		);
		const times = events.map(({ at }) => Date.parse(String(at)));
		assert.deepEqual(times, times.toSorted());
		const text = JSON.stringify(events);
		for (const secret of [apiKey, password, "Zephyrine", "canary"]) assert.ok(!text.includes(String(secret)));
	});
});

describe("an unknown payment", () => {
	for (const product of ["interac", "eft"] as const) {
		test(`${product}: is watched once it is resolved to what the operator found at Flinks`, async () => {
			const { id, key, answer } = await unknown(product, product === "interac" ? "payment_request" : "session");
			const at = (await journal()).findLast(({ path }) => /paymentrequests$|v2\/sessions$/.test(path));
			const sessionId = String(at?.sessionId);
			const ids = product === "interac" ? { requestId: at?.requestId } : { sessionId };
			const nothing = await call("POST", `/payments/${id}/resolution`, { outcome: "created" });
			assert.deepEqual([nothing.status, nothing.json.field], [400, Object.keys(ids)[0]]);

			const previous = { Authorization: `Bearer ${previousKey}` };
			const resolved = await call("POST", `/payments/${id}/resolution`, { outcome: "created", ...ids }, previous);
			assert.equal(resolved.status, 200, resolved.text);
			const event = (await eventsOf(id)).find(({ type }) => type === "resolution");
			assert.deepEqual([event?.by, event?.outcome], ["API_KEY_PREVIOUS", "created"]);
			assert.ok(Math.abs(Date.parse(String(event?.at)) - Date.now()) < 600_000);

			await control(`/sessions/${sessionId}/play`, { amount: 5 });
			const done = await until("its money is seen", async () => {
				const { json } = await call("GET", `/payments/${id}`);
				if (json.funds !== "none") return json;
				// A read may have come just before the payment; a webhook causes another.
				await hook({ sessionId, status: "Completed", statusDetails: crypto.randomUUID() });
				return undefined;
			});
			assert.equal(done.funds, product === "eft" ? "scheduled" : "guaranteed");

			const again = await pay({ product, key });
			assert.deepEqual([again.status, again.text], [502, answer.text], "the key's answer stays");
		});
	}

	test("keeps its key when it is resolved as not created", async () => {
		const { id, key } = await unknown("interac");
		const resolve = (body: object) => call("POST", `/payments/${id}/resolution`, body);
		const resolved = await resolve({ outcome: "not_created" });
		assert.deepEqual([resolved.status, resolved.json.status, resolved.json.final], [200, "not_created", true]);
		assert.equal((await resolve({ outcome: "not_created" })).status, 200, "the same again");
		const other = await resolve({ outcome: "created", requestId: crypto.randomUUID() });
		assert.deepEqual([other.status, other.json.code], [409, "not_possible"]);
		assert.equal((await pay({ key })).status, 502);
	});

	test("cannot be resolved when its outcome is known", async () => {
		const { id } = await created();
		const { status, json } = await call("POST", `/payments/${id}/resolution`, { outcome: "not_created" });
		assert.deepEqual([status, json.code], [409, "not_possible"]);
	});
});
