import { FlinksPay } from "flinkspay-edge";

const env = (name: string) => Deno.env.get(`FLINKS_${name}`) ?? "";
const pay = new FlinksPay({ baseUrl: env("BASE_URL"), username: env("USERNAME"), password: env("PASSWORD") });
// From your own records, since a page could send anything.
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };

export default {
	async fetch({ method }) {
		if (method !== "POST") return new Response("POST starts a payment.\n");
		return Response.json(await pay.startPayment(order), { status: 201 });
	},
} satisfies Deno.ServeDefaultExport;
