import express from "express";
import { Webhook } from "standardwebhooks";
import { receivedFor, take } from "./book.js";
import { startPayment } from "./worker.js";

const webhook = new Webhook(process.env.MERCHANT_WEBHOOK_SECRET);
// From your own records: a page may send anything.
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };

const app = express();

app.post("/", async (_request, response) => {
	const answer = await startPayment(order);
	response
		.status(answer.status)
		.type("json")
		.send(await answer.text());
});

app.get("/", (_request, response) => {
	response.json({ order, received: receivedFor(order.referenceId) });
});

// As text, since JSON that was parsed and written again does not verify.
app.post("/webhooks/payments", express.text({ type: "application/json" }), (request, response) => {
	let message;
	try {
		message = webhook.verify(request.body, request.headers);
	} catch {
		response.sendStatus(401);
		return;
	}
	take(message);
	response.sendStatus(204);
});

app.listen(Number(process.env.PORT ?? "3000"), "127.0.0.1");
