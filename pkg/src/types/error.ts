// What a failure says. The names are Rust's (src/error.rs), and tests/declarations.rs compares them.

/** What an error means for the payment: nothing that can be paid was created, Flinks refused it, or it may exist. */
export type Outcome = "not_sent" | "rejected" | "unknown";

/** The step at which a call failed. */
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

/** What went wrong. These words do not change between releases. */
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

/** The fields of a failure. */
export interface ErrorFieldsOf<Code extends ErrorCode> {
	/** What went wrong. TypeScript narrows on it. */
	readonly code: Code;
	/** The step at which the call failed. */
	readonly stage: Stage;
	/** What it means for the payment. After `"unknown"` look the payment up at Flinks before you request it again. */
	readonly outcome: Outcome;
	/** Whether the same call can be made again without the risk of a second payment. */
	readonly retryable: boolean;
	/** The HTTP status, if there was an answer. */
	readonly status?: number;
	/** Milliseconds to wait by Flinks' `Retry-After`, at most 24 hours. */
	readonly retryAfterMs?: number;
	/** Your id of the payment, if the call had one. After `"unknown"` look the payment up by it, or by `sessionId`. */
	readonly referenceId?: string;
	/** The session that the error is about, if it is known. */
	readonly sessionId?: string;
}

/** An error about one option or parameter. */
export interface FieldErrorFields<Code extends ErrorCode> extends ErrorFieldsOf<Code> {
	/** The option or parameter that is wrong, by its path, such as `payor.email`. */
	readonly field: string;
}

/** The fields of any failure. */
export type AnyErrorFields =
	| FieldErrorFields<"invalid_config" | "invalid_input">
	| ErrorFieldsOf<Exclude<ErrorCode, "invalid_config" | "invalid_input">>;
