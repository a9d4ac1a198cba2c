// The screens of EFT and GEFT, where a person plays the payor: consent, bank, account, amount, agreement; in English, or in
// French where the session says so. Answers to docs.flinks.com/guides/pay/geft/event-handling for what there is to go
// through, and to docs.flinks.com/guides/pay/geft/test-scenarios for the bank's users. What each screen says is the
// sandbox's own.
import { html } from "hono/html";
import { offerOf } from "./amounts.ts";
import type { Payable } from "./hosted-interac.ts";
import type { Html } from "./page.ts";
import { personaOf } from "./scenarios.ts";
import { type Session, scenarioFor } from "./session.ts";

/** Chooses the text of the session's language. */
type Say = (english: string, french: string) => string;

/** Every screen at once; the script shows one at a time. */
export function eftScreens(session: Session, payable: Payable): Html {
	const guaranteed = session.product === "GEFT";
	const user = personaOf(session)?.referenceId ?? "Greatday";
	const scenario = scenarioFor(session);
	const say: Say = (english, french) => (session.language === "FR" ? french : english);
	return html`
		<div id="pay" data-session="${payable.sessionId}" data-guaranteed="${String(guaranteed)}" data-user="${user}"
			data-scenario="${scenario}" data-consent="${String(session.showConsentScreen)}" data-begun="${String(payable.atBank)}">
			${start(payable, say)}${bank(user, say)}${deposit(payable, guaranteed, say)}${agreement(session, payable, say)}
			<section data-screen="done" aria-labelledby="done-title" hidden>
				<h1 id="done-title" tabindex="-1"></h1>
				<p id="done-text"></p>
				<p class="status">${say("Status:", "État :")} <strong id="done-status"></strong></p>
				<div class="actions">
					<button type="button" class="primary" data-go="close" hidden>${say("Return to the merchant", "Retourner chez le marchand")}</button>
					<button type="button" data-go="other" hidden>${say("Pay another way", "Payer autrement")}</button>
				</div>
			</section>
			<p id="problem" role="alert"></p>
		</div>
		<noscript><p>This page needs JavaScript to play the payor.</p></noscript>`;
}

function start({ name, referenceId }: Payable, say: Say): Html {
	return html`
		<section data-screen="consent" aria-labelledby="consent-title" hidden>
			<h1 id="consent-title" tabindex="-1">${say("Pay from your bank account", "Payer de votre compte bancaire")}</h1>
			<p>${say(
				"You would agree here that your account is read to set the payment up.",
				"Ici, vous accepteriez que votre compte soit lu pour préparer le paiement.",
			)}</p>
			<dl>
				<dt>${say("From", "De")}</dt><dd>${name}</dd>
				<dt>${say("Reference", "Référence")}</dt><dd>${referenceId ?? say("none", "aucune")}</dd>
			</dl>
			<div class="actions"><button type="button" class="primary" data-go="banks">${say("I agree", "J’accepte")}</button></div>
		</section>
		<section data-screen="banks" aria-labelledby="banks-title" hidden>
			<h1 id="banks-title" tabindex="-1">${say("Choose your bank", "Choisissez votre banque")}</h1>
			<p>${say("The sandbox has one.", "Le bac à sable en a une.")}</p>
			<button type="button" class="bank" data-go="signin"><span aria-hidden="true">FC</span>Flinks Capital</button>
		</section>`;
}

function bank(user: string, say: Say): Html {
	const [userIs, passwordIs] = [html`<code>${user}</code>`, html`<code>Everyday</code>`];
	return html`
		<section data-screen="signin" aria-labelledby="signin-title" hidden>
			<h1 id="signin-title" tabindex="-1">${say("Sign in to Flinks Capital", "Connexion à Flinks Capital")}</h1>
			<p>${say("In the sandbox the user is", "Dans le bac à sable, l’utilisateur est")} ${userIs}
				${say("and the password", "et le mot de passe")} ${passwordIs}. ${say("Anything else fails.", "Tout autre échoue.")}</p>
			<form data-submit="signin">
				<label>${say("User", "Utilisateur")} <input name="user" value="${user}" autocomplete="off" required></label>
				<label>${say("Password", "Mot de passe")} <input name="password" type="text" value="Everyday" autocomplete="off" required></label>
				<div class="actions"><button class="primary">${say("Sign in", "Se connecter")}</button></div>
			</form>
		</section>
		<section data-screen="mfa" aria-labelledby="mfa-title" hidden>
			<h1 id="mfa-title" tabindex="-1">${say("One more question", "Une autre question")}</h1>
			<form data-submit="mfa">
				<label>${say("What city were you born in?", "Dans quelle ville êtes-vous né?")}
					<input name="answer" value="Montreal" autocomplete="off" required></label>
				<div class="actions"><button class="primary">${say("Answer", "Répondre")}</button></div>
			</form>
		</section>
		<section data-screen="account" aria-labelledby="account-title" hidden>
			<h1 id="account-title" tabindex="-1">${say("Choose an account", "Choisissez un compte")}</h1>
			<button type="button" class="bank" data-go="account">
				<span aria-hidden="true">$</span>${say("Chequing", "Chèques")} ****1000</button>
		</section>`;
}

function deposit({ amount }: Payable, guaranteed: boolean, say: Say): Html {
	const noGuarantee = say("No guarantee offered", "Aucune garantie offerte");
	return html`
		<section data-screen="deposit" aria-labelledby="deposit-title" hidden>
			<h1 id="deposit-title" tabindex="-1">${say("Confirm the amount", "Confirmez le montant")}</h1>
			<form data-submit="deposit">
				${
					amount === null
						? html`<label>${say("Amount in CAD", "Montant en CAD")}
							<input id="amount" type="number" min="0.01" max="99999.99" step="0.01" value="100.00" required></label>`
						: html`<p class="amount">$${amount} <span>CAD</span></p>`
				}
				<div class="actions"><button class="primary">${say("Continue", "Continuer")}</button></div>
			</form>
			<details>
				<summary>${say("Let it fail here", "Le faire échouer ici")}</summary>
				<div class="actions">
					<button type="button" data-play="mismatch">${say("Name does not match", "Le nom ne correspond pas")}</button>
					<button type="button" data-play="low_balance">${say("Balance too low", "Solde insuffisant")}</button>
					${guaranteed ? html`<button type="button" data-play="no_guarantee">${noGuarantee}</button>` : ""}
				</div>
			</details>
		</section>`;
}

function agreement(session: Session, { name }: Payable, say: Say): Html {
	const { product, amount } = session;
	const offered = amount === null ? "80 %" : `$${offerOf(amount).toFixed(2)}`;
	const part = say(`Only ${offered} of it is guaranteed.`, `Seulement ${offered} en est garanti.`);
	const whole = product === "GEFT" ? say("The payment is guaranteed.", "Le paiement est garanti.") : "";
	return html`
		<section data-screen="pad" aria-labelledby="pad-title" hidden>
			<h1 id="pad-title" tabindex="-1">${say(
				"Sign the pre-authorized debit agreement",
				"Signez l’accord de débit préautorisé",
			)}</h1>
			<p>${scenarioFor(session) === "next_best_offer" ? part : whole}
				${name} ${say("allows the merchant to debit the account.", "permet au marchand de débiter le compte.")}</p>
			<div class="actions">
				<button type="button" class="primary" data-go="sign">${say("Sign", "Signer")}</button>
				<button type="button" data-go="download">${say("Download it", "Le télécharger")}</button>
				<button type="button" data-go="leave">${say("Leave without signing", "Quitter sans signer")}</button>
			</div>
		</section>`;
}
