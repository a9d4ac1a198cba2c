// All error answers of the Worker: one table of codes, and one shape (RFC 9457).

import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { App } from "./env.ts";
import { log } from "./telemetry.ts";

const CODES = {
	invalid_input: [400, "The request is not valid"],
	unauthorized: [401, "The credentials are missing or not valid"],
	order_invalid: [401, "A valid order is required"],
	origin_not_allowed: [403, "Pages of this origin are not allowed"],
	not_found: [404, "Not found"],
	method_not_allowed: [405, "This path does not have that method"],
	in_progress: [409, "Another call for the same payment is under way"],
	not_possible: [409, "The state of the payment does not allow this"],
	payload_too_large: [413, "The body is larger than 16 KiB"],
	unsupported_media_type: [415, "The body must be application/json in UTF-8"],
	idempotency_mismatch: [422, "This Idempotency-Key was used for another payment"],
	rejected: [422, "Flinks refused the request"],
	conflict: [422, "Flinks refused the request as a conflict"],
	forbidden: [422, "Flinks does not permit the request"],
	token_rejected: [422, "Flinks refused the access token"],
	rate_limited: [429, "Too many requests: wait before asking again"],
	internal: [500, "The Worker failed"],
	outcome_unknown: [502, "Nobody knows whether the payment exists: look it up at Flinks before asking again"],
	credentials_rejected: [502, "Flinks refused the credentials of this deployment"],
	network: [502, "Flinks could not be reached"],
	upstream_unavailable: [502, "Flinks is not available"],
	upstream_protocol: [502, "The answer of Flinks could not be read"],
	unexpected_redirect: [502, "Flinks answered with a redirect, which is never followed"],
	instance_lost: [502, "The client of this Worker failed; the next call works"],
	aborted: [502, "The call to Flinks was ended"],
	closed: [502, "The call to Flinks was ended"],
	misconfigured: [503, "This deployment is not configured"],
	overloaded: [503, "The Worker is overloaded: wait before trying again"],
	timeout: [504, "Flinks did not answer in time"],
	deadline_exceeded: [504, "Flinks did not answer in time"],
} as const satisfies Record<string, readonly [number, string]>;

export type Code = keyof typeof CODES;
type Status = (typeof CODES)[Code][0];

/** The body of every error answer. */
export const Problem = z
	.object({
		type: z.string().openapi({ example: "urn:flinkspay-edge:problem:invalid_input" }),
		title: z.string().openapi({ description: "The code in words." }),
		status: z.int().openapi({ description: "The HTTP status." }),
		code: z.enum(Object.keys(CODES) as [Code, ...Code[]]).openapi({ description: "What went wrong. Branch on it." }),
		outcome: z.enum(["not_sent", "rejected", "unknown"]).openapi({
			description:
				"What it means for the payment: `not_sent`: nothing that can be paid was created; `rejected`: Flinks refused it; `unknown`: look it up.",
		}),
		instance: z.string().openapi({
			description: "`urn:uuid:` and the X-Request-Id of this answer, or of the first one where an answer is replayed.",
		}),
		field: z.string().optional().openapi({ description: "The field, header or binding that is wrong." }),
		detail: z.string().optional(),
		referenceId: z.string().optional().openapi({ description: "The merchant's id of the payment." }),
		id: z.string().optional().openapi({ description: "The id of the payment." }),
	})
	.openapi("Problem");
export type Problem = z.infer<typeof Problem>;

export interface Facts {
	status?: Status;
	/** In place of the code's own, where that does not fit. */
	title?: string;
	outcome?: z.infer<typeof Problem>["outcome"];
	field?: string | undefined;
	detail?: string | undefined;
	referenceId?: string | undefined;
	id?: string | undefined;
	/** Only for the log: the stage at which the client's call ended, and Flinks' HTTP status. */
	log?: { stage: string; upstreamStatus: number | undefined };
	/** The X-Request-Id of the first answer, where the answer is replayed. */
	instance?: string | undefined;
	headers?: Record<string, string>;
}

/** Thrown anywhere in the Worker. `problemResponse` makes the answer. */
export class ProblemError extends Error {
	readonly code: Code;
	readonly facts: Facts;

	constructor(code: Code, facts: Facts = {}) {
		super(code);
		this.name = "ProblemError";
		this.code = code;
		this.facts = facts;
	}
}

/** The problem of a value that a schema refuses: the first issue. */
export function invalidInput({ issues: [issue] }: z.ZodError): ProblemError {
	if (issue?.code === "unrecognized_keys") return unknownKey(issue.keys[0] ?? "");
	return new ProblemError("invalid_input", { field: issue?.path.join(".") || undefined, detail: issue?.message });
}

/** A name is shown, but nothing else that may be in its place, such as a form that was sent as JSON by mistake. */
function unknownKey(key: string): ProblemError {
	const field = /^\w{1,40}$/.test(key) ? key : undefined;
	return new ProblemError("invalid_input", {
		field,
		detail: "A field or a query parameter is unknown. Check its spelling, or leave it out.",
	});
}

/** A problem as a value, for storage and for calls between objects. */
export interface ProblemData {
	code: Code;
	facts: Facts;
}

/** The reply of an object of the ledger: the result, or a problem. */
export type Reply<T> = { ok: T } | { problem: ProblemData };

/** The problem of a binding that is missing or unusable. */
export function misconfigured(binding: string, fault: string, remedy?: string): ProblemError {
	const detail = [`The binding ${binding} ${fault}.`, remedy].filter(Boolean).join(" ");
	return new ProblemError("misconfigured", { field: binding, detail });
}

export function problemResponse(c: Context<App>, { code, facts }: ProblemError): Response {
	const [usualStatus, usualTitle] = CODES[code];
	const requestId = c.get("requestId");
	const { status = usualStatus, title = usualTitle, headers, log: logged, ...others } = facts;
	const { outcome = "not_sent", instance = requestId, ...rest } = others;
	// One line for whoever is called at night, without the payment's ids and its payor.
	if (status >= 500) {
		log(
			"flinkspay.request.failed",
			{
				"http.response.status_code": status,
				"error.type": code,
				"flinkspay.request.id": requestId,
				"flinkspay.outcome": outcome,
				"flinkspay.field": facts.field,
				"flinkspay.stage": logged?.stage,
				"flinkspay.upstream.status_code": logged?.upstreamStatus,
			},
			"ERROR",
		);
	}
	const body: z.infer<typeof Problem> = {
		type: `urn:flinkspay-edge:problem:${code}`,
		title,
		status,
		code,
		outcome,
		instance: `urn:uuid:${instance}`,
	};
	return c.body(JSON.stringify({ ...body, ...rest }), status, {
		...headers,
		"Content-Type": "application/problem+json",
	});
}
