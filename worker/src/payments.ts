// The routes about payments. What they do is the ledger's.

import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { readyToPay, withinRate } from "./admission.ts";
import { toTheCent } from "./amount.ts";
import { withApiKey } from "./auth.ts";
import { jsonBody, smallBody } from "./body.ts";
import type { App } from "./env.ts";
import type { Filter } from "./ledger/lists.ts";
import type { Fingerprints } from "./ledger/payment.ts";
import { ask, hash, type LedgerCalls, shardOf, shardOfPayment } from "./ledger/shards.ts";
import { answers } from "./openapi.ts";
import { pageOf } from "./pages.ts";
import { invalidInput, type ProblemError, type Reply } from "./problem.ts";
import {
	CreatedPayment,
	Decision,
	IdempotencyHeaders,
	NoQuery,
	PaymentParams,
	PaymentPath,
	PaymentsPage,
	PaymentsQuery,
	PaymentView,
	Resolution,
	Timeline,
} from "./schemas.ts";
import { needed, settingsOf } from "./settings.ts";

const security = [{ apiKey: [] }];

const create = createRoute({
	method: "post",
	path: "/payments",
	operationId: "createPayment",
	summary: "Start a payment and get the link at which the payor pays",
	description:
		"The same `Idempotency-Key` with the same body has the same answer, with `Idempotency-Replayed: true`, and Flinks " +
		"is not asked again. Where nothing that could create a payment had left, the key may be used again. A page of an " +
		'allowed origin has no API key: its body is `{ "order": … }`, an order that the back end has signed.',
	security,
	middleware: [withApiKey, readyToPay, withinRate, smallBody, jsonBody] as const,
	request: {
		query: NoQuery,
		headers: IdempotencyHeaders,
		body: { required: true, content: { "application/json": { schema: PaymentParams } } },
	},
	responses: answers(
		201,
		"The payor can pay now.",
		CreatedPayment,
		[400, 401, 404, 409, 413, 415, 422, 429, 500, 502, 503, 504],
	),
});

const list = createRoute({
	method: "get",
	path: "/payments",
	operationId: "listPayments",
	summary: "Payments, the newest first, a page at a time",
	security,
	middleware: [withApiKey] as const,
	request: { query: PaymentsQuery },
	responses: answers(200, "A page, as the ledger knows them: Flinks is not asked.", PaymentsPage, [400, 401, 500, 503]),
});

const read = createRoute({
	method: "get",
	path: "/payments/{id}",
	operationId: "getPayment",
	summary: "What has become of a payment",
	description: "Asks Flinks, unless that was done within 30 seconds or the status is final.",
	security,
	middleware: [withApiKey] as const,
	request: { params: PaymentPath, query: NoQuery },
	responses: answers(200, "What is known of it.", PaymentView, [400, 401, 404, 422, 429, 500, 502, 503, 504]),
});

const events = createRoute({
	method: "get",
	path: "/payments/{id}/events",
	operationId: "getPaymentEvents",
	summary: "All that happened to a payment",
	security,
	middleware: [withApiKey] as const,
	request: { params: PaymentPath, query: NoQuery },
	responses: answers(200, "Its timeline.", Timeline, [400, 401, 404, 500, 503]),
});

const cancel = createRoute({
	method: "post",
	path: "/payments/{id}/cancel",
	operationId: "cancelPayment",
	summary: "End a payment that nobody has made yet",
	description: "For `interac` the path at Flinks is inferred: no page documents it.",
	security,
	middleware: [withApiKey] as const,
	request: { params: PaymentPath, query: NoQuery },
	responses: answers(200, "What is known of it now.", PaymentView, [400, 401, 404, 409, 422, 429, 500, 502, 503, 504]),
});

const resolve = createRoute({
	method: "post",
	path: "/payments/{id}/resolution",
	operationId: "resolvePayment",
	summary: "Say what became of an unknown payment",
	description:
		"After you have looked it up at Flinks. It is written down with the time and the key's name. What the " +
		"`Idempotency-Key` is answered stays as it was, and the key is not free.",
	security,
	middleware: [withApiKey, smallBody, jsonBody] as const,
	request: {
		params: PaymentPath,
		query: NoQuery,
		body: { required: true, content: { "application/json": { schema: Resolution } } },
	},
	responses: answers(200, "What is known of it now.", PaymentView, [400, 401, 404, 409, 413, 415, 500, 503]),
});

const decide = createRoute({
	method: "post",
	path: "/payments/{id}/guarantee",
	operationId: "decideGuarantee",
	summary: "Accept or refuse the guarantee of a guaranteed EFT that waits for it",
	description: "Flinks is told, and the status is read. A guarantee that was refused is no money.",
	security,
	middleware: [withApiKey, smallBody, jsonBody] as const,
	request: {
		params: PaymentPath,
		query: NoQuery,
		body: { required: true, content: { "application/json": { schema: Decision } } },
	},
	responses: answers(
		200,
		"What is known of it now.",
		PaymentView,
		[400, 401, 404, 409, 413, 415, 422, 429, 500, 502, 503, 504],
	),
});

const resend = createRoute({
	method: "post",
	path: "/payments/{id}/resend",
	operationId: "resendPayment",
	summary: "Tell the merchant's endpoint again",
	description:
		"What it did not take within three days, and what came while there was no endpoint, is sent again; where there is " +
		"nothing of that, how it stands now.",
	security,
	middleware: [withApiKey] as const,
	request: { params: PaymentPath, query: NoQuery },
	responses: answers(200, "What is known of it.", PaymentView, [400, 401, 404, 409, 500, 503]),
});

/** Adds the routes to the app. */
export function addPayments(app: OpenAPIHono<App>): void {
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
			return answeredBefore(c, problem);
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
		const { items, more, missing } = await pageOf<PaymentView, Filter["after"]>({
			places: Array.from({ length: needed(settingsOf(c.env).shards) }, () => after),
			limit,
			isBefore: isNewer,
			chunkOf: async (shard, after, count) => {
				const {
					payments,
					looked = after,
					more,
				} = await ask(c.env, shard, (ledger) => ledger.list({ ...filter, after, limit: count }));
				return { found: payments.map((item) => ({ item, place: placeOf(item) })), looked, more };
			},
		});
		const last = items.at(-1);
		const next = last && more ? { next: `${Date.parse(last.createdAt)}.${last.id}` } : {};
		return c.json({ payments: items, ...next, ...(missing.length > 0 && { missing }) }, 200);
	});

	app.openapi(read, async (c) => c.json(await about(c, (ledger, id) => ledger.read(id)), 200));

	app.openapi(events, async (c) => {
		const found = await about(c, (ledger, id) => ledger.events(id));
		return c.json({ events: found.map(({ at, ...event }) => ({ at: new Date(at).toISOString(), ...event })) }, 200);
	});

	app.openapi(cancel, async (c) => {
		const by = c.get("keyName");
		// No row says whether a cancellation has left.
		const cancelled = about(c, (ledger, id) => ledger.cancel(id, by), { twice: false });
		c.executionCtx.waitUntil(cancelled.catch(() => {}));
		return c.json(await cancelled, 200);
	});

	app.openapi(decide, async (c) => {
		const { accepted } = c.req.valid("json");
		const by = c.get("keyName");
		// No row says whether a decision has left.
		const decided = about(c, (ledger, id) => ledger.decide(id, accepted, by), { twice: false });
		c.executionCtx.waitUntil(decided.catch(() => {}));
		return c.json(await decided, 200);
	});

	app.openapi(resend, async (c) => {
		const by = c.get("keyName");
		return c.json(await about(c, (ledger, id) => ledger.resend(id, by)), 200);
	});

	app.openapi(resolve, async (c) => {
		const resolution = c.req.valid("json");
		const by = c.get("keyName");
		return c.json(await about(c, (ledger, id) => ledger.resolve(id, resolution, by)), 200);
	});
}

/** Asks the object that the path's payment lives in. */
async function about<T>(
	c: Context<App>,
	question: (ledger: LedgerCalls, id: string) => Promise<Reply<T>>,
	options?: { twice: boolean },
): Promise<T> {
	const id = (c.req.param("id") ?? "").toLowerCase();
	return ask(c.env, await shardOfPayment(c.env, id), (ledger) => question(ledger, id), options);
}

/** What the key of a body that is not taken was answered when it was, or the problem with it. */
async function answeredBefore(c: Context<App>, problem: ProblemError) {
	const body: unknown = await c.req.json();
	const headers = IdempotencyHeaders.safeParse({ "Idempotency-Key": c.req.header("Idempotency-Key") });
	if (typeof body !== "object" || body === null || !headers.success) throw problem;
	const { payment } = await createOnce(c, headers.data["Idempotency-Key"], body, () => {
		throw problem;
	});
	return c.json(payment, 201, { "Idempotency-Replayed": "true" });
}

/**
 * Asks the ledger for a payment: a key has one. A key's answer outlives the rules of its day: a body that would not be taken
 * any more, by what `validate` throws, is answered as it was before.
 */
export async function createOnce(c: Context<App>, key: string, body: object, validate: () => PaymentParams) {
	const old = canonical(body, 1);
	// As most texts, it is the same in each version if all of it has the one form of Unicode's that the second gives names.
	const current = old.normalize("NFC") === old ? old : canonical(body, 2);
	const [keyHash, second] = await Promise.all([hash(key), hash(`${key}\n${current}`)]);
	const first = old === current ? second : await hash(`${key}\n${old}`);
	const shard = shardOf(c.env, keyHash);
	const asked = { keyHash, fingerprints: { 1: first, 2: second } };
	let params: PaymentParams;
	try {
		params = validate();
	} catch (problem) {
		const payment = await ask(c.env, shard, (ledger) => ledger.replay(asked));
		if (payment === null) throw problem;
		return { payment, replayed: true };
	}
	const payment = ask(c.env, shard, (ledger) =>
		ledger.create({ ...asked, shard, params, instance: c.get("requestId") }),
	);
	// A merchant who hangs up must not end the call halfway: the host would end it with the connection.
	c.executionCtx.waitUntil(payment.catch(() => {}));
	return payment;
}

/**
 * The same text for the same payment: keys in order, and amounts to the cent. A key that an earlier version was given has
 * that version's text; since the second, a name is the same in each form of Unicode's.
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

function placeOf({ createdAt, id }: PaymentView): Filter["after"] {
	return { createdAt: Date.parse(createdAt), id };
}
