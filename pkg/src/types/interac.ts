// v1, Interac e-Transfer: what its calls take and give. The names are Rust's (src/interac.rs), and tests/declarations.rs
// compares them.

import type { Funds, Undocumented } from "./funds.js";

/** What a payment is started with. */
export interface PaymentParams {
	/**
	 * Your id for this payment: 1 to 255 characters of one line, something visible among them and none that turns the text's
	 * direction. Flinks keeps it and returns it in its end-of-day files.
	 */
	referenceId: string;
	/**
	 * Canadian dollars as text, such as `"12.50"`: up to thirteen digits, up to two decimals, above zero. A JavaScript
	 * number is refused, since it cannot hold every amount of cents.
	 */
	amount: string;
	/**
	 * The payor's name, as your id is written. Flinks compares it with the holder of the bank account; below a threshold no
	 * money moves.
	 */
	customerName: string;
	/** The payor's e-mail address, with no character that is not seen. */
	customerEmail: string;
	/**
	 * Passed on as `clientURIs` just as it is: the keys are not public, so Flinks must tell you which it knows. Plain
	 * JSON, at most 8 levels deep and 16 KiB long.
	 */
	clientUris?: { readonly [key: string]: unknown };
}

/** A payment that the payor can make now. */
export interface StartedPayment {
	/** Flinks' id of the session. */
	sessionId: string;
	/** Flinks' id of the payment request: ask for its status by it. */
	requestId: string;
	/** Your id, as sent. */
	referenceId: string;
	/** Where the payor goes: `{baseUrl}/app/?sessionId=…`. Whoever has it can act as the payor, so treat it as private. */
	appUrl: string;
}

/** A session that nobody can pay yet: it needs `createPaymentRequest`. */
export interface InitiatedSession {
	/** Flinks' id of the session. */
	sessionId: string;
	/** Your id, as sent. */
	referenceId: string;
}

/** A payment request that was created for a session. */
export interface CreatedPaymentRequest {
	/** Flinks' id of the payment request. */
	requestId: string;
}

/** A payment request that was cancelled. */
export interface CancelledPaymentRequest {
	/** The id that was cancelled. */
	requestId: string;
	/** Flinks' own word, where its answer has one. */
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

/** What all statuses of a payment request have. */
export interface PaymentRequestFields {
	/** Flinks' id of the payment request. */
	requestId: string;
	/** Flinks' own word, also where it is one that no page documents. */
	status: string;
	/** Where the money is: guaranteed for Accepted and Processed, settled for Settled, none for any other word. */
	funds: Funds;
	/** Whether it is money, by its funds: true for guaranteed and settled alone. */
	paid: boolean;
	/** True where Flinks documents no word that follows: Settled, Cancelled, Canceled, Expired, Declined and Failed. */
	final: boolean;
	/** Your id, where Flinks returns it. */
	referenceId?: string;
	/** Canadian dollars as text, where Flinks says how many. */
	amount?: string;
	/** The payor's link, where Flinks returns it. */
	paymentLink?: string;
}

/**
 * What Flinks says of a payment request. It narrows on `funds`, `paid` and `final`: what is paid is Accepted, Processed or
 * Settled, and a status that no page documents is neither paid nor final.
 */
export type PaymentRequestStatus = PaymentRequestFields &
	(
		| { status: "Accepted" | "Processed"; funds: "guaranteed"; paid: true; final: false }
		| { status: "Settled"; funds: "settled"; paid: true; final: true }
		| { status: "Cancelled" | "Canceled" | "Expired" | "Declined" | "Failed"; funds: "none"; paid: false; final: true }
		| { status: "Initiated" | "Processing" | Undocumented; funds: "none"; paid: false; final: false }
	);
