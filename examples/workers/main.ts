import { env } from "cloudflare:workers";
import { FlinksPay } from "flinkspay-edge";

const { FLINKS_BASE_URL: baseUrl, FLINKS_USERNAME: username, FLINKS_PASSWORD: password } = env;
const pay = new FlinksPay({ baseUrl, username, password });
// From your own records, since a page could send anything.
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };

export default {
	async fetch({ method }) {
		if (method !== "POST") return new Response("POST starts a payment.\n");
		return Response.json(await pay.startPayment(order), { status: 201 });
	},
} satisfies ExportedHandler;
