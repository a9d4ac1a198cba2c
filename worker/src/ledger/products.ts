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
export function read(
	pay: FlinksPay,
	{ product, sessionId, requestId }: FlinksIds,
	options: CallOptions,
): Promise<StatusRead & { referenceId?: string | undefined }> {
	if (product === "interac") return pay.getPaymentRequest(requestId ?? "", options);
	// Only its details say whether an e-Transfer is paid; those of the others do not.
	return product === "e-transfer"
		? pay.getSessionDetails(sessionId ?? "", { ...options, product })
		: pay.getSessionStatus(sessionId ?? "", { ...options, product });
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
