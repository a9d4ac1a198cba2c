// Flinks' webhooks: how they are signed and what they say. The names are Rust's (src/webhook.rs), and
// tests/declarations.rs compares them.

import type { SessionStatus } from "./sessions.js";

/** A webhook as received. */
export interface ReceivedWebhook {
	/** The body as received, bytes or text, at most 1 MiB. JSON that was parsed and written again does not verify. */
	body: string | ArrayBuffer | ArrayBufferView;
	/** The request's headers. */
	headers: WebhookHeaders;
	/** The secret, and while you change it the other one too. */
	secrets: readonly string[];
	/** The scheme that Flinks set up for you. */
	scheme: WebhookScheme;
	/**
	 * The header of the signature. Default `X-Webhook-Signature` for `geft`; for `flinks` either of `X-Flinks-Signature` and
	 * `flinks-authenticity-key`, since Flinks' pages have both.
	 */
	header?: string;
	/** For `geft`, the largest difference in seconds between `when` and now; `flinks` has no time. Default 300. */
	toleranceSeconds?: number;
}

/** A webhook of your tests that is not signed yet. */
export interface UnsignedWebhook extends Pick<ReceivedWebhook, "scheme"> {
	/** The body that you will send. */
	body: string | ArrayBuffer | ArrayBufferView;
	/** The secret that {@link ReceivedWebhook} is verified with. */
	secret: string;
	/** The header of the signature. Default `X-Webhook-Signature` for `geft`, `X-Flinks-Signature` for `flinks`. */
	header?: string;
}

/** How your webhooks are signed: Flinks tells you. It is never guessed from the webhook. */
export type WebhookScheme = "geft" | "flinks";

/**
 * A request's headers in any form of a host or a framework: anything with `get(name)`, an object or a map of names and values,
 * pairs of both, or names and values in turn, as in Node's `rawHeaders`. For anything else, such as a promise, the error names
 * what was given. A header with two different values is refused.
 */
export type WebhookHeaders =
	| { get(name: string): string | readonly string[] | null | undefined }
	| { readonly [name: string]: string | readonly string[] | undefined }
	| Iterable<readonly [name: string, value: string | readonly string[]]>
	| readonly string[];

/** The event of a webhook. It narrows on `type`. */
export type WebhookEvent = SessionEvent | UnknownEvent;

/**
 * A change of a session. A webhook may be lost, repeated or late: read the status before you credit a payment. It does not
 * have the product, so that `EFT0301` is scheduled here: use {@link fundsOf} with your product.
 */
export type SessionEvent = SessionStatus & {
	/** TypeScript narrows on it. */
	type: "SessionSetupStatusChanged";
	/** When the status changed, as Flinks wrote it. */
	when?: string;
};

/** An event that no public page describes, unchanged. */
export interface UnknownEvent {
	/** TypeScript narrows on it. */
	type: "unknown";
	/** The event's own name. */
	name?: string;
	/** The session that it is about, if it has one. */
	sessionId?: string;
	/** When it happened, as Flinks wrote it. */
	when?: string;
	/** The parsed body. */
	body: unknown;
}
