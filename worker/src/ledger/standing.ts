// How a payment stands, and how what is read of it moves it: forwards alone, so that order, doubles and replays of what
// is read change nothing. What a word of Flinks' means for the money, and how far along a payment's way it is, says the
// package (`fundsOf`): no word is known here.

import { fundsOf } from "flinkspay-edge";
import type { Funds, PaymentProduct } from "../schemas.ts";

/** What Flinks said of a payment. */
export interface StatusRead {
	/** Flinks' own word, also where it is one that no page documents. */
	status: string;
	statusDetails?: string;
	/** Of an e-Transfer: its transactions, as they came. */
	schedule?: unknown;
	/** Of a guaranteed EFT: whether it is guaranteed, as it came. */
	guaranteeDetails?: unknown;
	/** What it says that it is about. */
	referenceId?: string | undefined;
	sessionId?: string | undefined;
	requestId?: string | undefined;
	amount?: string | undefined;
}

/** What a webhook has told of, and no read has shown yet. */
export interface Hinted {
	status: string;
	statusDetails?: string | undefined;
}

/** What a webhook tells of: a status, or something that no public page describes, by its name. */
export type Told = Hinted | { event: string };

/** What stands for a text of Flinks' that is no word: nothing of it is kept, since it could be anything. */
const UNRECOGNIZED = "unrecognized";
/** Our own, which must not be taken for Flinks'. */
const OUR_WORDS: readonly string[] = [
	...["in_progress", "rejected", "unknown", "not_created", "mismatch", "guarantee_waiting"],
	UNRECOGNIZED,
];

/** A status as Flinks says it, where it has the form of such a word. */
export function wordOf(text: string): string {
	return /^[A-Za-z][A-Za-z_]{0,39}[0-9]{0,6}$/.test(text) && !OUR_WORDS.includes(text) ? text : UNRECOGNIZED;
}

/** The details of a status, which may also be the code of a bank's return. */
export function detailsOf(text: string): string {
	return /^[0-9]{3}$/.test(text) ? text : wordOf(text);
}

/** The name of an event, where it has the form of one. */
export function eventNameOf(text: string | undefined): string {
	return text !== undefined && /^[A-Za-z0-9._-]{1,64}$/.test(text) ? text : UNRECOGNIZED;
}

/** What holds of a payment now. */
export interface Standing extends Hinted {
	/** Where the money is. */
	funds: Funds;
	/** Whether it is money, by its funds. */
	paid: boolean;
	final: boolean;
	/** How far it has come. */
	rank: number;
	/** What Flinks says that it is for, once there is money, or is to be. */
	amount?: string | undefined;
}

/** Before anything was read. */
export const INITIATED: Standing = { status: "Initiated", funds: "none", paid: false, final: false, rank: 0 };

/** What holds after a read: it goes forwards, money after an end is believed, and nothing moves what is returned. */
export function advance(now: Standing, read: StatusRead, product: PaymentProduct): Standing {
	if (now.funds === "returned") return now;
	const { status, statusDetails } = read;
	const { rank, ...meaning } = fundsOf(read, { product, before: now.funds });
	// What no page documents is shown while there is no money and no end, and moves nothing.
	if (rank === undefined) return now.funds === "none" && !now.final ? { ...now, status, statusDetails } : now;
	if (ahead(now, { ...meaning, rank }) < 0) return now;
	const amount = meaning.funds === "none" ? undefined : (read.amount ?? now.amount);
	return { status, statusDetails, ...meaning, rank: Math.max(rank, now.rank), amount };
}

/** How far an answer is ahead of what holds. While there is no money, an end is the last word. */
function ahead(now: Standing, { funds, final, rank }: Pick<Standing, "funds" | "final" | "rank">): number {
	const isAboutAnEnd = now.funds === "none" && funds === "none" && now.final !== final;
	return isAboutAnEnd ? Number(final) - Number(now.final) : rank - now.rank;
}

/** How much it is, once there is money or is to be: Flinks' figure, or what was asked where Flinks names none. */
export function paidAmountOf(standing: Standing | null, asked: string | null): string | undefined {
	if (standing === null || standing.funds === "none") return undefined;
	return standing.amount ?? asked ?? undefined;
}

/** Whether money is there, or is to be, that a bank may still take back. */
export function canReturn(funds: Funds): boolean {
	return funds === "scheduled" || funds === "guaranteed" || funds === "settled";
}

/** Whether what holds is what a webhook has told of, or has come further. */
export function isShown({ status, statusDetails }: Hinted, now: Standing, product: PaymentProduct): boolean {
	if (status === now.status) return statusDetails === undefined || statusDetails === now.statusDetails;
	const told = { status, ...(statusDetails === undefined ? {} : { statusDetails }) };
	const { rank, ...meaning } = fundsOf(told, { product, before: now.funds });
	return rank !== undefined && ahead(now, { ...meaning, rank }) <= 0;
}

const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 6 * 3_600_000;

/**
 * Milliseconds until the next read after `reads` of them: 30 seconds, the least that Flinks asks for, then half as much
 * again each time up to 6 hours, and up to a tenth more by `random` (0 to 1), so that payments do not move in step.
 */
export function pauseMs(reads: number, random: number): number {
	return Math.round(Math.min(FIRST_PAUSE_MS * 1.5 ** reads, LONGEST_PAUSE_MS) * (1 + random / 10));
}

/** How often a status that a webhook has told of is asked for: for about a day. */
const MOST_HINT_READS = 12;

/** Milliseconds until it is asked for again after `reads` of them: 30 seconds, then twice as much each time up to 6 hours. */
export function hintPauseMs(reads: number): number | undefined {
	return reads < MOST_HINT_READS ? Math.min(FIRST_PAUSE_MS * 2 ** reads, LONGEST_PAUSE_MS) : undefined;
}
