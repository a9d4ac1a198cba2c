// One v2 session, and what can be said of it without changing it. Answers to
// docs.flinks.com/api/pay/endpoints/geft/sessions-status for EFT and GEFT, and .../e-transfer/sessions-details for
// e-Transfer; which status may follow which is inferred.
import { dollarMore } from "./amounts.ts";
import { isPaid } from "./payments.ts";
import { eftScenarioOf, OF_EFT, OF_GEFT, scenarioOf } from "./scenarios.ts";
import type { SessionParams } from "./session-params.ts";
import type { SessionState } from "./session-states.ts";
import type { Outcome, PaymentStatus } from "./types.ts";

/** A v2 session. */
export interface Session extends SessionParams, SessionState {
	readonly sessionId: string;
	/** By the sandbox's clock. */
	readonly createdAt: number;
	readonly expiresAt: number;
	/** When the bank returns it by itself. */
	returnsAt?: number;
	/** Of an e-Transfer that its payor has begun. */
	readonly transactionId: string;
	transaction: PaymentStatus;
	/** Of GEFT: `null` until it is known. */
	guarantee: { offered: boolean | null; accepted: boolean | null };
	/** Whether the answers name another amount than that which moves. */
	differs: boolean;
}

/** The amount that the answers and webhooks name. */
export function amountTold({ amount, differs }: Session): number | null {
	return differs && amount !== null ? dollarMore(amount) : amount;
}

/** Whether the payor may still do something. */
export function isOpen({ status }: Session): boolean {
	return status === "Initiated" || status === "InProgress";
}

/** Whether it waits for the client's decision: a guarantee that was offered and decided ends its session. */
export function isWaiting(session: Session): boolean {
	return isOpen(session) && session.guarantee.offered === true;
}

/** Whether a bank could still take it back. */
export function isReversible({ product, status, statusDetails, transaction }: Session): boolean {
	return product === "e-Transfer" ? isPaid(transaction) : status === "Completed" && statusDetails === "EFT0301";
}

/** What the reference or the name stands for. */
export function scenarioFor({ product, referenceId, payor }: Session): Outcome {
	const name = `${payor.firstName} ${payor.lastName}`;
	return product === "e-Transfer" ? scenarioOf(name) : eftScenarioOf(product, referenceId, name);
}

/** What a payor of EFT and GEFT may do, or a bank or a client for one. */
const EFT_OUTCOMES: readonly Outcome[] = [
	"accept",
	"pad_pending",
	"login_failed",
	"no_guarantee",
	"mismatch",
	"low_balance",
	"cancel",
	"expire",
	"begin",
	"next_best_offer",
	"guarantee_waits",
	"guarantee_refused",
	"return_later",
	"differs",
];

/** What can become of the session now. */
export function outcomesOf(session: Session): Outcome[] {
	const { product, status, statusDetails } = session;
	// A payor who left the agreement unsigned may come back to sign it.
	if (statusDetails === "EFT0302") return ["accept"];
	if (!isOpen(session)) return [];
	if (isWaiting(session)) return ["guarantee_accepted", "guarantee_refused", "cancel", "expire"];
	const begun = status === "InProgress";
	if (product === "e-Transfer") {
		// At the bank, nothing can be taken back and nothing runs out, as in v1.
		const first: Outcome[] = begun ? [] : ["cancel", "expire", "begin"];
		return ["accept", "decline", "mismatch", ...first, "differs"];
	}
	const others = product === "GEFT" ? OF_EFT : OF_GEFT;
	return EFT_OUTCOMES.filter((one) => !(begun && one === "begin") && !others.includes(one));
}
