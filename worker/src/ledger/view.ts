// What the API and the messages tell of a payment.

import { toTheCent } from "../amount.ts";
import { returnAdviceOf, returnCodeOf } from "../returns.ts";
import type { PaymentView } from "../schemas.ts";
import type { PaymentRow } from "./payment.ts";
import { paidAmountOf } from "./standing.ts";

/** What the API tells of a payment. While Flinks has no word for it that counts, ours stands. */
export function viewOf(row: PaymentRow): PaymentView {
	const { id, requestId, sessionId, product, referenceId, amount, state, standing } = row;
	const { mismatch, guarantee, createdAt, readAt, delivery } = row;
	const statusDetails = standing?.statusDetails;
	return {
		id,
		product,
		...(requestId === null ? {} : { requestId }),
		...(sessionId === null ? {} : { sessionId }),
		referenceId,
		...(amount === null ? {} : { amount }),
		status: row.shown,
		...(statusDetails === undefined ? {} : { statusDetails, ...returned(statusDetails) }),
		funds: standing?.funds ?? "none",
		paid: standing?.paid ?? false,
		...moneyOf(row),
		final: standing?.final ?? (state === "rejected" || state === "not_created"),
		...(mismatch === null ? {} : { mismatch }),
		...(guarantee === null ? {} : { guarantee }),
		createdAt: new Date(createdAt).toISOString(),
		...(readAt === null ? {} : { readAt: new Date(readAt).toISOString() }),
		...(delivery === "none" ? {} : { delivery }),
	};
}

function moneyOf({ amount, standing }: PaymentRow): Pick<PaymentView, "paidAmount" | "amountDiffers"> {
	const paidAmount = paidAmountOf(standing, amount);
	if (paidAmount === undefined) return {};
	const differs = amount !== null && toTheCent(paidAmount) !== toTheCent(amount);
	return { paidAmount, ...(differs ? { amountDiffers: true as const } : {}) };
}

function returned(statusDetails: string): Pick<PaymentView, "returnCode" | "returnAdvice"> {
	const returnCode = returnCodeOf(statusDetails);
	if (returnCode === undefined) return {};
	const returnAdvice = returnAdviceOf(returnCode);
	return { returnCode, ...(returnAdvice === undefined ? {} : { returnAdvice }) };
}
