// The buyer's page. The shop's back end alone says whether an order is paid; the frame's messages only say when to ask.
const POLL_MS = 30_000; // Flinks asks for no more than one question every 30 seconds.
const WAITING = "Waiting for your bank";
const FIELDS = { customerName: "name", customerEmail: "email", amount: "amount" };
const HINTS = {
	name: "Type your name.",
	email: "Type an e-mail address, such as ada@example.com.",
	amount: "Type an amount above zero, such as 12.50.",
};
const ENDINGS = {
	Cancelled: "You cancelled the payment. Nothing was charged.",
	Expired: "The payment was not made in time. Nothing was charged.",
	Declined: "The payment was declined at your bank. Nothing was charged.",
	Failed: "The payment failed: the name may not match the account. Nothing was charged.",
};

const $ = (id) => document.getElementById(id);
const form = $("checkout");
let order; // the one that is being paid: { id, frame, origin, timer }

form.addEventListener("submit", async (event) => {
	event.preventDefault();
	const wrong = ["name", "email", "amount"].filter((name) => !mark(name, form.elements[name].checkValidity()));
	if (wrong.length > 0) return form.elements[wrong[0]].focus();
	const button = form.querySelector("button");
	button.disabled = true; // one press, one order
	$("problem").textContent = "";
	try {
		const answer = await fetch("/orders", {
			method: "POST",
			headers: { "Content-Type": "application/json" },
			body: JSON.stringify(Object.fromEntries(new FormData(form))),
		});
		const body = await answer.json();
		if (answer.ok) return begin(body);
		const field = FIELDS[body.field];
		if (field) {
			mark(field, false);
			form.elements[field].focus();
		} else $("problem").textContent = body.message;
		button.disabled = body.unknown; // nobody pays again while the first request may exist
	} catch {
		$("problem").textContent =
			"We lost the connection and do not know whether your order exists. Please do not pay twice.";
	}
});

form.addEventListener("input", ({ target }) => mark(target.name, true));

function mark(name, valid) {
	form.elements[name].setAttribute("aria-invalid", String(!valid));
	$(`${name}-error`).textContent = valid ? "" : HINTS[name];
	return valid;
}

function begin({ orderId, appUrl }) {
	const frame = document.createElement("iframe");
	frame.title = "Your bank payment";
	frame.src = appUrl;
	$("frame").replaceChildren(frame);
	$("order").textContent = orderId;
	$("total").textContent = `$${form.elements.amount.value} CAD`;
	form.hidden = true;
	$("payment").hidden = false;
	order = { id: orderId, frame, origin: new URL(appUrl).origin };
	say("waiting", WAITING, "Approve the payment with your bank, and keep this page open.");
	$("status").focus();
	order.timer = setTimeout(check, POLL_MS);
}

// Anybody may post a message: it counts only from our own frame, and it only makes us ask.
window.addEventListener("message", ({ origin, source, data }) => {
	if (!order || origin !== order.origin || source !== order.frame.contentWindow) return;
	if (data?.step === "SUCCESS" || data?.step === "CLOSE") check();
});

async function check() {
	const asked = order;
	clearTimeout(asked.timer);
	asked.timer = setTimeout(check, POLL_MS);
	const answer = await fetch(`/orders/${asked.id}`)
		.then((response) => (response.ok ? response.json() : undefined))
		.catch(() => undefined);
	if (order !== asked) return; // an earlier question has already ended it
	if (!answer) {
		say("waiting", WAITING, "We could not check your payment just now. We will ask again; do not pay twice.");
	} else if (answer.paid) {
		end("paid", "Paid", `Thank you. Your bank has accepted the payment (${answer.status}).`);
	} else if (answer.final) {
		end("unpaid", "Not paid", ENDINGS[answer.status] ?? `The payment has ended: ${answer.status}.`);
	} else {
		say("waiting", WAITING, `The payment is not confirmed yet (${answer.status}). We keep checking.`);
	}
}

function end(state, title, detail) {
	clearTimeout(order.timer);
	order = undefined;
	$("frame").replaceChildren();
	say(state, title, detail);
	$("again").hidden = state === "paid";
	$("status").focus();
}

function say(state, title, detail) {
	$("summary").dataset.state = state;
	$("status").textContent = title;
	$("detail").textContent = detail;
}

$("again").addEventListener("click", () => location.reload());
