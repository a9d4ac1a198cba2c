// The operator's page: signs in, and shows what the address after the # names, the list or one payment.

import { hasKey, useKey } from "./api.js";
import { showList } from "./list.js";
import { $, refreshTimes, say } from "./page.js";
import { showPayment } from "./payment.js";
import { showSettings } from "./settings.js";

/** All that is filled with what the API has said. */
const SHOWN =
	"#settings, #attention, #statuses, #rows, #caption, #pages, #payment-title, #standing, #facts, #actions, #timeline, .of";

let running = new AbortController();

/** Shows what the address names. `quietly` leaves the focus where it is. */
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

/** Does what an operator has asked for, and shows what has become of it. */
async function act(action) {
	try {
		const done = await action();
		if (done === undefined) return;
		await show();
		say(...done);
	} catch (problem) {
		fail(problem);
	}
}

/** What is on the page may be another payment's by now, so it goes. */
function fail(problem) {
	if (problem.status === 401) return signOut("This key is not accepted. Check it, and type it again.");
	reveal();
	$("problem").hidden = false;
	$("problem").querySelector("p").textContent = problem.words ?? `This page has failed: ${problem.message}`;
}

/** Shows one of the page's parts, or none. */
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
	// Nothing that the key has shown stays behind it.
	for (const part of document.querySelectorAll(SHOWN)) part.replaceChildren();
	for (const form of document.querySelectorAll("form")) form.reset();
	document.title = "Payments";
	document.body.ariaBusy = "false";
	$("key").ariaInvalid = String(error !== "");
	reveal("sign-in");
	$("key-error").textContent = error;
	say("");
}

function closeDialogs() {
	for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
}

$("sign-in").addEventListener("submit", (event) => {
	event.preventDefault();
	const key = $("key").value.trim();
	$("key").value = "";
	$("key-error").textContent = "";
	// Others could not stand in a header.
	if (!/^[\x21-\x7e]+$/.test(key)) return signOut("No key has such characters. Check it, and type it again.");
	useKey(key);
	show();
});
$("sign-out").addEventListener("click", () => signOut());
for (const button of document.querySelectorAll(".reload")) {
	button.addEventListener("click", async () => {
		await show({ quietly: true });
		say("Reloaded.");
	});
}
addEventListener("hashchange", () => {
	// Its payment is not the one on the page any more.
	closeDialogs();
	say("");
	show();
});
// A page that the browser keeps to go back to would keep the key.
addEventListener("pagehide", () => signOut());
setInterval(refreshTimes, 15_000);

$("host").textContent = location.host;
$("zone").textContent = `Times are those of ${Intl.DateTimeFormat().resolvedOptions().timeZone}.`;
show();
