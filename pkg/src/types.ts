// What goes into the package and what comes out of it, as its users read it in their editor. The names of fields, codes,
// stages and words are Rust's (src/): tests/declarations.rs holds the two together.

/** Everything that a client is configured with. Nothing is read from the environment and nothing has a hidden default. */
export interface FlinksPayOptions {
	/**
	 * The origin that Flinks gave you at onboarding, for example `https://pay.example.com`: https, or http on `127.0.0.1`,
	 * `[::1]` or `localhost`. One trailing slash is allowed; a path, query, fragment or user name is not. An international
	 * host name is written in its ASCII form.
	 */
	baseUrl: string;
	/** The user name, which newer pages of Flinks call Client ID. */
	username: string;
	/** The password, which newer pages of Flinks call Client Secret. It is sent to `/api/v1/authorize` alone. */
	password: string;
	/**
	 * Called to send each request. Default: the host's `fetch`, looked up at each call. Requests say `User-Agent:
	 * flinkspay-edge/<version>`, but not in a browser, which says who it is itself.
	 */
	fetch?: (input: string, init: RequestInit) => Promise<Response>;
	/** Milliseconds for one step, headers and body together: a whole number from 1. Default 8000. */
	timeoutMs?: number;
	/** Milliseconds for a whole call, waits between tries included: a whole number from 1. Default 25000. */
	deadlineMs?: number;
	/**
	 * How many tokens {@link FlinksPay.warm} keeps ready, so that a call need not ask for one first: a whole number from 0
	 * to 100. Default 0. Nothing is fetched until `warm` is called.
	 */
	warmTokens?: number;
	/** Sent as the `BaseURI` header with every request that carries a token. Default: the header is not sent. */
	instance?: string;
	/** Sent as the `x-client-id` header with every v2 request. Default: the header is not sent. */
	clientId?: string;
	/** How the credentials travel to `/api/v1/authorize`: HTTP Basic, or the form fields `Username` and `Password`. Default `"basic"`. */
	credentialsIn?: "basic" | "form";
	/**
	 * What HTTP Basic encodes: `"raw"` is the UTF-8 bytes of `user:password`, `"rfc6749"` form-encodes both first
	 * (RFC 6749, section 2.3.1). Default `"raw"`.
	 */
	basicEncoding?: "raw" | "rfc6749";
	/** Which header carries the token: `Authorization: Bearer …`, or `BearerToken: Bearer …`. Default `"authorization"`. */
	tokenHeader?: "authorization" | "bearertoken";
	/** How v1 sends the amount: as a JSON number or as JSON text. Default `"number"`. */
	amountAs?: "number" | "string";
	/**
	 * The most that a guaranteed EFT may be about, as text; more is refused before it is sent. Flinks' pages disagree: one
	 * has the default, another says that it is set for each account. Default `"99999.99"`.
	 */
	largestGeftAmount?: string;
	/** Told of each attempt once it is over. What it throws or rejects with is ignored. Default: nobody is told. */
	onEvent?: (event: AttemptEvent) => unknown;
	/** A window shows its credentials to everybody, so a client is not built in one unless this is `true`. Default `false`. */
	allowCredentialsInBrowser?: boolean;
}

/** One request that was sent and what became of it. It holds nothing secret and nothing about a person. */
export interface AttemptEvent {
	/** The step of the sequence. */
	stage: Exclude<Stage, "config" | "input" | "webhook">;
	/** 1 for the first try of this stage within the call. */
	attempt: number;
	/** The HTTP status, where there was an answer. */
	status?: number;
	/** Milliseconds from the request to the end of the answer's body. */
	durationMs: number;
	/** What the attempt means for the payment; `"ok"` where it did what it was sent for. */
	outcome: "ok" | Outcome;
	/** Milliseconds since the token that was sent had been asked for; absent at `authorize`. */
	tokenAgeMs?: number;
}

/** What a payment is started with. */
export interface PaymentParams {
	/**
	 * Your id for this payment: 1 to 255 characters of one line, something visible among them and none that turns the text's
	 * direction. Flinks keeps it and returns it in its end-of-day files.
	 */
	referenceId: string;
	/**
	 * Canadian dollars as text, such as `"12.50"`: up to thirteen digits, up to two decimals, above zero. A JavaScript
	 * number is refused, since it cannot hold every amount of cents.
	 */
	amount: string;
	/**
	 * The payor's name, as your id is written. Flinks compares it with the holder of the bank account; below a threshold no
	 * money moves.
	 */
	customerName: string;
	/** The payor's e-mail address, with no character that is not seen. */
	customerEmail: string;
	/**
	 * Passed on as `clientURIs` just as it is: the keys are not public, so Flinks must tell you which it knows. Plain
	 * JSON, at most 8 levels deep and 16 KiB long.
	 */
	clientUris?: { readonly [key: string]: unknown };
}

/** What every call takes besides its parameters. */
export interface CallOptions {
	/** Ends the call at once. The error's outcome is `"unknown"` if a request that may create a payment had left. */
	signal?: AbortSignal;
	/**
	 * Called right before each request of this call is sent, for a record that must be written before: `sessionId` is
	 * there once a session exists. A promise is waited for, within `timeoutMs` and `deadlineMs`. What it throws or rejects
	 * with stops the request: nothing is sent, and the call ends with the code `"aborted"` and that as its `cause`.
	 */
	beforeSend?: (request: { stage: AttemptEvent["stage"]; sessionId?: string }) => unknown;
	/** Told of each attempt of this call once it is over, before the client's own `onEvent`. What it throws is ignored. */
	onEvent?: (event: AttemptEvent) => unknown;
}

/** A payment that the payor can make now. */
export interface StartedPayment {
	/** Flinks' id of the session. */
	sessionId: string;
	/** Flinks' id of the payment request: ask for its status by it. */
	requestId: string;
	/** Your id, as sent. */
	referenceId: string;
	/** Where the payor goes: `{baseUrl}/app/?sessionId=…`. Whoever has it can act as the payor, so treat it as private. */
	appUrl: string;
}

/** A session that nobody can pay yet: it needs `createPaymentRequest`. */
export interface InitiatedSession {
	/** Flinks' id of the session. */
	sessionId: string;
	/** Your id, as sent. */
	referenceId: string;
}

/** A payment request that was created for a session. */
export interface CreatedPaymentRequest {
	/** Flinks' id of the payment request. */
	requestId: string;
}

/** A payment request that was cancelled. */
export interface CancelledPaymentRequest {
	/** The id that was cancelled. */
	requestId: string;
	/** Flinks' own word, where its answer has one. */
	status?: string;
}

/** Text that no page documents, kept word for word; beside known words it leaves an editor's suggestions as they are. */
export type Undocumented = string & Record<never, never>;

/**
 * Where the money is. Flinks' own word for a session is about its set-up, so that a session can be `Completed` without any
 * money (docs.flinks.com/api/pay/endpoints/geft/sessions-status).
 *
 * - `"none"`: none has moved, as far as is known.
 * - `"scheduled"`: a regular EFT is asked for (`EFT0301`). It is no money yet: the payor's bank may return it for days
 *   (docs.flinks.com/guides/pay/eft/failure-scenarios), and nothing public says from when on it may not.
 * - `"guaranteed"`: Flinks answers for it, before it is paid out.
 * - `"settled"`: it is paid out.
 * - `"returned"`: it was scheduled, guaranteed or settled, and is gone.
 */
export type Funds = "none" | "scheduled" | "guaranteed" | "settled" | "returned";

/** The nine statuses that Flinks documents for a v1 payment request. */
export type KnownPaymentStatus =
	| "Initiated"
	| "Processing"
	| "Accepted"
	| "Processed"
	| "Settled"
	| "Cancelled"
	| "Expired"
	| "Declined"
	| "Failed";

/** What all statuses of a payment request have. */
export interface PaymentRequestFields {
	/** Flinks' id of the payment request. */
	requestId: string;
	/** Flinks' own word, also where it is one that no page documents. */
	status: string;
	/** Where the money is: guaranteed for Accepted and Processed, settled for Settled, none for any other word. */
	funds: Funds;
	/** Whether it is money, by its funds: true for guaranteed and settled alone. */
	paid: boolean;
	/** True where Flinks documents no word that follows: Settled, Cancelled, Canceled, Expired, Declined and Failed. */
	final: boolean;
	/** Your id, where Flinks returns it. */
	referenceId?: string;
	/** Canadian dollars as text, where Flinks says how many. */
	amount?: string;
	/** The payor's link, where Flinks returns it. */
	paymentLink?: string;
}

/**
 * What Flinks says of a payment request. It narrows on `funds`, `paid` and `final`: what is paid is Accepted, Processed or
 * Settled, and a status that no page documents is neither paid nor final.
 */
export type PaymentRequestStatus = PaymentRequestFields &
	(
		| { status: "Accepted" | "Processed"; funds: "guaranteed"; paid: true; final: false }
		| { status: "Settled"; funds: "settled"; paid: true; final: true }
		| { status: "Cancelled" | "Canceled" | "Expired" | "Declined" | "Failed"; funds: "none"; paid: false; final: true }
		| { status: "Initiated" | "Processing" | Undocumented; funds: "none"; paid: false; final: false }
	);

/** A person who pays by a v2 e-Transfer. Flinks compares the name with the holder of the bank account. */
export interface ETransferPayor {
	/** 1 to 100 characters. */
	firstName: string;
	/** 1 to 100 characters. */
	middleName?: string;
	/** 1 to 100 characters. */
	lastName: string;
	/** Where Flinks sends the link, with `sendInteracLink`. */
	email: string;
}

/** A person who pays by EFT. Flinks compares the name with the holder of the bank account. */
export interface EftPayor {
	/** 1 to 100 characters. */
	firstName: string;
	/** 1 to 100 characters. A session whose name differs from the account's fails (`EFT0403`). */
	middleName?: string;
	/** 1 to 100 characters. */
	lastName: string;
	/** At most 100 characters. */
	email?: string;
	/** At most 15 digits and nothing else. */
	phone?: string;
	/** 1 to 100 characters. */
	occupation?: string;
	/** `YYYY-MM-DD`. */
	dateOfBirth?: string;
	/** Where the person lives. */
	address?: {
		/** Number and street. */
		addressLine1?: string;
		/** What the first line has no room for. */
		addressLine2?: string;
		/** Of an apartment. */
		unit?: string;
		/** City or town. */
		city?: string;
		/** Two letters. */
		province?: string;
		/** The country. */
		country?: string;
		/** Six letters and digits, without a space. */
		postalCode?: string;
	};
}

/** The account that is paid to, where it is not your default one. */
export interface Payee {
	/** At a Canadian institution. */
	account: {
		/** 3 digits. */
		institutionCode: string;
		/** 5 digits. */
		transitNumber: string;
		/** 7 to 12 digits. */
		accountNumber: string;
		/** 1 to 100 characters. */
		accountLabel?: string;
	};
}

/** Options of an EFT session. */
export interface EftOptions {
	/** The language of what the payor reads. Default: not sent. */
	notificationPreferences?: { language?: "EN" | "FR" };
	/** Whether the payor is asked for consent on a screen of its own. Default: not sent. */
	showConsentScreen?: boolean;
	/** Inferred: seen in answers, and taken to be settable. Canadian dollars as text. Default: not sent. */
	limits?: { minimumAmount?: string; maximumAmount?: string };
	/**
	 * Passed on as it is, such as `{ mode: "JsEvents", urlSuccess, urlExit }`: which modes there are is not public. Plain
	 * JSON, at most 8 levels deep and 16 KiB long. Default: not sent.
	 */
	redirectPreferences?: { readonly [key: string]: unknown };
}

/** What the parameters of all products have. */
export interface SessionParamsOf<Product extends string, Type extends string> {
	/** Which product; TypeScript narrows on it. */
	product: Product;
	/** What Flinks calls the product. It is sent anyway, and may stand here as in Flinks' own examples. */
	type?: Type;
	/** The one currency. It is sent anyway, and may stand here as in Flinks' own examples. */
	currency?: "CAD";
	/** Your id for this payment: 1 to 100 characters. Without it a lost answer cannot be looked up. */
	referenceId?: string;
	/** Canadian dollars as text, above zero; without it the payor types it. */
	amount?: string;
}

/** What a v2 session is created with. A field that the product does not have is refused. */
export type SessionParams =
	| (SessionParamsOf<"e-transfer", "e-Transfer"> & {
			/** Flinks' pages disagree; the one about creating a session says `DEBIT`, the default. */
			direction?: "DEBIT" | "CREDIT";
			/** Who pays. */
			payor: ETransferPayor;
			/** Who is paid. Default: your own account at Flinks. */
			payee?: Payee;
			/** How the payor is told. */
			options?: {
				/** With `sendInteracLink` Flinks e-mails the link; otherwise you hand `appUrl` out. */
				notificationPreferences?: { sendInteracLink?: boolean; language?: "EN" | "FR" };
			};
	  })
	| (SessionParamsOf<"eft", "EFT"> & { direction?: "DEBIT"; payor: EftPayor; options?: EftOptions })
	| (SessionParamsOf<"geft", "EFT"> & { direction?: "DEBIT"; payor: EftPayor; payee?: Payee; options?: EftOptions });

/** A v2 session, which the payor can open now. */
export interface CreatedSession {
	/** Flinks' id of the session: ask for its status by it. */
	sessionId: string;
	/** Your id, where you gave one. */
	referenceId?: string;
	/** Where the payor goes. Whoever has it can act as the payor, so treat it as private. */
	appUrl: string;
}

/** The statuses of a v2 session that Flinks documents. */
export type KnownSessionStatus =
	| "Initiated"
	| "InProgress"
	| "Completed"
	| "Failed"
	| "Canceled"
	| "Cancelled"
	| "Expired";

/**
 * Why a v2 session has its status. `EFT0301` is scheduled: money for a guaranteed EFT, and for a regular one a debit that
 * may be returned. `EFT0302` waits for a signature: no money moves.
 */
export type KnownStatusDetails =
	| "EFT0101"
	| "EFT0301"
	| "EFT0302"
	| "EFT0401"
	| "EFT0402"
	| "EFT0403"
	| "EFT0404"
	| "EFT0501"
	| "EFT0601";

/** What all statuses of a session have. */
export interface SessionFields {
	/** Flinks' id of the session. */
	sessionId: string;
	/** Flinks' own word, also where it is one that no page documents. */
	status: string;
	/**
	 * Where the money is. `Completed` with `EFT0301` is guaranteed for a guaranteed EFT whose guarantee was not refused, and
	 * scheduled for a regular one, or where the product was not given. An e-Transfer is guaranteed or settled by its
	 * transactions, which the details have and the status has not. Any other word is none.
	 */
	funds: Funds;
	/** Whether it is money, by its funds: true for guaranteed and settled alone. */
	paid: boolean;
	/** True where Flinks documents no word that follows. Never for what is scheduled: it may be returned. */
	final: boolean;
	/** Your id, where you gave one. */
	referenceId?: string;
	/** Canadian dollars as text, once they are known. */
	amount?: string;
	/**
	 * Why it has that status. EFT and GEFT alone; also a word that no page documents, and (inferred) the three digits by
	 * which a bank returns a debit.
	 */
	statusDetails?: KnownStatusDetails | Undocumented;
}

/**
 * What Flinks says of a v2 session. It narrows on `funds`, `paid` and `final`: what is paid is Completed, though not all
 * that is Completed is paid. Failed, Canceled, Cancelled and Expired are final, but not where a transaction is paid
 * all the same.
 */
export type SessionStatus = SessionFields &
	(
		| { status: "Completed"; funds: "settled"; paid: true; final: true }
		| { status: "Completed"; funds: "guaranteed"; paid: true; final: boolean }
		| { status: "Completed"; funds: "scheduled" | "none"; paid: false; final: false }
		| { status: "Failed" | "Canceled" | "Cancelled" | "Expired"; funds: "none"; paid: false; final: boolean }
		| { status: "Initiated" | "InProgress" | Undocumented; funds: "none"; paid: false; final: false }
	);

/**
 * All that Flinks documents of a session, under its names; money in it is text, accounts may be masked. What is `unknown` is
 * handed on unchecked, perhaps `null`: its doc says what Flinks documents. The page of the details lists no `statusDetails`:
 * without it the `funds` of an EFT are none here, so ask `getSessionStatus` for that.
 */
export type SessionDetails = SessionStatus & {
	/** How far the payor has come: an object of `current`, `aggregationRequestId` and `padId`. */
	step?: unknown;
	/** `e-Transfer` or `EFT`; a guaranteed EFT is an `EFT`. */
	type?: unknown;
	/** `DEBIT` or `CREDIT`. */
	direction?: unknown;
	/** `CAD`. */
	currency?: unknown;
	/** The options that the session has, as an object. */
	options?: unknown;
	/** The person who pays, with the account that was chosen, as an object. */
	payor?: unknown;
	/** The account that is paid to, as an object. */
	payee?: unknown;
	/** Of a guaranteed EFT: an object that says whether and for how much it is guaranteed. */
	guaranteeDetails?: unknown;
	/** How the payor's name compares with that of the account: an object of `matchingPerformed` and `nameMatch`. */
	userDetails?: unknown;
	/** Of an e-Transfer: an object of `transactions`, a list of `id` and `status`, which says what became of the money. */
	schedule?: unknown;
	/** When it was created, as ISO 8601. */
	createdAt?: unknown;
};

/** A v2 session that was cancelled; Flinks spells it `Cancelled` for e-Transfer and `Canceled` for EFT. */
export interface CancelledSession {
	/** Flinks' id of the session. */
	sessionId: string;
	/** Flinks' own word. */
	status: "Cancelled" | "Canceled" | Undocumented;
	/** Your id, where you gave one. */
	referenceId?: string;
	/** `EFT0501`, of EFT and GEFT alone. */
	statusDetails?: string;
}

/** A guarantee that was accepted or refused. */
export interface ConfirmedGuarantee {
	/** Flinks' id of the session. */
	sessionId: string;
	/** Your id, where you gave one. */
	referenceId?: string;
}

/** What `waitForPayment` takes besides the id. */
export interface WaitOptions extends CallOptions {
	/** Milliseconds between two questions, to which up to a tenth is added. Default 30000, which Flinks asks for. */
	intervalMs?: number;
}

/** What `getSessionStatus` and `getSessionDetails` take besides the id. */
export interface SessionReadOptions extends CallOptions {
	/**
	 * What the session was created with: no answer of Flinks' says it, and `EFT0301` is money for a guaranteed EFT alone.
	 * Default: it is not known, and `EFT0301` is scheduled.
	 */
	product?: SessionParams["product"];
}

/** An answer of Flinks' that you kept, or that came by a webhook. It may have more fields. */
export interface KeptAnswer {
	/** Flinks' own word. */
	status: string;
	/** Why it has that status. */
	statusDetails?: string;
	/** Of the details of an e-Transfer, as they were. */
	schedule?: unknown;
	/** Of the details of a guaranteed EFT, as they were. */
	guaranteeDetails?: unknown;
}

/** What {@link fundsOf} takes besides the answer. */
export interface KnownFunds {
	/**
	 * What the payment was made with, `"interac"` being v1. Default: a v2 session of which it is not known, and `EFT0301` is
	 * scheduled.
	 */
	product?: "interac" | SessionParams["product"];
	/** Where the money was: where it is gone, it is returned, and what is returned stays so. Default `"none"`. */
	before?: Funds;
}

/** What an answer means for the money. It narrows on `funds`, `paid` and `final`. */
export type FundsMeaning = {
	/**
	 * How far along a payment's way the answer is, from 0: an answer of a lower rank than one that came before is an older
	 * one. Absent for what no page documents.
	 */
	rank?: number;
} & (
	| { funds: "none"; paid: false; final: boolean }
	| { funds: "scheduled"; paid: false; final: false }
	| { funds: "guaranteed"; paid: true; final: boolean }
	| { funds: "settled"; paid: true; final: true }
	| { funds: "returned"; paid: false; final: true }
);

/** What `warm` has made of the pool. */
export interface WarmTokens {
	/** How many tokens are ready. Those that another `warm` is fetching are not counted. */
	ready: number;
}

/** How your webhooks are signed; Flinks tells you which it set up. It is never guessed from what was received. */
export type WebhookScheme = "geft" | "flinks";

/**
 * A request's headers, in whatever a host or a framework keeps them: anything with `get(name)`, an object or a map of names
 * and values, pairs of both, or names and values in turn, as Node's `rawHeaders`. Of what is given in their place, such as a
 * promise, the error says what it is. A header that is there twice with different values is refused.
 */
export type WebhookHeaders =
	| { get(name: string): string | readonly string[] | null | undefined }
	| { readonly [name: string]: string | readonly string[] | undefined }
	| Iterable<readonly [name: string, value: string | readonly string[]]>
	| readonly string[];

/** A webhook as it was received. */
export interface ReceivedWebhook {
	/** The body as received, bytes or text, at most 1 MiB. JSON that was parsed and written again does not verify. */
	body: string | ArrayBuffer | ArrayBufferView;
	/** The request's headers. */
	headers: WebhookHeaders;
	/** The secret, and while you rotate it the other one too. */
	secrets: readonly string[];
	/** The scheme that Flinks set up for you. */
	scheme: WebhookScheme;
	/**
	 * The header with the signature. Default `X-Webhook-Signature` for `geft`; for `flinks` either of the two that Flinks'
	 * pages name, `X-Flinks-Signature` and `flinks-authenticity-key`.
	 */
	header?: string;
	/** How many seconds `when` may be from now, either way, for `geft`; `flinks` tells no time. Default 300. */
	toleranceSeconds?: number;
}

/**
 * The change of a session. A webhook may be lost, doubled or late: read the status before you credit anybody. It does not
 * say its product, so that `EFT0301` is scheduled here: {@link fundsOf} says what it is for yours.
 */
export type SessionEvent = SessionStatus & {
	/** TypeScript narrows on it. */
	type: "SessionSetupStatusChanged";
	/** When the status changed, as Flinks wrote it. */
	when?: string;
};

/** An event that no public page describes, handed on as it is. */
export interface UnknownEvent {
	/** TypeScript narrows on it. */
	type: "unknown";
	/** What it calls itself. */
	name?: string;
	/** The session that it is about, where it says so. */
	sessionId?: string;
	/** When it happened, as Flinks wrote it. */
	when?: string;
	/** What was received, parsed. */
	body: unknown;
}

/** What a webhook says; it narrows on `type`. */
export type WebhookEvent = SessionEvent | UnknownEvent;

/** A webhook of your tests, to be signed. */
export interface UnsignedWebhook {
	/** The body that you will send. */
	body: string | ArrayBuffer | ArrayBufferView;
	/** The secret that {@link ReceivedWebhook} is verified with. */
	secret: string;
	/** As in {@link ReceivedWebhook}. */
	scheme: WebhookScheme;
	/** The header that it gets. Default `X-Webhook-Signature` for `geft`, `X-Flinks-Signature` for `flinks`. */
	header?: string;
}

/** What an error means for the payment: nothing was sent, it was refused, or nobody knows. */
export type Outcome = "not_sent" | "rejected" | "unknown";

/** The step of the sequence at which a call ended. */
export type Stage =
	| "config"
	| "input"
	| "authorize"
	| "initiate"
	| "sendrequest"
	| "payment_request"
	| "status"
	| "session"
	| "session_status"
	| "session_details"
	| "cancel"
	| "guarantee"
	| "webhook";

/** What went wrong; these words do not change between releases. */
export type ErrorCode =
	| "invalid_config"
	| "invalid_input"
	| "closed"
	| "aborted"
	| "deadline_exceeded"
	| "timeout"
	| "network"
	| "credentials_rejected"
	| "token_rejected"
	| "forbidden"
	| "rejected"
	| "not_found"
	| "conflict"
	| "rate_limited"
	| "upstream_unavailable"
	| "upstream_protocol"
	| "unexpected_redirect"
	| "instance_lost"
	| "not_ready"
	| "webhook_signature";

/** What is known of a failure. */
export interface ErrorFieldsOf<Code extends ErrorCode> {
	/** What went wrong. TypeScript narrows on it. */
	readonly code: Code;
	/** The step at which the call ended. */
	readonly stage: Stage;
	/** What it means for the payment. After `"unknown"` look the payment up at Flinks before you ask for it again. */
	readonly outcome: Outcome;
	/** True where the same call may be made again with no risk of asking twice. */
	readonly retryable: boolean;
	/** The HTTP status, where there was an answer. */
	readonly status?: number;
	/** Milliseconds that Flinks asked to wait, 24 hours at most. */
	readonly retryAfterMs?: number;
	/** Your id of the payment, where the call had one; after `"unknown"` this or `sessionId` says what to look up. */
	readonly referenceId?: string;
	/** The session that the error is about, where it is known. */
	readonly sessionId?: string;
}

/** An error about one option or parameter. */
export interface FieldErrorFields<Code extends ErrorCode> extends ErrorFieldsOf<Code> {
	/** The option or parameter that is at fault, by its path, such as `payor.email`. */
	readonly field: string;
}

/** What is known of any failure. */
export type AnyErrorFields =
	| FieldErrorFields<"invalid_config" | "invalid_input">
	| ErrorFieldsOf<Exclude<ErrorCode, "invalid_config" | "invalid_input">>;
