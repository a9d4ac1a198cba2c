// The faults that can be switched on, and the steps that they are for. Flinks documents no such errors; their statuses are
// inferred from what gateways answer.
import { Refusal } from "./refusal.ts";
import type { SandboxFault, Step } from "./types.ts";

/** The calls that a fault can be switched on for. */
export const STEPS = [
	"authorize",
	"initiate",
	"sendrequest",
	"payment_request",
	"status",
	"session",
	"session_status",
	"session_details",
	"cancel",
	"guarantee",
] as const;

/** The faults, by their public names. */
export const FAULTS = [
	"429",
	"500",
	"502",
	"503",
	"timeout_before",
	"timeout_after",
	"slow_body",
	"empty",
	"html",
	"not_json",
	"token_expired",
] as const;

/** Reads a fault from a request's body. */
export function readFault(body: Record<string, unknown>): SandboxFault {
	const { times = 1, retryAfter, delayMs } = body;
	const errors: Record<string, string[]> = {};
	const step = STEPS.find((name) => name === body.step);
	const fault = FAULTS.find((name) => name === body.fault);
	if (!step) errors.step = [`must be one of ${STEPS.join(", ")}`];
	if (!fault) errors.fault = [`must be one of ${FAULTS.join(", ")}`];
	const whole = (name: string, value: unknown, least: number) => {
		if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
		errors[name] = [`must be a whole number from ${least}`];
		return least;
	};
	const found = {
		times: whole("times", times, 1),
		...(retryAfter === undefined ? {} : { retryAfter: whole("retryAfter", retryAfter, 0) }),
		...(delayMs === undefined ? {} : { delayMs: whole("delayMs", delayMs, 0) }),
	};
	if (!step || !fault || Object.keys(errors).length > 0) throw Refusal.invalid(errors);
	return { step, fault, ...found };
}

const STEP_ROUTES: readonly [method: string, path: RegExp, step: Step][] = [
	["POST", /^\/api\/v1\/authorize$/, "authorize"],
	["POST", /^\/api\/v1\/sessions\/initiate$/, "initiate"],
	["POST", /^\/api\/v1\/sessions\/sendrequest$/, "sendrequest"],
	["POST", /^\/api\/v1\/paymentrequests$/, "payment_request"],
	["GET", /^\/api\/v1\/paymentrequests\/[^/]+$/, "status"],
	["POST", /^\/api\/v1\/paymentrequests\/[^/]+\/cancel$/, "cancel"],
	["POST", /^\/api\/v2\/sessions$/, "session"],
	["GET", /^\/api\/v2\/sessions\/[^/]+\/status$/, "session_status"],
	["GET", /^\/api\/v2\/sessions\/[^/]+\/details$/, "session_details"],
	["POST", /^\/api\/v2\/sessions\/[^/]+\/cancel$/, "cancel"],
	["POST", /^\/api\/v2\/sessions\/[^/]+\/guarantees\/confirm$/, "guarantee"],
];

/** The step of a call; none for a route that has no faults. */
export function stepOf(method: string, path: string): Step | undefined {
	return STEP_ROUTES.find(([verb, pattern]) => verb === method && pattern.test(path))?.[2];
}
