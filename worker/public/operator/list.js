// All payments: what needs somebody on top, then a page of the table.

import { ask } from "./api.js";
import { CASES, MOST, section, titleOf } from "./attention.js";
import { $, badge, element, foreign, paidFigure, paymentLink, time } from "./page.js";
import { DELIVERIES, dollars, FUNDS, OWN, PRODUCTS, startOf, word } from "./words.js";

const ROWS = 25;
const GAPS = "Part of the ledger does not answer: its payments are missing here. Load the page again.";
const filters = $("filters");

for (const [funds, words] of Object.entries(FUNDS)) {
	filters.elements.funds.append(element("option", { value: funds }, words));
}
filters.addEventListener("submit", (event) => {
	event.preventDefault();
	location.hash = new URLSearchParams(chosen());
});
filters.querySelector("a").addEventListener("click", () => filters.reset());

/** Fills the view with what the address asks for. */
export async function showList(query, signal, act) {
	choose(query);
	const cursor = query.get("cursor");
	const [page, ...found] = await Promise.all([
		list({ ...search(), limit: ROWS, ...(cursor ? { cursor } : {}) }, signal),
		...CASES.map(({ search }) => list({ ...search, limit: MOST }, signal)),
	]);
	const attention = CASES.flatMap((one, index) => section(one, found[index], act));
	const hasGaps = [page, ...found].some(({ missing }) => missing);
	const gaps = element("p", { className: "calm", role: "alert" }, GAPS);
	const calm = element("p", { className: "calm" }, "Nothing wants you, and no webhook to the merchant was given up.");
	if (hasGaps) attention.unshift(gaps);
	$("attention").replaceChildren(...(attention.length > 0 ? attention : [calm]));
	$("rows").replaceChildren(...page.payments.map(row));
	$("caption").textContent = captionOf(page, cursor);
	$("pages").replaceChildren(...pages(page, cursor));
	// What is there to choose from: our own words, and those of Flinks' that are on this page.
	const words = new Set([...OWN, ...page.payments.map(({ status }) => status)]);
	$("statuses").replaceChildren(...[...words].map((value) => element("option", { value })));
	document.title = titleOf(found);
}

function list(parameters, signal) {
	return ask(`/payments?${new URLSearchParams(parameters)}`, { signal });
}

/** Brings the form to what the address says. */
function choose(query) {
	const { from, to } = filters.elements;
	for (const field of filters.querySelectorAll("input, select")) field.value = query.get(field.name) ?? "";
	const wrong = [from, to].filter((day) => day.value !== (query.get(day.name) ?? "") || !day.checkValidity());
	for (const day of [from, to]) day.ariaInvalid = String(wrong.includes(day));
	for (const day of wrong) day.value = "";
	$("day-error").textContent = wrong.length > 0 ? "A day is of the years from 2000 to 9999. It is left out." : "";
}

/** What the form says, without what it leaves open. */
function chosen() {
	return Object.fromEntries(
		[...new FormData(filters)].flatMap(([name, value]) => (value.trim() === "" ? [] : [[name, value.trim()]])),
	);
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
		element("td", { className: "number asked" }, dollars(amount)),
		element(
			"td",
			{ className: payment.paid ? "number figure" : "number none" },
			payment.paid ? paidFigure(payment) : "—",
		),
		element("td", { className: "standing" }, badge(payment)),
		element("td", { className: "status" }, foreign(word(status, statusDetails))),
		element("td", { className: `told ${delivery}` }, told),
		element("td", { className: "product" }, PRODUCTS[product]),
		element("td", {}, time(createdAt)),
	);
}

function captionOf({ payments, next, missing }, cursor) {
	if (missing) return `${payments.length} payments, and those that are missing`;
	const isFiltered = Object.keys(chosen()).length > 0;
	if (payments.length === 0) return isFiltered || cursor ? "No payment is like this." : "There is no payment yet.";
	const what = isFiltered ? "payments like this" : "payments";
	if (payments.length === 1 && !cursor && !next)
		return isFiltered ? "One payment is like this" : "There is one payment";
	if (cursor) return `${payments.length} older ${what}${next ? "" : ", the last"}, the newest first`;
	return next ? `The newest ${payments.length} ${what}` : `All ${payments.length} ${what}, the newest first`;
}

/** There is no way back by cursor but the browser's own. */
function pages({ next }, cursor) {
	const link = (text, query) => element("a", { className: "button", href: `#${new URLSearchParams(query)}` }, text);
	return [cursor && link("Newest", chosen()), next && link("Older", { ...chosen(), cursor: next })].filter(Boolean);
}
