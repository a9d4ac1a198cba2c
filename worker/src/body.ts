// The checks of a body before it is validated: its size, its type, JSON in UTF-8, and its depth.

import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { App } from "./env.ts";
import { ProblemError } from "./problem.ts";

/** Deeper than any payment. Code that recurses into a value would run out of stack at some thousands of levels. */
const MAX_DEPTH = 64;

export const TOO_DEEP = `must not be nested more than ${MAX_DEPTH} levels deep`;

/** Refuses a body of more than 16 KiB, with or without a Content-Length. */
export const smallBody: MiddlewareHandler<App> = bodyLimit({
	maxSize: 16 * 1024,
	onError: () => {
		throw new ProblemError("payload_too_large");
	},
});

/** Fatal, since a name with replacement characters would be another name. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Refuses a body that is not JSON. Hono keeps the text, and its validator parses it again. */
export const jsonBody: MiddlewareHandler<App> = async (c, next) => {
	if (!/^application\/json *(; *charset="?utf-8"?)?$/i.test(c.req.header("Content-Type") ?? "")) {
		throw new ProblemError("unsupported_media_type");
	}
	let body: unknown;
	try {
		const text = UTF8.decode(await c.req.arrayBuffer());
		body = JSON.parse(text);
		// Hono's own form of a cached body, despite its types. Otherwise it would make a new Response of the bytes.
		Object.assign(c.req.bodyCache, { text: Promise.resolve(text) });
	} catch {
		throw new ProblemError("invalid_input", { detail: "The body is not JSON in UTF-8. Send JSON in UTF-8." });
	}
	if (isTooDeep(body)) throw new ProblemError("invalid_input", { detail: `The body ${TOO_DEEP}.` });
	await next();
};

/** Whether JSON is nested too deep. It goes level by level, since recursion could run out of stack. */
export function isTooDeep(json: unknown): boolean {
	let level = [json];
	for (let levels = 0; level.length > 0; levels++) {
		if (levels > MAX_DEPTH) return true;
		level = level.flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []));
	}
	return false;
}
