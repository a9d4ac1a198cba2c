// A v2 session, and the functions that read it without a change. Follows
// docs.flinks.com/api/pay/endpoints/geft/sessions-status for EFT and GEFT, and .../e-transfer/sessions-details for
// e-Transfer; which status may follow which is inferred.
import { dollarMore } from "./amounts.ts";
import { isPaid } from "./payments.ts";
import { EFT_ONLY, eftScenarioOf, GEFT_ONLY, OUTCOMES, scenarioOf } from "./scenarios.ts";
import type { SessionParams } from "./session-params.ts";
import type { SessionState } from "./session-states.ts";
import type { Outcome, PaymentStatus } from "./types.ts";

/** A v2 session. */
export interface Session extends SessionParams, SessionState {
	readonly sessionId: string;
	/** By the sandbox's clock, as all times here. */
	readonly createdAt: number;
	readonly expiresAt: number;
	/** When the bank returns it: of the outcome `return_later`. */
	returnsAt?: number;
	/** Of an e-Transfer. */
	readonly transactionId: string;
	transaction: PaymentStatus;
	/** Of GEFT; `null` until it is known. */
	guarantee: { offered: boolean | null; accepted: boolean | null };
	/** Whether the answers have another amount than the one that moves. */
	differs: boolean;
}

/** The amount in answers and webhooks. */
export function answeredAmount({ amount, differs }: Session): number | null {
	return differs && amount !== null ? dollarMore(amount) : amount;
}

/** Whether the payor can still act. */
export function isOpen({ status }: Session): boolean {
	return status === "Initiated" || status === "InProgress";
}

/** Whether the session waits for the client's decision. A decision ends it, so an offer in an open session is undecided. */
export function isWaiting(session: Session): boolean {
	return isOpen(session) && session.guarantee.offered === true;
}

/** Whether the bank can take the money back. */
export function isReversible({ product, status, statusDetails, transaction }: Session): boolean {
	return product === "e-Transfer" ? isPaid(transaction) : status === "Completed" && statusDetails === "EFT0301";
}

/** The outcome that the reference or the name stands for. */
export function scenarioFor({ product, referenceId, payor }: Session): Outcome {
	const name = `${payor.firstName} ${payor.lastName}`;
	return product === "e-Transfer" ? scenarioOf(name) : eftScenarioOf(product, referenceId, name);
}

/** The outcomes of EFT and GEFT. */
const EFT_OUTCOMES = OUTCOMES.filter((one) => one !== "decline" && one !== "guarantee_accepted");

/** The outcomes that can be played now. */
export function outcomesOf(session: Session): Outcome[] {
	const { product, status, statusDetails } = session;
	// A payor who left the agreement unsigned can come back and sign it.
	if (statusDetails === "EFT0302") return ["accept"];
	if (!isOpen(session)) return [];
	if (isWaiting(session)) return ["guarantee_accepted", "guarantee_refused", "cancel", "expire"];
	const begun = status === "InProgress";
	if (product === "e-Transfer") {
		// Once the payor is at the bank, the session can no longer be cancelled or expire, as in v1.
		const first: Outcome[] = begun ? [] : ["cancel", "expire", "begin"];
		return ["accept", "decline", "mismatch", ...first, "differs"];
	}
	const others = product === "GEFT" ? EFT_ONLY : GEFT_ONLY;
	return EFT_OUTCOMES.filter((one) => !(begun && one === "begin") && !others.includes(one));
}
