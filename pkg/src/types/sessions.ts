// v2, sessions for e-Transfer, EFT and guaranteed EFT: what their calls take and give. The names are Rust's
// (src/sessions.rs), and tests/declarations.rs compares them.

import type { Funds, Undocumented } from "./funds.js";
import type { PaymentRequestFields } from "./interac.js";
import type { CallOptions } from "./options.js";

/** The parameters of a v2 session. A field that the product does not have is refused. */
export type SessionParams =
	| (SessionParamsOf<"e-transfer", "e-Transfer"> & {
			/** Flinks' pages disagree. The one about creating a session has `DEBIT`, the default. */
			direction?: "DEBIT" | "CREDIT";
			/** The person who pays. */
			payor: ETransferPayor;
			/** The account that is paid. Default: your own account at Flinks. */
			payee?: Payee;
			/** How the payor is notified. */
			options?: {
				/** With `sendInteracLink` Flinks e-mails the link; otherwise you give `appUrl` to the payor. */
				notificationPreferences?: { sendInteracLink?: boolean; language?: "EN" | "FR" };
			};
	  })
	| (SessionParamsOf<"eft", "EFT"> & { direction?: "DEBIT"; payor: EftPayor; options?: EftOptions })
	| (SessionParamsOf<"geft", "EFT"> & { direction?: "DEBIT"; payor: EftPayor; payee?: Payee; options?: EftOptions });

/** The common parameters of all products. */
export interface SessionParamsOf<Product extends string, Type extends string> {
	/** The product. TypeScript narrows on it. */
	product: Product;
	/** Flinks' name of the product. It is sent anyway; you may give it, as Flinks' examples do. */
	type?: Type;
	/** The only currency. It is sent anyway; you may give it, as Flinks' examples do. */
	currency?: "CAD";
	/** Your id of this payment: 1 to 100 characters. Without it a payment whose answer was lost cannot be looked up. */
	referenceId?: string;
	/** Canadian dollars as text, above zero. Without it the payor types the amount. */
	amount?: string;
}

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

/** A person who pays by EFT. A session whose name differs from that of the bank account's holder fails (`EFT0403`). */
export interface EftPayor extends Pick<ETransferPayor, "firstName" | "middleName" | "lastName"> {
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
		/** The rest of a long address. */
		addressLine2?: string;
		/** The number of an apartment or office. */
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

/** The account that is paid, if not your default one. */
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
	/** The language of the payor's page. Default: not sent. */
	notificationPreferences?: { language?: "EN" | "FR" };
	/** Whether the payor's page has a consent screen. Default: not sent. */
	showConsentScreen?: boolean;
	/** Inferred: Flinks' answers have it, so it can probably be set. Canadian dollars as text. Default: not sent. */
	limits?: { minimumAmount?: string; maximumAmount?: string };
	/**
	 * Sent unchanged, such as `{ mode: "JsEvents", urlSuccess, urlExit }`. The modes are not public. Plain JSON, at most 8
	 * levels deep and 16 KiB long. Default: not sent.
	 */
	redirectPreferences?: { readonly [key: string]: unknown };
}

/** A v2 session that the payor can open now. */
export interface CreatedSession extends Pick<SessionFields, "sessionId" | "referenceId"> {
	/** The payor's page. Whoever has the address can act as the payor: keep it private. */
	appUrl: string;
}

/** Options of `getSessionStatus` and `getSessionDetails`. */
export interface SessionReadOptions extends CallOptions {
	/**
	 * The product of the session: no answer of Flinks has it, and `EFT0301` is paid for a guaranteed EFT only. Default: the
	 * product is not known, and `EFT0301` is scheduled.
	 */
	product?: SessionParams["product"];
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
 * Why a v2 session has its status. `EFT0301` is scheduled: paid for a guaranteed EFT, and a debit that may be returned for a
 * regular one. `EFT0302` waits for a signature: no money moves.
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

/** The common fields of all statuses of a session. */
export interface SessionFields extends Pick<PaymentRequestFields, "status" | "paid"> {
	/** Flinks' id of the session. */
	sessionId: string;
	/** Your id, if you gave one. */
	referenceId?: string;
	/**
	 * Where the money is. `Completed` with `EFT0301` is guaranteed for a guaranteed EFT whose guarantee was not refused, and
	 * scheduled for a regular one or an unknown product. An e-Transfer is guaranteed or settled by its transactions, which only
	 * the details have. Any other word is none.
	 */
	funds: Funds;
	/** Whether Flinks documents no status after it. Never true for scheduled funds, which may be returned. */
	final: boolean;
	/** Canadian dollars as text, once they are known. */
	amount?: string;
	/**
	 * Why it has that status, for EFT and GEFT only. It may be a word that no page documents, or (inferred) a bank's return code
	 * of three digits.
	 */
	statusDetails?: KnownStatusDetails | Undocumented;
}

/**
 * The status of a v2 session. It narrows on `funds`, `paid` and `final`: a paid session is Completed, but not every Completed
 * session is paid. Failed, Canceled, Cancelled and Expired are final unless a transaction is paid all the same.
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
 * The details of a session, by Flinks' names. Amounts are text, accounts may be masked. Fields of the type `unknown` are passed
 * on unchecked, perhaps as `null`; their docs say what Flinks documents. Flinks' page of the details lists no `statusDetails`,
 * without which the `funds` of an EFT are none: use `getSessionStatus` for them.
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
	/** The session's options, as an object. */
	options?: unknown;
	/** The person who pays, with the account that was chosen, as an object. */
	payor?: unknown;
	/** The account that is paid, as an object. */
	payee?: unknown;
	/** For a guaranteed EFT: an object that says whether and up to which amount it is guaranteed. */
	guaranteeDetails?: unknown;
	/** The comparison of the payor's name with that of the account: an object of `matchingPerformed` and `nameMatch`. */
	userDetails?: unknown;
	/** For an e-Transfer: an object of `transactions`, a list of `id` and `status`, which say where the money is. */
	schedule?: unknown;
	/** When it was created, as ISO 8601. */
	createdAt?: unknown;
};

/** A v2 session that was cancelled; Flinks spells it `Cancelled` for e-Transfer and `Canceled` for EFT. */
export interface CancelledSession extends Pick<SessionFields, "sessionId" | "referenceId"> {
	/** Flinks' own word. */
	status: "Cancelled" | "Canceled" | Undocumented;
	/** `EFT0501`; for EFT and GEFT only. */
	statusDetails?: string;
}

/** A guarantee that was accepted or refused. */
export interface ConfirmedGuarantee {
	/** Flinks' id of the session. */
	sessionId: string;
	/** Your id, if you gave one. */
	referenceId?: string;
}
