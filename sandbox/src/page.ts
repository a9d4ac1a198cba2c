// The common part of the sandbox's HTML pages: the document, the policy that forbids inline script and style, and the label
// that this is not Flinks. The sandbox's own, not one of Flinks' pages.
import { Hono } from "hono";
import { html } from "hono/html";
import { ASSETS } from "./assets.ts";

/** The headers of every page. Any merchant may frame the hosted page, as merchants do with Flinks' own. */
export const PAGE_HEADERS = {
	"Content-Security-Policy":
		"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors *",
	"Cache-Control": "no-store",
	"Referrer-Policy": "no-referrer",
	"X-Content-Type-Options": "nosniff",
};

/** Escaped HTML. */
export type Html = ReturnType<typeof html>;

/** The scripts and styles of all pages. */
export function assetRoutes(): Hono {
	const routes = new Hono();
	for (const [path, text] of Object.entries(ASSETS)) {
		const type = path.endsWith(".css") ? "text/css" : "text/javascript";
		const headers = { "Content-Type": `${type}; charset=utf-8`, "Cache-Control": "no-store" };
		routes.get(path, (c) => c.body(text, 200, { ...headers, "X-Content-Type-Options": "nosniff" }));
	}
	return routes;
}

/** A whole page with the paths of its style and its script. */
export function page(
	title: string,
	content: Html,
	{
		script,
		style = "/app/page.css",
		language = "en",
	}: { script?: string | undefined; style?: string; language?: string } = {},
): Html {
	return html`<!doctype html>
<html lang="${language}-CA">
	<head>
		<meta charset="utf-8">
		<meta name="viewport" content="width=device-width, initial-scale=1">
		<meta name="color-scheme" content="light dark">
		<title>${title}</title>
		<link rel="icon" href="data:,">
		<link rel="stylesheet" href="${style}">
		${script ? html`<script type="module" src="${script}"></script>` : ""}
	</head>
	<body>
		<p class="label"><strong>Sandbox.</strong> This is not Flinks, and no money moves.</p>
		<main>${content}</main>
	</body>
</html>
`;
}
