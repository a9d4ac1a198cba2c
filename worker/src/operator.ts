// The operator's page: static files. The page gets its data from the API with the key that the operator types in.

import type { OpenAPIHono } from "@hono/zod-openapi";
import { getMimeType } from "hono/utils/mime";
import type { App } from "./env.ts";
import { FILES } from "./operator-files.ts";
import { ProblemError } from "./problem.ts";

/** Injected content can run nothing, send nothing away and be framed by nobody. */
const HEADERS = {
	"Content-Security-Policy":
		"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; " +
		"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
	"Cross-Origin-Opener-Policy": "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Referrer-Policy": "no-referrer",
};

export function addOperatorPage(app: OpenAPIHono<App>): void {
	// Relative, since the Worker may be mounted under a path.
	app.get("/operator", (c) => c.newResponse(null, 307, { ...HEADERS, Location: "operator/" }));
	app.get("/operator/:file{.*}", (c) => {
		const name = c.req.param("file") || "index.html";
		const text = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
		if (text === undefined) throw new ProblemError("not_found");
		return c.newResponse(text, 200, { ...HEADERS, "Content-Type": getMimeType(name) ?? "text/plain" });
	});
}
