// The Worker's messages to the merchant. The compiler checks the Worker's schemas against these types.

import type { Funds, KnownFunds } from "./types/funds.js";

/** The type of a message. A later version of the Worker may have more: ignore those that you do not know. */
export type MessageType =
	| "payment.created"
	| "payment.rejected"
	| "payment.unknown"
	| "payment.updated"
	| "payment.resolved"
	| "payment.returned"
	| "payment.mismatch"
	| "payment.guarantee_waiting"
	| "payment.abandoned";

/** What to do in your books: at most one message of a payment says `"credit"`, and at most one after it `"reverse"`. */
export type Effect = "credit" | "reverse" | "none";

/** A payment at the Worker. */
export interface Payment {
	/** The Worker's id of the payment: use it as the idempotency key of your own work. */
	id: string;
	/** How it is paid. */
	product: NonNullable<KnownFunds["product"]>;
	/** Flinks' id of the payment request; for `"interac"` alone. */
	requestId?: string;
	/** Flinks' id of the session, once there is one. */
	sessionId?: string;
	/** Your id of the payment. */
	referenceId: string;
	/** The requested amount: Canadian dollars as text, until it is purged. */
	amount?: string;
	/** Flinks' own word, or one of the Worker's: show it, and decide by `effect`. */
	status: string;
	/** Flinks' reason, such as `EFT0301`. */
	statusDetails?: string;
	/** Where the money is. */
	funds: Funds;
	/** Whether it is paid now. This is a state and not an event: act on `effect`. */
	paid: boolean;
	/** The paid amount by Flinks' word: Canadian dollars as text, once `funds` is not `"none"` and until it is purged. */
	paidAmount?: string;
	/** If the paid amount is not the requested one. */
	amountDiffers?: true;
	/** Whether only a return can still change it. */
	final: boolean;
	/** What did not match in Flinks' last answer: a person must look into it. */
	mismatch?: "reference" | "amount" | "returned";
	/** For `"geft"`: whether the guarantee waits for your decision, or the decision. */
	guarantee?: "waiting" | "accepted" | "refused";
	/** The bank's return code of a failed EFT: three digits. */
	returnCode?: string;
	/** Flinks' advice for that code. */
	returnAdvice?: string;
	/** When you requested it: ISO 8601, as all times. */
	createdAt: string;
	/** When its status was last read from Flinks. */
	readAt?: string;
}

/** A payment to credit: credit `paidAmount`, which may differ from the requested amount. */
export type CreditedPayment = Payment & Required<Pick<Payment, "paidAmount">>;

/** A change of a payment. It narrows on `effect`. */
export type PaymentMessage = {
	/** The type of the change. */
	type: MessageType;
	/** When the change happened. */
	timestamp: string;
	/** The number of the change within its payment, from 1. A message that is sent again keeps its number. */
	sequence: number;
} & ({ effect: "credit"; data: CreditedPayment } | { effect: Exclude<Effect, "credit">; data: Payment });
