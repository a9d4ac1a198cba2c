// The sandbox's error answers. Flinks documents no error body for v1; RFC 9457 problem details are inferred from the v2
// pages (docs.flinks.com/api/pay/endpoints/geft), which show them.

const TITLES = {
	400: "Bad Request",
	401: "Unauthorized",
	403: "Forbidden",
	404: "Not Found",
	409: "Conflict",
	415: "Unsupported Media Type",
	429: "Too Many Requests",
	500: "Internal Server Error",
	502: "Bad Gateway",
	503: "Service Unavailable",
} as const;

/** Thrown to refuse a request; the answer is `application/problem+json`. */
export class Refusal extends Error {
	readonly status: keyof typeof TITLES;
	readonly #members: Record<string, unknown>;
	readonly #headers: Record<string, string>;

	/** `errors` are messages by field; `challenge` is the WWW-Authenticate header of a 401. */
	constructor(
		status: keyof typeof TITLES,
		detail: string,
		more: { errors?: Record<string, string[]>; challenge?: string; retryAfter?: number } = {},
	) {
		super(detail);
		this.name = "Refusal";
		this.status = status;
		this.#members = more.errors ? { errors: more.errors } : {};
		this.#headers = {
			...(more.challenge === undefined ? {} : { "www-authenticate": more.challenge }),
			...(more.retryAfter === undefined ? {} : { "retry-after": String(more.retryAfter) }),
		};
	}

	/** The refusal of a body with the messages for its fields. */
	static invalid(errors: Record<string, string[]>): Refusal {
		return new Refusal(400, `Not valid: ${Object.keys(errors).join(", ")}.`, { errors });
	}

	/** The HTTP answer of this refusal. */
	toResponse(): Response {
		const headers = { "content-type": "application/problem+json", "cache-control": "no-store", ...this.#headers };
		const problem = { type: "about:blank", title: TITLES[this.status], status: this.status, detail: this.message };
		return new Response(JSON.stringify({ ...problem, ...this.#members }), { status: this.status, headers });
	}
}
