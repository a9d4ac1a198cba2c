// Starts a payment, once for each key, whatever dies. A request that may create something is recorded before it is sent:
// a Durable Object holds a request back until the writes before it are durable. A request that was sent and whose answer
// is not stored is `unknown`, and is never sent again. A payment is in memory alone until its first such request leaves,
// so what dies with it was never sent.

import { type FlinksPay, FlinksPayError } from "flinkspay-edge";
import { toProblem } from "../client-errors.ts";
import type { Env } from "../env.ts";
import { ProblemError } from "../problem.ts";
import type { MessageType, PaymentEvent } from "../schemas/events.ts";
import type { PaymentParams } from "../schemas/params.ts";
import type { CreatedPayment } from "../schemas/payment.ts";
import { log } from "../telemetry.ts";
import type { CreateRequest } from "./api.ts";
import { type Calls, GRACE_MS, recordAttempt } from "./calls.ts";
import type { Outbox } from "./outbox.ts";
import { type Answer, IN_PROGRESS, NEWLY_SENT, type PaymentRow, type StoredEvent } from "./payment.ts";
import type { CallResult } from "./payments.ts";
import { inProgress } from "./problems.ts";
import { start } from "./products.ts";
import { schedulePurge } from "./purging.ts";
import { INITIATED, pollDelayMs } from "./status.ts";
import type { Store } from "./store.ts";

export class Starting {
	readonly #env: Env;
	readonly #store: Store;
	readonly #outbox: Outbox;
	readonly #calls: Calls;
	/** Payments of which no creating request has left yet, by their keys. */
	readonly #begun = new Map<string, PaymentRow>();

	constructor(env: Env, store: Store, outbox: Outbox, calls: Calls) {
		this.#env = env;
		this.#store = store;
		this.#outbox = outbox;
		this.#calls = calls;
	}

	known(keyHash: string): PaymentRow | undefined {
		const begun = this.#begun.get(keyHash);
		if (begun !== undefined && this.#calls.isLive(begun.id)) return begun;
		// The call took too long, for example because the clock jumped. It must not send anything any more.
		this.#begun.delete(keyHash);
		return this.endLostCall(this.#store.payments.byKey(keyHash));
	}

	/** A payment by its id. The callers of its key get the id before anything has left. */
	byId(id: string): PaymentRow | undefined {
		const begun = [...this.#begun.values()].find((begun) => begun.id === id);
		return begun === undefined ? this.endLostCall(this.#store.payments.byId(id)) : this.known(begun.keyHash);
	}

	async start(
		{ keyHash, fingerprints, shard, params, instance }: CreateRequest,
		pay: FlinksPay,
	): Promise<CreatedPayment> {
		const { product = "interac", referenceId, amount = null } = params;
		const id = `${shard}-${crypto.randomUUID()}`;
		const request = { keyHash, fingerprint: fingerprints[2], fingerprintVersion: 2 as const, instance };
		const begun = {
			...NEWLY_SENT,
			shown: IN_PROGRESS,
			id,
			...request,
			product,
			referenceId,
			amount,
			createdAt: Date.now(),
		};
		this.#begun.set(keyHash, begun);
		try {
			return await this.#calls.during(id, () => this.#run(begun, params, pay));
		} finally {
			if (this.#isBegun(begun)) this.#begun.delete(keyHash);
		}
	}

	/** The present row, after a lost call of the payment was given up. */
	endLostCall(row: PaymentRow | undefined): PaymentRow | undefined {
		if (row?.state !== "sent" || this.#calls.isLive(row.id)) return row;
		this.giveUp(row.id);
		return this.#store.payments.byId(row.id);
	}

	/** Gives up a call that nobody continues. Its result is unknown. */
	giveUp(id: string): void {
		const row = this.#store.payments.byId(id);
		if (row?.state !== "sent") {
			this.#store.commit(() => this.#store.due.drop(id, "interrupted"));
		} else if (this.#calls.isLive(id)) {
			this.#store.commit(() => this.#store.due.schedule("interrupted", id, this.#calls.deadline()));
		} else {
			const { referenceId, instance, sessionId } = row;
			const facts = { outcome: "unknown" as const, id, referenceId, instance };
			const answer = { problem: { code: "outcome_unknown" as const, facts } };
			const result = { state: "unknown" as const, answer, current: null, sessionId: sessionId ?? undefined };
			this.#end(id, result, [], { type: "outcome", outcome: "unknown", code: "interrupted" });
		}
	}

	async #run(begun: PaymentRow, params: PaymentParams, pay: FlinksPay): Promise<CreatedPayment> {
		const { id, referenceId } = begun;
		let seen: string | undefined;
		// Stored together with the result.
		const attempts: StoredEvent[] = [];
		try {
			const started = await start(pay, params, {
				beforeSend: ({ stage, sessionId }) => {
					seen = sessionId;
					// The call may have been given up, for example after the clock jumped, and the key's callers were
					// answered so. Then it must not send anything.
					if (stage !== "authorize" && !this.#leave(begun, sessionId)) throw new Error("The call was given up.");
				},
				onEvent: (event) => void attempts.push({ at: Date.now(), ...recordAttempt(event) }),
			});
			const { sessionId, requestId } = started;
			const created = { id, referenceId, ...started, status: INITIATED.status };
			const result = { state: "created" as const, answer: { created }, current: INITIATED, sessionId, requestId };
			return this.#storeResult(id, result, attempts, { type: "outcome", outcome: "created" });
		} catch (error) {
			return this.#fail(begun, error, seen, attempts);
		}
	}

	#isBegun(begun: PaymentRow): boolean {
		return this.#begun.get(begun.keyHash) === begun;
	}

	/** Records that a creating request is about to leave. False where the call was given up. */
	#leave(begun: PaymentRow, sessionId: string | undefined): boolean {
		const { id, keyHash } = begun;
		if (sessionId !== undefined) return this.#store.commit(() => this.#store.payments.setSession(id, sessionId));
		// The same request with another token, after the first token was refused.
		if (!this.#isBegun(begun)) return this.#store.payments.byId(id)?.state === "sent";
		this.#store.commit(() => {
			this.#store.payments.insert(begun);
			// If the object dies, it must wake to settle the payment.
			this.#store.due.schedule("interrupted", id, this.#calls.deadline() + GRACE_MS);
			schedulePurge(this.#env, this.#store);
		});
		this.#begun.delete(keyHash);
		return true;
	}

	#fail(begun: PaymentRow, error: unknown, seen: string | undefined, attempts: readonly StoredEvent[]): CreatedPayment {
		const { id, referenceId, instance } = begun;
		const row = this.#store.payments.byId(id);
		// The call was given up, and the key may have been used again.
		if (row === undefined && !this.#isBegun(begun)) throw inProgress({ referenceId });
		// The request could not be recorded, so it was not sent.
		if (row === undefined && error instanceof FlinksPayError && error.code === "aborted") throw error.cause;
		const problem = toProblem(error, { id, referenceId });
		const sessionId = (error instanceof FlinksPayError ? error.sessionId : undefined) ?? seen;
		if (row === undefined || (row.state === "sent" && sessionId === undefined && isNothingCreated(error))) {
			this.#forget(id);
			// Flinks may have refused something, but it was not the payment.
			throw new ProblemError(problem.code, { ...problem.facts, id: undefined, outcome: "not_sent" });
		}
		const { code, facts } = problem;
		const state = facts.outcome === "unknown" ? ("unknown" as const) : ("rejected" as const);
		const answer = { problem: { code, facts: { ...facts, instance } } };
		const result = { state, answer, current: null, sessionId };
		return this.#storeResult(id, result, attempts, { type: "outcome", outcome: state, code });
	}

	/** Stores the result of a call. Where the call was given up before, its stored result stays. */
	#storeResult(
		id: string,
		result: CallResult,
		attempts: readonly StoredEvent[],
		outcome: PaymentEvent,
	): CreatedPayment {
		if (this.#end(id, result, attempts, outcome)) return unwrap(result.answer);
		const { sessionId, requestId } = result;
		this.#store.commit(() => this.#store.timeline.appendEvent(id, { type: "late_answer", sessionId, requestId }));
		return unwrap(this.#store.payments.byId(id)?.answer ?? null);
	}

	/** Stores a result. False where there is one already. */
	#end(id: string, result: CallResult, attempts: readonly StoredEvent[], outcome: PaymentEvent): boolean {
		const { state, answer } = result;
		const isEnded = this.#store.commit(() => {
			if (!this.#store.payments.end(id, result)) return false;
			const { due } = this.#store;
			const now = Date.now();
			if (state === "created") due.schedule("read", id, firstReadAt(now, due.at("interrupted", id)));
			due.drop(id, "interrupted");
			if (this.#store.payments.byId(id)?.sessionId) due.schedule("claim", id, now);
			for (const { at, ...event } of attempts) this.#store.timeline.appendEvent(id, event, at);
			this.#store.timeline.appendEvent(id, outcome, now);
			this.#outbox.enqueueMessage(id, `payment.${state}` satisfies MessageType);
			return true;
		});
		if (isEnded) this.#logStart(id, state, answer);
		return isEnded;
	}

	/** Deletes the payment, so that the key may be used again. */
	#forget(id: string): void {
		this.#store.commit(() => {
			this.#store.payments.forget(id);
			this.#store.due.drop(id, "interrupted");
		});
	}

	#logStart(id: string, state: CallResult["state"], answer: Answer): void {
		log(
			"flinkspay.payment.started",
			{
				"flinkspay.product": this.#store.payments.byId(id)?.product ?? "",
				"flinkspay.outcome": state,
				...("problem" in answer ? { "error.type": answer.problem.code } : {}),
			},
			state === "unknown" ? "WARN" : "INFO",
		);
	}
}

/** The time of the first poll. It uses the alarm that is already set, where that rings soon enough. */
function firstReadAt(now: number, alarmAt = 0): number {
	const at = now + pollDelayMs(0, Math.random());
	return alarmAt > at && alarmAt < at + GRACE_MS ? alarmAt : at;
}

export function replay(row: PaymentRow, { fingerprints }: Pick<CreateRequest, "fingerprints">): CreatedPayment {
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
 * Whether no payment can exist: the call failed at fetching a token, or Flinks asked to wait. Without a session either no
 * creating request had left, or Flinks had refused it by 401, so that another token was needed, or by 429.
 */
function isNothingCreated(error: unknown): boolean {
	if (!(error instanceof FlinksPayError) || error.outcome === "unknown") return false;
	return error.stage === "authorize" || error.code === "rate_limited";
}
