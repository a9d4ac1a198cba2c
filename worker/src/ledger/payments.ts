// The payments of one object, a row each, with its timeline and what has become of its messages. What a transaction changes of a
// payment is written once, at its end. A payor's name and e-mail address are in none: they go from the request to Flinks
// through memory alone.

import { type Asked, type DueTable, NEVER_ASKED } from "./due.ts";
import { type Filter, Lists } from "./lists.ts";
import {
	type Answer,
	COLUMNS,
	type Happened,
	IN_PROGRESS,
	type Notice,
	type PaymentRow,
	paymentRow,
	type Stored,
	shownOf,
	storedOf,
} from "./payment.ts";
import type { Standing } from "./standing.ts";

/** What a transaction changes of a payment. */
type Change = Partial<Omit<PaymentRow, "id" | "shown" | "reads" | "hintReads">> & {
	events?: readonly Happened[];
	notices?: readonly Notice[];
};

/** What became of a call. */
export interface Ending {
	state: "created" | "rejected" | "unknown";
	answer: Answer;
	standing: Standing | null;
	sessionId: string | undefined;
	requestId?: string | undefined;
}

/** A payment in memory. Its lists are there once somebody has asked for them. */
interface Known {
	stored: Stored;
	row: PaymentRow;
	events: readonly Happened[] | undefined;
	notices: readonly Notice[] | undefined;
}

/** So many payments are held in memory, which are some megabytes. */
const MOST_KNOWN = 1_000;

export class Payments {
	readonly lists: Lists;
	readonly #sql: SqlStorage;
	readonly #due: DueTable;
	/** Of the transaction that is open. */
	#changed: Map<string, Change> | undefined;
	/** What it has read of the storage, or written there: nobody else writes it. */
	readonly #known = new Map<string, Known>();

	constructor(sql: SqlStorage, due: DueTable) {
		this.lists = new Lists(sql);
		this.#sql = sql;
		this.#due = due;
	}

	begin(): void {
		this.#changed = new Map();
	}

	/** Writes what the transaction has changed, each payment once, and of it no column that is as it was. */
	flush(): void {
		for (const [id, { events, notices, ...change }] of this.#changed ?? []) {
			const before = this.#find(id);
			if (before === undefined) continue;
			const stored = storedOf({ ...before.row, ...change });
			const changed: Record<string, SqlStorageValue> = Object.fromEntries(
				Object.entries(stored).filter(([name, value]) => value !== before.stored[name]),
			);
			if (events !== undefined) changed.events = JSON.stringify(events);
			if (notices !== undefined) changed.notices = JSON.stringify(notices);
			const names = Object.keys(changed);
			if (names.length === 0) continue;
			this.#sql.exec(
				`UPDATE payments SET ${names.map((name) => `${name} = ?`).join(", ")} WHERE id = ?`,
				...Object.values(changed),
				id,
			);
			this.#keep(stored, events ?? before.events, notices ?? before.notices);
		}
	}

	close(isKept: boolean): void {
		this.#changed = undefined;
		if (!isKept) this.#known.clear();
	}

	byId(id: string): PaymentRow | undefined {
		const known = this.#find(id);
		if (known === undefined) return undefined;
		const { events: _, notices: __, ...change } = this.#changed?.get(id) ?? {};
		const row = { ...known.row, ...change };
		const { readAt, reads, hintReads } = this.#due.asked(id) ?? NEVER_ASKED;
		return { ...row, shown: shownOf(row), readAt: readAt ?? row.readAt, reads, hintReads };
	}

	byKey(keyHash: string): PaymentRow | undefined {
		const [found] = this.#sql.exec<{ id: string }>("SELECT id FROM payments WHERE key_hash = ?", keyHash).toArray();
		return found && this.byId(found.id);
	}

	/** Those whose call nobody carries on, when an object starts. */
	underWay(): string[] {
		return this.#sql
			.exec<{ id: string }>("SELECT id FROM payments WHERE shown = ?", IN_PROGRESS)
			.toArray()
			.map(({ id }) => id);
	}

	/** The newest first. */
	list(filter: Filter): PaymentRow[] {
		return this.lists.newest(filter).flatMap(({ id }) => this.byId(id) ?? []);
	}

	/** Something that may create it is about to leave. */
	insert(payment: PaymentRow): void {
		const row = storedOf(payment);
		this.#sql.exec(
			`INSERT INTO payments (${Object.keys(row).join(", ")}, events, notices)
			VALUES (${Object.keys(row)
				.map(() => "?")
				.join(", ")}, '[]', '[]')`,
			...Object.values(row),
		);
		this.#keep(row, [], []);
	}

	/** As if it had never been asked for. */
	forget(id: string): void {
		this.#sql.exec("DELETE FROM payments WHERE id = ?", id);
		this.#known.delete(id);
	}

	/** Changes it. For a transaction. */
	change(id: string, change: Change): void {
		if (this.#changed === undefined) throw new Error("a payment is changed outside of a transaction");
		this.#changed.set(id, { ...this.#changed.get(id), ...change });
	}

	/** Flinks is asked now, and how often it was before. For a transaction. */
	recordAsked(id: string, asked: Partial<Asked> & { readAt: number }): void {
		// As long as something is due for it, what is due is written anyway.
		if (this.#due.asked(id) === undefined) this.change(id, { readAt: asked.readAt });
		else this.#due.recordAsked(id, asked);
	}

	/** Its session is known, and may be paid; false where the call for it was given up. For a transaction. */
	setSession(id: string, sessionId: string): boolean {
		if (this.byId(id)?.state !== "sent") return false;
		this.change(id, { sessionId });
		return true;
	}

	/** What became of a call; false where that is settled already. For a transaction. */
	end(id: string, { state, answer, standing, sessionId, requestId }: Ending): boolean {
		const row = this.byId(id);
		if (row?.state !== "sent") return false;
		this.change(id, { state, answer, standing, sessionId: sessionId ?? row.sessionId, requestId: requestId ?? null });
		return true;
	}

	/** What the operator has found of an unknown payment. What the merchant was told stays. For a transaction. */
	resolve(
		id: string,
		state: "created" | "not_created" | "unknown",
		{ sessionId, requestId }: { sessionId?: string | undefined; requestId?: string | undefined },
	): void {
		const nothing = { standing: null, mismatch: null, guarantee: null, hint: null };
		this.change(id, { state, sessionId: sessionId ?? null, requestId: requestId ?? null, ...nothing });
	}

	/** All that happened to it, the oldest first. */
	events(id: string): readonly Happened[] {
		const known = this.#find(id);
		if (known !== undefined) known.events ??= this.#listOf<Happened>("events", id);
		return this.#changed?.get(id)?.events ?? known?.events ?? [];
	}

	/** Of each message about it, in their order. */
	notices(id: string): readonly Notice[] {
		const known = this.#find(id);
		if (known !== undefined) known.notices ??= this.#listOf<Notice>("notices", id);
		return this.#changed?.get(id)?.notices ?? known?.notices ?? [];
	}

	/** Takes away what is somebody's own. For a transaction. */
	purge(id: string): void {
		const standing = this.byId(id)?.standing ?? null;
		this.change(id, { amount: null, standing: standing && { ...standing, amount: undefined }, isPurged: true });
	}

	#find(id: string): Known | undefined {
		const known = this.#known.get(id);
		if (known !== undefined) return known;
		const [stored] = this.#sql.exec<Stored>(`SELECT ${COLUMNS} FROM payments WHERE id = ?`, id).toArray();
		return stored && this.#keep(stored);
	}

	#keep(stored: Stored, events?: readonly Happened[], notices?: readonly Notice[]): Known {
		if (this.#known.size >= MOST_KNOWN) this.#known.clear();
		const known = { stored, row: paymentRow(stored), events, notices };
		this.#known.set(stored.id, known);
		return known;
	}

	#listOf<T>(column: "events" | "notices", id: string): readonly T[] {
		const [row] = this.#sql.exec<{ list: string }>(`SELECT ${column} AS list FROM payments WHERE id = ?`, id).toArray();
		return row === undefined ? [] : JSON.parse(row.list);
	}
}
