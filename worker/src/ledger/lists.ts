// Lists of the payments of one object. One index sorts the payments into groups by all that a list filters by, and a list
// is merged from the groups that its filter takes. Purging finds its next payments by the same index.

import type { Funds } from "../schemas/fields.ts";
import type { PaymentFilter } from "./api.ts";
import type { PaymentRow } from "./payment.ts";

/** A group of payments: the first columns of the index. There are about as many groups as Flinks has status words. */
interface Group {
	shown: string;
	funds: Funds;
	delivery: PaymentRow["delivery"];
}

/** The part of a filter that selects groups. */
type GroupFilter = Pick<PaymentFilter, "status" | "funds" | "delivery">;

/** The part of a list that is read: a span of time, after a place. */
const BOUNDS = "created_at >= ?1 AND created_at < ?2 AND (created_at, id) < (?3, ?4)";
const NEWEST_FIRST = "ORDER BY createdAt DESC, id DESC LIMIT ?5";
/** How many groups one statement merges: the platform takes no more parts in a UNION. */
const MAX_GROUPS = 5;

export interface Place extends Record<string, SqlStorageValue> {
	id: string;
	createdAt: number;
}

export class Lists {
	readonly #sql: SqlStorage;

	constructor(sql: SqlStorage) {
		this.#sql = sql;
	}

	/** The places of the newest payments that the filter takes, in the order of the list. */
	newest({ referenceId, from = 0, to = Number.MAX_SAFE_INTEGER, after, limit, ...rest }: PaymentFilter): Place[] {
		const last = after ?? { createdAt: Number.MAX_SAFE_INTEGER, id: "" };
		const bounds = [from, to, last.createdAt, last.id, limit];
		const places =
			referenceId === undefined
				? chunks(this.#groups(rest)).flatMap((groups) => this.#ofGroups(groups, bounds))
				: formsOf(referenceId).flatMap((form) => this.#ofReference(form, rest, bounds));
		return places.sort((one, other) => other.createdAt - one.createdAt || (other.id < one.id ? -1 : 1)).slice(0, limit);
	}

	/** Payments from before a time that are not purged, the oldest first. */
	unpurged(before: number, limit: number): Place[] {
		return this.#groups({})
			.flatMap(({ shown, funds, delivery }) =>
				this.#sql
					.exec<Place>(
						`SELECT id, created_at AS createdAt FROM payments WHERE shown = ? AND funds = ? AND delivery = ?
						AND created_at >= (SELECT before FROM purged) AND created_at < ? AND purged = 0 ORDER BY created_at LIMIT ?`,
						...[shown, funds, delivery, before, limit],
					)
					.toArray(),
			)
			.sort((one, other) => one.createdAt - other.createdAt)
			.slice(0, limit);
	}

	firstUnpurged(): number | undefined {
		return this.unpurged(Number.MAX_SAFE_INTEGER, 1)[0]?.createdAt;
	}

	/** Records that all payments from before a time are purged. */
	setPurged(before: number): void {
		this.#sql.exec("UPDATE purged SET before = ?", before);
	}

	/** The groups that have payments and that the filter takes. */
	#groups({ status, funds, delivery }: GroupFilter): Group[] {
		const found: Group[] = [];
		for (let next = this.#groupAfter(); next !== undefined; next = this.#groupAfter(next)) found.push(next);
		const isTaken = (value: string, wanted = value) => value === wanted;
		return found.filter(
			(group) => isTaken(group.shown, status) && isTaken(group.funds, funds) && isTaken(group.delivery, delivery),
		);
	}

	/**
	 * The next group in the index. For a comparison of several columns at once SQLite would scan all rows with the first
	 * column.
	 */
	#groupAfter(last?: Group): Group | undefined {
		if (last === undefined) return this.#firstGroup("shown > ?", "");
		const { shown, funds, delivery } = last;
		return (
			this.#firstGroup("shown = ? AND funds = ? AND delivery > ?", shown, funds, delivery) ??
			this.#firstGroup("shown = ? AND funds > ?", shown, funds) ??
			this.#firstGroup("shown > ?", shown)
		);
	}

	#firstGroup(condition: string, ...values: readonly string[]): Group | undefined {
		return this.#sql
			.exec<Group & Record<string, SqlStorageValue>>(
				`SELECT shown, funds, delivery FROM payments WHERE ${condition} ORDER BY shown, funds, delivery LIMIT 1`,
				...values,
			)
			.toArray()[0];
	}

	/** SQLite reads the groups side by side in the order of the list, and no further than the list goes. */
	#ofGroups(groups: readonly Group[], bounds: readonly SqlStorageValue[]): Place[] {
		const parts = groups.map((_, index) => {
			const first = bounds.length + 3 * index + 1;
			return `SELECT id, created_at AS createdAt FROM payments WHERE shown = ?${first} AND funds = ?${first + 1}
				AND delivery = ?${first + 2} AND ${BOUNDS}`;
		});
		return this.#sql
			.exec<Place>(
				`${parts.join(" UNION ALL ")} ${NEWEST_FIRST}`,
				...bounds,
				...groups.flatMap(({ shown, funds, delivery }) => [shown, funds, delivery]),
			)
			.toArray();
	}

	#ofReference(
		referenceId: string,
		{ status, funds, delivery }: GroupFilter,
		bounds: readonly SqlStorageValue[],
	): Place[] {
		return this.#sql
			.exec<Place>(
				`SELECT id, created_at AS createdAt FROM payments WHERE reference_id = ?6 AND shown = COALESCE(?7, shown)
				AND funds = COALESCE(?8, funds) AND delivery = COALESCE(?9, delivery) AND ${BOUNDS} ${NEWEST_FIRST}`,
				...[...bounds, referenceId, status ?? null, funds ?? null, delivery ?? null],
			)
			.toArray();
	}
}

/**
 * A text as it came and in both Unicode normal forms: a keyboard may give one form where a system has stored the other.
 */
function formsOf(text: string): string[] {
	return [...new Set([text, text.normalize("NFC"), text.normalize("NFD")])];
}

function chunks(groups: readonly Group[]): Group[][] {
	const count = Math.ceil(groups.length / MAX_GROUPS);
	return Array.from({ length: count }, (_, index) => groups.slice(index * MAX_GROUPS, (index + 1) * MAX_GROUPS));
}
