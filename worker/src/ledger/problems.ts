// Problems that several parts of the ledger have, and how they cross between objects.

import { type Facts, ProblemError, type Reply } from "../problem.ts";
import type { PaymentRow } from "./payment.ts";

/** A problem crosses as a value: what is thrown between objects loses its class. */
export async function reply<T>(work: () => Promise<T> | T): Promise<Reply<T>> {
	try {
		return { ok: await work() };
	} catch (error) {
		if (!(error instanceof ProblemError)) throw error;
		return { problem: { code: error.code, facts: error.facts } };
	}
}

/** No payment has this id. */
export function notFound(id: string): ProblemError {
	return new ProblemError("not_found", { id, detail: "The Worker knows no payment with this id." });
}

/** Another call of the payment is under way. */
export function inProgress({ id, referenceId }: Pick<Facts, "id" | "referenceId">): ProblemError {
	return new ProblemError("in_progress", { id, referenceId, outcome: "unknown", headers: { "Retry-After": "1" } });
}

/** The payment's state does not allow it. */
export function notPossible({ id, referenceId }: Pick<PaymentRow, "id" | "referenceId">, detail: string): ProblemError {
	return new ProblemError("not_possible", { id, referenceId, detail });
}

/** Flinks' last answer named another reference, so the call would change somebody else's payment. */
export function wrongSession(row: Pick<PaymentRow, "id" | "referenceId">): ProblemError {
	return notPossible(
		row,
		"At Flinks the payment's session has another referenceId, so nothing is sent. Find out there whose session it is.",
	);
}
