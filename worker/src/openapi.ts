// The parts of the OpenAPI document that routes share.

import type { z } from "@hono/zod-openapi";
import { Problem } from "./problem.ts";

/** The headers of every answer. */
const COMMON_HEADERS = {
	"X-Request-Id": { description: "The id of this answer.", required: true, schema: { type: "string", format: "uuid" } },
	"Cache-Control": { description: "Always `no-store`.", required: true, schema: { type: "string", const: "no-store" } },
} as const;

const RETRY_AFTER = { description: "Seconds.", schema: { type: "integer" } } as const;

const ERRORS = {
	400: ["A field, the Idempotency-Key or the JSON is not valid: `invalid_input`.", {}],
	401: [
		"No API key or a wrong one, a capability that has ended, or a webhook whose signature does not fit: " +
			"`unauthorized`. An order that is not valid: `order_invalid`, with the claim in `field` if " +
			"the signature is yours.",
		{ "WWW-Authenticate": { required: true, schema: { type: "string" } } },
	],
	403: ["An order from a page whose origin is not in `ALLOWED_ORIGINS`: `origin_not_allowed`.", {}],
	404: ["Not found: `not_found`.", {}],
	409: [
		"Another call for the same payment is under way: `in_progress`, with a `Retry-After`. Or its state does not allow " +
			"this: `not_possible`.",
		{ "Retry-After": RETRY_AFTER },
	],
	413: ["More than 16 KiB: `payload_too_large`.", {}],
	415: ["Not application/json in UTF-8: `unsupported_media_type`.", {}],
	422: [
		"The key was used for another payment: `idempotency_mismatch`. Or Flinks refused it: `rejected`, `conflict`, " +
			"`forbidden` or `token_rejected`.",
		{},
	],
	429: [
		"Flinks or this deployment limits the rate: `rate_limited`.",
		{ "Retry-After": { ...RETRY_AFTER, required: true } },
	],
	500: ["A fault of the Worker: `internal`.", {}],
	502: [
		"Flinks failed. `outcome_unknown`: the payment may exist, so never repeat the request automatically. Any other code, " +
			"such as `credentials_rejected` or `upstream_unavailable`: the request has created and changed nothing.",
		{},
	],
	503: [
		"A binding that this needs is missing or not valid: `misconfigured`, with its name in `field` and what it must be in " +
			"`detail`. Or the Worker is overloaded: `overloaded`, with a `Retry-After`.",
		{ "Retry-After": RETRY_AFTER },
	],
	504: ["Time ran out at a step that creates nothing: `timeout` or `deadline_exceeded`.", {}],
} as const;

/** The routes about a payment whose id is in an answer. */
const LINKS = Object.fromEntries(
	["getPayment", "getPaymentEvents", "cancelPayment", "decideGuarantee", "resolvePayment"].map((operationId) => [
		operationId,
		{ operationId, parameters: { id: "$response.body#/id" } },
	]),
);

/** What else the answer of a new payment has. */
const OF_201 = {
	headers: {
		...COMMON_HEADERS,
		"Idempotency-Replayed": {
			description: "Present where the answer is the stored one of an earlier request.",
			schema: { type: "string", const: "true" },
		},
	},
	links: LINKS,
} as const;

/** The answers of a route: the good one and its errors. */
export function answers<Status extends number, Schema extends z.ZodType>(
	status: Status,
	description: string,
	schema: Schema,
	errors: readonly (keyof typeof ERRORS)[],
) {
	const rest = status === 201 ? OF_201 : { headers: COMMON_HEADERS };
	const good = { [status]: { description, content: { "application/json": { schema } }, ...rest } };
	const problems = errors.map((error) => {
		const [text, headers] = ERRORS[error];
		return [
			error,
			{
				description: text,
				headers: { ...COMMON_HEADERS, ...headers },
				content: { "application/problem+json": { schema: Problem } },
			},
		];
	});
	// The problems are thrown, so the type has the good answer alone.
	return { ...Object.fromEntries(problems), ...good } as unknown as Record<
		Status,
		{ description: string; content: { "application/json": { schema: Schema } } }
	>;
}
