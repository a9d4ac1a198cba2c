// One try to tell the merchant of a change: at his endpoint, by the Standard Webhooks specification (standardwebhooks.com), or
// by a function of his own in this Worker.

import type { PaymentMessage } from "flinkspay-edge/merchant";
import { Webhook } from "standardwebhooks";
import manifest from "../../package.json" with { type: "json" };
import type { Env } from "../env.ts";
import type { MerchantWebhook, MessageHook } from "../settings.ts";
import { tell } from "../telemetry.ts";

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

/** A message as it is sent. */
interface Written {
	id: string;
	/** JSON. */
	body: string;
}

/** Tells the merchant of a message once, wherever he is told. */
export function deliver(to: MerchantWebhook | MessageHook<Env>, message: Written, env: Env): Promise<Tried> {
	return typeof to === "function" ? handOver(to, message, env) : send(to, message);
}

/** Gives a merchant's function a message. What it throws stays here: the message counts as not taken. */
async function handOver(hook: MessageHook<Env>, { body }: Written, env: Env): Promise<Tried> {
	const late = Promise.withResolvers<never>();
	const timer = setTimeout(() => late.reject(new DOMException("It took too long.", "TimeoutError")), TIMEOUT_MS);
	try {
		await Promise.race([hook(JSON.parse(body) as PaymentMessage, env), late.promise]);
		return { delivered: true };
	} catch (error) {
		tell("flinkspay.hook.failed", { "error.type": nameOf(error) }, "ERROR");
		return { delivered: false };
	} finally {
		clearTimeout(timer);
	}
}

/** What a merchant's code throws may hold anything, and throw again when it is looked at. */
function nameOf(error: unknown): string {
	try {
		const name = error instanceof Error && error.name;
		return typeof name === "string" && /^\w{1,64}$/.test(name) ? name : typeof error;
	} catch {
		return "unknown";
	}
}

/** Sends a message. */
async function send(to: MerchantWebhook, { id, body }: Written): Promise<Tried> {
	const now = new Date();
	const signatures = to.secrets.map((secret) => new Webhook(secret).sign(id, now, body));
	try {
		const response = await fetch(to.url, {
			method: "POST",
			headers: {
				"Content-Type": "application/json",
				// Common firewalls refuse what has none, and Workers send none by themselves.
				"User-Agent": `flinkspay-edge/${manifest.version}`,
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
