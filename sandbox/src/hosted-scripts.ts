// The hosted page's scripts, as text: the sandbox is one module wherever it runs, and has no files to serve.
// Answers to docs.flinks.com/docs/list-of-flinks-pay-events and docs.flinks.com/guides/pay/geft/event-handling for the
// names and the order of the events. The shape `{ step }` of a message is inferred from Flinks Connect; that CLOSE also
// follows a refused Interac payment, and what follows a failure of GEFT other than EFT0402, is this sandbox's choice.

/** What both flows need: the screens, the events, and the call that plays the payor. */
export const COMMON = `export const pay = document.getElementById("pay");
const problem = document.getElementById("problem");
export const merchant = window.parent !== window ? window.parent : window.opener;
export const screen = { current: undefined, before: undefined };

// Whoever frames the page is not known here, and the messages hold nothing that is secret.
export const tell = (...steps) => {
	for (const step of steps) merchant?.postMessage({ step }, "*");
};

export const say = (text) => {
	problem.textContent = text;
};

export const show = (name) => {
	screen.before = screen.current;
	screen.current = name;
	say("");
	for (const section of pay.querySelectorAll("[data-screen]")) section.hidden = section.dataset.screen !== name;
	// The first screen leaves the focus where the merchant's page has it.
	if (screen.before) pay.querySelector('[data-screen="' + name + '"] h1').focus();
};

const send = async (body) => {
	const answer = await fetch("/sandbox/sessions/" + encodeURIComponent(pay.dataset.session) + "/play", {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(body),
	});
	const read = await answer.json();
	if (!answer.ok) throw new Error(read.detail);
	return read;
};

export const play = async (body, then) => {
	const buttons = pay.querySelectorAll('[data-screen="' + screen.current + '"] button:enabled');
	for (const button of buttons) button.disabled = true;
	try {
		then(await send(body));
	} catch (error) {
		say("That did not work: " + error.message);
	}
	for (const button of buttons) button.disabled = false;
};

export const done = (title, text, status) => {
	document.getElementById("done-title").textContent = title;
	document.getElementById("done-text").textContent = text;
	document.getElementById("done-status").textContent = status;
	pay.dataset.status = status;
	show("done");
};
`;

/** Interac e-Transfer, v1 and v2. */
export const INTERAC = `import { done, merchant, pay, play, screen, show, tell } from "/app/common.js";

const go = {
	banks: () => (tell("APP_INITIATED", "INSTITUTION_SELECTION"), show("banks")),
	bank: () => (tell("INSTITUTION_SELECTED"), show("bank")),
	back: () => (tell("BACK", "CONFIRMATION"), show("confirm")),
	leave: () => (tell("CLOSE_ATTEMPT", "CANCEL_CONFIRMATION"), show("leave")),
	stay: () => (tell("BACK"), show(screen.before)),
	close: () => tell("CLOSE"),
};

const approved = ["Payment approved", "Your bank has accepted the request. You can return to the merchant."];
const results = {
	Accepted: approved,
	Completed: approved,
	Declined: ["Payment declined", "The request was declined at the bank. No money moves."],
	Cancelled: ["Payment cancelled", "You have cancelled the request. No money moves."],
	Expired: ["Payment expired", "The request was not answered in time. No money moves."],
	Failed: ["Payment failed", "It was declined, or the name on the account does not match. No money moves."],
};

const finish = ({ status }) => {
	const [title, text] = results[status] ?? ["Payment updated", ""];
	const paid = results[status] === approved;
	done(title, text, status);
	pay.querySelector('[data-go="close"]').hidden = paid || status === "Cancelled" || !merchant;
	if (paid) tell("SUCCESS");
	if (status === "Cancelled") tell("CLOSE");
};

pay.addEventListener("click", ({ target }) => {
	const button = target.closest("button");
	if (button?.dataset.go) go[button.dataset.go]();
	else if (button) play(button.dataset.play ? { outcome: button.dataset.play } : {}, finish);
});

tell("APP_MOUNTED");
if (pay.dataset.atBank === "true") {
	show("bank");
} else {
	tell("CONFIRMATION");
	show("confirm");
}
`;

/** EFT and GEFT. */
export const EFT = `import { done, merchant, pay, play, say, show, tell } from "/app/common.js";

const guaranteed = pay.dataset.guaranteed === "true";
const { scenario } = pay.dataset;
// What a payor who signs can lead to.
const signs = ["accept", "next_best_offer", "guarantee_waits", "return_later", "differs"];
const amount = document.getElementById("amount");
const typed = () => (amount ? { amount: Number(amount.value) } : {});

const french = document.documentElement.lang === "fr-CA";
const results = french
	? {
			EFT0301: ["Paiement prévu", "Vous avez signé l’accord. Vous pouvez retourner chez le marchand."],
			EFT0302: ["Accord non signé", "Votre compte est connu, mais l’accord n’est pas signé. Ce n’est pas un paiement."],
			EFT0401: ["Connexion échouée", "La banque n’a pas accepté cet utilisateur et ce mot de passe. Rien n’est débité."],
			EFT0402: ["Aucune garantie offerte", "Ce paiement ne peut pas être garanti. Rien n’est débité."],
			EFT0403: ["Le nom ne correspond pas", "Le compte est à un autre nom. Rien n’est débité."],
			EFT0404: ["Solde insuffisant", "Il n’y a pas assez dans le compte. Rien n’est débité."],
			EFT0501: ["Paiement annulé", "Le marchand l’a annulé. Rien n’est débité."],
			EFT0601: ["Paiement expiré", "Cela a pris trop de temps. Rien n’est débité."],
			waits: ["Un instant", "Le marchand décide de la garantie."],
		}
	: {
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

const finish = ({ status, statusDetails }) => {
	const [title, text] = results[statusDetails ?? "waits"];
	done(title, text, statusDetails ? status + ", " + statusDetails : status);
	for (const button of pay.querySelectorAll('[data-screen="done"] button')) button.hidden = status !== "Failed" || !merchant;
	if (statusDetails === "EFT0301") tell("SUCCESS");
	if (statusDetails === "EFT0302") tell("COMPONENT_PAD_WARNING_SCREEN_EXIT");
	if (statusDetails === "EFT0402") tell("GUARANTEE_FAILED");
};

const go = {
	banks: () => show("banks"),
	signin: () => {
		tell("INSTITUTION_SELECTED");
		if (pay.dataset.begun === "true") show("signin");
		else play({ outcome: "begin" }, () => ((pay.dataset.begun = "true"), show("signin")));
	},
	account: () => (tell("ACCOUNT_SELECTED"), show("deposit")),
	download: () => (tell("COMPONENT_PAD_DOWNLOADED"), say("The agreement would be downloaded now. The sandbox has none.")),
	sign: () => play({ outcome: signs.includes(scenario) ? scenario : "accept", ...typed() }, finish),
	leave: () => play({ outcome: "pad_pending", ...typed() }, finish),
	other: () => tell("COMPONENT_OTHER_FUNDING_OPTIONS_SELECTED"),
	close: () => tell("COMPONENT_NBO_RETURN_TO_CLIENT_SELECTED"),
};

const submit = {
	signin: (form) => {
		tell("SUBMIT_CREDENTIAL");
		const right = form.elements.user.value === pay.dataset.user && form.elements.password.value === "Everyday";
		if (right) show("mfa");
		else play({ outcome: "login_failed" }, finish);
	},
	mfa: () => (tell("SUBMIT_MFA"), show("account")),
	deposit: () => {
		tell("COMPONENT_DEPOSIT_CONTINUE");
		if (scenario !== "pad_pending" && !signs.includes(scenario)) return play({ outcome: scenario }, finish);
		if (guaranteed) tell("GUARANTEE_OFFERED");
		show("pad");
	},
};

pay.addEventListener("click", ({ target }) => {
	const button = target.closest("button[type=button]");
	if (button?.dataset.go) go[button.dataset.go]();
	else if (button) play({ outcome: button.dataset.play }, finish);
});
pay.addEventListener("submit", (event) => {
	event.preventDefault();
	submit[event.target.dataset.submit](event.target);
});

tell("APP_MOUNTED");
if (pay.dataset.consent === "true") {
	show("consent");
} else {
	tell("CONSENT_DISABLED");
	show("banks");
}
`;
