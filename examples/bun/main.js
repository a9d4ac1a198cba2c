import { FlinksPay } from "flinkspay-edge";

const { FLINKS_BASE_URL: baseUrl, FLINKS_USERNAME: username, FLINKS_PASSWORD: password } = Bun.env;
const pay = new FlinksPay({ baseUrl, username, password });
// From your own records, since a page could send anything.
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };

const server = Bun.serve({
	hostname: "127.0.0.1",
	routes: { "/": { POST: async () => Response.json(await pay.startPayment(order), { status: 201 }) } },
});
console.log(`POST to ${server.url} starts a payment.`);
