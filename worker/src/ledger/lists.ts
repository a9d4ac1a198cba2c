// Where the payments of one object stand in lists, and which are to be purged next. One index has them by all that a list may be
// of, and each list is put together from the parts of it that fit.

import type { Delivery, Funds, PaymentView } from "../schemas.ts";
import type { PaymentRow } from "./payment.ts";

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

/** What a list may be of, and the index of lists is sorted by first. There are as many as there are words of Flinks', or so. */
interface Class {
	shown: string;
	funds: Funds;
	delivery: PaymentRow["delivery"];
}

/** Which of them are listed. */
type Kind = Pick<Filter, "status" | "funds" | "delivery">;

/** Of the part of a list that is asked for: its times, and the place after which it begins. */
const BOUNDS = "created_at >= ?1 AND created_at < ?2 AND (created_at, id) < (?3, ?4)";
const NEWEST_FIRST = "ORDER BY createdAt DESC, id DESC LIMIT ?5";
/** The platform takes no sentence of more parts. */
const MOST_CLASSES = 5;

/** The place of a payment in a list. */
export interface Place extends Record<string, SqlStorageValue> {
	id: string;
	createdAt: number;
}

export class Lists {
	readonly #sql: SqlStorage;

	constructor(sql: SqlStorage) {
		this.#sql = sql;
	}

	/** Where the newest are that fit, in the order of the list. */
	newest({ referenceId, from = 0, to = Number.MAX_SAFE_INTEGER, after, limit, ...kind }: Filter): Place[] {
		const last = after ?? { createdAt: Number.MAX_SAFE_INTEGER, id: "" };
		const bounds = [from, to, last.createdAt, last.id, limit];
		const places =
			referenceId === undefined
				? chunks(this.#classes(kind)).flatMap((classes) => this.#ofClasses(classes, bounds))
				: formsOf(referenceId).flatMap((form) => this.#ofReference(form, kind, bounds));
		return places.sort((one, other) => other.createdAt - one.createdAt || (other.id < one.id ? -1 : 1)).slice(0, limit);
	}

	/** Those made before a time and not purged yet, the oldest first. */
	unpurged(before: number, limit: number): Place[] {
		return this.#classes({})
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

	/** When the first of those was made that are not purged. */
	firstUnpurged(): number | undefined {
		return this.unpurged(Number.MAX_SAFE_INTEGER, 1)[0]?.createdAt;
	}

	/** All that were made before are purged. */
	setPurged(before: number): void {
		this.#sql.exec("UPDATE purged SET before = ?", before);
	}

	/** Those that there are. */
	#classes(kind: Kind): Class[] {
		const found: Class[] = [];
		for (let next = this.#classAfter(); next !== undefined; next = this.#classAfter(next)) found.push(next);
		return found.filter((one) => isOf(one, kind));
	}

	/** The next one in the index. Of two columns that are compared together SQLite would go through all that have the first. */
	#classAfter(last?: Class): Class | undefined {
		if (last === undefined) return this.#firstClass("shown > ?", "");
		const { shown, funds, delivery } = last;
		return (
			this.#firstClass("shown = ? AND funds = ? AND delivery > ?", shown, funds, delivery) ??
			this.#firstClass("shown = ? AND funds > ?", shown, funds) ??
			this.#firstClass("shown > ?", shown)
		);
	}

	#firstClass(condition: string, ...values: readonly string[]): Class | undefined {
		return this.#sql
			.exec<Class & Record<string, SqlStorageValue>>(
				`SELECT shown, funds, delivery FROM payments WHERE ${condition} ORDER BY shown, funds, delivery LIMIT 1`,
				...values,
			)
			.toArray()[0];
	}

	/** SQLite goes along them at once in the order of the list, and no further than the list goes. */
	#ofClasses(classes: readonly Class[], bounds: readonly SqlStorageValue[]): Place[] {
		const parts = classes.map((_, index) => {
			const first = bounds.length + 3 * index + 1;
			return `SELECT id, created_at AS createdAt FROM payments WHERE shown = ?${first} AND funds = ?${first + 1}
				AND delivery = ?${first + 2} AND ${BOUNDS}`;
		});
		return this.#sql
			.exec<Place>(
				`${parts.join(" UNION ALL ")} ${NEWEST_FIRST}`,
				...bounds,
				...classes.flatMap(({ shown, funds, delivery }) => [shown, funds, delivery]),
			)
			.toArray();
	}

	#ofReference(referenceId: string, { status, funds, delivery }: Kind, bounds: readonly SqlStorageValue[]): Place[] {
		return this.#sql
			.exec<Place>(
				`SELECT id, created_at AS createdAt FROM payments WHERE reference_id = ?6 AND shown = COALESCE(?7, shown)
				AND funds = COALESCE(?8, funds) AND delivery = COALESCE(?9, delivery) AND ${BOUNDS} ${NEWEST_FIRST}`,
				...[...bounds, referenceId, status ?? null, funds ?? null, delivery ?? null],
			)
			.toArray();
	}
}

/** A text as it came and in both forms of Unicode's: a keyboard gives one of them, and a system has kept another. */
function formsOf(text: string): string[] {
	return [...new Set([text, text.normalize("NFC"), text.normalize("NFD")])];
}

function chunks(classes: readonly Class[]): Class[][] {
	const count = Math.ceil(classes.length / MOST_CLASSES);
	return Array.from({ length: count }, (_, index) => classes.slice(index * MOST_CLASSES, (index + 1) * MOST_CLASSES));
}

function isOf({ shown, funds, delivery }: Class, kind: Kind): boolean {
	if (kind.status !== undefined && kind.status !== shown) return false;
	if (kind.funds !== undefined && kind.funds !== funds) return false;
	return kind.delivery === undefined || kind.delivery === delivery;
}
