// The status of a payment, and how a read changes it: only forwards, so that order, doubles and replays of reads do not
// matter. The package (`fundsOf`) says what a word of Flinks' means for the money and how far along it is. No word is
// known here.

import { fundsOf } from "flinkspay-edge";
import type { Funds } from "../schemas/fields.ts";
import type { PaymentProduct } from "../schemas/params.ts";

export interface StatusRead {
	/** Flinks' own word, even an undocumented one. */
	status: string;
	statusDetails?: string;
	/** Of an e-Transfer: its transactions, unchanged. */
	schedule?: unknown;
	/** Of a guaranteed EFT: whether it is guaranteed, unchanged. */
	guaranteeDetails?: unknown;
	/** What the answer says it is about. */
	referenceId?: string | undefined;
	sessionId?: string | undefined;
	requestId?: string | undefined;
	amount?: string | undefined;
}

/** A status that a webhook said and no read has shown yet. */
export interface Hinted {
	status: string;
	statusDetails?: string | undefined;
}

/** What a webhook says: a status, or the name of an event that no public page describes. */
export type WebhookContent = Hinted | { event: string };

/** Replaces a text of Flinks' that is not a word: the text could be anything, so it is not kept. */
const UNRECOGNIZED = "unrecognized";
/** The Worker's own words, which must not be taken for Flinks'. */
const OUR_WORDS: readonly string[] = [
	...["in_progress", "rejected", "unknown", "not_created", "mismatch", "guarantee_waiting"],
	UNRECOGNIZED,
];

/** Flinks' status, if it has the form of a word. */
export function wordOf(text: string): string {
	return /^[A-Za-z][A-Za-z_]{0,39}[0-9]{0,6}$/.test(text) && !OUR_WORDS.includes(text) ? text : UNRECOGNIZED;
}

/** The details of a status, if they have the form of a word or of a bank's return code. */
export function detailsOf(text: string): string {
	return /^[0-9]{3}$/.test(text) ? text : wordOf(text);
}

/** The name of an event, if it has the form of one. */
export function eventNameOf(text: string | undefined): string {
	return text !== undefined && /^[A-Za-z0-9._-]{1,64}$/.test(text) ? text : UNRECOGNIZED;
}

/** The present status of a payment. */
export interface PaymentStatus extends Hinted {
	funds: Funds;
	paid: boolean;
	final: boolean;
	/** How far along its way the payment is. */
	rank: number;
	/** Flinks' figure, once `funds` is not `none`. */
	amount?: string | undefined;
}

/** The status before the first read. */
export const INITIATED: PaymentStatus = { status: "Initiated", funds: "none", paid: false, final: false, rank: 0 };

/**
 * The status after a read. It only goes forwards. Money is believed even after an end, and nothing changes what was
 * returned.
 */
export function advance(now: PaymentStatus, read: StatusRead, product: PaymentProduct): PaymentStatus {
	if (now.funds === "returned") return now;
	const { status, statusDetails } = read;
	const { rank, ...meaning } = fundsOf(read, { product, before: now.funds });
	// An undocumented word is shown while there is no money and no end, and changes nothing else.
	if (rank === undefined) return now.funds === "none" && !now.final ? { ...now, status, statusDetails } : now;
	if (ahead(now, { ...meaning, rank }) < 0) return now;
	const amount = meaning.funds === "none" ? undefined : (read.amount ?? now.amount);
	return { status, statusDetails, ...meaning, rank: Math.max(rank, now.rank), amount };
}

/** How far an answer is ahead of the present status. While there is no money, an end is ahead of everything. */
function ahead(now: PaymentStatus, { funds, final, rank }: Pick<PaymentStatus, "funds" | "final" | "rank">): number {
	const isAboutAnEnd = now.funds === "none" && funds === "none" && now.final !== final;
	return isAboutAnEnd ? Number(final) - Number(now.final) : rank - now.rank;
}

/** The amount, once `funds` is not `none`: Flinks' figure, or the requested amount where Flinks names none. */
export function paidAmountOf(current: PaymentStatus | null, asked: string | null): string | undefined {
	if (current === null || current.funds === "none") return undefined;
	return current.amount ?? asked ?? undefined;
}

/** Whether there is money, or will be, that a bank may take back. */
export function canReturn(funds: Funds): boolean {
	return funds === "scheduled" || funds === "guaranteed" || funds === "settled";
}

/** Whether the present status is the one that a webhook said, or is ahead of it. */
export function isShown(hint: Hinted, now: PaymentStatus, product: PaymentProduct): boolean {
	const { status, statusDetails } = hint;
	const isSameWord = status === now.status;
	if (isSameWord && (statusDetails === undefined || statusDetails === now.statusDetails)) return true;
	const { rank, ...meaning } = meaningOf(hint, now, product);
	if (rank === undefined) return false;
	const distance = ahead(now, { ...meaning, rank });
	// Other details of the same word, equally far along, are another status.
	return isSameWord ? distance < 0 : distance <= 0;
}

function meaningOf({ status, statusDetails }: Hinted, now: PaymentStatus, product: PaymentProduct) {
	const hinted = { status, ...(statusDetails === undefined ? {} : { statusDetails }) };
	return fundsOf(hinted, { product, before: now.funds });
}

/**
 * Those of the statuses that webhooks said which the present one does not show. While money is still awaited, an end may be
 * its return, whatever other end is shown.
 */
export function unshown(hints: readonly Hinted[], now: PaymentStatus, product: PaymentProduct): readonly Hinted[] {
	const left = hints.filter((hint) => !isShown(hint, now, product));
	const isMoneyAwaited = now.funds === "none" && left.some((hint) => meaningOf(hint, now, product).funds !== "none");
	return isMoneyAwaited ? hints.filter((hint) => left.includes(hint) || meaningOf(hint, now, product).final) : left;
}

/** More statuses than a payment goes through. */
const MAX_HINTS = 12;

/**
 * What webhooks said and no read has shown yet, after another webhook. Webhooks come in any order, and a read may be older
 * than several of them, so none takes the place of another one.
 */
export function withHint(
	hints: readonly Hinted[],
	hint: Hinted,
	now: PaymentStatus,
	product: PaymentProduct,
): readonly Hinted[] {
	const isKnown = hints.some((one) => one.status === hint.status && one.statusDetails === hint.statusDetails);
	return isKnown ? hints : unshown([...hints, hint], now, product).slice(-MAX_HINTS);
}

/**
 * The first delay of polls, and of reads because of a webhook. The first poll shares the alarm of its call, 35 seconds after
 * the start by default (`firstReadAt`): with a longer delay each payment costs one more alarm.
 */
const FIRST_DELAY_MS = 30_000;
const MAX_DELAY_MS = 6 * 3_600_000;

/**
 * Milliseconds until the next poll after `reads` polls: first 30 seconds, the least that Flinks asks for, then half as
 * much again each time, up to 6 hours. Up to a tenth more by `random` (0 to 1) keeps payments from moving in step.
 */
export function pollDelayMs(reads: number, random: number): number {
	return Math.round(Math.min(FIRST_DELAY_MS * 1.5 ** reads, MAX_DELAY_MS) * (1 + random / 10));
}

/** How often a webhook's status is read for: about a day. */
const MAX_HINT_READS = 12;

/**
 * Milliseconds until the next read after `reads` reads because of a webhook: first 30 seconds, then twice as much each
 * time, up to 6 hours. Undefined after the last.
 */
export function hintDelayMs(reads: number): number | undefined {
	return reads < MAX_HINT_READS ? Math.min(FIRST_DELAY_MS * 2 ** reads, MAX_DELAY_MS) : undefined;
}
