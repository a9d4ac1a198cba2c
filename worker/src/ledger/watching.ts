// Reads the status of payments at Flinks: by polls, ever less often, until the status is final or the deadline has
// passed; once a day while money may be returned; and at once after a webhook, whatever was final. A webhook only causes
// a read. An answer that does not match the payment changes nothing.

import { type CallOptions, FlinksPayError } from "flinkspay-edge";
import { toProblem } from "../client-errors.ts";
import type { Env } from "../env.ts";
import { ProblemError } from "../problem.ts";
import type { PaymentEvent } from "../schemas/events.ts";
import type { Guarantee } from "../schemas/payment.ts";
import { settingsOf } from "../settings.ts";
import { log } from "../telemetry.ts";
import { type Calls, GRACE_MS, recordAttempt } from "./calls.ts";
import { type FoundMismatch, findMismatch } from "./mismatch.ts";
import type { Outbox } from "./outbox.ts";
import type { PaymentRow } from "./payment.ts";
import { inProgress, notPossible, wrongSession } from "./problems.ts";
import { cancel, read } from "./products.ts";
import { PURGE_RETRY_MS } from "./purging.ts";
import {
	advance,
	canReturn,
	detailsOf,
	type Hinted,
	hintDelayMs,
	INITIATED,
	type PaymentStatus,
	paidAmountOf,
	pollDelayMs,
	type StatusRead,
	unshown,
	withHint,
	wordOf,
} from "./status.ts";
import type { Store } from "./store.ts";

/** Flinks asks to be polled no more often. */
const READ_INTERVAL_MS = 30_000;
/** The title of a call whose outcome is unknown. The usual one asks whether the payment exists, and this one does. */
const MAYBE_DONE = "Nobody knows whether Flinks has done this: read the payment before asking again";
/** How often a payment is read whose money may be returned. */
const RETURN_INTERVAL_MS = 24 * 3_600_000;

export class Watching {
	readonly #env: Env;
	readonly #store: Store;
	readonly #outbox: Outbox;
	readonly #calls: Calls;

	constructor(env: Env, store: Store, outbox: Outbox, calls: Calls) {
		this.#env = env;
		this.#store = store;
		this.#outbox = outbox;
		this.#calls = calls;
	}

	/** Reads the status, unless the last read is too recent or the status is final. */
	async refresh(row: PaymentRow): Promise<void> {
		// The absolute value, since a clock may be set back.
		const isFresh = row.readAt !== null && Math.abs(Date.now() - row.readAt) < READ_INTERVAL_MS;
		if (row.state !== "created" || row.current?.final || isFresh) return;
		// Recorded before the read, so that a read that fails is not repeated at once.
		this.#store.commit(() => this.#store.payments.countRead(row.id, { readAt: Date.now() }));
		await this.#read(row);
	}

	/** Handles a webhook about a payment: its status is read, now and until reads have shown what each webhook said. */
	hint(id: string, { status, statusDetails }: Hinted): void {
		const row = this.#store.payments.byId(id);
		if (row === undefined) return;
		const details = statusDetails === undefined ? {} : { statusDetails: detailsOf(statusDetails) };
		const hint = { status: wordOf(status), ...details };
		const event: PaymentEvent = { type: "webhook", ...hint };
		this.#store.commit(() => {
			// A repeated webhook is not a new event, but the status is read all the same.
			if (!this.#store.timeline.repeats(id, event)) this.#store.timeline.appendEvent(id, event);
			if (row.state === "sent" || row.state === "rejected") return;
			const { hints, current, product } = row;
			this.#store.payments.change(id, { hints: withHint(hints, hint, current ?? INITIATED, product) });
			// Of an unknown payment it is looked for once a person has resolved that.
			if (row.state !== "created") return;
			this.#store.due.schedule("hinted", id, Date.now());
			this.#store.due.countReads(id, { hintReads: 0 });
		});
	}

	/** A read because of a webhook or a person. While reads have not shown what each webhook said, it is scheduled again. */
	async readHinted(id: string): Promise<void> {
		const row = this.#store.payments.byId(id);
		if (row?.state !== "created") return this.#store.commit(() => this.#store.due.drop(id, "hinted"));
		const now = Date.now();
		const delay = hintDelayMs(row.hintReads);
		const at = now + (this.#calls.isLive(id) ? GRACE_MS : (delay ?? GRACE_MS));
		this.#store.commit(() => {
			// Scheduled first, for an object that dies during the read, and for a read after a cancellation that is under
			// way.
			this.#store.due.schedule("hinted", id, at);
			if (!this.#calls.isLive(id)) this.#store.payments.countRead(id, { readAt: now, hintReads: row.hintReads + 1 });
		});
		if (this.#calls.isLive(id)) return;
		const isRead = (await this.#failureOf(row)) === undefined;
		const { hints, current } = this.#store.payments.byId(id) ?? row;
		// Another webhook came meanwhile. The read may be older than that.
		if (this.#store.due.at("hinted", id) !== at) return;
		// Asked again, since an earlier build stored also what was shown already.
		const isDone = isRead && unshown(hints, current ?? INITIATED, row.product).length === 0;
		if (isDone || delay === undefined) this.#stopHint(id);
	}

	/** One poll. After the last one the merchant gets `payment.abandoned`, where the status is not final. */
	async poll(id: string): Promise<void> {
		const row = this.#store.payments.byId(id);
		const current = row?.current ?? INITIATED;
		if (row?.state !== "created" || (current.final && !canReturn(current.funds))) {
			return this.#store.commit(() => this.#store.due.drop(id, "read"));
		}
		const now = Date.now();
		const next = this.#nextRead(row, current, now);
		this.#store.commit(() => {
			this.#store.due.schedule("read", id, next ?? now + pollDelayMs(row.reads + 1, Math.random()));
			this.#store.payments.countRead(id, { readAt: now, reads: row.reads + 1 });
		});
		// A poll that fails is not the last one, unless Flinks does not know the payment any more.
		const failure = await this.#failureOf(row);
		if (next === undefined && (failure === undefined || failure === "not_found")) this.#stopPolling(id, now);
	}

	/**
	 * Another payment owns the id that Flinks gave this one. Either could count as paid by the other, so a person has to
	 * find out. What Flinks says of that id is not about this payment.
	 */
	rejectClaim(id: string, owner: string): void {
		const row = this.#store.payments.byId(id);
		if (row === undefined) return;
		this.#store.commit(() => {
			this.#store.due.drop(id, "claim", "decide", "read", "hinted");
			this.#store.payments.resolve(id, "unknown", {});
			this.#store.payments.change(id, { hints: [] });
			const { sessionId, requestId } = row;
			this.#store.timeline.appendEvent(id, {
				...{ type: "claim_refused", owner },
				...(sessionId === null ? {} : { sessionId }),
				...(requestId === null ? {} : { requestId }),
			});
			this.#outbox.enqueueMessage(id, "payment.unknown");
		});
		log("flinkspay.claim.refused", { "flinkspay.product": row.product }, "ERROR");
	}

	/** Has Flinks cancel a payment, and reads the status afterwards, even where it failed. */
	async cancel(row: PaymentRow, by: string): Promise<void> {
		const { id } = row;
		if (row.state !== "created" || row.current?.final) {
			throw notPossible(row, "The payment cannot be cancelled: it was not created, or it has ended.");
		}
		if (row.mismatch === "reference") throw wrongSession(row);
		if (this.#calls.isLive(id)) throw inProgress(row);
		const pay = this.#calls.client("reads");
		this.#store.commit(() => {
			this.#store.timeline.appendEvent(id, { type: "cancel", by });
			this.#store.due.schedule("hinted", id, Date.now() + GRACE_MS);
		});
		await this.callFlinks(row, (options) => cancel(pay, row, options));
		await this.readNow(row);
	}

	/** Makes a call to Flinks that changes a payment, with each attempt in the timeline. */
	async callFlinks({ id, referenceId }: PaymentRow, call: (options: CallOptions) => Promise<unknown>): Promise<void> {
		await this.#calls.during(id, async () => {
			try {
				await call({
					onEvent: (event) => this.#store.commit(() => this.#store.timeline.appendEvent(id, recordAttempt(event))),
				});
			} catch (error) {
				const { code, facts } = toProblem(error, { id, referenceId });
				throw new ProblemError(code, code === "outcome_unknown" ? { ...facts, title: MAYBE_DONE } : facts);
			}
		});
	}

	/** Reads the status after such a call. Should this fail, another read is scheduled already. */
	async readNow(row: PaymentRow): Promise<void> {
		const { id } = row;
		const at = this.#store.due.at("hinted", id);
		const failure = await this.#failureOf(row);
		// A webhook that came meanwhile keeps its own read.
		if (
			failure === undefined &&
			this.#store.payments.byId(id)?.hints.length === 0 &&
			this.#store.due.at("hinted", id) === at
		)
			this.#stopHint(id);
	}

	/** Flinks' answer for a payment, or for ids that may be the payment's. */
	async fetchStatus(row: PaymentRow): Promise<StatusRead> {
		const { id, referenceId } = row;
		try {
			const found = await read(this.#calls.client("reads"), row, { onEvent: (event) => void recordAttempt(event) });
			const details = found.statusDetails === undefined ? {} : { statusDetails: detailsOf(found.statusDetails) };
			return { ...found, status: wordOf(found.status), ...details };
		} catch (error) {
			if (!(error instanceof FlinksPayError)) throw error;
			throw toProblem(error, { id, referenceId });
		}
	}

	/** Applies Flinks' answer, if it matches the payment. For a transaction. */
	applyRead(id: string, read: StatusRead): void {
		const row = this.#store.payments.byId(id);
		if (row?.state !== "created") return;
		const mismatchFound = findMismatch(row, read);
		if (mismatchFound === undefined) this.#changeStatus(row, read);
		else this.#recordMismatch(row, mismatchFound);
	}

	#changeStatus(row: PaymentRow, read: StatusRead): void {
		const { id } = row;
		const before = row.current ?? INITIATED;
		const current = advance(
			before,
			row.guarantee === "refused" ? { ...read, ...GUARANTEE_REFUSED } : read,
			row.product,
		);
		if (row.mismatch === null && !isChange(row, before, current)) return;
		const hints = unshown(row.hints, current, row.product);
		this.#store.payments.change(id, { current, guarantee: guaranteeAfter(row, current), mismatch: null, hints });
		const isReturned = current.funds === "returned" && before.funds !== "returned";
		this.#store.timeline.appendEvent(id, statusEvent(row, current));
		this.#outbox.enqueueMessage(id, isReturned ? "payment.returned" : "payment.updated");
		this.#rescheduleRead(row, current);
		// A purged payment has an amount again, which is purged, too.
		if (row.amount === null) this.#store.due.scheduleOnce("purge", id, Date.now() + PURGE_RETRY_MS);
		log("flinkspay.payment.changed", {
			...{ "flinkspay.product": row.product, "flinkspay.status": current.status },
			...{ "flinkspay.funds": current.funds, "flinkspay.paid": current.paid, "flinkspay.final": current.final },
			"flinkspay.age": (Date.now() - row.createdAt) / 1000,
		});
	}

	/** Reports an answer that does not match, once, for a person to find out. Nothing else changes. */
	#recordMismatch({ id, mismatch, product }: PaymentRow, mismatchFound: FoundMismatch): void {
		const event: PaymentEvent = { type: "mismatch", ...mismatchFound };
		const isKnown = mismatchFound.found === undefined || this.#store.timeline.repeats(id, event);
		if (mismatch === mismatchFound.what && isKnown) return;
		this.#store.payments.change(id, { mismatch: mismatchFound.what });
		this.#store.timeline.appendEvent(id, event);
		this.#outbox.enqueueMessage(id, "payment.mismatch");
		log("flinkspay.payment.mismatch", { "flinkspay.product": product, "flinkspay.what": mismatchFound.what }, "ERROR");
	}

	/** The time of the next poll after one now; undefined after the last. */
	#nextRead(
		{ createdAt, product, reads }: PaymentRow,
		{ final, funds }: PaymentStatus,
		now: number,
	): number | undefined {
		const { statusDeadlineMs = Number.POSITIVE_INFINITY, returnMs } = settingsOf(this.#env);
		const deadline = createdAt + statusDeadlineMs;
		if (!final && now < deadline) return Math.min(now + pollDelayMs(reads + 1, Math.random()), deadline);
		const until = createdAt + returnMs[product];
		return canReturn(funds) && now < until ? Math.min(now + RETURN_INTERVAL_MS, until) : undefined;
	}

	/** Schedules the next poll after a change of the status. */
	#rescheduleRead(row: PaymentRow, current: PaymentStatus): void {
		const { due } = this.#store;
		const next = this.#nextRead(row, current, Date.now());
		if (next === undefined && current.final) due.drop(row.id, "read");
		else if (next !== undefined && current.final) due.schedule("read", row.id, next);
		else if (next !== undefined) due.scheduleOnce("read", row.id, next);
	}

	async #read(row: PaymentRow): Promise<void> {
		try {
			const read = await this.fetchStatus(row);
			this.#store.commit(() => {
				const now = this.#store.payments.byId(row.id);
				// A resolution may have given it other ids meanwhile.
				if (now?.sessionId === row.sessionId && now.requestId === row.requestId) this.applyRead(row.id, read);
			});
		} catch (error) {
			if (error instanceof ProblemError) {
				const { code } = error;
				this.#store.commit(() => this.#store.timeline.appendEvent(row.id, { type: "read_failed", code }));
			}
			throw error;
		}
	}

	/**
	 * The code of a failed read; undefined where the read succeeded. The failure is in the timeline, and the read is
	 * repeated later.
	 */
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
	 * Ends the polls, unless the last read has changed that. The merchant gets a message if the status is not
	 * final. A webhook still causes a read.
	 */
	#stopPolling(id: string, now: number): void {
		const row = this.#store.payments.byId(id);
		const current = row?.current ?? INITIATED;
		if (row?.state !== "created" || this.#nextRead(row, current, now) !== undefined) return;
		this.#store.commit(() => {
			this.#store.due.drop(id, "read");
			if (current.final) return;
			this.#store.timeline.appendEvent(id, { type: "abandoned" });
			this.#outbox.enqueueMessage(id, "payment.abandoned");
		});
	}

	#stopHint(id: string): void {
		this.#store.commit(() => {
			this.#store.due.drop(id, "hinted");
			this.#store.payments.change(id, { hints: [] });
		});
	}
}

/** Whether a read has changed anything that the view shows. */
function isChange({ amount }: PaymentRow, before: PaymentStatus, now: PaymentStatus): boolean {
	if (now.status !== before.status || now.statusDetails !== before.statusDetails) return true;
	if (now.funds !== before.funds || now.final !== before.final) return true;
	return paidAmountOf(now, amount) !== paidAmountOf(before, amount);
}

function statusEvent({ amount: asked }: PaymentRow, current: PaymentStatus): PaymentEvent {
	const { status, statusDetails, funds, paid, final } = current;
	const amount = paidAmountOf(current, asked);
	return {
		...{ type: "status", status, funds, paid, final },
		...(statusDetails === undefined ? {} : { statusDetails }),
		...(amount === undefined ? {} : { amount }),
	};
}

/** Added to Flinks' answer after the guarantee was refused here, since the answer may not say so. */
const GUARANTEE_REFUSED = { guaranteeDetails: { guaranteeAccepted: false } };

/** The guarantee after a read: one that waited may have been decided elsewhere, or may not matter any more. */
function guaranteeAfter({ guarantee }: PaymentRow, { funds, final }: PaymentStatus): Guarantee | null {
	if (guarantee !== "waiting" || (funds === "none" && !final)) return guarantee;
	return funds === "guaranteed" ? "accepted" : funds === "scheduled" ? "refused" : null;
}
