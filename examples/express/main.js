import express from "express";
import { createReceiver } from "flinkspay-edge/merchant";
import { onCredit, onReverse, receivedFor, store } from "./book.js";
import { startPayment } from "./worker.js";

const payments = createReceiver({ secrets: [process.env.MERCHANT_WEBHOOK_SECRET], store, onCredit, onReverse });
// From your own records, since a page could send anything.
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

// Before any express.json(), since JSON that was parsed and written again does not verify.
app.post("/webhooks/payments", payments.node);

app.listen(Number(process.env.PORT ?? "3000"), "127.0.0.1");
