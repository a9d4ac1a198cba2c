// The buyer's page. The launcher starts the payment and shows the bank's page. Only the Worker says whether it is paid, and
// the shop's book how much was received for the order.
import { launch, resume } from "/launcher.js";

const WAITING = "Waiting for your bank";
const ENDINGS = {
	Cancelled: "You cancelled the payment. Nothing was charged.",
	Canceled: "You cancelled the payment. Nothing was charged.",
	Expired: "The payment was not made in time. Nothing was charged.",
	Declined: "The payment was declined at your bank. Nothing was charged.",
	Failed: "The payment failed, for instance because the name is not that of the account. Nothing was charged.",
};

/** The states of an order in the shop's book: the style, the headline and the text for the buyer. */
const STATES = {
	open: () => ["waiting", "Not paid yet", "Load this page again to see how your order stands then."],
	paid: () => ["paid", "Paid", "Thank you. Your bank has accepted the payment."],
	another_amount: ({ received, amount }) => [
		"another",
		"Another amount was paid",
		`We have received $${received}, and the price is $${amount}. We send nothing yet, and will write to you.`,
	],
	returned: () => [
		"unpaid",
		"The payment was returned",
		"Your bank has taken the money back. We send nothing, and will write to you.",
	],
};

const $ = (id) => document.getElementById(id);
const form = $("checkout");
const query = new URLSearchParams(location.search);
const redirect = query.get("mode") === "redirect";
const container = redirect ? undefined : $("frame");

form.addEventListener("submit", async (event) => {
	event.preventDefault();
	const button = form.querySelector("button");
	button.disabled = true;
	$("refusal").textContent = "";
	try {
		const body = JSON.stringify(Object.fromEntries(new FormData(form)));
		const headers = { "Content-Type": "application/json" };
		const answer = await fetch("/orders", { method: "POST", headers, body });
		const order = await answer.json();
		if (!answer.ok) throw new Error(order.message);
		await pay(order);
	} catch {
		$("refusal").textContent = "The shop did not take your order, and nothing was charged. Please try again.";
	}
	button.disabled = false;
});

async function pay(order) {
	show("waiting", "One moment", "We are starting your payment.");
	$("headline").focus();
	try {
		follow(await launch({ ...order, container }));
	} catch ({ code, outcome }) {
		if (code === "network" || code === "in_progress") {
			show("waiting", "No connection", "Please try again. It is the same order: you will not pay twice.");
			showOpenButton(() => pay(order));
		} else if (outcome === "unknown") {
			show("unpaid", "Please do not pay twice", "We do not know whether the payment exists. We will write to you.");
		} else {
			show("unpaid", "Not paid", "The payment could not be started, and nothing was charged.");
			$("again").hidden = false;
		}
	}
}

async function follow(payment) {
	show("waiting", WAITING, "Approve the payment with your bank, and come back to this page.");
	if (!document.querySelector("iframe")) showOpenButton(() => payment.open(container));
	payment.addEventListener("status", ({ detail }) => showStatus(payment, detail));
	payment.addEventListener("problem", ({ detail: { code } }) => {
		// A page can read its payment for a day.
		$("detail").textContent =
			code === "unauthorized"
				? "This page can no longer check your payment. We will write to you; do not pay twice."
				: "We could not check your payment just now. We will ask again; do not pay twice.";
	});
	showOrder(payment.referenceId, await find(payment.referenceId));
}

/** Shows the Worker's status of the payment. */
async function showStatus(payment, { status, paid, final }) {
	if (paid || final) payment.close();
	const word = foreign(status);
	if (paid) await showReceived(payment.referenceId);
	else if (final) {
		const order = await find(payment.referenceId);
		const ended = Object.hasOwn(ENDINGS, status) ? [ENDINGS[status]] : ["The payment has ended: ", word, "."];
		// A payment that was paid and returned is not shown as one that was never paid.
		if (order?.state === "returned") show(...STATES.returned(order));
		else show("unpaid", "Not paid", ...ended);
	} else if (status === "guarantee_waiting") {
		show("waiting", "We are looking at your payment", "You need to do nothing. Please do not pay twice.");
	} else $("detail").replaceChildren("The payment is not confirmed yet (", word, "). We keep checking.");
	$("again").hidden = paid || !final;
}

/** Shows what was received for a paid order, once the Worker's message is in the book; waits for it at most 20 seconds. */
async function showReceived(id) {
	show("waiting", "Paid at your bank", "We are writing it into our book. Please do not pay twice.");
	let order = await find(id);
	for (let tries = 0; order?.state === "open" && tries < 20; tries++) {
		await new Promise((resolve) => setTimeout(resolve, 1000));
		order = await find(id);
	}
	if (order && order.state !== "open") show(...STATES[order.state](order));
	showOrder(id, order);
}

/** Shows the state of an order, also days later. */
async function showReceipt(id) {
	const order = await find(id);
	if (order) show(...STATES[order.state](order));
	else show("waiting", "No such order", "We do not find this order just now.");
	showOrder(id, order);
}

/** The order in the shop's book; undefined if the shop does not answer. */
async function find(id) {
	const answer = await fetch(`/orders/${encodeURIComponent(id)}`).catch(() => {});
	return answer?.ok ? answer.json() : undefined;
}

function showOrder(id, order) {
	const link = Object.assign(document.createElement("a"), { href: `/?${new URLSearchParams({ order: id })}` });
	link.append(foreign(id));
	$("order").replaceChildren(link);
	if (!order) return;
	$("tea").textContent = order.tea;
	$("amount").textContent = `$${order.amount} CAD`;
	$("received").textContent = `$${order.received} CAD`;
}

/** Foreign text within a sentence: it cannot change the direction of the words around it. */
function foreign(text) {
	const isolated = document.createElement("bdi");
	isolated.textContent = text;
	return isolated;
}

function show(state, headline, ...detail) {
	form.hidden = true;
	$("payment").hidden = false;
	$("open").hidden = true;
	$("summary").dataset.state = state;
	$("headline").textContent = headline;
	$("detail").replaceChildren(...detail);
}

/** Shows the button to the bank's page. */
function showOpenButton(open) {
	$("open").hidden = false;
	$("open").onclick = () => {
		$("open").hidden = !redirect;
		open();
	};
}

$("again").addEventListener("click", () => location.reload());

// The buyer opens the link of an order, or the page was loaded again during the payment, by the back button for example.
const orderId = query.get("order");
const payment = orderId === null ? resume() : undefined;
if (orderId !== null) showReceipt(orderId);
if (payment) {
	follow(payment);
	payment.status().catch(() => {});
}
