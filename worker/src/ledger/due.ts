// What is due: a kind, an owner and a time, in one table. `errands.ts` sees to it.

/** The most urgent first. */
const KINDS = ["interrupted", "hinted", "claim", "decide", "read", "deliver", "purge", "forget"] as const;

/**
 * `interrupted`: a call that nobody may carry on any more. `hinted`: a read that a webhook or a person asks for. `claim`: an
 * id of Flinks' that is to be known as a payment's. `decide`: a guarantee that waits for what the settings say. `read`: a
 * poll. `deliver`: a message to the merchant. `purge` and
 * `forget`: what is kept no longer, of payments and of webhooks that no payment has claimed.
 */
export type Kind = (typeof KINDS)[number];

const SOONEST = `SELECT ${KINDS.map((kind) => `(SELECT MIN(at) FROM due WHERE kind = '${kind}' AND at > ?1) AS "${kind}"`)}`;

/** The table. An owner is a payment's id, or empty where the whole object is meant; it has one time for each kind. */
export class DueTable {
	readonly #sql: SqlStorage;
	/** Until when a kind waits although it is due, in memory alone. */
	readonly #paused = new Map<Kind, number>();

	constructor(sql: SqlStorage) {
		this.#sql = sql;
	}

	schedule(kind: Kind, owner: string, at: number): void {
		this.#sql.exec("INSERT OR REPLACE INTO due (kind, owner, at) VALUES (?, ?, ?)", kind, owner, at);
	}

	/** Leaves a time that is set already as it is. */
	scheduleOnce(kind: Kind, owner: string, at: number): void {
		this.#sql.exec("INSERT OR IGNORE INTO due (kind, owner, at) VALUES (?, ?, ?)", kind, owner, at);
	}

	/** When it is due. */
	at(kind: Kind, owner: string): number | undefined {
		return this.#sql.exec<{ at: number }>("SELECT at FROM due WHERE kind = ? AND owner = ?", kind, owner).toArray()[0]
			?.at;
	}

	drop(owner: string, ...kinds: readonly Kind[]): void {
		for (const kind of kinds) this.#sql.exec("DELETE FROM due WHERE kind = ? AND owner = ?", kind, owner);
	}

	/** Whoever has something of a kind due, be it now or later. */
	owners(kind: Kind): string[] {
		return this.#sql
			.exec<{ owner: string }>("SELECT owner FROM due WHERE kind = ?", kind)
			.toArray()
			.map(({ owner }) => owner);
	}

	/** Lets a kind wait, as long as this object lives. */
	pause(kind: Kind, until: number): void {
		this.#paused.set(kind, until);
	}

	/** The longest overdue owner of a kind, but for those that are `underWay`. */
	next(kind: Kind, now: number, underWay: ReadonlySet<string>): string | undefined {
		if (now < (this.#paused.get(kind) ?? 0)) return undefined;
		return this.#sql
			.exec<{ owner: string }>(
				"SELECT owner FROM due WHERE kind = ? AND at <= ? ORDER BY at LIMIT ?",
				...[kind, now, underWay.size + 1],
			)
			.toArray()
			.find(({ owner }) => !underWay.has(owner))?.owner;
	}

	/** How much should have been done before a time, but for what waits on purpose, and what of it has waited longest. */
	late(before: number): { count: number; kind: Kind; since: number } | undefined {
		const late = KINDS.filter((kind) => before >= (this.#paused.get(kind) ?? 0)).flatMap((kind) => {
			const { count, since } = this.#sql
				.exec<{ count: number; since: number | null }>(
					"SELECT COUNT(*) AS count, MIN(at) AS since FROM due WHERE kind = ? AND at < ?",
					...[kind, before],
				)
				.one();
			return since === null ? [] : [{ count, kind, since }];
		});
		const [oldest] = late.toSorted((a, b) => a.since - b.since);
		return oldest && { ...oldest, count: late.reduce((sum, { count }) => sum + count, 0) };
	}

	/** When the next thing is due after a time; undefined where nothing is. */
	soonest(after: number): number | undefined {
		const times = this.#sql.exec<Record<Kind, number | null>>(SOONEST, after).one();
		const due = KINDS.flatMap((kind) =>
			times[kind] === null ? [] : [Math.max(times[kind], this.#paused.get(kind) ?? 0)],
		);
		return due.length === 0 ? undefined : Math.min(...due);
	}
}
