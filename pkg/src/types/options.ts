// What a client and its calls take, and what they report. The names are Rust's (src/config.rs, src/host.rs), and
// tests/declarations.rs compares them.

import type { Outcome, Stage } from "./error.js";

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
	/**
	 * Called to send each request. Default: the host's `fetch`, looked up at each call. Requests say `User-Agent:
	 * flinkspay-edge/<version>`, but not in a browser, which says who it is itself.
	 */
	fetch?: (input: string, init: RequestInit) => Promise<Response>;
	/** Milliseconds for one step, headers and body together: a whole number from 1. Default 8000. */
	timeoutMs?: number;
	/** Milliseconds for a whole call, waits between tries included: a whole number from 1. Default 25000. */
	deadlineMs?: number;
	/**
	 * How many tokens {@link FlinksPay.warm} keeps ready, so that a call need not ask for one first: a whole number from 0
	 * to 100. Default 0. Nothing is fetched until `warm` is called.
	 */
	warmTokens?: number;
	/** Sent as the `BaseURI` header with every request that carries a token. Default: the header is not sent. */
	instance?: string;
	/** Sent as the `x-client-id` header with every v2 request. Default: the header is not sent. */
	clientId?: string;
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
	/**
	 * The most that a guaranteed EFT may be about, as text; more is refused before it is sent. Flinks' pages disagree: one
	 * has the default, another says that it is set for each account. Default `"99999.99"`.
	 */
	largestGeftAmount?: string;
	/** Told of each attempt once it is over. What it throws or rejects with is ignored. Default: nobody is told. */
	onEvent?: (event: AttemptEvent) => unknown;
	/** A window shows its credentials to everybody, so a client is not built in one unless this is `true`. Default `false`. */
	allowCredentialsInBrowser?: boolean;
}

/** What every call takes besides its parameters. */
export interface CallOptions {
	/** Ends the call at once. The error's outcome is `"unknown"` if a request that may create a payment had left. */
	signal?: AbortSignal;
	/**
	 * Called right before each request of this call is sent, for a record that must be written before: `sessionId` is
	 * there once a session exists. A promise is waited for, within `timeoutMs` and `deadlineMs`. What it throws or rejects
	 * with stops the request: nothing is sent, and the call ends with the code `"aborted"` and that as its `cause`.
	 */
	beforeSend?: (request: { stage: AttemptEvent["stage"]; sessionId?: string }) => unknown;
	/** Told of each attempt of this call once it is over, before the client's own `onEvent`. What it throws is ignored. */
	onEvent?: (event: AttemptEvent) => unknown;
}

/** What `waitForPayment` takes besides the id. */
export interface WaitOptions extends CallOptions {
	/** Milliseconds between two questions, to which up to a tenth is added. Default 30000, which Flinks asks for. */
	intervalMs?: number;
}

/** One request that was sent and what became of it. It holds nothing secret and nothing about a person. */
export interface AttemptEvent {
	/** The step of the sequence. */
	stage: Exclude<Stage, "config" | "input" | "webhook">;
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

/** What `warm` has made of the pool. */
export interface WarmTokens {
	/** How many tokens are ready. Those that another `warm` is fetching are not counted. */
	ready: number;
}
