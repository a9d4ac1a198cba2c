// The tables of one ledger object, and each sentence of SQL that it speaks. A payor's name and e-mail address are in
// none of them: they go from the request to Flinks through memory alone.

import type { ProblemData } from "../problem.ts";
import type { CreatedPayment, Delivery, MessageType, PaymentEvent, PaymentProduct } from "../schemas.ts";
import type { Message } from "./deliveries.ts";
import type { Standing } from "./standing.ts";

/**
 * `starting`: nothing that could create a payment has left. `sent`: it has, and its answer is not written down. The
 * others are what became of it; `not_created` is what the operator found of an `unknown` one.
 */
export type State = "starting" | "sent" | "created" | "rejected" | "unknown" | "not_created";

/** What the key's callers were answered, and are answered again. */
export type Answer = { created: CreatedPayment } | { problem: ProblemData };

/** A payment. Times are milliseconds since the Unix epoch. */
export interface PaymentRow {
	id: string;
	/** SHA-256 of the idempotency key. */
	keyHash: string;
	/** SHA-256 of the key and what was asked for. */
	fingerprint: string;
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
	standing: Standing;
	/** When Flinks was asked last. */
	readAt: number | null;
	/** How often the alarm has asked. */
	reads: number;
	/** When something is to be done for it. */
	dueAt: number | null;
	/** How it stands with telling the merchant; nothing while there was nothing to tell. */
	delivery: Delivery | null;
}

/** What a payment begins with. */
export type NewPayment = Pick<
	PaymentRow,
	"id" | "keyHash" | "fingerprint" | "product" | "referenceId" | "amount" | "createdAt" | "instance" | "dueAt"
>;

/** Which payments are listed. */
export interface Filter {
	status?: string | undefined;
	delivery?: Delivery | undefined;
	/** At or after. */
	from?: number | undefined;
	/** Before. */
	to?: number | undefined;
	/** Those that come after this one in the list. */
	after?: { createdAt: number; id: string } | undefined;
	limit: number;
}

const SCHEMA = `
	CREATE TABLE IF NOT EXISTS payments (
		id TEXT PRIMARY KEY, key_hash TEXT NOT NULL UNIQUE, fingerprint TEXT NOT NULL, product TEXT NOT NULL,
		reference_id TEXT NOT NULL, amount TEXT, state TEXT NOT NULL, created_at INTEGER NOT NULL,
		instance TEXT NOT NULL, session_id TEXT, request_id TEXT, answer TEXT, status TEXT NOT NULL,
		status_details TEXT, paid INTEGER NOT NULL DEFAULT 0, final INTEGER NOT NULL DEFAULT 0,
		rank INTEGER NOT NULL DEFAULT 0, read_at INTEGER, reads INTEGER NOT NULL DEFAULT 0, due_at INTEGER, delivery TEXT
	) WITHOUT ROWID;
	CREATE INDEX IF NOT EXISTS payments_by_time ON payments (created_at DESC, id DESC);
	CREATE INDEX IF NOT EXISTS payments_by_status ON payments (status, created_at DESC, id DESC);
	CREATE INDEX IF NOT EXISTS payments_due ON payments (due_at) WHERE due_at IS NOT NULL;
	CREATE TABLE IF NOT EXISTS events (
		payment_id TEXT NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, event TEXT NOT NULL,
		PRIMARY KEY (payment_id, number)
	) WITHOUT ROWID;
	CREATE INDEX IF NOT EXISTS payments_undelivered ON payments (created_at DESC, id DESC) WHERE delivery = 'dead';
	CREATE TABLE IF NOT EXISTS messages (
		payment_id TEXT NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL,
		created_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'pending', due_at INTEGER,
		PRIMARY KEY (payment_id, number)
	) WITHOUT ROWID;
	CREATE INDEX IF NOT EXISTS messages_due ON messages (due_at) WHERE due_at IS NOT NULL;
	CREATE TABLE IF NOT EXISTS agreed (shards INTEGER NOT NULL);
	CREATE TABLE IF NOT EXISTS sessions (session_id TEXT PRIMARY KEY, payment_id TEXT NOT NULL) WITHOUT ROWID;
	CREATE TABLE IF NOT EXISTS webhooks (
		session_id TEXT NOT NULL, status TEXT NOT NULL, status_details TEXT NOT NULL, at INTEGER NOT NULL,
		PRIMARY KEY (session_id, status, status_details)
	) WITHOUT ROWID;
	CREATE INDEX IF NOT EXISTS webhooks_by_time ON webhooks (at);
`;

type Values = Record<string, SqlStorageValue>;

/** The rows of one object. */
export class Rows {
	readonly #sql: SqlStorage;

	constructor(sql: SqlStorage) {
		this.#sql = sql;
		sql.exec(SCHEMA);
	}

	/** How many objects there were when the first payment was made. */
	shards(): number | undefined {
		return this.#sql.exec<{ shards: number }>("SELECT shards FROM agreed").toArray()[0]?.shards;
	}

	setShards(shards: number): void {
		this.#sql.exec("INSERT INTO agreed (shards) VALUES (?)", shards);
	}

	byId(id: string): PaymentRow | undefined {
		return this.#payments("WHERE id = ?", id)[0];
	}

	byKey(keyHash: string): PaymentRow | undefined {
		return this.#payments("WHERE key_hash = ?", keyHash)[0];
	}

	/** Whose call had not ended. */
	interrupted(): PaymentRow[] {
		return this.#payments("WHERE status = 'in_progress'");
	}

	/** For which something is to be done, the longest overdue first. */
	due(now: number, limit: number): PaymentRow[] {
		return this.#payments("WHERE due_at <= ? ORDER BY due_at LIMIT ?", now, limit);
	}

	nextDueAt(): number | null {
		const soonest = (table: string) =>
			this.#sql.exec<{ at: number | null }>(`SELECT MIN(due_at) AS at FROM ${table} WHERE due_at IS NOT NULL`).one().at;
		const times = [soonest("payments"), soonest("messages")].filter((at) => at !== null);
		return times.length > 0 ? Math.min(...times) : null;
	}

	/** The newest first. */
	list({ status, delivery, from, to, after, limit }: Filter): PaymentRow[] {
		const conditions: [sql: string, ...values: SqlStorageValue[]][] = [];
		if (status !== undefined) conditions.push(["status = ?", status]);
		// Spelt out, so that the index of the dead is used.
		if (delivery !== undefined) conditions.push([`delivery = '${delivery}'`]);
		if (from !== undefined) conditions.push(["created_at >= ?", from]);
		if (to !== undefined) conditions.push(["created_at < ?", to]);
		if (after !== undefined) conditions.push(["(created_at, id) < (?, ?)", after.createdAt, after.id]);
		const where = conditions.length > 0 ? `WHERE ${conditions.map(([sql]) => sql).join(" AND ")}` : "";
		const values = conditions.flatMap(([, ...values]) => values);
		return this.#payments(`${where} ORDER BY created_at DESC, id DESC LIMIT ?`, ...values, limit);
	}

	add(row: NewPayment): void {
		this.#sql.exec(
			`INSERT INTO payments (id, key_hash, fingerprint, product, reference_id, amount, state, created_at, instance, status, due_at)
			VALUES (?, ?, ?, ?, ?, ?, 'starting', ?, ?, 'in_progress', ?)`,
			...[row.id, row.keyHash, row.fingerprint, row.product, row.referenceId, row.amount],
			...[row.createdAt, row.instance, row.dueAt],
		);
	}

	/** As if it had never been asked for. */
	forget(id: string): void {
		this.#sql.exec("DELETE FROM payments WHERE id = ?", id);
		this.#sql.exec("DELETE FROM events WHERE payment_id = ?", id);
	}

	/** Something that may create a payment is about to leave; false where the call for it was given up. */
	markSent(id: string, sessionId: string | undefined): boolean {
		const { rowsWritten } = this.#sql.exec(
			"UPDATE payments SET state = 'sent', session_id = ? WHERE id = ? AND state IN ('starting', 'sent')",
			...[sessionId ?? null, id],
		);
		return rowsWritten > 0;
	}

	/** What became of a call; false where that is settled already. */
	settle(
		id: string,
		{
			state,
			answer,
			standing,
			sessionId,
			requestId,
			dueAt,
		}: Pick<PaymentRow, "state" | "answer" | "standing"> & {
			sessionId: string | undefined;
			requestId?: string | undefined;
			dueAt: number;
		},
	): boolean {
		const { rowsWritten } = this.#sql.exec(
			`UPDATE payments SET state = ?, answer = ?, session_id = COALESCE(?, session_id), request_id = ?, due_at = ?,
			status = ?, final = ? WHERE id = ? AND state IN ('starting', 'sent')`,
			...[state, JSON.stringify(answer), sessionId ?? null, requestId ?? null, dueAt],
			...[standing.status, Number(standing.final), id],
		);
		return rowsWritten > 0;
	}

	/** What the operator found of an unknown payment. */
	resolve(
		id: string,
		state: "created" | "not_created",
		standing: Standing,
		{ sessionId, requestId }: { sessionId?: string | undefined; requestId?: string | undefined },
		dueAt: number,
	): void {
		this.#sql.exec(
			`UPDATE payments SET state = ?, status = ?, final = ?, session_id = COALESCE(?, session_id), request_id = ?,
			due_at = ?, reads = 0 WHERE id = ?`,
			...[state, standing.status, Number(standing.final), sessionId ?? null, requestId ?? null, dueAt, id],
		);
	}

	setStanding(id: string, { status, statusDetails, paid, final, rank }: Standing): void {
		this.#sql.exec(
			"UPDATE payments SET status = ?, status_details = ?, paid = ?, final = ?, rank = ? WHERE id = ?",
			...[status, statusDetails ?? null, Number(paid), Number(final), rank, id],
		);
	}

	setReadAt(id: string, readAt: number): void {
		this.#sql.exec("UPDATE payments SET read_at = ? WHERE id = ?", readAt, id);
	}

	setDueAt(id: string, dueAt: number | null, reads: number): void {
		this.#sql.exec("UPDATE payments SET due_at = ?, reads = ? WHERE id = ?", dueAt, reads, id);
	}

	/** Takes away what is somebody's own: the amount, and who asked what when. Ids, outcome and resolution stay. */
	purge(id: string): void {
		this.#sql.exec("DELETE FROM messages WHERE payment_id = ? AND state <> 'pending'", id);
		this.#sql.exec("UPDATE payments SET amount = NULL, due_at = NULL WHERE id = ?", id);
		this.#sql.exec(
			"DELETE FROM events WHERE payment_id = ? AND event ->> 'type' NOT IN ('outcome', 'status', 'resolution')",
			id,
		);
	}

	/** Puts a message behind the payment's others; the first that is not delivered is due. */
	addMessage(paymentId: string, id: string, type: MessageType, body: string, now: number): void {
		this.#sql.exec(
			`INSERT INTO messages (payment_id, number, id, type, body, created_at, due_at)
			SELECT ?1, COALESCE(MAX(number), 0) + 1, ?2, ?3, ?4, ?5, IIF(COUNT(due_at) = 0, ?5, NULL)
			FROM messages WHERE payment_id = ?1`,
			...[paymentId, id, type, body, now],
		);
		this.#sql.exec("UPDATE payments SET delivery = IIF(delivery = 'dead', 'dead', 'pending') WHERE id = ?", paymentId);
	}

	dueMessages(now: number, limit: number): Message[] {
		const rows = this.#sql.exec<Values>(
			`SELECT payment_id AS paymentId, number, id, type, body, created_at AS createdAt, attempts FROM messages
			WHERE due_at <= ? ORDER BY due_at LIMIT ?`,
			...[now, limit],
		);
		return rows.toArray() as unknown as Message[];
	}

	/** A try that failed: the message is due again, or is dead. */
	postponeMessage({ paymentId, number }: Message, dueAt: number | undefined, now: number): void {
		if (dueAt === undefined) {
			this.#endMessage(paymentId, number, "dead", now);
			return;
		}
		this.#sql.exec(
			"UPDATE messages SET attempts = attempts + 1, due_at = ? WHERE payment_id = ? AND number = ?",
			...[dueAt, paymentId, number],
		);
	}

	endMessage({ paymentId, number }: Message, now: number): void {
		this.#endMessage(paymentId, number, "delivered", now);
	}

	/** Ends a message; the next of its payment is due. */
	#endMessage(paymentId: string, number: number, state: "delivered" | "dead", now: number): void {
		this.#sql.exec(
			"UPDATE messages SET state = ?, attempts = attempts + 1, due_at = NULL WHERE payment_id = ? AND number = ?",
			...[state, paymentId, number],
		);
		this.#sql.exec(
			`UPDATE messages SET due_at = ?2 WHERE payment_id = ?1 AND number =
			(SELECT MIN(number) FROM messages WHERE payment_id = ?1 AND state = 'pending')`,
			...[paymentId, now],
		);
		this.#setDelivery(paymentId);
	}

	/** Has the dead messages of a payment sent again; false where there is none. */
	reviveMessages(paymentId: string, now: number): boolean {
		const { rowsWritten } = this.#sql.exec(
			"UPDATE messages SET state = 'pending', attempts = 0, due_at = NULL WHERE payment_id = ? AND state = 'dead'",
			paymentId,
		);
		this.#sql.exec(
			`UPDATE messages SET due_at = IIF(number = (SELECT MIN(number) FROM messages WHERE payment_id = ?1 AND state = 'pending'), ?2, NULL)
			WHERE payment_id = ?1 AND state = 'pending'`,
			...[paymentId, now],
		);
		this.#setDelivery(paymentId);
		return rowsWritten > 0;
	}

	#setDelivery(paymentId: string): void {
		this.#sql.exec(
			`UPDATE payments SET delivery = (SELECT CASE WHEN SUM(state = 'dead') THEN 'dead' WHEN SUM(state = 'pending')
			THEN 'pending' ELSE 'delivered' END FROM messages WHERE payment_id = ?1) WHERE id = ?1`,
			paymentId,
		);
	}

	addEvent(paymentId: string, at: number, event: PaymentEvent): void {
		this.#sql.exec(
			`INSERT INTO events (payment_id, number, at, event)
			SELECT ?1, COALESCE(MAX(number), 0) + 1, ?2, ?3 FROM events WHERE payment_id = ?1`,
			...[paymentId, at, JSON.stringify(event)],
		);
	}

	events(paymentId: string): (PaymentEvent & { at: number })[] {
		const rows = this.#sql.exec<{ at: number; event: string }>(
			"SELECT at, event FROM events WHERE payment_id = ? ORDER BY number",
			paymentId,
		);
		return rows.toArray().map(({ at, event }) => ({ at, ...(JSON.parse(event) as PaymentEvent) }));
	}

	/** Remembers whose session it is; true where a webhook about it came before. */
	addSession(sessionId: string, paymentId: string): boolean {
		this.#sql.exec("INSERT OR IGNORE INTO sessions (session_id, payment_id) VALUES (?, ?)", sessionId, paymentId);
		return this.#sql.exec("SELECT 1 FROM webhooks WHERE session_id = ? LIMIT 1", sessionId).toArray().length > 0;
	}

	/** Writes a webhook down; false for one that said nothing new. */
	addWebhook(sessionId: string, status: string, statusDetails: string, at: number): boolean {
		const { rowsWritten } = this.#sql.exec(
			"INSERT OR IGNORE INTO webhooks (session_id, status, status_details, at) VALUES (?, ?, ?, ?)",
			...[sessionId, status, statusDetails, at],
		);
		return rowsWritten > 0;
	}

	forgetWebhooks(before: number): void {
		this.#sql.exec("DELETE FROM webhooks WHERE at < ?", before);
	}

	paymentOf(sessionId: string): string | undefined {
		const rows = this.#sql.exec<{ id: string }>(
			"SELECT payment_id AS id FROM sessions WHERE session_id = ?",
			sessionId,
		);
		return rows.toArray()[0]?.id;
	}

	#payments(rest: string, ...values: SqlStorageValue[]): PaymentRow[] {
		return this.#sql
			.exec<Values>(`SELECT * FROM payments ${rest}`, ...values)
			.toArray()
			.map(paymentRow);
	}
}

function paymentRow(row: Values): PaymentRow {
	const standing = {
		status: row.status as string,
		...(row.status_details === null ? {} : { statusDetails: row.status_details as string }),
		paid: row.paid === 1,
		final: row.final === 1,
		rank: row.rank as number,
	};
	return {
		id: row.id as string,
		keyHash: row.key_hash as string,
		fingerprint: row.fingerprint as string,
		product: row.product as PaymentProduct,
		referenceId: row.reference_id as string,
		amount: row.amount as string | null,
		state: row.state as State,
		createdAt: row.created_at as number,
		instance: row.instance as string,
		sessionId: row.session_id as string | null,
		requestId: row.request_id as string | null,
		answer: row.answer === null ? null : (JSON.parse(row.answer as string) as Answer),
		standing,
		readAt: row.read_at as number | null,
		reads: row.reads as number,
		dueAt: row.due_at as number | null,
		delivery: row.delivery as Delivery | null,
	};
}
