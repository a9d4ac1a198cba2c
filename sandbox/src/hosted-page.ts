// GET /app/?sessionId=: the page that the payor is sent to, where a person plays the payor.
// Answers to docs.flinks.com/api/pay/endpoints/e-transfer/post-payment-requests (the launch) and
// docs.flinks.com/docs/list-of-flinks-pay-events (what it tells the page around it).
import { Hono } from "hono";
import { html } from "hono/html";
import { SCRIPT, STYLE } from "./hosted-assets.ts";
import type { Journaled } from "./journal.ts";
import { type Html, PAGE_HEADERS, page } from "./page.ts";
import type { Payments, Session } from "./payments.ts";

/** The page, its script and its style. */
export function hostedPageRoutes(payments: Payments): Hono<Journaled> {
	const routes = new Hono<Journaled>();
	const asset = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };
	routes.get("/app/page.css", (c) => c.body(STYLE, 200, { ...asset, "Content-Type": "text/css; charset=utf-8" }));
	routes.get("/app/page.js", (c) =>
		c.body(SCRIPT, 200, { ...asset, "Content-Type": "text/javascript; charset=utf-8" }),
	);

	routes.get("/app/", (c) => {
		const sessionId = c.req.query("sessionId") ?? "";
		c.var.entry.sessionId = sessionId;
		const session = payments.session(sessionId);
		if (session && isOpen(session)) {
			return c.html(page("Pay by Interac e-Transfer (sandbox)", screens(session), "/app/page.js"), 200, PAGE_HEADERS);
		}
		const { status, title, text } = refusal(session);
		return c.html(page(title, html`<h1>${title}</h1><p>${text}</p>`), status, PAGE_HEADERS);
	});
	return routes;
}

function isOpen({ request }: Session): boolean {
	return request?.status === "Initiated" || request?.status === "Processing";
}

/** Why a session cannot be paid: the status of the answer and the words for the payor. */
function refusal(session: Session | undefined): { status: 404 | 409 | 410; title: string; text: string } {
	if (!session) {
		const text = "The link is not one of ours. Ask the merchant for a new one.";
		return { status: 404, title: "We cannot find this payment", text };
	}
	if (!session.request) {
		const text = "The merchant has not requested it. Go back and try again.";
		return { status: 409, title: "This payment is not ready yet", text };
	}
	const text = `Its status is ${session.request.status}. Nothing is left to do here; go back to the merchant.`;
	return { status: 410, title: "This payment is no longer open", text };
}

/** Every screen at once; the script shows one at a time. */
function screens(session: Session): Html {
	const atBank = session.request?.status === "Processing";
	return html`
		<div id="pay" data-session="${session.sessionId}" data-at-bank="${String(atBank)}">
			<section data-screen="confirm" aria-labelledby="confirm-title" hidden>
				<h1 id="confirm-title" tabindex="-1">Confirm your payment</h1>
				<p class="amount">$${session.amount} <span>CAD</span></p>
				<dl>
					<dt>From</dt><dd>${session.customerName}</dd>
					<dt>E-mail</dt><dd>${session.customerEmail}</dd>
					<dt>Reference</dt><dd>${session.referenceId}</dd>
				</dl>
				<div class="actions">
					<button type="button" class="primary" data-go="banks">Continue</button>
					<button type="button" data-go="leave">Cancel</button>
				</div>
			</section>
			<section data-screen="banks" aria-labelledby="banks-title" hidden>
				<h1 id="banks-title" tabindex="-1">Choose your bank</h1>
				<p>You would sign in at your own bank. The sandbox has one.</p>
				<button type="button" class="bank" data-go="bank"><span aria-hidden="true">FC</span>Flinks Capital</button>
				<div class="actions">
					<button type="button" data-go="back">Back</button>
					<button type="button" data-go="leave">Cancel</button>
				</div>
			</section>
			<section data-screen="bank" aria-labelledby="bank-title" hidden>
				<h1 id="bank-title" tabindex="-1">Flinks Capital</h1>
				<p class="amount">$${session.amount} <span>CAD</span></p>
				<p>You are signed in as ${session.customerName}. Approve this request for money?</p>
				<div class="actions">
					<button type="button" class="primary" data-play="">Approve</button>
					<button type="button" data-play="decline">Decline</button>
					<button type="button" data-play="mismatch">Name does not match</button>
					<button type="button" data-go="leave" ${atBank ? "disabled" : ""}>Cancel</button>
				</div>
			</section>
			<section data-screen="leave" aria-labelledby="leave-title" hidden>
				<h1 id="leave-title" tabindex="-1">Cancel this payment?</h1>
				<p>Nothing has been taken. The merchant would have to send a new request.</p>
				<div class="actions">
					<button type="button" class="primary" data-go="stay">Keep paying</button>
					<button type="button" data-play="cancel">Cancel the payment</button>
				</div>
			</section>
			<section data-screen="done" aria-labelledby="done-title" hidden>
				<h1 id="done-title" tabindex="-1"></h1>
				<p id="done-text"></p>
				<p class="status">Status: <strong id="done-status"></strong></p>
				<div class="actions"><button type="button" class="primary" data-go="close" hidden>Return to the merchant</button></div>
			</section>
			<p id="problem" role="alert"></p>
		</div>
		<noscript><p>This page needs JavaScript to play the payor.</p></noscript>`;
}
