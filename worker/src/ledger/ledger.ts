// The Durable Object that payments live in. It answers one idempotency key in one way, whatever dies. What it does is in the
// rooms beside it: starting a payment, watching it, telling the merchant of it, resolving what nobody knows, whose a session
// is, and on how many objects all of them agree. This ties them together.

import { DurableObject } from "cloudflare:workers";
import type { Report } from "../doctor.ts";
import type { Env } from "../env.ts";
import { ProblemError, type Reply } from "../problem.ts";
import type { CreatedPayment, PaymentView, Resolution } from "../schemas.ts";
import { needed, settingsOf } from "../settings.ts";
import { tell } from "../telemetry.ts";
import { Agreement } from "./agreement.ts";
import { Calls } from "./calls.ts";
import { Claiming } from "./claiming.ts";
import { Errands } from "./errands.ts";
import { Examining } from "./examining.ts";
import { Guarantees } from "./guarantees.ts";
import type { Filter, Listed } from "./lists.ts";
import { type Feed, type FeedQuery, Outbox } from "./outbox.ts";
import type { Happened, PaymentRow } from "./payment.ts";
import type { Payments } from "./payments.ts";
import { notPossible, reply } from "./problems.ts";
import { purge, purgeLate } from "./purging.ts";
import { Resolving } from "./resolving.ts";
import { type Claimed, Sessions } from "./sessions.ts";
import type { Claim } from "./shards.ts";
import type { Told } from "./standing.ts";
import { type Ask, replay, Starting } from "./starting.ts";
import { Store } from "./store.ts";
import { Timeline } from "./timeline.ts";
import { viewOf } from "./view.ts";
import { Watching } from "./watching.ts";

/** Of a payment, until nobody may ask for another one: its row has room for some more. */
const MOST_MESSAGES = 1_000;
/** Payments that one object starts at once; more are told to come back. */
const MOST_AT_ONCE = 128;

export class Ledger extends DurableObject<Env> {
	readonly #store: Store;
	readonly #payments: Payments;
	readonly #timeline: Timeline;
	readonly #outbox: Outbox;
	readonly #sessions: Sessions;
	readonly #agreement: Agreement;
	readonly #calls: Calls;
	readonly #starting: Starting;
	readonly #watching: Watching;
	readonly #resolving: Resolving;
	readonly #guarantees: Guarantees;
	readonly #errands: Errands;
	readonly #examining: Examining;

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		const store = new Store(ctx.storage);
		const { payments } = store;
		const timeline = new Timeline(payments);
		const outbox = new Outbox(env, store, payments, timeline);
		const calls = new Calls(env);
		const watching = new Watching(env, store, payments, timeline, outbox, calls);
		this.#store = store;
		this.#payments = payments;
		this.#timeline = timeline;
		this.#outbox = outbox;
		this.#calls = calls;
		this.#watching = watching;
		this.#sessions = new Sessions(store);
		this.#agreement = new Agreement(env, ctx.storage.sql, ctx.id);
		this.#starting = new Starting(env, store, payments, timeline, outbox, calls);
		this.#resolving = new Resolving(env, store, payments, timeline, outbox, watching);
		this.#guarantees = new Guarantees(env, store, payments, timeline, outbox, calls, watching);
		this.#examining = new Examining(env);
		const claiming = new Claiming(env, store, calls, watching, (id, told) => this.#take(id, told));
		const rooms = { payments, timeline, outbox };
		this.#errands = new Errands(store, {
			interrupted: (id) => this.#starting.giveUp(id),
			hinted: (id) => watching.readHinted(id),
			claim: () => claiming.run(),
			decide: (id) => this.#guarantees.decideByPolicy(id),
			read: (id) => watching.poll(id),
			deliver: (id) => outbox.deliverNext(id),
			purge: (id) => (id === "" ? purge(env, store, rooms) : purgeLate(id, env, store, rooms)),
			forget: () => this.#sessions.forgetUnclaimed(Date.now()),
		});
		if (store.refusal !== undefined) return;
		// Whatever ran in the memory of another object runs no more.
		for (const id of payments.underWay()) this.#giveUp(id);
		ctx.blockConcurrencyWhile(() => store.recallAlarm());
	}

	/** Asks Flinks for a payment, or answers as the key was answered before. */
	create(asked: Ask): Promise<Reply<{ payment: CreatedPayment; replayed: boolean }>> {
		return this.#reply(async () => {
			await this.#agreement.check({ establish: true });
			const known = this.#starting.known(asked.keyHash);
			if (known) return { payment: replay(known, asked), replayed: true };
			if (this.#calls.count >= MOST_AT_ONCE) throw overloaded();
			const pay = this.#calls.client("payments");
			const started = this.#starting.start(asked, pay);
			// A merchant who hangs up must not end the sequence halfway. The next payment finds tokens ready; without payments
			// nobody fetches any.
			const { warmTokens = 0 } = needed(settingsOf(this.env).client);
			const warmed = started.then(() => (warmTokens > 0 ? pay.warm() : undefined));
			this.ctx.waitUntil(warmed.catch(() => {}));
			return { payment: await started, replayed: false };
		});
	}

	/** What a key was answered before, where it was used. */
	replay(asked: Pick<Ask, "keyHash" | "fingerprints">): Promise<Reply<CreatedPayment | null>> {
		return this.#reply(async () => {
			await this.#agreement.check({ establish: false });
			const known = this.#starting.known(asked.keyHash);
			return known ? replay(known, asked) : null;
		});
	}

	/** The number of objects that this one was told first, where it was told; the first object is the one that all ask. */
	agreedShards(establish: number | undefined): Promise<Reply<{ shards?: number }>> {
		return this.#reply(() => {
			const shards = this.#agreement.agreed(establish);
			return shards === undefined ? {} : { shards };
		});
	}

	/** One payment, after a question to Flinks where the last is old enough. */
	read(id: string): Promise<Reply<PaymentView>> {
		return this.#about(id, (row) => this.#watching.refresh(row));
	}

	/** Asks Flinks to end a payment. */
	cancel(id: string, by: string): Promise<Reply<PaymentView>> {
		return this.#about(id, async (row) => {
			if (!/^Cancell?ed$/.test(row.standing?.status ?? "")) await this.#watching.cancel(row, by);
		});
	}

	/** Tells Flinks whether a guarantee is accepted. */
	decide(id: string, accepted: boolean, by: string): Promise<Reply<PaymentView>> {
		return this.#about(id, (row) => this.#guarantees.decide(row, accepted, by));
	}

	/** Writes down what the operator has found of an unknown payment. It frees nothing: the key's answer stays. */
	resolve(id: string, resolution: Resolution, by: string): Promise<Reply<PaymentView>> {
		return this.#about(id, (row) => this.#resolving.resolve(row, resolution, by));
	}

	/** Sends what the merchant did not take once more, or tells him how the payment stands now. */
	resend(id: string, by: string): Promise<Reply<PaymentView>> {
		return this.#about(id, (row) => {
			if (!this.#outbox.isWanted) throw notPossible(row, "MERCHANT_WEBHOOK_URL is not set.");
			this.#store.commit(() => {
				this.#timeline.appendEvent(id, { type: "resend", by });
				if (!this.#outbox.revive(id)) this.#tellAgain(row);
				this.#outbox.hurry(id);
			});
		});
	}

	/** The newest first. */
	list(filter: Filter): Promise<Reply<Listed>> {
		return this.#reply(async () => {
			await this.#agreement.check({ establish: false });
			// One more than is asked for tells whether there is more.
			const rows = this.#payments.list({ ...filter, limit: filter.limit + 1 });
			const asked = rows.slice(0, filter.limit);
			const last = asked.at(-1);
			return {
				payments: asked.flatMap((row) => this.#starting.settled(row) ?? []).map(viewOf),
				looked: last && { createdAt: last.createdAt, id: last.id },
				more: rows.length > asked.length,
			};
		});
	}

	/** All that happened to a payment, the oldest first. */
	events(id: string): Promise<Reply<readonly Happened[]>> {
		return this.#reply(async () => {
			await this.#agreement.check({ establish: false });
			return this.#timeline.of(this.#find(id).id);
		});
	}

	/** What the merchant was to be told after a place, in the order of the changes. */
	feed(query: FeedQuery): Promise<Reply<Feed>> {
		return this.#reply(async () => {
			await this.#agreement.check({ establish: false });
			return this.#outbox.feed(query);
		});
	}

	/** The place of the last message of this object. */
	latest(): Promise<Reply<{ position: number }>> {
		return this.#reply(async () => {
			await this.#agreement.check({ establish: false });
			return { position: this.#outbox.latest() };
		});
	}

	/** The payment that a webhook is about, as the home of its session knows it; else the webhook is kept there. */
	receiveWebhook(sessionId: string, told: Told): Promise<Reply<{ id?: string }>> {
		return this.#reply(async () => {
			await this.#agreement.check({ establish: false });
			const id = this.#sessions.receive(sessionId, told);
			return id === undefined ? {} : { id };
		});
	}

	/** Records a webhook about a payment of this object, and has its status read. */
	takeWebhook(id: string, told: Told): Promise<Reply<object>> {
		return this.#reply(async () => {
			await this.#agreement.check({ establish: false });
			this.#take(this.#find(id).id, told);
			return {};
		});
	}

	/** Makes ids of Flinks' payments', here in the ids' home. */
	claimAll(claims: readonly Claim[]): Promise<Reply<Claimed[]>> {
		return this.#reply(async () => {
			await this.#agreement.check({ establish: true });
			return this.#sessions.claimAll(claims);
		});
	}

	/** Whether an id of Flinks' that another payment claims is this one's. */
	has(id: string, flinksId: string): Promise<Reply<{ has: boolean }>> {
		return reply(() => ({ has: this.#resolving.has(id, flinksId) }));
	}

	release(flinksId: string, paymentId: string): Promise<Reply<object>> {
		return this.#reply(() => {
			this.#sessions.release(flinksId, paymentId);
			return {};
		});
	}

	/** Asks Flinks which settings it wants. */
	examine(): Promise<Reply<Report>> {
		return reply(() => this.#examining.run());
	}

	override async alarm(info?: AlarmInvocationInfo): Promise<void> {
		try {
			if (this.#store.refusal !== undefined) return this.#postpone(this.#store.refusal);
			this.#store.alarmRings(info?.isRetry ?? false);
			await this.#errands.run();
			this.#store.alarmRang();
		} catch (error) {
			// Thrown, it would count as a failed alarm, and after some of those none rings any more.
			tell("flinkspay.alarm.failed", { "error.type": error instanceof Error ? error.name : "unknown" }, "ERROR");
		}
	}

	/** What is due is for a newer version to do. */
	#postpone({ code }: ProblemError): void {
		this.#store.postponeAlarm();
		tell("flinkspay.alarm.failed", { "error.type": code }, "ERROR");
	}

	/** Answers a call, unless the storage is a newer version's. */
	#reply<T>(work: () => Promise<T> | T): Promise<Reply<T>> {
		return reply(() => {
			if (this.#store.refusal !== undefined) throw this.#store.refusal;
			return work();
		});
	}

	/** What is done to a payment, and how it stands then. */
	#about(id: string, work: (row: PaymentRow) => Promise<void> | void): Promise<Reply<PaymentView>> {
		return this.#reply(async () => {
			await this.#agreement.check({ establish: false });
			await work(this.#find(id));
			return viewOf(this.#find(id));
		});
	}

	/** For a transaction. */
	#tellAgain(row: PaymentRow): void {
		if (this.#payments.notices(row.id).length >= MOST_MESSAGES) {
			throw notPossible(row, `It has ${MOST_MESSAGES} messages already: GET /events has them all.`);
		}
		this.#outbox.enqueueMessage(row.id, "payment.updated");
	}

	#find(id: string): PaymentRow {
		const row = this.#starting.byId(id);
		if (!row) throw new ProblemError("not_found", { id });
		return row;
	}

	/** One that cannot be given up now is due, which no row says, and must not keep the object from starting. */
	#giveUp(id: string): void {
		try {
			this.#starting.giveUp(id);
		} catch {
			this.#store.commit(() => this.#store.due.schedule("interrupted", id, Date.now()));
		}
	}

	#take(id: string, told: Told): void {
		if ("event" in told) this.#guarantees.take(id, told.event);
		else this.#watching.hint(id, told);
	}
}

function overloaded(): ProblemError {
	return new ProblemError("overloaded", { headers: { "Retry-After": "1" } });
}
