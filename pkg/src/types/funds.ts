// Where the money of a payment is. The names are Rust's (src/funds.rs), and tests/declarations.rs compares them.

/**
 * Where the money is. Flinks' status of a session is about its set-up, so that a session can be `Completed` without any money
 * (docs.flinks.com/api/pay/endpoints/geft/sessions-status).
 *
 * - `"none"`: no money has moved, as far as is known.
 * - `"scheduled"`: a regular EFT is scheduled (`EFT0301`) and not paid yet: the payor's bank can return it for days
 *   (docs.flinks.com/guides/pay/eft/failure-scenarios), and no public page says until when.
 * - `"guaranteed"`: Flinks guarantees it, and has not paid it out yet.
 * - `"settled"`: it is paid out.
 * - `"returned"`: it was scheduled, guaranteed or settled, and is gone.
 */
export type Funds = "none" | "scheduled" | "guaranteed" | "settled" | "returned";

/** An answer of Flinks that you have stored or got by a webhook. It may have more fields. */
export interface KeptAnswer {
	/** Flinks' own word. */
	status: string;
	/** Why it has that status. */
	statusDetails?: string;
	/** From the details of an e-Transfer, unchanged. */
	schedule?: unknown;
	/** From the details of a guaranteed EFT, unchanged. */
	guaranteeDetails?: unknown;
}

/** What {@link fundsOf} needs to know besides the answer. */
export interface KnownFunds {
	/** The product; `"interac"` is v1. Default: a v2 session of an unknown product, for which `EFT0301` is scheduled. */
	product?: "interac" | "e-transfer" | "eft" | "geft";
	/** The funds before this answer: money that is gone now is `"returned"`, and stays so. Default `"none"`. */
	before?: Funds;
}

/** What an answer means for the money. It narrows on `funds`, `paid` and `final`. */
export type FundsMeaning = {
	/**
	 * How far the payment has come, from 0: an answer with a lower rank than an earlier answer is an older one. Absent for a
	 * status that no page documents.
	 */
	rank?: number;
} & (
	| { funds: "none"; paid: false; final: boolean }
	| { funds: "scheduled"; paid: false; final: false }
	| { funds: "guaranteed"; paid: true; final: boolean }
	| { funds: "settled"; paid: true; final: true }
	| { funds: "returned"; paid: false; final: true }
);

/** Text that no page documents, unchanged. In a union with known words, an editor still suggests those. */
export type Undocumented = string & Record<never, never>;
