// Tells the merchant of each change of a payment, by the Standard Webhooks specification (standardwebhooks.com): at least
// once, in order for each payment, for three days.

import { Webhook } from "standardwebhooks";
import { merchantWebhookOf } from "../config.ts";
import type { Env } from "../env.ts";
import type { MessageType, PaymentView } from "../schemas.ts";

/** A change of a payment that the merchant is to hear of. */
export interface Message {
	paymentId: string;
	/** Its place among the payment's messages. */
	number: number;
	/** The same for each try, so that the merchant knows what he has had. */
	id: string;
	type: MessageType;
	/** JSON, as it is sent. */
	body: string;
	/** When the change was. */
	createdAt: number;
	/** How often it was tried. */
	attempts: number;
}

/** What became of a try. */
export interface Tried {
	delivered: boolean;
	/** Where there was an answer. */
	httpStatus?: number;
}

const TIMEOUT_MS = 15_000;
const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
/** Before each further try; together three days, as the specification recommends. */
const PAUSES_MS = [
	...[5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR],
	20 * HOUR + 24 * MINUTE,
];

/** Milliseconds until the next try, and up to a tenth more by `random` (0 to 1); nothing after the last. */
export function retryMs(attempts: number, random: number): number | undefined {
	const pause = PAUSES_MS[attempts - 1];
	return pause === undefined ? undefined : Math.round(pause * (1 + random / 10));
}

/** The JSON of a message. */
export function bodyOf(type: MessageType, at: number, data: PaymentView): string {
	const { delivery: _, ...payment } = data;
	return JSON.stringify({ type, timestamp: new Date(at).toISOString(), data: payment });
}

/** Sends a message once. */
export async function deliver(env: Env, { id, body }: Message): Promise<Tried> {
	const settings = merchantWebhookOf(env);
	if (settings === undefined) return { delivered: false };
	const now = new Date();
	const signatures = settings.secrets.map((secret) => new Webhook(secret).sign(id, now, body));
	try {
		const response = await fetch(settings.url, {
			method: "POST",
			headers: {
				"Content-Type": "application/json",
				"webhook-id": id,
				"webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
				"webhook-signature": signatures.join(" "),
			},
			body,
			// Elsewhere nobody has the secret.
			redirect: "manual",
			signal: AbortSignal.timeout(TIMEOUT_MS),
		});
		await response.body?.cancel();
		return { delivered: response.ok, httpStatus: response.status };
	} catch {
		return { delivered: false };
	}
}
