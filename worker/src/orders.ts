// What a page may do without a back end in between: send an order that the merchant has signed, and read the status of
// its payment. The page chooses neither the amount nor the payor, and has no API key. An order is a JWT (RFC 7519,
// HS256).

import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { jwtVerify, SignJWT } from "jose";
import { count, readyToPay } from "./admission.ts";
import { bearerOf, keyOf } from "./auth.ts";
import { jsonBody, smallBody } from "./body.ts";
import type { App } from "./env.ts";
import { callLedger, shardOfPayment } from "./ledger/client.ts";
import { createOnce } from "./payments.ts";
import { ProblemError } from "./problem.ts";
import { SignedOrder } from "./schemas/params.ts";
import type { CreatedPayment, PaymentForPage } from "./schemas/payment.ts";
import { faultProblem, type Orders, settingsOf } from "./settings.ts";
import { orderOf, paramsOf } from "./signed-order.ts";

const ALGORITHM = "HS256";
/** The audience of a capability, which lets a page read one payment for a day. */
const CAPABILITY = "flinkspay-edge/payment";

/** CORS for pages of the allowed origins: preflights, and the headers of answers. Other origins get none of it. */
const withCors: MiddlewareHandler<App> = async (c, next) => {
	if (!isAllowed(c)) {
		if (c.req.header("Origin") !== undefined) c.header("Vary", "Origin");
		return next();
	}
	return cors({
		origin: c.req.header("Origin") ?? "",
		allowMethods: ["GET", "POST"],
		allowHeaders: ["Authorization", "Content-Type"],
		exposeHeaders: ["Idempotency-Replayed", "Retry-After", "X-Request-Id"],
		maxAge: 600,
	})(c, next);
};

/**
 * Takes an order in place of an API key: from an allowed origin, and as JSON, so that the browser sends a preflight
 * first.
 */
const takeOrder: MiddlewareHandler<App> = async (c, next) => {
	const { orders, origins } = settingsOf(c.env);
	const isPage = c.req.method === "POST" && !c.req.header("Authorization") && c.req.header("Origin");
	if (!isPage || orders.is === "unset") return next();
	if (origins.length > 0 && !isAllowed(c)) throw new ProblemError("origin_not_allowed");
	if (orders.is === "off") throw faultProblem(orders.fault);
	let answer: Response | undefined;
	const begin = async () => {
		answer = await start(c, orders.value);
	};
	const read = async () => void (await jsonBody(c, begin));
	await readyToPay(c, async () => void (await smallBody(c, read)));
	return answer;
};

/** Takes a capability in place of an API key. */
const takeCapability: MiddlewareHandler<App> = async (c, next) => {
	const { orders } = settingsOf(c.env);
	const token = bearerOf(c.req.header("Authorization"));
	if (c.req.method !== "GET" || token?.split(".").length !== 3 || orders.is === "unset") return next();
	if (orders.is === "off") {
		// Not 401, from which the page would conclude that its capability has expired.
		if ((await keyOf(c.env, token)) === undefined) throw faultProblem(orders.fault);
		return next();
	}
	const id = (c.req.param("id") ?? "").toLowerCase();
	// An API key may look like a JWT. Whatever is not a capability for this payment is checked as a key.
	const claims = await jwtVerify(token, orders.value.secret, {
		algorithms: [ALGORITHM],
		audience: CAPABILITY,
		subject: id,
	}).catch(() => undefined);
	if (claims?.payload.exp === undefined) return next();
	const view = await callLedger(c.env, await shardOfPayment(c.env, id), (ledger) => ledger.read(id));
	const { referenceId, status, funds, paid, final } = view;
	return c.json({ id, referenceId, status, funds, paid, final } satisfies PaymentForPage);
};

/** Adds the handlers for pages, before the routes that need an API key. */
export function addOrders(app: OpenAPIHono<App>): void {
	app.openAPIRegistry.registerComponent("securitySchemes", "capability", {
		type: "http",
		scheme: "bearer",
		description: "The capability of one payment, which the page that sent its order got in the answer.",
	});
	app.use("/payments", withCors, takeOrder);
	app.use("/payments/:id", withCors, takeCapability);
}

async function start(c: Context<App>, { secret }: Orders): Promise<Response> {
	const body = SignedOrder.safeParse(await c.req.json());
	if (!body.success) {
		throw new ProblemError("invalid_input", {
			field: "order",
			detail: "The body is not an order. Send { order }, and nothing else.",
		});
	}
	const order = await orderOf(body.data.order, secret);
	// Counted after the signature was verified, and apart from the merchant's own calls: a forged order does not use up
	// anybody's limit, and a visitor uses up only their own.
	await count(c, `order ${c.req.header("CF-Connecting-IP") ?? ""}`);
	// An Idempotency-Key has no line end, so none of them is the key of an order.
	const { payment, replayed } = await createOnce(c, `order\n${order.id}`, order.payment, () => paramsOf(order));
	const capability = await new SignJWT()
		.setProtectedHeader({ alg: ALGORITHM })
		.setAudience(CAPABILITY)
		.setSubject(payment.id)
		.setExpirationTime("1 day")
		.sign(secret);
	const { id, sessionId, referenceId, appUrl, status } = payment;
	const headers: Record<string, string> = replayed ? { "Idempotency-Replayed": "true" } : {};
	return c.json({ id, sessionId, referenceId, appUrl, status, capability } satisfies CreatedPayment, 201, headers);
}

function isAllowed(c: Context<App>): boolean {
	const origin = c.req.header("Origin");
	return origin !== undefined && settingsOf(c.env).origins.includes(origin);
}
