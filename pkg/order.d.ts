/**
 * Types of `flinkspay-edge/order`: what a back end allows one browser to pay, signed, so that the browser never chooses an
 * amount. Runs wherever WebCrypto does; it needs neither wasm nor a network. Not for the browser: it takes the secret.
 *
 * @module order
 */

import type { PaymentParams, SessionParams } from "./index.js";

/** The body of the Worker's `POST /payments`. */
export type OrderPayment =
	| (PaymentParams & { product?: "interac" })
	| (SessionParams & {
			/** Your id for this payment: 1 to 100 characters. */
			referenceId: string;
	  });

/** What an order is made of. */
export interface OrderParams {
	/**
	 * The order's id, 1 to 128 visible ASCII characters: one order is one payment link, however often it is sent. A second
	 * order needs another id. The Worker uses it as the idempotency key.
	 */
	id: string;
	/** What is to be paid, and by whom. The Worker checks it when the order arrives. */
	payment: OrderPayment;
	/** The Worker's `ORDER_SECRET`: 32 bytes or more in UTF-8. */
	secret: string;
	/** Seconds until the order is no longer taken: a whole number from 1 to 86400. Default 900. */
	expiresInSeconds?: number;
}

/**
 * Signs an order: a JWT (RFC 7519) with HS256, `aud` `flinkspay-edge` and the id as `jti`. It is not encrypted: whoever
 * has it reads the payment, and may start it. Rejects with an {@link OrderError}.
 */
export function signOrder(params: OrderParams): Promise<string>;

/** What is wrong with the parameters; nothing was signed. */
export class OrderError extends Error {
	readonly code: "invalid_input";
	/** The parameter that is at fault. */
	readonly field: "secret" | "id" | "payment" | "expiresInSeconds";
}
