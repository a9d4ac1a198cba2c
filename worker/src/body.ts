// What a body must be before it is validated: small, JSON by its type, and JSON in UTF-8 that is not nested without end.

import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { App } from "./env.ts";
import { ProblemError } from "./problem.ts";

/** No payment has as many levels; what reads a value level by level would run out of stack at some thousands. */
const MOST_LEVELS = 64;

/** What is said of more. */
export const TOO_DEEP = `must not be nested more than ${MOST_LEVELS} levels deep`;

/** Refuses a body of more than 16 KiB, whether or not its length is announced. */
export const smallBody: MiddlewareHandler<App> = bodyLimit({
	maxSize: 16 * 1024,
	onError: () => {
		throw new ProblemError("payload_too_large");
	},
});

/** Fatal, since a name with replacement characters in it would be somebody else's. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Refuses what is not JSON. Hono keeps the text, and its validator parses it once more. */
export const jsonBody: MiddlewareHandler<App> = async (c, next) => {
	if (!/^application\/json *(; *charset="?utf-8"?)?$/i.test(c.req.header("Content-Type") ?? "")) {
		throw new ProblemError("unsupported_media_type");
	}
	let body: unknown;
	try {
		const text = UTF8.decode(await c.req.arrayBuffer());
		body = JSON.parse(text);
		// As Hono keeps what it has read, whatever its types say: it would make a new Response of the bytes to read it.
		Object.assign(c.req.bodyCache, { text: Promise.resolve(text) });
	} catch {
		throw new ProblemError("invalid_input", { detail: "The body is not JSON in UTF-8." });
	}
	if (isTooDeep(body)) throw new ProblemError("invalid_input", { detail: `The body ${TOO_DEEP}.` });
	await next();
};

/** Whether JSON has more levels than any payment. It goes level by level, since calls within calls have an end too. */
export function isTooDeep(json: unknown): boolean {
	let level = [json];
	for (let levels = 0; level.length > 0; levels++) {
		if (levels > MOST_LEVELS) return true;
		level = level.flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []));
	}
	return false;
}
