// The machine that a payment's status moves in: forwards alone, whatever is read in which order, how often; money after an
// end is believed, and what was money and ended is returned for good. What a word means is the package's table.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Effects, effectOf } from "../worker/src/ledger/effects.ts";
import { type FoundMismatch, findMismatch } from "../worker/src/ledger/mismatch.ts";
import {
	advance,
	INITIATED,
	isShown,
	type PaymentStatus,
	pollDelayMs,
	type StatusRead,
} from "../worker/src/ledger/status.ts";
import type { PaymentProduct } from "../worker/src/schemas/params.ts";

interface Life {
	product: PaymentProduct;
	reads: readonly StatusRead[];
	/** What is so in the end. */
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
const LIVES: readonly Life[] = [
	...["Cancelled", "Canceled", "Expired", "Declined", "Failed"].map((end): Life => {
		return { product: "interac", reads: words("Initiated", "Processing", end), end: ["none", false, true] };
	}),
	{
		product: "interac",
		reads: words("Initiated", "Processing", "Accepted", "Processed", "Settled"),
		end: ["settled", true, true],
	},
	{ product: "interac", reads: words("Initiated", "Processing", "Accepted"), end: ["guaranteed", true, false] },
	...["Declined", "Failed"].map((end): Life => {
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
	return reads.reduce((standing, read) => advance(standing, read, product), from);
}

function* permutations<T>(items: readonly T[]): Generator<T[]> {
	if (items.length === 0) yield [];
	for (const [i, item] of items.entries()) {
		for (const rest of permutations([...items.slice(0, i), ...items.slice(i + 1)])) yield [item, ...rest];
	}
}

const nameOf = ({ product, reads, end }: Life) =>
	`${product}: ${reads.map(({ status, statusDetails = "" }) => `${status}${statusDetails}`).join(", ")}: ${end[0]}`;

describe("what is read of a payment", () => {
	for (const life of LIVES) {
		const { product, reads, end } = life;
		const last = reads.at(-1) ?? UNKNOWN;

		test(`ends the same in every order, with doubles and unknown words between, once the last is read: ${nameOf(life)}`, () => {
			for (const order of permutations([...reads, UNKNOWN])) {
				for (const all of [order, order.flatMap((read) => [read, read]), [...order, ...order]]) {
					const { status, statusDetails, funds, paid, final } = after(product, [...all, last]);
					assert.deepEqual([funds, paid, final], end);
					assert.deepEqual([status, statusDetails], [last.status, last.statusDetails]);
				}
			}
		});

		test(`never goes back, and is money by its funds alone: ${nameOf(life)}`, () => {
			for (const order of permutations([...reads, UNKNOWN])) {
				let standing = INITIATED;
				for (const read of order) {
					const next = advance(standing, read, product);
					assert.ok(next.rank >= standing.rank);
					assert.equal(next.paid, next.funds === "guaranteed" || next.funds === "settled");
					if (standing.funds === "returned") assert.equal(next, standing, "what is returned has moved");
					standing = next;
				}
			}
		});

		test(`has the merchant credit once at most, and reverse once at most after it: ${nameOf(life)}`, () => {
			for (const order of permutations([...reads, last, UNKNOWN])) {
				const told: string[] = [];
				let standing = INITIATED;
				for (const read of order) {
					standing = advance(standing, read, product);
					// A message for each change, and another one because somebody asked for it.
					for (let twice = 0; twice < 2; twice++) {
						const effect = effectOf(told.length as Effects, standing);
						if (effect !== "none") told.push(effect);
					}
				}
				const all = standing.paid ? ["credit"] : ["", "credit,reverse"];
				assert.ok(all.includes(told.join()), `${told} in the end: ${standing.funds}`);
			}
		});
	}

	test("is never money where its word is undocumented, and is never final by it", () => {
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
		// Documented, for another product.
		for (const status of ["Accepted", "Processed", "Settled"]) {
			for (const product of ["e-transfer", "eft", "geft"] as const) {
				const { paid, final } = after(product, [{ status }]);
				assert.deepEqual([paid, final], [false, false], `${product} ${status}`);
			}
		}
		assert.equal(after("interac", [SCHEDULED]).paid, false);
	});

	test("hides no payment where its word is undocumented, and shows while there is none", () => {
		const accepted = after("interac", words("Accepted"));
		assert.equal(advance(accepted, UNKNOWN, "interac"), accepted);
		assert.equal(after("interac", [UNKNOWN, ...words("Processing")]).status, "Processing");
		assert.equal(after("interac", [...words("Processing"), UNKNOWN]).status, "Pondering");
	});

	test("is money after an end, and gone for good after a return", () => {
		assert.equal(after("interac", words("Failed", "Accepted")).funds, "guaranteed");
		assert.equal(after("eft", [session("Expired", "EFT0601"), SCHEDULED]).funds, "scheduled");
		assert.equal(after("interac", words("Settled", "Failed", "Settled")).funds, "returned");
	});

	test("has the amount of the answer that is money, also where a later one names none", () => {
		const [guaranteed, settled] = [{ status: "Accepted", amount: "80.00" }, { status: "Settled" }];
		assert.equal(after("interac", [{ status: "Processing", amount: "80.00" }]).amount, undefined);
		assert.equal(after("interac", [guaranteed, settled]).amount, "80.00");
	});
});

describe("what a webhook has told of", () => {
	test("does not show while the read is behind it, also where that is final", () => {
		const settled = after("interac", words("Settled"));
		assert.equal(isShown({ status: "Failed" }, settled, "interac"), false);
		assert.equal(isShown({ status: "Accepted" }, settled, "interac"), true);
		const scheduled = after("eft", [SCHEDULED]);
		assert.equal(isShown({ status: "Failed", statusDetails: "901" }, scheduled, "eft"), false);
		assert.equal(isShown({ status: "Completed" }, scheduled, "eft"), true);
		assert.equal(isShown({ status: "Completed", statusDetails: "EFT0301" }, after("eft", SET_UP), "eft"), false);
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

	test("fits where it names nothing, or the same in another form", () => {
		assert.equal(misfit({}), undefined);
		assert.equal(misfit({ referenceId: "order-1", amount: "80.50", sessionId: "SESSION-1" }), undefined);
		assert.equal(misfit({ referenceId: "Zoe\u0308" }, { referenceId: "Zoë" }), undefined);
		assert.equal(misfit({ amount: "1.00" }, { amount: null }), undefined);
	});

	test("does not fit where it names another reference, id or amount", () => {
		assert.deepEqual(misfit({ referenceId: "order-2" }), { what: "reference", found: "order-2" });
		assert.deepEqual(misfit({ referenceId: "ada@example.com" }), { what: "reference" });
		assert.deepEqual(misfit({ sessionId: "session-2" }), { what: "reference" });
		assert.deepEqual(misfit({ amount: "8.05" }), { what: "amount", found: "8.05" });
		assert.deepEqual(misfit({ amount: "80.51" }, { product: "interac" }), { what: "amount", found: "80.51" });
	});

	test("for another amount stays one when what was asked for is not known any more", () => {
		const purged = { amount: null, mismatch: "amount" as const };
		// Nor is a figure kept again.
		for (const read of [{ amount: "80.50" }, {}]) assert.deepEqual(misfit(read, purged), { what: "amount" });
	});

	test("may be for another amount where a guarantee is offered for it, until it is told as paid", () => {
		const geft = { product: "geft" as const };
		assert.equal(misfit({ amount: "64.40" }, geft), undefined);
		const current = after("geft", [{ ...SCHEDULED, amount: "64.40" }]);
		assert.equal(misfit({ amount: "64.40" }, { ...geft, current }), undefined);
		assert.deepEqual(misfit({ amount: "80.50" }, { ...geft, current }), { what: "amount", found: "80.50" });
	});

	test("does not fit where it says that returned money is there", () => {
		const current = after("interac", words("Settled", "Failed"));
		const interac = { product: "interac" as const, current };
		assert.deepEqual(misfit({ status: "Settled" }, interac), { what: "returned" });
		assert.equal(misfit({ status: "Failed" }, interac), undefined);
	});
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
