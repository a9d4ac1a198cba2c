// The hosted page of Interac e-Transfer, v1 and v2.

import { merchant, pay, play, send, showPreviousScreen, showResult, showScreen } from "./common.js";

/** @type {Record<string, () => void>} What each `data-go` button does. */
const actions = {
	banks() {
		send("APP_INITIATED", "INSTITUTION_SELECTION");
		showScreen("banks");
	},
	bank() {
		send("INSTITUTION_SELECTED");
		showScreen("bank");
	},
	back() {
		send("BACK", "CONFIRMATION");
		showScreen("confirm");
	},
	leave() {
		send("CLOSE_ATTEMPT", "CANCEL_CONFIRMATION");
		showScreen("leave");
	},
	stay() {
		send("BACK");
		showPreviousScreen();
	},
	close: () => send("CLOSE"),
};

const APPROVED = ["Payment approved", "Your bank has accepted the request. You can return to the merchant."];
/** @type {Record<string, string[]>} */
const RESULTS = {
	Accepted: APPROVED,
	Completed: APPROVED,
	Declined: ["Payment declined", "The request was declined at the bank. No money moves."],
	Cancelled: ["Payment cancelled", "You have cancelled the request. No money moves."],
	Expired: ["Payment expired", "The request was not answered in time. No money moves."],
	Failed: ["Payment failed", "It was declined, or the name on the account does not match. No money moves."],
};

/** @param {import("./common.js").Played} played */
function finish({ status }) {
	const [title = "Payment updated", text = ""] = RESULTS[status] ?? [];
	const paid = RESULTS[status] === APPROVED;
	showResult(title, text, status);
	const close = /** @type {HTMLButtonElement} */ (pay.querySelector('[data-go="close"]'));
	close.hidden = paid || status === "Cancelled" || !merchant;
	if (paid) send("SUCCESS");
	if (status === "Cancelled") send("CLOSE");
}

pay.addEventListener("click", ({ target }) => {
	const button = target instanceof Element && target.closest("button");
	if (!button) return;
	const { go, play: outcome } = button.dataset;
	if (go) actions[go]?.();
	else play(outcome ? { outcome } : {}, finish);
});

send("APP_MOUNTED");
if (pay.dataset.atBank === "true") {
	showScreen("bank");
} else {
	send("CONFIRMATION");
	showScreen("confirm");
}
