// What Flinks sends of itself. A webhook is a hint that a payment has changed: it is verified, written down, and has the
// status read now, whatever was final. It never says by itself that a payment is paid. One that no public page describes is
// written down where it names a session; the one that FLINKS_GUARANTEE_EVENT names asks for a decision. Answers to
// docs.flinks.com/guides/pay/geft/webhooks/client-setup and docs.flinks.com/guides/webhooks/hmac-validation.

import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { FlinksPayError, verifyWebhook, type WebhookEvent } from "flinkspay-edge";
import { smallBody } from "./body.ts";
import type { App, Env } from "./env.ts";
import { ask, homeOf, shardOfPayment } from "./ledger/shards.ts";
import { eventNameOf, type Told } from "./ledger/standing.ts";
import { answers } from "./openapi.ts";
import { ProblemError } from "./problem.ts";
import { Message } from "./schemas.ts";
import { needed, settingsOf } from "./settings.ts";
import { tell } from "./telemetry.ts";

const receive = createRoute({
	method: "post",
	path: "/webhooks/flinks",
	operationId: "receiveWebhook",
	summary: "For Flinks: a payment has changed",
	description: "Signed with `FLINKS_WEBHOOK_SECRET`, as the binding `FLINKS_WEBHOOK_SCHEME` says.",
	security: [{ webhookSignature: [] }],
	middleware: [smallBody] as const,
	responses: answers(
		200,
		"It is verified and written down, also where nobody knows its session.",
		z.object({ received: z.literal(true) }),
		[401, 413, 500, 503],
	),
});

/** What the Worker itself sends, which the document has too. */
const send = {
	method: "post",
	path: "payment",
	operationId: "receivePayment",
	summary: "For your endpoint: a payment has changed",
	description:
		"Sent to `MERCHANT_WEBHOOK_URL`, signed as Standard Webhooks has it (`webhook-id`, `webhook-timestamp`, " +
		"`webhook-signature`), at least once, in order for each payment.",
	request: { body: { required: true, content: { "application/json": { schema: Message } } } },
	responses: { "2XX": { description: "It is taken. Anything else has it sent again, for three days." } },
} as const;

/** Adds the route to the app, and what the Worker sends to the document. */
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
				tell("flinkspay.webhook.unknown", { "flinkspay.request.id": c.get("requestId") }, "WARN");
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
		throw new ProblemError("unauthorized", { headers: { "WWW-Authenticate": "Webhook-Signature" } });
	}
}

/**
 * The home of the session knows whose it is; the payment's own object records the webhook and has the status read. What fails
 * on the way is answered 500, so that Flinks may send it again.
 */
async function take(env: Env, sessionId: string, told: Told): Promise<void> {
	const home = await homeOf(env, sessionId);
	const { id } = await ask(env, home.shard, (ledger) => ledger.receiveWebhook(home.flinksId, told));
	if (id === undefined) return;
	const shard = await shardOfPayment(env, id);
	await ask(env, shard, (ledger) => ledger.takeWebhook(id, told));
}
