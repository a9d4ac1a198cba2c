// The routes of the Worker, and what all of them have in common.

import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { methodNotAllowed } from "hono/method-not-allowed";
import { version } from "../package.json";
import { addConfiguration } from "./configuration.ts";
import type { App } from "./env.ts";
import { addEvents } from "./events.ts";
import { answers } from "./openapi.ts";
import { addOperatorPage } from "./operator.ts";
import { addOrders } from "./orders.ts";
import { addPayments } from "./payments.ts";
import { invalidInput, ProblemError, problemResponse } from "./problem.ts";
import { log } from "./telemetry.ts";
import { addWebhooks } from "./webhooks.ts";

/** The app. `basePath` is the path that the Worker is mounted under, for the OpenAPI document; the routes are without it. */
export function createApp(basePath: string): OpenAPIHono<App> {
	const app = new OpenAPIHono<App>({
		// Hono calls it after each validation.
		defaultHook: (result) => {
			if (!result.success) throw invalidInput(result.error);
		},
	});

	app.use(async (c, next) => {
		const requestId = crypto.randomUUID();
		c.set("requestId", requestId);
		c.header("X-Request-Id", requestId);
		c.header("Cache-Control", "no-store");
		c.header("X-Content-Type-Options", "nosniff");
		await next();
	});

	// Before methods are refused, since a browser's preflight is OPTIONS.
	addOrders(app);

	app.use(
		methodNotAllowed({
			app,
			onMethodNotAllowed: (c, methods) =>
				problemResponse(c, new ProblemError("method_not_allowed", { headers: { Allow: methods.join(", ") } })),
		}),
	);

	app.notFound((c) => problemResponse(c, new ProblemError("not_found", { detail: "The Worker has no such path." })));

	app.onError((error, c) => {
		if (error instanceof ProblemError) return problemResponse(c, error);
		// An error's message may contain what a person typed, so only its name and its stack are logged.
		const stack = error.stack?.split("\n").filter((line) => /^\s+at /.test(line));
		log(
			"flinkspay.request.failed",
			{
				"http.response.status_code": 500,
				"error.type": error.name,
				"flinkspay.request.id": c.get("requestId"),
				"code.stacktrace": stack?.join("\n"),
			},
			"ERROR",
		);
		return problemResponse(c, new ProblemError("internal", { outcome: "unknown" }));
	});

	addPayments(app);
	addEvents(app);
	addWebhooks(app);
	addConfiguration(app);
	addOperatorPage(app);

	app.openapi(
		createRoute({
			method: "get",
			path: "/healthz",
			operationId: "getHealth",
			summary: "Whether the Worker runs. It needs no binding and says nothing about Flinks",
			responses: answers(200, "The Worker runs.", z.object({ status: z.literal("ok") }).openapi("Health"), []),
		}),
		(c) => c.json({ status: "ok" as const }, 200),
	);

	app.openAPIRegistry.registerComponent("securitySchemes", "apiKey", {
		type: "http",
		scheme: "bearer",
		description: "The API key of this deployment.",
	});

	app.openapi(
		createRoute({
			method: "get",
			path: "/openapi.json",
			operationId: "getOpenApi",
			summary: "This document",
			responses: answers(200, "OpenAPI 3.1.", z.looseObject({ openapi: z.literal("3.1.0") }), []),
		}),
		(c) =>
			c.json(
				app.getOpenAPI31Document({
					openapi: "3.1.0",
					info: {
						title: "flinkspay-edge Worker",
						version,
						description: "Payments through Flinks Pay: with an API key, or from a page with a signed order.",
					},
					...(basePath === "" ? {} : { servers: [{ url: basePath }] }),
				}) as never,
				200,
			),
	);
	return app;
}
