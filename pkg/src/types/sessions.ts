// v2, sessions for e-Transfer, EFT and guaranteed EFT: what their calls take and give. The names are Rust's
// (src/sessions.rs), and tests/declarations.rs compares them.

import type { Funds, Undocumented } from "./funds.js";
import type { CallOptions } from "./options.js";

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

/** A v2 session, which the payor can open now. */
export interface CreatedSession {
	/** Flinks' id of the session: ask for its status by it. */
	sessionId: string;
	/** Your id, where you gave one. */
	referenceId?: string;
	/** Where the payor goes. Whoever has it can act as the payor, so treat it as private. */
	appUrl: string;
}

/** What `getSessionStatus` and `getSessionDetails` take besides the id. */
export interface SessionReadOptions extends CallOptions {
	/**
	 * What the session was created with: no answer of Flinks' says it, and `EFT0301` is money for a guaranteed EFT alone.
	 * Default: it is not known, and `EFT0301` is scheduled.
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
