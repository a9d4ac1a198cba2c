// What a failure says. The names are Rust's (src/error.rs), and tests/declarations.rs compares them.

/** What an error means for the payment: nothing was sent, it was refused, or nobody knows. */
export type Outcome = "not_sent" | "rejected" | "unknown";

/** The step of the sequence at which a call ended. */
export type Stage =
	| "config"
	| "input"
	| "authorize"
	| "initiate"
	| "sendrequest"
	| "payment_request"
	| "status"
	| "session"
	| "session_status"
	| "session_details"
	| "cancel"
	| "guarantee"
	| "webhook";

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
	| "instance_lost"
	| "not_ready"
	| "webhook_signature";

/** What is known of a failure. */
export interface ErrorFieldsOf<Code extends ErrorCode> {
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
	/** Your id of the payment, where the call had one; after `"unknown"` this or `sessionId` says what to look up. */
	readonly referenceId?: string;
	/** The session that the error is about, where it is known. */
	readonly sessionId?: string;
}

/** An error about one option or parameter. */
export interface FieldErrorFields<Code extends ErrorCode> extends ErrorFieldsOf<Code> {
	/** The option or parameter that is at fault, by its path, such as `payor.email`. */
	readonly field: string;
}

/** What is known of any failure. */
export type AnyErrorFields =
	| FieldErrorFields<"invalid_config" | "invalid_input">
	| ErrorFieldsOf<Exclude<ErrorCode, "invalid_config" | "invalid_input">>;
