// What the merchant is to be told: each change of a payment, in one order, for as long as payments are kept. Where he has an
// endpoint it is told at least once, in order for each payment, for three days. A message is written with the change that it
// tells of; whether it can be sent is found out later, here.

import type { Env } from "../env.ts";
import type { Message as MessageBody, MessageType, RecordedMessage } from "../schemas.ts";
import { settingsOf } from "../settings.ts";
import { tell } from "../telemetry.ts";
import { deliver, retryMs, type Tried } from "./delivery.ts";
import { effectOf } from "./effects.ts";
import { type PaymentRow, type Payments, viewOf } from "./payments.ts";
import type { Store } from "./store.ts";
import type { Timeline } from "./timeline.ts";

/** A change that the merchant is to hear of. */
interface Message extends Record<string, SqlStorageValue> {
	/** Its place among the payment's messages, which rises with each change. */
	number: number;
	/** The same for each try, so that the merchant knows what he has had. */
	id: string;
	type: MessageType;
	/** JSON, as it is sent. */
	body: string;
	/** When the change was. */
	createdAt: number;
	/** How often it was tried. */
	attempts: number;
}

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
		const now = Date.now();
		const { number } = this.#store.sql
			.exec<{ number: number }>("SELECT COALESCE(MAX(number), 0) + 1 AS number FROM messages WHERE payment_id = ?", id)
			.one();
		const { delivery: _, ...data } = viewOf(row);
		const effect = effectOf(row.effects, row.standing);
		const message: MessageBody = { type, timestamp: new Date(now).toISOString(), sequence: number, effect, data };
		const body = JSON.stringify(message);
		const state = this.isWanted ? "pending" : "none";
		this.#store.sql.exec(
			"INSERT INTO messages (payment_id, number, id, type, body, created_at, state) VALUES (?, ?, ?, ?, ?, ?, ?)",
			...[id, number, `msg_${crypto.randomUUID()}`, type, body, now, state],
		);
		const delivery = state === "none" || row.delivery === "dead" ? row.delivery : state;
		// Apart, since two indices follow the one and none the other.
		if (delivery !== row.delivery) this.#payments.setDelivery(id, delivery);
		if (effect !== "none") this.#payments.setEffects(id, row.effects + 1);
		if (state === "pending") this.#store.due.scheduleOnce("deliver", id, now);
	}

	/** What the merchant was to be told after a place, in the order of the changes. */
	feed({ after, paymentId, type, limit }: FeedQuery): Feed {
		const most = type === undefined ? limit : MOST_LOOKED_AT;
		const [condition, order] = paymentId === undefined ? ["", "position"] : ["payment_id = ? AND", "number"];
		const rows = this.#store.sql
			.exec<{ position: number; id: string; type: MessageType; body: string }>(
				`SELECT position, id, type, body FROM messages WHERE ${condition} position > ? ORDER BY ${order} LIMIT ?`,
				...[...(paymentId === undefined ? [] : [paymentId]), after, most + 1],
			)
			.toArray();
		const wanted = rows.slice(0, most).filter((row) => type === undefined || row.type === type);
		const taken = wanted.slice(0, limit);
		const looked = wanted.length > limit ? taken.at(-1) : rows.slice(0, most).at(-1);
		return {
			messages: taken.map(({ position, id, body }) => ({ position, id, ...(JSON.parse(body) as MessageBody) })),
			looked: looked?.position ?? after,
			more: looked !== rows.at(-1),
		};
	}

	/** The last place that there is. */
	latest(): number {
		return this.#store.sql
			.exec<{ position: number }>("SELECT COALESCE(MAX(position), 0) AS position FROM messages")
			.one().position;
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
		const { rowsWritten } = this.#store.sql.exec(
			`UPDATE messages SET state = 'pending', attempts = 0 WHERE payment_id = ? AND (state = 'dead' OR (state = 'none'
			AND (body ->> 'effect' <> 'credit' OR body ->> '$.data.paidAmount' IS NOT NULL)))`,
			id,
		);
		if (rowsWritten === 0) return false;
		this.#store.due.schedule("deliver", id, Date.now());
		this.#payments.setDelivery(id, this.#delivery(id));
		return true;
	}

	/** One try to send the first message of a payment. It may be one too many, should the object die meanwhile. */
	async deliverNext(id: string): Promise<void> {
		const message = this.#first(id);
		const webhook = settingsOf(this.#env).merchantWebhook;
		const now = Date.now();
		if (message === undefined) {
			this.#store.commit(() => this.#store.due.drop(id, "deliver"));
		} else if (webhook.is === "on") {
			this.#settle(id, message, await deliver(webhook.value, message, this.#env));
		} else if (now - message.createdAt > LONGEST_MS) {
			this.#store.commit(() => this.#end(id, message, "dead"));
		} else {
			this.#store.due.pause("deliver", now + (webhook.is === "off" ? OFF_PAUSE_MS : UNSET_PAUSE_MS));
		}
	}

	/**
	 * Takes the amounts away, but for what is to be done in the books and was not taken. False while there is such a one. For a
	 * transaction.
	 */
	purge(id: string): boolean {
		const isDone = "(state IN ('delivered', 'none') OR COALESCE(body ->> 'effect', 'none') = 'none')";
		this.#store.sql.exec(
			`UPDATE messages SET body = json_remove(body, '$.data.amount', '$.data.paidAmount') WHERE payment_id = ?
			AND ${isDone}`,
			id,
		);
		const { left } = this.#store.sql
			.exec<{ left: number }>(`SELECT COUNT(*) AS left FROM messages WHERE payment_id = ? AND NOT ${isDone}`, id)
			.one();
		return left === 0;
	}

	#settle(id: string, message: Message, { delivered, httpStatus }: Tried): void {
		const now = Date.now();
		const attempt = message.attempts + 1;
		const pauseMs = delivered ? undefined : retryMs(attempt, Math.random());
		const outcome = delivered ? "delivered" : pauseMs === undefined ? "dead" : "failed";
		const nextAt = pauseMs === undefined ? undefined : now + pauseMs;
		this.#store.commit(() => {
			if (outcome === "failed") this.#postpone(id, message, nextAt ?? now);
			else this.#end(id, message, outcome);
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

	#first(id: string): Message | undefined {
		return this.#store.sql
			.exec<Message>(
				`SELECT number, id, type, body, created_at AS createdAt, attempts FROM messages
				WHERE payment_id = ? AND state = 'pending' ORDER BY number LIMIT 1`,
				id,
			)
			.toArray()[0];
	}

	#postpone(id: string, { number }: Message, at: number): void {
		this.#store.sql.exec(
			"UPDATE messages SET attempts = attempts + 1 WHERE payment_id = ? AND number = ?",
			...[id, number],
		);
		this.#store.due.schedule("deliver", id, at);
	}

	/** The next message of the payment is due then. */
	#end(id: string, { number }: Message, state: "delivered" | "dead"): void {
		this.#store.sql.exec(
			"UPDATE messages SET state = ?, attempts = attempts + 1 WHERE payment_id = ? AND number = ?",
			...[state, id, number],
		);
		if (this.#first(id) === undefined) this.#store.due.drop(id, "deliver");
		else this.#store.due.schedule("deliver", id, Date.now());
		this.#payments.setDelivery(id, this.#delivery(id));
	}

	/** How a payment stands with telling the merchant. */
	#delivery(id: string): PaymentRow["delivery"] {
		const states = this.#store.sql
			.exec<{ state: PaymentRow["delivery"] }>("SELECT DISTINCT state FROM messages WHERE payment_id = ?", id)
			.toArray()
			.map(({ state }) => state);
		return (["dead", "pending", "delivered"] as const).find((state) => states.includes(state)) ?? "none";
	}
}
