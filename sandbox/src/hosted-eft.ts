// The screens of EFT and GEFT, where a person plays the payor: consent, bank, account, amount, agreement; in the session's
// language, English or French. Follows docs.flinks.com/guides/pay/geft/event-handling for the order of the screens, and
// docs.flinks.com/guides/pay/geft/test-scenarios for the bank's users. The texts are the sandbox's own.
import { html } from "hono/html";
import { offerOf } from "./amounts.ts";
import type { Payable } from "./hosted-interac.ts";
import type { Html } from "./page.ts";
import { personaOf } from "./scenarios.ts";
import { type Session, scenarioFor } from "./session.ts";

/** Chooses the text of the session's language. */
type Translate = (english: string, french: string) => string;

/** All screens; the script shows one at a time. */
export function eftScreens(session: Session, payable: Payable): Html {
	const guaranteed = session.product === "GEFT";
	const user = personaOf(session)?.referenceId ?? "Greatday";
	const scenario = scenarioFor(session);
	const translate: Translate = (english, french) => (session.language === "FR" ? french : english);
	return html`
		<div id="pay" data-session="${payable.sessionId}" data-guaranteed="${String(guaranteed)}" data-user="${user}"
			data-scenario="${scenario}" data-consent="${String(session.showConsentScreen)}" data-begun="${String(payable.atBank)}">
			${start(payable, translate)}${bank(user, translate)}${deposit(payable, guaranteed, translate)}${agreement(session, payable, translate)}
			<section data-screen="done" aria-labelledby="done-title" hidden>
				<h1 id="done-title" tabindex="-1"></h1>
				<p id="done-text"></p>
				<p class="status">${translate("Status:", "État :")} <strong id="done-status"></strong></p>
				<div class="actions">
					<button type="button" class="primary" data-go="close" hidden>${translate("Return to the merchant", "Retourner chez le marchand")}</button>
					<button type="button" data-go="other" hidden>${translate("Pay another way", "Payer autrement")}</button>
				</div>
			</section>
			<p id="problem" role="alert"></p>
		</div>
		<noscript><p>This page needs JavaScript to play the payor.</p></noscript>`;
}

function start({ name, referenceId }: Payable, translate: Translate): Html {
	return html`
		<section data-screen="consent" aria-labelledby="consent-title" hidden>
			<h1 id="consent-title" tabindex="-1">${translate("Pay from your bank account", "Payer de votre compte bancaire")}</h1>
			<p>${translate(
				"You would agree here that your account is read to set the payment up.",
				"Ici, vous accepteriez que votre compte soit lu pour préparer le paiement.",
			)}</p>
			<dl>
				<dt>${translate("From", "De")}</dt><dd>${name}</dd>
				<dt>${translate("Reference", "Référence")}</dt><dd>${referenceId ?? translate("none", "aucune")}</dd>
			</dl>
			<div class="actions"><button type="button" class="primary" data-go="banks">${translate("I agree", "J’accepte")}</button></div>
		</section>
		<section data-screen="banks" aria-labelledby="banks-title" hidden>
			<h1 id="banks-title" tabindex="-1">${translate("Choose your bank", "Choisissez votre banque")}</h1>
			<p>${translate("The sandbox has one.", "Le bac à sable en a une.")}</p>
			<button type="button" class="bank" data-go="signin"><span aria-hidden="true">FC</span>Flinks Capital</button>
		</section>`;
}

function bank(user: string, translate: Translate): Html {
	const [userIs, passwordIs] = [html`<code>${user}</code>`, html`<code>Everyday</code>`];
	return html`
		<section data-screen="signin" aria-labelledby="signin-title" hidden>
			<h1 id="signin-title" tabindex="-1">${translate("Sign in to Flinks Capital", "Connexion à Flinks Capital")}</h1>
			<p>${translate("In the sandbox the user is", "Dans le bac à sable, l’utilisateur est")} ${userIs}
				${translate("and the password", "et le mot de passe")} ${passwordIs}. ${translate("Anything else fails.", "Tout autre échoue.")}</p>
			<form data-submit="signin">
				<label>${translate("User", "Utilisateur")} <input name="user" value="${user}" autocomplete="off" required></label>
				<label>${translate("Password", "Mot de passe")} <input name="password" type="text" value="Everyday" autocomplete="off" required></label>
				<div class="actions"><button class="primary">${translate("Sign in", "Se connecter")}</button></div>
			</form>
		</section>
		<section data-screen="mfa" aria-labelledby="mfa-title" hidden>
			<h1 id="mfa-title" tabindex="-1">${translate("One more question", "Une autre question")}</h1>
			<form data-submit="mfa">
				<label>${translate("What city were you born in?", "Dans quelle ville êtes-vous né?")}
					<input name="answer" value="Montreal" autocomplete="off" required></label>
				<div class="actions"><button class="primary">${translate("Answer", "Répondre")}</button></div>
			</form>
		</section>
		<section data-screen="account" aria-labelledby="account-title" hidden>
			<h1 id="account-title" tabindex="-1">${translate("Choose an account", "Choisissez un compte")}</h1>
			<button type="button" class="bank" data-go="account">
				<span aria-hidden="true">$</span>${translate("Chequing", "Chèques")} ****1000</button>
		</section>`;
}

function deposit({ amount }: Payable, guaranteed: boolean, translate: Translate): Html {
	const noGuarantee = translate("No guarantee offered", "Aucune garantie offerte");
	return html`
		<section data-screen="deposit" aria-labelledby="deposit-title" hidden>
			<h1 id="deposit-title" tabindex="-1">${translate("Confirm the amount", "Confirmez le montant")}</h1>
			<form data-submit="deposit">
				${
					amount === null
						? html`<label>${translate("Amount in CAD", "Montant en CAD")}
							<input id="amount" type="number" min="0.01" max="99999.99" step="0.01" value="100.00" required></label>`
						: html`<p class="amount">$${amount} <span>CAD</span></p>`
				}
				<div class="actions"><button class="primary">${translate("Continue", "Continuer")}</button></div>
			</form>
			<details>
				<summary>${translate("Let it fail here", "Le faire échouer ici")}</summary>
				<div class="actions">
					<button type="button" data-play="mismatch">${translate("Name does not match", "Le nom ne correspond pas")}</button>
					<button type="button" data-play="low_balance">${translate("Balance too low", "Solde insuffisant")}</button>
					${guaranteed ? html`<button type="button" data-play="no_guarantee">${noGuarantee}</button>` : ""}
				</div>
			</details>
		</section>`;
}

function agreement(session: Session, { name }: Payable, translate: Translate): Html {
	const { product, amount } = session;
	const offered = amount === null ? "80 %" : `$${offerOf(amount).toFixed(2)}`;
	const part = translate(`Only ${offered} of it is guaranteed.`, `Seulement ${offered} en est garanti.`);
	const whole = product === "GEFT" ? translate("The payment is guaranteed.", "Le paiement est garanti.") : "";
	return html`
		<section data-screen="pad" aria-labelledby="pad-title" hidden>
			<h1 id="pad-title" tabindex="-1">${translate(
				"Sign the pre-authorized debit agreement",
				"Signez l’accord de débit préautorisé",
			)}</h1>
			<p>${scenarioFor(session) === "next_best_offer" ? part : whole}
				${name} ${translate("allows the merchant to debit the account.", "permet au marchand de débiter le compte.")}</p>
			<div class="actions">
				<button type="button" class="primary" data-go="sign">${translate("Sign", "Signer")}</button>
				<button type="button" data-go="download">${translate("Download it", "Le télécharger")}</button>
				<button type="button" data-go="leave">${translate("Leave without signing", "Quitter sans signer")}</button>
			</div>
		</section>`;
}
