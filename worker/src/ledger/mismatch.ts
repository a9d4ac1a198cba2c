// Whether Flinks' answer is about the payment that was read: its reference, ids and amount are compared with the known
// ones before the answer counts.

import { fundsOf } from "flinkspay-edge";
import { toTheCent } from "../amount.ts";
import type { PaymentProduct } from "../schemas/params.ts";
import type { Mismatch } from "../schemas/payment.ts";
import type { Effects } from "./effects.ts";
import { type PaymentStatus, paidAmountOf, type StatusRead } from "./status.ts";

/** What did not match, and Flinks' value where it may be shown. */
export interface FoundMismatch {
	what: Mismatch;
	found?: string;
}

export interface KnownPayment {
	product: PaymentProduct;
	referenceId: string;
	amount: string | null;
	sessionId: string | null;
	requestId: string | null;
	current: PaymentStatus | null;
	/** What did not match in the last answer. */
	mismatch: Mismatch | null;
	effects: Effects;
}

/** What of an answer does not match the payment; undefined where all of it matches. */
export function findMismatch(payment: KnownPayment, read: StatusRead): FoundMismatch | undefined {
	const { sessionId, requestId } = payment;
	const isOthers = isAnother(read.sessionId, sessionId) || isAnother(read.requestId, requestId);
	if (isOthers || isAnotherReference(read.referenceId, payment)) {
		return { what: "reference", ...(isOthers ? {} : shownOf(read.referenceId)) };
	}
	const expected = expectedAmount(payment);
	if (isAnotherAmount(read.amount, expected, payment)) {
		return { what: "amount", ...(read.amount && expected && { found: read.amount }) };
	}
	// After a reverse the merchant never gets another credit, even where the payment was resolved anew since.
	const isReturned = payment.current?.funds === "returned" || payment.effects === 2;
	return isReturned && fundsOf(read, { product: payment.product }).paid ? { what: "returned" } : undefined;
}

/**
 * The amount that an answer must name. Flinks' offer may change the amount of a guaranteed EFT until it is paid. An
 * amount that counted as paid stays, even where Flinks had named none.
 */
function expectedAmount({ product, amount, current }: KnownPayment): string | undefined {
	return paidAmountOf(current, amount) ?? (product === "geft" ? undefined : (amount ?? undefined));
}

// An answer without a reference or an amount does not take back a mismatch of an earlier answer.

function isAnotherReference(named: string | undefined, { referenceId, mismatch }: KnownPayment): boolean {
	return named === undefined ? mismatch === "reference" : named.normalize("NFC") !== referenceId.normalize("NFC");
}

function isAnotherAmount(named: string | undefined, expected: string | undefined, { mismatch }: KnownPayment): boolean {
	// After the amount was purged, no answer takes a mismatch back: nothing is left to compare it with.
	if (named === undefined || expected === undefined) return mismatch === "amount";
	return toTheCent(named) !== toTheCent(expected);
}

function isAnother(named: string | undefined, known: string | null): boolean {
	return named !== undefined && known !== null && named.toLowerCase() !== known.toLowerCase();
}

/** Another payment's reference may be any text, so only one that is shaped like an id is shown. */
function shownOf(referenceId: string | undefined): Pick<FoundMismatch, "found"> {
	return referenceId !== undefined && /^[\w.-]{1,64}$/.test(referenceId) ? { found: referenceId } : {};
}
