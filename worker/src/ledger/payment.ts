// What a payment is to the ledger, and how it stands in storage.

import type { ProblemData } from "../problem.ts";
import type {
	CreatedPayment,
	Delivery,
	Effect,
	Funds,
	Guarantee,
	Mismatch,
	PaymentEvent,
	PaymentProduct,
	PaymentView,
} from "../schemas.ts";
import { NEVER_ASKED } from "./due.ts";
import type { Effects } from "./effects.ts";
import type { Hinted, Standing } from "./standing.ts";

/**
 * What we know of a payment ourselves. `sent`: something that could create it has left, and its answer is not written down.
 * The others are what became of it; `not_created` is what the operator found of an `unknown` one.
 */
export type State = "sent" | "created" | "rejected" | "unknown" | "not_created";

/** What the key's callers were answered, and are answered again. */
export type Answer = { created: CreatedPayment } | { problem: ProblemData };

/** A hash of what was asked for, made as that version of the Worker made it. */
export interface Fingerprints {
	1: string;
	2: string;
}

/** A payment. Times are milliseconds since the Unix epoch. */
export interface PaymentRow {
	id: string;
	/** SHA-256 of the idempotency key. */
	keyHash: string;
	/** SHA-256 of the key and what was asked for. */
	fingerprint: string;
	fingerprintVersion: keyof Fingerprints;
	product: PaymentProduct;
	referenceId: string;
	/** Until it is purged. */
	amount: string | null;
	state: State;
	createdAt: number;
	/** Names the answer that a crash left nobody to give. */
	instance: string;
	sessionId: string | null;
	requestId: string | null;
	answer: Answer | null;
	/** Flinks' word, once the payment is created. */
	standing: Standing | null;
	/** What did not fit in the last answer. */
	mismatch: Mismatch | null;
	/** Of a guaranteed EFT: whether somebody must decide, or what was decided. */
	guarantee: Guarantee | null;
	/** Flinks' word, or ours while there is none or it does not count: what lists filter by. */
	shown: string;
	effects: Effects;
	/** When Flinks was asked last. */
	readAt: number | null;
	/** How often it was asked by itself. */
	reads: number;
	/** What a webhook has told of and no read has shown yet. */
	hint: Hinted | null;
	/** How often it was asked for that. */
	hintReads: number;
	delivery: Delivery | "none";
	isPurged: boolean;
}

/** Something that happened to a payment. */
export type Happened = PaymentEvent & { at: number };

/** How it stands with a message about a payment, whose text is in the feed. */
export interface Notice {
	/** Its place in the feed of the object. */
	position: number;
	/** Its place among the payment's messages, which rises with each change. */
	number: number;
	effect: Effect;
	/** How often it was tried. */
	attempts: number;
	state: PaymentRow["delivery"];
	/** What its text has no amounts of, so that they can go from here alone. */
	amounts: Pick<PaymentView, "amount" | "paidAmount">;
}

/** What a payment begins with. */
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

/** A row as SQLite has it, but for its timeline and notices, which are longer than all else and read where they are needed. */
export interface Stored extends Record<string, SqlStorageValue> {
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

/** What a payment is when something that may create it leaves. */
export const LEAVING: Omit<PaymentRow, keyof NewPayment | "shown"> = {
	...NEVER_ASKED,
	...{ state: "sent", sessionId: null, requestId: null, answer: null, standing: null, mismatch: null, guarantee: null },
	...{ effects: 0, hint: null, delivery: "none", isPurged: false },
};

export const COLUMNS =
	"id, key_hash, fingerprint, fingerprint_version, product, reference_id, amount, state, created_at, instance, session_id, " +
	"request_id, answer, status, status_details, funds, paid, paid_amount, final, rank, mismatch, guarantee, shown, effects, " +
	"read_at, hint, hint_details, delivery, purged";

export function paymentRow(row: Stored): PaymentRow {
	return {
		...NEVER_ASKED,
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
		standing: standingOf(row),
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

function standingOf({ status, status_details, funds, paid, paid_amount, final, rank }: Stored): Standing | null {
	if (status === null) return null;
	const details = status_details === null ? {} : { statusDetails: status_details };
	const amount = paid_amount === null ? {} : { amount: paid_amount };
	return { status, ...details, funds, paid: paid === 1, final: final === 1, rank, ...amount };
}

export function storedOf(row: Omit<PaymentRow, "shown">): Stored {
	const { standing, hint } = row;
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
		status: standing?.status ?? null,
		status_details: standing?.statusDetails ?? null,
		funds: standing?.funds ?? "none",
		paid: standing?.paid ? 1 : 0,
		paid_amount: standing?.amount ?? null,
		final: standing?.final ? 1 : 0,
		rank: standing?.rank ?? 0,
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

/** Flinks' word, or ours while there is none or it does not count. */
export function shownOf({ mismatch, guarantee, standing, state }: Omit<PaymentRow, "shown">): string {
	if (mismatch !== null) return "mismatch";
	if (guarantee === "waiting") return "guarantee_waiting";
	return standing?.status ?? (state === "sent" ? IN_PROGRESS : state);
}
