// The bank's book, and everything that takes money out of it again. Follows
// docs.flinks.com/api/pay/endpoints/e-transfer/get-payment-requests for the money from Accepted on; the rest is the sandbox's own.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SandboxOptions } from "../src/sandbox.ts";
import { E_TRANSFER, EFT, GEFT, PARAMS, start } from "./calls.ts";

const DAY = 86_400_000;
const RETURN = { ...EFT, payor: { firstName: "Avery", lastName: "Return" } };

/** A sandbox that collects the bodies of its webhooks, Interac's too. */
function startWithWebhooks(options: SandboxOptions = {}) {
	const events: Record<string, unknown>[] = [];
	const setup = start({
		webhook: { url: "https://shop.example/webhooks", secret: "s", interac: true },
		webhookFetch: async (_, { body }) => {
			events.push(JSON.parse(Buffer.from(body as Uint8Array).toString("utf8")));
			return new Response();
		},
		...options,
	});
	/** The amounts of one session in the book, as `money scheduled`. */
	const held = (sessionId: string) => {
		const entry = setup.sandbox.book().find((one) => one.sessionId === sessionId);
		return `${entry?.money} ${entry?.scheduled}`;
	};
	return { ...setup, events, held };
}

async function transactionOf(session: { readDetails: () => Promise<Record<string, unknown>> }): Promise<unknown> {
	return Object(Object((await session.readDetails()).schedule).transactions)[0]?.status;
}

test("the book has every payment, with money only where it is guaranteed or settled", async () => {
	const { sandbox, held, pay, open, token, initiate, call } = startWithWebhooks();
	const v1 = await pay();
	const [eTransfer, eft, geft] = [await open(E_TRANSFER), await open(EFT), await open(GEFT)];
	const bare = String((await initiate(await token(), { ...PARAMS, referenceId: "bare" })).body.sessionId);
	const nothing = { money: "0.00", scheduled: "0.00" };
	assert.deepEqual(sandbox.book(), [
		{
			product: "Interac v1",
			...{ sessionId: v1.sessionId, requestId: v1.requestId, referenceId: "User1234" },
			...nothing,
		},
		{ product: "Interac v1", ...{ sessionId: bare, referenceId: "bare" }, ...nothing },
		{ product: "e-Transfer", ...{ sessionId: eTransfer.sessionId, referenceId: "USER12345" }, ...nothing },
		{ product: "EFT", ...{ sessionId: eft.sessionId, referenceId: "USER12345" }, ...nothing },
		{ product: "GEFT", ...{ sessionId: geft.sessionId, referenceId: "USER12345" }, ...nothing },
	]);
	for (const { sessionId } of [v1, eTransfer, eft, geft]) {
		sandbox.play(sessionId, "begin");
		assert.equal(held(sessionId), "0.00 0.00");
		sandbox.play(sessionId, "accept");
	}
	const all = [
		[v1.sessionId, "12.50 0.00"],
		[eTransfer.sessionId, "250.00 0.00"],
		[eft.sessionId, "0.00 500.00"],
		[geft.sessionId, "500.00 0.00"],
	] as const;
	for (const [sessionId, due] of all) assert.equal(held(sessionId), due);
	for (const to of ["Processed", "Settled"] as const) {
		assert.equal(sandbox.settle(to), 2);
		for (const [sessionId, due] of all) assert.equal(held(sessionId), due);
	}
	const read = await call("/sandbox/book");
	assert.deepEqual([read.status, read.body], [200, JSON.parse(JSON.stringify(sandbox.book()))]);
	assert.equal(read.headers.get("cache-control"), "no-store");
});

test("a payment that failed, expired, was cancelled or is not signed has no money", async () => {
	const { sandbox, held, pay, open } = startWithWebhooks();
	for (const outcome of ["decline", "cancel", "mismatch", "expire"] as const) {
		for (const { sessionId } of [await pay(), await open(E_TRANSFER)]) {
			sandbox.play(sessionId, outcome);
			assert.equal(held(sessionId), "0.00 0.00", outcome);
		}
	}
	for (const outcome of ["pad_pending", "login_failed", "mismatch", "low_balance", "cancel", "expire"] as const) {
		for (const { sessionId } of [await open(EFT), await open(GEFT)]) {
			sandbox.play(sessionId, outcome);
			assert.equal(held(sessionId), "0.00 0.00", outcome);
		}
	}
});

test("reverse takes back an accepted, processed or settled payment and sends a webhook", async () => {
	for (const to of [undefined, "Processed", "Settled"] as const) {
		const { sandbox, held, pay, open, events } = startWithWebhooks();
		const [v1, v2] = [await pay(), await open(E_TRANSFER)];
		for (const { sessionId } of [v1, v2]) {
			sandbox.play(sessionId, "accept");
			if (to) assert.equal(sandbox.settle(to, sessionId), 1);
		}
		await sandbox.webhooksIdle();
		events.length = 0;
		assert.equal(sandbox.reverse(v1.sessionId), "Failed");
		assert.equal(await v1.readStatus(), "Failed");
		assert.equal(sandbox.reverse(v2.sessionId), "Completed");
		assert.deepEqual([(await v2.readStatus()).status, await transactionOf(v2)], ["Completed", "Failed"]);
		await sandbox.webhooksIdle();
		assert.deepEqual(
			events.map(({ sessionId, status, requestId }) => [sessionId, status, requestId]),
			[
				[v1.sessionId, "Failed", v1.requestId],
				[v2.sessionId, "Completed", undefined],
			],
		);
		for (const { sessionId } of [v1, v2]) {
			assert.equal(held(sessionId), "0.00 0.00");
			assert.throws(() => sandbox.reverse(sessionId), /no money to reverse/);
			assert.throws(() => sandbox.play(sessionId, "accept"), /cannot become/);
		}
		assert.equal(sandbox.settle(), 0);
	}
});

test("reverse returns an EFT or GEFT with the given code", async () => {
	for (const body of [EFT, GEFT]) {
		for (const [code, due] of [
			["908", "908"],
			[undefined, "901"],
		] as const) {
			const { sandbox, held, open, events } = startWithWebhooks();
			const { sessionId, readStatus } = await open(body);
			sandbox.play(sessionId, "accept");
			assert.equal(sandbox.reverse(sessionId, code), "Failed");
			await sandbox.webhooksIdle();
			const { status, statusDetails } = await readStatus();
			assert.deepEqual([status, statusDetails, held(sessionId)], ["Failed", due, "0.00 0.00"]);
			assert.deepEqual(
				events.map((one) => one.statusDetails),
				["EFT0301", due],
			);
		}
	}
});

test("reverse rejects a payment without money, and a code that is not three digits or not for EFT or GEFT", async () => {
	const { sandbox, pay, open, call } = startWithWebhooks();
	const [v1, eTransfer, geft, unsigned] = [await pay(), await open(E_TRANSFER), await open(), await open()];
	sandbox.play(unsigned.sessionId, "pad_pending");
	for (const { sessionId } of [v1, eTransfer, geft, unsigned]) {
		assert.throws(() => sandbox.reverse(sessionId), /no money to reverse/);
		assert.throws(() => sandbox.correct(sessionId), /the amount that moves/);
	}
	for (const { sessionId } of [v1, eTransfer, geft]) sandbox.play(sessionId, "accept");
	for (const { sessionId } of [v1, eTransfer]) assert.throws(() => sandbox.reverse(sessionId, "901"), /EFT and GEFT/);
	for (const code of ["", "90", "9011", "90a"]) {
		assert.throws(() => sandbox.reverse(geft.sessionId, code), /three digits/);
	}
	assert.throws(() => sandbox.reverse("x"), /no such session/);
	assert.throws(() => sandbox.correct("x"), /no such session/);
	const post = (path: string, body: object) => call(path, { method: "POST", body: JSON.stringify(body) });
	assert.equal((await post(`/sandbox/sessions/${geft.sessionId}/reverse`, { code: 901 })).status, 400);
	assert.equal((await post("/sandbox/sessions/x/reverse", {})).status, 404);
	const reversed = await post(`/sandbox/sessions/${geft.sessionId}/reverse`, { code: "905" });
	const due = { sessionId: geft.sessionId, status: "Failed", statusDetails: "905" };
	assert.deepEqual([reversed.status, reversed.body], [200, due]);
	assert.equal((await post(`/sandbox/sessions/${geft.sessionId}/reverse`, {})).status, 409);
	const { body } = await post(`/sandbox/sessions/${v1.sessionId}/reverse`, {});
	assert.deepEqual(body, { sessionId: v1.sessionId, requestId: v1.requestId, status: "Failed" });
});

test("return_later returns a regular EFT after three days of the clock, with a code and a webhook", async (t) => {
	t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
	const { sandbox, held, open, events } = startWithWebhooks({ expiresInSeconds: 999_999 });
	const { sessionId, readStatus } = await open(RETURN);
	assert.equal(sandbox.play(sessionId), "Completed");
	sandbox.advance(3 * DAY - 1);
	assert.deepEqual([(await readStatus()).statusDetails, held(sessionId)], ["EFT0301", "0.00 500.00"]);
	await sandbox.webhooksIdle();
	assert.equal(events.length, 1);
	// It is returned without any call about it.
	sandbox.advance(1);
	await sandbox.webhooksIdle();
	assert.deepEqual(
		events.map(({ status, statusDetails }) => [status, statusDetails]),
		[
			["Completed", "EFT0301"],
			["Failed", "901"],
		],
	);
	assert.deepEqual([(await readStatus()).status, held(sessionId)], ["Failed", "0.00 0.00"]);
	sandbox.advance(3 * DAY);
	await sandbox.webhooksIdle();
	assert.equal(events.length, 2);
	// An EFT of another name is not returned, nor is a GEFT of that name.
	const [other, geft] = [await open(EFT), await open({ ...RETURN, options: GEFT.options })];
	for (const one of [other, geft]) sandbox.play(one.sessionId);
	sandbox.advance(9 * DAY);
	assert.deepEqual([held(other.sessionId), held(geft.sessionId)], ["0.00 500.00", "500.00 0.00"]);
});

test("an EFT that was reversed earlier is not returned again", async () => {
	const { sandbox, open, events } = startWithWebhooks();
	const { sessionId } = await open(RETURN);
	sandbox.play(sessionId);
	sandbox.reverse(sessionId, "915");
	sandbox.advance(4 * DAY);
	await sandbox.webhooksIdle();
	assert.deepEqual(
		events.map(({ statusDetails }) => statusDetails),
		["EFT0301", "915"],
	);
});

test("differs: answers have a dollar more than the money that moves, until correct is called", async () => {
	for (const statusBody of ["interac", "eft"] as const) {
		const { sandbox, held, pay, status, token, events } = startWithWebhooks({ statusBody });
		const { sessionId, requestId } = await pay("Avery Differs");
		const amount = async () => (await status(await token(), requestId)).body.amount;
		assert.equal(await amount(), undefined);
		assert.equal(sandbox.play(sessionId), "Accepted");
		assert.deepEqual([await amount(), held(sessionId)], [13.5, "12.50 0.00"]);
		assert.equal(sandbox.correct(sessionId), "Accepted");
		assert.equal(await amount(), 12.5);
		sandbox.settle();
		await sandbox.webhooksIdle();
		assert.deepEqual(
			events.map((one) => `${one.status} ${one.amount}`),
			["Accepted 13.5", "Processed 12.5", "Settled 12.5"],
		);
	}
	const payor = { ...E_TRANSFER.payor, lastName: "Differs" };
	for (const [body, asked, due] of [
		[{ ...E_TRANSFER, payor, amount: 0.1 }, 0.1, "0.10 0.00"],
		[{ ...EFT, payor, amount: 0.29 }, 0.29, "0.00 0.29"],
	] as const) {
		const { sandbox, held, open, events } = startWithWebhooks();
		const { sessionId, readStatus, readDetails } = await open(body);
		const amounts = async () => [(await readStatus()).amount, (await readDetails()).amount];
		assert.deepEqual(await amounts(), [asked, asked]);
		sandbox.play(sessionId);
		assert.deepEqual([await amounts(), held(sessionId)], [[asked + 1, asked + 1], due]);
		sandbox.correct(sessionId);
		assert.deepEqual([await amounts(), held(sessionId)], [[asked, asked], due]);
		await sandbox.webhooksIdle();
		assert.equal(events[0]?.amount, asked + 1);
	}
	// For GEFT another amount is documented, so that amount moves.
	const { sandbox, held, open } = startWithWebhooks();
	const { sessionId, readStatus } = await open({ ...GEFT, payor });
	sandbox.play(sessionId);
	assert.deepEqual([(await readStatus()).amount, held(sessionId)], [501, "501.00 0.00"]);
	assert.throws(() => sandbox.correct(sessionId), /the amount that moves/);
});

test("differs has no effect on a payment that can no longer be accepted", async () => {
	const { sandbox, pay } = startWithWebhooks();
	const { sessionId } = await pay();
	sandbox.play(sessionId, "accept");
	assert.throws(() => sandbox.play(sessionId, "differs"), /cannot become/);
	assert.throws(() => sandbox.correct(sessionId), /the amount that moves/);
});

test("the state has the possible actions of each payment and the totals", async () => {
	const { sandbox, pay, open, call } = startWithWebhooks();
	const [v1, geft, eft] = [await pay("Avery Differs"), await open(), await open(EFT)];
	const waiting = await open();
	for (const { sessionId } of [v1, geft, eft]) sandbox.play(sessionId);
	sandbox.play(waiting.sessionId, "guarantee_waits");
	const state = async () => (await call("/sandbox/state")).body;
	const view = async (sessionId: string) => {
		const payments: Record<string, unknown>[] = Object(await state()).payments;
		const { reverses, settles, answeredAmount, money, scheduled, detail, payable } =
			payments.find((one) => one.sessionId === sessionId) ?? {};
		return [reverses, settles, answeredAmount, money, scheduled, detail, payable];
	};
	assert.deepEqual(await view(v1.sessionId), ["reverse", true, "13.50", "12.50", "0.00", null, false]);
	assert.deepEqual(await view(geft.sessionId), ["return", false, null, "500.00", "0.00", "EFT0301", false]);
	assert.deepEqual(await view(eft.sessionId), ["return", false, null, "0.00", "500.00", "EFT0301", false]);
	const waits = [null, false, null, "0.00", "0.00", "waits for the client", false];
	assert.deepEqual(await view(waiting.sessionId), waits);
	assert.deepEqual((await state()).book, { money: "512.50", scheduled: "500.00" });
	sandbox.reverse(geft.sessionId);
	assert.deepEqual(await view(geft.sessionId), [null, false, null, "0.00", "0.00", "901", false]);
	assert.deepEqual((await state()).book, { money: "12.50", scheduled: "500.00" });
});
