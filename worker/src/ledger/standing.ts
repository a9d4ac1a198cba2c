// How a payment stands, and how what is read of it moves it: forwards alone, so that order, doubles and replays of what
// is read change nothing. The words are those of docs.flinks.com/api/pay/endpoints/e-transfer/get-payment-requests (v1) and
// docs.flinks.com/api/pay/endpoints/geft/sessions-status (v2).

/** What Flinks said of a payment, and what the client makes of it. */
export interface StatusRead {
	/** Flinks' own word, also where it is one that no page documents. */
	status: string;
	statusDetails?: string | undefined;
	paid: boolean;
	final: boolean;
}

/** What a webhook has told of, and no read has shown yet. */
export interface Hinted {
	status: string;
	statusDetails?: string | undefined;
}

/** What stands for a text of Flinks' that is no word: nothing of it is kept, since it could be anything. */
const UNRECOGNIZED = "unrecognized";
/** Our own, which must not be taken for Flinks'. */
const OUR_WORDS: readonly string[] = ["in_progress", "rejected", "unknown", "not_created", UNRECOGNIZED];

/** A status or its details as Flinks says it, where it has the form of such a word. */
export function wordOf(text: string): string {
	return /^[A-Za-z][A-Za-z_]{0,39}[0-9]{0,6}$/.test(text) && !OUR_WORDS.includes(text) ? text : UNRECOGNIZED;
}

/** What holds of a payment now. */
export interface Standing extends StatusRead {
	/** How far it has come. */
	rank: number;
}

/** Before anything was read. */
export const INITIATED: Standing = { status: "Initiated", paid: false, final: false, rank: 0 };

const RANKS: Readonly<Record<string, number>> = {
	Initiated: 0,
	InProgress: 1,
	Processing: 1,
	// Of v2, where it is not paid: a signature is pending (EFT0302), or the transfer is.
	Completed: 2,
	Accepted: 3,
	Processed: 4,
	Settled: 5,
	// A payment that was paid can still come back, and the merchant must hear of it.
	Cancelled: 6,
	Canceled: 6,
	Expired: 6,
	Declined: 6,
	Failed: 6,
};

/** What holds after a read. A status that is final stays, and none goes back. */
export function advance(now: Standing, read: StatusRead): Standing {
	const rank = rankOf(read) ?? (now.paid ? -1 : now.rank);
	if (now.final || rank < now.rank) return now;
	const { status, statusDetails, paid } = read;
	return { status, statusDetails, paid, final: isFinal(read), rank };
}

/** A word that nobody knows has no rank: it is shown while nothing was paid, and moves nothing. */
function rankOf({ status, paid }: StatusRead): number | undefined {
	if (status === "Completed" && paid) return RANKS.Settled;
	return Object.hasOwn(RANKS, status) ? RANKS[status] : undefined;
}

/** A session that is Completed and not paid waits for a signature or for its transfer, and is read on. */
function isFinal({ status, paid, final }: StatusRead): boolean {
	return final && (paid || status !== "Completed");
}

/** Whether what holds is what a webhook has told of, or has come further. */
export function isShown({ status, statusDetails }: Hinted, now: Standing): boolean {
	if (status === now.status) return statusDetails === undefined || statusDetails === now.statusDetails;
	return now.final || now.rank > (rankOf({ status, paid: false, final: false }) ?? Number.POSITIVE_INFINITY);
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
