// The pieces that both views are built of. Text goes in as text: nothing here reads markup.

import { ask } from "./api.js";
import { ago, dollars, figureOf, moment, standingOf } from "./words.js";

export const $ = (id) => document.getElementById(id);

/** An element with its properties, attributes where a name has a hyphen, and its children. */
export function element(name, properties = {}, ...children) {
	const made = document.createElement(name);
	for (const [property, value] of Object.entries(properties)) {
		if (property.includes("-")) made.setAttribute(property, value);
		else made[property] = value;
	}
	made.append(...children.filter((child) => child !== undefined && child !== false));
	return made;
}

/** Text that others chose, within text of ours: whatever its direction, what stands around it keeps its own. */
export function foreign(text) {
	return element("bdi", {}, text);
}

/** Says aloud, and on the page, what has been done. */
export function say(...words) {
	$("said").replaceChildren(...words);
}

/** The moment, and how long ago that is; `refreshTimes` keeps the latter right. */
export function time(at) {
	const past = element("span", { className: "ago", textContent: ago(at) });
	return element("time", { dateTime: at }, element("span", { textContent: moment(at) }), " · ", past);
}

/** Brings every "minutes ago" of the page up to date. */
export function refreshTimes() {
	for (const one of document.querySelectorAll("time")) one.querySelector(".ago").textContent = ago(one.dateTime);
}

/** Paid, not paid, returned, or nobody knows: by its words, its sign and its colour. */
export function badge(payment) {
	const { kind, title } = standingOf(payment);
	return element("span", { className: `badge ${kind}` }, title);
}

/** An id with a button that copies it. */
export function copyable(name, value) {
	return element("span", {}, element("code", {}, foreign(value)), " ", copyButton(name, value));
}

/** Puts a value on the clipboard. */
export function copyButton(name, value) {
	const button = element("button", { type: "button", className: "copy", "aria-label": `Copy the ${name}` }, "Copy");
	button.addEventListener("click", async () => {
		try {
			await navigator.clipboard.writeText(value);
			say(`The ${name} is copied.`);
		} catch {
			say(`The browser does not let this page copy. Mark the ${name} and copy it yourself.`);
		}
	});
	return button;
}

/** What Flinks says is paid, marked where it is another amount than was asked. */
export function paidFigure({ paidAmount, amountDiffers }) {
	return element("span", { className: amountDiffers ? "other" : "" }, dollars(paidAmount));
}

/** What was asked and, once there is one, Flinks' figure: two amounts, each by its name. */
export function figures(payment) {
	const asked = element("span", {}, "Asked ", element("b", {}, dollars(payment.amount)));
	const told = element("span", {}, `${figureOf(payment)} `, element("b", {}, paidFigure(payment)));
	return element("span", { className: "figures" }, asked, payment.paidAmount !== undefined && told);
}

export const paymentLink = (id) => `#payment=${encodeURIComponent(id)}`;

/**
 * Asks in a dialog, and does it when that is confirmed. `read` gives the request's body, or undefined after it has said
 * what is missing. Settles with the API's answer, or with undefined where the operator left it; rejects where the key is
 * refused. Any other failure is told in the dialog.
 */
export function confirm(dialog, { referenceId }, path, read = () => null) {
	const form = dialog.querySelector("form");
	const error = dialog.querySelector(".error");
	let isBusy = false;
	dialog.querySelector(".of").replaceChildren(foreign(referenceId));
	error.textContent = "";
	return new Promise((resolve, reject) => {
		form.onsubmit = async (event) => {
			event.preventDefault();
			error.textContent = "";
			// One press, one request.
			const body = isBusy ? undefined : read(error);
			if (body === undefined) return;
			setBusy(true);
			try {
				resolve(await ask(path, { body }));
				dialog.close();
			} catch (problem) {
				if (dialog.open && problem.status !== 401) {
					error.textContent = problem.words;
					return;
				}
				reject(problem);
				dialog.close();
			} finally {
				setBusy(false);
			}
		};
		// Nobody leaves while it is under way, and takes it for undone. A browser closes a dialog all the same where Escape is
		// pressed again; then what has become of it is told on the page.
		dialog.querySelector(".leave").onclick = () => {
			if (!isBusy) dialog.close();
		};
		dialog.oncancel = (event) => {
			if (isBusy) event.preventDefault();
		};
		dialog.onclose = () => {
			if (!isBusy) resolve(undefined);
		};
		dialog.showModal();
	});

	function setBusy(now) {
		isBusy = now;
		form.ariaBusy = String(now);
	}
}
