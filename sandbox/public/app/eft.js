// The hosted page of EFT and GEFT.

import { merchant, pay, play, send, showProblem, showResult, showScreen } from "./common.js";

const { scenario = "" } = pay.dataset;
/** The scenarios in which the payor signs. */
const SIGNED = ["accept", "next_best_offer", "guarantee_waits", "return_later", "differs"];

/** @type {Record<string, [title: string, text: string]>} By `statusDetails`. */
const ENGLISH = {
	EFT0301: ["Payment scheduled", "You have signed the agreement. You can return to the merchant."],
	EFT0302: ["Agreement not signed", "Your account is known, but the agreement is not signed. This is no payment."],
	EFT0401: ["Sign-in failed", "The bank did not accept that user and password. No money moves."],
	EFT0402: ["No guarantee offered", "This payment cannot be guaranteed. No money moves."],
	EFT0403: ["The name does not match", "The account is in another name. No money moves."],
	EFT0404: ["The balance is too low", "There is not enough in the account. No money moves."],
	EFT0501: ["Payment cancelled", "The merchant has cancelled it. No money moves."],
	EFT0601: ["Payment expired", "It took too long. No money moves."],
	waits: ["One moment", "The merchant decides on the guarantee."],
};
/** @type {typeof ENGLISH} */
const FRENCH = {
	EFT0301: ["Paiement prévu", "Vous avez signé l’accord. Vous pouvez retourner chez le marchand."],
	EFT0302: ["Accord non signé", "Votre compte est connu, mais l’accord n’est pas signé. Ce n’est pas un paiement."],
	EFT0401: ["Connexion échouée", "La banque n’a pas accepté cet utilisateur et ce mot de passe. Rien n’est débité."],
	EFT0402: ["Aucune garantie offerte", "Ce paiement ne peut pas être garanti. Rien n’est débité."],
	EFT0403: ["Le nom ne correspond pas", "Le compte est à un autre nom. Rien n’est débité."],
	EFT0404: ["Solde insuffisant", "Il n’y a pas assez dans le compte. Rien n’est débité."],
	EFT0501: ["Paiement annulé", "Le marchand l’a annulé. Rien n’est débité."],
	EFT0601: ["Paiement expiré", "Cela a pris trop de temps. Rien n’est débité."],
	waits: ["Un instant", "Le marchand décide de la garantie."],
};
const RESULTS = document.documentElement.lang === "fr-CA" ? FRENCH : ENGLISH;

/** The amount that the payor has typed, where the session has none. */
function typedAmount() {
	const input = document.getElementById("amount");
	return input instanceof HTMLInputElement ? { amount: Number(input.value) } : {};
}

/** @param {import("./common.js").Played} played */
function finish({ status, statusDetails }) {
	const [title, text] = RESULTS[statusDetails ?? "waits"] ?? ["", ""];
	showResult(title, text, statusDetails ? `${status}, ${statusDetails}` : status);
	for (const button of /** @type {NodeListOf<HTMLElement>} */ (pay.querySelectorAll('[data-screen="done"] button'))) {
		button.hidden = status !== "Failed" || !merchant;
	}
	if (statusDetails === "EFT0301") send("SUCCESS");
	if (statusDetails === "EFT0302") send("COMPONENT_PAD_WARNING_SCREEN_EXIT");
	if (statusDetails === "EFT0402") send("GUARANTEE_FAILED");
}

/** @type {Record<string, () => void>} What each `data-go` button does. */
const actions = {
	banks: () => showScreen("banks"),
	signin() {
		send("INSTITUTION_SELECTED");
		if (pay.dataset.begun === "true") return showScreen("signin");
		play({ outcome: "begin" }, () => {
			pay.dataset.begun = "true";
			showScreen("signin");
		});
	},
	account() {
		send("ACCOUNT_SELECTED");
		showScreen("deposit");
	},
	download() {
		send("COMPONENT_PAD_DOWNLOADED");
		showProblem("The agreement would be downloaded now. The sandbox has none.");
	},
	sign: () => play({ outcome: SIGNED.includes(scenario) ? scenario : "accept", ...typedAmount() }, finish),
	leave: () => play({ outcome: "pad_pending", ...typedAmount() }, finish),
	other: () => send("COMPONENT_OTHER_FUNDING_OPTIONS_SELECTED"),
	close: () => send("COMPONENT_NBO_RETURN_TO_CLIENT_SELECTED"),
};

/** @type {Record<string, (values: FormData) => void>} What each `data-submit` form does. */
const forms = {
	signin(values) {
		send("SUBMIT_CREDENTIAL");
		if (values.get("user") === pay.dataset.user && values.get("password") === "Everyday") showScreen("mfa");
		else play({ outcome: "login_failed" }, finish);
	},
	mfa() {
		send("SUBMIT_MFA");
		showScreen("account");
	},
	deposit() {
		send("COMPONENT_DEPOSIT_CONTINUE");
		if (scenario !== "pad_pending" && !SIGNED.includes(scenario)) return play({ outcome: scenario }, finish);
		if (pay.dataset.guaranteed === "true") send("GUARANTEE_OFFERED");
		showScreen("pad");
	},
};

pay.addEventListener("click", ({ target }) => {
	const button = target instanceof Element && target.closest("button");
	if (!button) return;
	const { go, play: outcome } = button.dataset;
	if (go) actions[go]?.();
	else if (outcome) play({ outcome }, finish);
});
pay.addEventListener("submit", (event) => {
	event.preventDefault();
	const form = /** @type {HTMLFormElement} */ (event.target);
	forms[form.dataset.submit ?? ""]?.(new FormData(form));
});

send("APP_MOUNTED");
if (pay.dataset.consent === "true") {
	showScreen("consent");
} else {
	send("CONSENT_DISABLED");
	showScreen("banks");
}
