// The operator's page: files that hold nothing. What it shows it asks the API for, with the key that the operator types
// into it.

import type { OpenAPIHono } from "@hono/zod-openapi";
import { getMimeType } from "hono/utils/mime";
import type { App } from "./env.ts";
import { FILES } from "./operator-files.js";
import { ProblemError } from "./problem.ts";

/** Whatever got into the page could run nothing, send nothing away and be framed by nobody. */
const HEADERS = {
	"Content-Security-Policy":
		"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; " +
		"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
	"Cross-Origin-Opener-Policy": "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Referrer-Policy": "no-referrer",
};

/** Adds the page to the app. */
export function addOperatorPage(app: OpenAPIHono<App>): void {
	// Relative: the Worker may stand under a path of another one.
	app.get("/operator", (c) => c.newResponse(null, 307, { ...HEADERS, Location: "operator/" }));
	app.get("/operator/:file{.*}", (c) => {
		const name = c.req.param("file") || "index.html";
		const text = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
		if (text === undefined) throw new ProblemError("not_found");
		return c.newResponse(text, 200, { ...HEADERS, "Content-Type": getMimeType(name) ?? "text/plain" });
	});
}
