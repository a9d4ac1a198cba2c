// The screens of EFT and GEFT, where a person plays the payor: consent, bank, account, amount, agreement.
// Answers to docs.flinks.com/guides/pay/geft/event-handling for what there is to go through, and to
// docs.flinks.com/guides/pay/geft/test-scenarios for the bank's users. What each screen says is the sandbox's own.
import { html } from "hono/html";
import type { Payable } from "./hosted-interac.ts";
import type { Html } from "./page.ts";
import { PERSONAS } from "./scenarios.ts";
import { type Session, scenarioFor } from "./sessions.ts";

/** Every screen at once; the script shows one at a time. */
export function eftScreens(session: Session, payable: Payable): Html {
	const guaranteed = session.product === "GEFT";
	const persona = guaranteed ? PERSONAS.find(({ referenceId }) => referenceId === session.referenceId) : undefined;
	const user = persona?.referenceId ?? "Greatday";
	const scenario = scenarioFor(session);
	return html`
		<div id="pay" data-session="${payable.sessionId}" data-guaranteed="${String(guaranteed)}" data-user="${user}"
			data-scenario="${scenario}" data-consent="${String(session.showConsentScreen)}" data-begun="${String(payable.atBank)}">
			${start(payable)}${bank(user)}${deposit(payable, guaranteed)}${agreement(payable, guaranteed)}
			<section data-screen="done" aria-labelledby="done-title" hidden>
				<h1 id="done-title" tabindex="-1"></h1>
				<p id="done-text"></p>
				<p class="status">Status: <strong id="done-status"></strong></p>
				<div class="actions">
					<button type="button" class="primary" data-go="close" hidden>Return to the merchant</button>
					<button type="button" data-go="other" hidden>Pay another way</button>
				</div>
			</section>
			<p id="problem" role="alert"></p>
		</div>
		<noscript><p>This page needs JavaScript to play the payor.</p></noscript>`;
}

function start({ name, referenceId }: Payable): Html {
	return html`
		<section data-screen="consent" aria-labelledby="consent-title" hidden>
			<h1 id="consent-title" tabindex="-1">Pay from your bank account</h1>
			<p>You would agree here that your account is read to set the payment up.</p>
			<dl><dt>From</dt><dd>${name}</dd><dt>Reference</dt><dd>${referenceId ?? "none"}</dd></dl>
			<div class="actions"><button type="button" class="primary" data-go="banks">I agree</button></div>
		</section>
		<section data-screen="banks" aria-labelledby="banks-title" hidden>
			<h1 id="banks-title" tabindex="-1">Choose your bank</h1>
			<p>The sandbox has one.</p>
			<button type="button" class="bank" data-go="signin"><span aria-hidden="true">FC</span>Flinks Capital</button>
		</section>`;
}

function bank(user: string): Html {
	return html`
		<section data-screen="signin" aria-labelledby="signin-title" hidden>
			<h1 id="signin-title" tabindex="-1">Sign in to Flinks Capital</h1>
			<p>In the sandbox the user is <code>${user}</code> and the password <code>Everyday</code>. Anything else fails.</p>
			<form data-submit="signin">
				<label>User <input name="user" value="${user}" autocomplete="off" required></label>
				<label>Password <input name="password" type="text" value="Everyday" autocomplete="off" required></label>
				<div class="actions"><button class="primary">Sign in</button></div>
			</form>
		</section>
		<section data-screen="mfa" aria-labelledby="mfa-title" hidden>
			<h1 id="mfa-title" tabindex="-1">One more question</h1>
			<form data-submit="mfa">
				<label>What city were you born in? <input name="answer" value="Montreal" autocomplete="off" required></label>
				<div class="actions"><button class="primary">Answer</button></div>
			</form>
		</section>
		<section data-screen="account" aria-labelledby="account-title" hidden>
			<h1 id="account-title" tabindex="-1">Choose an account</h1>
			<button type="button" class="bank" data-go="account"><span aria-hidden="true">$</span>Chequing ****1000</button>
		</section>`;
}

function deposit({ amount }: Payable, guaranteed: boolean): Html {
	return html`
		<section data-screen="deposit" aria-labelledby="deposit-title" hidden>
			<h1 id="deposit-title" tabindex="-1">Confirm the amount</h1>
			<form data-submit="deposit">
				${
					amount === null
						? html`<label>Amount in CAD
							<input id="amount" type="number" min="0.01" max="99999.99" step="0.01" value="100.00" required></label>`
						: html`<p class="amount">$${amount} <span>CAD</span></p>`
				}
				<div class="actions"><button class="primary">Continue</button></div>
			</form>
			<details>
				<summary>Let it fail here</summary>
				<div class="actions">
					<button type="button" data-play="mismatch">Name does not match</button>
					<button type="button" data-play="low_balance">Balance too low</button>
					${guaranteed ? html`<button type="button" data-play="no_guarantee">No guarantee offered</button>` : ""}
				</div>
			</details>
		</section>`;
}

function agreement({ name }: Payable, guaranteed: boolean): Html {
	return html`
		<section data-screen="pad" aria-labelledby="pad-title" hidden>
			<h1 id="pad-title" tabindex="-1">Sign the pre-authorized debit agreement</h1>
			<p>${guaranteed ? "The payment is guaranteed. " : ""}${name} allows the merchant to debit the account.</p>
			<div class="actions">
				<button type="button" class="primary" data-go="sign">Sign</button>
				<button type="button" data-go="download">Download it</button>
				<button type="button" data-go="leave">Leave without signing</button>
			</div>
		</section>`;
}
