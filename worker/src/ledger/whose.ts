// Whether an answer of Flinks' is about the payment that was asked about: a reference, an id or an amount that it names is
// held against what is known, before anything is learnt from it.

import { fundsOf } from "flinkspay-edge";
import { toTheCent } from "../amount.ts";
import type { Mismatch, PaymentProduct } from "../schemas.ts";
import type { Effects } from "./effects.ts";
import { paidAmountOf, type Standing, type StatusRead } from "./standing.ts";

/** What did not fit, and what was found in its place, where that may be shown. */
export interface Misfit {
	what: Mismatch;
	found?: string;
}

/** What is known of a payment that an answer may name. */
export interface Asked {
	product: PaymentProduct;
	referenceId: string;
	amount: string | null;
	sessionId: string | null;
	requestId: string | null;
	standing: Standing | null;
	/** What did not fit of the last answer. */
	mismatch: Mismatch | null;
	/** What the merchant was told to do in his books. */
	effects: Effects;
}

/** What of an answer does not fit the payment; nothing where all of it does. */
export function misfitOf(asked: Asked, read: StatusRead): Misfit | undefined {
	const { sessionId, requestId } = asked;
	const isOthers = isAnother(read.sessionId, sessionId) || isAnother(read.requestId, requestId);
	if (isOthers || isAnotherReference(read.referenceId, asked)) {
		return { what: "reference", ...(isOthers ? {} : shownOf(read.referenceId)) };
	}
	const expected = expectedOf(asked);
	if (isAnotherAmount(read.amount, expected, asked)) {
		return { what: "amount", ...(read.amount && expected && { found: read.amount }) };
	}
	// What he was told to reverse, he is never told to credit again, also where it was resolved anew since.
	const isGone = asked.standing?.funds === "returned" || asked.effects === 2;
	return isGone && fundsOf(read, { product: asked.product }).paid ? { what: "returned" } : undefined;
}

/**
 * Flinks' own offer may change what a guaranteed EFT is for, until it is paid; what was once told as paid stays, also where it
 * was told without a figure of Flinks'.
 */
function expectedOf({ product, amount, standing }: Asked): string | undefined {
	return paidAmountOf(standing, amount) ?? (product === "geft" ? undefined : (amount ?? undefined));
}

// An answer that names none takes nothing back of an earlier one that named another.

function isAnotherReference(named: string | undefined, { referenceId, mismatch }: Asked): boolean {
	return named === undefined ? mismatch === "reference" : named.normalize("NFC") !== referenceId.normalize("NFC");
}

function isAnotherAmount(named: string | undefined, expected: string | undefined, { mismatch }: Asked): boolean {
	// Nor does any, once what was asked for is purged: nobody can say any more that it fits.
	if (named === undefined || expected === undefined) return mismatch === "amount";
	return toTheCent(named) !== toTheCent(expected);
}

function isAnother(named: string | undefined, known: string | null): boolean {
	return named !== undefined && known !== null && named.toLowerCase() !== known.toLowerCase();
}

/** A reference that was asked for by somebody may be anybody's text. */
function shownOf(referenceId: string | undefined): Pick<Misfit, "found"> {
	return referenceId !== undefined && /^[\w.-]{1,64}$/.test(referenceId) ? { found: referenceId } : {};
}
