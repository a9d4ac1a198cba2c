// The outcomes of a payment request. Follows docs.flinks.com/api/pay/endpoints/e-transfer/get-payment-requests.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome, PaymentStatus } from "../src/sandbox.ts";
import { start, text } from "./calls.ts";

const ENDS: [Outcome, PaymentStatus][] = [
	["accept", "Accepted"],
	["decline", "Declined"],
	["cancel", "Cancelled"],
	["mismatch", "Failed"],
	["expire", "Expired"],
	["begin", "Processing"],
];

test("play with an outcome ignores the customer's name", async () => {
	for (const [outcome, status] of ENDS) {
		const { pay, sandbox } = start();
		const { sessionId, readStatus } = await pay("Avery Decline");
		assert.equal(await readStatus(), "Initiated");
		assert.equal(sandbox.play(sessionId, outcome), status);
		assert.equal(await readStatus(), status);
	}
});

test("play without an outcome goes by the customer's last name", async () => {
	const names: [string, PaymentStatus][] = [
		["Avery Tremblay", "Accepted"],
		["Decline Tremblay", "Accepted"],
		["Avery Decline", "Declined"],
		["Avery van DECLINER", "Declined"],
		["Cancel", "Cancelled"],
		["Avery  Cancelling ", "Cancelled"],
		["Avery Expired", "Expired"],
		["Avery Mismatch", "Failed"],
	];
	for (const [name, status] of names) {
		const { pay, sandbox } = start();
		const { sessionId } = await pay(name);
		assert.equal(sandbox.play(sessionId), status, name);
	}
});

test("play rejects a session without a payment request, and any outcome after a final one", async () => {
	const { token, initiate, pay, sandbox } = start();
	assert.throws(() => sandbox.play("x"), /no such session/);
	const bare = text((await initiate(await token())).body, "sessionId");
	assert.throws(() => sandbox.play(bare), /no payment request/);
	for (const [first] of ENDS.filter(([outcome]) => outcome !== "begin")) {
		const { sessionId } = await pay();
		sandbox.play(sessionId, first);
		for (const [second] of ENDS) assert.throws(() => sandbox.play(sessionId, second), /cannot become/);
	}
});

test("a payor at the bank can accept, decline or fail, and nothing else", async () => {
	const { pay, sandbox } = start();
	for (const outcome of ["cancel", "expire"] as const) {
		const { sessionId } = await pay();
		sandbox.play(sessionId, "begin");
		assert.throws(() => sandbox.play(sessionId, outcome), /Processing cannot become/);
	}
	for (const [outcome, status] of ENDS.filter(([, status]) => /Accepted|Declined|Failed/.test(status))) {
		const { sessionId } = await pay();
		sandbox.play(sessionId, "begin");
		assert.equal(sandbox.play(sessionId, outcome), status);
	}
});

test("a payment request expires by the clock unless the payor has begun", async (t) => {
	t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
	const { pay, sandbox } = start();
	const idle = await pay();
	const begun = await pay();
	sandbox.play(begun.sessionId, "begin");
	sandbox.advance(899_999);
	assert.equal(await idle.readStatus(), "Initiated");
	sandbox.advance(1);
	assert.throws(() => sandbox.play(idle.sessionId, "accept"), /Expired cannot become/);
	assert.equal(await idle.readStatus(), "Expired");
	assert.equal(await begun.readStatus(), "Processing");

	const quick = start({ requestExpiresInSeconds: 1 });
	const short = await quick.pay();
	quick.sandbox.advance(1000);
	assert.equal(await short.readStatus(), "Expired");
});

test("settle moves accepted payments and no others", async () => {
	const { pay, sandbox } = start();
	const payments = await Promise.all(ENDS.map(() => pay()));
	for (const [index, { sessionId }] of payments.entries()) sandbox.play(sessionId, ENDS[index]?.[0]);
	const read = () => Promise.all(payments.map(({ readStatus }) => readStatus()));
	const rest = ENDS.slice(1).map(([, status]) => status);
	assert.equal(sandbox.settle("Processed"), 1);
	assert.deepEqual(await read(), ["Processed", ...rest]);
	assert.equal(sandbox.settle(), 1);
	assert.deepEqual(await read(), ["Settled", ...rest]);
	assert.equal(sandbox.settle(), 0);

	const { sessionId, readStatus } = await pay();
	sandbox.play(sessionId, "accept");
	assert.equal(sandbox.settle(), 1);
	assert.equal(await readStatus(), "Settled");
});
