// What a sandbox can be told, and its defaults. Where Flinks' public pages are silent or disagree, the behaviour is a
// switch here and not a guess inside the code. Answers to docs.flinks.com/api/pay/endpoints as a whole.
import type { SandboxWebhook } from "./webhook-settings.ts";

/** The pair that `POST /api/v1/authorize` asks for. */
export interface SandboxCredentials {
	username: string;
	password: string;
}

/** What a v2 session can be for. `GEFT` is an `EFT` whose guarantee is enabled. */
export type SessionProduct = "e-Transfer" | "EFT" | "GEFT";

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
	/** The status of a successful `sessions/initiate` and `sessions/sendrequest`. Unknown; default 200. */
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

	/** The redirect field of `sendrequest`: its page's `clientUrls`, or `clientURIs` too. Inferred; default `"both"`. */
	sendRequestUris?: "both" | "clientUrls";
	/** Whether the link that `sendrequest` e-mails can be paid without a payment request. Inferred; default `true`. */
	sendRequestPayable?: boolean;
	/** Whether `POST /api/v1/paymentrequests/{id}/cancel`, documented for EFT, is there for Interac. Inferred; default `true`. */
	interacCancel?: boolean;
	/** Cancelling what is cancelled already: 409, or the same answer again. Unknown; default `"conflict"`. */
	repeatCancel?: "conflict" | "same";
	/** The `referenceId` of a session that was given none: `null`, or no such key. Unknown; default `"null"`. */
	missingReferenceId?: "null" | "omitted";

	/** The v2 products that the client has; another one is refused with 403. Documented for EFT; default all three. */
	products?: readonly SessionProduct[];
	/** How many v2 sessions a token starts. Inferred from v1; default `"one"`. */
	tokenSessions?: "one" | "any";
	/** Whether a v2 create without the `x-client-id` header is refused with 400. Documented as optional; default `false`. */
	requireClientId?: boolean;
	/** How long a v2 session waits for its payor, in seconds. Unknown; default 900. */
	sessionExpiresInSeconds?: number;
	/** Whether `GET /api/v2/sessions/{id}/status` asks for a token. Documented both ways; default `"required"`. */
	statusToken?: "required" | "none";
	/** The directions of a v2 e-Transfer. Its pages show either; default `"DEBIT"`. */
	eTransferDirection?: "DEBIT" | "DEBIT_or_CREDIT";
	/** The type of `amount` in v2. Documented as a number; default `"number"`. */
	sessionAmount?: "number" | "number_or_text";
	/** Whether the client has a default settlement account. Without one, GEFT (documented) and e-Transfer (inferred) ask for `payee`. Default `true`. */
	defaultAccount?: boolean;
	/** The payor's address in GEFT: optional since September 2026, required before. Both documented; default `"optional"`. */
	geftAddress?: "optional" | "required";
	/** The type of `guaranteeAccepted`. Documented as a boolean; one example quotes it. Default `"boolean"`. */
	guaranteeAccepted?: "boolean" | "boolean_or_text";
	/** Whether an offered guarantee accepts itself (documented without a webhook) or waits for `guarantees/confirm`. Default `"auto"`. */
	guaranteeConfirm?: "auto" | "wait";
	/** The `accountNumber` of the payor in the details. Documented as perhaps masked; default `"masked"`. */
	accountNumber?: "masked" | "full";
	/** `statusDetails` of a v2 e-Transfer: no such key, or `null`. Its field list and its sample disagree; default `"omitted"`. */
	eTransferStatusDetails?: "omitted" | "null";
	/** Whether the details of an EFT or GEFT session say `statusDetails`, which their page does not list. Unknown; default `false`. */
	detailsStatusDetails?: boolean;
	/** The transactions of an e-Transfer that its payor has not begun: none, or one that is `Initiated`. Unknown; default `"none"`. */
	initiatedTransactions?: "none" | "one";

	/** Where webhooks go. Default: nowhere. */
	webhook?: SandboxWebhook;
	/** What delivers webhooks. Default: the global `fetch`, looked up at each delivery. */
	webhookFetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** The options with every default filled in. */
export type Settings = Required<Omit<SandboxOptions, "webhook">> & Pick<SandboxOptions, "webhook">;

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
		sendRequestUris: "both",
		sendRequestPayable: true,
		interacCancel: true,
		repeatCancel: "conflict",
		missingReferenceId: "null",
		products: ["e-Transfer", "EFT", "GEFT"],
		tokenSessions: "one",
		requireClientId: false,
		sessionExpiresInSeconds: 900,
		statusToken: "required",
		eTransferDirection: "DEBIT",
		sessionAmount: "number",
		defaultAccount: true,
		geftAddress: "optional",
		guaranteeAccepted: "boolean",
		guaranteeConfirm: "auto",
		accountNumber: "masked",
		eTransferStatusDetails: "omitted",
		detailsStatusDetails: false,
		initiatedTransactions: "none",
		webhookFetch: (url, init) => globalThis.fetch(url, init),
		...options,
	};
}

/** The reference of a session in an answer. */
export function reference(settings: Settings, referenceId: string | null): { referenceId?: string | null } {
	return referenceId === null && settings.missingReferenceId === "omitted" ? {} : { referenceId };
}
