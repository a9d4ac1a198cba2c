// The journal: every request that reached the sandbox, told so that a test can assert what a client did, and so that
// no password and no token can be read from it. The sandbox's own; Flinks has nothing like it.
import type { JournalEntry } from "./types.ts";

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
	const userAgent = request.headers.get("user-agent");
	if (userAgent !== null) entry.userAgent = userAgent;
	return entry;
}
