// v1, Interac e-Transfer. The names are Rust's (src/interac.rs), and tests/declarations.rs compares them.

import type { Funds, Undocumented } from "./funds.js";

/** The parameters of a v1 payment. */
export interface PaymentParams {
	/**
	 * Your id of this payment: 1 to 255 characters in one line, at least one of them visible, and none that changes the text
	 * direction. Flinks returns it in its end-of-day files.
	 */
	referenceId: string;
	/**
	 * Canadian dollars as text, such as `"12.50"`: up to thirteen digits, up to two decimals, above zero. A JavaScript
	 * number is refused, since it cannot hold every amount of cents.
	 */
	amount: string;
	/**
	 * The payor's name, with the same limits as `referenceId`. Flinks compares it with the holder of the bank account; below a
	 * threshold no money moves.
	 */
	customerName: string;
	/** The payor's e-mail address, without invisible characters. */
	customerEmail: string;
	/**
	 * Sent as `clientURIs`, unchanged. The keys are not public: ask Flinks for them. Plain JSON, at most 8 levels deep and
	 * 16 KiB long.
	 */
	clientUris?: { readonly [key: string]: unknown };
}

/** A payment that the payor can pay now. */
export interface StartedPayment extends InitiatedSession {
	/** Flinks' id of the payment request, for its status. */
	requestId: string;
	/** The payor's page: `{baseUrl}/app/?sessionId=…`. Whoever has the address can act as the payor: keep it private. */
	appUrl: string;
}

/** A session that cannot be paid before `createPaymentRequest`. */
export interface InitiatedSession {
	/** Flinks' id of the session. */
	sessionId: string;
	/** Your id, as sent. */
	referenceId: string;
}

/** A payment request, as it was created for a session. */
export interface CreatedPaymentRequest {
	/** Flinks' id of the payment request. */
	requestId: string;
}

/** A payment request that was cancelled. */
export interface CancelledPaymentRequest extends CreatedPaymentRequest {
	/** Flinks' own word, if its answer has one. */
	status?: string;
}

/** The nine statuses that Flinks documents for a v1 payment request. */
export type KnownPaymentStatus =
	| "Initiated"
	| "Processing"
	| "Accepted"
	| "Processed"
	| "Settled"
	| "Cancelled"
	| "Expired"
	| "Declined"
	| "Failed";

/** The common fields of all statuses of a payment request. */
export interface PaymentRequestFields extends CreatedPaymentRequest {
	/** Flinks' own word, also if no page documents it. */
	status: string;
	/** Where the money is: guaranteed for Accepted and Processed, settled for Settled, none for any other word. */
	funds: Funds;
	/** Whether it is paid: true for the funds guaranteed and settled only. */
	paid: boolean;
	/** Whether Flinks documents no status after it: Settled, Cancelled, Canceled, Expired, Declined and Failed. */
	final: boolean;
	/** Your id, if Flinks returns it. */
	referenceId?: string;
	/** Canadian dollars as text, if Flinks returns the amount. */
	amount?: string;
	/** The payor's link, if Flinks returns it. */
	paymentLink?: string;
}

/**
 * The status of a payment request. It narrows on `funds`, `paid` and `final`: a paid one is Accepted, Processed or Settled; a
 * status that no page documents is neither paid nor final.
 */
export type PaymentRequestStatus = PaymentRequestFields &
	(
		| { status: "Accepted" | "Processed"; funds: "guaranteed"; paid: true; final: false }
		| { status: "Settled"; funds: "settled"; paid: true; final: true }
		| { status: "Cancelled" | "Canceled" | "Expired" | "Declined" | "Failed"; funds: "none"; paid: false; final: true }
		| { status: "Initiated" | "Processing" | Undocumented; funds: "none"; paid: false; final: false }
	);
