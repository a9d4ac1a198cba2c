// Starts a payment, once for each key, whatever dies: each step is written down before it is sent (a Durable Object holds a
// request back until the writes before it are durable), and a step that was sent and whose answer is not written down is
// `unknown`, never sent again.

import { type FlinksPay, FlinksPayError } from "flinkspay-edge";
import type { Env } from "../env.ts";
import { ProblemError } from "../problem.ts";
import type { CreatedPayment, MessageType, PaymentEvent, PaymentParams } from "../schemas.ts";
import { tell } from "../telemetry.ts";
import { fromClient } from "../upstream.ts";
import { attempted, type Calls } from "./calls.ts";
import type { Outbox } from "./outbox.ts";
import type { Answer, Ending, Fingerprints, PaymentRow, Payments } from "./payments.ts";
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
interface Happened {
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

	constructor(env: Env, store: Store, payments: Payments, timeline: Timeline, outbox: Outbox, calls: Calls) {
		this.#env = env;
		this.#store = store;
		this.#payments = payments;
		this.#timeline = timeline;
		this.#outbox = outbox;
		this.#calls = calls;
	}

	/** Asks Flinks for a payment that nobody has asked for with this key. */
	start({ keyHash, fingerprints, shard, params, instance }: Ask, pay: FlinksPay): Promise<CreatedPayment> {
		const { product = "interac", referenceId, amount = null } = params;
		const id = `${shard}-${crypto.randomUUID()}`;
		const asked = { keyHash, fingerprint: fingerprints[2], fingerprintVersion: 2 as const, instance };
		this.#store.commit(() => {
			this.#payments.insert({ id, ...asked, product, referenceId, amount, createdAt: Date.now() });
			// The object must wake should it die with the payment under way.
			this.#store.due.schedule("interrupted", id, this.#calls.deadline());
			schedulePurge(this.#env, this.#store);
		});
		return this.#calls.during(id, () => this.#run(id, params, pay));
	}

	/** The row as it is, after a call for it that nobody carries on was given up. */
	settled(row: PaymentRow | undefined): PaymentRow | undefined {
		if (row === undefined || !isUnderWay(row) || this.#calls.isLive(row.id)) return row;
		this.giveUp(row.id);
		return this.#payments.byId(row.id);
	}

	/** Ends a call that nobody carries on: it never left, or nobody knows what became of it. */
	giveUp(id: string): void {
		const row = this.#payments.byId(id);
		if (row === undefined || !isUnderWay(row)) {
			this.#store.commit(() => this.#store.due.drop(id, "interrupted"));
		} else if (this.#calls.isLive(id)) {
			this.#store.commit(() => this.#store.due.schedule("interrupted", id, this.#calls.deadline()));
		} else if (row.state === "starting") {
			this.#forget(id);
		} else {
			const { referenceId, instance, sessionId } = row;
			const facts = { outcome: "unknown" as const, id, referenceId, instance };
			const answer = { problem: { code: "outcome_unknown" as const, facts } };
			const ending = { state: "unknown" as const, answer, standing: null, sessionId: sessionId ?? undefined };
			this.#end(id, ending, [], { type: "outcome", outcome: "unknown", code: "interrupted" });
		}
	}

	async #run(id: string, params: PaymentParams, pay: FlinksPay): Promise<CreatedPayment> {
		const about = { id, referenceId: params.referenceId };
		let seen: string | undefined;
		// Written with the state that they lead to.
		const attempts: Happened[] = [];
		try {
			const started = await start(pay, params, {
				beforeSend: ({ stage, sessionId }) => {
					seen = sessionId;
					// After the clock had jumped, say, and the key's callers were told so: then it must not leave.
					if (stage !== "authorize" && !this.#payments.markSent(id, sessionId)) throw new Error("given up");
				},
				onEvent: (event) => void attempts.push({ event: attempted(event), at: Date.now() }),
			});
			const { sessionId, requestId } = started;
			const created = { ...about, ...started, status: INITIATED.status };
			const ending = { state: "created" as const, answer: { created }, standing: INITIATED, sessionId, requestId };
			return this.#conclude(id, ending, attempts, { type: "outcome", outcome: "created" });
		} catch (error) {
			return this.#fail(id, error, seen, attempts, about);
		}
	}

	#fail(
		id: string,
		error: unknown,
		seen: string | undefined,
		attempts: readonly Happened[],
		about: { id: string; referenceId: string },
	): CreatedPayment {
		const row = this.#payments.byId(id);
		// It was given up and forgotten, and the key may have run again.
		if (row === undefined) throw inProgress({ referenceId: about.referenceId });
		const problem = fromClient(error, about);
		const sessionId = (error instanceof FlinksPayError ? error.sessionId : undefined) ?? seen;
		if (row.state === "starting" || (row.state === "sent" && sessionId === undefined && isBeforeAll(error))) {
			this.#forget(id);
			// Whatever Flinks refused, it was no payment.
			throw new ProblemError(problem.code, { ...problem.facts, id: undefined, outcome: "not_sent" });
		}
		const { code, facts } = problem;
		const state = facts.outcome === "unknown" ? ("unknown" as const) : ("rejected" as const);
		const answer = { problem: { code, facts: { ...facts, instance: row.instance } } };
		const ending = { state, answer, standing: null, sessionId };
		return this.#conclude(id, ending, attempts, { type: "outcome", outcome: state, code });
	}

	/** Writes down what became of a call, unless it was given up before; then what was said stands. */
	#conclude(id: string, ending: Ending, attempts: readonly Happened[], outcome: PaymentEvent): CreatedPayment {
		if (this.#end(id, ending, attempts, outcome)) return unwrap(ending.answer);
		const { sessionId, requestId } = ending;
		this.#timeline.appendEvent(id, {
			type: "late_answer",
			...(sessionId === undefined ? {} : { sessionId }),
			...(requestId === undefined ? {} : { requestId }),
		});
		return unwrap(this.#payments.byId(id)?.answer ?? null);
	}

	/** False where the payment has ended already. */
	#end(id: string, ending: Ending, attempts: readonly Happened[], outcome: PaymentEvent): boolean {
		const { state, answer } = ending;
		const isEnded = this.#store.commit(() => {
			if (!this.#payments.end(id, ending)) return false;
			const { due } = this.#store;
			const now = Date.now();
			due.drop(id, "interrupted");
			if (state === "created") due.schedule("read", id, now + pauseMs(0, Math.random()));
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
			this.#timeline.forget(id);
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

function isUnderWay({ state }: PaymentRow): boolean {
	return state === "starting" || state === "sent";
}

/**
 * It failed where a token is fetched, or Flinks asked to wait. Before there is a session, that means that nothing had left
 * that could create one, or that Flinks had refused it: by 401, for which reason another token was needed, or by 429.
 */
function isBeforeAll(error: unknown): boolean {
	if (!(error instanceof FlinksPayError) || error.outcome === "unknown") return false;
	return error.stage === "authorize" || error.code === "rate_limited";
}
