// What Hono carries along with each request.

import type { TextBinding } from "./bindings.ts";

/** The bindings as the host gives them: which of them are there, and whether they can be used, `settings.ts` decides. */
export interface Env extends Readonly<Partial<Record<TextBinding, string | number>>> {
	/** The ledger's objects. Their class is for `ledger/` to say. */
	readonly LEDGER?: object;
	/** A limit on payments. */
	readonly RATE_LIMITER?: { limit(options: { key: string }): Promise<{ success: boolean }> };
}

/** The type argument of the Hono app. */
export interface App {
	Bindings: Env;
	Variables: {
		/** The id of this request, also in the header X-Request-Id. */
		requestId: string;
		/** The binding whose API key was presented, where one is needed. */
		keyName: string;
	};
}
