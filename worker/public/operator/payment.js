// One payment: how it stands, its ids, what can be done, and all that has happened to it.

import { ask } from "./api.js";
import { $, confirm, copyable, element, figures, foreign, paidFigure, time } from "./page.js";
import {
	DELIVERIES,
	describe,
	dollars,
	figureOf,
	isAtFlinks,
	OWN,
	PRODUCTS,
	standingOf,
	unturned,
	word,
} from "./words.js";

const GUARANTEES = { waiting: "Waits for your decision", accepted: "Accepted", refused: "Refused" };

const TOLD = {
	dead: "The merchant’s endpoint has not taken it for three days. Nothing more is sent by itself.",
	pending: "It is on its way; where a try has failed, the next one is made now.",
	delivered: "The merchant’s endpoint has taken it all. It is told once more how the payment stands.",
};

/** Fills the view with the payment that the address names. */
export async function showPayment(query, signal, act) {
	const path = `/payments/${encodeURIComponent(query.get("payment"))}`;
	const { payment, failure } = await read(path, signal);
	// Asked for afterwards, since to read a payment is an event too.
	const { events } = await ask(`${path}/events`, { signal });
	$("payment-title").replaceChildren(foreign(payment.referenceId));
	document.title = `${standingOf(payment).title}: ${unturned(payment.referenceId)}`;
	$("standing").replaceChildren(banner(payment, failure));
	$("facts").replaceChildren(...facts(payment));
	const isResolved = events.some(({ type }) => type === "resolution");
	const actions = actionsOf({ ...payment, isResolved }, path, act);
	$("actions").replaceChildren(...actions);
	$("actions-card").hidden = actions.length === 0;
	$("timeline").replaceChildren(...events.map(entry));
}

/**
 * Reading asks Flinks. Where that fails, what the ledger knows is read again at once: within 30 seconds it does not ask
 * Flinks a second time.
 */
async function read(path, signal) {
	try {
		return { payment: await ask(path, { signal }) };
	} catch (failure) {
		if (![422, 429, 502, 504].includes(failure.status)) throw failure;
		return { payment: await ask(path, { signal }), failure };
	}
}

function banner(payment, failure) {
	const { kind, title, detail } = standingOf(payment);
	const { status, statusDetails } = payment;
	const says = OWN.includes(status) ? [] : ["Flinks says ", foreign(word(status, statusDetails)), ". "];
	return element(
		"div",
		{ className: `banner ${kind}` },
		element("p", { className: "verdict" }, title),
		figures(payment),
		element("p", {}, ...says, detail),
		kind === "unknown" && whatToDo(payment),
		failure && element("p", { className: "stale" }, `Flinks could not be asked just now. ${failure.words}`),
	);
}

function whatToDo({ sessionId }) {
	const by = sessionId === undefined ? "reference id" : "reference id or its session id";
	const steps = [
		"Do not start it again: the payor could pay twice.",
		`Look it up at Flinks by its ${by}, below.`,
		"Then record what you found.",
	];
	return element("ol", { className: "steps" }, ...steps.map((step) => element("li", {}, step)));
}

function facts({ id, referenceId, sessionId, requestId, ...payment }) {
	const { amount, paidAmount, amountDiffers, product, status, statusDetails, delivery, createdAt, readAt } = payment;
	const other = amountDiffers && " CAD: another amount than was asked";
	return [
		["Asked", `${dollars(amount)}${amount === undefined ? " (asked at the bank, or deleted by now)" : " CAD"}`],
		[figureOf(payment), paidAmount && element("span", {}, paidFigure(payment), other || " CAD")],
		["Return code", payment.returnCode && foreign(payment.returnCode)],
		["Flinks advises", payment.returnAdvice],
		["Guarantee", GUARANTEES[payment.guarantee]],
		["Product", PRODUCTS[product]],
		["Status", foreign(word(status, statusDetails))],
		["Merchant told", delivery && element("span", { className: delivery }, DELIVERIES[delivery])],
		["Created", time(createdAt)],
		["Flinks asked", readAt && time(readAt)],
		["Reference id", copyable("reference id", referenceId)],
		["Payment id", copyable("payment id", id)],
		["Session id", sessionId && copyable("session id", sessionId)],
		["Payment request id", requestId && copyable("payment request id", requestId)],
	].flatMap(([name, value]) => (value === undefined ? [] : [element("div", {}, term(name), element("dd", {}, value))]));
}

const term = (name) => element("dt", {}, name);

/** What the API would do for a payment that stands like this. */
function actionsOf(payment, path, act) {
	const { status, funds, paid, final, delivery, guarantee, isResolved } = payment;
	const actions = [];
	if (guarantee === "waiting") {
		const accept = "Flinks then answers for the money.";
		actions.push(action("Accept the guarantee…", accept, "primary", () => act(() => decide(payment, true))));
		const refuse = "You do not want the payment under the guarantee’s terms.";
		actions.push(action("Refuse the guarantee…", refuse, "danger", () => act(() => decide(payment, false))));
	}
	if (status === "unknown") {
		const words = "Once you have looked it up: say whether the payment exists at Flinks.";
		actions.push(action("Record what became of it…", words, "primary", () => act(() => resolve(payment, path))));
	}
	if (isResolved && !paid && status !== "unknown") {
		const words = "What was recorded may have been a mistake. Nothing of it is paid.";
		actions.push(action("Correct what was recorded…", words, "", () => act(() => resolve(payment, path))));
	}
	if (funds === "none" && !final && isAtFlinks(payment)) {
		const words = "The payor can then no longer make it.";
		actions.push(action("Cancel the payment…", words, "danger", () => act(() => cancel(payment, path))));
	}
	if (delivery !== undefined) {
		const run = () => act(() => resend(payment, path));
		actions.push(action("Tell the merchant again…", TOLD[delivery], delivery === "dead" ? "primary" : "", run));
	}
	return actions;
}

function action(label, words, className, run) {
	const button = element("button", { type: "button", className }, label);
	button.addEventListener("click", run);
	return element("li", {}, button, element("span", {}, words));
}

/** Accepts or refuses the guarantee that waits. */
export async function decide(payment, accepted) {
	const path = `/payments/${encodeURIComponent(payment.id)}/guarantee`;
	const after = await confirm($(accepted ? "accept" : "refuse"), payment, path, () => ({ accepted }));
	return (
		after && ["Done: the guarantee of ", foreign(payment.referenceId), ` is ${accepted ? "accepted" : "refused"}.`]
	);
}

async function cancel(payment, path) {
	const after = await confirm($("cancel"), payment, `${path}/cancel`);
	return after && ["Done: ", foreign(payment.referenceId), " is now ", foreign(word(after.status)), "."];
}

async function resend(payment, path) {
	const after = await confirm($("resend"), payment, `${path}/resend`);
	return after && ["Done: the merchant is told of ", foreign(payment.referenceId), " again."];
}

async function resolve(payment, path) {
	const form = $("resolve").querySelector("form");
	const { requestId, sessionId } = form.elements;
	// v1 goes by the payment request, v2 by the session.
	const needed = payment.product === "interac" ? requestId : sessionId;
	form.reset();
	sessionId.value = payment.sessionId ?? "";
	requestId.closest("label").hidden = payment.product !== "interac";
	form.querySelector(".again").hidden = !payment.isResolved || payment.status === "unknown";
	for (const input of [requestId, sessionId]) input.required = input === needed;
	const showIds = () => {
		form.querySelector(".ids").hidden = form.elements.outcome.value !== "created";
	};
	form.onchange = showIds;
	showIds();
	const after = await confirm($("resolve"), payment, `${path}/resolution`, (error) => {
		const outcome = form.elements.outcome.value;
		if (outcome === "") return missing(error, form.elements.outcome[0], "Choose what you found.");
		if (outcome !== "created") return { outcome };
		const ids = { requestId: requestId.value.trim(), sessionId: sessionId.value.trim() };
		if (ids[needed.name] === "") return missing(error, needed, "The id that Flinks has for it is needed.");
		return { outcome, ...Object.fromEntries(Object.entries(ids).filter(([, value]) => value !== "")) };
	});
	const found = { not_created: "does not exist", unknown: "is unknown again" }[after?.status] ?? "exists";
	return after && ["Recorded: ", foreign(payment.referenceId), ` ${found}.`];
}

function missing(error, input, words) {
	error.textContent = words;
	input.focus();
	return undefined;
}

function entry({ at, ...event }) {
	const { title, details, mood, next } = describe(event);
	const more = element("span", { className: "details" }, details.join(" · "));
	const later = Date.parse(next) > Date.now() && element("span", { className: "details" }, "next try ", time(next));
	return element("li", { className: mood }, element("span", { className: "event" }, title), time(at), more, later);
}
