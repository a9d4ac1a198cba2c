// The buyer's page. The launcher starts the payment and shows the bank's page; the Worker alone says whether it is paid,
// and the shop's book how much has come for the order.
import { launch, resume } from "/launcher.js";

const WAITING = "Waiting for your bank";
const ENDINGS = {
	Cancelled: "You cancelled the payment. Nothing was charged.",
	Canceled: "You cancelled the payment. Nothing was charged.",
	Expired: "The payment was not made in time. Nothing was charged.",
	Declined: "The payment was declined at your bank. Nothing was charged.",
	Failed:
		"The payment did not go through, for instance since the name is not that of the account. Nothing was charged.",
};

/** How an order stands in the shop's book: the looks, the headline and what it means for the buyer. */
const STANDINGS = {
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
	say("waiting", "One moment", "We are asking for your payment.");
	$("headline").focus();
	try {
		follow(await launch({ ...order, container }));
	} catch ({ code, outcome }) {
		if (code === "network" || code === "in_progress") {
			say("waiting", "No connection", "Please try again. It is the same order: you will not pay twice.");
			offer(() => pay(order));
		} else if (outcome === "unknown") {
			say("unpaid", "Please do not pay twice", "We do not know whether your payment was set up. We will write to you.");
		} else {
			say("unpaid", "Not paid", "The payment could not be started, and nothing was charged.");
			$("again").hidden = false;
		}
	}
}

async function follow(payment) {
	say("waiting", WAITING, "Approve the payment with your bank, and come back to this page.");
	if (!document.querySelector("iframe")) offer(() => payment.open(container));
	payment.addEventListener("status", ({ detail }) => tell(payment, detail));
	payment.addEventListener("problem", ({ detail: { code } }) => {
		// A page may read its payment for a day.
		$("detail").textContent =
			code === "unauthorized"
				? "This page cannot check your payment any more. We will write to you; do not pay twice."
				: "We could not check your payment just now. We will ask again; do not pay twice.";
	});
	showOrder(payment.referenceId, await find(payment.referenceId));
}

/** Says what the Worker knows of the payment. */
async function tell(payment, { status, paid, final }) {
	if (paid || final) payment.close();
	const word = foreign(status);
	if (paid) await showBooked(payment.referenceId);
	else if (final) {
		const order = await find(payment.referenceId);
		const ended = Object.hasOwn(ENDINGS, status) ? [ENDINGS[status]] : ["The payment has ended: ", word, "."];
		// What ended after it was paid has moved money, and is not called a payment that was never made.
		if (order?.standing === "returned") say(...STANDINGS.returned(order));
		else say("unpaid", "Not paid", ...ended);
	} else if (status === "guarantee_waiting") {
		say("waiting", "We are looking at your payment", "You need to do nothing. Please do not pay twice.");
	} else $("detail").replaceChildren("The payment is not confirmed yet (", word, "). We keep checking.");
	$("again").hidden = paid || !final;
}

/** Shows what has come for an order that is paid, once the Worker's webhook is in the book: twenty seconds at most. */
async function showBooked(id) {
	say("waiting", "Paid at your bank", "We are writing it into our book. Please do not pay twice.");
	let order = await find(id);
	for (let tries = 0; order?.standing === "open" && tries < 20; tries++) {
		await new Promise((resolve) => setTimeout(resolve, 1000));
		order = await find(id);
	}
	if (order && order.standing !== "open") say(...STANDINGS[order.standing](order));
	showOrder(id, order);
}

/** Shows how an order stands, whenever the buyer looks. */
async function showReceipt(id) {
	const order = await find(id);
	if (order) say(...STANDINGS[order.standing](order));
	else say("waiting", "No such order", "We do not find this order just now.");
	showOrder(id, order);
}

/** The order as the shop has it, or undefined where the shop cannot be asked. */
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

/** Text of others in a sentence of ours: it cannot turn the words around it. */
function foreign(text) {
	const isolated = document.createElement("bdi");
	isolated.textContent = text;
	return isolated;
}

function say(state, headline, ...detail) {
	form.hidden = true;
	$("payment").hidden = false;
	$("open").hidden = true;
	$("summary").dataset.state = state;
	$("headline").textContent = headline;
	$("detail").replaceChildren(...detail);
}

/** Shows the button that goes on to the bank. */
function offer(go) {
	$("open").hidden = false;
	$("open").onclick = () => {
		$("open").hidden = !redirect;
		go();
	};
}

$("again").addEventListener("click", () => location.reload());

// A receipt that the buyer has kept; or the page was loaded anew on the way, by the back button for example.
const kept = query.get("order");
const payment = kept === null ? resume() : undefined;
if (kept !== null) showReceipt(kept);
if (payment) {
	follow(payment);
	payment.status().catch(() => {});
}
