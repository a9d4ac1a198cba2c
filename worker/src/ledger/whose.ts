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
	/** What the merchant was told to do in his books. */
	effects: Effects;
}

/** What of an answer does not fit the payment; nothing where all of it does. */
export function misfitOf(asked: Asked, read: StatusRead): Misfit | undefined {
	const { referenceId, sessionId, requestId } = asked;
	if (read.referenceId !== undefined && read.referenceId.normalize("NFC") !== referenceId.normalize("NFC")) {
		return { what: "reference", ...shownOf(read.referenceId) };
	}
	if (isAnother(read.sessionId, sessionId) || isAnother(read.requestId, requestId)) return { what: "reference" };
	const expected = expectedOf(asked);
	if (read.amount !== undefined && expected !== undefined && toTheCent(read.amount) !== toTheCent(expected)) {
		return { what: "amount", found: read.amount };
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

function isAnother(named: string | undefined, known: string | null): boolean {
	return named !== undefined && known !== null && named.toLowerCase() !== known.toLowerCase();
}

/** A reference that was asked for by somebody may be anybody's text. */
function shownOf(referenceId: string): Pick<Misfit, "found"> {
	return /^[\w.-]{1,64}$/.test(referenceId) ? { found: referenceId } : {};
}
