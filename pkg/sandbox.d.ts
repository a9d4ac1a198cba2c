/**
 * Types of `flinkspay-edge/sandbox`: a stand-in for Flinks Pay v1 (Interac e-Transfer request money). It is not Flinks,
 * and no money moves.
 *
 * "Documented" is Flinks' own word; "inferred" is reasoned from several of its pages; "unknown" means that nothing
 * public says, and the default is this sandbox's choice alone.
 *
 * ```ts
 * const sandbox = createSandbox();
 * const pay = new FlinksPay({ baseUrl: "https://sandbox.test", username: "sandbox", password: "sandbox", fetch: sandbox.fetch });
 * const { sessionId, requestId } = await pay.startPayment(params);
 * sandbox.play(sessionId, "accept");
 * (await pay.getPaymentRequest(requestId)).paid; // true
 * ```
 */

/** The pair that `POST /api/v1/authorize` asks for. */
export interface SandboxCredentials {
	username: string;
	password: string;
}

/** The settings of a sandbox. Each one may be left out. */
export interface SandboxOptions {
	/** The credentials that are accepted. Default `sandbox` and `sandbox`. */
	credentials?: SandboxCredentials;
	/** The life of a token in seconds, as `expires_in` says it. Documented: 299 (default); newer pages say 599. */
	expiresInSeconds?: number;
	/** How long a payment request waits for its payor, in seconds. Unknown; default 900. */
	requestExpiresInSeconds?: number;
	/** The status of a successful `sessions/initiate`. Unknown; default 200. */
	initiateStatus?: 200 | 201;
	/** A second payment request for one session: 409, or the same `requestId` again. Unknown; default `"conflict"`. */
	repeatPaymentRequest?: "conflict" | "same_id";
	/** Which of the two documented bodies `GET /api/v1/paymentrequests/{id}` answers with. Default `"interac"`. */
	statusBody?: "interac" | "eft";
	/** `"strict"` takes `Authorization: Bearer` alone, `"lenient"` also a `BearerToken` header. Inferred; default `"strict"`. */
	tokenHeader?: "strict" | "lenient";
	/** Whether a call without the `BaseURI` header is refused with 400. Unknown; default `false`. */
	requireBaseUri?: boolean;
	/** Real milliseconds that each answer under `/api/` is held back after its effect. The sandbox's own; default 0. */
	latencyMs?: number;
}

/** One of the nine documented statuses of a payment request. */
export type PaymentStatus =
	| "Initiated"
	| "Processing"
	| "Accepted"
	| "Processed"
	| "Settled"
	| "Cancelled"
	| "Expired"
	| "Declined"
	| "Failed";

/**
 * What can become of a payment request that is waiting for its payor. `mismatch` is an account in another name, which
 * fails; `begin` is a payor who is at the bank and has not answered yet.
 */
export type Outcome = "accept" | "decline" | "cancel" | "mismatch" | "expire" | "begin";

/** One request under `/api/` or `/app/`. It holds no password and no token. */
export interface JournalEntry {
	/** When it arrived, in milliseconds by the sandbox's clock. */
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
	/** The JSON fields received; at authorize the `grant_type` alone. */
	body?: Record<string, unknown>;
	/** The session that was created or spoken of. */
	sessionId?: string;
	/** The payment request that was created or spoken of. */
	requestId?: string;
}

/** A running sandbox. Its functions may be handed on without it. */
export interface Sandbox {
	/** Answers a request in this process, as the global `fetch` would over the network. */
	fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
	/** Every request under `/api/` and `/app/` in the order of arrival. To empty it, set its length to 0. */
	journal: JournalEntry[];
	/** Moves the clock forward by milliseconds: tokens and payment requests expire by it. */
	advance: (ms: number) => void;
	/**
	 * Plays the payor without a browser: the named outcome, or the one that the customer's last name stands for
	 * (`decline`, `cancel`, `expire`, `mismatch` within it, in any case; every other name accepts). Throws where the
	 * session is not known, has no payment request, or is past that outcome.
	 */
	play: (sessionId: string, outcome?: Outcome) => PaymentStatus;
	/** The end of a day: moves accepted payments to `Processed` or on to `Settled` (default); says how many moved. */
	settle: (to?: "Processed" | "Settled") => number;
}

/** Makes a sandbox with nothing in it. */
export function createSandbox(options?: SandboxOptions): Sandbox;
