// The list of payments: those that need attention, then a page of the table.

import { callApi } from "./api.js";
import { CASES, MOST, section, titleOf } from "./attention.js";
import { $, badge, element, isolated, paidAmountElement, paymentLink, time } from "./dom.js";
import { DELIVERIES, FUNDS, formatAmount, OWN_STATUSES, PRODUCTS, startOfDay, statusText } from "./labels.js";

const ROWS = 25;
const GAPS = "Some payments are missing here: part of the ledger did not answer. Load the page again.";
const filters = $("filters");

for (const [funds, text] of Object.entries(FUNDS)) {
	filters.elements.funds.append(element("option", { value: funds }, text));
}
filters.addEventListener("submit", (event) => {
	event.preventDefault();
	location.hash = new URLSearchParams(chosen());
});
filters.querySelector("a").addEventListener("click", () => filters.reset());

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
	const calm = element(
		"p",
		{ className: "calm" },
		"Nothing needs attention, and no message to the merchant was given up.",
	);
	if (hasGaps) attention.unshift(gaps);
	$("attention").replaceChildren(...(attention.length > 0 ? attention : [calm]));
	$("rows").replaceChildren(...page.payments.map(row));
	$("caption").textContent = captionOf(page, cursor);
	$("pages").replaceChildren(...pages(page, cursor));
	// The suggestions for the filter: the Worker's own words, and Flinks' words on this page.
	const statuses = new Set([...OWN_STATUSES, ...page.payments.map(({ status }) => status)]);
	$("statuses").replaceChildren(...[...statuses].map((value) => element("option", { value })));
	document.title = titleOf(found);
}

function list(parameters, signal) {
	return callApi(`/payments?${new URLSearchParams(parameters)}`, { signal });
}

/** Sets the form to the filter of the address. */
function choose(query) {
	const { from, to } = filters.elements;
	for (const field of filters.querySelectorAll("input, select")) field.value = query.get(field.name) ?? "";
	const wrong = [from, to].filter((day) => day.value !== (query.get(day.name) ?? "") || !day.checkValidity());
	for (const day of [from, to]) day.ariaInvalid = String(wrong.includes(day));
	for (const day of wrong) day.value = "";
	$("day-error").textContent = wrong.length > 0 ? "The day is ignored: it must be in the years from 2000 to 9999." : "";
}

/** The filter of the form, without empty fields. */
function chosen() {
	return Object.fromEntries(
		[...new FormData(filters)].flatMap(([name, value]) => (value.trim() === "" ? [] : [[name, value.trim()]])),
	);
}

/** The filter for the API. A day is the operator's: from its start to the start of the next one. */
function search() {
	const { from, to, ...rest } = chosen();
	return { ...rest, ...(from ? { from: startOfDay(from) } : {}), ...(to ? { to: startOfDay(to, 1) } : {}) };
}

function row(payment) {
	const { id, referenceId, amount, status, statusDetails, delivery, product, createdAt } = payment;
	const delivered = delivery === undefined ? "—" : DELIVERIES[delivery];
	return element(
		"tr",
		{},
		element("th", { scope: "row" }, element("a", { href: paymentLink(id) }, isolated(referenceId))),
		element("td", { className: "number asked" }, formatAmount(amount)),
		element(
			"td",
			{ className: payment.paid ? "number figure" : "number none" },
			payment.paid ? paidAmountElement(payment) : "—",
		),
		element("td", { className: "state" }, badge(payment)),
		element("td", { className: "status" }, isolated(statusText(status, statusDetails))),
		element("td", { className: `delivery ${delivery}` }, delivered),
		element("td", { className: "product" }, PRODUCTS[product]),
		element("td", {}, time(createdAt)),
	);
}

function captionOf({ payments, next, missing }, cursor) {
	if (missing) return `${payments.length} payments, and those that are missing`;
	const isFiltered = Object.keys(chosen()).length > 0;
	if (payments.length === 0) return isFiltered || cursor ? "No payment matches." : "There is no payment yet.";
	const what = isFiltered ? "matching payments" : "payments";
	if (payments.length === 1 && !cursor && !next) return isFiltered ? "One payment matches" : "There is one payment";
	if (cursor) return `${payments.length} older ${what}${next ? "" : ", the last"}, the newest first`;
	return next ? `The newest ${payments.length} ${what}` : `All ${payments.length} ${what}, the newest first`;
}

/** Links to other pages. Cursors only go forwards; the browser's own button goes back. */
function pages({ next }, cursor) {
	const link = (text, query) => element("a", { className: "button", href: `#${new URLSearchParams(query)}` }, text);
	return [cursor && link("Newest", chosen()), next && link("Older", { ...chosen(), cursor: next })].filter(Boolean);
}
