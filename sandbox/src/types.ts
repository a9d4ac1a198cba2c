// The public types of the sandbox, published as they are, so that this file imports nothing. "Documented", "inferred" and
// "unknown" are about Flinks' public pages, docs.flinks.com/api/pay/endpoints.

/** The credentials of `POST /api/v1/authorize`. */
export interface SandboxCredentials {
	/** The user name. */
	username: string;
	/** The password. */
	password: string;
}

/** The product of a v2 session. `GEFT` is an `EFT` whose guarantee is enabled. */
export type SessionProduct = "e-Transfer" | "EFT" | "GEFT";

/**
 * The options of a sandbox. "Documented" is what Flinks' pages say; "inferred" is concluded from several of its pages;
 * "unknown" is what no public page says, so that the default is this sandbox's choice.
 */
export interface SandboxOptions {
	/** The credentials that are accepted. Default `sandbox` and `sandbox`. */
	credentials?: SandboxCredentials;
	/** The lifetime of a token in seconds, which is `expires_in`. Documented: 299 (default); newer pages say 599. */
	expiresInSeconds?: number;
	/** The lifetime of a payment request in seconds. Unknown; default 900. */
	requestExpiresInSeconds?: number;
	/** The status of a successful `sessions/initiate` and `sessions/sendrequest`. Unknown; default 200. */
	initiateStatus?: 200 | 201;
	/** The answer to a second payment request for a session: 409, or the same `requestId`. Unknown; default `"conflict"`. */
	repeatPaymentRequest?: "conflict" | "same_id";
	/** The body of `GET /api/v1/paymentrequests/{id}`: either of two documented ones. Default `"interac"`. */
	statusBody?: "interac" | "eft";
	/** Where credentials are read: HTTP Basic, the form fields, or either. Documented both ways; default `"either"`. */
	credentialsIn?: "either" | "basic" | "form";
	/** What HTTP Basic encodes: `user:password` as it is, or both form-encoded (RFC 6749). Inferred; default `"raw"`. */
	basicEncoding?: "raw" | "rfc6749";
	/** After how many refused credentials authorize stays locked; 0 is never. Unknown; default 0. */
	lockOutAfter?: number;
	/** The status of authorize once it is locked. Unknown; default 429. */
	lockOutStatus?: 403 | 429;
	/**
	 * The header of the token. `"strict"` accepts `Authorization: Bearer` alone; `"lenient"` also `BearerToken`;
	 * `"bearertoken"` `BearerToken` alone; `"by_version"` `BearerToken` alone in v1 and `Authorization` alone in v2.
	 * Inferred; default `"strict"`.
	 */
	tokenHeader?: "strict" | "lenient" | "bearertoken" | "by_version";
	/** Whether the `BaseURI` header is required: without it 400. Unknown; default `false`. */
	requireBaseUri?: boolean;
	/** Real milliseconds by which each answer under `/api/` is delayed after its effect. The sandbox's own; default 0. */
	latencyMs?: number;
	/** Seconds by which the `Date` header of answers under `/api/` is ahead; with 0 there is no such header. The sandbox's own; default 0. */
	dateOffsetSeconds?: number;
	/** The origin to which every call under `/api/` is redirected with 307. The sandbox's own; default `""`: no redirect. */
	redirectTo?: string;

	/** The redirect field of `sendrequest`: `clientUrls` as on its page, or `clientURIs` too. Inferred; default `"both"`. */
	sendRequestUris?: "both" | "clientUrls";
	/** Whether the link that `sendrequest` e-mails can be paid without a payment request. Inferred; default `true`. */
	sendRequestPayable?: boolean;
	/** Whether Interac has `POST /api/v1/paymentrequests/{id}/cancel`, which is documented for EFT. Inferred; default `true`. */
	interacCancel?: boolean;
	/** The answer to a second cancel: 409, or the first answer again. Unknown; default `"conflict"`. */
	repeatCancel?: "conflict" | "same";
	/** The `referenceId` of a session without one: `null`, or no such key. Unknown; default `"null"`. */
	missingReferenceId?: "null" | "omitted";

	/** The v2 products that the client may use; others are 403. Documented for EFT; default all three. */
	products?: readonly SessionProduct[];
	/** How many v2 sessions a token can start. Inferred from v1; default `"one"`. */
	tokenSessions?: "one" | "any";
	/**
	 * Whether a v2 create requires the `x-client-id` header: without it 400. `"always"`: every v2 call with a token requires
	 * it. Documented as optional; default `false`.
	 */
	requireClientId?: boolean | "always";
	/** The lifetime of a v2 session in seconds. Unknown; default 900. */
	sessionExpiresInSeconds?: number;
	/** Whether `GET /api/v2/sessions/{id}/status` needs a token. Documented both ways; default `"required"`. */
	statusToken?: "required" | "none";
	/** The allowed directions of a v2 e-Transfer. Flinks' pages disagree; default `"DEBIT"`. */
	eTransferDirection?: "DEBIT" | "DEBIT_or_CREDIT";
	/** The type of `amount` in v2. Documented as a number; default `"number"`. */
	sessionAmount?: "number" | "number_or_text";
	/** Whether the client has a default settlement account. Without one, GEFT (documented) and e-Transfer (inferred) require `payee`. Default `true`. */
	defaultAccount?: boolean;
	/** The payor's address in GEFT: optional since September 2026, required before. Both documented; default `"optional"`. */
	geftAddress?: "optional" | "required";
	/** The type of `guaranteeAccepted`. Documented as a boolean; one example quotes it. Default `"boolean"`. */
	guaranteeAccepted?: "boolean" | "boolean_or_text";
	/**
	 * Whether an offered guarantee is accepted automatically (documented without a webhook) or waits for
	 * `guarantees/confirm` (documented with one). Default `"auto"`, with or without a webhook.
	 */
	guaranteeConfirm?: "auto" | "wait";
	/** The payor's `accountNumber` in the details. Documented as possibly masked; default `"masked"`. */
	accountNumber?: "masked" | "full";
	/** `statusDetails` of a v2 e-Transfer: no such key, or `null`. The page's field list and sample disagree; default `"omitted"`. */
	eTransferStatusDetails?: "omitted" | "null";
	/** Whether the details of an EFT or GEFT session have `statusDetails`, which their page does not list. Unknown; default `false`. */
	detailsStatusDetails?: boolean;
	/** The transactions of an e-Transfer before the payor begins: none, or one that is `Initiated`. Unknown; default `"none"`. */
	initiatedTransactions?: "none" | "one";

	/** The address and the signature of webhooks. Default: no webhooks. */
	webhook?: SandboxWebhook;
	/** Sends the webhooks. Default: the global `fetch`, looked up at each delivery. */
	webhookFetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** Where webhooks go, and how they are signed. */
export interface SandboxWebhook {
	/** The address of the receiver. */
	url: string;
	/** The key of the signature: its UTF-8 bytes. */
	secret: string;
	/**
	 * `"geft"`: `sha256=` and upper-case hex in `X-Webhook-Signature`. `"flinks"`: Base64 in `X-Flinks-Signature`. Both
	 * documented, for different families of webhooks. Default `"geft"`.
	 */
	scheme?: "geft" | "flinks";
	/** The header of the signature. Flinks' pages disagree for `"flinks"`. Default: that of the scheme. */
	headerName?: string;
	/** Whether Interac e-Transfer, v1 and v2, has webhooks too. Only that they exist is documented; default `false`. */
	interac?: boolean;
	/** Makes the body of an Interac webhook, whose shape is unknown. Default: the fields of the event. */
	interacBody?: (event: WebhookEvent) => unknown;
	/** The name of the event that asks for the decision on a guarantee. Unknown; default `"GuaranteeDecisionRequired"`. */
	guaranteeEvent?: string;
	/** The fault of every event. Default: none. */
	fault?: WebhookFault;
}

/** The event of a webhook, before it becomes the body. */
export interface WebhookEvent {
	/** Its name. */
	event: string;
	/** When the status changed, as ISO 8601. */
	when: string;
	/** The session that it is about. */
	sessionId: string;
	/** Of Interac v1 alone. */
	requestId?: string;
	/** The session's reference id. */
	referenceId: string | null;
	/** Canadian dollars. */
	amount: number | null;
	/** The new status. */
	status: string;
	/** Why it has this status; for EFT and GEFT alone. */
	statusDetails: string | null;
}

/** A fault of a webhook. `reorder` holds an event back until the next one has been sent. */
export type WebhookFault = "duplicate" | "reorder" | "drop" | "bad_signature";

/** A webhook that was due, sent or not. */
export interface WebhookDelivery {
	/** When it was due, in milliseconds by the sandbox's clock. */
	at: number;
	/** Its receiver's address. */
	url: string;
	/** The name of its event. */
	event: string;
	/** The session that it is about. */
	sessionId: string;
	/** The status in the event. */
	status: string;
	/** The headers that were sent, with the signature. */
	headers: Record<string, string>;
	/** The bytes that were signed, as text. */
	body: string;
	/** Its fault. */
	fault?: WebhookFault;
	/** The HTTP status of the receiver's answer. */
	answer?: number;
	/** Why there was no answer. */
	error?: string;
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

/** One of the documented statuses of a v2 session. `Cancelled` is e-Transfer's spelling, `Canceled` that of EFT and GEFT. */
export type SessionStatus = "Initiated" | "InProgress" | "Completed" | "Failed" | "Cancelled" | "Canceled" | "Expired";

/**
 * The outcome of a payment that waits for its payor. `mismatch` is an account in another name, which fails; `begin` is a
 * payor who is at the bank and has not answered yet; `differs` is `accept` with a dollar too much in the answers. `decline`
 * is for Interac; from `pad_pending` on all but `differs` are for EFT and GEFT. For GEFT alone are `no_guarantee`,
 * `next_best_offer` (80 % is guaranteed) and the client's decision: the guarantee waits for it (`guarantee_waits`), is
 * accepted while it waits (`guarantee_accepted`) or refused (`guarantee_refused`). `return_later` is a regular EFT that its
 * bank returns after three days.
 */
export type Outcome =
	| "accept"
	| "decline"
	| "cancel"
	| "mismatch"
	| "expire"
	| "begin"
	| "pad_pending"
	| "login_failed"
	| "no_guarantee"
	| "low_balance"
	| "next_best_offer"
	| "guarantee_waits"
	| "guarantee_accepted"
	| "guarantee_refused"
	| "return_later"
	| "differs";

/** The calls that can have a fault. `cancel` is that of v1 and of v2. */
export type Step =
	| "authorize"
	| "initiate"
	| "sendrequest"
	| "payment_request"
	| "status"
	| "session"
	| "session_status"
	| "session_details"
	| "cancel"
	| "guarantee";

/**
 * The faults of a call. A number, `timeout_before` and `token_expired` happen before the call has any effect, the others
 * after it. `token_expired` expires the token of the call; at authorize, the token that it issues.
 */
export type FaultName =
	| "429"
	| "500"
	| "502"
	| "503"
	| "timeout_before"
	| "timeout_after"
	| "slow_body"
	| "empty"
	| "html"
	| "not_json"
	| "token_expired";

/** A fault that is switched on. */
export interface SandboxFault {
	/** The call that fails. */
	step: Step;
	/** How it fails. */
	fault: FaultName;
	/** How many calls fail. Default 1. */
	times?: number;
	/** The `Retry-After` header, in seconds, of a fault that is a number. Default: no such header. */
	retryAfter?: number;
	/** Real milliseconds between the two halves of a `slow_body`. Default 10000. */
	delayMs?: number;
}

/** An e-mail with the link to a payment. */
export interface SandboxEmail {
	/** When it was sent, in milliseconds by the sandbox's clock. */
	at: number;
	/** The payor's address. */
	to: string;
	/** The payor's name. */
	name: string;
	/** Its subject. */
	subject: string;
	/** The payor's link. */
	link: string;
	/** The session that it is about. */
	sessionId: string;
	/** As the session was given it. */
	referenceId: string | null;
}

/** A payment in the book of the merchant's bank. */
export interface SandboxBookEntry {
	/** Its product. */
	product: "Interac v1" | SessionProduct;
	/** Its session. */
	sessionId: string;
	/** For Interac v1 alone, once there is one. */
	requestId?: string;
	/** As the session was given it. */
	referenceId: string | null;
	/**
	 * Canadian dollars that are settled or guaranteed now, such as `"12.50"`; `"0.00"` before that and after a return.
	 */
	money: string;
	/** Canadian dollars of a regular EFT that is scheduled and not returned. They are never `money`: a bank may return them for days. */
	scheduled: string;
}

/** A request under `/api/` or `/app/`. */
export interface JournalEntry {
	/** When it arrived, in milliseconds by the sandbox's clock. */
	at: number;
	/** The HTTP method, in upper case. */
	method: string;
	/** The path without the query. */
	path: string;
	/** The HTTP status of the answer; absent while the request is under way. */
	status?: number;
	/** At authorize: where credentials were sent, right or wrong. */
	credentials?: "basic" | "form" | "both" | "none";
	/** The header of the token. */
	tokenHeader?: "authorization" | "bearertoken";
	/** A name for the token, such as `token-1`, the same in each entry. At authorize: of the issued token. */
	token?: string;
	/** The `BaseURI` header. */
	baseUri?: string;
	/** The `x-client-id` header. */
	clientId?: string;
	/** The `User-Agent` header. */
	userAgent?: string;
	/** The fault of this request. */
	fault?: FaultName;
	/** The JSON fields of the request; at authorize the `grant_type` alone. */
	body?: Record<string, unknown>;
	/** The session that the request created or named. */
	sessionId?: string;
	/** The payment request that the request created or named. */
	requestId?: string;
}

/** A sandbox. Its functions also work without the object, such as `const { fetch } = sandbox`. */
export interface Sandbox {
	/** Answers a request in this process, as the global `fetch` does over the network. */
	fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
	/** Every request under `/api/` and `/app/` in the order of arrival. To empty it, set its length to 0. */
	journal: JournalEntry[];
	/** Every e-mail that Flinks would send, in order. To empty it, set its length to 0. */
	emails: SandboxEmail[];
	/** Every webhook that was due, in order, with the receiver's answer. To empty it, set its length to 0. */
	webhooks: WebhookDelivery[];
	/** The faults for the next calls. To switch them off, set its length to 0. */
	faults: SandboxFault[];
	/** Moves the clock forward by milliseconds: tokens, payment requests and sessions expire by it, and EFTs are returned. */
	advance: (ms: number) => void;
	/**
	 * Plays the payor without a browser: the given outcome, or the one that the customer's name or the persona's reference
	 * stands for. `amount` is what the payor types if a v2 session has no amount.
	 */
	play: (sessionId: string, outcome?: Outcome, amount?: number) => PaymentStatus | SessionStatus;
	/**
	 * The end of a day: moves accepted payments, or that of one session, to `Processed` or to `Settled` (default). Gives how
	 * many moved.
	 */
	settle: (to?: "Processed" | "Settled", sessionId?: string) => number;
	/**
	 * The bank takes back an accepted, settled or scheduled payment: a v1 payment or the transaction of an e-Transfer becomes
	 * `Failed`, an EFT or GEFT session `Failed` with a return code of three digits (default `"901"`).
	 */
	reverse: (sessionId: string, code?: string) => PaymentStatus | SessionStatus;
	/** Corrects an amount that `differs`: the answers have the requested amount again, which is the one that moved. */
	correct: (sessionId: string) => PaymentStatus | SessionStatus;
	/** The book of the merchant's bank: first v1, then v2 payments, each in the order of creation. */
	book: () => SandboxBookEntry[];
	/** Switches a fault on. */
	fault: (fault: SandboxFault) => void;
	/** Sends webhooks to another address from now on, or none at all. */
	setWebhook: (webhook?: SandboxWebhook) => void;
	/** Switches a fault on for the next webhooks. */
	webhookFault: (fault: WebhookFault, times?: number) => void;
	/** Resolves when every webhook that is under way was answered or has failed. */
	webhooksIdle: () => Promise<void>;
}
