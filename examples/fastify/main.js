import Fastify from "fastify";
import { Webhook } from "standardwebhooks";
import { receivedFor, take } from "./book.js";
import { startPayment } from "./worker.js";

const webhook = new Webhook(process.env.MERCHANT_WEBHOOK_SECRET);
// From your own records: a page may send anything.
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
	// As text, since JSON that was parsed and written again does not verify.
	webhooks.removeContentTypeParser("application/json");
	webhooks.addContentTypeParser("application/json", { parseAs: "string" }, async (_request, body) => body);
	webhooks.post("/webhooks/payments", (request, reply) => {
		let message;
		try {
			message = webhook.verify(request.body, request.headers);
		} catch {
			return reply.code(401).send();
		}
		take(message);
		return reply.code(204).send();
	});
});

await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT ?? "3000") });
