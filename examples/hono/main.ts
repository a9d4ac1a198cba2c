import { env } from "cloudflare:workers";
import { FlinksPay, isFlinksPayError } from "flinkspay-edge";
import { Hono } from "hono";

const { FLINKS_BASE_URL: baseUrl, FLINKS_USERNAME: username, FLINKS_PASSWORD: password } = env;
const pay = new FlinksPay({ baseUrl, username, password });
// From your own records, since a page could send anything.
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };

export default new Hono()
	.get("/", (c) => c.text("POST /payments starts a payment.\n"))
	// Without the request's signal: a caller who hangs up would abort the call halfway, with an unknown outcome.
	.post("/payments", async (c) => c.json(await pay.startPayment(order), 201))
	.get("/payments/:id", async (c) => c.json(await pay.getPaymentRequest(c.req.param("id"))))
	.onError((error, c) => {
		const { code, outcome } = isFlinksPayError(error) ? error : { code: "unexpected", outcome: "unknown" };
		return c.json({ code, outcome }, 502);
	});
