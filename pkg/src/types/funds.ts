// Where the money of a payment is. The names are Rust's (src/funds.rs), and tests/declarations.rs compares them.

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
	product?: "interac" | "e-transfer" | "eft" | "geft";
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

/** Text that no page documents, kept word for word; beside known words it leaves an editor's suggestions as they are. */
export type Undocumented = string & Record<never, never>;
