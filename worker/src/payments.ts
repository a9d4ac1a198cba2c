// The two routes about payments. There is no ledger yet: a key is checked for its form alone, and asking twice with one
// key starts two payments.

import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { withApiKey } from "./auth.ts";
import { jsonBody, smallBody } from "./body.ts";
import type { App } from "./env.ts";
import { answers } from "./openapi.ts";
import { CreatedPayment, IdempotencyHeaders, PaymentParams, PaymentPath, PaymentStatus } from "./schemas.ts";
import { fromClient } from "./upstream.ts";

const create = createRoute({
	method: "post",
	path: "/payments",
	operationId: "createPayment",
	summary: "Start a payment and get the link at which the payor pays",
	security: [{ apiKey: [] }],
	middleware: [withApiKey, smallBody, jsonBody] as const,
	request: {
		headers: IdempotencyHeaders,
		body: { required: true, content: { "application/json": { schema: PaymentParams } } },
	},
	responses: answers(
		201,
		"The payor can pay now.",
		CreatedPayment,
		[400, 401, 404, 413, 415, 422, 429, 500, 502, 503, 504],
	),
});

const read = createRoute({
	method: "get",
	path: "/payments/{id}",
	operationId: "getPayment",
	summary: "What has become of a payment",
	description: "Asks Flinks each time. Flinks wants to be asked no more often than every 30 seconds.",
	security: [{ apiKey: [] }],
	middleware: [withApiKey] as const,
	request: { params: PaymentPath },
	responses: answers(200, "What Flinks says of it.", PaymentStatus, [400, 401, 404, 422, 429, 500, 502, 503, 504]),
});

/** Adds the routes to the app. */
export function addPayments(app: OpenAPIHono<App>): void {
	app.openapi(create, async (c) => {
		const { product: _, clientUris, ...params } = c.req.valid("json");
		try {
			const payment = c.var.pay.startPayment(clientUris ? { ...params, clientUris } : params);
			// A merchant who hangs up must not stop the sequence halfway: the host would end it with the connection.
			c.executionCtx.waitUntil(payment.catch(() => {}));
			const started = await payment;
			return c.json({ id: started.requestId, ...started, status: "Initiated" }, 201);
		} catch (error) {
			throw fromClient(error, { referenceId: params.referenceId });
		}
	});

	app.openapi(read, async (c) => {
		const { id } = c.req.valid("param");
		try {
			const { requestId, referenceId, status, paid, final } = await c.var.pay.getPaymentRequest(id);
			return c.json({ id, requestId, ...(referenceId === undefined ? {} : { referenceId }), status, paid, final }, 200);
		} catch (error) {
			throw fromClient(error, { id });
		}
	});
}
