// The payments of one object, a row each, and each sentence of SQL about them. A payor's name and e-mail address are in none:
// they go from the request to Flinks through memory alone.

import { toTheCent } from "../amount.ts";
import type { ProblemData } from "../problem.ts";
import { returnAdviceOf, returnCodeOf } from "../returns.ts";
import type { CreatedPayment, Delivery, Funds, Guarantee, Mismatch, PaymentProduct, PaymentView } from "../schemas.ts";
import type { Effects } from "./effects.ts";
import { type Hinted, paidAmountOf, type Standing } from "./standing.ts";

/**
 * What we know of a payment ourselves. `starting`: nothing that could create it has left. `sent`: it has, and its answer is
 * not written down. The others are what became of it; `not_created` is what the operator found of an `unknown` one.
 */
export type State = "starting" | "sent" | "created" | "rejected" | "unknown" | "not_created";

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
}

/** What a payment begins with. */
export type NewPayment = Pick<
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

/** What became of a call. */
export interface Ending {
	state: "created" | "rejected" | "unknown";
	answer: Answer;
	standing: Standing | null;
	sessionId: string | undefined;
	requestId?: string | undefined;
}

/** Which payments are listed. */
export interface Filter {
	referenceId?: string | undefined;
	status?: string | undefined;
	funds?: Funds | undefined;
	delivery?: Delivery | undefined;
	/** At or after. */
	from?: number | undefined;
	/** Before. */
	to?: number | undefined;
	/** Those that come after this one in the list. */
	after?: { createdAt: number; id: string } | undefined;
	limit: number;
}

/** Payments of one object, in the order of lists. */
export interface Listed {
	payments: PaymentView[];
	/** The place of the last one that was looked at. */
	looked: Filter["after"];
	/** Whether there is one after it. */
	more: boolean;
}

/** A row as SQLite has it. */
interface Stored extends Record<string, SqlStorageValue> {
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
	reads: number;
	hint: string | null;
	hint_details: string | null;
	hint_reads: number;
	delivery: Delivery | "none";
}

const DELIVERIES = ["none", "pending", "delivered", "dead"] as const satisfies PaymentRow["delivery"][];
const NEWEST_FIRST = "ORDER BY created_at DESC, id DESC LIMIT ?";

export class Payments {
	readonly #sql: SqlStorage;

	constructor(sql: SqlStorage) {
		this.#sql = sql;
	}

	byId(id: string): PaymentRow | undefined {
		return this.#select("SELECT * FROM payments WHERE id = ?", id)[0];
	}

	byKey(keyHash: string): PaymentRow | undefined {
		return this.#select("SELECT * FROM payments WHERE key_hash = ?", keyHash)[0];
	}

	/** The newest first, by the index of the filter that leaves the fewest. */
	list({ referenceId, status, funds, delivery, from, to, after, limit }: Filter): PaymentRow[] {
		const index = referenceId !== undefined ? "reference" : status !== undefined ? "status" : funds && "funds";
		const conditions: [sql: string, ...values: SqlStorageValue[]][] = [];
		if (status !== undefined) conditions.push(["shown = ?", status]);
		if (funds !== undefined) conditions.push(["funds = ?", funds]);
		if (from !== undefined) conditions.push(["created_at >= ?", from]);
		if (to !== undefined) conditions.push(["created_at < ?", to]);
		if (after !== undefined) conditions.push(["(created_at, id) < (?, ?)", after.createdAt, after.id]);
		// The index of statuses has them by their delivery: each is asked for by itself, so that a page costs what it holds.
		const deliveries = delivery !== undefined ? [delivery] : index === "status" ? DELIVERIES : [undefined];
		const references = referenceId === undefined ? [undefined] : formsOf(referenceId);
		const table = index === undefined ? "payments" : `payments INDEXED BY payments_by_${index}`;
		const chosen = references.flatMap((reference) =>
			deliveries.map((delivered) => [
				...(reference === undefined ? [] : [["reference_id = ?", reference] as const]),
				...conditions,
				...(delivered === undefined ? [] : [["delivery = ?", delivered] as const]),
			]),
		);
		const parts = chosen.map((all): [sql: string, ...values: SqlStorageValue[]] => {
			const where = all.length > 0 ? `WHERE ${all.map(([sql]) => sql).join(" AND ")}` : "";
			return [
				`SELECT * FROM (SELECT * FROM ${table} ${where} ${NEWEST_FIRST})`,
				...all.flatMap(([, ...values]) => values),
				limit,
			];
		});
		const union = parts.map(([sql]) => sql).join(" UNION ALL ");
		return this.#select(`${union} ${NEWEST_FIRST}`, ...parts.flatMap(([, ...values]) => values), limit);
	}

	insert(row: NewPayment): void {
		this.#sql.exec(
			`INSERT INTO payments (id, key_hash, fingerprint, fingerprint_version, product, reference_id, amount, state,
			created_at, instance) VALUES (?, ?, ?, ?, ?, ?, ?, 'starting', ?, ?)`,
			...[row.id, row.keyHash, row.fingerprint, row.fingerprintVersion, row.product, row.referenceId, row.amount],
			...[row.createdAt, row.instance],
		);
	}

	/** As if it had never been asked for. */
	forget(id: string): void {
		this.#sql.exec("DELETE FROM payments WHERE id = ?", id);
	}

	/** Something that may create a payment is about to leave; false where the call for it was given up. */
	markSent(id: string, sessionId: string | undefined): boolean {
		// The index of statuses follows the state, so that this is written once.
		const { rowsWritten } =
			sessionId === undefined
				? this.#sql.exec("UPDATE payments SET state = 'sent' WHERE id = ? AND state IN ('starting', 'sent')", id)
				: this.#sql.exec("UPDATE payments SET session_id = ? WHERE id = ? AND state = 'sent'", sessionId, id);
		return rowsWritten > 0;
	}

	/** What became of a call; false where that is settled already. */
	end(id: string, { state, answer, standing, sessionId, requestId }: Ending): boolean {
		const { rowsWritten } = this.#sql.exec(
			`UPDATE payments SET state = ?, answer = ?, session_id = COALESCE(?, session_id), request_id = ?, status = ?
			WHERE id = ? AND state IN ('starting', 'sent')`,
			...[state, JSON.stringify(answer), sessionId ?? null, requestId ?? null, standing?.status ?? null, id],
		);
		return rowsWritten > 0;
	}

	/** What the operator has found of an unknown payment. What the merchant was told stays. */
	resolve(
		id: string,
		state: "created" | "not_created" | "unknown",
		{ sessionId, requestId }: { sessionId?: string | undefined; requestId?: string | undefined },
	): void {
		this.#sql.exec(
			`UPDATE payments SET state = ?, session_id = ?, request_id = ?, status = NULL, status_details = NULL, funds = 'none',
			paid = 0, paid_amount = NULL, final = 0, rank = 0, mismatch = NULL, guarantee = NULL, reads = 0, hint = NULL,
			hint_details = NULL, hint_reads = 0 WHERE id = ?`,
			...[state, sessionId ?? null, requestId ?? null, id],
		);
	}

	/** How it stands by an answer that fits. */
	setStanding(id: string, standing: Standing, guarantee: Guarantee | null): void {
		const { status, statusDetails, funds, paid, final, rank, amount } = standing;
		this.#sql.exec(
			`UPDATE payments SET status = ?, status_details = ?, funds = ?, paid = ?, final = ?, rank = ?,
			paid_amount = ?, guarantee = ?, mismatch = NULL WHERE id = ?`,
			...[status, statusDetails ?? null, funds, Number(paid), Number(final), rank, amount ?? null, guarantee, id],
		);
	}

	setMismatch(id: string, mismatch: Mismatch): void {
		this.#sql.exec("UPDATE payments SET mismatch = ? WHERE id = ?", mismatch, id);
	}

	setGuarantee(id: string, guarantee: Guarantee | null): void {
		this.#sql.exec("UPDATE payments SET guarantee = ? WHERE id = ?", guarantee, id);
	}

	/** Flinks is asked now, by whom and how often before. */
	setReadAt(id: string, readAt: number, counted?: "reads" | "hint_reads"): void {
		const count = counted === undefined ? "" : `, ${counted} = ${counted} + 1`;
		this.#sql.exec(`UPDATE payments SET read_at = ?${count} WHERE id = ?`, readAt, id);
	}

	setHint(id: string, hint: Hinted | null): void {
		this.#sql.exec(
			"UPDATE payments SET hint = ?, hint_details = ?, hint_reads = 0 WHERE id = ?",
			...[hint?.status ?? null, hint?.statusDetails ?? null, id],
		);
	}

	setDelivery(id: string, delivery: PaymentRow["delivery"]): void {
		this.#sql.exec("UPDATE payments SET delivery = ? WHERE id = ?", delivery, id);
	}

	/** The merchant is to do something in his books. */
	setEffects(id: string, effects: number): void {
		this.#sql.exec("UPDATE payments SET effects = ? WHERE id = ?", effects, id);
	}

	/** Those made before a time and not purged yet, the oldest first. */
	unpurged(before: number, limit: number): { id: string; createdAt: number }[] {
		return this.#sql
			.exec<{ id: string; createdAt: number }>(
				`SELECT id, created_at AS createdAt FROM payments WHERE created_at >= (SELECT before FROM purged)
				AND created_at < ? AND purged = 0 ORDER BY created_at LIMIT ?`,
				...[before, limit],
			)
			.toArray();
	}

	/** When the first of those was made that are not purged. */
	firstUnpurged(): number | undefined {
		return this.unpurged(Number.MAX_SAFE_INTEGER, 1)[0]?.createdAt;
	}

	purge(id: string): void {
		this.#sql.exec("UPDATE payments SET amount = NULL, paid_amount = NULL, purged = 1 WHERE id = ?", id);
	}

	/** All that were made before are purged. */
	setPurged(before: number): void {
		this.#sql.exec("UPDATE purged SET before = ?", before);
	}

	#select(sql: string, ...values: SqlStorageValue[]): PaymentRow[] {
		return this.#sql
			.exec<Stored>(sql, ...values)
			.toArray()
			.map(paymentRow);
	}
}

/** A text as it came and in both forms of Unicode's: a keyboard gives one of them, and a system has kept another. */
function formsOf(text: string): string[] {
	return [...new Set([text, text.normalize("NFC"), text.normalize("NFD")])];
}

function paymentRow(row: Stored): PaymentRow {
	return {
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
		reads: row.reads,
		hint: row.hint === null ? null : { status: row.hint, statusDetails: row.hint_details ?? undefined },
		hintReads: row.hint_reads,
		delivery: row.delivery,
	};
}

function standingOf({ status, status_details, funds, paid, paid_amount, final, rank }: Stored): Standing | null {
	if (status === null) return null;
	const details = status_details === null ? {} : { statusDetails: status_details };
	const amount = paid_amount === null ? {} : { amount: paid_amount };
	return { status, ...details, funds, paid: paid === 1, final: final === 1, rank, ...amount };
}

/** What the API tells of a payment. While Flinks has no word for it that counts, ours stands. */
export function viewOf(row: PaymentRow): PaymentView {
	const { id, requestId, sessionId, product, referenceId, amount, state, standing } = row;
	const { mismatch, guarantee, createdAt, readAt, delivery } = row;
	const statusDetails = standing?.statusDetails;
	return {
		id,
		product,
		...(requestId === null ? {} : { requestId }),
		...(sessionId === null ? {} : { sessionId }),
		referenceId,
		...(amount === null ? {} : { amount }),
		status: row.shown,
		...(statusDetails === undefined ? {} : { statusDetails, ...returned(statusDetails) }),
		funds: standing?.funds ?? "none",
		paid: standing?.paid ?? false,
		...moneyOf(row),
		final: standing?.final ?? (state === "rejected" || state === "not_created"),
		...(mismatch === null ? {} : { mismatch }),
		...(guarantee === null ? {} : { guarantee }),
		createdAt: new Date(createdAt).toISOString(),
		...(readAt === null ? {} : { readAt: new Date(readAt).toISOString() }),
		...(delivery === "none" ? {} : { delivery }),
	};
}

function moneyOf({ amount, standing }: PaymentRow): Pick<PaymentView, "paidAmount" | "amountDiffers"> {
	const paidAmount = paidAmountOf(standing, amount);
	if (paidAmount === undefined) return {};
	const differs = amount !== null && toTheCent(paidAmount) !== toTheCent(amount);
	return { paidAmount, ...(differs ? { amountDiffers: true as const } : {}) };
}

function returned(statusDetails: string): Pick<PaymentView, "returnCode" | "returnAdvice"> {
	const returnCode = returnCodeOf(statusDetails);
	if (returnCode === undefined) return {};
	const returnAdvice = returnAdviceOf(returnCode);
	return { returnCode, ...(returnAdvice === undefined ? {} : { returnAdvice }) };
}
