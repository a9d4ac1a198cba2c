// The buyer's page. The launcher starts the payment and shows the bank's page; the Worker alone says whether it is paid.
import { launch, resume } from "/launcher.js";

const WAITING = "Waiting for your bank";
const ENDINGS = {
	Cancelled: "You cancelled the payment. Nothing was charged.",
	Canceled: "You cancelled the payment. Nothing was charged.",
	Expired: "The payment was not made in time. Nothing was charged.",
	Declined: "The payment was declined at your bank. Nothing was charged.",
	Failed: "The payment failed: the name may not match the account. Nothing was charged.",
};

const $ = (id) => document.getElementById(id);
const form = $("checkout");
const redirect = new URLSearchParams(location.search).get("mode") === "redirect";
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
	payment.addEventListener("status", ({ detail: { status, paid, final } }) => {
		if (paid || final) payment.close();
		const word = foreign(status);
		const ended = Object.hasOwn(ENDINGS, status) ? [ENDINGS[status]] : ["The payment has ended: ", word, "."];
		if (paid) say("paid", "Paid", "Thank you. Your bank has accepted the payment (", word, ").");
		else if (final) say("unpaid", "Not paid", ...ended);
		else $("detail").replaceChildren("The payment is not confirmed yet (", word, "). We keep checking.");
		$("again").hidden = paid || !final;
	});
	payment.addEventListener("problem", ({ detail: { code } }) => {
		// A page may read its payment for a day.
		$("detail").textContent =
			code === "unauthorized"
				? "This page cannot check your payment any more. We will write to you; do not pay twice."
				: "We could not check your payment just now. We will ask again; do not pay twice.";
	});
	$("order").replaceChildren(foreign(payment.referenceId));
	const answer = await fetch(`/orders/${payment.referenceId}`).catch(() => {});
	if (!answer?.ok) return;
	const { tea, amount } = await answer.json();
	$("tea").textContent = tea;
	$("amount").textContent = `$${amount} CAD`;
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

// The page was loaded anew on the way, by the back button for example.
const payment = resume();
if (payment) {
	follow(payment);
	payment.status().catch(() => {});
}
