// Watches what becomes of a payment: asks Flinks by itself, ever more seldom, until the status is final or the deadline has
// passed, and once a day while money may still be returned; and at once when a webhook has told of a change, whatever was
// final. A webhook is a hint to read, and no more than that. An answer that does not fit the payment teaches nothing.

import { type CallOptions, FlinksPayError } from "flinkspay-edge";
import type { Env } from "../env.ts";
import { ProblemError } from "../problem.ts";
import type { Guarantee, PaymentEvent } from "../schemas.ts";
import { settingsOf } from "../settings.ts";
import { tell } from "../telemetry.ts";
import { fromClient } from "../upstream.ts";
import { attempted, type Calls, GRACE_MS } from "./calls.ts";
import type { Outbox } from "./outbox.ts";
import type { PaymentRow } from "./payment.ts";
import type { Payments } from "./payments.ts";
import { anothers, inProgress, notPossible } from "./problems.ts";
import { cancel, read } from "./products.ts";
import { LATE_MS } from "./purging.ts";
import {
	advance,
	canReturn,
	detailsOf,
	type Hinted,
	hintPauseMs,
	INITIATED,
	isShown,
	paidAmountOf,
	pauseMs,
	type Standing,
	type StatusRead,
	wordOf,
} from "./standing.ts";
import type { Store } from "./store.ts";
import type { Timeline } from "./timeline.ts";
import { type Misfit, misfitOf } from "./whose.ts";

/** Flinks asks to be asked no more often. */
const READ_INTERVAL_MS = 30_000;
/** How often it is asked whether money was returned. */
const RETURN_INTERVAL_MS = 24 * 3_600_000;

export class Watching {
	readonly #env: Env;
	readonly #store: Store;
	readonly #payments: Payments;
	readonly #timeline: Timeline;
	readonly #outbox: Outbox;
	readonly #calls: Calls;

	constructor(env: Env, store: Store, payments: Payments, timeline: Timeline, outbox: Outbox, calls: Calls) {
		this.#env = env;
		this.#store = store;
		this.#payments = payments;
		this.#timeline = timeline;
		this.#outbox = outbox;
		this.#calls = calls;
	}

	/** Asks Flinks how a payment stands, where the last answer is old enough. */
	async refresh(row: PaymentRow): Promise<void> {
		// A clock may be set back.
		const isFresh = row.readAt !== null && Math.abs(Date.now() - row.readAt) < READ_INTERVAL_MS;
		if (row.state !== "created" || row.standing?.final || isFresh) return;
		// Written first: however it ends, nobody asks again at once.
		this.#store.commit(() => this.#payments.recordAsked(row.id, { readAt: Date.now() }));
		await this.#read(row);
	}

	/** A webhook is about the payment: the status that it tells of is read, now and until a read shows it. */
	hint(id: string, { status, statusDetails }: Hinted): void {
		const row = this.#payments.byId(id);
		if (row === undefined) return;
		const details = statusDetails === undefined ? {} : { statusDetails: detailsOf(statusDetails) };
		const hint = { status: wordOf(status), ...details };
		const event: PaymentEvent = { type: "webhook", ...hint };
		this.#store.commit(() => {
			// The same once more is no news for the timeline, and a read is due all the same.
			if (!this.#timeline.repeats(id, event)) this.#timeline.appendEvent(id, event);
			if (row.state !== "created") return;
			// An older one that comes late must not take the place of what no read has shown yet.
			const isOld = row.hint !== null && isShown(hint, row.standing ?? INITIATED, row.product);
			this.#payments.change(id, { hint: isOld ? row.hint : hint });
			this.#store.due.schedule("hinted", id, Date.now());
			this.#store.due.recordAsked(id, { hintReads: 0 });
		});
	}

	/** Reads what a webhook or a person has asked for; while what was told of does not show, again later. */
	async readHinted(id: string): Promise<void> {
		const row = this.#payments.byId(id);
		if (row?.state !== "created") return this.#stopHint(id);
		const now = Date.now();
		const pause = hintPauseMs(row.hintReads);
		const at = now + (this.#calls.isLive(id) ? GRACE_MS : (pause ?? GRACE_MS));
		this.#store.commit(() => {
			// Should the object die meanwhile, it is read again; and what is being cancelled is read afterwards.
			this.#store.due.schedule("hinted", id, at);
			if (!this.#calls.isLive(id)) this.#payments.recordAsked(id, { readAt: now, hintReads: row.hintReads + 1 });
		});
		if (this.#calls.isLive(id)) return;
		const isRead = await this.#readQuietly(row);
		const { hint, standing } = this.#payments.byId(id) ?? row;
		// Another webhook came meanwhile, and what was just read may be older than it.
		if (this.#store.due.at("hinted", id) !== at) return;
		const isDone = isRead && (hint === null || (standing !== null && isShown(hint, standing, row.product)));
		if (isDone || pause === undefined) this.#stopHint(id);
	}

	/** One poll. After the last one the merchant hears that nobody asks any more, where the status is not final. */
	async poll(id: string): Promise<void> {
		const row = this.#payments.byId(id);
		const standing = row?.standing ?? INITIATED;
		if (row?.state !== "created" || (standing.final && !canReturn(standing.funds))) {
			return this.#store.commit(() => this.#store.due.drop(id, "read"));
		}
		const now = Date.now();
		const next = this.#nextRead(row, standing, now);
		this.#store.commit(() => {
			this.#store.due.schedule("read", id, next ?? now + pauseMs(row.reads + 1, Math.random()));
			this.#payments.recordAsked(id, { readAt: now, reads: row.reads + 1 });
		});
		// One that fails is not the last, unless Flinks does not have the payment any more.
		const failure = await this.#failureOf(row);
		if (next === undefined && (failure === undefined || failure === "not_found")) this.#end(id, now);
	}

	/**
	 * Flinks has given it an id that another payment has: one of them would count as paid by the other. It is for a person to
	 * find out, and nothing that is said of that id is this payment's.
	 */
	disown(id: string, owner: string): void {
		const row = this.#payments.byId(id);
		if (row === undefined) return;
		this.#store.commit(() => {
			this.#store.due.drop(id, "claim", "decide", "read", "hinted");
			this.#payments.resolve(id, "unknown", {});
			const { sessionId, requestId } = row;
			this.#timeline.appendEvent(id, {
				...{ type: "claim_refused", owner },
				...(sessionId === null ? {} : { sessionId }),
				...(requestId === null ? {} : { requestId }),
			});
			this.#outbox.enqueueMessage(id, "payment.unknown");
		});
		tell("flinkspay.claim.refused", { "flinkspay.product": row.product }, "ERROR");
	}

	/** Asks Flinks to end a payment, and looks what has become of it, however that ends. */
	async cancel(row: PaymentRow, by: string): Promise<void> {
		const { id } = row;
		if (row.state !== "created" || row.standing?.final) {
			throw notPossible(row, "Only a payment that the payor can still make can be cancelled.");
		}
		if (row.mismatch === "reference") throw anothers(row);
		if (this.#calls.isLive(id)) throw inProgress(row);
		const pay = this.#calls.client("reads");
		this.#store.commit(() => {
			this.#timeline.appendEvent(id, { type: "cancel", by });
			this.#store.due.schedule("hinted", id, Date.now() + GRACE_MS);
		});
		await this.instruct(row, (options) => cancel(pay, row, options));
		await this.readNow(row);
	}

	/** Has Flinks do something about a payment, with each attempt in its timeline. */
	async instruct({ id, referenceId }: PaymentRow, call: (options: CallOptions) => Promise<unknown>): Promise<void> {
		await this.#calls.during(id, async () => {
			try {
				await call({
					onEvent: (event) => this.#store.commit(() => this.#timeline.appendEvent(id, attempted(event))),
				});
			} catch (error) {
				throw fromClient(error, { id, referenceId });
			}
		});
	}

	/** Reads what was just done, which a read is due for should it fail. */
	async readNow(row: PaymentRow): Promise<void> {
		const { id } = row;
		const at = this.#store.due.at("hinted", id);
		const isRead = await this.#readQuietly(row);
		// A webhook that came meanwhile has it read again.
		if (isRead && this.#payments.byId(id)?.hint === null && this.#store.due.at("hinted", id) === at) this.#stopHint(id);
	}

	/** What Flinks says of ids that may be the payment's. */
	async lookUp(row: PaymentRow): Promise<StatusRead> {
		const { id, referenceId } = row;
		try {
			const found = await read(this.#calls.client("reads"), row, { onEvent: (event) => void attempted(event) });
			const details = found.statusDetails === undefined ? {} : { statusDetails: detailsOf(found.statusDetails) };
			return { ...found, status: wordOf(found.status), ...details };
		} catch (error) {
			if (!(error instanceof FlinksPayError)) throw error;
			throw fromClient(error, { id, referenceId });
		}
	}

	/** Writes down what Flinks says of a payment, where it fits. For a transaction. */
	learn(id: string, read: StatusRead): void {
		const row = this.#payments.byId(id);
		if (row?.state !== "created") return;
		const misfit = misfitOf(row, read);
		if (misfit === undefined) this.#move(row, read);
		else this.#refuse(row, misfit);
	}

	#move(row: PaymentRow, read: StatusRead): void {
		const { id } = row;
		const before = row.standing ?? INITIATED;
		const standing = advance(before, row.guarantee === "refused" ? { ...read, ...REFUSED } : read, row.product);
		if (row.mismatch === null && !isNews(row, before, standing)) return;
		this.#payments.change(id, { standing, guarantee: guaranteeAfter(row, standing), mismatch: null });
		const isReturned = standing.funds === "returned" && before.funds !== "returned";
		this.#timeline.appendEvent(id, statusEvent(row, standing));
		this.#outbox.enqueueMessage(id, isReturned ? "payment.returned" : "payment.updated");
		this.#rescheduleRead(row, standing);
		// News of one that is purged is purged in its turn.
		if (row.amount === null) this.#store.due.scheduleOnce("purge", id, Date.now() + LATE_MS);
		tell("flinkspay.payment.changed", {
			...{ "flinkspay.product": row.product, "flinkspay.status": standing.status },
			...{ "flinkspay.funds": standing.funds, "flinkspay.paid": standing.paid, "flinkspay.final": standing.final },
			"flinkspay.age": (Date.now() - row.createdAt) / 1000,
		});
	}

	/** An answer that does not fit is told once, for a person to find out, and teaches nothing. */
	#refuse({ id, mismatch, product }: PaymentRow, misfit: Misfit): void {
		const event: PaymentEvent = { type: "mismatch", ...misfit };
		if (mismatch === misfit.what && (misfit.found === undefined || this.#timeline.repeats(id, event))) return;
		this.#payments.change(id, { mismatch: misfit.what });
		this.#timeline.appendEvent(id, event);
		this.#outbox.enqueueMessage(id, "payment.mismatch");
		tell("flinkspay.payment.mismatch", { "flinkspay.product": product, "flinkspay.what": misfit.what }, "ERROR");
	}

	/** When a payment is read next after a read of now; nothing where nobody asks any more. */
	#nextRead({ createdAt, product, reads }: PaymentRow, { final, funds }: Standing, now: number): number | undefined {
		const { statusDeadlineMs = Number.POSITIVE_INFINITY, returnMs } = settingsOf(this.#env);
		const deadline = createdAt + statusDeadlineMs;
		if (!final && now < deadline) return Math.min(now + pauseMs(reads + 1, Math.random()), deadline);
		const until = createdAt + returnMs[product];
		return canReturn(funds) && now < until ? Math.min(now + RETURN_INTERVAL_MS, until) : undefined;
	}

	/** It has come further: it is read for as long as it may change. */
	#rescheduleRead(row: PaymentRow, standing: Standing): void {
		const { due } = this.#store;
		const next = this.#nextRead(row, standing, Date.now());
		if (next === undefined && standing.final) due.drop(row.id, "read");
		else if (next !== undefined && standing.final) due.schedule("read", row.id, next);
		else if (next !== undefined) due.scheduleOnce("read", row.id, next);
	}

	async #read(row: PaymentRow): Promise<void> {
		try {
			const read = await this.lookUp(row);
			this.#store.commit(() => {
				const now = this.#payments.byId(row.id);
				// Somebody may have found meanwhile that it has other ids.
				if (now?.sessionId === row.sessionId && now.requestId === row.requestId) this.learn(row.id, read);
			});
		} catch (error) {
			if (error instanceof ProblemError) {
				const { code } = error;
				this.#store.commit(() => this.#timeline.appendEvent(row.id, { type: "read_failed", code }));
			}
			throw error;
		}
	}

	/** A read that nobody waits for: its failure is in the timeline, and it is due again. False where it failed. */
	async #readQuietly(row: PaymentRow): Promise<boolean> {
		return (await this.#failureOf(row)) === undefined;
	}

	/** Why such a read failed; nothing where it did not. */
	async #failureOf(row: PaymentRow): Promise<ProblemError["code"] | undefined> {
		try {
			await this.#read(row);
			return undefined;
		} catch (error) {
			if (!(error instanceof ProblemError)) throw error;
			return error.code;
		}
	}

	/**
	 * Nobody asks for the status any more, unless what was just read has changed that, and where it is not final the merchant
	 * hears so. A webhook still has it read.
	 */
	#end(id: string, now: number): void {
		const row = this.#payments.byId(id);
		const standing = row?.standing ?? INITIATED;
		if (row?.state !== "created" || this.#nextRead(row, standing, now) !== undefined) return;
		this.#store.commit(() => {
			this.#store.due.drop(id, "read");
			if (standing.final) return;
			this.#timeline.appendEvent(id, { type: "abandoned" });
			this.#outbox.enqueueMessage(id, "payment.abandoned");
		});
	}

	#stopHint(id: string): void {
		this.#store.commit(() => {
			this.#store.due.drop(id, "hinted");
			this.#payments.change(id, { hint: null });
		});
	}
}

/** Whether a read has changed anything that is told. */
function isNews({ amount }: PaymentRow, before: Standing, now: Standing): boolean {
	if (now.status !== before.status || now.statusDetails !== before.statusDetails) return true;
	if (now.funds !== before.funds || now.final !== before.final) return true;
	return paidAmountOf(now, amount) !== paidAmountOf(before, amount);
}

function statusEvent({ amount: asked }: PaymentRow, standing: Standing): PaymentEvent {
	const { status, statusDetails, funds, paid, final } = standing;
	const amount = paidAmountOf(standing, asked);
	return {
		...{ type: "status", status, funds, paid, final },
		...(statusDetails === undefined ? {} : { statusDetails }),
		...(amount === undefined ? {} : { amount }),
	};
}

/** What stands for a refusal of ours, which an answer need not say. */
const REFUSED = { guaranteeDetails: { guaranteeAccepted: false } };

/** Where a guarantee waited, and somebody else has decided or it waits no more. */
function guaranteeAfter({ guarantee }: PaymentRow, { funds, final }: Standing): Guarantee | null {
	if (guarantee !== "waiting" || (funds === "none" && !final)) return guarantee;
	return funds === "guaranteed" ? "accepted" : funds === "scheduled" ? "refused" : null;
}
