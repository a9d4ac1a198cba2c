// The payments of one object, a row each, with its timeline and its messages' deliveries. Changes of a payment are
// written once, at the end of a transaction. The payor's name and e-mail address are in no row: they go from the request
// to Flinks through memory alone.

import type { PaymentFilter } from "./api.ts";
import { type DueTable, NEVER_READ, type Reads } from "./due.ts";
import { Lists } from "./lists.ts";
import {
	type Answer,
	COLUMNS,
	columnOf,
	fromStored,
	IN_PROGRESS,
	type Notice,
	type PaymentRow,
	type StoredEvent,
	type StoredPayment,
	shownOf,
	toStored,
} from "./payment.ts";
import type { PaymentStatus } from "./status.ts";

type Change = Partial<Omit<PaymentRow, "id" | "shown" | "reads" | "hintReads">> & {
	events?: readonly StoredEvent[];
	notices?: readonly Notice[];
};

export interface CallResult {
	state: "created" | "rejected" | "unknown";
	answer: Answer;
	current: PaymentStatus | null;
	sessionId: string | undefined;
	requestId?: string | undefined;
}

/** A cached payment. Its lists are loaded when they are first read. */
interface CachedPayment {
	stored: StoredPayment;
	row: PaymentRow;
	events: readonly StoredEvent[] | undefined;
	notices: readonly Notice[] | undefined;
}

/** How many payments are cached: some megabytes. */
const MAX_CACHED = 1_000;

export class Payments {
	readonly lists: Lists;
	readonly #sql: SqlStorage;
	readonly #due: DueTable;
	#changed: Map<string, Change> | undefined;
	/** Rows that were read or written. No other code writes them. */
	readonly #cache = new Map<string, CachedPayment>();

	constructor(sql: SqlStorage, due: DueTable) {
		this.lists = new Lists(sql);
		this.#sql = sql;
		this.#due = due;
	}

	begin(): void {
		this.#changed = new Map();
	}

	/** Writes the changes of the transaction: each payment once, and only the columns that differ. */
	flush(): void {
		for (const [id, { events, notices, ...change }] of this.#changed ?? []) {
			const before = this.#find(id);
			if (before === undefined) continue;
			const stored = toStored({ ...before.row, ...change });
			const changed: Record<string, SqlStorageValue> = Object.fromEntries(
				Object.entries(stored).filter(([name, value]) => value !== before.stored[name]),
			);
			if (events !== undefined) changed.events = JSON.stringify(events);
			if (notices !== undefined) changed.notices = JSON.stringify(notices);
			const names = Object.keys(changed);
			if (names.length === 0) continue;
			this.#sql.exec(
				`UPDATE payments SET ${names.map((name) => `${columnOf(name)} = ?`).join(", ")} WHERE id = ?`,
				...Object.values(changed),
				id,
			);
			this.#keep(stored, events ?? before.events, notices ?? before.notices);
		}
	}

	close(isKept: boolean): void {
		this.#changed = undefined;
		if (!isKept) this.#cache.clear();
	}

	byId(id: string): PaymentRow | undefined {
		const cached = this.#find(id);
		if (cached === undefined) return undefined;
		const { events: _, notices: __, ...change } = this.#changed?.get(id) ?? {};
		const row = { ...cached.row, ...change };
		const { readAt, reads, hintReads } = this.#due.readsOf(id) ?? NEVER_READ;
		return { ...row, shown: shownOf(row), readAt: readAt ?? row.readAt, reads, hintReads };
	}

	byKey(keyHash: string): PaymentRow | undefined {
		const [found] = this.#sql.exec<{ id: string }>("SELECT id FROM payments WHERE key_hash = ?", keyHash).toArray();
		return found && this.byId(found.id);
	}

	/** When an object starts: payments whose call died with the object before it. */
	underWay(): string[] {
		return this.#sql
			.exec<{ id: string }>("SELECT id FROM payments WHERE shown = ?", IN_PROGRESS)
			.toArray()
			.map(({ id }) => id);
	}

	list(filter: PaymentFilter): PaymentRow[] {
		return this.lists.newest(filter).flatMap(({ id }) => this.byId(id) ?? []);
	}

	/** Stores a payment whose first request is about to leave. */
	insert(payment: PaymentRow): void {
		const row = toStored(payment);
		const columns = Object.keys(row).map(columnOf);
		this.#sql.exec(
			`INSERT INTO payments (${columns.join(", ")}, events, notices) VALUES (${columns.map(() => "?").join(", ")}, '[]', '[]')`,
			...Object.values(row),
		);
		this.#keep(row, [], []);
	}

	/** Deletes a payment, as if it had never been started. */
	forget(id: string): void {
		this.#sql.exec("DELETE FROM payments WHERE id = ?", id);
		this.#cache.delete(id);
	}

	change(id: string, change: Change): void {
		if (this.#changed === undefined) throw new Error("A payment was changed outside of a transaction.");
		this.#changed.set(id, { ...this.#changed.get(id), ...change });
	}

	/** Counts a read that is about to be made. For a transaction. */
	countRead(id: string, reads: Partial<Reads> & { readAt: number }): void {
		// The row in `due` is written anyway while the payment has a job.
		if (this.#due.readsOf(id) === undefined) this.change(id, { readAt: reads.readAt });
		else this.#due.countReads(id, reads);
	}

	/** Stores the session, which the payor may pay from now on. False where the call was given up. For a transaction. */
	setSession(id: string, sessionId: string): boolean {
		if (this.byId(id)?.state !== "sent") return false;
		this.change(id, { sessionId });
		return true;
	}

	/** Stores the result of a call. False where there is one already. For a transaction. */
	end(id: string, { state, answer, current, sessionId, requestId }: CallResult): boolean {
		const row = this.byId(id);
		if (row?.state !== "sent") return false;
		this.change(id, { state, answer, current, sessionId: sessionId ?? row.sessionId, requestId: requestId ?? null });
		return true;
	}

	/**
	 * Stores what an operator found of an unknown payment. The key keeps its answer. What webhooks said stays: at worst it
	 * causes some reads. For a transaction.
	 */
	resolve(
		id: string,
		state: "created" | "not_created" | "unknown",
		{ sessionId, requestId }: { sessionId?: string | undefined; requestId?: string | undefined },
	): void {
		const nothing = { current: null, mismatch: null, guarantee: null };
		this.change(id, { state, sessionId: sessionId ?? null, requestId: requestId ?? null, ...nothing });
	}

	events(id: string): readonly StoredEvent[] {
		const cached = this.#find(id);
		if (cached !== undefined) cached.events ??= this.#listOf<StoredEvent>("events", id);
		return this.#changed?.get(id)?.events ?? cached?.events ?? [];
	}

	/** The deliveries of its messages, in their order. */
	notices(id: string): readonly Notice[] {
		const cached = this.#find(id);
		if (cached !== undefined) cached.notices ??= this.#listOf<Notice>("notices", id);
		return this.#changed?.get(id)?.notices ?? cached?.notices ?? [];
	}

	/** Deletes the amounts. For a transaction. */
	purge(id: string): void {
		const current = this.byId(id)?.current ?? null;
		this.change(id, { amount: null, current: current && { ...current, amount: undefined }, isPurged: true });
	}

	#find(id: string): CachedPayment | undefined {
		const cached = this.#cache.get(id);
		if (cached !== undefined) return cached;
		const [stored] = this.#sql.exec<StoredPayment>(`SELECT ${COLUMNS} FROM payments WHERE id = ?`, id).toArray();
		return stored && this.#keep(stored);
	}

	#keep(stored: StoredPayment, events?: readonly StoredEvent[], notices?: readonly Notice[]): CachedPayment {
		if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
		const cached = { stored, row: fromStored(stored), events, notices };
		this.#cache.set(stored.id, cached);
		return cached;
	}

	#listOf<T>(column: "events" | "notices", id: string): readonly T[] {
		const [row] = this.#sql.exec<{ list: string }>(`SELECT ${column} AS list FROM payments WHERE id = ?`, id).toArray();
		return row === undefined ? [] : JSON.parse(row.list);
	}
}
