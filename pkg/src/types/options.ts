// What a client and its calls take, and what they report. The names are Rust's (src/config.rs, src/host.rs), and
// tests/declarations.rs compares them.

import type { Outcome, Stage } from "./error.js";

/** The options of a client. Nothing is read from the environment, and every default is documented here. */
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
	 * Sends each request. Default: the host's `fetch`, looked up at each call. Requests have `User-Agent:
	 * flinkspay-edge/<version>`, except in a browser, which sends its own.
	 */
	fetch?: (input: string, init: RequestInit) => Promise<Response>;
	/** Milliseconds for one step, headers and body together: a whole number from 1. Default 8000. */
	timeoutMs?: number;
	/** Milliseconds for a whole call, with the waits between tries: a whole number from 1. Default 25000. */
	deadlineMs?: number;
	/**
	 * How many tokens {@link FlinksPay.warm} keeps ready, so that a call need not authorize first: a whole number from 0 to
	 * 100. Default 0. Nothing is fetched until `warm` is called.
	 */
	warmTokens?: number;
	/** The `BaseURI` header of every request with a token. Default: the header is not sent. */
	instance?: string;
	/** The `x-client-id` header of every v2 request. Default: the header is not sent. */
	clientId?: string;
	/** How the credentials are sent to `/api/v1/authorize`: HTTP Basic, or the form fields `Username` and `Password`. Default `"basic"`. */
	credentialsIn?: "basic" | "form";
	/**
	 * What HTTP Basic encodes: `"raw"` is the UTF-8 bytes of `user:password`, `"rfc6749"` form-encodes both first
	 * (RFC 6749, section 2.3.1). Default `"raw"`.
	 */
	basicEncoding?: "raw" | "rfc6749";
	/** The header of the token: `Authorization: Bearer …` or `BearerToken: Bearer …`. Default `"authorization"`. */
	tokenHeader?: "authorization" | "bearertoken";
	/** How v1 sends the amount: as a JSON number or as JSON text. Default `"number"`. */
	amountAs?: "number" | "string";
	/**
	 * The largest amount of a guaranteed EFT, as text; a larger one is refused before anything is sent. Flinks' pages disagree:
	 * one has the default, another says that each account has its own. Default `"99999.99"`.
	 */
	largestGeftAmount?: string;
	/** Called after each attempt. What it throws or rejects with is ignored. Default: nothing is called. */
	onEvent?: (event: AttemptEvent) => unknown;
	/** Allows a client in a browser window, where everybody can read its credentials. Default `false`. */
	allowCredentialsInBrowser?: boolean;
}

/** Options of every call. */
export interface CallOptions {
	/** Aborts the call. The error's outcome is `"unknown"` if a request that may create a payment had left. */
	signal?: AbortSignal;
	/**
	 * Called right before each request of this call, so that a record can be written first. `sessionId` is set once a session
	 * exists. A promise is awaited, within `timeoutMs` and `deadlineMs`. If it throws or rejects, nothing is sent, and the call
	 * ends with the code `"aborted"` and that error as its `cause`.
	 */
	beforeSend?: (request: { stage: AttemptEvent["stage"]; sessionId?: string }) => unknown;
	/** Called after each attempt of this call, before the client's own `onEvent`. What it throws is ignored. */
	onEvent?: (event: AttemptEvent) => unknown;
}

/** Options of `waitForPayment`. */
export interface WaitOptions extends CallOptions {
	/** Milliseconds between two reads, plus up to a tenth. Default 30000, as Flinks asks for. */
	intervalMs?: number;
}

/** A request that was sent, and its result. It contains no secret and no personal data. */
export interface AttemptEvent {
	/** The step of the sequence. */
	stage: Exclude<Stage, "config" | "input" | "webhook">;
	/** 1 for the first try of this stage within the call. */
	attempt: number;
	/** The HTTP status, if there was an answer. */
	status?: number;
	/** Milliseconds from the request to the end of the answer's body. */
	durationMs: number;
	/** What the attempt means for the payment; `"ok"` if it succeeded. */
	outcome: "ok" | Outcome;
	/** Milliseconds since the request for the token that was sent; absent at `authorize`. */
	tokenAgeMs?: number;
}

/** The result of `warm`. */
export interface WarmTokens {
	/** How many tokens are ready, without those that another `warm` is fetching. */
	ready: number;
}
