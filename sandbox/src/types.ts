// What users of the sandbox see of it: published as it is, so it imports nothing. "Documented", "inferred" and "unknown" are
// said of Flinks' public pages, docs.flinks.com/api/pay/endpoints.

/** The pair that `POST /api/v1/authorize` asks for. */
export interface SandboxCredentials {
	/** As a client sends it. */
	username: string;
	/** As a client sends it. */
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
	/** Where credentials are looked for: HTTP Basic, the form fields, or either. Documented both ways; default `"either"`. */
	credentialsIn?: "either" | "basic" | "form";
	/** What HTTP Basic is decoded to: `user:password`, or both form-encoded (RFC 6749). Inferred; default `"raw"`. */
	basicEncoding?: "raw" | "rfc6749";
	/** How many refused credentials lock authorize for good; 0 is never. Unknown; default 0. */
	lockOutAfter?: number;
	/** What authorize answers once it is locked. Unknown; default 429. */
	lockOutStatus?: 403 | 429;
	/**
	 * `"strict"` takes `Authorization: Bearer` alone, `"lenient"` also a `BearerToken` header, `"bearertoken"` that one
	 * alone; `"by_version"` that one alone in v1 and `Authorization` alone in v2. Inferred; default `"strict"`.
	 */
	tokenHeader?: "strict" | "lenient" | "bearertoken" | "by_version";
	/** Whether a call without the `BaseURI` header is refused with 400. Unknown; default `false`. */
	requireBaseUri?: boolean;
	/** Real milliseconds that each answer under `/api/` is held back after its effect. The sandbox's own; default 0. */
	latencyMs?: number;
	/** Seconds that the `Date` header of answers under `/api/` is ahead; at 0 there is none. The sandbox's own; default 0. */
	dateOffsetSeconds?: number;
	/** The origin that every call under `/api/` is redirected to with 307. The sandbox's own; default `""`, nowhere. */
	redirectTo?: string;

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
	/**
	 * Whether a v2 create without the `x-client-id` header is refused with 400; `"always"` is every v2 call that asks for a
	 * token. Documented as optional; default `false`.
	 */
	requireClientId?: boolean | "always";
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
	/**
	 * Whether an offered guarantee accepts itself (documented without a webhook) or waits for `guarantees/confirm`
	 * (documented with one). Default `"auto"`, with or without a webhook.
	 */
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

/** Where webhooks go, and how they are signed. */
export interface SandboxWebhook {
	/** Where they go. */
	url: string;
	/** The key of the signature: its UTF-8 bytes. */
	secret: string;
	/**
	 * `"geft"`: `sha256=` and upper-case hex in `X-Webhook-Signature`. `"flinks"`: Base64 in `X-Flinks-Signature`. Both
	 * documented, for different families of webhooks. Default `"geft"`.
	 */
	scheme?: "geft" | "flinks";
	/** The signature's header. Pages disagree for `"flinks"`. Default: the scheme's own. */
	headerName?: string;
	/** Whether Interac e-Transfer, v1 and v2, has webhooks too. Documented to exist, nothing more; default `false`. */
	interac?: boolean;
	/** Makes the body of an Interac webhook, whose shape is unknown. Default: the fields of the event as they are. */
	interacBody?: (event: WebhookEvent) => unknown;
	/** The name of the event that asks for the decision on a guarantee. Unknown; default `"GuaranteeDecisionRequired"`. */
	guaranteeEvent?: string;
	/** Done to every event. Default: nothing. */
	fault?: WebhookFault;
}

/** An event as it is about to be written into a webhook's body. */
export interface WebhookEvent {
	/** Its name. */
	event: string;
	/** When the status changed, as ISO 8601. */
	when: string;
	/** The session that it is about. */
	sessionId: string;
	/** Of Interac v1 alone. */
	requestId?: string;
	/** As the session was given it. */
	referenceId: string | null;
	/** Canadian dollars. */
	amount: number | null;
	/** What it has become. */
	status: string;
	/** Why; of EFT and GEFT alone. */
	statusDetails: string | null;
}

/** What can be done to a webhook on purpose. `reorder` holds an event back until the next one has been sent. */
export type WebhookFault = "duplicate" | "reorder" | "drop" | "bad_signature";

/** A webhook, sent or not. */
export interface WebhookDelivery {
	/** When it was due, in milliseconds by the sandbox's clock. */
	at: number;
	/** Where it went. */
	url: string;
	/** The name of its event. */
	event: string;
	/** The session that it is about. */
	sessionId: string;
	/** The status that it tells of. */
	status: string;
	/** All that were sent, the signature among them. */
	headers: Record<string, string>;
	/** The bytes that were signed, as text. */
	body: string;
	/** What was done to it on purpose. */
	fault?: WebhookFault;
	/** The status that the receiver answered with. */
	answer?: number;
	/** Why there is no answer. */
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
 * What can become of a payment that is waiting for its payor. `mismatch` is an account in another name, which fails;
 * `begin` is a payor who is at the bank and has not answered yet; `differs` is `accept`, and answers that name a dollar
 * more than was asked. `decline` is for Interac, and from `pad_pending` on all but `differs` is for EFT and GEFT. Of GEFT
 * alone are `no_guarantee`, `next_best_offer` (80 % is guaranteed) and what is said of a guarantee: it `waits` for the
 * client's decision, is `accepted` while it waits, or is `refused`. `return_later` is a regular EFT that its bank returns
 * after three days.
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

/** The calls that a fault can be switched on for. `cancel` is that of v1 and of v2. */
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
 * What can go wrong with a call. A number, `timeout_before` and `token_expired` come before the call has any effect; the
 * others come after it. `token_expired` ends the token that the call carries; at authorize, the one that it issues.
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
	/** The call that it meets. */
	step: Step;
	/** What goes wrong. */
	fault: FaultName;
	/** How many calls it meets. Default 1. */
	times?: number;
	/** The `Retry-After` header of a number, in seconds. Default: no such header. */
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
	/** Where the payor pays. */
	link: string;
	/** The session that it is about. */
	sessionId: string;
	/** As the session was given it. */
	referenceId: string | null;
}

/** A payment as the merchant's bank has it. */
export interface SandboxBookEntry {
	/** What it was for. */
	product: "Interac v1" | SessionProduct;
	/** Its session. */
	sessionId: string;
	/** Of Interac v1 alone, once there is one. */
	requestId?: string;
	/** As the session was given it. */
	referenceId: string | null;
	/**
	 * Canadian dollars that are at the bank now, for good or guaranteed: `"12.50"`, or `"0.00"` where there is nothing
	 * (yet, or any more).
	 */
	money: string;
	/** Canadian dollars that a regular EFT has scheduled and not returned. They are never `money`: a bank may return them for days. */
	scheduled: string;
}

/** One request under `/api/` or `/app/`. */
export interface JournalEntry {
	/** When it arrived, in milliseconds by the sandbox's clock. */
	at: number;
	/** In capitals. */
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
	/** The `x-client-id` header. */
	clientId?: string;
	/** The `User-Agent` header. */
	userAgent?: string;
	/** The fault that was switched on for this request. */
	fault?: FaultName;
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
	/** Every e-mail that Flinks would have sent, in order. To empty it, set its length to 0. */
	emails: SandboxEmail[];
	/** Every webhook that was due, in order, with the receiver's answer. To empty it, set its length to 0. */
	webhooks: WebhookDelivery[];
	/** The faults that calls have yet to meet. To switch them off, set its length to 0. */
	faults: SandboxFault[];
	/** Moves the clock forward by milliseconds: tokens, payment requests and sessions expire by it, and EFTs come back. */
	advance: (ms: number) => void;
	/**
	 * Plays the payor without a browser: the named outcome, or the one that the customer's name or the persona's
	 * reference stands for. `amount` is what a payor types where a v2 session has none.
	 */
	play: (sessionId: string, outcome?: Outcome, amount?: number) => PaymentStatus | SessionStatus;
	/**
	 * The end of a day: moves accepted payments, or that of one session, to `Processed` or on to `Settled` (default); says
	 * how many moved.
	 */
	settle: (to?: "Processed" | "Settled", sessionId?: string) => number;
	/**
	 * The bank takes back what was accepted, settled or scheduled: a v1 payment or the transaction of an e-Transfer is
	 * `Failed`, an EFT or GEFT session is `Failed` with a return code, three digits (default `"901"`).
	 */
	reverse: (sessionId: string, code?: string) => PaymentStatus | SessionStatus;
	/** Puts an amount right that `differs`: the answers name again what was asked, which is what has moved. */
	correct: (sessionId: string) => PaymentStatus | SessionStatus;
	/** What is at the merchant's bank now, payment by payment: v1 and then v2, each in the order of creation. */
	book: () => SandboxBookEntry[];
	/** Switches a fault on. */
	fault: (fault: SandboxFault) => void;
	/** Sends webhooks there from now on, or nowhere. */
	setWebhook: (webhook?: SandboxWebhook) => void;
	/** Spoils the next webhooks. */
	webhookFault: (fault: WebhookFault, times?: number) => void;
	/** Resolves when every webhook that is under way has been answered or has failed. */
	webhooksIdle: () => Promise<void>;
}
