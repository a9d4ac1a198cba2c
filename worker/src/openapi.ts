// The parts of the OpenAPI document that routes share.

import type { z } from "@hono/zod-openapi";
import { Problem } from "./problem.ts";

/** What every answer carries. */
const EVERY = {
	"X-Request-Id": { description: "The id of this answer.", required: true, schema: { type: "string", format: "uuid" } },
	"Cache-Control": { description: "Always `no-store`.", required: true, schema: { type: "string", const: "no-store" } },
} as const;

const ERRORS = {
	400: ["A field, the Idempotency-Key or the JSON is not valid: `invalid_input`.", {}],
	401: [
		"No API key, or a wrong one: `unauthorized`. An order that cannot be used: `order_invalid`, and once it is known that " +
			"you have signed it, `field` names the claim.",
		{ "WWW-Authenticate": { required: true, schema: { type: "string" } } },
	],
	404: ["Nobody knows it: `not_found`.", {}],
	409: [
		"The same payment is being asked for just now: `in_progress`, with a `Retry-After`. Or it is not in a state for " +
			"this: `not_possible`.",
		{ "Retry-After": { description: "Seconds.", schema: { type: "integer" } } },
	],
	413: ["More than 16 KiB: `payload_too_large`.", {}],
	415: ["Not application/json in UTF-8: `unsupported_media_type`.", {}],
	422: [
		"The key was used for another payment: `idempotency_mismatch`. Or Flinks refused it: `rejected`, `conflict`, " +
			"`forbidden` or `token_rejected`.",
		{},
	],
	429: [
		"Flinks or this deployment asks to wait: `rate_limited`.",
		{ "Retry-After": { description: "Seconds.", required: true, schema: { type: "integer" } } },
	],
	500: ["A fault of the Worker: `internal`.", {}],
	502: [
		"Flinks failed. `outcome_unknown` where the payment may exist: never ask again by yourself after it. Else the " +
			"client's code, such as `credentials_rejected` or `upstream_unavailable`, and no payment exists.",
		{},
	],
	503: [
		"A binding that this needs is missing or not valid: `misconfigured`; `field` names it, and `detail` says what it must " +
			"be. Or too much is going on: `overloaded`, with a `Retry-After`.",
		{ "Retry-After": { description: "Seconds.", schema: { type: "integer" } } },
	],
	504: ["Time ran out and nothing was asked for: `timeout` or `deadline_exceeded`.", {}],
} as const;

/** What can be asked about a payment whose id an answer has. */
const LINKS = Object.fromEntries(
	["getPayment", "getPaymentEvents", "cancelPayment", "decideGuarantee", "resolvePayment"].map((operationId) => [
		operationId,
		{ operationId, parameters: { id: "$response.body#/id" } },
	]),
);

/** The answers of a route: the good one and its errors. */
export function answers<Status extends number, Schema extends z.ZodType>(
	status: Status,
	description: string,
	schema: Schema,
	errors: readonly (keyof typeof ERRORS)[],
) {
	const links = status === 201 ? { links: LINKS } : {};
	const good = { [status]: { description, headers: EVERY, content: { "application/json": { schema } }, ...links } };
	const problems = errors.map((error) => {
		const [text, headers] = ERRORS[error];
		return [
			error,
			{
				description: text,
				headers: { ...EVERY, ...headers },
				content: { "application/problem+json": { schema: Problem } },
			},
		];
	});
	// The problems are thrown, so a route's type knows of the good answer alone.
	return { ...Object.fromEntries(problems), ...good } as unknown as Record<
		Status,
		{ description: string; content: { "application/json": { schema: Schema } } }
	>;
}
