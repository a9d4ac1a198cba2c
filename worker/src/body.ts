// What a body must be before it is validated: small, JSON by its type, and JSON in UTF-8.

import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { App } from "./env.ts";
import { ProblemError } from "./problem.ts";

/** Refuses a body of more than 16 KiB, whether or not its length is announced. */
export const smallBody: MiddlewareHandler<App> = bodyLimit({
	maxSize: 16 * 1024,
	onError: () => {
		throw new ProblemError("payload_too_large");
	},
});

/** Refuses what is not JSON. Hono keeps the bytes, and its validator parses them once more. */
export const jsonBody: MiddlewareHandler<App> = async (c, next) => {
	if (!/^application\/json *(; *charset="?utf-8"?)?$/i.test(c.req.header("Content-Type") ?? "")) {
		throw new ProblemError("unsupported_media_type");
	}
	try {
		// Fatal, since a name with replacement characters in it would be somebody else's.
		JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await c.req.arrayBuffer()));
	} catch {
		throw new ProblemError("invalid_input", { detail: "The body is not JSON in UTF-8." });
	}
	await next();
};
