/**
 * Types of `flinkspay-edge`: Flinks Pay's Interac e-Transfer sequence (v1) through the host's own `fetch`.
 *
 * Each fact about the vendor's API is documented by Flinks unless a comment says that it is inferred. No live host of
 * Flinks has been tried with this package yet.
 */

/** Everything that a client is configured with. Nothing is read from the environment and nothing has a hidden default. */
export interface FlinksPayOptions {
	/**
	 * The origin that Flinks gave you at onboarding, for example `https://pay.example.com`: https, or http on `127.0.0.1`,
	 * `[::1]` or `localhost`. One trailing slash is allowed; a path, query, fragment or user name is not. An international
	 * host name is written in its ASCII form.
	 */
	baseUrl: string;
	/** The user name, which newer pages of Flinks call Client ID. */
	username: string;
	/** The password, which newer pages of Flinks call Client Secret. It is sent to `/api/v1/authorize` alone. */
	password: string;
	/** Called in place of the host's `fetch`, which is otherwise looked up at each call. */
	fetch?: (input: string, init: RequestInit) => Promise<Response>;
	/** Milliseconds for one step, headers and body together: a whole number from 1. Default 8000. */
	timeoutMs?: number;
	/** Milliseconds for a whole call, waits between tries included: a whole number from 1. Default 25000. */
	deadlineMs?: number;
	/** Sent as the `BaseURI` header with every request that carries a token. Default: the header is not sent. */
	instance?: string;
	/** How the credentials travel to `/api/v1/authorize`: HTTP Basic, or the form fields `Username` and `Password`. Default `"basic"`. */
	credentialsIn?: "basic" | "form";
	/**
	 * What HTTP Basic encodes: `"raw"` is the UTF-8 bytes of `user:password`, `"rfc6749"` form-encodes both first
	 * (RFC 6749, section 2.3.1). Default `"raw"`.
	 */
	basicEncoding?: "raw" | "rfc6749";
	/** Which header carries the token: `Authorization: Bearer …`, or `BearerToken: Bearer …`. Default `"authorization"`. */
	tokenHeader?: "authorization" | "bearertoken";
	/** How v1 sends the amount: as a JSON number or as JSON text. Default `"number"`. */
	amountAs?: "number" | "string";
	/** Told of each attempt once it is over. What it throws is ignored. */
	onEvent?: (event: AttemptEvent) => void;
	/** A window shows its credentials to everybody, so a client is not built in one unless this is `true`. Default `false`. */
	allowCredentialsInBrowser?: boolean;
}

/** One request that was sent and what became of it. It holds nothing secret and nothing about a person. */
export interface AttemptEvent {
	/** The step of the sequence. */
	stage: "authorize" | "initiate" | "payment_request" | "status";
	/** 1 for the first try of this stage within the call. */
	attempt: number;
	/** The HTTP status, where there was an answer. */
	status?: number;
	/** Milliseconds from the request to the end of the answer's body. */
	durationMs: number;
	/** What the attempt means for the payment; `"ok"` where it did what it was sent for. */
	outcome: "ok" | Outcome;
	/** Milliseconds since the token that was sent had been asked for; absent at `authorize`. */
	tokenAgeMs?: number;
}

/** What a payment is started with. */
export interface PaymentParams {
	/** Your id for this payment: 1 to 255 characters. Flinks keeps it and returns it in its end-of-day files. */
	referenceId: string;
	/**
	 * Canadian dollars as text, such as `"12.50"`: up to thirteen digits, up to two decimals, above zero. A JavaScript
	 * number is refused, since it cannot hold every amount of cents.
	 */
	amount: string;
	/** The payor's name. Flinks compares it with the holder of the bank account; below a threshold no money moves. */
	customerName: string;
	/** The payor's e-mail address. */
	customerEmail: string;
	/**
	 * Passed on as `clientURIs` just as it is: the keys are not public, so Flinks must tell you which it knows. Plain
	 * JSON, at most 8 levels deep.
	 */
	clientUris?: { readonly [key: string]: unknown };
}

/** What every call takes besides its parameters. */
export interface CallOptions {
	/** Ends the call at once. The error's outcome is `"unknown"` if a request that may create a payment had left. */
	signal?: AbortSignal;
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

/** What Flinks says of a payment request. */
export interface PaymentRequestStatus {
	/** Flinks' id of the payment request. */
	requestId: string;
	/** Flinks' own word, also where it is one that no page documents. */
	status: KnownPaymentStatus | (string & Record<never, never>);
	/** True for Accepted, Processed and Settled alone. */
	paid: boolean;
	/** True once the status cannot change any more: Settled, Cancelled, Canceled, Expired, Declined and Failed. */
	final: boolean;
	/** Your id, where Flinks returns it. */
	referenceId?: string;
	/** The payor's link, where Flinks returns it. */
	paymentLink?: string;
}

/** What an error means for the payment: nothing was sent, it was refused, or nobody knows. */
export type Outcome = "not_sent" | "rejected" | "unknown";

/** The step of the sequence at which a call ended. */
export type Stage = "config" | "input" | "authorize" | "initiate" | "payment_request" | "status";

/** What went wrong; these words do not change between releases. */
export type ErrorCode =
	| "invalid_config"
	| "invalid_input"
	| "closed"
	| "aborted"
	| "deadline_exceeded"
	| "timeout"
	| "network"
	| "credentials_rejected"
	| "token_rejected"
	| "forbidden"
	| "rejected"
	| "not_found"
	| "conflict"
	| "rate_limited"
	| "upstream_unavailable"
	| "upstream_protocol"
	| "unexpected_redirect"
	| "instance_lost";

interface ErrorFields<Code extends ErrorCode> {
	/** What went wrong. TypeScript narrows on it. */
	readonly code: Code;
	/** The step at which the call ended. */
	readonly stage: Stage;
	/** What it means for the payment. After `"unknown"` look the payment up at Flinks before you ask for it again. */
	readonly outcome: Outcome;
	/** True where the same call may be made again with no risk of asking twice. */
	readonly retryable: boolean;
	/** The HTTP status, where there was an answer. */
	readonly status?: number;
	/** Milliseconds that Flinks asked to wait, 24 hours at most. */
	readonly retryAfterMs?: number;
	/** Your id of the payment, where the call had one; always there where the outcome of a payment is unknown. */
	readonly referenceId?: string;
	/** The session that the error is about, where it is known. */
	readonly sessionId?: string;
}

/** An error about one option or parameter. */
interface FieldErrorFields<Code extends ErrorCode> extends ErrorFields<Code> {
	/** The option or parameter that is at fault, by its name. */
	readonly field: string;
}

/** Every failure of this package, as a union that narrows on `code`. No message holds a secret or what a person typed. */
export type FlinksPayError = Error &
	(
		| FieldErrorFields<"invalid_config" | "invalid_input">
		| ErrorFields<Exclude<ErrorCode, "invalid_config" | "invalid_input">>
	);

/** The class of every failure, for `instanceof`. Errors are made by the package alone. */
export declare const FlinksPayError: {
	readonly prototype: FlinksPayError;
	[Symbol.hasInstance](value: unknown): value is FlinksPayError;
};

/**
 * A client of Flinks Pay. It may live in module scope: it holds configuration, never anything of one request. Every
 * method rejects with a {@link FlinksPayError} and with nothing else.
 */
export declare class FlinksPay {
	/** @throws {FlinksPayError} `invalid_config`, with the option's name in `field`. */
	constructor(options: FlinksPayOptions);
	/** Authorize, initiate, payment request: after it the payor can be sent to `appUrl`. */
	startPayment(params: PaymentParams, options?: CallOptions): Promise<StartedPayment>;
	/** Authorize, initiate: a session that needs {@link createPaymentRequest} before anybody can pay. */
	initiateSession(params: PaymentParams, options?: CallOptions): Promise<InitiatedSession>;
	/** Authorize, payment request, for a session that was initiated earlier. */
	createPaymentRequest(sessionId: string, options?: CallOptions): Promise<CreatedPaymentRequest>;
	/** Authorize, status. Flinks asks to be polled no more often than every 30 seconds. */
	getPaymentRequest(requestId: string, options?: CallOptions): Promise<PaymentRequestStatus>;
	/** Ends the calls that run; later calls reject with `closed`. */
	close(): void;
	/** The same as {@link close}, for `using`. */
	[Symbol.dispose](): void;
}
