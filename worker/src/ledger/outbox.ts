// What the merchant is to be told: each change of a payment, in one order, for as long as payments are kept. Where he has an
// endpoint it is told at least once, in order for each payment, for three days. A message is written with the change that it
// tells of; whether it can be sent is found out later, here.

import type { Env } from "../env.ts";
import type { Message as MessageBody, MessageType, RecordedMessage } from "../schemas.ts";
import { settingsOf } from "../settings.ts";
import { tell } from "../telemetry.ts";
import { deliver, retryMs, type Tried } from "./delivery.ts";
import { effectOf } from "./effects.ts";
import type { Notice, PaymentRow } from "./payment.ts";
import type { Payments } from "./payments.ts";
import type { Store } from "./store.ts";
import type { Timeline } from "./timeline.ts";
import { viewOf } from "./view.ts";

/** A message as the feed has it, where it stays as it is. */
interface Fed extends Record<string, SqlStorageValue> {
	position: number;
	paymentId: string;
	number: number;
	/** The same for each try, so that the merchant knows what he has had. */
	id: string;
	type: MessageType;
	/** JSON without amounts. */
	body: string;
	/** When the change was. */
	createdAt: number;
}

const FED = "position, payment_id AS paymentId, number, id, type, body, created_at AS createdAt FROM feed";

/** Which messages are asked for. */
export interface FeedQuery {
	/** Those after this place among all of the object. */
	after: number;
	paymentId?: string | undefined;
	type?: MessageType | undefined;
	limit: number;
}

/** Messages of one object, in their order. */
export interface Feed {
	messages: (RecordedMessage & { position: number })[];
	/** The last place that was looked at, whether or not the message there was asked for. */
	looked: number;
	/** Whether there is something after it. */
	more: boolean;
}

/** How many are looked through for those of a type. */
const MOST_LOOKED_AT = 1_000;

/** How soon it is looked again whether the settings can be used, or are there again. */
const [OFF_PAUSE_MS, UNSET_PAUSE_MS] = [60_000, 15 * 60_000];
/** As long as tries go on: after it, a message that could not even be tried is dead too. */
const LONGEST_MS = 80 * 3_600_000;

export class Outbox {
	readonly #env: Env;
	readonly #store: Store;
	readonly #payments: Payments;
	readonly #timeline: Timeline;

	constructor(env: Env, store: Store, payments: Payments, timeline: Timeline) {
		this.#env = env;
		this.#store = store;
		this.#payments = payments;
		this.#timeline = timeline;
	}

	/** Whether the merchant wants to be told, be it that he can be told now or not. */
	get isWanted(): boolean {
		return settingsOf(this.#env).merchantWebhook.is !== "unset";
	}

	/**
	 * Puts a change of a payment behind its others, as it stands now, with what the merchant is to do about it, which no other
	 * message says. For a transaction, with the change.
	 */
	enqueueMessage(id: string, type: MessageType): void {
		const row = this.#payments.byId(id);
		if (row === undefined) return;
		const notices = this.#payments.notices(id);
		const number = (notices.at(-1)?.number ?? 0) + 1;
		const now = Date.now();
		const { delivery: _, amount, paidAmount, ...data } = viewOf(row);
		const effect = effectOf(row.effects, row.standing);
		const body: MessageBody = { type, timestamp: new Date(now).toISOString(), sequence: number, effect, data };
		const { position } = this.#store.sql
			.exec<{ position: number }>(
				"INSERT INTO feed (payment_id, number, id, type, body, created_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING position",
				...[id, number, `msg_${crypto.randomUUID()}`, type, JSON.stringify(body), now],
			)
			.one();
		const state = this.isWanted ? "pending" : "none";
		const amounts = {
			...(amount === undefined ? {} : { amount }),
			...(paidAmount === undefined ? {} : { paidAmount }),
		};
		this.#payments.change(id, {
			notices: [...notices, { position, number, effect, attempts: 0, state, amounts }],
			...(state === "none" || row.delivery === "dead" ? {} : { delivery: state }),
			...(effect === "none" ? {} : { effects: effect === "credit" ? 1 : 2 }),
		});
		if (state === "pending") this.#store.due.scheduleOnce("deliver", id, now);
	}

	/** What the merchant was to be told after a place, in the order of the changes. */
	feed({ after, paymentId, type, limit }: FeedQuery): Feed {
		const most = type === undefined ? limit : MOST_LOOKED_AT;
		const rows = paymentId === undefined ? this.#after(after, most + 1) : this.#of(paymentId, after, most + 1);
		const wanted = rows.slice(0, most).filter((row) => type === undefined || row.type === type);
		const taken = wanted.slice(0, limit);
		const looked = wanted.length > limit ? taken.at(-1) : rows.slice(0, most).at(-1);
		const notices = new Map(taken.map((row) => [row.paymentId, this.#payments.notices(row.paymentId)]));
		return {
			messages: taken.map((row) => {
				const notice = notices.get(row.paymentId)?.find(({ number }) => number === row.number);
				return { position: row.position, id: row.id, ...bodyOf(row, notice) };
			}),
			looked: looked?.position ?? after,
			more: looked !== rows.at(-1),
		};
	}

	/** The last place that there is. */
	latest(): number {
		return this.#store.sql.exec<{ position: number }>("SELECT COALESCE(MAX(position), 0) AS position FROM feed").one()
			.position;
	}

	/** Has what waits for its next try sent now. For a transaction. */
	hurry(id: string): void {
		if (this.#first(id) !== undefined) this.#store.due.schedule("deliver", id, Date.now());
	}

	/**
	 * Has what was given up of a payment sent again in its order, and what came while there was no endpoint; false where there
	 * is none of that. A credit that came then, and whose amount is purged, is of no use to anybody. For a transaction.
	 */
	revive(id: string): boolean {
		const notices = this.#payments.notices(id);
		if (!notices.some(isRevivable)) return false;
		const revived = notices.map((notice) =>
			isRevivable(notice) ? { ...notice, state: "pending" as const, attempts: 0 } : notice,
		);
		this.#payments.change(id, { notices: revived, delivery: deliveryOf(revived) });
		this.#store.due.schedule("deliver", id, Date.now());
		return true;
	}

	/** One try to send the first message of a payment. It may be one too many, should the object die meanwhile. */
	async deliverNext(id: string): Promise<void> {
		const notice = this.#first(id);
		const [message] = notice === undefined ? [] : this.#at(notice.position);
		const webhook = settingsOf(this.#env).merchantWebhook;
		const now = Date.now();
		if (notice === undefined || message === undefined) {
			this.#store.commit(() => this.#store.due.drop(id, "deliver"));
		} else if (webhook.is === "on") {
			const body = JSON.stringify(bodyOf(message, notice));
			this.#settle(notice, message, await deliver(webhook.value, { id: message.id, body }, this.#env));
		} else if (now - message.createdAt > LONGEST_MS) {
			this.#store.commit(() => this.#end(id, notice, "dead"));
		} else {
			this.#store.due.pause("deliver", now + (webhook.is === "off" ? OFF_PAUSE_MS : UNSET_PAUSE_MS));
		}
	}

	/**
	 * Takes the amounts away, but for what is to be done in the books and was not taken. False while there is such a one. For a
	 * transaction.
	 */
	purge(id: string): boolean {
		const notices = this.#payments.notices(id);
		this.#payments.change(id, {
			notices: notices.map((notice) => (isNeeded(notice) ? notice : { ...notice, amounts: {} })),
		});
		return !notices.some(isNeeded);
	}

	#settle(notice: Notice, message: Fed, { delivered, httpStatus }: Tried): void {
		const now = Date.now();
		const id = message.paymentId;
		const attempt = notice.attempts + 1;
		const pauseMs = delivered ? undefined : retryMs(attempt, Math.random());
		const outcome = delivered ? "delivered" : pauseMs === undefined ? "dead" : "failed";
		const nextAt = pauseMs === undefined ? undefined : now + pauseMs;
		this.#store.commit(() => {
			if (outcome === "failed") this.#postpone(id, notice, nextAt ?? now);
			else this.#end(id, notice, outcome);
			this.#timeline.appendEvent(id, {
				...{ type: "delivery", message: message.id, event: message.type, attempt },
				...(httpStatus === undefined ? {} : { httpStatus }),
				outcome,
				...(nextAt === undefined ? {} : { nextAt: new Date(nextAt).toISOString() }),
			});
		});
		tell(
			"flinkspay.delivery",
			{
				"flinkspay.outcome": outcome,
				"http.response.status_code": httpStatus,
				"flinkspay.delivery.lag": (now - message.createdAt) / 1000,
			},
			outcome === "dead" ? "ERROR" : "INFO",
		);
	}

	#first(id: string): Notice | undefined {
		return this.#payments.notices(id).find(({ state }) => state === "pending");
	}

	#postpone(id: string, notice: Notice, at: number): void {
		this.#tried(id, notice, "pending");
		this.#store.due.schedule("deliver", id, at);
	}

	/** The next message of the payment is due then. */
	#end(id: string, notice: Notice, state: "delivered" | "dead"): void {
		this.#tried(id, notice, state);
		this.#payments.change(id, { delivery: deliveryOf(this.#payments.notices(id)) });
		if (this.#first(id) === undefined) this.#store.due.drop(id, "deliver");
		else this.#store.due.schedule("deliver", id, Date.now());
	}

	/** All else of it stays as it is now: its amounts may have been purged while it was on its way. */
	#tried(id: string, { number }: Notice, state: Notice["state"]): void {
		const notices = this.#payments.notices(id);
		this.#payments.change(id, {
			notices: notices.map((one) => (one.number === number ? { ...one, attempts: one.attempts + 1, state } : one)),
		});
	}

	#after(position: number, limit: number): Fed[] {
		return this.#store.sql
			.exec<Fed>(`SELECT ${FED} WHERE position > ? ORDER BY position LIMIT ?`, position, limit)
			.toArray();
	}

	#at(position: number): Fed[] {
		return this.#store.sql.exec<Fed>(`SELECT ${FED} WHERE position = ?`, position).toArray();
	}

	#of(paymentId: string, after: number, limit: number): Fed[] {
		const notices = this.#payments.notices(paymentId).filter(({ position }) => position > after);
		return notices.slice(0, limit).flatMap(({ position }) => this.#at(position));
	}
}

/** As it is sent. */
function bodyOf({ body }: Fed, notice: Notice | undefined): MessageBody {
	const message = JSON.parse(body) as MessageBody;
	return { ...message, data: { ...message.data, ...notice?.amounts } };
}

/** Whether it says what to do in the books, and was not taken. */
function isNeeded({ state, effect }: Notice): boolean {
	return state !== "delivered" && state !== "none" && effect !== "none";
}

function isRevivable({ state, effect, amounts }: Notice): boolean {
	return state === "dead" || (state === "none" && (effect !== "credit" || amounts.paidAmount !== undefined));
}

/** How a payment stands with telling the merchant. */
function deliveryOf(notices: readonly Notice[]): PaymentRow["delivery"] {
	const states = notices.map(({ state }) => state);
	return (["dead", "pending", "delivered"] as const).find((state) => states.includes(state)) ?? "none";
}
