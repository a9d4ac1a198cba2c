// How the sandbox says no. Flinks documents no error body for v1; RFC 9457 problem details are inferred from the v2
// pages (docs.flinks.com/api/pay/endpoints/geft), which show them.

const TITLES = {
	400: "Bad Request",
	401: "Unauthorized",
	404: "Not Found",
	409: "Conflict",
	415: "Unsupported Media Type",
} as const;

/** Thrown wherever a request is refused, and answered as `application/problem+json`. */
export class Refusal extends Error {
	readonly status: keyof typeof TITLES;
	readonly #members: Record<string, unknown>;
	readonly #challenge: string | undefined;

	/** `errors` names fields; `challenge` is the WWW-Authenticate header that a 401 carries. */
	constructor(
		status: keyof typeof TITLES,
		detail: string,
		more: { errors?: Record<string, string[]>; challenge?: string } = {},
	) {
		super(detail);
		this.name = "Refusal";
		this.status = status;
		this.#challenge = more.challenge;
		this.#members = more.errors ? { errors: more.errors } : {};
	}

	/** The answer that carries this refusal. */
	toResponse(): Response {
		const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
		if (this.#challenge) headers.set("www-authenticate", this.#challenge);
		const problem = { type: "about:blank", title: TITLES[this.status], status: this.status, detail: this.message };
		return new Response(JSON.stringify({ ...problem, ...this.#members }), { status: this.status, headers });
	}
}
