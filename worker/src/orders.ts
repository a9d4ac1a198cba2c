// What a page may do without a back end in the middle: bring an order that the merchant has signed, and read how its one
// payment stands. The page chooses neither amount nor payor, and knows no key. An order is a JWT (RFC 7519, HS256).

import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { jsonBody, smallBody } from "./body.ts";
import { checkConfig, ordersOf } from "./config.ts";
import type { App } from "./env.ts";
import { ask } from "./ledger/shards.ts";
import { createOnce, shardOfPayment, withinRate } from "./payments.ts";
import { ProblemError } from "./problem.ts";
import { PaymentParams, type PaymentView } from "./schemas.ts";

const ALGORITHM = "HS256";
const ORDER = "flinkspay-edge";
/** What a page gets back: it reads one payment, for a day. */
const CAPABILITY = "flinkspay-edge/payment";

const OrderBody = z.strictObject({ order: z.string().max(8_192) });

/** The claims of an order beside those that jose checks. */
const Claims = z.object({ jti: z.string().regex(/^[\x21-\x7e]{1,128}$/), payment: z.unknown() });

/** Lets pages of the allowed origins ask: preflights, and the headers of answers. Other origins get none of them. */
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

/** An order in place of an API key: from an allowed origin, as JSON, so that the browser asks before it sends. */
const takeOrder: MiddlewareHandler<App> = async (c, next) => {
	if (c.req.method !== "POST" || c.req.header("Authorization") || !c.req.header("Origin") || !ordersOf(c.env)) {
		return next();
	}
	if (!isAllowed(c)) throw new ProblemError("origin_not_allowed");
	checkConfig(c.env);
	let answer: Response | undefined;
	const begin = async () => {
		answer = await start(c);
	};
	const read = async () => void (await jsonBody(c, begin));
	await withinRate(c, async () => void (await smallBody(c, read)));
	return answer;
};

/** A capability in place of an API key. */
const takeCapability: MiddlewareHandler<App> = async (c, next) => {
	const token = /^bearer +(\S+\.\S+\.\S+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
	const orders = ordersOf(c.env);
	if (c.req.method !== "GET" || token === undefined || orders === undefined) return next();
	const id = c.req.param("id") ?? "";
	// An API key may look like a JWT; what is no capability for this payment is left to the check of keys.
	const claims = await jwtVerify(token, orders.secret, {
		algorithms: [ALGORITHM],
		audience: CAPABILITY,
		subject: id,
	}).catch(() => undefined);
	if (claims?.payload.exp === undefined) return next();
	const view = await ask<PaymentView>(c.env, shardOfPayment(c.env, id), (ledger) => ledger.read(id));
	const { referenceId, status, paid, final } = view;
	return c.json({ id, referenceId, status, paid, final });
};

/** Adds what pages may do, before the routes that want an API key. */
export function addOrders(app: OpenAPIHono<App>): void {
	app.use("/payments", withCors, takeOrder);
	app.use("/payments/:id", withCors, takeCapability);
}

async function start(c: Context<App>): Promise<Response> {
	const body = OrderBody.safeParse(await c.req.json());
	if (!body.success) {
		throw new ProblemError("invalid_input", { field: "order", detail: "A page sends an order and nothing else." });
	}
	const { jti, payment: ordered } = await verified(c, body.data.order);
	const params = PaymentParams.safeParse(ordered);
	if (!params.success) {
		const { path = [], message = "" } = params.error.issues[0] ?? {};
		throw new ProblemError("invalid_input", { field: ["order", "payment", ...path].join("."), detail: message });
	}
	// No API key's Idempotency-Key has a line end, so none of them is an order's.
	const { payment, replayed } = await createOnce(c, `order\n${jti}`, params.data);
	const capability = await new SignJWT()
		.setProtectedHeader({ alg: ALGORITHM })
		.setAudience(CAPABILITY)
		.setSubject(payment.id)
		.setExpirationTime("1 day")
		.sign(secretOf(c));
	const { id, sessionId, referenceId, appUrl, status } = payment;
	const headers: Record<string, string> = replayed ? { "Idempotency-Replayed": "true" } : {};
	return c.json({ id, sessionId, referenceId, appUrl, status, capability }, 201, headers);
}

async function verified(c: Context<App>, order: string): Promise<z.infer<typeof Claims>> {
	const invalid = (detail: string) =>
		new ProblemError("order_invalid", { detail, headers: { "WWW-Authenticate": "Order" } });
	try {
		const { payload } = await jwtVerify(order, secretOf(c), {
			algorithms: [ALGORITHM],
			audience: ORDER,
			requiredClaims: ["exp", "jti", "payment"],
		});
		return Claims.parse(payload);
	} catch (error) {
		if (error instanceof errors.JWTExpired) throw invalid("The order has expired: ask for a new one.");
		throw invalid("The order is not one that this deployment's ORDER_SECRET has signed, or lacks a claim.");
	}
}

function secretOf(c: Context<App>): Uint8Array {
	const orders = ordersOf(c.env);
	if (orders === undefined) throw new ProblemError("unauthorized");
	return orders.secret;
}

function isAllowed(c: Context<App>): boolean {
	const origin = c.req.header("Origin");
	return origin !== undefined && (ordersOf(c.env)?.origins.includes(origin) ?? false);
}
