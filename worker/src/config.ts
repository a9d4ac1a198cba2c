// From the bindings to a client. Nothing has a fallback: what is missing or cannot be used is named in a 503.

import { z } from "@hono/zod-openapi";
import { FlinksPay, FlinksPayError, type FlinksPayOptions } from "flinkspay-edge";
import type { Env } from "./env.ts";
import { misconfigured } from "./problem.ts";

/** Each option of the client that a binding sets, and that binding. */
const BINDINGS = {
	baseUrl: "FLINKS_BASE_URL",
	username: "FLINKS_USERNAME",
	password: "FLINKS_PASSWORD",
	instance: "FLINKS_INSTANCE",
	timeoutMs: "FLINKS_TIMEOUT_MS",
	deadlineMs: "FLINKS_DEADLINE_MS",
	credentialsIn: "FLINKS_CREDENTIALS_IN",
	basicEncoding: "FLINKS_BASIC_ENCODING",
	tokenHeader: "FLINKS_TOKEN_HEADER",
	amountAs: "FLINKS_AMOUNT_AS",
} as const satisfies Partial<Record<keyof FlinksPayOptions, string>>;

const milliseconds = z
	.string()
	.regex(/^[1-9][0-9]{0,8}$/)
	.transform(Number)
	.optional();

/** The options as text. What the text must be beyond this, such as an origin, is for the client to say. */
const Options = z.object({
	baseUrl: z.string(),
	username: z.string(),
	password: z.string(),
	instance: z.string().optional(),
	timeoutMs: milliseconds,
	deadlineMs: milliseconds,
	credentialsIn: z.enum(["basic", "form"]).optional(),
	basicEncoding: z.enum(["raw", "rfc6749"]).optional(),
	tokenHeader: z.enum(["authorization", "bearertoken"]).optional(),
	amountAs: z.enum(["number", "string"]).optional(),
});

// The client holds configuration and nothing of a request, so one serves all requests of the isolate.
let current: { readonly options: string; readonly pay: FlinksPay } | undefined;

/** The client that the bindings describe. */
export function clientOf(env: Env): FlinksPay {
	const texts = Object.entries(BINDINGS).map(([option, name]) => [option, binding(env, name)]);
	const parsed = Options.safeParse(Object.fromEntries(texts));
	if (!parsed.success) {
		const option = parsed.error.issues[0]?.path[0];
		const name = bindingOf(String(option));
		throw misconfigured(name, binding(env, name) === undefined ? "is missing" : "is not valid");
	}
	const options = JSON.stringify(parsed.data);
	if (current?.options !== options) {
		try {
			current = { options, pay: new FlinksPay(parsed.data as FlinksPayOptions) };
		} catch (error) {
			if (error instanceof FlinksPayError && error.code === "invalid_config") {
				throw misconfigured(bindingOf(error.field), "is not valid");
			}
			throw error;
		}
	}
	return current.pay;
}

/** The binding that sets an option of the client. */
export function bindingOf(option: string): string {
	return (BINDINGS as Readonly<Record<string, string>>)[option] ?? option;
}

/** A binding's value; one that is empty counts as unset. */
export function binding(env: Env, name: string): unknown {
	return env[name] === "" ? undefined : env[name];
}
