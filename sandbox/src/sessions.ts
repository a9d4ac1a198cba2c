// The v2 sessions and what becomes of them. Answers to docs.flinks.com/api/pay/endpoints/geft/sessions-status for EFT
// and GEFT, and .../e-transfer/sessions-details for e-Transfer; which status may follow which is inferred.
import type { Notify } from "./changes.ts";
import type { Clock } from "./clock.ts";
import type { Settings } from "./options.ts";
import { mayMove } from "./payments.ts";
import { Refusal } from "./refusal.ts";
import { eftScenarioOf, scenarioOf } from "./scenarios.ts";
import type { SessionParams } from "./session-params.ts";
import { E_TRANSFER_ENDS, EFT_ENDS, INITIATED, type SessionState } from "./session-states.ts";
import type { Outcome, PaymentStatus } from "./types.ts";

/** A v2 session. */
export interface Session extends SessionParams, SessionState {
	readonly sessionId: string;
	/** By the sandbox's clock. */
	readonly createdAt: number;
	readonly expiresAt: number;
	/** Of an e-Transfer that its payor has begun. */
	readonly transactionId: string;
	transaction: PaymentStatus;
	/** Of GEFT: `null` until it is known. */
	guarantee: { offered: boolean | null; accepted: boolean | null };
}

/** What a payor who is asked for an amount types, unless a test says otherwise. */
const TYPED_AMOUNT = 100;

/** All v2 sessions of one sandbox. */
export class Sessions {
	readonly #sessions = new Map<string, Session>();
	readonly #clock: Clock;
	readonly #settings: Settings;
	readonly #notify: Notify;

	constructor(clock: Clock, settings: Settings, notify: Notify) {
		this.#clock = clock;
		this.#settings = settings;
		this.#notify = notify;
	}

	create(params: SessionParams): Session {
		const createdAt = this.#clock.now();
		const session: Session = {
			...params,
			...INITIATED[params.product],
			sessionId: crypto.randomUUID(),
			createdAt,
			expiresAt: createdAt + this.#settings.sessionExpiresInSeconds * 1000,
			transactionId: crypto.randomUUID(),
			transaction: "Initiated",
			guarantee: { offered: null, accepted: null },
		};
		this.#sessions.set(session.sessionId, session);
		return session;
	}

	/** The session, expired if its payor has been idle for too long. */
	find(sessionId: string): Session | undefined {
		const session = this.#sessions.get(sessionId);
		if (session && this.#clock.now() >= session.expiresAt && outcomesOf(session).includes("expire")) {
			this.#end(session, "expire");
		}
		return session;
	}

	/** The session, or a refusal. */
	require(sessionId: string): Session {
		const session = this.find(sessionId);
		if (!session) throw new Refusal(404, "There is no such session.");
		return session;
	}

	/** Every session, in the order of creation. */
	all(): Session[] {
		return [...this.#sessions.keys()].flatMap((sessionId) => this.find(sessionId) ?? []);
	}

	/** Plays the payor: the outcome that is named, or the one that the reference or the name stands for. */
	play(sessionId: string, outcome?: Outcome, amount = TYPED_AMOUNT): Session {
		const session = this.require(sessionId);
		const chosen = outcome ?? scenarioFor(session);
		if (!outcomesOf(session).includes(chosen)) {
			throw new Refusal(409, `A session of type ${session.product} that is ${session.status} cannot become ${chosen}.`);
		}
		if (chosen === "accept" || chosen === "pad_pending") {
			session.amount ??= amount;
			if (session.product === "GEFT") {
				session.guarantee.offered = true;
				if (this.#settings.guaranteeConfirm === "auto") session.guarantee.accepted ??= true;
				// The merchant is asked first: guarantees/confirm goes on from here.
				if (session.guarantee.accepted === null) return this.#end(session, "begin");
			}
		}
		return this.#end(session, chosen);
	}

	/** Cancels by the API. */
	cancel(session: Session): void {
		const done = session.status === "Cancelled" || session.status === "Canceled";
		if (done && this.#settings.repeatCancel === "same") return;
		if (!outcomesOf(session).includes("cancel")) {
			throw new Refusal(409, `A session that is ${session.status} cannot be cancelled.`);
		}
		this.#end(session, "cancel");
	}

	/** Answers the offer of a guarantee. One that is refused ends the session as if none had been offered (inferred). */
	confirm(session: Session, accepted: boolean): void {
		if (session.product !== "GEFT") throw new Refusal(409, `A session of type ${session.product} has no guarantee.`);
		if (!isOpen(session)) throw new Refusal(409, `The session is ${session.status}.`);
		session.guarantee.accepted = accepted;
		if (!accepted) this.#end(session, "no_guarantee");
		else if (session.guarantee.offered) this.#end(session, "accept");
	}

	/** The end of a day: moves every e-Transfer that was accepted, or one, and says how many moved. */
	settle(to: "Processed" | "Settled", only?: string): number {
		let count = 0;
		for (const session of this.#sessions.values()) {
			if (only !== undefined && session.sessionId !== only) continue;
			const before = session.transaction;
			for (const next of to === "Settled" ? (["Processed", "Settled"] as const) : (["Processed"] as const)) {
				if (mayMove(session.transaction, next)) session.transaction = next;
			}
			if (session.transaction !== before) count += 1;
		}
		return count;
	}

	#end(session: Session, outcome: Outcome): Session {
		const before = session.status;
		const beforeDetails = session.statusDetails;
		if (session.product === "e-Transfer") {
			const end = E_TRANSFER_ENDS[outcome];
			if (end) Object.assign(session, end.state, { transaction: end.transaction });
		} else {
			Object.assign(session, EFT_ENDS[outcome]);
			if (outcome === "no_guarantee") session.guarantee.offered ??= false;
		}
		if (session.status === before && session.statusDetails === beforeDetails) return session;
		const { product, sessionId, referenceId, amount, status, statusDetails } = session;
		this.#notify({ product, sessionId, referenceId, amount, status, statusDetails });
		return session;
	}
}

/** Whether the payor may still do something. */
export function isOpen({ status }: Session): boolean {
	return status === "Initiated" || status === "InProgress";
}

/** What the reference or the name stands for. */
export function scenarioFor({ product, referenceId, payor }: Session): Outcome {
	const name = `${payor.firstName} ${payor.lastName}`;
	return product === "e-Transfer" ? scenarioOf(name) : eftScenarioOf(referenceId, name, product === "GEFT");
}

/** What can become of the session now. */
export function outcomesOf(session: Session): Outcome[] {
	const { product, status, statusDetails } = session;
	// A payor who left the agreement unsigned may come back to sign it.
	if (statusDetails === "EFT0302") return ["accept"];
	if (!isOpen(session)) return [];
	const begun = status === "InProgress";
	if (product === "e-Transfer") {
		// At the bank, nothing can be taken back and nothing runs out, as in v1.
		return begun ? ["accept", "decline", "mismatch"] : ["accept", "decline", "mismatch", "cancel", "expire", "begin"];
	}
	const all: Outcome[] = [
		"accept",
		"pad_pending",
		"login_failed",
		"no_guarantee",
		"mismatch",
		"low_balance",
		"cancel",
		"expire",
		"begin",
	];
	return all.filter((one) => !(begun && one === "begin") && !(product === "EFT" && one === "no_guarantee"));
}
