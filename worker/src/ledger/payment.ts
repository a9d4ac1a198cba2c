// A payment in the ledger, and its row in SQLite.

import type { ProblemData } from "../problem.ts";
import type { Effect, PaymentEvent } from "../schemas/events.ts";
import type { Funds } from "../schemas/fields.ts";
import type { PaymentProduct } from "../schemas/params.ts";
import type { CreatedPayment, Delivery, Guarantee, Mismatch, PaymentView } from "../schemas/payment.ts";
import { NEVER_READ } from "./due.ts";
import type { Effects } from "./effects.ts";
import type { Hinted, PaymentStatus } from "./status.ts";

/**
 * The Worker's own state of a payment. `sent`: a request that could create it has left, and its answer is not stored. The
 * others are final results; `not_created` is what an operator found of an `unknown` one.
 */
export type State = "sent" | "created" | "rejected" | "unknown" | "not_created";

/** The stored answer of an idempotency key. */
export type Answer = { created: CreatedPayment } | { problem: ProblemData };

/** Hashes of the key and the body, one for each version of the Worker's rules for them. */
export interface Fingerprints {
	1: string;
	2: string;
}

/** A payment. Times are milliseconds since the Unix epoch. */
export interface PaymentRow {
	id: string;
	/** SHA-256 of the idempotency key. */
	keyHash: string;
	/** SHA-256 of the key and the body. */
	fingerprint: string;
	fingerprintVersion: keyof Fingerprints;
	product: PaymentProduct;
	referenceId: string;
	amount: string | null;
	state: State;
	createdAt: number;
	/** The X-Request-Id of the first answer, for the answer that a crash left nobody to give. */
	instance: string;
	sessionId: string | null;
	requestId: string | null;
	answer: Answer | null;
	/** What Flinks says, once the payment is created. */
	current: PaymentStatus | null;
	mismatch: Mismatch | null;
	/** Of a guaranteed EFT: whether its guarantee waits for a decision, or the decision. */
	guarantee: Guarantee | null;
	/** Flinks' word, or the Worker's own where Flinks has none that counts. Lists filter by it. */
	shown: string;
	effects: Effects;
	/** The last read. */
	readAt: number | null;
	reads: number;
	/** What webhooks said and no read has shown yet. */
	hints: readonly Hinted[];
	hintReads: number;
	delivery: Delivery | "none";
	isPurged: boolean;
}

export type StoredEvent = PaymentEvent & { at: number };

/** The delivery of a message, whose text is in the feed. */
export interface Notice {
	position: number;
	/** The `sequence` of the message. */
	number: number;
	effect: Effect;
	attempts: number;
	state: PaymentRow["delivery"];
	/** The amounts of the message. The feed does not have them, so that they can be purged here. */
	amounts: Pick<PaymentView, "amount" | "paidAmount">;
}

/** The fields that a new payment sets itself. */
type NewPayment = Pick<
	PaymentRow,
	| "id"
	| "keyHash"
	| "fingerprint"
	| "fingerprintVersion"
	| "product"
	| "referenceId"
	| "amount"
	| "createdAt"
	| "instance"
>;

/**
 * A row of `payments`, with fields for columns, and without the timeline and the notices, which are longer than the rest and
 * are read where they are needed.
 */
export interface StoredPayment
	extends Record<string, SqlStorageValue>,
		Omit<PaymentRow, "answer" | "current" | "reads" | "hints" | "hintReads" | "isPurged"> {
	answer: string | null;
	status: string | null;
	statusDetails: string | null;
	funds: Funds;
	paid: 0 | 1;
	paidAmount: string | null;
	final: 0 | 1;
	rank: number;
	/** JSON. An earlier build stored one word, with its details in the other column. */
	hint: string | null;
	hintDetails: string | null;
	purged: 0 | 1;
}

/** The status of a payment whose call runs. */
export const IN_PROGRESS = "in_progress";

/** The other fields of a payment whose first request leaves. */
export const NEWLY_SENT: Omit<PaymentRow, keyof NewPayment | "shown"> = {
	...NEVER_READ,
	...{ state: "sent", sessionId: null, requestId: null, answer: null, current: null, mismatch: null, guarantee: null },
	...{ effects: 0, hints: [], delivery: "none", isPurged: false },
};

const FIELDS =
	"id keyHash fingerprint fingerprintVersion product referenceId amount state createdAt instance sessionId requestId answer " +
	"status statusDetails funds paid paidAmount final rank mismatch guarantee shown effects readAt hint hintDetails delivery purged";

/** The columns of a {@link StoredPayment}. */
export const COLUMNS = FIELDS.split(" ")
	.map((field) => `${columnOf(field)} AS ${field}`)
	.join(", ");

/** The column of a field. */
export function columnOf(field: string): string {
	return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function fromStored(stored: StoredPayment): PaymentRow {
	const { answer, hint, hintDetails, purged, ...others } = stored;
	const { status, statusDetails, funds, paid, paidAmount, final, rank, ...same } = others;
	const details = statusDetails === null ? {} : { statusDetails };
	const amount = paidAmount === null ? {} : { amount: paidAmount };
	return {
		...NEVER_READ,
		...same,
		answer: answer === null ? null : (JSON.parse(answer) as Answer),
		current:
			status === null ? null : { status, ...details, funds, paid: paid === 1, final: final === 1, rank, ...amount },
		hints: hintsOf(hint, hintDetails),
		isPurged: purged === 1,
	};
}

function hintsOf(hint: string | null, details: string | null): Hinted[] {
	if (hint === null) return [];
	return hint.startsWith("[")
		? (JSON.parse(hint) as Hinted[])
		: [{ status: hint, statusDetails: details ?? undefined }];
}

export function toStored(row: Omit<PaymentRow, "shown">): StoredPayment {
	const { answer, current, reads: _, hints, hintReads: __, isPurged, ...same } = row;
	return {
		...same,
		answer: answer === null ? null : JSON.stringify(answer),
		status: current?.status ?? null,
		statusDetails: current?.statusDetails ?? null,
		funds: current?.funds ?? "none",
		paid: current?.paid ? 1 : 0,
		paidAmount: current?.amount ?? null,
		final: current?.final ? 1 : 0,
		rank: current?.rank ?? 0,
		shown: shownOf(row),
		hint: hints.length === 0 ? null : JSON.stringify(hints),
		hintDetails: null,
		purged: isPurged ? 1 : 0,
	};
}

/** Flinks' word, or the Worker's own where Flinks has none that counts. */
export function shownOf({ mismatch, guarantee, current, state }: Omit<PaymentRow, "shown">): string {
	if (mismatch !== null) return "mismatch";
	if (guarantee === "waiting") return "guarantee_waiting";
	return current?.status ?? (state === "sent" ? IN_PROGRESS : state);
}
