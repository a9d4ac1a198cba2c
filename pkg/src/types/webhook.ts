// Flinks' webhooks: how they are signed and what they say. The names are Rust's (src/webhook.rs), and
// tests/declarations.rs compares them.

import type { SessionStatus } from "./sessions.js";

/** A webhook as it was received. */
export interface ReceivedWebhook {
	/** The body as received, bytes or text, at most 1 MiB. JSON that was parsed and written again does not verify. */
	body: string | ArrayBuffer | ArrayBufferView;
	/** The request's headers. */
	headers: WebhookHeaders;
	/** The secret, and while you rotate it the other one too. */
	secrets: readonly string[];
	/** The scheme that Flinks set up for you. */
	scheme: WebhookScheme;
	/**
	 * The header with the signature. Default `X-Webhook-Signature` for `geft`; for `flinks` either of the two that Flinks'
	 * pages name, `X-Flinks-Signature` and `flinks-authenticity-key`.
	 */
	header?: string;
	/** How many seconds `when` may be from now, either way, for `geft`; `flinks` tells no time. Default 300. */
	toleranceSeconds?: number;
}

/** A webhook of your tests, to be signed. */
export interface UnsignedWebhook {
	/** The body that you will send. */
	body: string | ArrayBuffer | ArrayBufferView;
	/** The secret that {@link ReceivedWebhook} is verified with. */
	secret: string;
	/** As in {@link ReceivedWebhook}. */
	scheme: WebhookScheme;
	/** The header that it gets. Default `X-Webhook-Signature` for `geft`, `X-Flinks-Signature` for `flinks`. */
	header?: string;
}

/** How your webhooks are signed; Flinks tells you which it set up. It is never guessed from what was received. */
export type WebhookScheme = "geft" | "flinks";

/**
 * A request's headers, in whatever a host or a framework keeps them: anything with `get(name)`, an object or a map of names
 * and values, pairs of both, or names and values in turn, as Node's `rawHeaders`. Of what is given in their place, such as a
 * promise, the error says what it is. A header that is there twice with different values is refused.
 */
export type WebhookHeaders =
	| { get(name: string): string | readonly string[] | null | undefined }
	| { readonly [name: string]: string | readonly string[] | undefined }
	| Iterable<readonly [name: string, value: string | readonly string[]]>
	| readonly string[];

/** What a webhook says; it narrows on `type`. */
export type WebhookEvent = SessionEvent | UnknownEvent;

/**
 * The change of a session. A webhook may be lost, doubled or late: read the status before you credit anybody. It does not
 * say its product, so that `EFT0301` is scheduled here: {@link fundsOf} says what it is for yours.
 */
export type SessionEvent = SessionStatus & {
	/** TypeScript narrows on it. */
	type: "SessionSetupStatusChanged";
	/** When the status changed, as Flinks wrote it. */
	when?: string;
};

/** An event that no public page describes, handed on as it is. */
export interface UnknownEvent {
	/** TypeScript narrows on it. */
	type: "unknown";
	/** What it calls itself. */
	name?: string;
	/** The session that it is about, where it says so. */
	sessionId?: string;
	/** When it happened, as Flinks wrote it. */
	when?: string;
	/** What was received, parsed. */
	body: unknown;
}
