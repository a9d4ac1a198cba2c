// The words of the operator's page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PaymentEvent } from "../worker/src/schemas/events.ts";

// Imported by its URL, since it is JavaScript without types.
const { ago, describeEvent, stateOf, startOfDay } = await import(
	new URL("../worker/public/operator/labels.js", import.meta.url).href
);

test("each kind of event has a title", () => {
	const known = PaymentEvent.options.map((option) => option.shape.type.value);
	assert.ok(known.length >= 9);
	for (const type of known) {
		const outcome =
			{ attempt: "unknown", delivery: "failed", outcome: "unknown", resolution: "unknown" }[type as string] ??
			"created";
		const { title } = describeEvent({ ...{ type, outcome, status: "Settled", stage: "status" }, at: "" });
		assert.match(title, /^[A-Z].* /, type);
	}
	assert.equal(describeEvent({ type: "of_tomorrow", at: "" }).title, "of_tomorrow");
});

test("the label is Paid for `paid` alone, whatever Flinks' status is", () => {
	for (const status of ["Settled", "Accepted", "Paid", "paid", "Completed", "Failed", "__proto__", "toString", ""]) {
		for (const final of [true, false]) {
			for (const funds of ["none", "scheduled", "returned"]) {
				const { kind, title } = stateOf({ status, funds, paid: false, final });
				assert.ok(kind !== "paid" && !/^Paid/.test(title), `${status} ${funds}`);
			}
			for (const funds of ["guaranteed", "settled"]) {
				assert.equal(stateOf({ status, funds, paid: true, final }).title, "Paid");
			}
		}
	}
	for (const status of ["unknown", "in_progress", "rejected", "not_created"]) {
		assert.notEqual(stateOf({ status, funds: "settled", paid: true, final: true }).kind, "paid", "the ledger's own");
	}
});

test("the label says first what needs attention", () => {
	const paid = { status: "Settled", funds: "settled", paid: true, final: true };
	const returned = { ...paid, status: "Failed", funds: "returned", paid: false };
	for (const [payment, kind, title] of [
		[{ ...paid, amountDiffers: true }, "differs", "Paid another amount"],
		[{ ...paid, mismatch: "amount" }, "mismatch", "Does not match"],
		[{ ...returned, mismatch: "returned" }, "mismatch", "Does not match"],
		[returned, "returned", "Returned"],
		[{ ...returned, amountDiffers: true }, "returned", "Returned"],
		[{ status: "guarantee_waiting", funds: "none", paid: false, guarantee: "waiting" }, "decide", "Needs a decision"],
		[{ status: "Completed", funds: "scheduled", paid: false, final: false }, "scheduled", "Scheduled, not paid"],
		[{ status: "Declined", funds: "none", paid: false, final: true }, "unpaid", "Not paid"],
		[{ status: "unrecognized", funds: "none", paid: false, final: false }, "open", "Not paid yet"],
	] as const) {
		const state = stateOf(payment);
		assert.deepEqual([state.kind, state.title], [kind, title]);
	}
	assert.match(stateOf({ ...paid, mismatch: "amount" }).detail, /it counts as paid/);
});

test("a day goes from its start to the next day's, also when it has no midnight", () => {
	const zone = process.env.TZ;
	try {
		for (const [place, day, from, to] of [
			["America/Toronto", "2026-03-08", "2026-03-08T05:00:00.000Z", "2026-03-09T04:00:00.000Z"],
			// Its clocks go from 23:59 to 01:00.
			["America/Havana", "2026-03-08", "2026-03-08T05:00:00.000Z", "2026-03-09T04:00:00.000Z"],
			["America/Havana", "2026-03-07", "2026-03-07T05:00:00.000Z", "2026-03-08T05:00:00.000Z"],
			["Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00.000Z", "2026-03-29T21:00:00.000Z"],
			["Asia/Beirut", "2026-03-28", "2026-03-27T22:00:00.000Z", "2026-03-28T22:00:00.000Z"],
			["UTC", "2024-02-28", "2024-02-28T00:00:00.000Z", "2024-02-29T00:00:00.000Z"],
			["UTC", "2026-12-31", "2026-12-31T00:00:00.000Z", "2027-01-01T00:00:00.000Z"],
		] as const) {
			process.env.TZ = place;
			assert.deepEqual([startOfDay(day), startOfDay(day, 1)], [from, to], place);
		}
	} finally {
		if (zone === undefined) delete process.env.TZ;
		else process.env.TZ = zone;
	}
});

test("times say how long ago they were", () => {
	const now = Date.parse("2026-05-01T12:00:00Z");
	for (const [at, words] of [
		["2026-05-01T11:59:59.5Z", "now"],
		["2026-05-01T11:59:30Z", "30 seconds ago"],
		["2026-05-01T11:00:01Z", "59 minutes ago"],
		["2026-04-30T11:00:00Z", "yesterday"],
		["2026-05-01T13:00:00Z", "in 1 hour"],
	] as const) {
		assert.equal(ago(at, now), words);
	}
});
