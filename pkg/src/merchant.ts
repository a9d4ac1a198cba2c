/**
 * Types of `flinkspay-edge/merchant`: a receiver of the Worker's messages for the merchant's back end.
 *
 * @module merchant
 */

import { Webhook } from "standardwebhooks";

/** Placeholder. */
export function receiver(secret: string): { verify(body: string, headers: Record<string, string>): void } {
	const webhook = new Webhook(secret);
	return {
		verify: (body, headers) => {
			webhook.verify(body, headers);
		},
	};
}
