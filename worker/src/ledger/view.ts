import { toTheCent } from "../amount.ts";
import { returnAdviceOf, returnCodeOf } from "../return-codes.ts";
import type { PaymentView } from "../schemas/payment.ts";
import type { PaymentRow } from "./payment.ts";
import { paidAmountOf } from "./status.ts";

/** The view of a payment that the API and the messages give. */
export function viewOf(row: PaymentRow): PaymentView {
	const { id, requestId, sessionId, product, referenceId, amount, state, current } = row;
	const { mismatch, guarantee, createdAt, readAt, delivery } = row;
	const statusDetails = current?.statusDetails;
	return {
		id,
		product,
		...(requestId === null ? {} : { requestId }),
		...(sessionId === null ? {} : { sessionId }),
		referenceId,
		...(amount === null ? {} : { amount }),
		status: row.shown,
		...(statusDetails === undefined ? {} : { statusDetails, ...returnOf(statusDetails) }),
		funds: current?.funds ?? "none",
		paid: current?.paid ?? false,
		...moneyOf(row),
		final: current?.final ?? (state === "rejected" || state === "not_created"),
		...(mismatch === null ? {} : { mismatch }),
		...(guarantee === null ? {} : { guarantee }),
		createdAt: new Date(createdAt).toISOString(),
		...(readAt === null ? {} : { readAt: new Date(readAt).toISOString() }),
		...(delivery === "none" ? {} : { delivery }),
	};
}

function moneyOf({ amount, current }: PaymentRow): Pick<PaymentView, "paidAmount" | "amountDiffers"> {
	const paidAmount = paidAmountOf(current, amount);
	if (paidAmount === undefined) return {};
	const differs = amount !== null && toTheCent(paidAmount) !== toTheCent(amount);
	return { paidAmount, ...(differs ? { amountDiffers: true as const } : {}) };
}

function returnOf(statusDetails: string): Pick<PaymentView, "returnCode" | "returnAdvice"> {
	const returnCode = returnCodeOf(statusDetails);
	if (returnCode === undefined) return {};
	const returnAdvice = returnAdviceOf(returnCode);
	return { returnCode, ...(returnAdvice === undefined ? {} : { returnAdvice }) };
}
