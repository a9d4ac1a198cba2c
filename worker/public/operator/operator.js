// The operator's page: signs in, and shows the view that the address names after the #: the list or one payment.

import { hasKey, useKey } from "./api.js";
import { $, announce, refreshTimes } from "./dom.js";
import { showList } from "./list.js";
import { showPayment } from "./payment.js";
import { showSettings } from "./settings.js";

/** All elements with data from the API. */
const SHOWN =
	"#settings, #attention, #statuses, #rows, #caption, #pages, #payment-title, #state, #facts, #actions, #timeline, .of";

let running = new AbortController();

/** Shows the view of the address. `quietly` leaves the focus where it is. */
async function show({ quietly = false } = {}) {
	running.abort();
	running = new AbortController();
	const { signal } = running;
	if (!hasKey()) return reveal("sign-in");
	const query = new URLSearchParams(location.hash.slice(1));
	const [view, render] = query.has("payment") ? ["payment", showPayment] : ["list", showList];
	document.body.ariaBusy = "true";
	try {
		await Promise.all([showSettings(signal), render(query, signal, act)]);
		reveal(view, quietly);
	} catch (problem) {
		if (!signal.aborted) fail(problem);
	} finally {
		if (!signal.aborted) document.body.ariaBusy = "false";
	}
}

/** Runs an operator's action, and shows the view afterwards. */
async function act(action) {
	try {
		const done = await action();
		if (done === undefined) return;
		await show();
		announce(...done);
	} catch (problem) {
		fail(problem);
	}
}

/** Shows a failure. The view is hidden, since it may be of another payment by now. */
function fail(problem) {
	if (problem.status === 401) return signOut("This key is not accepted. Check it, and type it again.");
	reveal();
	$("problem").hidden = false;
	$("problem").querySelector("p").textContent = problem.text ?? `This page has failed: ${problem.message}`;
}

/** Shows one part of the page, or none. */
function reveal(part, quietly = false) {
	$("problem").hidden = true;
	for (const one of ["sign-in", "list", "payment"]) $(one).hidden = one !== part;
	$("sign-out").hidden = !hasKey();
	const title = part && $(part).querySelector("h1");
	if (part === "sign-in") $("key").focus();
	else if (!quietly) title?.focus();
}

function signOut(error = "") {
	useKey(undefined);
	running.abort();
	closeDialogs();
	// No data stays on the page after the key is gone.
	for (const part of document.querySelectorAll(SHOWN)) part.replaceChildren();
	for (const form of document.querySelectorAll("form")) form.reset();
	document.title = "Payments";
	document.body.ariaBusy = "false";
	$("key").ariaInvalid = String(error !== "");
	reveal("sign-in");
	$("key-error").textContent = error;
	announce("");
}

function closeDialogs() {
	for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
}

$("sign-in").addEventListener("submit", (event) => {
	event.preventDefault();
	const key = $("key").value.trim();
	$("key").value = "";
	$("key-error").textContent = "";
	// Other characters are not allowed in a header.
	if (!/^[\x21-\x7e]+$/.test(key))
		return signOut("The key has characters that no key has. Check it, and type it again.");
	useKey(key);
	show();
});
$("sign-out").addEventListener("click", () => signOut());
for (const button of document.querySelectorAll(".reload")) {
	button.addEventListener("click", async () => {
		await show({ quietly: true });
		announce("Reloaded.");
	});
}
addEventListener("hashchange", () => {
	// A dialog is about the payment that was on the page.
	closeDialogs();
	announce("");
	show();
});
// The browser may keep a page for its back button, and with it the key.
addEventListener("pagehide", () => signOut());
setInterval(refreshTimes, 15_000);

$("host").textContent = location.host;
$("zone").textContent = `Times are those of ${Intl.DateTimeFormat().resolvedOptions().timeZone}.`;
show();
