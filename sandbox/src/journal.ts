// The journal: every request that reached the sandbox, so that a test can assert what a client did. It contains no password
// and no token. The sandbox's own, not one of Flinks' pages.
import type { JournalEntry } from "./types.ts";

/** The context of a route whose requests the journal records: handlers add what they read to `entry`. */
export interface Journaled {
	Variables: { entry: JournalEntry };
}

/** The entry of a request that has just arrived. */
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
