// Messages as the Worker sends them.

import { randomBytes, randomUUID } from "node:crypto";
import type { CreditedPayment, PaymentMessage } from "flinkspay-edge/merchant";
import { Webhook } from "standardwebhooks";

export const newSecret = () => `whsec_${randomBytes(24).toString("base64")}`;

/** The messages about one payment: credit, a change without an effect, reversal. */
export function storyOf(referenceId = "order-1001") {
	const data: CreditedPayment = {
		...{ id: `3-${randomUUID()}`, product: "geft", referenceId, amount: "100.00", paidAmount: "80.00" },
		...{ status: "Completed", funds: "guaranteed", paid: true, final: false, createdAt: "2026-11-01T12:00:00.000Z" },
	};
	const base = { type: "payment.updated", timestamp: "2026-11-01T12:00:01.000Z" } as const;
	return {
		id: data.id,
		credit: { ...base, sequence: 2, effect: "credit", data },
		settled: { ...base, sequence: 3, effect: "none", data: { ...data, funds: "settled" } },
		reversal: {
			...{ ...base, type: "payment.returned", sequence: 4, effect: "reverse" },
			data: { ...data, funds: "returned", paid: false },
		},
	} as const satisfies Record<string, string | PaymentMessage>;
}

/** A request's headers and body, signed with each of the secrets. */
export function signed(message: object | string, secrets: readonly string[], at = new Date()) {
	const body = typeof message === "string" ? message : JSON.stringify(message);
	const id = `msg_${randomUUID()}`;
	const headers = {
		"content-type": "application/json",
		"webhook-id": id,
		"webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
		"webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(" "),
	};
	return { method: "POST", headers, body };
}
