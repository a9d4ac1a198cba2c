// How a payment's status and funds change: forwards alone, in whatever order and however often statuses are read. Funds after a
// final status without funds count; funds that ended are returned for good. What a status means is in the package's table.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Effects, effectOf } from "../worker/src/ledger/effects.ts";
import { type FoundMismatch, findMismatch } from "../worker/src/ledger/mismatch.ts";
import {
	advance,
	hintDelayMs,
	INITIATED,
	isShown,
	type PaymentStatus,
	pollDelayMs,
	type StatusRead,
	withHint,
} from "../worker/src/ledger/status.ts";
import type { PaymentProduct } from "../worker/src/schemas/params.ts";

interface PaymentHistory {
	product: PaymentProduct;
	reads: readonly StatusRead[];
	end: readonly [funds: PaymentStatus["funds"], paid: boolean, final: boolean];
}

const words = (...statuses: string[]): StatusRead[] => statuses.map((status) => ({ status }));
const session = (status: string, statusDetails?: string): StatusRead => ({
	status,
	...(statusDetails === undefined ? {} : { statusDetails }),
});
const transfer = (...transactions: string[]): StatusRead => ({
	status: "Completed",
	schedule: { transactions: transactions.map((status, id) => ({ id: String(id), status })) },
});
const SET_UP = [session("Initiated", "EFT0101"), session("InProgress"), session("Completed", "EFT0302")];
const SCHEDULED = session("Completed", "EFT0301");

/** What Flinks may say of one payment over time. */
const HISTORIES: readonly PaymentHistory[] = [
	...["Cancelled", "Canceled", "Expired", "Declined", "Failed"].map((end): PaymentHistory => {
		return { product: "interac", reads: words("Initiated", "Processing", end), end: ["none", false, true] };
	}),
	{
		product: "interac",
		reads: words("Initiated", "Processing", "Accepted", "Processed", "Settled"),
		end: ["settled", true, true],
	},
	{ product: "interac", reads: words("Initiated", "Processing", "Accepted"), end: ["guaranteed", true, false] },
	...["Declined", "Failed"].map((end): PaymentHistory => {
		const reads = words("Initiated", "Accepted", "Processed", end);
		return { product: "interac", reads, end: ["returned", false, true] };
	}),
	{ product: "interac", reads: words("Accepted", "Settled", "Failed"), end: ["returned", false, true] },
	{ product: "eft", reads: [...SET_UP, SCHEDULED], end: ["scheduled", false, false] },
	{ product: "eft", reads: [...SET_UP, SCHEDULED, session("Failed", "901")], end: ["returned", false, true] },
	{ product: "eft", reads: [...SET_UP, session("Expired", "EFT0601")], end: ["none", false, true] },
	{ product: "geft", reads: [...SET_UP, SCHEDULED], end: ["guaranteed", true, true] },
	{
		product: "geft",
		reads: [...SET_UP, { ...SCHEDULED, guaranteeDetails: { guaranteeAccepted: false } }],
		end: ["scheduled", false, false],
	},
	{ product: "geft", reads: [...SET_UP, session("Failed", "EFT0402")], end: ["none", false, true] },
	{
		product: "e-transfer",
		reads: [session("InProgress"), transfer("Initiated"), transfer("Accepted"), transfer("Settled")],
		end: ["settled", true, true],
	},
	{
		product: "e-transfer",
		reads: [session("InProgress"), transfer("Accepted"), transfer("Failed")],
		end: ["returned", false, true],
	},
	{ product: "e-transfer", reads: [session("InProgress"), transfer("Processing")], end: ["none", false, false] },
];

const UNKNOWN: StatusRead = { status: "Pondering" };

function after(product: PaymentProduct, reads: readonly StatusRead[], from = INITIATED): PaymentStatus {
	return reads.reduce((current, read) => advance(current, read, product), from);
}

function* permutations<T>(items: readonly T[]): Generator<T[]> {
	if (items.length === 0) yield [];
	for (const [i, item] of items.entries()) {
		for (const rest of permutations([...items.slice(0, i), ...items.slice(i + 1)])) yield [item, ...rest];
	}
}

const nameOf = ({ product, reads, end }: PaymentHistory) =>
	`${product}: ${reads.map(({ status, statusDetails = "" }) => `${status}${statusDetails}`).join(", ")}: ${end[0]}`;

describe("what is read of a payment", () => {
	for (const history of HISTORIES) {
		const { product, reads, end } = history;
		const last = reads.at(-1) ?? UNKNOWN;

		test(`ends the same in every order, with repeats and unknown statuses, once the last is read: ${nameOf(history)}`, () => {
			for (const order of permutations([...reads, UNKNOWN])) {
				for (const all of [order, order.flatMap((read) => [read, read]), [...order, ...order]]) {
					const { status, statusDetails, funds, paid, final } = after(product, [...all, last]);
					assert.deepEqual([funds, paid, final], end);
					assert.deepEqual([status, statusDetails], [last.status, last.statusDetails]);
				}
			}
		});

		test(`never goes back, and is paid by its funds alone: ${nameOf(history)}`, () => {
			for (const order of permutations([...reads, UNKNOWN])) {
				let current = INITIATED;
				for (const read of order) {
					const next = advance(current, read, product);
					assert.ok(next.rank >= current.rank);
					assert.equal(next.paid, next.funds === "guaranteed" || next.funds === "settled");
					if (current.funds === "returned") assert.equal(next, current, "a returned payment has changed");
					current = next;
				}
			}
		});

		test(`is credited once at most, and reversed once at most after it: ${nameOf(history)}`, () => {
			for (const order of permutations([...reads, last, UNKNOWN])) {
				const effects: string[] = [];
				let current = INITIATED;
				for (const read of order) {
					current = advance(current, read, product);
					// A message for each change, and another one that was asked for.
					for (let twice = 0; twice < 2; twice++) {
						const effect = effectOf(effects.length as Effects, current);
						if (effect !== "none") effects.push(effect);
					}
				}
				const all = current.paid ? ["credit"] : ["", "credit,reverse"];
				assert.ok(all.includes(effects.join()), `${effects} in the end: ${current.funds}`);
			}
		});
	}

	test("is never paid or final by an undocumented status", () => {
		const odd = ["accepted", "ACCEPTED", "Paid", "Settled ", "constructor", "__proto__", "Mystery", "true"];
		for (const product of ["interac", "e-transfer", "eft", "geft"] as const) {
			for (const status of odd) {
				const shown = after(product, [{ status }]);
				assert.deepEqual([shown.status, shown.funds, shown.paid, shown.final], [status, "none", false, false]);
			}
			for (const statusDetails of ["EFT0303", "eft0301", "EFT03010", "901"]) {
				assert.equal(after(product, [{ status: "Completed", statusDetails }]).paid, false);
			}
		}
		// Statuses that are documented for another product.
		for (const status of ["Accepted", "Processed", "Settled"]) {
			for (const product of ["e-transfer", "eft", "geft"] as const) {
				const { paid, final } = after(product, [{ status }]);
				assert.deepEqual([paid, final], [false, false], `${product} ${status}`);
			}
		}
		assert.equal(after("interac", [SCHEDULED]).paid, false);
	});

	test("keeps funds after an undocumented status, which is shown while there are none", () => {
		const accepted = after("interac", words("Accepted"));
		assert.equal(advance(accepted, UNKNOWN, "interac"), accepted);
		assert.equal(after("interac", [UNKNOWN, ...words("Processing")]).status, "Processing");
		assert.equal(after("interac", [...words("Processing"), UNKNOWN]).status, "Pondering");
	});

	test("has funds after a final status without funds, and stays returned after a return", () => {
		assert.equal(after("interac", words("Failed", "Accepted")).funds, "guaranteed");
		assert.equal(after("eft", [session("Expired", "EFT0601"), SCHEDULED]).funds, "scheduled");
		assert.equal(after("interac", words("Settled", "Failed", "Settled")).funds, "returned");
	});

	test("has the amount of the answer that is paid, also when a later one has none", () => {
		const [guaranteed, settled] = [{ status: "Accepted", amount: "80.00" }, { status: "Settled" }];
		assert.equal(after("interac", [{ status: "Processing", amount: "80.00" }]).amount, undefined);
		assert.equal(after("interac", [guaranteed, settled]).amount, "80.00");
	});
});

describe("a webhook's status", () => {
	test("does not count as shown while the read is older, also when the read is final", () => {
		const settled = after("interac", words("Settled"));
		assert.equal(isShown({ status: "Failed" }, settled, "interac"), false);
		assert.equal(isShown({ status: "Accepted" }, settled, "interac"), true);
		const scheduled = after("eft", [SCHEDULED]);
		assert.equal(isShown({ status: "Failed", statusDetails: "901" }, scheduled, "eft"), false);
		assert.equal(isShown({ status: "Completed" }, scheduled, "eft"), true);
		assert.equal(isShown({ status: "Completed", statusDetails: "EFT0301" }, after("eft", SET_UP), "eft"), false);
	});

	test("is shown by a read of the same word that is further along, and by no other details of it", () => {
		const scheduled = after("geft", [SCHEDULED]);
		assert.equal(isShown({ status: "Completed", statusDetails: "EFT0302" }, scheduled, "geft"), true);
		const failed = after("eft", [session("Failed", "EFT0101")]);
		assert.equal(isShown({ status: "Failed", statusDetails: "901" }, failed, "eft"), false);
	});

	test("is kept beside others, in any order, unless it is shown or kept already", () => {
		const now = after("geft", SET_UP);
		const [money, end] = [SCHEDULED, { status: "Canceled" }];
		assert.deepEqual(withHint([money], end, now, "geft"), [money, end]);
		assert.deepEqual(withHint([end], money, now, "geft"), [end, money]);
		assert.deepEqual(withHint([money, end], { ...money }, now, "geft"), [money, end]);
		assert.deepEqual(withHint([money], { status: "InProgress" }, now, "geft"), [money]);
		assert.deepEqual(withHint([], { status: "InProgress" }, now, "geft"), []);
		const many = Array.from({ length: 20 }, (_, number) => ({ status: `Pondering${number}` }));
		const kept = many.reduce<readonly { status: string }[]>((hints, hint) => withHint(hints, hint, now, "geft"), []);
		assert.deepEqual(kept, many.slice(-12));
	});
});

describe("an answer", () => {
	const asked = {
		...{ product: "eft" as PaymentProduct, referenceId: "order-1", amount: "80.5" as string | null },
		...{ sessionId: "session-1", requestId: null, current: null as PaymentStatus | null, mismatch: null },
		effects: 0 as const,
	};
	const misfit = (
		read: Partial<StatusRead>,
		other: Partial<Parameters<typeof findMismatch>[0]> = {},
	): FoundMismatch | undefined => findMismatch({ ...asked, ...other }, { status: "Initiated", ...read });

	test("matches when it names nothing, or the same in another form", () => {
		assert.equal(misfit({}), undefined);
		assert.equal(misfit({ referenceId: "order-1", amount: "80.50", sessionId: "SESSION-1" }), undefined);
		assert.equal(misfit({ referenceId: "Zoe\u0308" }, { referenceId: "Zoë" }), undefined);
		assert.equal(misfit({ amount: "1.00" }, { amount: null }), undefined);
	});

	test("is a mismatch when it names another reference, id or amount", () => {
		assert.deepEqual(misfit({ referenceId: "order-2" }), { what: "reference", found: "order-2" });
		assert.deepEqual(misfit({ referenceId: "ada@example.com" }), { what: "reference" });
		assert.deepEqual(misfit({ sessionId: "session-2" }), { what: "reference" });
		assert.deepEqual(misfit({ amount: "8.05" }), { what: "amount", found: "8.05" });
		assert.deepEqual(misfit({ amount: "80.51" }, { product: "interac" }), { what: "amount", found: "80.51" });
	});

	test("for another amount stays a mismatch after the amount was deleted", () => {
		const purged = { amount: null, mismatch: "amount" as const };
		// The deleted amount is not stored again.
		for (const read of [{ amount: "80.50" }, {}]) assert.deepEqual(misfit(read, purged), { what: "amount" });
	});

	test("may be for another amount that a guarantee is offered for, until the payment is paid", () => {
		const geft = { product: "geft" as const };
		assert.equal(misfit({ amount: "64.40" }, geft), undefined);
		const current = after("geft", [{ ...SCHEDULED, amount: "64.40" }]);
		assert.equal(misfit({ amount: "64.40" }, { ...geft, current }), undefined);
		assert.deepEqual(misfit({ amount: "80.50" }, { ...geft, current }), { what: "amount", found: "80.50" });
	});

	test("is a mismatch when it says that a returned payment has funds", () => {
		const current = after("interac", words("Settled", "Failed"));
		const interac = { product: "interac" as const, current };
		assert.deepEqual(misfit({ status: "Settled" }, interac), { what: "returned" });
		assert.equal(misfit({ status: "Failed" }, interac), undefined);
	});
});

test("the pauses after a webhook begin at 30 seconds, double, and end after a day", () => {
	const pauses = Array.from({ length: 13 }, (_, reads) => hintDelayMs(reads));
	assert.deepEqual(pauses.slice(0, 4), [30_000, 60_000, 120_000, 240_000]);
	assert.deepEqual(pauses.slice(9), [15_360_000, 6 * 3_600_000, 6 * 3_600_000, undefined]);
});

test("the pause is 30 seconds at least, grows, and is 6 hours and a tenth at most", () => {
	let before = 0;
	for (let reads = 0; reads < 200; reads++) {
		const [least, most] = [pollDelayMs(reads, 0), pollDelayMs(reads, 1)];
		assert.ok(least >= 30_000 && least >= before && most <= 6.6 * 3_600_000 && most <= least * 1.1 + 1);
		assert.ok(Number.isInteger(least));
		before = least;
	}
	assert.equal(pollDelayMs(0, 0), 30_000);
	assert.equal(before, 6 * 3_600_000);
	assert.ok(Number.isFinite(pollDelayMs(Number.MAX_SAFE_INTEGER, 1)));
});
