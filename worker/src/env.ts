// What Hono carries along with each request.

/** The bindings as the host gives them: which of them are there, and whether they can be used, `config.ts` decides. */
export type Env = Readonly<Record<string, unknown>>;

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
