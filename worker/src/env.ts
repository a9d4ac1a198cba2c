// The types of what Hono passes along with each request.

import type { TextBinding } from "./bindings.ts";

/** The bindings as the host gives them. `settings.ts` decides which are usable. */
export interface Env extends Readonly<Partial<Record<TextBinding, string | number>>> {
	/** The ledger's objects, as `ledger/client.ts` calls them. */
	readonly LEDGER?: object;
	readonly RATE_LIMITER?: { limit(options: { key: string }): Promise<{ success: boolean }> };
}

/** The type argument of the Hono app. */
export interface App {
	Bindings: Env;
	Variables: {
		/** The id of this request, which is also the header X-Request-Id. */
		requestId: string;
		/** The binding of the API key that was sent, on routes that need one. */
		keyName: string;
	};
}
