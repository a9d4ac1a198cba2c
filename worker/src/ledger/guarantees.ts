// The guarantee of a guaranteed EFT that waits for a decision: by a person, or by the settings. The name of the event
// that asks for it is a setting, since no public page shows it. Follows docs.flinks.com/guides/pay/geft/guarantee-confirm.

import type { Env } from "../env.ts";
import { ProblemError } from "../problem.ts";
import type { PaymentEvent } from "../schemas/events.ts";
import { settingsOf } from "../settings.ts";
import { type Calls, GRACE_MS } from "./calls.ts";
import type { Outbox } from "./outbox.ts";
import type { PaymentRow } from "./payment.ts";
import { inProgress, notPossible, wrongSession } from "./problems.ts";
import { decide } from "./products.ts";
import type { Store } from "./store.ts";
import type { Watching } from "./watching.ts";

/** The `by` of a decision by the settings. */
const POLICY = "GUARANTEE_POLICY";
/** The delay before a decision that was not sent is tried again. */
const RETRY_MS = 30_000;

export class Guarantees {
	readonly #env: Env;
	readonly #store: Store;
	readonly #outbox: Outbox;
	readonly #calls: Calls;
	readonly #watching: Watching;

	constructor(env: Env, store: Store, outbox: Outbox, calls: Calls, watching: Watching) {
		this.#env = env;
		this.#store = store;
		this.#outbox = outbox;
		this.#calls = calls;
		this.#watching = watching;
	}

	/**
	 * Handles a webhook that no public page describes. The one that the settings name asks for a decision, once; any
	 * other is recorded. Either way the status is read.
	 */
	take(id: string, name: string): void {
		const row = this.#store.payments.byId(id);
		if (row === undefined) return;
		const { guaranteeEvent, guaranteePolicy } = settingsOf(this.#env);
		const isRequest = name === guaranteeEvent && isUndecided(row);
		const event: PaymentEvent = isRequest ? { type: "guarantee_waiting" } : { type: "unknown_webhook", name };
		this.#store.commit(() => {
			const now = Date.now();
			if (!this.#store.timeline.repeats(id, event)) this.#store.timeline.appendEvent(id, event);
			if (row.state === "created") {
				this.#store.due.schedule("hinted", id, now);
				// It takes no read from the statuses that other webhooks said.
				this.#store.due.countReads(id, { hintReads: 0 });
			}
			if (!isRequest) return;
			this.#store.payments.change(id, { guarantee: "waiting" });
			if (guaranteePolicy === "ask") this.#outbox.enqueueMessage(id, "payment.guarantee_waiting");
			else this.#store.due.schedule("decide", id, now);
		});
	}

	/** Sends Flinks the decision, and reads the status afterwards, even where it failed. */
	async decide(row: PaymentRow, accepted: boolean, by: string): Promise<void> {
		const { id, guarantee } = row;
		const decision = accepted ? "accepted" : "refused";
		if (row.product !== "geft" || row.state !== "created" || row.current?.final) {
			throw notPossible(
				row,
				"The payment has no guarantee to decide: only a guaranteed EFT that has not ended has one.",
			);
		}
		if (guarantee !== null && guarantee !== "waiting" && guarantee !== decision) {
			throw notPossible(row, `The guarantee is already ${guarantee}. This cannot be changed.`);
		}
		if (row.mismatch === "reference") throw wrongSession(row);
		if (this.#calls.isLive(id)) throw inProgress(row);
		const pay = this.#calls.client("reads");
		this.#store.commit(() => {
			this.#store.timeline.appendEvent(id, { type: "guarantee", accepted, by });
			this.#store.due.schedule("hinted", id, Date.now() + GRACE_MS);
			// Recorded before the refusal is sent: in doubt it is not money.
			if (!accepted) this.#store.payments.change(id, { guarantee: "refused" });
		});
		try {
			await this.#watching.callFlinks(row, (options) => decide(pay, row, accepted, options));
		} catch (error) {
			const isKnown = error instanceof ProblemError && error.facts.outcome !== "unknown";
			// A read may have shown meanwhile that the payment has ended.
			const isOpen = !this.#store.payments.byId(id)?.current?.final;
			if (isKnown && isOpen) this.#store.commit(() => this.#store.payments.change(id, { guarantee }));
			throw error;
		}
		this.#store.commit(() => {
			this.#store.payments.change(id, { guarantee: decision });
			this.#store.due.drop(id, "decide");
		});
		await this.#watching.readNow(row);
	}

	/** Decides a waiting guarantee by the settings. Where they cannot, a person is asked. */
	async decideByPolicy(id: string): Promise<void> {
		const row = this.#store.payments.byId(id);
		const { guaranteePolicy } = settingsOf(this.#env);
		// A refusal is recorded before it is sent, and the Worker may have died in between.
		const isOpen = row?.guarantee === "waiting" || (row?.guarantee === "refused" && guaranteePolicy === "refuse");
		const isWaiting = row !== undefined && isOpen && row.state === "created" && !row.current?.final;
		// An acceptance moves money. If the Worker died during one, Flinks may have received it.
		const isInDoubt = guaranteePolicy === "accept" && this.#mayHaveAccepted(id);
		if (!isWaiting || isInDoubt || guaranteePolicy === "ask") return this.#leaveToPerson(id, isWaiting);
		this.#store.commit(() => this.#store.due.schedule("decide", id, Date.now() + RETRY_MS));
		try {
			await this.decide(row, guaranteePolicy === "accept", POLICY);
		} catch (error) {
			if (!(error instanceof ProblemError)) throw error;
			if (error.code === "in_progress" || error.facts.outcome === "not_sent") return;
			return this.#leaveToPerson(id, true);
		}
	}

	/** Whether an acceptance by the settings may have been sent. A failed token request shows that it was not. */
	#mayHaveAccepted(id: string): boolean {
		const events = this.#store.timeline.of(id);
		const tried = events.findLastIndex((event) => event.type === "guarantee" && event.accepted && event.by === POLICY);
		if (tried < 0) return false;
		const last = events.slice(tried).findLast((event) => event.type === "attempt");
		return last?.stage !== "authorize" || last.outcome === "ok";
	}

	#leaveToPerson(id: string, isOpen: boolean): void {
		this.#store.commit(() => {
			this.#store.due.drop(id, "decide");
			if (isOpen) this.#outbox.enqueueMessage(id, "payment.guarantee_waiting");
		});
	}
}

/** Whether the guarantee is undecided and still matters. */
function isUndecided({ product, state, current, guarantee }: PaymentRow): boolean {
	if (product !== "geft" || state !== "created" || guarantee !== null) return false;
	return current?.funds === "none" && !current.final;
}
