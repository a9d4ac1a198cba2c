// The v2 sessions and their changes. Follows docs.flinks.com/api/pay/endpoints/geft/sessions-status for EFT
// and GEFT, .../geft/guarantee-confirm for guarantees, and .../e-transfer/sessions-details for e-Transfer; which status
// may follow which is inferred.
import { dollarMore, offerOf } from "./amounts.ts";
import type { Clock } from "./clock.ts";
import type { Settings } from "./options.ts";
import { mayMove } from "./payments.ts";
import { Refusal } from "./refusal.ts";
import { answeredAmount, isOpen, isReversible, isWaiting, outcomesOf, type Session, scenarioFor } from "./session.ts";
import type { SessionParams } from "./session-params.ts";
import { E_TRANSFER_ENDS, EFT_ENDS, INITIATED, type SessionState } from "./session-states.ts";
import type { OnDecisionNeeded, OnStatusChange, StatusChange } from "./status-change.ts";
import type { Outcome } from "./types.ts";

/** The amount that a payor types unless `play` is given one. */
const TYPED_AMOUNT = 100;

/** When the bank returns an EFT of `return_later`, and with which code: the sandbox's own choice. */
const RETURN_AFTER_MS = 3 * 24 * 60 * 60 * 1000;
const RETURN_CODE = "901";

/** The outcomes in which the payor agrees to pay. */
const AGREES: readonly Outcome[] = [
	"accept",
	"pad_pending",
	"next_best_offer",
	"guarantee_waits",
	"return_later",
	"differs",
];

/** All v2 sessions of one sandbox. */
export class Sessions {
	readonly #sessions = new Map<string, Session>();
	readonly #clock: Clock;
	readonly #settings: Settings;
	readonly #onStatusChange: OnStatusChange;
	readonly #onDecisionNeeded: OnDecisionNeeded;

	constructor(clock: Clock, settings: Settings, onStatusChange: OnStatusChange, onDecisionNeeded: OnDecisionNeeded) {
		this.#clock = clock;
		this.#settings = settings;
		this.#onStatusChange = onStatusChange;
		this.#onDecisionNeeded = onDecisionNeeded;
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
			differs: false,
		};
		this.#sessions.set(session.sessionId, session);
		return session;
	}

	/** The session; expires it, or returns its money, if the time for that has come. */
	find(sessionId: string): Session | undefined {
		const session = this.#sessions.get(sessionId);
		if (!session) return undefined;
		const now = this.#clock.now();
		if (now >= session.expiresAt && outcomesOf(session).includes("expire")) this.#end(session, "expire");
		if (session.returnsAt !== undefined && now >= session.returnsAt && isReversible(session)) this.reverse(session);
		return session;
	}

	/** The session. Throws a refusal if there is none. */
	require(sessionId: string): Session {
		const session = this.find(sessionId);
		if (!session) throw new Refusal(404, "There is no such session.");
		return session;
	}

	/** Every session, in the order of creation. */
	all(): Session[] {
		return [...this.#sessions.keys()].flatMap((sessionId) => this.find(sessionId) ?? []);
	}

	/** Plays the payor: the given outcome, or the one that the reference or the name stands for. */
	play(sessionId: string, outcome?: Outcome, amount = TYPED_AMOUNT): Session {
		const session = this.require(sessionId);
		const chosen = outcome ?? scenarioFor(session);
		if (!outcomesOf(session).includes(chosen)) {
			throw new Refusal(409, `A session of type ${session.product} that is ${session.status} cannot become ${chosen}.`);
		}
		if (AGREES.includes(chosen)) return this.#agree(session, chosen, amount);
		if (chosen === "guarantee_accepted" || chosen === "guarantee_refused") {
			session.guarantee.offered = true;
			return this.confirm(session, chosen === "guarantee_accepted");
		}
		return this.#end(session, chosen);
	}

	/** The API's cancel. */
	cancel(session: Session): void {
		const done = session.status === "Cancelled" || session.status === "Canceled";
		if (done && this.#settings.repeatCancel === "same") return;
		if (!outcomesOf(session).includes("cancel")) {
			throw new Refusal(409, `A session that is ${session.status} cannot be cancelled.`);
		}
		this.#end(session, "cancel");
	}

	/** The client's decision on a guarantee. A refused one ends the session as if none had been offered (inferred). */
	confirm(session: Session, accepted: boolean): Session {
		if (session.product !== "GEFT") throw new Refusal(409, `A session of type ${session.product} has no guarantee.`);
		if (!isOpen(session)) throw new Refusal(409, `The session is ${session.status}.`);
		session.guarantee.accepted = accepted;
		if (!accepted) return this.#end(session, "no_guarantee");
		return session.guarantee.offered ? this.#end(session, "accept") : session;
	}

	/** The end of a day: moves every accepted e-Transfer, or that of one session, and gives how many moved. */
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

	/**
	 * The bank takes the money back: the transaction of an e-Transfer fails, while its session stays completed; an EFT or
	 * GEFT session fails, with the bank's code (inferred).
	 */
	reverse(session: Session, code = RETURN_CODE): void {
		if (!isReversible(session)) throw new Refusal(409, `A session that is ${session.status} has no money to reverse.`);
		if (session.product === "e-Transfer") {
			session.transaction = "Failed";
			this.#onStatusChange(changeOf(session));
		} else this.#become(session, { status: "Failed", statusDetails: code, nameMatch: session.nameMatch });
	}

	/** Corrects an amount that differs in the answers. */
	correct(session: Session): void {
		if (!session.differs) throw new Refusal(409, "The answers already have the amount that moves.");
		session.differs = false;
	}

	/** The payor agrees to pay, with the particulars of the outcome. */
	#agree(session: Session, outcome: Outcome, typed: number): Session {
		const { product, guarantee, limits } = session;
		session.amount ??= typed;
		if (outcome === "next_best_offer") {
			const offered = offerOf(session.amount);
			const outside = offered < (limits.minimumAmount ?? 0.01) || offered > (limits.maximumAmount ?? offered);
			if (outside) return this.#end(session, "no_guarantee");
			session.amount = offered;
		}
		if (outcome === "return_later") session.returnsAt = this.#clock.now() + RETURN_AFTER_MS;
		if (outcome === "differs") {
			// For GEFT another amount is documented, so that amount is the one that moves.
			if (product === "GEFT") session.amount = dollarMore(session.amount);
			else session.differs = true;
		}
		if (product === "GEFT") {
			guarantee.offered = true;
			const waits = outcome === "guarantee_waits" || this.#settings.guaranteeConfirm === "wait";
			if (!waits) guarantee.accepted ??= true;
			// Otherwise guarantees/confirm ends the session.
			if (guarantee.accepted === null) return this.#wait(session);
		}
		return this.#end(session, outcome === "pad_pending" ? outcome : "accept");
	}

	/** Asks the client for a decision. Without an answer the session ends without a guarantee (with which code is unknown). */
	#wait(session: Session): Session {
		this.#end(session, "begin");
		this.#onDecisionNeeded(changeOf(session), {
			isWaiting: () => isWaiting(session),
			fail: () => void this.#end(session, "no_guarantee"),
		});
		return session;
	}

	#end(session: Session, outcome: Outcome): Session {
		if (session.product === "e-Transfer") {
			const end = E_TRANSFER_ENDS[outcome];
			if (end) session.transaction = end.transaction;
			return this.#become(session, end?.state);
		}
		if (outcome === "no_guarantee") session.guarantee.offered ??= false;
		return this.#become(session, EFT_ENDS[outcome]);
	}

	#become(session: Session, state: SessionState | undefined): Session {
		const { status, statusDetails } = session;
		Object.assign(session, state);
		if (session.status !== status || session.statusDetails !== statusDetails) this.#onStatusChange(changeOf(session));
		return session;
	}
}

/** The change of a session, for its webhook. */
function changeOf(session: Session): StatusChange {
	const { product, sessionId, referenceId, status, statusDetails } = session;
	return { product, sessionId, referenceId, amount: answeredAmount(session), status, statusDetails };
}
