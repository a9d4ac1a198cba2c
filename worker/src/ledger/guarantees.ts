// The guarantee of a guaranteed EFT that waits for the merchant's decision: a person's, or by the settings. Which event asks
// for one is a setting, since no public page shows it. Answers to docs.flinks.com/guides/pay/geft/guarantee-confirm.

import type { Env } from "../env.ts";
import { ProblemError } from "../problem.ts";
import type { PaymentEvent } from "../schemas.ts";
import { settingsOf } from "../settings.ts";
import { type Calls, GRACE_MS } from "./calls.ts";
import type { Outbox } from "./outbox.ts";
import type { PaymentRow } from "./payment.ts";
import type { Payments } from "./payments.ts";
import { anothers, inProgress, notPossible } from "./problems.ts";
import { decide } from "./products.ts";
import type { Store } from "./store.ts";
import type { Timeline } from "./timeline.ts";
import type { Watching } from "./watching.ts";

/** Who decides where the settings do. */
const POLICY = "GUARANTEE_POLICY";
/** Before a decision that did not leave is sent again. */
const PAUSE_MS = 30_000;

export class Guarantees {
	readonly #env: Env;
	readonly #store: Store;
	readonly #payments: Payments;
	readonly #timeline: Timeline;
	readonly #outbox: Outbox;
	readonly #calls: Calls;
	readonly #watching: Watching;

	constructor(
		env: Env,
		store: Store,
		payments: Payments,
		timeline: Timeline,
		outbox: Outbox,
		calls: Calls,
		watching: Watching,
	) {
		this.#env = env;
		this.#store = store;
		this.#payments = payments;
		this.#timeline = timeline;
		this.#outbox = outbox;
		this.#calls = calls;
		this.#watching = watching;
	}

	/**
	 * A webhook that no public page describes is about the payment. The one that the settings name asks for a decision, once;
	 * any other is written down. Either way the status is read.
	 */
	take(id: string, name: string): void {
		const row = this.#payments.byId(id);
		if (row === undefined) return;
		const { guaranteeEvent, guaranteePolicy } = settingsOf(this.#env);
		const asks = name === guaranteeEvent && isUndecided(row);
		const event: PaymentEvent = asks ? { type: "guarantee_waiting" } : { type: "unknown_webhook", name };
		this.#store.commit(() => {
			const now = Date.now();
			if (!this.#timeline.repeats(id, event)) this.#timeline.appendEvent(id, event);
			if (row.state === "created") this.#store.due.schedule("hinted", id, now);
			if (!asks) return;
			this.#payments.change(id, { guarantee: "waiting" });
			if (guaranteePolicy === "ask") this.#outbox.enqueueMessage(id, "payment.guarantee_waiting");
			else this.#store.due.schedule("decide", id, now);
		});
	}

	/** Tells Flinks what was decided, and looks what has become of the payment, however that ends. */
	async decide(row: PaymentRow, accepted: boolean, by: string): Promise<void> {
		const { id, guarantee } = row;
		const decision = accepted ? "accepted" : "refused";
		if (row.product !== "geft" || row.state !== "created" || row.standing?.final) {
			throw notPossible(row, "Only a guaranteed EFT that is under way has a guarantee to decide.");
		}
		if (guarantee !== null && guarantee !== "waiting" && guarantee !== decision) {
			throw notPossible(row, `The guarantee was ${guarantee} already.`);
		}
		if (row.mismatch === "reference") throw anothers(row);
		if (this.#calls.isLive(id)) throw inProgress(row);
		const pay = this.#calls.client("reads");
		this.#store.commit(() => {
			this.#timeline.appendEvent(id, { type: "guarantee", accepted, by });
			this.#store.due.schedule("hinted", id, Date.now() + GRACE_MS);
			// Before anybody knows whether Flinks has heard it: in doubt it is no money.
			if (!accepted) this.#payments.change(id, { guarantee: "refused" });
		});
		try {
			await this.#watching.instruct(row, (options) => decide(pay, row, accepted, options));
		} catch (error) {
			const isKnown = error instanceof ProblemError && error.facts.outcome !== "unknown";
			// A read may have shown meanwhile that it has ended.
			const isOpen = !this.#payments.byId(id)?.standing?.final;
			if (isKnown && isOpen) this.#store.commit(() => this.#payments.change(id, { guarantee }));
			throw error;
		}
		this.#store.commit(() => {
			this.#payments.change(id, { guarantee: decision });
			this.#store.due.drop(id, "decide");
		});
		await this.#watching.readNow(row);
	}

	/** Decides what waits by the settings. What they cannot do, a person is asked. */
	async decideByPolicy(id: string): Promise<void> {
		const row = this.#payments.byId(id);
		const { guaranteePolicy } = settingsOf(this.#env);
		// The Worker may have died over a refusal, which is written down before Flinks has heard it.
		const isOpen = row?.guarantee === "waiting" || (row?.guarantee === "refused" && guaranteePolicy === "refuse");
		const isWaiting = row !== undefined && isOpen && row.state === "created" && !row.standing?.final;
		// An acceptance moves money: where the Worker died over one, Flinks may have heard it.
		const isInDoubt = guaranteePolicy === "accept" && this.#mayBeAccepted(id);
		if (!isWaiting || isInDoubt || guaranteePolicy === "ask") return this.#ask(id, isWaiting);
		this.#store.commit(() => this.#store.due.schedule("decide", id, Date.now() + PAUSE_MS));
		try {
			await this.decide(row, guaranteePolicy === "accept", POLICY);
		} catch (error) {
			if (!(error instanceof ProblemError)) throw error;
			if (error.code === "in_progress" || error.facts.outcome === "not_sent") return;
			return this.#ask(id, true);
		}
	}

	/** Whether the settings have accepted it and nothing says that this has not left: no token was to be had, say. */
	#mayBeAccepted(id: string): boolean {
		const events = this.#timeline.of(id);
		const tried = events.findLastIndex((event) => event.type === "guarantee" && event.accepted && event.by === POLICY);
		if (tried < 0) return false;
		const last = events.slice(tried).findLast((event) => event.type === "attempt");
		return last?.stage !== "authorize" || last.outcome === "ok";
	}

	#ask(id: string, isOpen: boolean): void {
		this.#store.commit(() => {
			this.#store.due.drop(id, "decide");
			if (isOpen) this.#outbox.enqueueMessage(id, "payment.guarantee_waiting");
		});
	}
}

/** Whether nobody has decided, and it is not too late. */
function isUndecided({ product, state, standing, guarantee }: PaymentRow): boolean {
	if (product !== "geft" || state !== "created" || guarantee !== null) return false;
	return standing?.funds === "none" && !standing.final;
}
