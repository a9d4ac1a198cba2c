// The script of the sandbox's own page, as text: the sandbox is one module wherever it runs, and has no files to serve.
// It asks once a second and changes only what has changed, so that nobody loses the button under their finger.

/** Runs in the browser of whoever watches. */
export const SCRIPT = `const $ = (id) => document.getElementById(id);
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
const CODES = [
	"901", "900", "902", "903", "904", "905", "907", "908", "909", "910", "911", "912",
	"914", "915", "916", "917", "918", "919", "920", "921", "922", "990",
];
const GOOD = ["Accepted", "Processed", "Settled", "Completed"];
const BAD = ["Declined", "Failed", "Cancelled", "Canceled", "Expired"];

const element = (name, properties, ...children) => {
	const { data = {}, ...rest } = properties;
	const made = Object.assign(document.createElement(name), rest);
	Object.assign(made.dataset, data);
	made.append(...children);
	return made;
};
const time = (ms) => new Date(ms).toLocaleTimeString("en-CA", { hour12: false });
const code = (text) => element("code", {}, text);
const mood = (status) => (GOOD.includes(status) ? "good" : BAD.includes(status) ? "bad" : "wait");
const pill = (text, kind) => element("span", { className: "pill " + kind }, text);

// ---- What is asked and told -------------------------------------------------------------------------------------

const call = async (method, path, body) => {
	const init = body ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {};
	const answer = await fetch(path, { method, ...init });
	const read = answer.status === 204 ? undefined : await answer.json();
	if (!answer.ok) throw new Error(read.detail);
	return read;
};

const say = (text) => {
	$("said").textContent = text;
};

const act = async (done, ...request) => {
	try {
		const answer = await call(...request);
		$("problem").textContent = "";
		await refresh();
		say(typeof done === "function" ? done(answer) : done);
	} catch (error) {
		$("problem").textContent = "That did not work: " + error.message;
	}
};

// ---- What is shown ----------------------------------------------------------------------------------------------

const shown = {};
/** Whether a part differs from what is on the page. */
const differs = (part, value) => {
	const text = JSON.stringify(value);
	const before = shown[part];
	shown[part] = text;
	return before !== text;
};

const payment = (one) => {
	// An agreement that is not signed is no payment, whatever the status is called.
	const unsigned = one.detail === "EFT0302";
	const status = pill(one.status, unsigned ? "wait" : mood(one.status));
	const amount = one.amount === null ? "amount open" : "$" + one.amount;
	const term = (name, value) => element("div", {}, element("dt", {}, name), element("dd", {}, value));
	const id = (name, value) => term(name, code(value));
	const dollars = (name, value) => (value === "0.00" ? [] : [term(name, "$" + value)]);
	const button = (text, data) =>
		element("button", { type: "button", ariaLabel: text + ": " + one.name + ", " + amount, data }, text);
	const about = [one.product, one.email, one.referenceId].filter(Boolean).join(" · ");
	const labels = unsigned ? { ...LABELS, accept: "Sign" } : LABELS;
	const buttons = one.outcomes.map((outcome) => {
		const made = button(labels[outcome], { play: outcome, session: one.sessionId });
		if (outcome === "accept") made.className = "primary";
		return made;
	});
	if (one.settles) buttons.push(button("Settle", { settle: one.sessionId }));
	if (one.told !== null) buttons.push(button("Put the amount right", { bank: "correct", session: one.sessionId }));
	if (one.reverses === "reverse") buttons.push(button("Reverse", { bank: "reverse", session: one.sessionId }));
	if (one.reverses === "return") {
		const options = CODES.map((text) => element("option", {}, text));
		buttons.push(element("select", { ariaLabel: "Return code: " + one.name + ", " + amount }, ...options));
		buttons.push(button("Return", { bank: "reverse", session: one.sessionId }));
	}
	const link = { href: "/app/?sessionId=" + encodeURIComponent(one.sessionId), target: "_blank", rel: "noopener" };
	if (one.payable) buttons.push(element("a", { className: "button", ...link }, "Open its page"));
	return element(
		"li",
		{ data: { session: one.sessionId } },
		element(
			"div",
			{ className: "line" },
			element("h3", { tabIndex: -1 }, one.name),
			element("strong", { className: "amount" }, amount),
			status,
			...(one.detail ? [element("span", { className: "detail" }, one.detail)] : []),
			...(one.told === null ? [] : [pill("answers say $" + one.told, "bad")]),
		),
		element("p", { className: "about" }, about),
		element(
			"dl",
			{},
			id("session", one.sessionId),
			...(one.requestId ? [id("payment request", one.requestId)] : []),
			...dollars("at the bank", one.money),
			...dollars("scheduled", one.scheduled),
		),
		...(buttons.length > 0 ? [element("div", { className: "actions" }, ...buttons)] : []),
	);
};

const showPayments = (payments) => {
	const list = $("payments");
	const known = new Map([...list.children].map((item) => [item.dataset.session, item]));
	const items = payments.map((one) => {
		const before = known.get(one.sessionId);
		if (!differs("payment " + one.sessionId, one) && before) return before;
		const item = payment(one);
		const focused = before?.contains(document.activeElement);
		before?.replaceWith(item);
		if (focused) (item.querySelector("button") ?? item.querySelector("h3")).focus();
		if (started) say(one.name + ": " + one.status + (one.detail ? ", " + one.detail : ""));
		if (started) item.classList.add("fresh");
		return item;
	});
	for (const item of list.children) if (!items.includes(item)) item.remove();
	items.forEach((item, index) => {
		if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
	});
};

const rows = (id, list, cells) => {
	$(id + "-empty").hidden = list.length > 0;
	$(id + "-scroll").hidden = list.length === 0;
	const made = list.map((one) => element("tr", {}, ...cells(one).map((cell) => element("td", {}, cell ?? ""))));
	$(id).replaceChildren(...made);
};

const answered = (status) => (status === undefined ? pill("open", "wait") : pill(String(status), status < 400 ? "good" : "bad"));

const showJournal = (journal) =>
	rows("journal", journal, (one) => [
		time(one.at),
		answered(one.status),
		element("span", {}, element("b", {}, one.method), " ", code(one.path)),
		one.token ?? "",
		[one.fault && "fault " + one.fault, one.credentials, one.body?.referenceId, one.clientId].filter(Boolean).join(", "),
	]);

const showWebhooks = ({ webhook, webhooks, webhookFaults }) => {
	const target = webhook ? [webhook.scheme + " to ", code(webhook.url)] : ["None registered: ", code("PUT /sandbox/webhook"), "."];
	$("webhook-target").replaceChildren(...target);
	$("webhook-faults").textContent = webhookFaults.length > 0 ? "Next: " + webhookFaults.join(", ") : "";
	rows("webhooks", webhooks, (one) => [
		time(one.at),
		// Of what is under way nothing is told but that a guarantee waits.
		element("span", { title: one.body }, one.status === "InProgress" ? one.event : one.status),
		one.answer ? answered(one.answer) : (one.error ?? (one.fault === "drop" ? "not sent" : "waiting")),
		one.fault ?? "",
	]);
};

const showEmails = (emails) =>
	rows("emails", emails, (one) => [time(one.at), one.to, element("a", { href: one.link, target: "_blank", rel: "noopener" }, one.subject)]);

const showFaults = (faults) => rows("faults", faults, (one) => [one.step, one.fault, String(one.times)]);

const show = (state) => {
	$("now").textContent = time(state.now);
	$("today").textContent = new Date(state.now).toLocaleDateString("en-CA", { dateStyle: "medium" });
	const counts = {
		payments: state.payments.length,
		journal: state.requests,
		faults: state.faults.length,
		webhooks: state.webhooks.length,
		emails: state.emails.length,
	};
	for (const [name, count] of Object.entries(counts)) $(name + "-count").textContent = count;
	const { money, scheduled } = state.book;
	$("book").textContent = "At the merchant’s bank: $" + money + (scheduled === "0.00" ? "" : ", and $" + scheduled + " scheduled");
	$("payments-empty").hidden = counts.payments > 0;
	if (differs("payments", state.payments)) showPayments(state.payments);
	if (differs("journal", state.journal)) showJournal(state.journal);
	if (differs("faults", state.faults)) showFaults(state.faults);
	if (differs("webhooks", [state.webhook, state.webhooks, state.webhookFaults])) showWebhooks(state);
	if (differs("emails", state.emails)) showEmails(state.emails);
	started = true;
};

let started = false;
let lost = false;
const refresh = async () => show(await call("GET", "/sandbox/state"));

const watch = async () => {
	try {
		if (!document.hidden) await refresh();
		if (lost) $("problem").textContent = "";
		lost = false;
	} catch {
		lost = true;
		$("problem").textContent = "The sandbox does not answer. Is it still running?";
	}
	setTimeout(watch, 1000);
};

// ---- What a person does -----------------------------------------------------------------------------------------

const post = (path, body, done) => act(done, "POST", path, body);

document.addEventListener("click", ({ target }) => {
	const button = target.closest("button[type=button]");
	if (!button) return;
	const { play, session, bank, advance, example, clear, settle } = button.dataset;
	const path = "/sandbox/sessions/" + encodeURIComponent(session) + "/";
	const became = ({ status, statusDetails }) => {
		return button.textContent + ": the status is " + status + (statusDetails ? ", " + statusDetails : "") + ".";
	};
	if (play) post(path + "play", { outcome: play }, became);
	else if (bank) {
		const code = bank === "reverse" && button.parentElement.querySelector("select")?.value;
		post(path + bank, code ? { code } : {}, became);
	} else if (advance) post("/sandbox/advance", { ms: Number(advance) }, ({ now }) => "The clock says " + time(now) + ".");
	else if (example) post("/sandbox/examples", { product: example }, "An example payment was made.");
	else if (clear) act("Done.", "DELETE", "/sandbox/" + clear);
	else if (settle) post("/sandbox/settle", { sessionId: settle }, "The payment is settled.");
	else if (settle === "")
		post("/sandbox/settle", {}, ({ moved }) => "The day has ended: " + (moved === 1 ? "1 payment" : moved + " payments") + " settled.");
});

$("fault-form").addEventListener("submit", (event) => {
	event.preventDefault();
	const { step, fault, times } = Object.fromEntries(new FormData(event.target));
	post("/sandbox/faults", { step, fault, times: Number(times) }, fault + " at " + step + " is on.");
});
$("webhook-form").addEventListener("submit", (event) => {
	event.preventDefault();
	const { fault } = Object.fromEntries(new FormData(event.target));
	post("/sandbox/webhooks/fault", { fault }, "The next webhook: " + fault + ".");
});
document.addEventListener("visibilitychange", () => document.hidden || refresh().catch(() => {}));

watch();
`;
