// The reference on the sandbox's own page: the routes, the scenarios and the personas. Not one of Flinks' pages.
import { html } from "hono/html";
import type { Html } from "./page.ts";
import { EFT_SCENARIOS, PERSONAS, SCENARIOS } from "./scenarios.ts";

const ROUTES = [
	["POST /api/v1/authorize", "credentials in, a token out"],
	["POST /api/v1/sessions/initiate", "a session"],
	["POST /api/v1/sessions/sendrequest", "a session, and an e-mail with its link"],
	["POST /api/v1/paymentrequests", "its payment request"],
	["GET /api/v1/paymentrequests/{requestId}", "the status"],
	["POST /api/v1/paymentrequests/{requestId}/cancel", "cancels it"],
	["POST /api/v2/sessions", "a session for e-Transfer, EFT or GEFT"],
	["GET /api/v2/sessions/{sessionId}/status", "its status"],
	["GET /api/v2/sessions/{sessionId}/details", "all about it"],
	["POST /api/v2/sessions/{sessionId}/cancel", "cancels it"],
	["POST /api/v2/sessions/{sessionId}/guarantees/confirm", "accepts or refuses a guarantee"],
	["GET /app/?sessionId=", "the hosted page, where you play the payor"],
	["POST /sandbox/sessions/{sessionId}/play", "plays the payor without a browser"],
	["POST /sandbox/sessions/{sessionId}/reverse", "the bank takes the money back"],
	["POST /sandbox/sessions/{sessionId}/correct", "corrects an amount that differs"],
	["GET /sandbox/book", "the money at the merchant’s bank"],
	["POST /sandbox/settle", "the end of a day"],
	["POST /sandbox/advance", "moves the clock"],
	["GET, POST, DELETE /sandbox/faults", "makes calls fail"],
	["PUT, DELETE /sandbox/webhook", "where webhooks go"],
	["GET, DELETE /sandbox/webhooks", "every webhook that was due"],
	["POST, DELETE /sandbox/webhooks/fault", "makes the next ones fail"],
	["GET, DELETE /sandbox/emails", "every e-mail"],
	["GET, DELETE /sandbox/journal", "every request received"],
] as const;

/** The reference, folded until it is opened. */
export function reference(): Html {
	return html`
		<details class="card">
			<summary>Routes, scenarios and personas</summary>
			<div class="reference">
				<section aria-labelledby="routes-title">
					<h2 id="routes-title">Routes</h2>
					<dl>${ROUTES.map(([route, does]) => html`<div><dt><code>${route}</code></dt><dd>${does}</dd></div>`)}</dl>
				</section>
				<section aria-labelledby="scenarios-title">
					<h2 id="scenarios-title">Interac, by the payor’s last name</h2>
					<dl>${SCENARIOS.map(entry)}</dl>
					<h2>EFT and GEFT, by the payor’s last name</h2>
					<dl>${EFT_SCENARIOS.map(entry)}</dl>
					<h2>Personas of GEFT, by referenceId</h2>
					<dl>${PERSONAS.map(({ referenceId, name, result }) =>
						entry({ example: name ? `${referenceId} (${name})` : referenceId, result }),
					)}</dl>
				</section>
			</div>
		</details>`;
}

function entry({ example, result }: { example: string; result: string }): Html {
	return html`<div><dt><code>${example}</code></dt><dd>${result}</dd></div>`;
}
