// What is due, for whom and when. It stands in memory, in order; storage has a row for each owner, from which the next object
// learns it when it starts. `errands.ts` sees to it.

import TinyQueue from "tinyqueue";

/** What is still there when the object has died. */
const STORED = ["hinted", "claim", "decide", "read", "deliver", "purge", "forget"] as const;
/** The most urgent first. */
const KINDS = ["interrupted", ...STORED] as const;

/**
 * `interrupted`: a call that nobody may carry on any more; after a restart the payment's state says so. `hinted`: a read that a
 * webhook or a person asks for. `claim`: an id of Flinks' that is to be known as a payment's. `decide`: a guarantee that waits
 * for what the settings say. `read`: a poll. `deliver`: a message to the merchant. `purge` and `forget`: what is kept no
 * longer, of payments and of webhooks that no payment has claimed.
 */
export type Kind = (typeof KINDS)[number];

/** When Flinks was asked about a payment, and how often. */
export interface Asked {
	readAt: number | null;
	/** By itself. */
	reads: number;
	/** For what a webhook has told of. */
	hintReads: number;
}

export const NEVER_ASKED: Asked = { readAt: null, reads: 0, hintReads: 0 };

/** All of an owner's: a time for each kind that is due. */
interface Entry extends Asked {
	times: Partial<Record<Kind, number>>;
}

interface Row extends Record<string, SqlStorageValue>, Record<(typeof STORED)[number], number | null> {
	owner: string;
	read_at: number | null;
	reads: number;
	hint_reads: number;
}

/** Whose turn it is, and since when. */
interface Turn {
	at: number;
	owner: string;
}

const NEW: Entry = { times: {}, ...NEVER_ASKED };

/** An owner is a payment's id, or empty where the whole object is meant. All changes belong to a transaction. */
export class DueTable {
	readonly #sql: SqlStorage;
	readonly #entries = new Map<string, Entry>();
	/** By their times. One that is not its owner's time any more is passed over. */
	readonly #queues = new Map(KINDS.map((kind) => [kind, new TinyQueue<Turn>([], (one, other) => one.at - other.at)]));
	/** Until when a kind waits although it is due. */
	readonly #paused = new Map<Kind, number>();
	/** Of the transaction that is open. */
	#changed: Map<string, Entry> | undefined;

	constructor(sql: SqlStorage) {
		this.#sql = sql;
	}

	/** Learns what an object before this one has left. */
	recall(): void {
		// There may be tens of thousands.
		for (const row of this.#sql.exec<Row>("SELECT * FROM due")) {
			const times: Entry["times"] = {};
			for (const kind of STORED) if (row[kind] !== null) times[kind] = row[kind];
			this.#keep(row.owner, { times, readAt: row.read_at, reads: row.reads, hintReads: row.hint_reads });
		}
	}

	begin(): void {
		this.#changed = new Map();
	}

	/** Writes what the transaction has changed: one row for each owner, and none for what storage need not know. */
	flush(): void {
		for (const [owner, entry] of this.#changed ?? []) {
			const before = rowOf(owner, this.#entries.get(owner) ?? NEW);
			const row = rowOf(owner, entry);
			if (row.join() === before.join() || (isEmpty(row) && isEmpty(before))) continue;
			if (isEmpty(row)) this.#sql.exec("DELETE FROM due WHERE owner = ?", owner);
			else {
				this.#sql.exec(
					`INSERT OR REPLACE INTO due (owner, ${STORED.join(", ")}, read_at, reads, hint_reads)
					VALUES (?, ${STORED.map(() => "?").join(", ")}, ?, ?, ?)`,
					...row,
				);
			}
		}
	}

	close(isKept: boolean): void {
		const changed = this.#changed ?? [];
		this.#changed = undefined;
		if (!isKept) return;
		for (const [owner, entry] of changed) this.#keep(owner, entry);
	}

	/** Payments that have nothing due any more after the transaction, and when each was read. */
	leaving(): [id: string, readAt: number][] {
		return [...(this.#changed ?? [])].flatMap(([id, entry]) =>
			entry.readAt !== null && isEmpty(rowOf(id, entry)) ? [[id, entry.readAt]] : [],
		);
	}

	schedule(kind: Kind, owner: string, at: number): void {
		const entry = this.#entry(owner);
		this.#change(owner, { ...entry, times: { ...entry.times, [kind]: at } });
	}

	/** Leaves a time that is set already as it is. */
	scheduleOnce(kind: Kind, owner: string, at: number): void {
		if (this.at(kind, owner) === undefined) this.schedule(kind, owner, at);
	}

	drop(owner: string, ...kinds: readonly Kind[]): void {
		const entry = this.#entry(owner);
		const times = { ...entry.times };
		for (const kind of kinds) delete times[kind];
		const reads = kinds.includes("read") ? 0 : entry.reads;
		const hintReads = kinds.includes("hinted") ? 0 : entry.hintReads;
		this.#change(owner, { ...entry, times, reads, hintReads });
	}

	/** When it is due. */
	at(kind: Kind, owner: string): number | undefined {
		return this.#entry(owner).times[kind];
	}

	/** When and how often a payment was read for which something is due; nothing where nothing is. */
	asked(owner: string): Asked | undefined {
		const entry = this.#entry(owner);
		return isEmpty(rowOf(owner, entry)) ? undefined : entry;
	}

	/** Counts how a payment was read for which something is due. */
	recordAsked(owner: string, asked: Partial<Asked>): void {
		this.#change(owner, { ...this.#entry(owner), ...asked });
	}

	/** Lets a kind wait, as long as this object lives. */
	pause(kind: Kind, until: number): void {
		this.#paused.set(kind, until);
	}

	/** The longest overdue owner of a kind, but for those that are `underWay`. */
	next(kind: Kind, now: number, underWay: ReadonlySet<string>): string | undefined {
		return this.overdue(kind, now, underWay.size + 1).find(({ owner }) => !underWay.has(owner))?.owner;
	}

	/** Those that are overdue the longest, at most so many. */
	overdue(kind: Kind, now: number, most: number): Turn[] {
		if (now < (this.#paused.get(kind) ?? 0)) return [];
		const found = new Map<string, Turn>();
		for (let first = this.#first(kind); first !== undefined && first.at <= now && found.size < most; ) {
			found.set(first.owner, first);
			this.#queues.get(kind)?.pop();
			first = this.#first(kind);
		}
		for (const turn of found.values()) this.#queues.get(kind)?.push(turn);
		return [...found.values()];
	}

	/** How much should have been done before a time, but for what waits on purpose, and what of it has waited longest. */
	late(before: number): { count: number; kind: Kind; since: number } | undefined {
		if ((this.soonest() ?? before) >= before) return undefined;
		const kinds = KINDS.filter((kind) => before >= (this.#paused.get(kind) ?? 0));
		let count = 0;
		let oldest: { kind: Kind; since: number } | undefined;
		for (const { times } of this.#entries.values()) {
			for (const kind of kinds) {
				const since = times[kind] ?? before;
				if (since >= before) continue;
				count += 1;
				if (oldest === undefined || since < oldest.since) oldest = { kind, since };
			}
		}
		return oldest && { ...oldest, count };
	}

	/** When the first thing is due; undefined where nothing is. */
	soonest(): number | undefined {
		const due = KINDS.flatMap((kind) => {
			const first = this.#first(kind);
			return first === undefined ? [] : [Math.max(first.at, this.#paused.get(kind) ?? 0)];
		});
		return due.length === 0 ? undefined : Math.min(...due);
	}

	#first(kind: Kind): Turn | undefined {
		const queue = this.#queues.get(kind);
		let first = queue?.peek();
		while (first !== undefined && this.#entries.get(first.owner)?.times[kind] !== first.at) {
			queue?.pop();
			first = queue?.peek();
		}
		return first;
	}

	#entry(owner: string): Entry {
		return this.#changed?.get(owner) ?? this.#entries.get(owner) ?? NEW;
	}

	#change(owner: string, entry: Entry): void {
		if (this.#changed === undefined) throw new Error("what is due is changed outside of a transaction");
		this.#changed.set(owner, entry);
	}

	#keep(owner: string, entry: Entry): void {
		const before = this.#entries.get(owner)?.times;
		if (Object.keys(entry.times).length === 0) this.#entries.delete(owner);
		else this.#entries.set(owner, entry);
		for (const kind of KINDS) {
			const at = entry.times[kind];
			if (at !== undefined && at !== before?.[kind]) this.#queues.get(kind)?.push({ at, owner });
		}
	}
}

/** As it is stored. */
function rowOf(owner: string, { times, readAt, reads, hintReads }: Entry): (string | number | null)[] {
	return [owner, ...STORED.map((kind) => times[kind] ?? null), readAt, reads, hintReads];
}

/** Whether storage need not know of it. */
function isEmpty([, ...values]: (string | number | null)[]): boolean {
	return values.slice(0, STORED.length).every((at) => at === null);
}
