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
	/** What a webhook said and no read has shown yet. */
	hint: Hinted | null;
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
 * A row of `payments`, without the timeline and the notices, which are longer than the rest and are read where they are
 * needed.
 */
export interface StoredPayment extends Record<string, SqlStorageValue> {
	id: string;
	key_hash: string;
	fingerprint: string;
	fingerprint_version: keyof Fingerprints;
	product: PaymentProduct;
	reference_id: string;
	amount: string | null;
	state: State;
	created_at: number;
	instance: string;
	session_id: string | null;
	request_id: string | null;
	answer: string | null;
	status: string | null;
	status_details: string | null;
	funds: Funds;
	paid: 0 | 1;
	paid_amount: string | null;
	final: 0 | 1;
	rank: number;
	mismatch: Mismatch | null;
	guarantee: Guarantee | null;
	shown: string;
	effects: Effects;
	read_at: number | null;
	hint: string | null;
	hint_details: string | null;
	delivery: Delivery | "none";
	purged: 0 | 1;
}

/** The status of a payment whose call runs. */
export const IN_PROGRESS = "in_progress";

/** The other fields of a payment whose first request leaves. */
export const NEWLY_SENT: Omit<PaymentRow, keyof NewPayment | "shown"> = {
	...NEVER_READ,
	...{ state: "sent", sessionId: null, requestId: null, answer: null, current: null, mismatch: null, guarantee: null },
	...{ effects: 0, hint: null, delivery: "none", isPurged: false },
};

export const COLUMNS =
	"id, key_hash, fingerprint, fingerprint_version, product, reference_id, amount, state, created_at, instance, session_id, " +
	"request_id, answer, status, status_details, funds, paid, paid_amount, final, rank, mismatch, guarantee, shown, effects, " +
	"read_at, hint, hint_details, delivery, purged";

export function fromStored(row: StoredPayment): PaymentRow {
	return {
		...NEVER_READ,
		id: row.id,
		keyHash: row.key_hash,
		fingerprint: row.fingerprint,
		fingerprintVersion: row.fingerprint_version,
		product: row.product,
		referenceId: row.reference_id,
		amount: row.amount,
		state: row.state,
		createdAt: row.created_at,
		instance: row.instance,
		sessionId: row.session_id,
		requestId: row.request_id,
		answer: row.answer === null ? null : (JSON.parse(row.answer) as Answer),
		current: statusOf(row),
		mismatch: row.mismatch,
		guarantee: row.guarantee,
		shown: row.shown,
		effects: row.effects,
		readAt: row.read_at,
		hint: row.hint === null ? null : { status: row.hint, statusDetails: row.hint_details ?? undefined },
		delivery: row.delivery,
		isPurged: row.purged === 1,
	};
}

function statusOf({
	status,
	status_details,
	funds,
	paid,
	paid_amount,
	final,
	rank,
}: StoredPayment): PaymentStatus | null {
	if (status === null) return null;
	const details = status_details === null ? {} : { statusDetails: status_details };
	const amount = paid_amount === null ? {} : { amount: paid_amount };
	return { status, ...details, funds, paid: paid === 1, final: final === 1, rank, ...amount };
}

export function toStored(row: Omit<PaymentRow, "shown">): StoredPayment {
	const { current, hint } = row;
	return {
		id: row.id,
		key_hash: row.keyHash,
		fingerprint: row.fingerprint,
		fingerprint_version: row.fingerprintVersion,
		product: row.product,
		reference_id: row.referenceId,
		amount: row.amount,
		state: row.state,
		created_at: row.createdAt,
		instance: row.instance,
		session_id: row.sessionId,
		request_id: row.requestId,
		answer: row.answer === null ? null : JSON.stringify(row.answer),
		status: current?.status ?? null,
		status_details: current?.statusDetails ?? null,
		funds: current?.funds ?? "none",
		paid: current?.paid ? 1 : 0,
		paid_amount: current?.amount ?? null,
		final: current?.final ? 1 : 0,
		rank: current?.rank ?? 0,
		mismatch: row.mismatch,
		guarantee: row.guarantee,
		shown: shownOf(row),
		effects: row.effects,
		read_at: row.readAt,
		hint: hint?.status ?? null,
		hint_details: hint?.statusDetails ?? null,
		delivery: row.delivery,
		purged: row.isPurged ? 1 : 0,
	};
}

/** Flinks' word, or the Worker's own where Flinks has none that counts. */
export function shownOf({ mismatch, guarantee, current, state }: Omit<PaymentRow, "shown">): string {
	if (mismatch !== null) return "mismatch";
	if (guarantee === "waiting") return "guarantee_waiting";
	return current?.status ?? (state === "sent" ? IN_PROGRESS : state);
}
