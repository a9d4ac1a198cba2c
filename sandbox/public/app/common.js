// What the hosted page's two scripts share: its screens, its events to the merchant's page, and the call that plays the
// payor. The names and the order of the events follow docs.flinks.com/docs/list-of-flinks-pay-events and
// docs.flinks.com/guides/pay/geft/event-handling. The shape `{ step }` of a message is inferred from Flinks Connect; that
// CLOSE also follows a refused Interac payment, and what follows a failure of GEFT other than EFT0402, is this sandbox's choice.

/** @typedef {{ status: string, statusDetails?: string }} Played What the sandbox answers to whoever plays the payor. */

export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

export const pay = byId("pay");
/** The merchant's page, where it frames this page or has opened it. */
export const merchant = window.parent !== window ? window.parent : window.opener;

let current = "";
let previous = "";

/** Sends events to the merchant's page. Its origin is not known here, and the messages hold nothing that is secret. */
export function send(...steps) {
	for (const step of steps) merchant?.postMessage({ step }, "*");
}

export const showProblem = (text) => {
	byId("problem").textContent = text;
};

export function showScreen(name) {
	[previous, current] = [current, name];
	showProblem("");
	for (const section of pay.querySelectorAll("section")) section.hidden = section.dataset.screen !== name;
	// The first screen leaves the focus where the merchant's page has it.
	if (previous) /** @type {HTMLElement} */ (pay.querySelector(`[data-screen="${name}"] h1`)).focus();
}

export const showPreviousScreen = () => showScreen(previous);

/**
 * Plays the payor, with the buttons of the screen disabled meanwhile.
 *
 * @param {(played: Played) => void} then
 */
export async function play(body, then) {
	const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (
		pay.querySelectorAll(`[data-screen="${current}"] button:enabled`)
	);
	for (const button of buttons) button.disabled = true;
	try {
		const response = await fetch(`/sandbox/sessions/${encodeURIComponent(pay.dataset.session ?? "")}/play`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
		const answer = await response.json();
		if (!response.ok) throw new Error(answer.detail);
		then(answer);
	} catch (error) {
		showProblem(`That did not work: ${error instanceof Error ? error.message : error}`);
	}
	for (const button of buttons) button.disabled = false;
}

/** Shows the last screen. */
export function showResult(title, text, status) {
	byId("done-title").textContent = title;
	byId("done-text").textContent = text;
	byId("done-status").textContent = status;
	pay.dataset.status = status;
	showScreen("done");
}
