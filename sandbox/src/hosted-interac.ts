// The screens of Interac e-Transfer, v1 and v2, where a person plays the payor.
// Follows docs.flinks.com/docs/list-of-flinks-pay-events for the order of the screens.
import { html } from "hono/html";
import type { Html } from "./page.ts";

/** What the page shows of a payment that can be paid. */
export interface Payable {
	sessionId: string;
	/** Dollars with two decimals; `null` if the payor types it. */
	amount: string | null;
	name: string;
	email: string | null;
	referenceId: string | null;
	/** Whether the payor has begun. */
	atBank: boolean;
}

/** All screens; the script shows one at a time. */
export function interacScreens(payable: Payable): Html {
	return html`
		<div id="pay" data-session="${payable.sessionId}" data-at-bank="${String(payable.atBank)}">
			<section data-screen="confirm" aria-labelledby="confirm-title" hidden>
				<h1 id="confirm-title" tabindex="-1">Confirm your payment</h1>
				<p class="amount">$${payable.amount ?? "?"} <span>CAD</span></p>
				<dl>
					<dt>From</dt><dd>${payable.name}</dd>
					<dt>E-mail</dt><dd>${payable.email}</dd>
					<dt>Reference</dt><dd>${payable.referenceId ?? "none"}</dd>
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
				<p class="amount">$${payable.amount ?? "?"} <span>CAD</span></p>
				<p>You are signed in as ${payable.name}. Approve this request for money?</p>
				<div class="actions">
					<button type="button" class="primary" data-play="">Approve</button>
					<button type="button" data-play="decline">Decline</button>
					<button type="button" data-play="mismatch">Name does not match</button>
					<button type="button" data-go="leave" ${payable.atBank ? "disabled" : ""}>Cancel</button>
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
