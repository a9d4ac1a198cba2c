// GET /: says what this server is, and where to go from here. The sandbox's own, not one of Flinks' pages.
import { Hono } from "hono";
import { html } from "hono/html";
import type { Journaled } from "./journal.ts";
import { PAGE_HEADERS, page } from "./page.ts";
import { SCENARIOS } from "./scenarios.ts";

const ROUTES = [
	["POST /api/v1/authorize", "credentials in, a token out"],
	["POST /api/v1/sessions/initiate", "a session"],
	["POST /api/v1/paymentrequests", "its payment request"],
	["GET /api/v1/paymentrequests/{requestId}", "the status"],
	["GET /app/?sessionId=", "the hosted page, where you play the payor"],
	["POST /sandbox/sessions/{sessionId}/play", "plays the payor without a browser"],
	["POST /sandbox/settle", "the end of a day"],
	["POST /sandbox/advance", "moves the clock"],
	["GET, DELETE /sandbox/journal", "every request received"],
] as const;

/** The start page. */
export function homeRoutes(): Hono<Journaled> {
	const content = html`
		<h1>A stand-in for Flinks Pay</h1>
		<p>Interac e-Transfer request money, v1, for tests and for trying things out.</p>
		<h2>Routes</h2>
		<dl>${ROUTES.map(([route, does]) => html`<dt><code>${route}</code></dt><dd>${does}</dd>`)}</dl>
		<h2>Scenarios, by the customer’s last name</h2>
		<dl>${SCENARIOS.map(({ example, result }) => html`<dt><code>${example}</code></dt><dd>${result}</dd>`)}</dl>`;
	return new Hono<Journaled>().get("/", (c) => c.html(page("Sandbox, not Flinks", content), 200, PAGE_HEADERS));
}
