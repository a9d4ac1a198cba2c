// Messages to the merchant: each change of a payment, in one order, for as long as payments are kept. An endpoint gets
// each message at least once, in order for each payment, with attempts over three days. A message is written in the
// transaction of its change. Whether it can be sent is found out later, here.

import type { Env } from "../env.ts";
import type { Message as MessageBody, MessageType } from "../schemas/events.ts";
import { settingsOf } from "../settings.ts";
import { log } from "../telemetry.ts";
import type { Feed, FeedFilter } from "./api.ts";
import { type Delivered, deliver, retryDelayMs } from "./delivery.ts";
import { effectOf } from "./effects.ts";
import type { Notice, PaymentRow } from "./payment.ts";
import type { Store } from "./store.ts";
import { viewOf } from "./view.ts";

/** A row of the feed. It never changes. */
interface FeedRow extends Record<string, SqlStorageValue> {
	position: number;
	paymentId: string;
	number: number;
	/** The same for each attempt, so that the merchant recognizes a message. */
	id: string;
	type: MessageType;
	/** JSON without amounts. */
	body: string;
	/** The time of the change. */
	createdAt: number;
}

const SELECT_FEED = "position, payment_id AS paymentId, number, id, type, body, created_at AS createdAt FROM feed";

/** How many messages are scanned for those of a type. */
const MAX_SCANNED = 1_000;

/** How long deliveries are paused while the merchant's settings are wrong, and while they are missing. */
const [OFF_DELAY_MS, UNSET_DELAY_MS] = [60_000, 15 * 60_000];
/** As long as the attempts of a message last. After it a message that could not even be tried is dead too. */
const MAX_AGE_MS = 80 * 3_600_000;

export class Outbox {
	readonly #env: Env;
	readonly #store: Store;

	constructor(env: Env, store: Store) {
		this.#env = env;
		this.#store = store;
	}

	/** Whether the merchant wants messages, even where none can be sent now. */
	get isWanted(): boolean {
		return settingsOf(this.#env).merchantWebhook.is !== "unset";
	}

	/**
	 * Enqueues a message about a change of a payment, with the payment's present state and the effect, if no message
	 * before had it. For a transaction, with the change.
	 */
	enqueueMessage(id: string, type: MessageType): void {
		const row = this.#store.payments.byId(id);
		if (row === undefined) return;
		const notices = this.#store.payments.notices(id);
		const number = (notices.at(-1)?.number ?? 0) + 1;
		const now = Date.now();
		const { delivery: _, amount, paidAmount, ...data } = viewOf(row);
		const effect = effectOf(row.effects, row.current);
		const body: MessageBody = { type, timestamp: new Date(now).toISOString(), sequence: number, effect, data };
		const { position } = this.#store.sql
			.exec<{ position: number }>(
				"INSERT INTO feed (payment_id, number, id, type, body, created_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING position",
				...[id, number, `msg_${crypto.randomUUID()}`, type, JSON.stringify(body), now],
			)
			.one();
		const state = this.isWanted ? "pending" : "none";
		this.#store.payments.change(id, {
			notices: [...notices, { position, number, effect, attempts: 0, state, amounts: { amount, paidAmount } }],
			...(state === "none" || row.delivery === "dead" ? {} : { delivery: state }),
			...(effect === "none" ? {} : { effects: effect === "credit" ? 1 : 2 }),
		});
		if (state === "pending") this.#store.due.scheduleOnce("deliver", id, now);
	}

	feed({ after, paymentId, type, limit }: FeedFilter): Feed {
		const scanned = type === undefined ? limit : MAX_SCANNED;
		const rows = paymentId === undefined ? this.#after(after, scanned + 1) : this.#of(paymentId, after, scanned + 1);
		const wanted = rows.slice(0, scanned).filter((row) => type === undefined || row.type === type);
		const page = wanted.slice(0, limit);
		const looked = wanted.length > limit ? page.at(-1) : rows.slice(0, scanned).at(-1);
		const notices = new Map(page.map((row) => [row.paymentId, this.#store.payments.notices(row.paymentId)]));
		return {
			messages: page.map((row) => {
				const notice = notices.get(row.paymentId)?.find(({ number }) => number === row.number);
				return { position: row.position, id: row.id, ...bodyOf(row, notice) };
			}),
			looked: looked?.position ?? after,
			more: looked !== rows.at(-1),
		};
	}

	latest(): number {
		return this.#store.sql.exec<{ position: number }>("SELECT COALESCE(MAX(position), 0) AS position FROM feed").one()
			.position;
	}

	/** Sends a message now that waits for its next attempt. For a transaction. */
	sendNow(id: string): void {
		if (this.#first(id) !== undefined) this.#store.due.schedule("deliver", id, Date.now());
	}

	/**
	 * Has undelivered messages of a payment sent again in their order: dead ones, and those from before there was an
	 * endpoint. False where there are none. A credit from before there was an endpoint is not sent without its amount,
	 * which may be purged: it would be of no use. For a transaction.
	 */
	revive(id: string): boolean {
		const notices = this.#store.payments.notices(id);
		if (!notices.some(canResend)) return false;
		const revived = notices.map((notice) =>
			canResend(notice) ? { ...notice, state: "pending" as const, attempts: 0 } : notice,
		);
		this.#store.payments.change(id, { notices: revived, delivery: deliveryOf(revived) });
		this.#store.due.schedule("deliver", id, Date.now());
		return true;
	}

	/** One attempt to send the oldest pending message of a payment. It may be repeated if the object dies meanwhile. */
	async deliverNext(id: string): Promise<void> {
		const notice = this.#first(id);
		const [message] = notice === undefined ? [] : this.#at(notice.position);
		const webhook = settingsOf(this.#env).merchantWebhook;
		const now = Date.now();
		if (notice === undefined || message === undefined) {
			this.#store.commit(() => this.#store.due.drop(id, "deliver"));
		} else if (webhook.is === "on") {
			const body = JSON.stringify(bodyOf(message, notice));
			this.#recordAttempt(notice, message, await deliver(webhook.value, { id: message.id, body }, this.#env));
		} else if (now - message.createdAt > MAX_AGE_MS) {
			this.#store.commit(() => this.#end(id, notice, "dead"));
		} else {
			this.#store.due.pause("deliver", now + (webhook.is === "off" ? OFF_DELAY_MS : UNSET_DELAY_MS));
		}
	}

	/**
	 * Deletes the amounts of messages. False where some had to stay: undelivered messages with an effect need theirs. For
	 * a transaction.
	 */
	purge(id: string): boolean {
		const notices = this.#store.payments.notices(id);
		this.#store.payments.change(id, {
			notices: notices.map((notice) => (needsAmounts(notice) ? notice : { ...notice, amounts: {} })),
		});
		return !notices.some(needsAmounts);
	}

	#recordAttempt(notice: Notice, message: FeedRow, { delivered, httpStatus }: Delivered): void {
		const now = Date.now();
		const id = message.paymentId;
		const attempt = notice.attempts + 1;
		const delayMs = delivered ? undefined : retryDelayMs(attempt, Math.random());
		const outcome = delivered ? "delivered" : delayMs === undefined ? "dead" : "failed";
		const nextAt = delayMs === undefined ? undefined : now + delayMs;
		this.#store.commit(() => {
			if (outcome === "failed") this.#postpone(id, notice, nextAt ?? now);
			else this.#end(id, notice, outcome);
			this.#store.timeline.appendEvent(id, {
				...{ type: "delivery", message: message.id, event: message.type, attempt },
				...(httpStatus === undefined ? {} : { httpStatus }),
				outcome,
				...(nextAt === undefined ? {} : { nextAt: new Date(nextAt).toISOString() }),
			});
		});
		log(
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
		return this.#store.payments.notices(id).find(({ state }) => state === "pending");
	}

	#postpone(id: string, notice: Notice, at: number): void {
		this.#countAttempt(id, notice, "pending");
		this.#store.due.schedule("deliver", id, at);
	}

	/** Ends the attempts of a message. The payment's next message is due then. */
	#end(id: string, notice: Notice, state: "delivered" | "dead"): void {
		this.#countAttempt(id, notice, state);
		this.#store.payments.change(id, { delivery: deliveryOf(this.#store.payments.notices(id)) });
		if (this.#first(id) === undefined) this.#store.due.drop(id, "deliver");
		else this.#store.due.schedule("deliver", id, Date.now());
	}

	/** Counts an attempt. The rest of the notice is read again: its amounts may have been purged during the attempt. */
	#countAttempt(id: string, { number }: Notice, state: Notice["state"]): void {
		const notices = this.#store.payments.notices(id);
		this.#store.payments.change(id, {
			notices: notices.map((one) => (one.number === number ? { ...one, attempts: one.attempts + 1, state } : one)),
		});
	}

	#after(position: number, limit: number): FeedRow[] {
		return this.#store.sql
			.exec<FeedRow>(`SELECT ${SELECT_FEED} WHERE position > ? ORDER BY position LIMIT ?`, position, limit)
			.toArray();
	}

	#at(position: number): FeedRow[] {
		return this.#store.sql.exec<FeedRow>(`SELECT ${SELECT_FEED} WHERE position = ?`, position).toArray();
	}

	#of(paymentId: string, after: number, limit: number): FeedRow[] {
		const notices = this.#store.payments.notices(paymentId).filter(({ position }) => position > after);
		return notices.slice(0, limit).flatMap(({ position }) => this.#at(position));
	}
}

/** The body of a message as it is sent. */
function bodyOf({ body }: FeedRow, notice: Notice | undefined): MessageBody {
	const message = JSON.parse(body) as MessageBody;
	return { ...message, data: { ...message.data, ...notice?.amounts } };
}

/** Whether an undelivered message needs its amounts: it has an effect. */
function needsAmounts({ state, effect }: Notice): boolean {
	return state !== "delivered" && state !== "none" && effect !== "none";
}

function canResend({ state, effect, amounts }: Notice): boolean {
	return state === "dead" || (state === "none" && (effect !== "credit" || amounts.paidAmount !== undefined));
}

function deliveryOf(notices: readonly Notice[]): PaymentRow["delivery"] {
	const states = notices.map(({ state }) => state);
	return (["dead", "pending", "delivered"] as const).find((state) => states.includes(state)) ?? "none";
}
