// The Durable Object that stores payments. It answers one idempotency key in one way, whatever dies. This file ties the
// parts beside it together: starting a payment, watching its status, messages to the merchant, resolutions, the owners of
// Flinks' ids, and the number of objects.

import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { ProblemError, type Reply } from "../problem.ts";
import type { CheckReport } from "../schemas/configuration.ts";
import type { CreatedPayment, PaymentView, Resolution } from "../schemas/payment.ts";
import { needed, settingsOf } from "../settings.ts";
import { errorName, log } from "../telemetry.ts";
import type {
	Claim,
	ClaimResult,
	CreateRequest,
	Feed,
	FeedFilter,
	LedgerApi,
	PaymentFilter,
	PaymentList,
} from "./api.ts";
import { Calls } from "./calls.ts";
import { Claims } from "./claims.ts";
import { Guarantees } from "./guarantees.ts";
import { Jobs } from "./jobs.ts";
import { Outbox } from "./outbox.ts";
import { Owners } from "./owners.ts";
import type { PaymentRow, StoredEvent } from "./payment.ts";
import { notFound, notPossible, reply } from "./problems.ts";
import { purge, purgePayment } from "./purging.ts";
import { Resolving } from "./resolving.ts";
import { SettingsCheck } from "./settings-check.ts";
import { ShardCount } from "./shard-count.ts";
import { replay, Starting } from "./starting.ts";
import type { WebhookContent } from "./status.ts";
import { Store } from "./store.ts";
import { viewOf } from "./view.ts";
import { Watching } from "./watching.ts";

/** A payment's messages after which `resend` makes no new one. Its row has room for more. */
const MAX_MESSAGES = 1_000;
/** Payments that one object starts at the same time. Further ones are answered `overloaded`. */
const MAX_CONCURRENT = 128;

export class Ledger extends DurableObject<Env> implements LedgerApi {
	readonly #store: Store;
	readonly #outbox: Outbox;
	readonly #owners: Owners;
	readonly #shardCount: ShardCount;
	readonly #calls: Calls;
	readonly #starting: Starting;
	readonly #watching: Watching;
	readonly #resolving: Resolving;
	readonly #guarantees: Guarantees;
	readonly #jobs: Jobs;
	readonly #settingsCheck: SettingsCheck;

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		const store = new Store(ctx.storage);
		const outbox = new Outbox(env, store);
		const calls = new Calls(env);
		const watching = new Watching(env, store, outbox, calls);
		this.#store = store;
		this.#outbox = outbox;
		this.#calls = calls;
		this.#watching = watching;
		this.#owners = new Owners(store);
		this.#shardCount = new ShardCount(env, ctx.storage.sql, ctx.id);
		this.#starting = new Starting(env, store, outbox, calls);
		this.#resolving = new Resolving(env, store, outbox, watching);
		this.#guarantees = new Guarantees(env, store, outbox, calls, watching);
		this.#settingsCheck = new SettingsCheck(env);
		const claims = new Claims(env, store, calls, watching, (id, content) => this.#takeWebhook(id, content));
		this.#jobs = new Jobs(store, {
			interrupted: (id) => this.#starting.giveUp(id),
			hinted: (id) => watching.readHinted(id),
			claim: () => claims.run(),
			decide: (id) => this.#guarantees.decideByPolicy(id),
			read: (id) => watching.poll(id),
			deliver: (id) => outbox.deliverNext(id),
			purge: (id) => (id === "" ? purge(env, store, outbox) : purgePayment(id, env, store, outbox)),
			forget: () => this.#owners.forgetUnclaimed(Date.now()),
		});
		if (store.refusal !== undefined) return;
		// The calls of the object before this one do not run any more.
		for (const id of store.payments.underWay()) this.#giveUp(id);
		ctx.blockConcurrencyWhile(() => store.loadAlarm());
	}

	create(request: CreateRequest): Promise<Reply<{ payment: CreatedPayment; replayed: boolean }>> {
		const work = async () => {
			const known = this.#starting.known(request.keyHash);
			if (known) return { payment: replay(known, request), replayed: true };
			if (this.#calls.count >= MAX_CONCURRENT)
				throw new ProblemError("overloaded", { headers: { "Retry-After": "1" } });
			const pay = this.#calls.client("payments");
			const started = this.#starting.start(request, pay);
			// A merchant who hangs up must not end the sequence halfway. Tokens are fetched after a payment, so that the
			// next one finds them ready and no tokens are fetched without payments.
			const { warmTokens = 0 } = needed(settingsOf(this.env).client);
			const warmed = started.then(() => (warmTokens > 0 ? pay.warm() : undefined));
			this.ctx.waitUntil(warmed.catch(() => {}));
			return { payment: await started, replayed: false };
		};
		return this.#reply(work, { establish: true });
	}

	replay(request: Pick<CreateRequest, "keyHash" | "fingerprints">): Promise<Reply<CreatedPayment | null>> {
		return this.#reply(() => {
			const known = this.#starting.known(request.keyHash);
			return known ? replay(known, request) : null;
		});
	}

	agreedShards(establish: number | undefined): Promise<Reply<{ shards?: number }>> {
		return this.#replyUnchecked(() => {
			const shards = this.#shardCount.agreed(establish);
			return shards === undefined ? {} : { shards };
		});
	}

	read(id: string): Promise<Reply<PaymentView>> {
		return this.#about(id, (row) => this.#watching.refresh(row));
	}

	cancel(id: string, by: string): Promise<Reply<PaymentView>> {
		return this.#about(id, async (row) => {
			if (!/^Cancell?ed$/.test(row.current?.status ?? "")) await this.#watching.cancel(row, by);
		});
	}

	decide(id: string, accepted: boolean, by: string): Promise<Reply<PaymentView>> {
		return this.#about(id, (row) => this.#guarantees.decide(row, accepted, by));
	}

	resolve(id: string, resolution: Resolution, by: string): Promise<Reply<PaymentView>> {
		return this.#about(id, (row) => this.#resolving.resolve(row, resolution, by));
	}

	resend(id: string, by: string): Promise<Reply<PaymentView>> {
		return this.#about(id, (row) => {
			if (!this.#outbox.isWanted)
				throw notPossible(row, "No message can be sent: MERCHANT_WEBHOOK_URL is not set. Set it first.");
			this.#store.commit(() => {
				this.#store.timeline.appendEvent(id, { type: "resend", by });
				if (!this.#outbox.revive(id)) this.#enqueuePresentState(row);
				this.#outbox.sendNow(id);
			});
		});
	}

	list(filter: PaymentFilter): Promise<Reply<PaymentList>> {
		return this.#reply(() => {
			// One more than the limit shows whether there are more.
			const rows = this.#store.payments.list({ ...filter, limit: filter.limit + 1 });
			const page = rows.slice(0, filter.limit);
			const last = page.at(-1);
			return {
				payments: page.flatMap((row) => this.#starting.endLostCall(row) ?? []).map(viewOf),
				looked: last && { createdAt: last.createdAt, id: last.id },
				more: rows.length > page.length,
			};
		});
	}

	events(id: string): Promise<Reply<readonly StoredEvent[]>> {
		return this.#reply(() => this.#store.timeline.of(this.#find(id).id));
	}

	feed(filter: FeedFilter): Promise<Reply<Feed>> {
		return this.#reply(() => this.#outbox.feed(filter));
	}

	latest(): Promise<Reply<{ position: number }>> {
		return this.#reply(() => ({ position: this.#outbox.latest() }));
	}

	receiveWebhook(sessionId: string, content: WebhookContent): Promise<Reply<{ id?: string }>> {
		return this.#reply(() => {
			const id = this.#owners.receive(sessionId, content);
			return id === undefined ? {} : { id };
		});
	}

	takeWebhook(id: string, content: WebhookContent): Promise<Reply<object>> {
		return this.#reply(() => {
			this.#takeWebhook(this.#find(id).id, content);
			return {};
		});
	}

	claimAll(claims: readonly Claim[]): Promise<Reply<ClaimResult[]>> {
		return this.#reply(() => this.#owners.claimAll(claims), { establish: true });
	}

	has(id: string, flinksId: string): Promise<Reply<{ has: boolean }>> {
		return reply(() => ({ has: this.#resolving.has(id, flinksId) }));
	}

	release(flinksId: string, paymentId: string): Promise<Reply<object>> {
		return this.#replyUnchecked(() => {
			this.#owners.release(flinksId, paymentId);
			return {};
		});
	}

	checkSettings(): Promise<Reply<CheckReport>> {
		return reply(() => this.#settingsCheck.run());
	}

	override async alarm(info?: AlarmInvocationInfo): Promise<void> {
		try {
			if (this.#store.refusal !== undefined) {
				// The storage belongs to a newer version, which has to do the work that is due.
				this.#store.postponeAlarm();
				return log("flinkspay.alarm.failed", { "error.type": this.#store.refusal.code }, "ERROR");
			}
			this.#store.alarmStarted(info?.isRetry ?? false);
			await this.#jobs.run();
			this.#store.alarmEnded();
		} catch (error) {
			// An alarm that throws counts as failed, and after some failures the platform rings none any more.
			log("flinkspay.alarm.failed", { "error.type": errorName(error) }, "ERROR");
		}
	}

	/** Runs a call, unless LEDGER_SHARDS was changed or a newer version owns the storage. */
	#reply<T>(work: () => Promise<T> | T, { establish } = { establish: false }): Promise<Reply<T>> {
		return this.#replyUnchecked(async () => {
			await this.#shardCount.check({ establish });
			return work();
		});
	}

	/** The same without the check of LEDGER_SHARDS. */
	#replyUnchecked<T>(work: () => Promise<T> | T): Promise<Reply<T>> {
		return reply(() => {
			if (this.#store.refusal !== undefined) throw this.#store.refusal;
			return work();
		});
	}

	/** Runs a call about one payment, and gives its view afterwards. */
	#about(id: string, work: (row: PaymentRow) => Promise<void> | void): Promise<Reply<PaymentView>> {
		return this.#reply(async () => {
			await work(this.#find(id));
			return viewOf(this.#find(id));
		});
	}

	/** For a transaction. Enqueues a message that no change has caused. */
	#enqueuePresentState(row: PaymentRow): void {
		if (this.#store.payments.notices(row.id).length >= MAX_MESSAGES) {
			throw notPossible(
				row,
				`The payment has ${MAX_MESSAGES} messages, the most it may have. Read them at GET /events.`,
			);
		}
		this.#outbox.enqueueMessage(row.id, "payment.updated");
	}

	#find(id: string): PaymentRow {
		const row = this.#starting.byId(id);
		if (!row) throw notFound(id);
		return row;
	}

	/** A call that cannot be given up now becomes a job, so that the object starts all the same. */
	#giveUp(id: string): void {
		try {
			this.#starting.giveUp(id);
		} catch {
			this.#store.commit(() => this.#store.due.schedule("interrupted", id, Date.now()));
		}
	}

	#takeWebhook(id: string, content: WebhookContent): void {
		if ("event" in content) this.#guarantees.take(id, content.event);
		else this.#watching.hint(id, content);
	}
}
