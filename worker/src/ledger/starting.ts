// Starts a payment, once for each key, whatever dies: a step that may create something is written down before it is sent (a
// Durable Object holds a request back until the writes before it are durable), and one that was sent and whose answer is not
// written down is `unknown`, never sent again. Until the first of them leaves, a payment stands in memory alone: what dies with
// it has asked nobody for money.

import { type FlinksPay, FlinksPayError } from "flinkspay-edge";
import type { Env } from "../env.ts";
import { ProblemError } from "../problem.ts";
import type { CreatedPayment, MessageType, PaymentEvent, PaymentParams } from "../schemas.ts";
import { tell } from "../telemetry.ts";
import { fromClient } from "../upstream.ts";
import { attempted, type Calls, GRACE_MS } from "./calls.ts";
import type { Outbox } from "./outbox.ts";
import { type Answer, type Fingerprints, IN_PROGRESS, LEAVING, type PaymentRow } from "./payment.ts";
import type { Ending, Payments } from "./payments.ts";
import { inProgress } from "./problems.ts";
import { start } from "./products.ts";
import { schedulePurge } from "./purging.ts";
import { INITIATED, pauseMs } from "./standing.ts";
import type { Store } from "./store.ts";
import type { Timeline } from "./timeline.ts";

/** A payment that is asked for. */
export interface Ask {
	keyHash: string;
	fingerprints: Fingerprints;
	/** Whose hash the key has: which of the objects this is. */
	shard: number;
	params: PaymentParams;
	/** The X-Request-Id of the answer. */
	instance: string;
}

/** An event that is written down later than it happened. */
interface Attempt {
	event: PaymentEvent;
	at: number;
}

export class Starting {
	readonly #env: Env;
	readonly #store: Store;
	readonly #payments: Payments;
	readonly #timeline: Timeline;
	readonly #outbox: Outbox;
	readonly #calls: Calls;
	/** Payments of which nothing has left yet that could create them, by their keys. */
	readonly #begun = new Map<string, PaymentRow>();

	constructor(env: Env, store: Store, payments: Payments, timeline: Timeline, outbox: Outbox, calls: Calls) {
		this.#env = env;
		this.#store = store;
		this.#payments = payments;
		this.#timeline = timeline;
		this.#outbox = outbox;
		this.#calls = calls;
	}

	/** The payment that a key has asked for already. */
	known(keyHash: string): PaymentRow | undefined {
		const begun = this.#begun.get(keyHash);
		if (begun !== undefined && this.#calls.isLive(begun.id)) return begun;
		// After the clock had jumped, say: it must not leave any more.
		this.#begun.delete(keyHash);
		return this.settled(this.#payments.byKey(keyHash));
	}

	/** The payment of an id, which those who ask with its key are told before anything of it has left. */
	byId(id: string): PaymentRow | undefined {
		const begun = [...this.#begun.values()].find((begun) => begun.id === id);
		return begun === undefined ? this.settled(this.#payments.byId(id)) : this.known(begun.keyHash);
	}

	/** Asks Flinks for a payment that nobody has asked for with this key. */
	async start({ keyHash, fingerprints, shard, params, instance }: Ask, pay: FlinksPay): Promise<CreatedPayment> {
		const { product = "interac", referenceId, amount = null } = params;
		const id = `${shard}-${crypto.randomUUID()}`;
		const asked = { keyHash, fingerprint: fingerprints[2], fingerprintVersion: 2 as const, instance };
		const begun = { ...LEAVING, shown: IN_PROGRESS, id, ...asked, product, referenceId, amount, createdAt: Date.now() };
		this.#begun.set(keyHash, begun);
		try {
			return await this.#calls.during(id, () => this.#run(begun, params, pay));
		} finally {
			if (this.#isBegun(begun)) this.#begun.delete(keyHash);
		}
	}

	/** The row as it is, after a call for it that nobody carries on was given up. */
	settled(row: PaymentRow | undefined): PaymentRow | undefined {
		if (row?.state !== "sent" || this.#calls.isLive(row.id)) return row;
		this.giveUp(row.id);
		return this.#payments.byId(row.id);
	}

	/** Ends a call that nobody carries on: nobody knows what became of it. */
	giveUp(id: string): void {
		const row = this.#payments.byId(id);
		if (row?.state !== "sent") {
			this.#store.commit(() => this.#store.due.drop(id, "interrupted"));
		} else if (this.#calls.isLive(id)) {
			this.#store.commit(() => this.#store.due.schedule("interrupted", id, this.#calls.deadline()));
		} else {
			const { referenceId, instance, sessionId } = row;
			const facts = { outcome: "unknown" as const, id, referenceId, instance };
			const answer = { problem: { code: "outcome_unknown" as const, facts } };
			const ending = { state: "unknown" as const, answer, standing: null, sessionId: sessionId ?? undefined };
			this.#end(id, ending, [], { type: "outcome", outcome: "unknown", code: "interrupted" });
		}
	}

	async #run(begun: PaymentRow, params: PaymentParams, pay: FlinksPay): Promise<CreatedPayment> {
		const { id, referenceId } = begun;
		let seen: string | undefined;
		// Written with the state that they lead to.
		const attempts: Attempt[] = [];
		try {
			const started = await start(pay, params, {
				beforeSend: ({ stage, sessionId }) => {
					seen = sessionId;
					// After the clock had jumped, say, and the key's callers were told so: then it must not leave.
					if (stage !== "authorize" && !this.#leave(begun, sessionId)) throw new Error("given up");
				},
				onEvent: (event) => void attempts.push({ event: attempted(event), at: Date.now() }),
			});
			const { sessionId, requestId } = started;
			const created = { id, referenceId, ...started, status: INITIATED.status };
			const ending = { state: "created" as const, answer: { created }, standing: INITIATED, sessionId, requestId };
			return this.#conclude(id, ending, attempts, { type: "outcome", outcome: "created" });
		} catch (error) {
			return this.#fail(begun, error, seen, attempts);
		}
	}

	#isBegun(begun: PaymentRow): boolean {
		return this.#begun.get(begun.keyHash) === begun;
	}

	/** Writes down that something is about to leave that may create it; false where the call for it was given up. */
	#leave(begun: PaymentRow, sessionId: string | undefined): boolean {
		const { id, keyHash } = begun;
		if (sessionId !== undefined) return this.#store.commit(() => this.#payments.setSession(id, sessionId));
		// With another token, after the first was refused.
		if (!this.#isBegun(begun)) return this.#payments.byId(id)?.state === "sent";
		this.#store.commit(() => {
			this.#payments.insert(begun);
			// The object must wake should it die with the payment under way.
			this.#store.due.schedule("interrupted", id, this.#calls.deadline() + GRACE_MS);
			schedulePurge(this.#env, this.#store);
		});
		this.#begun.delete(keyHash);
		return true;
	}

	#fail(begun: PaymentRow, error: unknown, seen: string | undefined, attempts: readonly Attempt[]): CreatedPayment {
		const { id, referenceId, instance } = begun;
		const row = this.#payments.byId(id);
		// It was given up, and the key may have run again.
		if (row === undefined && !this.#isBegun(begun)) throw inProgress({ referenceId });
		// It could not be written down, and so did not leave.
		if (row === undefined && error instanceof FlinksPayError && error.code === "aborted") throw error.cause;
		const problem = fromClient(error, { id, referenceId });
		const sessionId = (error instanceof FlinksPayError ? error.sessionId : undefined) ?? seen;
		if (row === undefined || (row.state === "sent" && sessionId === undefined && isBeforeAll(error))) {
			this.#forget(id);
			// Whatever Flinks refused, it was no payment.
			throw new ProblemError(problem.code, { ...problem.facts, id: undefined, outcome: "not_sent" });
		}
		const { code, facts } = problem;
		const state = facts.outcome === "unknown" ? ("unknown" as const) : ("rejected" as const);
		const answer = { problem: { code, facts: { ...facts, instance } } };
		const ending = { state, answer, standing: null, sessionId };
		return this.#conclude(id, ending, attempts, { type: "outcome", outcome: state, code });
	}

	/** Writes down what became of a call, unless it was given up before; then what was said stands. */
	#conclude(id: string, ending: Ending, attempts: readonly Attempt[], outcome: PaymentEvent): CreatedPayment {
		if (this.#end(id, ending, attempts, outcome)) return unwrap(ending.answer);
		const { sessionId, requestId } = ending;
		const ids = {
			...(sessionId === undefined ? {} : { sessionId }),
			...(requestId === undefined ? {} : { requestId }),
		};
		this.#store.commit(() => this.#timeline.appendEvent(id, { type: "late_answer", ...ids }));
		return unwrap(this.#payments.byId(id)?.answer ?? null);
	}

	/** False where the payment has ended already. */
	#end(id: string, ending: Ending, attempts: readonly Attempt[], outcome: PaymentEvent): boolean {
		const { state, answer } = ending;
		const isEnded = this.#store.commit(() => {
			if (!this.#payments.end(id, ending)) return false;
			const { due } = this.#store;
			const now = Date.now();
			if (state === "created") due.schedule("read", id, firstReadAt(now, due.at("interrupted", id)));
			due.drop(id, "interrupted");
			if (this.#payments.byId(id)?.sessionId) due.schedule("claim", id, now);
			for (const { event, at } of attempts) this.#timeline.appendEvent(id, event, at);
			this.#timeline.appendEvent(id, outcome, now);
			this.#outbox.enqueueMessage(id, `payment.${state}` satisfies MessageType);
			return true;
		});
		if (isEnded) this.#count(id, state, answer);
		return isEnded;
	}

	/** As if nobody had asked: the key may run again. */
	#forget(id: string): void {
		this.#store.commit(() => {
			this.#payments.forget(id);
			this.#store.due.drop(id, "interrupted");
		});
	}

	#count(id: string, state: Ending["state"], answer: Answer): void {
		tell(
			"flinkspay.payment.started",
			{
				"flinkspay.product": this.#payments.byId(id)?.product ?? "",
				"flinkspay.outcome": state,
				...("problem" in answer ? { "error.type": answer.problem.code } : {}),
			},
			state === "unknown" ? "WARN" : "INFO",
		);
	}
}

/** When Flinks is asked first. It waits for the alarm that is set already, where that rings soon enough. */
function firstReadAt(now: number, alarmAt = 0): number {
	const at = now + pauseMs(0, Math.random());
	return alarmAt > at && alarmAt < at + GRACE_MS ? alarmAt : at;
}

/** What the key's caller is told who asks once more. */
export function replay(row: PaymentRow, { fingerprints }: Pick<Ask, "fingerprints">): CreatedPayment {
	const { id } = row;
	if (row.fingerprint !== fingerprints[row.fingerprintVersion]) {
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

/**
 * It failed where a token is fetched, or Flinks asked to wait. Before there is a session, that means that nothing had left
 * that could create one, or that Flinks had refused it: by 401, for which reason another token was needed, or by 429.
 */
function isBeforeAll(error: unknown): boolean {
	if (!(error instanceof FlinksPayError) || error.outcome === "unknown") return false;
	return error.stage === "authorize" || error.code === "rate_limited";
}
