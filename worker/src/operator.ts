// The operator's page: static files that hold nothing. What it shows it asks the API for, with the key that the operator
// types into it. The Worker runs before its assets, so that no file can ever stand in a route's place.

import type { OpenAPIHono } from "@hono/zod-openapi";
import type { App } from "./env.ts";
import { misconfigured, ProblemError } from "./problem.ts";
import { refusal, settingsOf } from "./settings.ts";

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
	app.get("/operator/*", async (c) => {
		const { operatorPage } = settingsOf(c.env);
		if (operatorPage.is === "off") throw refusal(operatorPage.fault);
		if (operatorPage.is === "unset") throw misconfigured("ASSETS", "is missing");
		const asset = await operatorPage.value.fetch(c.req.raw);
		if (asset.status === 404) throw new ProblemError("not_found");
		const location = asset.headers.get("Location");
		if (location !== null) return c.newResponse(null, 307, { ...HEADERS, Location: location });
		return c.newResponse(asset.body, 200, {
			...HEADERS,
			"Content-Type": asset.headers.get("Content-Type") ?? "text/plain",
		});
	});
}
