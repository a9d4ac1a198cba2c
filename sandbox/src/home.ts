// GET /: the sandbox's own page, which shows what happens and lets a person play the payor, the bank and the clock. Not one
// of Flinks' pages.
import { Hono } from "hono";
import { html } from "hono/html";
import { FAULTS, STEPS } from "./fault-settings.ts";
import { reference } from "./home-reference.ts";
import type { Journaled } from "./journal.ts";
import { type Html, PAGE_HEADERS, page } from "./page.ts";
import { WEBHOOK_FAULTS } from "./webhook-settings.ts";

const POLICY = "Content-Security-Policy";
const HEADERS = { ...PAGE_HEADERS, [POLICY]: PAGE_HEADERS[POLICY].replace("ancestors *", "ancestors 'none'") };

/** The page. */
export function homeRoutes(): Hono<Journaled> {
	const routes = new Hono<Journaled>();
	const content = html`${head()}
		<div class="columns">
			<div>${payments()}${journal()}</div>
			<div>${faults()}${webhooks()}${emails()}</div>
		</div>
		${reference()}`;
	const files = { script: "/sandbox/page.js", style: "/sandbox/page.css" };
	return routes.get("/", (c) => c.html(page("Flinks Pay sandbox (not Flinks)", content, files), 200, HEADERS));
}

function head(): Html {
	return html`
		<header>
			<div>
				<h1>A stand-in for Flinks Pay</h1>
				<p>Call it as you would call Flinks. This page shows every request, and you play the payor and the bank here.</p>
			</div>
			<section class="clock" aria-labelledby="clock-title">
				<h2 id="clock-title">The sandbox’s clock</h2>
				<p><time id="now">--:--:--</time> <span id="today"></span></p>
				<div class="actions">
					<button type="button" data-advance="30000">+30 s</button>
					<button type="button" data-advance="300000">+5 min</button>
					<button type="button" data-advance="86400000">+1 day</button>
					<button type="button" data-advance="259200000">+3 days</button>
					<button type="button" data-settle>End the day</button>
				</div>
			</section>
		</header>
		<p id="said" role="status" aria-live="polite"></p>
		<p id="problem" role="alert"></p>
		<noscript><p>This page needs JavaScript to show what happens.</p></noscript>`;
}

function payments(): Html {
	return html`
		<section class="card" aria-labelledby="payments-title">
			<div class="title">
				<h2 id="payments-title">Payments <span class="count" id="payments-count">0</span></h2>
				<div class="actions" role="group" aria-label="Create an example">
					<span aria-hidden="true">Try one:</span>
					<button type="button" data-example="Interac v1">Interac v1</button>
					<button type="button" data-example="e-Transfer">e-Transfer v2</button>
					<button type="button" data-example="EFT">EFT</button>
					<button type="button" data-example="GEFT">GEFT</button>
				</div>
			</div>
			<p id="book" class="note"></p>
			<ul id="payments"></ul>
			<p class="empty" id="payments-empty">
				No payment yet. Point your client at this address, or create an example with the buttons above.
			</p>
		</section>`;
}

function journal(): Html {
	return html`
		<section class="card" aria-labelledby="journal-title">
			<div class="title">
				<h2 id="journal-title">Journal <span class="count" id="journal-count">0</span></h2>
				<div class="actions"><button type="button" data-clear="journal">Empty it</button></div>
			</div>
			${table("journal", "Every request, newest first", ["Time", "Answer", "Request", "Token", "Notes"])}
			<p class="empty" id="journal-empty">No request has reached the sandbox yet.</p>
		</section>`;
}

function faults(): Html {
	return html`
		<section class="card" aria-labelledby="faults-title">
			<div class="title">
				<h2 id="faults-title">Faults <span class="count" id="faults-count">0</span></h2>
				<div class="actions"><button type="button" data-clear="faults">Switch all off</button></div>
			</div>
			<form id="fault-form">
				<label>Step <select name="step">${STEPS.map((step) => html`<option>${step}</option>`)}</select></label>
				<label>Fault <select name="fault">${FAULTS.map((fault) => html`<option>${fault}</option>`)}</select></label>
				<label class="short">Times <input name="times" type="number" min="1" max="1000" value="1" required></label>
				<button class="primary">Switch on</button>
			</form>
			${table("faults", "Faults for the next calls", ["Step", "Fault", "Times"])}
			<p class="empty" id="faults-empty">No fault is switched on.</p>
		</section>`;
}

function webhooks(): Html {
	return html`
		<section class="card" aria-labelledby="webhooks-title">
			<div class="title">
				<h2 id="webhooks-title">Webhooks <span class="count" id="webhooks-count">0</span></h2>
			</div>
			<p id="webhook-target" class="note"></p>
			<form id="webhook-form">
				<label>Fault of the next webhook
					<select name="fault">${WEBHOOK_FAULTS.map((fault) => html`<option>${fault}</option>`)}</select></label>
				<button>Switch on</button>
			</form>
			<p id="webhook-faults" class="note"></p>
			${table("webhooks", "Webhooks, newest first", ["Time", "Status", "Answer", "Fault"])}
			<p class="empty" id="webhooks-empty">No webhook was due yet.</p>
		</section>`;
}

function emails(): Html {
	return html`
		<section class="card" aria-labelledby="emails-title">
			<div class="title"><h2 id="emails-title">E-mails <span class="count" id="emails-count">0</span></h2></div>
			${table("emails", "E-mails that Flinks would have sent, newest first", ["Time", "To", "Subject"])}
			<p class="empty" id="emails-empty">No e-mail was due yet.</p>
		</section>`;
}

/** A table that the script fills. It scrolls sideways on its own, by keyboard too. */
function table(id: string, caption: string, columns: string[]): Html {
	return html`
		<div class="scroll" id="${id}-scroll" role="region" aria-label="${caption}" tabindex="0">
			<table>
				<caption>${caption}</caption>
				<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
				<tbody id="${id}"></tbody>
			</table>
		</div>`;
}
