// The elements that both views use. Text is inserted as text: nothing here parses markup.

import { callApi } from "./api.js";
import { ago, amountLabel, formatAmount, formatTime, stateOf } from "./labels.js";

export const $ = (id) => document.getElementById(id);

/** Makes an element with properties (attributes where the name has a hyphen) and children. */
export function element(name, properties = {}, ...children) {
	const made = document.createElement(name);
	for (const [property, value] of Object.entries(properties)) {
		if (property.includes("-")) made.setAttribute(property, value);
		else made[property] = value;
	}
	made.append(...children.filter((child) => child !== undefined && child !== false));
	return made;
}

/** Text from outside, isolated so that its direction does not change the text around it. */
export function isolated(text) {
	return element("bdi", {}, text);
}

/** Announces what was done, on the page and to screen readers. */
export function announce(...text) {
	$("announcement").replaceChildren(...text);
}

/** A time, and how long ago it is. `refreshTimes` updates the latter. */
export function time(at) {
	const past = element("span", { className: "ago", textContent: ago(at) });
	return element("time", { dateTime: at }, element("span", { textContent: formatTime(at) }), " · ", past);
}

export function refreshTimes() {
	for (const one of document.querySelectorAll("time")) one.querySelector(".ago").textContent = ago(one.dateTime);
}

/** The state of a payment, by a word, a sign and a colour. */
export function badge(payment) {
	const { kind, title } = stateOf(payment);
	return element("span", { className: `badge ${kind}` }, title);
}

export function copyable(name, value) {
	return element("span", {}, element("code", {}, isolated(value)), " ", copyButton(name, value));
}

export function copyButton(name, value) {
	const button = element("button", { type: "button", className: "copy", "aria-label": `Copy the ${name}` }, "Copy");
	button.addEventListener("click", async () => {
		try {
			await navigator.clipboard.writeText(value);
			announce(`The ${name} is copied.`);
		} catch {
			announce(`The browser does not let this page copy. Select the ${name} and copy it yourself.`);
		}
	});
	return button;
}

/** The paid amount, marked where it differs from the requested one. */
export function paidAmountElement({ paidAmount, amountDiffers }) {
	return element("span", { className: amountDiffers ? "other" : "" }, formatAmount(paidAmount));
}

/** The requested amount and, once there is one, Flinks' figure, each with its name. */
export function amountElements(payment) {
	const requested = element("span", {}, "Requested ", element("b", {}, formatAmount(payment.amount)));
	const figure = element("span", {}, `${amountLabel(payment)} `, element("b", {}, paidAmountElement(payment)));
	return element("span", { className: "figures" }, requested, payment.paidAmount !== undefined && figure);
}

export const paymentLink = (id) => `#payment=${encodeURIComponent(id)}`;

/**
 * Asks for confirmation in a dialog, and then calls the API. `read` gives the body of the request, or undefined after it
 * has shown what is missing. Resolves with the API's answer, or with undefined where the operator left the dialog;
 * rejects where the key is refused. Any other failure is shown in the dialog.
 */
export function confirm(dialog, { referenceId }, path, read = () => null) {
	const form = dialog.querySelector("form");
	const error = dialog.querySelector(".error");
	let isBusy = false;
	dialog.querySelector(".of").replaceChildren(isolated(referenceId));
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
				resolve(await callApi(path, { body }));
				dialog.close();
			} catch (problem) {
				if (dialog.open && problem.status !== 401) {
					error.textContent = problem.text;
					return;
				}
				reject(problem);
				dialog.close();
			} finally {
				setBusy(false);
			}
		};
		// The dialog stays open during the call, so that nobody takes the action for undone. A browser closes it all the
		// same when Escape is pressed again; then the page shows the result.
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
