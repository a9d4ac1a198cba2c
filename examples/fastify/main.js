import Fastify from "fastify";
import { createReceiver } from "flinkspay-edge/merchant";
import { onCredit, onReverse, receivedFor, store } from "./book.js";
import { startPayment } from "./worker.js";

const payments = createReceiver({ secrets: [process.env.MERCHANT_WEBHOOK_SECRET], store, onCredit, onReverse });
// From your own records, since a page could send anything.
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };

const app = Fastify({ logger: true });

app.post("/", async (_request, reply) => {
	const answer = await startPayment(order);
	return reply
		.code(answer.status)
		.type("application/json")
		.send(await answer.text());
});

app.get("/", () => ({ order, received: receivedFor(order.referenceId) }));

app.register(async (webhooks) => {
	// The receiver reads the body itself: JSON that was parsed and written again does not verify.
	webhooks.removeContentTypeParser("application/json");
	webhooks.addContentTypeParser("application/json", (_request, _body, done) => done(null));
	webhooks.post("/webhooks/payments", (request, reply) => {
		reply.hijack();
		return payments.node(request.raw, reply.raw);
	});
});

await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT ?? "3000") });
