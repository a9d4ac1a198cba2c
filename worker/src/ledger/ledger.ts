// The Durable Object that payments live in. It answers one idempotency key in one way, whatever dies: each step is
// written down before it is sent (a Durable Object holds a request back until the writes before it are durable), and a
// step that was sent and whose answer is not written down is `unknown`, never sent again.

import { DurableObject } from "cloudflare:workers";
import { type AttemptEvent, type FlinksPay, FlinksPayError } from "flinkspay-edge";
import { merchantWebhookOf, newClient, settingsOf } from "../config.ts";
import type { Env } from "../env.ts";
import { type Facts, misconfigured, ProblemError, type Reply } from "../problem.ts";
import type { CreatedPayment, MessageType, PaymentEvent, PaymentParams, PaymentView, Resolution } from "../schemas.ts";
import { tell } from "../telemetry.ts";
import { fromClient } from "../upstream.ts";
import { bodyOf, deliver, type Message, retryMs } from "./deliveries.ts";
import { cancel, read, start } from "./products.ts";
import { type Answer, type Filter, type PaymentRow, Rows } from "./rows.ts";
import { hash, ledgerOf, shardOf } from "./shards.ts";
import { advance, INITIATED, pauseMs, type Standing, type StatusRead } from "./standing.ts";

/** A payment that is asked for. */
export interface Ask {
	keyHash: string;
	fingerprint: string;
	/** Whose hash the key has: which of the objects this is. */
	shard: number;
	params: PaymentParams;
	/** The X-Request-Id of the answer. */
	instance: string;
}

/** What a webhook said. */
export interface Hint {
	sessionId: string;
	status: string;
	statusDetails?: string | undefined;
}

/** Payments that one object starts at once; more are told to come back. */
const MOST_AT_ONCE = 128;
/** What one alarm attends to, and how much of each at once: a Worker may have six connections open. */
const [PAYMENTS_AN_ALARM, MESSAGES_AN_ALARM, ALARM_WIDTH] = [64, 24, 3];
/** Flinks asks to be asked no more often. */
const READ_INTERVAL_MS = 30_000;
/** How much longer than its deadline a call may take before nobody believes in it. */
const GRACE_MS = 5_000;
const HOUR_MS = 3_600_000;

const NOT_STARTED: Standing = { ...INITIATED, status: "rejected", final: true };
const UNKNOWN: Standing = { ...INITIATED, status: "unknown" };
const NOT_CREATED: Standing = { ...INITIATED, status: "not_created", final: true };

export class Ledger extends DurableObject<Env> {
	readonly #rows: Rows;
	/** The payments that a call runs for in this object's memory, and when nobody believes in it any more. */
	readonly #live = new Map<string, number>();
	#clients: { payments: FlinksPay; reads: FlinksPay } | undefined;
	#alarmAt: number | null = null;

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		this.#rows = new Rows(ctx.storage.sql);
		// Whatever ran in the memory of another object runs no more.
		for (const row of this.#rows.interrupted()) this.#giveUp(row);
		ctx.blockConcurrencyWhile(async () => {
			this.#alarmAt = await ctx.storage.getAlarm();
			await this.#ring();
		});
	}

	/** Asks Flinks for a payment, or answers as the key was answered before. */
	create(ask: Ask): Promise<Reply<{ payment: CreatedPayment; replayed: boolean }>> {
		return reply(async () => {
			await this.#agree(ask.shard);
			const known = this.#settled(this.#rows.byKey(ask.keyHash));
			if (known) return { payment: again(known, ask), replayed: true };
			if (this.#live.size >= MOST_AT_ONCE) throw overloaded();
			return { payment: await this.#start(ask, this.#client("payments")), replayed: false };
		});
	}

	/** The number of objects that this one was told first. The first object is the one that all others ask. */
	async agreedShards(shards: number): Promise<number> {
		const agreed = this.#rows.shards();
		if (agreed === undefined) this.#rows.setShards(shards);
		return agreed ?? shards;
	}

	/** One payment, after a question to Flinks where the last is old enough. */
	read(id: string): Promise<Reply<PaymentView>> {
		return reply(async () => {
			const row = this.#find(id);
			// A clock may be set back.
			const isFresh = row.readAt !== null && Math.abs(Date.now() - row.readAt) < READ_INTERVAL_MS;
			if (row.state === "created" && !row.standing.final && !isFresh) await this.#read(row);
			return view(this.#find(id));
		});
	}

	/** Asks Flinks to end a payment. */
	cancel(id: string, by: string): Promise<Reply<PaymentView>> {
		return reply(async () => {
			const row = this.#find(id);
			if (/^Cancell?ed$/.test(row.standing.status)) return view(row);
			if (row.state !== "created" || row.standing.final) {
				throw notPossible(row, "Only a payment that the payor can still make can be cancelled.");
			}
			if (this.#live.has(id)) throw inProgress(row);
			await this.#cancel(row, by);
			await this.#read(row).catch(() => {});
			return view(this.#find(id));
		});
	}

	/** Writes down what the operator has found of an unknown payment. It frees nothing: the key's answer stays. */
	resolve(id: string, resolution: Resolution, by: string): Promise<Reply<PaymentView>> {
		return reply(async () => {
			const row = this.#find(id);
			const before = this.#rows.events(id).find((event) => event.type === "resolution");
			if (before) {
				if (isSame(resolution, before)) return view(row);
				throw notPossible(row, "It was resolved before, and otherwise.");
			}
			if (row.state !== "unknown") throw notPossible(row, "Only an unknown payment can be resolved.");
			const { outcome, ...ids } = resolution;
			const isCreated = outcome === "created";
			if (isCreated && (row.product === "interac" ? !ids.requestId : !ids.sessionId)) {
				const field = row.product === "interac" ? "requestId" : "sessionId";
				throw new ProblemError("invalid_input", { field, id, detail: `The ${field} that Flinks has is needed.` });
			}
			const dueAt = isCreated ? Date.now() : this.#purgeAt();
			this.#rows.resolve(id, outcome, isCreated ? INITIATED : NOT_CREATED, ids, dueAt);
			this.#note(id, { type: "resolution", ...resolution, by });
			this.#tell(id, "payment.resolved");
			this.#introduce(ids.sessionId, id);
			await this.#ring();
			return view(this.#find(id));
		});
	}

	/** Sends what the merchant did not take once more, or tells him how the payment stands now. */
	resend(id: string, by: string): Promise<Reply<PaymentView>> {
		return reply(async () => {
			const row = this.#find(id);
			if (!merchantWebhookOf(this.env)) throw notPossible(row, "MERCHANT_WEBHOOK_URL is not set.");
			this.#note(id, { type: "resend", by });
			if (!this.#rows.reviveMessages(id, Date.now())) this.#tell(id, "payment.updated");
			await this.#ring();
			return view(this.#find(id));
		});
	}

	/** The newest first. */
	async list(filter: Filter): Promise<Reply<PaymentView[]>> {
		return reply(async () => {
			// Among fewer objects, payments would be missing without a word.
			this.#sameShards(this.#rows.shards());
			return this.#rows
				.list(filter)
				.flatMap((row) => this.#settled(row) ?? [])
				.map(view);
		});
	}

	/** All that happened to a payment, the oldest first. */
	events(id: string): Promise<Reply<(PaymentEvent & { at: number })[]>> {
		return reply(async () => this.#rows.events(this.#find(id).id));
	}

	/** Writes a webhook down and gives the id of the payment that it is about, where that is known and it is new. */
	async addWebhook({ sessionId, status, statusDetails = "" }: Hint): Promise<Reply<{ id?: string }>> {
		return reply(async () => {
			const isNew = this.#rows.addWebhook(sessionId, status, statusDetails, Date.now());
			const id = isNew ? this.#rows.paymentOf(sessionId) : undefined;
			return id === undefined ? {} : { id };
		});
	}

	/** Remembers whose session it is; true where a webhook about it came before. */
	async addSession(sessionId: string, id: string): Promise<boolean> {
		return this.#rows.addSession(sessionId, id);
	}

	/** A webhook is a hint to read now, and no more than that. */
	hint(id: string, { status, statusDetails }: Omit<Hint, "sessionId">): Promise<Reply<object>> {
		return reply(async () => {
			const row = this.#find(id);
			this.#note(id, { type: "webhook", status, ...(statusDetails === undefined ? {} : { statusDetails }) });
			await this.#hurry(row);
			return {};
		});
	}

	override async alarm(): Promise<void> {
		this.#alarmAt = null;
		const now = Date.now();
		await Promise.all([
			eachOf(this.#rows.due(now, PAYMENTS_AN_ALARM), (row) => this.#attend(row.id)),
			eachOf(this.#rows.dueMessages(now, MESSAGES_AN_ALARM), (message) => this.#deliver(message)),
		]);
		await this.#ring();
	}

	/** With another number of objects a key would lead to another one, and could start a second payment. */
	async #agree(shard: number): Promise<void> {
		const shards = this.#setting("shards");
		if (this.#rows.shards() === undefined && shard !== 0) {
			await this.agreedShards(await ledgerOf(this.env, 0).agreedShards(shards));
		}
		this.#sameShards(await this.agreedShards(shards));
	}

	#sameShards(agreed: number | undefined): void {
		if (agreed !== undefined && agreed !== this.#setting("shards")) {
			throw misconfigured("LEDGER_SHARDS", "cannot change once there is a payment");
		}
	}

	async #start(ask: Ask, pay: FlinksPay): Promise<CreatedPayment> {
		const { keyHash, fingerprint, instance, params } = ask;
		const { product = "interac", referenceId, amount = null } = params;
		const now = Date.now();
		const believedUntil = now + this.#deadlineMs() + GRACE_MS;
		const id = `${ask.shard}-${crypto.randomUUID()}`;
		const row = { id, keyHash, fingerprint, instance, product, referenceId, amount, createdAt: now };
		this.#rows.add({ ...row, dueAt: believedUntil });
		this.#live.set(id, believedUntil);
		// The object must wake should it die with the payment under way. Nothing leaves before this is written.
		await this.#ring();
		const started = this.#run(id, params, pay).finally(() => this.#live.delete(id));
		// A merchant who hangs up must not end the sequence halfway. The next payment finds tokens ready; without payments
		// nobody fetches any.
		this.ctx.waitUntil(started.then(() => pay.warm()).catch(() => {}));
		return started;
	}

	async #run(id: string, params: PaymentParams, pay: FlinksPay): Promise<CreatedPayment> {
		const about = { id, referenceId: params.referenceId };
		let seen: string | undefined;
		try {
			const started = await start(pay, params, {
				beforeSend: ({ stage, sessionId }) => {
					seen = sessionId;
					// After the clock had jumped, say, and the key's callers were told so: then it must not leave.
					if (stage !== "authorize" && !this.#rows.markSent(id, sessionId)) throw new Error("given up");
				},
				onEvent: (event) => this.#note(id, attempted(event)),
			});
			const { sessionId, requestId } = started;
			const created = { ...about, ...started, status: INITIATED.status };
			const dueAt = Date.now() + pauseMs(0, Math.random());
			const row = { state: "created" as const, answer: { created }, standing: INITIATED, sessionId, requestId, dueAt };
			return this.#settle(id, row, { type: "outcome", outcome: "created" });
		} catch (error) {
			const problem = fromClient(error, about);
			const sessionId = (error instanceof FlinksPayError ? error.sessionId : undefined) ?? seen;
			return this.#fail(id, problem, sessionId);
		} finally {
			await this.#ring();
		}
	}

	/** A failure before anything had left that could create a payment is as if nobody had asked. */
	#fail(id: string, problem: ProblemError, sessionId: string | undefined): CreatedPayment {
		const row = this.#rows.byId(id);
		// It was given up and forgotten, and the key may have run again.
		if (!row) throw inProgress({ referenceId: problem.facts.referenceId });
		if (row.state === "starting") {
			this.#rows.forget(id);
			delete problem.facts.id;
			throw problem;
		}
		const { code, facts } = problem;
		const isUnknown = facts.outcome === "unknown";
		const answer = { problem: { code, facts: { ...facts, instance: row.instance } } };
		const state = isUnknown ? ("unknown" as const) : ("rejected" as const);
		const standing = isUnknown ? UNKNOWN : NOT_STARTED;
		const settled = { state, answer, standing, sessionId, dueAt: this.#purgeAt() };
		return this.#settle(id, settled, { type: "outcome", outcome: state, code });
	}

	/** Writes down what became of a call, unless nobody believed in it any more; then what was said stands. */
	#settle(id: string, settled: Parameters<Rows["settle"]>[1], event: PaymentEvent): CreatedPayment {
		const { sessionId, requestId } = settled;
		if (!this.#rows.settle(id, settled)) {
			this.#note(id, { type: "late_answer", ...(sessionId ? { sessionId } : {}), ...(requestId ? { requestId } : {}) });
			return unwrap(this.#find(id).answer);
		}
		this.#note(id, event);
		this.#countStart(id, settled);
		this.#tell(id, `payment.${settled.state}` as MessageType);
		this.#introduce(sessionId, id);
		return unwrap(settled.answer);
	}

	#countStart(id: string, { state, answer }: Pick<PaymentRow, "state" | "answer">): void {
		tell(
			"flinkspay.payment.started",
			{
				"flinkspay.product": this.#rows.byId(id)?.product ?? "",
				"flinkspay.outcome": state,
				...(answer && "problem" in answer ? { "error.type": answer.problem.code } : {}),
			},
			state === "unknown" ? "WARN" : "INFO",
		);
	}

	/**
	 * Tells the object that the session's hash leads to whose it is, so that webhooks find the payment. Nobody waits for
	 * it: where it fails, the alarm finds out what a webhook would have said.
	 */
	#introduce(sessionId: string | undefined, id: string): void {
		if (sessionId === undefined) return;
		const introduce = async () => {
			const home = ledgerOf(this.env, shardOf(this.env, await hash(sessionId)));
			if (await home.addSession(sessionId, id)) await this.#hurry(this.#find(id));
		};
		this.ctx.waitUntil(introduce().catch(() => {}));
	}

	async #cancel(row: PaymentRow, by: string): Promise<void> {
		const { id, referenceId } = row;
		const pay = this.#client("reads");
		this.#live.set(id, Date.now() + this.#deadlineMs() + GRACE_MS);
		this.#note(id, { type: "cancel", by });
		// Written first: however it ends, and should the object die meanwhile, the alarm looks what has become of it.
		await this.#hurry(row);
		try {
			await cancel(pay, row, { onEvent: (event) => this.#note(id, attempted(event)) });
		} catch (error) {
			throw fromClient(error, { id, referenceId });
		} finally {
			this.#live.delete(id);
		}
	}

	/** Asks Flinks how a payment stands. */
	async #read(row: PaymentRow): Promise<void> {
		const { id, referenceId } = row;
		// Written first: however it ends, nobody asks again at once.
		this.#rows.setReadAt(id, Date.now());
		try {
			this.#learn(id, await read(this.#client("reads"), row, { onEvent: (event) => void attempted(event) }));
			await this.#ring();
		} catch (error) {
			if (!(error instanceof FlinksPayError)) throw error;
			this.#note(id, { type: "read_failed", code: error.code });
			throw fromClient(error, { id, referenceId });
		}
	}

	#learn(id: string, read: StatusRead): void {
		const row = this.#rows.byId(id);
		if (!row) return;
		const standing = advance(row.standing, read);
		const { status, statusDetails, paid, final } = standing;
		const isNews = status !== row.standing.status || statusDetails !== row.standing.statusDetails;
		if (!isNews && paid === row.standing.paid && final === row.standing.final) return;
		this.#rows.setStanding(id, standing);
		this.#note(id, { type: "status", status, ...(statusDetails === undefined ? {} : { statusDetails }), paid, final });
		this.#tell(id, "payment.updated");
		tell("flinkspay.payment.changed", {
			...{ "flinkspay.product": row.product, "flinkspay.status": status },
			...{ "flinkspay.paid": paid, "flinkspay.final": final },
			"flinkspay.age": (Date.now() - row.createdAt) / 1000,
		});
		if (final) this.#rows.setDueAt(id, this.#purgeAt(), row.reads);
	}

	/** What the alarm does for one payment. It may ring twice for one, and it may die halfway. */
	async #attend(id: string): Promise<void> {
		// Not as it was when the alarm rang: the reads before it take their time.
		const row = this.#rows.byId(id);
		if (!row) return;
		const now = Date.now();
		const readUntil = row.createdAt + this.#setting("statusDeadlineHours") * HOUR_MS;
		const purgeAt = row.createdAt + this.#retentionMs();
		if (this.#isLive(row)) {
			this.#rows.setDueAt(row.id, now + GRACE_MS, row.reads);
		} else if (row.state === "starting" || row.state === "sent") {
			this.#giveUp(row);
		} else if (row.state === "created" && !row.standing.final && now < readUntil) {
			const next = Math.min(now + pauseMs(row.reads + 1, Math.random()), readUntil);
			this.#rows.setDueAt(row.id, next, row.reads + 1);
			await this.#read(row).catch(() => {});
		} else if (now < purgeAt) {
			this.#rows.setDueAt(row.id, purgeAt, row.reads);
		} else {
			this.#rows.purge(row.id);
			this.#rows.forgetWebhooks(now - this.#retentionMs());
		}
	}

	/** Has the alarm tell the merchant, where he wants to be told. */
	#tell(id: string, type: MessageType): void {
		const row = this.#rows.byId(id);
		if (!row || !merchantWebhookOf(this.env)) return;
		const now = Date.now();
		this.#rows.addMessage(id, `msg_${crypto.randomUUID()}`, type, bodyOf(type, now, view(row)), now);
	}

	/** One try to tell the merchant. It may be one too many, should the object die before it is written down. */
	async #deliver(message: Message): Promise<void> {
		const { paymentId, id, type, attempts, createdAt } = message;
		const { delivered, httpStatus } = await deliver(this.env, message);
		const now = Date.now();
		const attempt = attempts + 1;
		const pauseMs = retryMs(attempt, Math.random());
		const dueAt = delivered || pauseMs === undefined ? undefined : now + pauseMs;
		const outcome = delivered ? "delivered" : dueAt === undefined ? "dead" : "failed";
		tell(
			"flinkspay.delivery",
			{
				"flinkspay.outcome": outcome,
				"http.response.status_code": httpStatus,
				"flinkspay.delivery.lag": (now - createdAt) / 1000,
			},
			outcome === "dead" ? "ERROR" : "INFO",
		);
		if (delivered) this.#rows.endMessage(message, now);
		else this.#rows.postponeMessage(message, dueAt, now);
		this.#note(paymentId, {
			...{ type: "delivery", message: id, event: type, attempt },
			...(httpStatus === undefined ? {} : { httpStatus }),
			outcome,
			...(dueAt === undefined ? {} : { nextAt: new Date(dueAt).toISOString() }),
		});
	}

	/** A call that nobody carries on: it never left, or nobody knows what became of it. */
	#giveUp(row: PaymentRow): void {
		const { id, referenceId, instance } = row;
		if (row.state === "starting") {
			this.#rows.forget(id);
			return;
		}
		const facts = { outcome: "unknown" as const, id, referenceId, instance };
		const answer = { problem: { code: "outcome_unknown" as const, facts } };
		const sessionId = row.sessionId ?? undefined;
		if (this.#rows.settle(id, { state: "unknown", answer, standing: UNKNOWN, sessionId, dueAt: this.#purgeAt() })) {
			this.#note(id, { type: "outcome", outcome: "unknown", code: "interrupted" });
			this.#countStart(id, { state: "unknown", answer });
			this.#tell(id, "payment.unknown");
		}
	}

	/** The row, after a call for it that nobody carries on was given up. */
	#settled(row: PaymentRow | undefined): PaymentRow | undefined {
		if (!row || (row.state !== "starting" && row.state !== "sent") || this.#isLive(row)) return row;
		this.#giveUp(row);
		this.ctx.waitUntil(this.#ring());
		return this.#rows.byId(row.id);
	}

	#find(id: string): PaymentRow {
		const row = this.#settled(this.#rows.byId(id));
		if (!row) throw new ProblemError("not_found", { id });
		return row;
	}

	#isLive({ id }: PaymentRow): boolean {
		return Date.now() < (this.#live.get(id) ?? 0);
	}

	/** Has the alarm read a payment now. */
	async #hurry({ id, state, standing, reads }: PaymentRow): Promise<void> {
		if (state !== "created" || standing.final) return;
		this.#rows.setDueAt(id, Date.now(), reads);
		await this.#ring();
	}

	/** Sets the one alarm to the earliest row that is due. */
	async #ring(): Promise<void> {
		const at = this.#rows.nextDueAt();
		if (at === null || (this.#alarmAt !== null && this.#alarmAt <= at)) return;
		this.#alarmAt = at;
		await this.ctx.storage.setAlarm(at);
	}

	#note(id: string, event: PaymentEvent): void {
		this.#rows.addEvent(id, Date.now(), event);
	}

	/** One client for payments, whose warm tokens are for them alone, and one for all else. */
	#client(what: "payments" | "reads"): FlinksPay {
		this.#clients ??= { payments: newClient(this.env), reads: newClient(this.env, { warmTokens: 0 }) };
		return this.#clients[what];
	}

	#setting(name: keyof ReturnType<typeof settingsOf>): number {
		return settingsOf(this.env)[name];
	}

	#deadlineMs(): number {
		return this.#setting("deadlineMs");
	}

	#retentionMs(): number {
		return this.#setting("retentionDays") * 24 * HOUR_MS;
	}

	#purgeAt(): number {
		return Date.now() + this.#retentionMs();
	}
}

/** A few at a time, to the last. */
async function eachOf<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
	const worker = async () => {
		for (let item = items.shift(); item !== undefined; item = items.shift()) await work(item);
	};
	await Promise.all(Array.from({ length: ALARM_WIDTH }, worker));
}

/** Problems travel as values: what is thrown between objects loses its class. */
async function reply<T>(work: () => Promise<T>): Promise<Reply<T>> {
	try {
		return { ok: await work() };
	} catch (error) {
		if (!(error instanceof ProblemError)) throw error;
		return { problem: { code: error.code, facts: error.facts } };
	}
}

/** What the key's caller is told who asks once more. */
function again(row: PaymentRow, { fingerprint }: Ask): CreatedPayment {
	const { id } = row;
	if (row.fingerprint !== fingerprint) {
		throw new ProblemError("idempotency_mismatch", { id, field: "Idempotency-Key" });
	}
	if (row.answer === null) throw inProgress(row);
	return unwrap(row.answer, { "Idempotency-Replayed": "true" });
}

function unwrap(answer: Answer | null, headers: Record<string, string> = {}): CreatedPayment {
	if (answer === null) throw new ProblemError("internal");
	if ("created" in answer) return answer.created;
	const { code, facts } = answer.problem;
	throw new ProblemError(code, { ...facts, headers: { ...facts.headers, ...headers } });
}

function view(row: PaymentRow): PaymentView {
	const { id, requestId, sessionId, product, referenceId, amount, standing, createdAt, readAt, delivery } = row;
	const { status, statusDetails, paid, final } = standing;
	return {
		id,
		product,
		...(requestId === null ? {} : { requestId }),
		...(sessionId === null ? {} : { sessionId }),
		referenceId,
		...(amount === null ? {} : { amount }),
		status,
		...(statusDetails === undefined ? {} : { statusDetails }),
		paid,
		final,
		createdAt: new Date(createdAt).toISOString(),
		...(readAt === null ? {} : { readAt: new Date(readAt).toISOString() }),
		...(delivery === null ? {} : { delivery }),
	};
}

/** Tells of one request to Flinks, and gives what the timeline has of it. */
function attempted({ stage, attempt, status, outcome, durationMs }: AttemptEvent): PaymentEvent {
	tell("flinkspay.attempt", {
		...{ "flinkspay.stage": stage, "flinkspay.outcome": outcome },
		"http.response.status_code": status,
		"http.client.request.duration": durationMs / 1000,
	});
	const httpStatus = status === undefined ? {} : { httpStatus: status };
	return { type: "attempt", stage, attempt, ...httpStatus, outcome, durationMs };
}

function isSame(one: Resolution, other: Resolution): boolean {
	return one.outcome === other.outcome && one.requestId === other.requestId && one.sessionId === other.sessionId;
}

function inProgress({ id, referenceId }: Pick<Facts, "id" | "referenceId">): ProblemError {
	return new ProblemError("in_progress", { id, referenceId, outcome: "unknown", headers: { "Retry-After": "1" } });
}

function notPossible({ id, referenceId }: PaymentRow, detail: string): ProblemError {
	return new ProblemError("not_possible", { id, referenceId, detail });
}

function overloaded(): ProblemError {
	return new ProblemError("overloaded", { headers: { "Retry-After": "1" } });
}
