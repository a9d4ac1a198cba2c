// What a page may do without a back end in the middle: bring an order that the merchant has signed, and read how its one
// payment stands. The page chooses neither amount nor payor, and knows no key. An order is a JWT (RFC 7519, HS256).

import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { count, readyToPay } from "./admission.ts";
import { bearerOf, keyOf } from "./auth.ts";
import { jsonBody, smallBody } from "./body.ts";
import type { App } from "./env.ts";
import { ask, shardOfPayment } from "./ledger/shards.ts";
import { orderOf, paramsOf } from "./order.ts";
import { createOnce } from "./payments.ts";
import { ProblemError } from "./problem.ts";
import { type Orders, refusal, settingsOf } from "./settings.ts";

const ALGORITHM = "HS256";
/** What a page gets back: it reads one payment, for a day. */
const CAPABILITY = "flinkspay-edge/payment";

const OrderBody = z.strictObject({ order: z.string().max(8_192) });

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
	const { orders, origins } = settingsOf(c.env);
	const isPage = c.req.method === "POST" && !c.req.header("Authorization") && c.req.header("Origin");
	if (!isPage || orders.is === "unset") return next();
	if (origins.length > 0 && !isAllowed(c)) throw new ProblemError("origin_not_allowed");
	if (orders.is === "off") throw refusal(orders.fault);
	let answer: Response | undefined;
	const begin = async () => {
		answer = await start(c, orders.value);
	};
	const read = async () => void (await jsonBody(c, begin));
	await readyToPay(c, async () => void (await smallBody(c, read)));
	return answer;
};

/** A capability in place of an API key. */
const takeCapability: MiddlewareHandler<App> = async (c, next) => {
	const { orders } = settingsOf(c.env);
	const token = bearerOf(c.req.header("Authorization"));
	if (c.req.method !== "GET" || token?.split(".").length !== 3 || orders.is === "unset") return next();
	if (orders.is === "off") {
		// The payor's page must not take its capability for one that has expired.
		if ((await keyOf(c.env, token)) === undefined) throw refusal(orders.fault);
		return next();
	}
	const id = (c.req.param("id") ?? "").toLowerCase();
	// An API key may look like a JWT; what is no capability for this payment is left to the check of keys.
	const claims = await jwtVerify(token, orders.value.secret, {
		algorithms: [ALGORITHM],
		audience: CAPABILITY,
		subject: id,
	}).catch(() => undefined);
	if (claims?.payload.exp === undefined) return next();
	const view = await ask(c.env, await shardOfPayment(c.env, id), (ledger) => ledger.read(id));
	const { referenceId, status, funds, paid, final } = view;
	return c.json({ id, referenceId, status, funds, paid, final });
};

/** Adds what pages may do, before the routes that want an API key. */
export function addOrders(app: OpenAPIHono<App>): void {
	app.use("/payments", withCors, takeOrder);
	app.use("/payments/:id", withCors, takeCapability);
}

async function start(c: Context<App>, { secret }: Orders): Promise<Response> {
	const body = OrderBody.safeParse(await c.req.json());
	if (!body.success) {
		throw new ProblemError("invalid_input", { field: "order", detail: "A page sends an order and nothing else." });
	}
	const order = await orderOf(body.data.order, secret);
	// Once it is known that the merchant has signed it, and apart from the merchant's own: who brings what is forged spends
	// nobody's limit, and one visitor alone.
	await count(c, `order ${c.req.header("CF-Connecting-IP") ?? ""}`);
	// No API key's Idempotency-Key has a line end, so none of them is an order's.
	const { payment, replayed } = await createOnce(c, `order\n${order.id}`, order.payment, () => paramsOf(order));
	const capability = await new SignJWT()
		.setProtectedHeader({ alg: ALGORITHM })
		.setAudience(CAPABILITY)
		.setSubject(payment.id)
		.setExpirationTime("1 day")
		.sign(secret);
	const { id, sessionId, referenceId, appUrl, status } = payment;
	const headers: Record<string, string> = replayed ? { "Idempotency-Replayed": "true" } : {};
	return c.json({ id, sessionId, referenceId, appUrl, status, capability }, 201, headers);
}

function isAllowed(c: Context<App>): boolean {
	const origin = c.req.header("Origin");
	return origin !== undefined && settingsOf(c.env).origins.includes(origin);
}
