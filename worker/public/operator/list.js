// All payments: what needs somebody on top, then a page of the table.

import { ask } from "./api.js";
import { $, badge, copyable, copyButton, dollars, element, foreign, paymentLink, time } from "./page.js";
import { DELIVERIES, PRODUCTS, STATUSES, startOf, word } from "./words.js";

const ROWS = 25;
const CASES = 5;
const MOST = 100;
const filters = $("filters");

for (const [label, words] of Object.entries(STATUSES)) {
	const options = words.map((status) => element("option", {}, status));
	filters.elements.status.append(element("optgroup", { label }, ...options));
}
filters.addEventListener("submit", (event) => {
	event.preventDefault();
	location.hash = new URLSearchParams(chosen());
});
filters.querySelector("a").addEventListener("click", () => filters.reset());

/** Fills the view with what the address asks for. */
export async function showList(query, signal) {
	choose(query);
	const cursor = query.get("cursor");
	const [page, unknown, dead] = await Promise.all([
		list({ ...search(), limit: ROWS, ...(cursor ? { cursor } : {}) }, signal),
		list({ status: "unknown", limit: MOST }, signal),
		list({ delivery: "dead", limit: MOST }, signal),
	]);
	const attention = [unknownCases(unknown), deadCases(dead)].filter(Boolean);
	const calm = element("p", { className: "calm" }, "Nothing is unknown, and no webhook to the merchant was given up.");
	$("attention").replaceChildren(...(attention.length > 0 ? attention : [calm]));
	$("rows").replaceChildren(...page.payments.map(row));
	$("caption").textContent = captionOf(page, cursor);
	$("pages").replaceChildren(...pages(page, cursor));
	const count = unknown.payments.length;
	document.title = count > 0 ? `(${countOf(unknown)} unknown) Payments` : "Payments";
}

function list(parameters, signal) {
	return ask(`/payments?${new URLSearchParams(parameters)}`, { signal });
}

/** Brings the form to what the address says. A word that no document knows can be filtered by too. */
function choose(query) {
	const { status, from, to, delivery } = filters.elements;
	const asked = query.get("status") ?? "";
	if (![...status.options].some(({ value }) => value === asked)) status.append(element("option", {}, asked));
	status.value = asked;
	from.value = query.get("from") ?? "";
	to.value = query.get("to") ?? "";
	delivery.value = query.get("delivery") ?? "";
	const wrong = [from, to].filter((day) => day.value !== (query.get(day.name) ?? "") || !day.checkValidity());
	for (const day of [from, to]) day.ariaInvalid = String(wrong.includes(day));
	for (const day of wrong) day.value = "";
	$("day-error").textContent = wrong.length > 0 ? "A day is of the years from 2000 to 9999. It is left out." : "";
}

/** What the form says, without what it leaves open. */
function chosen() {
	return Object.fromEntries([...new FormData(filters)].filter(([, value]) => value !== ""));
}

/** The same for the API: days are those of the operator, from their start up to the next one's. */
function search() {
	const { from, to, ...rest } = chosen();
	return { ...rest, ...(from ? { from: startOf(from) } : {}), ...(to ? { to: startOf(to, 1) } : {}) };
}

function row(payment) {
	const { id, referenceId, amount, status, statusDetails, delivery, product, createdAt } = payment;
	const told = delivery === undefined ? "—" : DELIVERIES[delivery];
	return element(
		"tr",
		{},
		element("th", { scope: "row" }, element("a", { href: paymentLink(id) }, foreign(referenceId))),
		element("td", { className: "number" }, dollars(amount)),
		element("td", {}, badge(payment)),
		element("td", { className: "status" }, foreign(word(status, statusDetails))),
		element("td", { className: `told ${delivery}` }, told),
		element("td", { className: "product" }, PRODUCTS[product]),
		element("td", {}, time(createdAt)),
	);
}

function captionOf({ payments, next }, cursor) {
	const isFiltered = Object.keys(chosen()).length > 0;
	if (payments.length === 0) return isFiltered || cursor ? "No payment is like this." : "There is no payment yet.";
	const what = isFiltered ? "payments like this" : "payments";
	if (cursor) return `${payments.length} older ${what}${next ? "" : ", the last"}, the newest first`;
	return next ? `The newest ${payments.length} ${what}` : `All ${payments.length} ${what}, the newest first`;
}

/** There is no way back by cursor but the browser's own. */
function pages({ next }, cursor) {
	const link = (text, query) => element("a", { className: "button", href: `#${new URLSearchParams(query)}` }, text);
	return [cursor && link("Newest", chosen()), next && link("Older", { ...chosen(), cursor: next })].filter(Boolean);
}

const countOf = ({ payments, next }) => (next ? `${payments.length}+` : String(payments.length));

function unknownCases(found) {
	return cases("unknown", found, {
		title: "Nobody knows whether these payments exist",
		steps: [
			"Start none of them again: the payor could pay twice.",
			"Look each one up at Flinks, by its reference id, or by its session id where it has one.",
			"Open it here, and record what you found.",
		],
		all: "#status=unknown",
		about: ({ sessionId }) => [
			sessionId ? copyable("session id", sessionId) : element("span", { className: "note" }, "no session id"),
		],
	});
}

function deadCases(found) {
	return cases("dead", found, {
		title: "The merchant’s systems were not told of these",
		steps: ["See that the merchant’s endpoint answers with a 2xx again.", "Open each payment, and have it sent again."],
		all: "#delivery=dead",
		about: (payment) => [badge(payment), element("span", {}, foreign(word(payment.status)))],
	});
}

/** What needs somebody: how much of it there is, what to do, and the newest few. */
function cases(kind, found, { title, steps, all, about }) {
	const { payments, next } = found;
	if (payments.length === 0) return undefined;
	const count = element("span", { className: "count" }, countOf(found));
	const items = payments
		.slice(0, CASES)
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
				element("span", { className: "number" }, dollars(payment.amount)),
				...about(payment),
				time(payment.createdAt),
			),
		);
	const more =
		payments.length > CASES || next ? element("a", { href: all }, `All ${countOf(found)} of them`) : undefined;
	return element(
		"section",
		{ className: `card attention ${kind}`, "aria-labelledby": `${kind}-title` },
		element("h2", { id: `${kind}-title` }, count, " ", title),
		element("ol", { className: "steps" }, ...steps.map((step) => element("li", {}, step))),
		element("ul", { className: "cases" }, ...items),
		more,
	);
}
