// The payments of one object, a row each, its timeline and what has become of its messages within, and each sentence of SQL about them. What a
// transaction changes of a payment is written once, at its end. A payor's name and e-mail address are in none: they go from
// the request to Flinks through memory alone.

import { toTheCent } from "../amount.ts";
import type { ProblemData } from "../problem.ts";
import { returnAdviceOf, returnCodeOf } from "../returns.ts";
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
import { type Asked, type DueTable, NEVER_ASKED } from "./due.ts";
import type { Effects } from "./effects.ts";
import { type Hinted, paidAmountOf, type Standing } from "./standing.ts";

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

/** What a transaction changes of a payment. */
type Change = Partial<Omit<PaymentRow, "id" | "shown" | "reads" | "hintReads">> & {
	events?: readonly Happened[];
	notices?: readonly Notice[];
};

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

/** A row as SQLite has it, but for its timeline and notices, which are longer than all else and read where they are needed. */
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
	hint: string | null;
	hint_details: string | null;
	delivery: Delivery | "none";
	purged: 0 | 1;
}

/** The status of a payment whose call runs. */
const IN_PROGRESS = "in_progress";

/** What a payment is when something that may create it leaves. */
const LEAVING: Omit<PaymentRow, keyof NewPayment | "shown"> = {
	...NEVER_ASKED,
	...{ state: "sent", sessionId: null, requestId: null, answer: null, standing: null, mismatch: null, guarantee: null },
	...{ effects: 0, hint: null, delivery: "none", isPurged: false },
};

const COLUMNS =
	"id, key_hash, fingerprint, fingerprint_version, product, reference_id, amount, state, created_at, instance, session_id, " +
	"request_id, answer, status, status_details, funds, paid, paid_amount, final, rank, mismatch, guarantee, shown, effects, " +
	"read_at, hint, hint_details, delivery, purged";

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
/** A sentence may have a hundred values. */
const MOST_CLASSES = 30;

/** The place of a payment in a list. */
interface Place extends Record<string, SqlStorageValue> {
	id: string;
	createdAt: number;
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
	readonly #sql: SqlStorage;
	readonly #due: DueTable;
	/** Of the transaction that is open. */
	#changed: Map<string, Change> | undefined;
	/** What it has read of the storage, or written there: nobody else writes it. */
	readonly #known = new Map<string, Known>();

	constructor(sql: SqlStorage, due: DueTable) {
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
	list({ referenceId, from = 0, to = Number.MAX_SAFE_INTEGER, after, limit, ...kind }: Filter): PaymentRow[] {
		const last = after ?? { createdAt: Number.MAX_SAFE_INTEGER, id: "" };
		const bounds = [from, to, last.createdAt, last.id, limit];
		const places =
			referenceId === undefined
				? chunks(this.#classes(kind)).flatMap((classes) => this.#ofClasses(classes, bounds))
				: formsOf(referenceId).flatMap((form) => this.#ofReference(form, kind, bounds));
		return places
			.sort((one, other) => other.createdAt - one.createdAt || (other.id < one.id ? -1 : 1))
			.slice(0, limit)
			.flatMap(({ id }) => this.byId(id) ?? []);
	}

	/** Something that may create it is about to leave. */
	insert(payment: NewPayment): void {
		const row = storedOf({ ...LEAVING, ...payment });
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

	/** Those made before a time and not purged yet, the oldest first. */
	unpurged(before: number, limit: number): { id: string; createdAt: number }[] {
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

	/** Takes away what is somebody's own. For a transaction. */
	purge(id: string): void {
		const standing = this.byId(id)?.standing ?? null;
		this.change(id, { amount: null, standing: standing && { ...standing, amount: undefined }, isPurged: true });
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

	/** SQLite goes along all of them at once in the order of the list, and no further than the list goes. */
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

/** A text as it came and in both forms of Unicode's: a keyboard gives one of them, and a system has kept another. */
function formsOf(text: string): string[] {
	return [...new Set([text, text.normalize("NFC"), text.normalize("NFD")])];
}

function paymentRow(row: Stored): PaymentRow {
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

function storedOf(row: Omit<PaymentRow, "shown">): Stored {
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
function shownOf({ mismatch, guarantee, standing, state }: Omit<PaymentRow, "shown">): string {
	if (mismatch !== null) return "mismatch";
	if (guarantee === "waiting") return "guarantee_waiting";
	return standing?.status ?? (state === "sent" ? IN_PROGRESS : state);
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
