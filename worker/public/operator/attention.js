// The payments that need attention, on top of the list.

import { amountElements, badge, copyable, copyButton, element, isolated, paymentLink, time } from "./dom.js";
import { MISMATCHES, statusText, withoutBidi } from "./labels.js";
import { decide } from "./payment.js";

/** How many payments of each case are counted. */
export const MOST = 100;
const NEWEST = 5;

/**
 * The cases: the search that finds their payments, what to do, and what to show of each payment. `short` is for cases
 * that end once somebody acted.
 */
export const CASES = [
	{
		kind: "returned",
		title: "The money of these payments was returned",
		steps: [
			"Send no goods for them, and ask for goods back that were sent.",
			"See that your books have taken back what they credited.",
			"Follow the advice for the return code.",
		],
		search: { funds: "returned" },
		about: ({ returnCode, returnAdvice }) => [
			returnCode && element("span", {}, "code ", element("code", {}, isolated(returnCode))),
			element("span", { className: "note" }, returnAdvice ?? "Flinks has no advice for this code."),
		],
	},
	{
		kind: "mismatch",
		short: "do not match",
		title: "Flinks’ answers do not match these payments",
		steps: [
			"Credit nothing for them, and start none of them again.",
			"Find out at Flinks whose payment each one is, and how much was paid.",
			"It leaves this list once an answer matches.",
		],
		search: { status: "mismatch" },
		about: ({ mismatch }) => [element("span", {}, MISMATCHES[mismatch])],
	},
	{
		kind: "decide",
		short: "to decide",
		title: "A guarantee waits for your decision",
		steps: ["Decide soon: the payment fails when Flinks has waited too long.", "What you decide cannot be taken back."],
		search: { status: "guarantee_waiting" },
		about: (payment, act) => [
			element(
				"span",
				{ className: "actions" },
				...[true, false].map((accepted) => {
					const label = accepted ? "Accept…" : "Refuse…";
					const name = `${accepted ? "Accept" : "Refuse"} the guarantee of ${withoutBidi(payment.referenceId)}`;
					const button = element("button", { type: "button", "aria-label": name }, label);
					button.addEventListener("click", () => act(() => decide(payment, accepted)));
					return button;
				}),
			),
		],
	},
	{
		kind: "unknown",
		short: "unknown",
		title: "It is unknown whether these payments exist",
		steps: [
			"Start none of them again: the payor could pay twice.",
			"Look each one up at Flinks, by its reference id, or by its session id where it has one.",
			"Open it here, and record what you found.",
		],
		search: { status: "unknown" },
		about: ({ sessionId }) => [
			sessionId ? copyable("session id", sessionId) : element("span", { className: "note" }, "no session id"),
		],
	},
	{
		kind: "dead",
		title: "The merchant did not get messages about these",
		steps: ["Make the merchant’s endpoint answer with a 2xx again.", "Open each payment, and have it sent again."],
		search: { delivery: "dead" },
		about: (payment) => [badge(payment), element("span", {}, isolated(statusText(payment.status)))],
	},
];

const countOf = ({ payments, next }) => (next ? `${payments.length}+` : String(payments.length));

/** The section of one case: its count, what to do, and its newest payments. Empty without payments. */
export function section({ kind, title, steps, search, about }, found, act) {
	const { payments, next } = found;
	if (payments.length === 0) return [];
	const items = payments
		.slice(0, NEWEST)
		.map((payment) =>
			element(
				"li",
				{},
				element(
					"span",
					{},
					element("a", { href: paymentLink(payment.id) }, isolated(payment.referenceId)),
					" ",
					copyButton("reference id", payment.referenceId),
				),
				element("span", { className: "number" }, amountElements(payment)),
				element("span", { className: "about" }, ...about(payment, act)),
				time(payment.createdAt),
			),
		);
	const all = element("a", { href: `#${new URLSearchParams(search)}` }, `All ${countOf(found)} of them`);
	const count = element("span", { className: "count" }, countOf(found));
	return [
		element(
			"section",
			{ className: `card attention ${kind}`, "aria-labelledby": `${kind}-title` },
			element("h2", { id: `${kind}-title` }, count, " ", title),
			element("ol", { className: "steps" }, ...steps.map((step) => element("li", {}, step))),
			element("ul", { className: "cases" }, ...items),
			(payments.length > NEWEST || next) && all,
		),
	];
}

/** The title of the tab: how many payments need an action. */
export function titleOf(found) {
	const waiting = CASES.flatMap(({ short }, index) =>
		short && found[index].payments.length > 0 ? [`${countOf(found[index])} ${short}`] : [],
	);
	return waiting.length > 0 ? `(${waiting.join(", ")}) Payments` : "Payments";
}
