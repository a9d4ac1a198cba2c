// The client's calls for each product: one way to start a payment, to read it and to cancel it.

import type { CallOptions, FlinksPay, SessionParams } from "flinkspay-edge";
import type { PaymentParams, PaymentProduct } from "../schemas.ts";
import type { StatusRead } from "./standing.ts";

/** A payment that the payor can make now. */
export interface Started {
	sessionId: string;
	/** Of v1 alone. */
	requestId?: string;
	appUrl: string;
}

/** Asks Flinks for a payment. */
export function start(pay: FlinksPay, params: PaymentParams, options: CallOptions): Promise<Started> {
	if (params.product !== undefined && params.product !== "interac") {
		// It came as JSON, where no field is `undefined`.
		return pay.createSession(params as SessionParams, options);
	}
	const { product: _, clientUris, ...rest } = params;
	return pay.startPayment(clientUris === undefined ? rest : { ...rest, clientUris }, options);
}

/** What Flinks knows a payment by. */
export interface FlinksIds {
	product: PaymentProduct;
	sessionId: string | null;
	requestId: string | null;
}

/** Asks Flinks how a payment stands. */
export async function read(
	pay: FlinksPay,
	{ product, sessionId, requestId }: FlinksIds,
	options: CallOptions,
): Promise<StatusRead> {
	if (product === "interac") return pay.getPaymentRequest(requestId ?? "", options);
	const about = { ...options, product };
	// Only its details say whether an e-Transfer is paid; those of the others do not.
	if (product === "e-transfer") return pay.getSessionDetails(sessionId ?? "", about);
	const status = await pay.getSessionStatus(sessionId ?? "", about);
	if (product === "eft" || status.funds === "none") return status;
	// But they say whether a guarantee was refused, without which it is no money, and how much it is where the status does not.
	const { guaranteeDetails, amount } = await pay.getSessionDetails(sessionId ?? "", about);
	return { ...status, amount: status.amount ?? amount, guaranteeDetails };
}

/** Accepts or refuses the guarantee of a session that waits for it. */
export function decide(
	pay: FlinksPay,
	{ sessionId }: FlinksIds,
	accepted: boolean,
	options: CallOptions,
): Promise<unknown> {
	return pay.confirmGuarantee(sessionId ?? "", accepted, options);
}

/** Asks Flinks to end a payment that nobody has made yet. */
export function cancel(
	pay: FlinksPay,
	{ product, sessionId, requestId }: FlinksIds,
	options: CallOptions,
): Promise<unknown> {
	return product === "interac"
		? pay.cancelPaymentRequest(requestId ?? "", options)
		: pay.cancelSession(sessionId ?? "", options);
}
