// One attempt to deliver a message to the merchant: to their endpoint by the Standard Webhooks specification
// (standardwebhooks.com), or to a function of their own in this Worker.

import type { PaymentMessage } from "flinkspay-edge/merchant";
import { Webhook } from "standardwebhooks";
import manifest from "../../package.json" with { type: "json" };
import type { Env } from "../env.ts";
import type { MerchantWebhook, MessageHook } from "../settings.ts";
import { log } from "../telemetry.ts";
import { withTimeout } from "../timeout.ts";

export interface Delivered {
	delivered: boolean;
	/** Undefined without an answer. */
	httpStatus?: number;
}

const TIMEOUT_MS = 15_000;
const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
/** The delays before each further attempt; together three days, as the specification recommends. */
const DELAYS_MS = [
	...[5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR],
	20 * HOUR + 24 * MINUTE,
];

/** Milliseconds until the next attempt, plus up to a tenth by `random` (0 to 1); undefined after the last one. */
export function retryDelayMs(attempts: number, random: number): number | undefined {
	const delay = DELAYS_MS[attempts - 1];
	return delay === undefined ? undefined : Math.round(delay * (1 + random / 10));
}

interface OutgoingMessage {
	id: string;
	body: string;
}

/** Delivers a message once, to whichever of the two is set. */
export function deliver(
	to: MerchantWebhook | MessageHook<Env>,
	message: OutgoingMessage,
	env: Env,
): Promise<Delivered> {
	return typeof to === "function" ? callHook(to, message, env) : send(to, message);
}

/** Calls the merchant's function. What it throws stays here: the message counts as not delivered. */
async function callHook(hook: MessageHook<Env>, { body }: OutgoingMessage, env: Env): Promise<Delivered> {
	try {
		const taken = hook(JSON.parse(body) as PaymentMessage, env);
		await withTimeout(taken, TIMEOUT_MS, () => new DOMException("onMessage took too long.", "TimeoutError"));
		return { delivered: true };
	} catch (error) {
		log("flinkspay.hook.failed", { "error.type": nameOf(error) }, "ERROR");
		return { delivered: false };
	}
}

/** The name of what the merchant's code threw, which may be any value and may throw again when it is read. */
function nameOf(error: unknown): string {
	try {
		const name = error instanceof Error && error.name;
		return typeof name === "string" && /^\w{1,64}$/.test(name) ? name : typeof error;
	} catch {
		return "unknown";
	}
}

async function send(to: MerchantWebhook, { id, body }: OutgoingMessage): Promise<Delivered> {
	const now = new Date();
	const signatures = to.secrets.map((secret) => new Webhook(secret).sign(id, now, body));
	try {
		const response = await fetch(to.url, {
			method: "POST",
			headers: {
				"Content-Type": "application/json",
				// Workers send none by themselves, and common firewalls refuse requests without one.
				"User-Agent": `flinkspay-edge/${manifest.version}`,
				"webhook-id": id,
				"webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
				"webhook-signature": signatures.join(" "),
			},
			body,
			// Only this endpoint has the secret.
			redirect: "manual",
			signal: AbortSignal.timeout(TIMEOUT_MS),
		});
		await response.body?.cancel();
		return { delivered: response.ok, httpStatus: response.status };
	} catch {
		return { delivered: false };
	}
}
