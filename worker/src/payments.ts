// The routes about payments. The ledger does the work.

import { createRoute, type OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { readyToPay, withinRate } from "./admission.ts";
import { toTheCent } from "./amount.ts";
import { withApiKey } from "./auth.ts";
import { jsonBody, smallBody } from "./body.ts";
import type { App } from "./env.ts";
import type { LedgerApi, PaymentFilter } from "./ledger/api.ts";
import { callLedger, shardOfPayment } from "./ledger/client.ts";
import type { Fingerprints } from "./ledger/payment.ts";
import { hash, shardOf } from "./ledger/shards.ts";
import { answers } from "./openapi.ts";
import { pageOf } from "./paging.ts";
import { invalidInput, type ProblemError, type Reply } from "./problem.ts";
import { Timeline } from "./schemas/events.ts";
import { IdempotencyHeaders, PaymentParams, SignedOrder } from "./schemas/params.ts";
import {
	CreatedPayment,
	Decision,
	NoQuery,
	PaymentForPage,
	PaymentPath,
	PaymentsPage,
	PaymentsQuery,
	PaymentView,
	Resolution,
} from "./schemas/payment.ts";
import { needed, settingsOf } from "./settings.ts";

const security = [{ apiKey: [] }];

/** What the routes about one payment have in common. */
const onePayment = { security, middleware: [withApiKey], request: { params: PaymentPath, query: NoQuery } };

/** The same for a route with a body. */
function onePaymentWith<Schema extends z.ZodType>(schema: Schema) {
	const body = { required: true as const, content: { "application/json": { schema } } };
	return {
		security,
		middleware: [withApiKey, smallBody, jsonBody],
		request: { ...onePayment.request, body },
	};
}

const createOperation = {
	method: "post",
	path: "/payments",
	operationId: "createPayment",
	summary: "Start a payment and get the link at which the payor pays",
	description:
		"The same `Idempotency-Key` with the same body gets the same answer, with `Idempotency-Replayed: true`, and nothing is " +
		"sent to Flinks. After an answer with `outcome: not_sent` and without an `id` the key may be used again. A page of an " +
		'allowed origin has no API key and no `Idempotency-Key`: its body is `{ "order": … }`, an order that the back end has signed.',
	responses: answers(
		201,
		"The payor can pay now.",
		CreatedPayment,
		[400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 502, 503, 504],
	),
} as const;

/** The route for callers with the API key. `orders.ts` answers pages before it. */
const create = createRoute({
	...createOperation,
	hide: true,
	middleware: [withApiKey, readyToPay, withinRate, smallBody, jsonBody] as const,
	request: {
		query: NoQuery,
		headers: IdempotencyHeaders,
		body: { required: true, content: { "application/json": { schema: PaymentParams } } },
	},
});

/** What the document says of it: for both callers. The two bodies by name, since a `z.union` would be flattened. */
const createByAnyone: RouteConfig = {
	...createOperation,
	security: [...security, {}],
	request: {
		query: NoQuery,
		headers: IdempotencyHeaders.partial(),
		body: {
			required: true,
			content: {
				"application/json": {
					schema: {
						anyOf: [{ $ref: "#/components/schemas/PaymentParams" }, { $ref: "#/components/schemas/SignedOrder" }],
					},
				},
			},
		},
	},
};

const list = createRoute({
	method: "get",
	path: "/payments",
	operationId: "listPayments",
	summary: "List payments, the newest first",
	security,
	middleware: [withApiKey] as const,
	request: { query: PaymentsQuery },
	responses: answers(200, "A page of what the ledger knows. Flinks is not asked.", PaymentsPage, [400, 401, 500, 503]),
});

const read = createRoute({
	method: "get",
	path: "/payments/{id}",
	operationId: "getPayment",
	summary: "Read a payment",
	description:
		"Reads the status at Flinks, unless the last read was within 30 seconds or the status is final. With a capability a " +
		"page reads the one payment that it started, in fewer fields.",
	...onePayment,
	security: [...security, { capability: [] }],
	responses: answers(
		200,
		"The payment.",
		z.union([PaymentView, PaymentForPage]),
		[400, 401, 404, 422, 429, 500, 502, 503, 504],
	),
});

const events = createRoute({
	method: "get",
	path: "/payments/{id}/events",
	operationId: "getPaymentEvents",
	summary: "Read the timeline of a payment",
	...onePayment,
	responses: answers(200, "The timeline.", Timeline, [400, 401, 404, 500, 503]),
});

const cancel = createRoute({
	method: "post",
	path: "/payments/{id}/cancel",
	operationId: "cancelPayment",
	summary: "Cancel a payment that nobody has made yet",
	description: "For `interac` the path at Flinks is inferred: no page documents it.",
	...onePayment,
	responses: answers(200, "The payment afterwards.", PaymentView, [400, 401, 404, 409, 422, 429, 500, 502, 503, 504]),
});

const resolve = createRoute({
	method: "post",
	path: "/payments/{id}/resolution",
	operationId: "resolvePayment",
	summary: "Record what became of an unknown payment",
	description:
		"Look it up at Flinks first; the status of what was `created` is read there. The resolution is recorded with the " +
		"time and the name of the API key. The `Idempotency-Key` keeps " +
		"its answer and cannot be used again.",
	...onePaymentWith(Resolution),
	responses: answers(
		200,
		"The payment afterwards.",
		PaymentView,
		[400, 401, 404, 409, 413, 415, 422, 429, 500, 502, 503, 504],
	),
});

const decide = createRoute({
	method: "post",
	path: "/payments/{id}/guarantee",
	operationId: "decideGuarantee",
	summary: "Accept or refuse the guarantee of a guaranteed EFT",
	description: "Sends the decision to Flinks and reads the status. A refused guarantee is not money.",
	...onePaymentWith(Decision),
	responses: answers(
		200,
		"The payment afterwards.",
		PaymentView,
		[400, 401, 404, 409, 413, 415, 422, 429, 500, 502, 503, 504],
	),
});

const resend = createRoute({
	method: "post",
	path: "/payments/{id}/resend",
	operationId: "resendPayment",
	summary: "Send a payment's messages to your endpoint again",
	description:
		"Sends the messages again that your endpoint did not take within three days, and those from before there was an endpoint. " +
		"Without any, sends the present state of the payment.",
	...onePayment,
	responses: answers(200, "The payment.", PaymentView, [400, 401, 404, 409, 500, 503]),
});

export function addPayments(app: OpenAPIHono<App>): void {
	app.openAPIRegistry.register("PaymentParams", PaymentParams);
	app.openAPIRegistry.register("SignedOrder", SignedOrder);
	app.openAPIRegistry.registerPath(createByAnyone);
	app.openapi(
		create,
		async (c) => {
			const params = c.req.valid("json");
			const key = c.req.valid("header")["Idempotency-Key"];
			const { payment, replayed } = await createOnce(c, key, params, () => params);
			return c.json(payment, 201, replayed ? { "Idempotency-Replayed": "true" } : {});
		},
		(result, c) => {
			if (result.success) return undefined;
			const problem = invalidInput(result.error);
			if (result.target !== "json") throw problem;
			return storedAnswer(c, problem);
		},
	);

	app.openapi(list, async (c) => {
		const { cursor, from, to, referenceId, status, funds, delivery, limit = 50 } = c.req.valid("query");
		const [createdAt = "", id = ""] = cursor?.split(".") ?? [];
		const filter = {
			...{ referenceId, status, funds, delivery },
			from: from === undefined ? undefined : Date.parse(from),
			to: to === undefined ? undefined : Date.parse(to),
		};
		const after = cursor === undefined ? undefined : { createdAt: Number(createdAt), id };
		const { items, more, missing } = await pageOf<PaymentView, PaymentFilter["after"]>({
			places: Array.from({ length: needed(settingsOf(c.env).shards) }, () => after),
			limit,
			isBefore: isNewer,
			chunkOf: async (shard, after, count) => {
				const {
					payments,
					looked = after,
					more,
				} = await callLedger(c.env, shard, (ledger) => ledger.list({ ...filter, after, limit: count }));
				return { found: payments.map((item) => ({ item, place: placeOf(item) })), looked, more };
			},
		});
		const last = items.at(-1);
		const next = last && more ? { next: `${Date.parse(last.createdAt)}.${last.id}` } : {};
		return c.json({ payments: items, ...next, ...(missing.length > 0 && { missing }) }, 200);
	});

	app.openapi(read, async (c) => c.json(await callAboutPayment(c, (ledger, id) => ledger.read(id)), 200));

	app.openapi(events, async (c) => {
		const found = await callAboutPayment(c, (ledger, id) => ledger.events(id));
		return c.json({ events: found.map(({ at, ...event }) => ({ at: new Date(at).toISOString(), ...event })) }, 200);
	});

	app.openapi(cancel, (c) => callOnce(c, (ledger, id) => ledger.cancel(id, c.get("keyName"))));

	app.openapi(decide, (c) => {
		const { accepted } = c.req.valid("json");
		return callOnce(c, (ledger, id) => ledger.decide(id, accepted, c.get("keyName")));
	});

	app.openapi(resend, async (c) =>
		c.json(await callAboutPayment(c, (ledger, id) => ledger.resend(id, c.get("keyName"))), 200),
	);

	app.openapi(resolve, async (c) => {
		const resolution = c.req.valid("json");
		return c.json(await callAboutPayment(c, (ledger, id) => ledger.resolve(id, resolution, c.get("keyName"))), 200);
	});
}

/** A cancellation or a decision. It is not repeated, since no row says whether it has left, and a hang-up does not end it. */
async function callOnce(c: Context<App>, call: (ledger: LedgerApi, id: string) => Promise<Reply<PaymentView>>) {
	const done = callAboutPayment(c, call, { twice: false });
	c.executionCtx.waitUntil(done.catch(() => {}));
	return c.json(await done, 200);
}

/** Calls the object that has the payment of the path. */
async function callAboutPayment<T>(
	c: Context<App>,
	call: (ledger: LedgerApi, id: string) => Promise<Reply<T>>,
	options?: { twice: boolean },
): Promise<T> {
	const id = (c.req.param("id") ?? "").toLowerCase();
	return callLedger(c.env, await shardOfPayment(c.env, id), (ledger) => call(ledger, id), options);
}

/** The stored answer of the key of a body that is not valid, or else the problem of the body. */
async function storedAnswer(c: Context<App>, problem: ProblemError) {
	const body: unknown = await c.req.json();
	const headers = IdempotencyHeaders.safeParse({ "Idempotency-Key": c.req.header("Idempotency-Key") });
	if (typeof body !== "object" || body === null || !headers.success) throw problem;
	const { payment } = await createOnce(c, headers.data["Idempotency-Key"], body, () => {
		throw problem;
	});
	return c.json(payment, 201, { "Idempotency-Replayed": "true" });
}

/**
 * Starts a payment, or gives the stored answer of its key. The answer of a key outlives the rules of its day: a body that
 * `validate` would refuse today still gets it.
 */
export async function createOnce(c: Context<App>, key: string, body: object, validate: () => PaymentParams) {
	const old = canonical(body, 1);
	// The second version gives all texts one Unicode form, which most texts have already.
	const current = old.normalize("NFC") === old ? old : canonical(body, 2);
	const [keyHash, second] = await Promise.all([hash(key), hash(`${key}\n${current}`)]);
	const first = old === current ? second : await hash(`${key}\n${old}`);
	const shard = shardOf(c.env, keyHash);
	const request = { keyHash, fingerprints: { 1: first, 2: second } };
	let params: PaymentParams;
	try {
		params = validate();
	} catch (problem) {
		const payment = await callLedger(c.env, shard, (ledger) => ledger.replay(request));
		if (payment === null) throw problem;
		return { payment, replayed: true };
	}
	const payment = callLedger(c.env, shard, (ledger) =>
		ledger.create({ ...request, shard, params, instance: c.get("requestId") }),
	);
	// Without it the host would end the call when the merchant hangs up.
	c.executionCtx.waitUntil(payment.catch(() => {}));
	return payment;
}

/**
 * The same text for the same payment: keys in order, and amounts to the cent. The second version also brings names into
 * one Unicode form. A key of an earlier version keeps that version's text.
 */
function canonical(body: { product?: unknown; amount?: unknown }, version: keyof Fingerprints): string {
	const { product = "interac", amount, ...rest } = body;
	const exact = typeof amount === "string" ? toTheCent(amount) : amount;
	return JSON.stringify({ product, amount: exact, ...rest }, (_, value) => {
		if (typeof value === "string" && version > 1) return value.normalize("NFC");
		return typeof value === "object" && value !== null && !Array.isArray(value)
			? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
			: value;
	});
}

function isNewer(one: PaymentView, other: PaymentView): boolean {
	return one.createdAt === other.createdAt ? one.id > other.id : one.createdAt > other.createdAt;
}

function placeOf({ createdAt, id }: PaymentView): PaymentFilter["after"] {
	return { createdAt: Date.parse(createdAt), id };
}
