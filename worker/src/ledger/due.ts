// The jobs that are due: which, for whom and when. They are in memory, in order. Storage has a row for each owner, from
// which the next object loads them when it starts. `jobs.ts` runs them.

import TinyQueue from "tinyqueue";

/** The kinds that outlive the object. */
const STORED_KINDS = ["hinted", "claim", "decide", "read", "deliver", "purge", "forget"] as const;
/** The most urgent first. */
const KINDS = ["interrupted", ...STORED_KINDS] as const;

/**
 * `interrupted`: gives up a call that nobody continues; after a restart the payment's state says so. `hinted`: a read
 * that a webhook or a person asks for. `claim`: claims Flinks' ids for the payment. `decide`: decides a guarantee by the
 * settings. `read`: a poll. `deliver`: sends a message to the merchant. `purge` and `forget`: delete what has been kept
 * long enough, of payments and of unclaimed webhooks.
 */
export type JobKind = (typeof KINDS)[number];

/** When and how often a payment was read at Flinks. */
export interface Reads {
	readAt: number | null;
	/** Polls. */
	reads: number;
	/** Reads because of a webhook. */
	hintReads: number;
}

export const NEVER_READ: Reads = { readAt: null, reads: 0, hintReads: 0 };

interface Entry extends Reads {
	times: Partial<Record<JobKind, number>>;
}

interface Row extends Record<string, SqlStorageValue>, Record<(typeof STORED_KINDS)[number], number | null> {
	owner: string;
	read_at: number | null;
	reads: number;
	hint_reads: number;
}

/** A job in the queue of its kind. */
interface QueuedJob {
	at: number;
	owner: string;
}

const NEW: Entry = { times: {}, ...NEVER_READ };

/** An owner is a payment's id, or empty for a job of the whole object. All changes need a transaction. */
export class DueTable {
	readonly #sql: SqlStorage;
	readonly #entries = new Map<string, Entry>();
	/** By time. A queued job whose owner has another time by now is skipped. */
	readonly #queues = new Map(
		KINDS.map((kind) => [kind, new TinyQueue<QueuedJob>([], (one, other) => one.at - other.at)]),
	);
	readonly #paused = new Map<JobKind, number>();
	#changed: Map<string, Entry> | undefined;

	constructor(sql: SqlStorage) {
		this.#sql = sql;
	}

	/** Loads the jobs that an object before this one has stored. */
	load(): void {
		for (const row of this.#sql.exec<Row>("SELECT * FROM due")) {
			const times: Entry["times"] = {};
			for (const kind of STORED_KINDS) if (row[kind] !== null) times[kind] = row[kind];
			this.#keep(row.owner, { times, readAt: row.read_at, reads: row.reads, hintReads: row.hint_reads });
		}
	}

	begin(): void {
		this.#changed = new Map();
	}

	/** Writes the changes of the transaction: one row for each owner, and none for owners without a stored kind. */
	flush(): void {
		for (const [owner, entry] of this.#changed ?? []) {
			const before = rowOf(owner, this.#entries.get(owner) ?? NEW);
			const row = rowOf(owner, entry);
			if (row.join() === before.join() || (isEmpty(row) && isEmpty(before))) continue;
			if (isEmpty(row)) this.#sql.exec("DELETE FROM due WHERE owner = ?", owner);
			else {
				this.#sql.exec(
					`INSERT OR REPLACE INTO due (owner, ${STORED_KINDS.join(", ")}, read_at, reads, hint_reads)
					VALUES (?, ${STORED_KINDS.map(() => "?").join(", ")}, ?, ?, ?)`,
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

	/** Payments without a job after the transaction, and when each was last read. */
	leaving(): [id: string, readAt: number][] {
		return [...(this.#changed ?? [])].flatMap(([id, entry]) =>
			entry.readAt !== null && isEmpty(rowOf(id, entry)) ? [[id, entry.readAt]] : [],
		);
	}

	schedule(kind: JobKind, owner: string, at: number): void {
		const entry = this.#entry(owner);
		this.#change(owner, { ...entry, times: { ...entry.times, [kind]: at } });
	}

	/** Leaves a time that is already set. */
	scheduleOnce(kind: JobKind, owner: string, at: number): void {
		if (this.at(kind, owner) === undefined) this.schedule(kind, owner, at);
	}

	drop(owner: string, ...kinds: readonly JobKind[]): void {
		const entry = this.#entry(owner);
		const times = { ...entry.times };
		for (const kind of kinds) delete times[kind];
		const reads = kinds.includes("read") ? 0 : entry.reads;
		const hintReads = kinds.includes("hinted") ? 0 : entry.hintReads;
		this.#change(owner, { ...entry, times, reads, hintReads });
	}

	at(kind: JobKind, owner: string): number | undefined {
		return this.#entry(owner).times[kind];
	}

	/** The reads of a payment that has a job; undefined for others, whose last read is in their own row. */
	readsOf(owner: string): Reads | undefined {
		const entry = this.#entry(owner);
		return isEmpty(rowOf(owner, entry)) ? undefined : entry;
	}

	/** Counts reads of a payment that has a job. */
	countReads(owner: string, reads: Partial<Reads>): void {
		this.#change(owner, { ...this.#entry(owner), ...reads });
	}

	/** Pauses a kind, for as long as this object lives. */
	pause(kind: JobKind, until: number): void {
		this.#paused.set(kind, until);
	}

	/** The longest overdue owner of a kind that is not under way. */
	next(kind: JobKind, now: number, underWay: ReadonlySet<string>): string | undefined {
		return this.overdue(kind, now, underWay.size + 1).find(({ owner }) => !underWay.has(owner))?.owner;
	}

	/** The longest overdue jobs of a kind, at most so many. */
	overdue(kind: JobKind, now: number, most: number): QueuedJob[] {
		if (now < (this.#paused.get(kind) ?? 0)) return [];
		const found = new Map<string, QueuedJob>();
		for (let first = this.#first(kind); first !== undefined && first.at <= now && found.size < most; ) {
			found.set(first.owner, first);
			this.#queues.get(kind)?.pop();
			first = this.#first(kind);
		}
		for (const job of found.values()) this.#queues.get(kind)?.push(job);
		return [...found.values()];
	}

	/** How many jobs should have run before a time, without paused kinds, and the oldest of them. */
	late(before: number): { count: number; kind: JobKind; since: number } | undefined {
		if ((this.soonest() ?? before) >= before) return undefined;
		const kinds = KINDS.filter((kind) => before >= (this.#paused.get(kind) ?? 0));
		let count = 0;
		let oldest: { kind: JobKind; since: number } | undefined;
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

	/** When the first job is due; undefined where there is none. */
	soonest(): number | undefined {
		const due = KINDS.flatMap((kind) => {
			const first = this.#first(kind);
			return first === undefined ? [] : [Math.max(first.at, this.#paused.get(kind) ?? 0)];
		});
		return due.length === 0 ? undefined : Math.min(...due);
	}

	#first(kind: JobKind): QueuedJob | undefined {
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
		if (this.#changed === undefined) throw new Error("A job was scheduled outside of a transaction.");
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

function rowOf(owner: string, { times, readAt, reads, hintReads }: Entry): (string | number | null)[] {
	return [owner, ...STORED_KINDS.map((kind) => times[kind] ?? null), readAt, reads, hintReads];
}

/** Whether there is no job to store. */
function isEmpty([, ...values]: (string | number | null)[]): boolean {
	return values.slice(0, STORED_KINDS.length).every((at) => at === null);
}
