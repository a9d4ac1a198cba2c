// The client's calls for each product: start, read, decide a guarantee, cancel.

import type { CallOptions, FlinksPay, SessionParams } from "flinkspay-edge";
import type { PaymentParams, PaymentProduct } from "../schemas/params.ts";
import type { StatusRead } from "./status.ts";

export interface Started {
	sessionId: string;
	/** Only of v1. */
	requestId?: string;
	appUrl: string;
}

export function start(pay: FlinksPay, params: PaymentParams, options: CallOptions): Promise<Started> {
	if (params.product !== undefined && params.product !== "interac") {
		// The parameters came as JSON, where no field is `undefined`.
		return pay.createSession(params as SessionParams, options);
	}
	const { product: _, clientUris, ...rest } = params;
	return pay.startPayment(clientUris === undefined ? rest : { ...rest, clientUris }, options);
}

export interface FlinksIds {
	product: PaymentProduct;
	sessionId: string | null;
	requestId: string | null;
}

export async function read(
	pay: FlinksPay,
	{ product, sessionId, requestId }: FlinksIds,
	options: CallOptions,
): Promise<StatusRead> {
	if (product === "interac") return pay.getPaymentRequest(requestId ?? "", options);
	const about = { ...options, product };
	// Only the details say whether an e-Transfer is paid. The details of the others do not.
	if (product === "e-transfer") return pay.getSessionDetails(sessionId ?? "", about);
	const status = await pay.getSessionStatus(sessionId ?? "", about);
	if (product === "eft" || status.funds === "none") return status;
	// But the details say whether a guarantee was refused, without which it is not money, and the amount where the status
	// has none.
	const { guaranteeDetails, amount } = await pay.getSessionDetails(sessionId ?? "", about);
	return { ...status, amount: status.amount ?? amount, guaranteeDetails };
}

export function decide(
	pay: FlinksPay,
	{ sessionId }: FlinksIds,
	accepted: boolean,
	options: CallOptions,
): Promise<unknown> {
	return pay.confirmGuarantee(sessionId ?? "", accepted, options);
}

export function cancel(
	pay: FlinksPay,
	{ product, sessionId, requestId }: FlinksIds,
	options: CallOptions,
): Promise<unknown> {
	return product === "interac"
		? pay.cancelPaymentRequest(requestId ?? "", options)
		: pay.cancelSession(sessionId ?? "", options);
}
