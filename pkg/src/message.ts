// What the Worker tells the merchant of a payment, as both read it: the Worker's schemas are held to these types.

import type { Funds, KnownFunds } from "./types/funds.js";

/** What a message is about. A later version of the Worker may have more: let those that you do not know pass. */
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

/** What a message has you do in your books: `"credit"` in one for each payment, `"reverse"` in one at most after it. */
export type Effect = "credit" | "reverse" | "none";

/** A payment as the Worker knows it. */
export interface Payment {
	/** The Worker's id of it: pass it on as the idempotency key of what you do about it. */
	id: string;
	/** How it is paid. */
	product: NonNullable<KnownFunds["product"]>;
	/** Flinks' id of the payment request, which `"interac"` alone has. */
	requestId?: string;
	/** Flinks' id of the session, once there is one. */
	sessionId?: string;
	/** Your id. */
	referenceId: string;
	/** What was asked for: Canadian dollars as text, until it is purged. */
	amount?: string;
	/** Flinks' own word, or one of the Worker's: to be shown, and not to be judged by. */
	status: string;
	/** Flinks' reason, such as `EFT0301`. */
	statusDetails?: string;
	/** Where the money is. */
	funds: Funds;
	/** Whether it is money: how it stands, and no event. What you do goes by `effect`. */
	paid: boolean;
	/** What Flinks says is paid: Canadian dollars as text, once `funds` is not `"none"` and until it is purged. */
	paidAmount?: string;
	/** Where that is another amount than was asked for. */
	amountDiffers?: true;
	/** Whether anything but a return can still change it. */
	final: boolean;
	/** What did not fit in Flinks' last answer: a person has to look. */
	mismatch?: "reference" | "amount" | "returned";
	/** Of `"geft"`: whether the guarantee waits for your decision, or what was decided. */
	guarantee?: "waiting" | "accepted" | "refused";
	/** The bank's code of an EFT that failed: three digits. */
	returnCode?: string;
	/** What Flinks advises for that code. */
	returnAdvice?: string;
	/** When you asked for it: ISO 8601, as all times. */
	createdAt: string;
	/** When Flinks was asked last. */
	readAt?: string;
}

/** A payment that is there: credit `paidAmount`, which may be another amount than was asked for. */
export type CreditedPayment = Payment & Required<Pick<Payment, "paidAmount">>;

/** A change of a payment. It narrows on `effect`. */
export type PaymentMessage = {
	/** What it is about. */
	type: MessageType;
	/** When the change was. */
	timestamp: string;
	/** Rises with each change of a payment, from 1. What is sent again keeps its own. */
	sequence: number;
} & ({ effect: "credit"; data: CreditedPayment } | { effect: Exclude<Effect, "credit">; data: Payment });
