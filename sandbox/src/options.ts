// What a sandbox can be told, and its defaults. Where Flinks' public pages are silent or disagree, the behaviour is a
// switch here and not a guess inside the code. Answers to docs.flinks.com/api/pay/endpoints as a whole.

/** The pair that `POST /api/v1/authorize` asks for. */
export interface SandboxCredentials {
	username: string;
	password: string;
}

/**
 * The settings of a sandbox. "Documented" is Flinks' own word; "inferred" is reasoned from several of its pages;
 * "unknown" means that nothing public says, and the default is this sandbox's choice alone.
 */
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

/** The options with every default filled in. */
export type Settings = Required<SandboxOptions>;

/** Fills in the defaults. */
export function withDefaults(options: SandboxOptions): Settings {
	return {
		credentials: { username: "sandbox", password: "sandbox" },
		expiresInSeconds: 299,
		requestExpiresInSeconds: 900,
		initiateStatus: 200,
		repeatPaymentRequest: "conflict",
		statusBody: "interac",
		tokenHeader: "strict",
		requireBaseUri: false,
		latencyMs: 0,
		...options,
	};
}
