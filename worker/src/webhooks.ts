// Webhooks from Flinks. A webhook says that a payment may have changed: it is verified and recorded, and the status is
// read now, whatever was final. It never makes a payment paid by itself. An event that no public page describes is
// recorded where it names a session, and the one that FLINKS_GUARANTEE_EVENT names asks for a decision. Follows
// docs.flinks.com/guides/pay/geft/webhooks/client-setup and docs.flinks.com/guides/webhooks/hmac-validation.

import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { FlinksPayError, verifyWebhook, type WebhookEvent } from "flinkspay-edge";
import { smallBody } from "./body.ts";
import type { App, Env } from "./env.ts";
import { callLedger, shardOfPayment } from "./ledger/client.ts";
import { homeOf } from "./ledger/shards.ts";
import { eventNameOf, type WebhookContent } from "./ledger/status.ts";
import { answers } from "./openapi.ts";
import { ProblemError } from "./problem.ts";
import { Message } from "./schemas/events.ts";
import { needed, settingsOf } from "./settings.ts";
import { log } from "./telemetry.ts";

const receive = createRoute({
	method: "post",
	path: "/webhooks/flinks",
	operationId: "receiveWebhook",
	summary: "For Flinks: a payment has changed",
	description: "Signed with `FLINKS_WEBHOOK_SECRET`, as the binding `FLINKS_WEBHOOK_SCHEME` says.",
	security: [{ webhookSignature: [] }],
	middleware: [smallBody] as const,
	// No schema that validates: the signature covers the bytes, which the client reads.
	request: { body: { required: true, content: { "application/json": { schema: { type: "object" } } } } },
	responses: answers(
		200,
		"It is verified and recorded, even where its session is unknown.",
		z.object({ received: z.literal(true) }),
		[401, 413, 500, 503],
	),
});

/** The Worker's own webhook, which the document has, too. */
const send = {
	method: "post",
	path: "payment",
	operationId: "receivePayment",
	summary: "For your endpoint: a payment has changed",
	description:
		"Sent to `MERCHANT_WEBHOOK_URL`, signed as Standard Webhooks has it (`webhook-id`, `webhook-timestamp`, " +
		"`webhook-signature`), at least once, in order for each payment.",
	request: { body: { required: true, content: { "application/json": { schema: Message } } } },
	responses: {
		"2XX": { description: "The message is taken. After any other answer it is sent again, for three days." },
	},
} as const;

/** Adds the route to the app, and the Worker's own webhook to the document. */
export function addWebhooks(app: OpenAPIHono<App>): void {
	app.openAPIRegistry.registerWebhook(send);
	app.openAPIRegistry.registerComponent("securitySchemes", "webhookSignature", {
		type: "apiKey",
		in: "header",
		name: "X-Webhook-Signature",
		description: "HMAC-SHA256 of the body; the scheme and the header's name are settings.",
	});
	app.openapi(receive, async (c) => {
		const event = verified(c.env, c.req.raw.headers, await c.req.arrayBuffer());
		if (event.type === "SessionSetupStatusChanged") {
			await take(c.env, event.sessionId, { status: event.status, statusDetails: event.statusDetails });
		} else {
			const name = eventNameOf(event.name);
			if (name !== settingsOf(c.env).guaranteeEvent) {
				log("flinkspay.webhook.unknown", { "flinkspay.request.id": c.get("requestId") }, "WARN");
			}
			if (event.sessionId !== undefined) await take(c.env, event.sessionId, { event: name });
		}
		return c.json({ received: true as const }, 200);
	});
}

function verified(env: Env, headers: Headers, body: ArrayBuffer): WebhookEvent {
	const settings = needed(settingsOf(env).flinksWebhook);
	try {
		return verifyWebhook({ body, headers, ...settings });
	} catch (error) {
		if (!(error instanceof FlinksPayError) || error.code !== "webhook_signature") throw error;
		throw new ProblemError("unauthorized", {
			detail:
				"The webhook's signature does not fit, or the webhook is too old. Check FLINKS_WEBHOOK_SECRET, " +
				"FLINKS_WEBHOOK_SCHEME and the clock of the sender.",
			headers: { "WWW-Authenticate": "Webhook-Signature" },
		});
	}
}

/**
 * Passes a webhook on. The home of the session knows its payment, and the payment's object records the webhook and reads
 * the status. A failure on the way is answered 500, so that Flinks may send the webhook again.
 */
async function take(env: Env, sessionId: string, content: WebhookContent): Promise<void> {
	const home = await homeOf(env, sessionId);
	const { id } = await callLedger(env, home.shard, (ledger) => ledger.receiveWebhook(home.flinksId, content));
	if (id === undefined) return;
	const shard = await shardOfPayment(env, id);
	await callLedger(env, shard, (ledger) => ledger.takeWebhook(id, content));
}
