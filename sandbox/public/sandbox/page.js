// The script of the sandbox's own page. It asks for the state once a second and changes only what has changed, so that a
// button does not vanish under a finger.

/**
 * @typedef {ReturnType<typeof import("../../src/state.ts").stateOf>} State
 * @typedef {import("../../src/state.ts").PaymentView} PaymentView
 * @typedef {import("../../src/simulator.ts").Played} Played
 */

const LABELS = {
	accept: "Accept",
	decline: "Decline",
	cancel: "Cancel",
	mismatch: "Name mismatch",
	expire: "Expire",
	begin: "Begin",
	pad_pending: "Leave unsigned",
	login_failed: "Sign-in fails",
	no_guarantee: "No guarantee",
	low_balance: "Balance too low",
	next_best_offer: "Next Best Offer",
	guarantee_waits: "Ask the client",
	guarantee_accepted: "Client accepts",
	guarantee_refused: "Client refuses",
	return_later: "Return in 3 days",
	differs: "Another amount",
};
// The return codes that Flinks' pages name; the bank takes any three digits.
const CODES = "901 900 902 903 904 905 907 908 909 910 911 912 914 915 916 917 918 919 920 921 922 990";
const GOOD = ["Accepted", "Processed", "Settled", "Completed"];
const BAD = ["Declined", "Failed", "Cancelled", "Canceled", "Expired"];

const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

function element(name, { data = {}, ...properties }, ...children) {
	const made = Object.assign(document.createElement(name), properties);
	Object.assign(made.dataset, data);
	made.append(...children);
	return made;
}

const timeOf = (ms) => new Date(ms).toLocaleTimeString("en-CA", { hour12: false });
const code = (text) => element("code", {}, text);
const pill = (text, tone) => element("span", { className: `pill ${tone}` }, text);
const newTab = (url) => ({ href: url, target: "_blank", rel: "noopener" });

async function call(method, path, body) {
	const init = body ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {};
	const response = await fetch(path, { method, ...init });
	const answer = response.status === 204 ? undefined : await response.json();
	if (!response.ok) throw new Error(answer.detail);
	return answer;
}

const announce = (text) => {
	byId("said").textContent = text;
};

/** Makes a call and shows what came of it. */
async function act(success, ...request) {
	try {
		const answer = await call(...request);
		byId("problem").textContent = "";
		await refresh();
		announce(typeof success === "function" ? success(answer) : success);
	} catch (error) {
		byId("problem").textContent = `That did not work: ${error instanceof Error ? error.message : error}`;
	}
}

const post = (path, body, success) => act(success, "POST", path, body);

/** @type {Map<string, string>} What each part of the page shows, as JSON. */
const shown = new Map();

/** Whether a part differs from what is on the page. */
function hasChanged(part, value) {
	const json = JSON.stringify(value);
	if (shown.get(part) === json) return false;
	shown.set(part, json);
	return true;
}

/** @param {PaymentView} payment */
function buttonsOf(payment) {
	const { name, sessionId: session } = payment;
	const amount = amountOf(payment);
	/** @type {(text: string, data: Record<string, string>) => HTMLElement} */
	const button = (text, data) =>
		element("button", { type: "button", ariaLabel: `${text}: ${name}, ${amount}`, data }, text);
	const labels = isUnsigned(payment) ? { ...LABELS, accept: "Sign" } : LABELS;
	const buttons = payment.outcomes.map((outcome) => {
		const made = button(labels[outcome], { play: outcome, session });
		if (outcome === "accept") made.className = "primary";
		return made;
	});
	if (payment.settles) buttons.push(button("Settle", { settle: session }));
	if (payment.answeredAmount !== null) buttons.push(button("Correct the amount", { bank: "correct", session }));
	if (payment.reverses === "reverse") buttons.push(button("Reverse", { bank: "reverse", session }));
	if (payment.reverses === "return") {
		const options = CODES.split(" ").map((text) => element("option", {}, text));
		buttons.push(element("select", { ariaLabel: `Return code: ${name}, ${amount}` }, ...options));
		buttons.push(button("Return", { bank: "reverse", session }));
	}
	const link = newTab(`/app/?sessionId=${encodeURIComponent(session)}`);
	if (payment.payable) buttons.push(element("a", { className: "button", ...link }, "Open its page"));
	return buttons;
}

/**
 * An agreement that is not signed is no payment, whatever the status is called.
 *
 * @param {PaymentView} payment
 */
const isUnsigned = ({ detail }) => detail === "EFT0302";

/** @param {PaymentView} payment */
const amountOf = ({ amount }) => (amount === null ? "amount open" : `$${amount}`);

/** @param {PaymentView} payment */
function paymentItem(payment) {
	const { sessionId, requestId, name, status, detail, answeredAmount, money, scheduled } = payment;
	const tone = GOOD.includes(status) ? "good" : BAD.includes(status) ? "bad" : "wait";
	/** @type {(name: string, value: string | Node) => HTMLElement} */
	const term = (name, value) => element("div", {}, element("dt", {}, name), element("dd", {}, value));
	const buttons = buttonsOf(payment);
	return element(
		"li",
		{ data: { session: sessionId } },
		element(
			"div",
			{ className: "line" },
			element("h3", { tabIndex: -1 }, name),
			element("strong", { className: "amount" }, amountOf(payment)),
			pill(status, isUnsigned(payment) ? "wait" : tone),
			...(detail ? [element("span", { className: "detail" }, detail)] : []),
			...(answeredAmount === null ? [] : [pill(`answers say $${answeredAmount}`, "bad")]),
		),
		element(
			"p",
			{ className: "about" },
			[payment.product, payment.email, payment.referenceId].filter(Boolean).join(" · "),
		),
		element(
			"dl",
			{},
			term("session", code(sessionId)),
			...(requestId ? [term("payment request", code(requestId))] : []),
			...(money === "0.00" ? [] : [term("at the bank", `$${money}`)]),
			...(scheduled === "0.00" ? [] : [term("scheduled", `$${scheduled}`)]),
		),
		...(buttons.length > 0 ? [element("div", { className: "actions" }, ...buttons)] : []),
	);
}

/** @param {readonly PaymentView[]} payments */
function showPayments(payments) {
	const list = byId("payments");
	const known = new Map(Array.from(list.querySelectorAll("li"), (item) => [item.dataset.session, item]));
	const items = payments.map((payment) => {
		const before = known.get(payment.sessionId);
		if (!hasChanged(`payment ${payment.sessionId}`, payment) && before) return before;
		const item = paymentItem(payment);
		const focused = before?.contains(document.activeElement);
		before?.replaceWith(item);
		if (focused) (item.querySelector("button") ?? item.querySelector("h3"))?.focus();
		if (started) {
			announce(`${payment.name}: ${payment.status}${payment.detail ? `, ${payment.detail}` : ""}`);
			item.classList.add("fresh");
		}
		return item;
	});
	for (const item of known.values()) if (!items.includes(item)) item.remove();
	for (const [index, item] of items.entries()) {
		if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
	}
}

function showTable(id, rows, cellsOf) {
	byId(`${id}-empty`).hidden = rows.length > 0;
	byId(`${id}-scroll`).hidden = rows.length === 0;
	const made = rows.map((row) => element("tr", {}, ...cellsOf(row).map((cell) => element("td", {}, cell ?? ""))));
	byId(id).replaceChildren(...made);
}

const statusPill = (status) =>
	status === undefined ? pill("open", "wait") : pill(String(status), status < 400 ? "good" : "bad");

/** @param {State["journal"]} journal */
function showJournal(journal) {
	showTable("journal", journal, ({ at, status, method, path, token, fault, credentials, body, clientId }) => [
		timeOf(at),
		statusPill(status),
		element("span", {}, element("b", {}, method), " ", code(path)),
		token,
		[fault && `fault ${fault}`, credentials, body?.referenceId, clientId].filter(Boolean).join(", "),
	]);
}

/** @param {State} state */
function showWebhooks({ webhook, webhooks, webhookFaults }) {
	const target = webhook
		? [`${webhook.scheme} to `, code(webhook.url)]
		: ["None registered: ", code("PUT /sandbox/webhook"), "."];
	byId("webhook-target").replaceChildren(...target);
	byId("webhook-faults").textContent = webhookFaults.length > 0 ? `Next: ${webhookFaults.join(", ")}` : "";
	showTable("webhooks", webhooks, ({ at, body, status, event, answer, error, fault }) => [
		timeOf(at),
		// The one event that is sent for InProgress asks for the decision on a guarantee.
		element("span", { title: body }, status === "InProgress" ? event : status),
		answer ? statusPill(answer) : (error ?? (fault === "drop" ? "not sent" : "waiting")),
		fault,
	]);
}

/** @param {State} state */
function show(state) {
	byId("now").textContent = timeOf(state.now);
	byId("today").textContent = new Date(state.now).toLocaleDateString("en-CA", { dateStyle: "medium" });
	const counts = {
		payments: state.payments.length,
		journal: state.requests,
		faults: state.faults.length,
		webhooks: state.webhooks.length,
		emails: state.emails.length,
	};
	for (const [name, count] of Object.entries(counts)) byId(`${name}-count`).textContent = String(count);
	const { money, scheduled } = state.book;
	byId("book").textContent =
		`At the merchant’s bank: $${money}${scheduled === "0.00" ? "" : `, and $${scheduled} scheduled`}`;
	byId("payments-empty").hidden = counts.payments > 0;
	if (hasChanged("payments", state.payments)) showPayments(state.payments);
	if (hasChanged("journal", state.journal)) showJournal(state.journal);
	if (hasChanged("faults", state.faults)) {
		showTable("faults", state.faults, ({ step, fault, times }) => [step, fault, String(times)]);
	}
	if (hasChanged("webhooks", [state.webhook, state.webhooks, state.webhookFaults])) showWebhooks(state);
	if (hasChanged("emails", state.emails)) {
		showTable("emails", state.emails, ({ at, to, link, subject }) => [
			timeOf(at),
			to,
			element("a", newTab(link), subject),
		]);
	}
	started = true;
}

let started = false;
let isAway = false;

const refresh = async () => show(await call("GET", "/sandbox/state"));

async function watch() {
	try {
		if (!document.hidden) await refresh();
		if (isAway) byId("problem").textContent = "";
		isAway = false;
	} catch {
		isAway = true;
		byId("problem").textContent = "The sandbox does not answer. Is it still running?";
	}
	setTimeout(watch, 1000);
}

document.addEventListener("click", ({ target }) => {
	const button = target instanceof Element && target.closest("button");
	if (!button) return;
	const { play, session = "", bank, advance, example, clear, settle } = button.dataset;
	const path = `/sandbox/sessions/${encodeURIComponent(session)}`;
	/** @param {Played} played */
	const played = ({ status, statusDetails }) =>
		`${button.textContent}: the status is ${status}${statusDetails ? `, ${statusDetails}` : ""}.`;
	if (play) post(`${path}/play`, { outcome: play }, played);
	else if (bank) {
		const code = bank === "reverse" && button.parentElement?.querySelector("select")?.value;
		post(`${path}/${bank}`, code ? { code } : {}, played);
	} else if (advance) post("/sandbox/advance", { ms: Number(advance) }, ({ now }) => `The clock says ${timeOf(now)}.`);
	else if (example) post("/sandbox/examples", { product: example }, "An example payment was made.");
	else if (clear) act("Done.", "DELETE", `/sandbox/${clear}`);
	else if (settle) post("/sandbox/settle", { sessionId: settle }, "The payment is settled.");
	else if (settle === "")
		post("/sandbox/settle", {}, ({ moved }) => `The day has ended: ${moved} payment${moved === 1 ? "" : "s"} settled.`);
});

document.addEventListener("submit", (event) => {
	event.preventDefault();
	const form = /** @type {HTMLFormElement} */ (event.target);
	const { step, fault, times } = Object.fromEntries(new FormData(form));
	if (form.id === "fault-form") {
		post("/sandbox/faults", { step, fault, times: Number(times) }, `${fault} at ${step} is on.`);
	} else post("/sandbox/webhooks/fault", { fault }, `The next webhook: ${fault}.`);
});

document.addEventListener("visibilitychange", () => document.hidden || refresh().catch(() => {}));

watch();
