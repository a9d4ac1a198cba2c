// The journal: every request that reached the sandbox, told so that a test can assert what a client did, and so that
// no password and no token can be read from it. The sandbox's own; Flinks has nothing like it.
import type { FaultName } from "./fault-names.ts";

/** One request under `/api/` or `/app/`. */
export interface JournalEntry {
	/** When it arrived, by the sandbox's clock. */
	at: number;
	method: string;
	/** The path without the query. */
	path: string;
	/** The status that was answered; absent while the request is under way. */
	status?: number;
	/** At authorize: where credentials were found, whether or not they were right. */
	credentials?: "basic" | "form" | "both" | "none";
	/** The header that carried a token. */
	tokenHeader?: "authorization" | "bearertoken";
	/** A name for the token, the same each time it is seen: `token-1`. At authorize, the one issued. */
	token?: string;
	/** The `BaseURI` header. */
	baseUri?: string;
	/** The `x-client-id` header. */
	clientId?: string;
	/** The fault that was switched on for this request. */
	fault?: FaultName;
	/** The JSON fields received; at authorize the `grant_type` alone. */
	body?: Record<string, unknown>;
	/** The session that was created or spoken of. */
	sessionId?: string;
	/** The payment request that was created or spoken of. */
	requestId?: string;
}

/** What the journal puts at each route's disposal: handlers add to `entry` what they learn. */
export interface Journaled {
	Variables: { entry: JournalEntry };
}

/** Starts the entry of a request that has just arrived. */
export function openEntry(request: Request, now: number): JournalEntry {
	const entry: JournalEntry = { at: now, method: request.method, path: new URL(request.url).pathname };
	const baseUri = request.headers.get("baseuri");
	if (baseUri !== null) entry.baseUri = baseUri;
	const clientId = request.headers.get("x-client-id");
	if (clientId !== null) entry.clientId = clientId;
	return entry;
}
