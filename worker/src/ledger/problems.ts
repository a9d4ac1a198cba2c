// The problems that the ledger's rooms have in common, and how they travel between objects.

import { type Facts, ProblemError, type Reply } from "../problem.ts";
import type { PaymentRow } from "./payment.ts";

/** Problems travel as values: what is thrown between objects loses its class. */
export async function reply<T>(work: () => Promise<T> | T): Promise<Reply<T>> {
	try {
		return { ok: await work() };
	} catch (error) {
		if (!(error instanceof ProblemError)) throw error;
		return { problem: { code: error.code, facts: error.facts } };
	}
}

/** Another call for the payment runs. */
export function inProgress({ id, referenceId }: Pick<Facts, "id" | "referenceId">): ProblemError {
	return new ProblemError("in_progress", { id, referenceId, outcome: "unknown", headers: { "Retry-After": "1" } });
}

/** The payment has come too far for this, or not far enough. */
export function notPossible({ id, referenceId }: Pick<PaymentRow, "id" | "referenceId">, detail: string): ProblemError {
	return new ProblemError("not_possible", { id, referenceId, detail });
}

/** By what Flinks has said last, something would be done to somebody else's payment. */
export function anothers(row: Pick<PaymentRow, "id" | "referenceId">): ProblemError {
	return notPossible(row, "Flinks says that its session is about another referenceId.");
}
