// What needs somebody, on top of the list.

import { badge, copyable, copyButton, element, figures, foreign, paymentLink, time } from "./page.js";
import { decide } from "./payment.js";
import { MISMATCHES, unturned, word } from "./words.js";

/** How many of each are counted. */
export const MOST = 100;
const NEWEST = 5;

/** What wants somebody: how to find it, what to do, and what to say of each. `short` is for what goes once it is done. */
export const CASES = [
	{
		kind: "returned",
		title: "The money of these payments was returned",
		steps: [
			"Send nothing for them, and ask for the goods back where they have left.",
			"See that your books have taken back what they credited.",
			"Do what is advised for the return code, as far as it fits.",
		],
		search: { funds: "returned" },
		about: ({ returnCode, returnAdvice }) => [
			returnCode && element("span", {}, "code ", element("code", {}, foreign(returnCode))),
			element("span", { className: "note" }, returnAdvice ?? "No code that Flinks has advice for."),
		],
	},
	{
		kind: "mismatch",
		short: "do not fit",
		title: "Flinks’ answers do not fit these payments",
		steps: [
			"Credit nothing by them, and start none of them again.",
			"Find out at Flinks whose payment it is, and how much was paid.",
			"It goes from here once an answer names what is right.",
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
					const name = `${accepted ? "Accept" : "Refuse"} the guarantee of ${unturned(payment.referenceId)}`;
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
		title: "Nobody knows whether these payments exist",
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
		title: "The merchant’s systems were not told of these",
		steps: ["See that the merchant’s endpoint answers with a 2xx again.", "Open each payment, and have it sent again."],
		search: { delivery: "dead" },
		about: (payment) => [badge(payment), element("span", {}, foreign(word(payment.status)))],
	},
];

const countOf = ({ payments, next }) => (next ? `${payments.length}+` : String(payments.length));

/** One of them: how many there are, what to do, and the newest few; or nothing. */
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
					element("a", { href: paymentLink(payment.id) }, foreign(payment.referenceId)),
					" ",
					copyButton("reference id", payment.referenceId),
				),
				element("span", { className: "number" }, figures(payment)),
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

/** The tab's title: how much waits for somebody. */
export function titleOf(found) {
	const waiting = CASES.flatMap(({ short }, index) =>
		short && found[index].payments.length > 0 ? [`${countOf(found[index])} ${short}`] : [],
	);
	return waiting.length > 0 ? `(${waiting.join(", ")}) Payments` : "Payments";
}
