// One payment: its state, its ids, what can be done, and its timeline.

import { callApi } from "./api.js";
import { $, amountElements, confirm, copyable, element, isolated, paidAmountElement, time } from "./dom.js";
import {
	amountLabel,
	DELIVERIES,
	describeEvent,
	existsAtFlinks,
	formatAmount,
	OWN_STATUSES,
	PRODUCTS,
	stateOf,
	statusText,
	withoutBidi,
} from "./labels.js";

const GUARANTEES = { waiting: "Waits for your decision", accepted: "Accepted", refused: "Refused" };

const DELIVERY_NOTES = {
	dead: "The endpoint has not taken a message for three days. No more attempts are made.",
	pending: "A message is waiting. Its next attempt is made now.",
	delivered: "The endpoint has taken all messages. It is sent the present state once more.",
};

export async function showPayment(query, signal, act) {
	const path = `/payments/${encodeURIComponent(query.get("payment"))}`;
	const { payment, failure } = await read(path, signal);
	// Read afterwards, since reading the payment may add events.
	const { events } = await callApi(`${path}/events`, { signal });
	$("payment-title").replaceChildren(isolated(payment.referenceId));
	document.title = `${stateOf(payment).title}: ${withoutBidi(payment.referenceId)}`;
	$("state").replaceChildren(banner(payment, failure));
	$("facts").replaceChildren(...facts(payment));
	const isResolved = events.some(({ type }) => type === "resolution");
	const actions = actionsOf({ ...payment, isResolved }, path, act);
	$("actions").replaceChildren(...actions);
	$("actions-card").hidden = actions.length === 0;
	$("timeline").replaceChildren(...events.map(entry));
}

/**
 * Reads the payment, which reads the status at Flinks. Where that fails, a second call gives what the ledger knows:
 * within 30 seconds it does not ask Flinks again.
 */
async function read(path, signal) {
	try {
		return { payment: await callApi(path, { signal }) };
	} catch (failure) {
		if (![422, 429, 502, 504].includes(failure.status)) throw failure;
		return { payment: await callApi(path, { signal }), failure };
	}
}

function banner(payment, failure) {
	const { kind, title, detail } = stateOf(payment);
	const { status, statusDetails } = payment;
	const says = OWN_STATUSES.includes(status) ? [] : ["Flinks says ", isolated(statusText(status, statusDetails)), ". "];
	return element(
		"div",
		{ className: `banner ${kind}` },
		element("p", { className: "verdict" }, title),
		amountElements(payment),
		element("p", {}, ...says, detail),
		kind === "unknown" && whatToDo(payment),
		failure && element("p", { className: "stale" }, `The status could not be read at Flinks just now. ${failure.text}`),
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
	const other = amountDiffers && " CAD: another amount than was requested";
	return [
		["Requested", `${formatAmount(amount)}${amount === undefined ? " (chosen by the payor, or deleted)" : " CAD"}`],
		[amountLabel(payment), paidAmount && element("span", {}, paidAmountElement(payment), other || " CAD")],
		["Return code", payment.returnCode && isolated(payment.returnCode)],
		["Flinks advises", payment.returnAdvice],
		["Guarantee", GUARANTEES[payment.guarantee]],
		["Product", PRODUCTS[product]],
		["Status", isolated(statusText(status, statusDetails))],
		["Delivered to merchant", delivery && element("span", { className: delivery }, DELIVERIES[delivery])],
		["Created", time(createdAt)],
		["Last read at Flinks", readAt && time(readAt)],
		["Reference id", copyable("reference id", referenceId)],
		["Payment id", copyable("payment id", id)],
		["Session id", sessionId && copyable("session id", sessionId)],
		["Payment request id", requestId && copyable("payment request id", requestId)],
	].flatMap(([name, value]) => (value === undefined ? [] : [element("div", {}, term(name), element("dd", {}, value))]));
}

const term = (name) => element("dt", {}, name);

/** The actions that the API allows in the payment's state. */
function actionsOf(payment, path, act) {
	const { status, funds, paid, final, delivery, guarantee, isResolved } = payment;
	const actions = [];
	if (guarantee === "waiting") {
		const accept = "Flinks then guarantees the money.";
		actions.push(action("Accept the guarantee…", accept, "primary", () => act(() => decide(payment, true))));
		const refuse = "You do not want the payment on the guarantee’s terms.";
		actions.push(action("Refuse the guarantee…", refuse, "danger", () => act(() => decide(payment, false))));
	}
	if (status === "unknown") {
		const note = "Look it up at Flinks first. Then say whether the payment exists.";
		actions.push(action("Record what became of it…", note, "primary", () => act(() => resolve(payment, path))));
	}
	if (isResolved && !paid && status !== "unknown") {
		const note = "For a mistake in what was recorded. The payment is not paid.";
		actions.push(action("Correct what was recorded…", note, "", () => act(() => resolve(payment, path))));
	}
	if (funds === "none" && !final && existsAtFlinks(payment)) {
		const note = "The payor can then no longer pay.";
		actions.push(action("Cancel the payment…", note, "danger", () => act(() => cancel(payment, path))));
	}
	if (delivery !== undefined) {
		const run = () => act(() => resend(payment, path));
		actions.push(
			action("Send to the merchant again…", DELIVERY_NOTES[delivery], delivery === "dead" ? "primary" : "", run),
		);
	}
	return actions;
}

function action(label, note, className, run) {
	const button = element("button", { type: "button", className }, label);
	button.addEventListener("click", run);
	return element("li", {}, button, element("span", {}, note));
}

export async function decide(payment, accepted) {
	const path = `/payments/${encodeURIComponent(payment.id)}/guarantee`;
	const after = await confirm($(accepted ? "accept" : "refuse"), payment, path, () => ({ accepted }));
	return (
		after && ["Done: the guarantee of ", isolated(payment.referenceId), ` is ${accepted ? "accepted" : "refused"}.`]
	);
}

async function cancel(payment, path) {
	const after = await confirm($("cancel"), payment, `${path}/cancel`);
	return after && ["Done: ", isolated(payment.referenceId), " is now ", isolated(statusText(after.status)), "."];
}

async function resend(payment, path) {
	const after = await confirm($("resend"), payment, `${path}/resend`);
	return after && ["Done: the merchant is sent the messages about ", isolated(payment.referenceId), " again."];
}

async function resolve(payment, path) {
	const form = $("resolve").querySelector("form");
	const { requestId, sessionId } = form.elements;
	// v1 needs the payment request, v2 the session.
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
		if (outcome === "") return showMissing(error, form.elements.outcome[0], "Choose what you found.");
		if (outcome !== "created") return { outcome };
		const ids = { requestId: requestId.value.trim(), sessionId: sessionId.value.trim() };
		if (ids[needed.name] === "") return showMissing(error, needed, "The id that Flinks has for it is needed.");
		return { outcome, ...Object.fromEntries(Object.entries(ids).filter(([, value]) => value !== "")) };
	});
	const found = { not_created: "does not exist", unknown: "is unknown again" }[after?.status] ?? "exists";
	return after && ["Recorded: ", isolated(payment.referenceId), ` ${found}.`];
}

function showMissing(error, input, text) {
	error.textContent = text;
	input.focus();
	return undefined;
}

function entry({ at, ...event }) {
	const { title, details, mood, next } = describeEvent(event);
	const more = element("span", { className: "details" }, details.join(" · "));
	const later = Date.parse(next) > Date.now() && element("span", { className: "details" }, "next try ", time(next));
	return element("li", { className: mood }, element("span", { className: "event" }, title), time(at), more, later);
}
