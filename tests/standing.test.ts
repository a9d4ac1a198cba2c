// The machine that a payment's status moves in: forwards alone, whatever is read in which order, how often.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { advance, INITIATED, pauseMs, type Standing, type StatusRead } from "../worker/src/ledger/standing.ts";

const PAID = ["Accepted", "Processed", "Settled"];
const ENDED = ["Cancelled", "Canceled", "Expired", "Declined", "Failed"];

function v1(status: string): StatusRead {
	return { status, paid: PAID.includes(status), final: status === "Settled" || ENDED.includes(status) };
}

function v2(status: string, statusDetails?: string): StatusRead {
	const final = status === "Completed" || ENDED.includes(status);
	return { status, statusDetails, paid: statusDetails === "EFT0301", final };
}

/** What Flinks may say of one payment over time. */
const LIVES: readonly (readonly StatusRead[])[] = [
	...ENDED.map((end) => [v1("Initiated"), v1("Processing"), v1(end)]),
	...["Declined", "Failed"].map((end) => [v1("Initiated"), v1("Accepted"), v1("Processed"), v1(end)]),
	[v1("Initiated"), v1("Processing"), v1("Accepted"), v1("Processed"), v1("Settled")],
	[v2("Initiated", "EFT0101"), v2("InProgress"), v2("Completed", "EFT0302"), v2("Completed", "EFT0301")],
	[v2("Initiated", "EFT0101"), v2("InProgress"), v2("Failed", "EFT0401")],
	[v2("Initiated", "EFT0101"), v2("Completed", "EFT0302"), v2("Expired", "EFT0601")],
];

function after(reads: readonly StatusRead[]): Standing {
	return reads.reduce(advance, INITIATED);
}

function* permutations<T>(items: readonly T[]): Generator<T[]> {
	if (items.length === 0) yield [];
	for (const [i, item] of items.entries()) {
		for (const rest of permutations([...items.slice(0, i), ...items.slice(i + 1)])) yield [item, ...rest];
	}
}

describe("what is read of a payment", () => {
	for (const life of LIVES) {
		const last = life.at(-1);
		test(`in every order, with doubles and unknown words between: ${last?.status} ${last?.statusDetails ?? ""}`, () => {
			const unknown = { status: "Pondering", paid: false, final: false };
			let count = 0;
			for (const order of permutations([...life, unknown])) {
				for (const reads of [order, order.flatMap((read) => [read, read]), [...order, ...order]]) {
					const { status, statusDetails, paid, final } = after(reads);
					const isFinal = last?.status === "Completed" ? last.paid : last?.final;
					assert.deepEqual(
						[status, statusDetails, paid, final],
						[last?.status, last?.statusDetails, last?.paid, isFinal],
					);
					count += 1;
				}
			}
			assert.ok(count >= 72);
		});

		test(`never goes back: ${last?.status} ${last?.statusDetails ?? ""}`, () => {
			for (const order of permutations(life)) {
				let standing = INITIATED;
				for (const read of order) {
					const next = advance(standing, read);
					assert.ok(next.rank >= standing.rank);
					assert.ok(!standing.final || next === standing, "what is final has moved");
					standing = next;
				}
			}
		});
	}

	test("an unknown word is kept as it is, is never paid, and hides no payment", () => {
		const words = ["", "accepted", "ACCEPTED", "Paid", "Settled ", "constructor", "__proto__", "Mystery"];
		for (const status of words) {
			const read = { status, paid: false, final: false };
			const shown = after([read]);
			assert.deepEqual([shown.status, shown.paid, shown.final], [status, false, false]);
			assert.equal(after([read, v1("Processing")]).status, "Processing");
			assert.deepEqual(after([v1("Accepted"), read]), after([v1("Accepted")]));
		}
	});

	test("a session that is Completed and waits for a signature is not final", () => {
		const { paid, final } = after([v2("Completed", "EFT0302")]);
		assert.deepEqual([paid, final], [false, false]);
	});
});

test("the pause is 30 seconds at least, grows, and is 6 hours and a tenth at most", () => {
	let before = 0;
	for (let reads = 0; reads < 200; reads++) {
		const [least, most] = [pauseMs(reads, 0), pauseMs(reads, 1)];
		assert.ok(least >= 30_000 && least >= before && most <= 6.6 * 3_600_000 && most <= least * 1.1 + 1);
		assert.ok(Number.isInteger(least));
		before = least;
	}
	assert.equal(pauseMs(0, 0), 30_000);
	assert.equal(before, 6 * 3_600_000);
	assert.ok(Number.isFinite(pauseMs(Number.MAX_SAFE_INTEGER, 1)));
});
