import { FlinksPay, FlinksPayError } from "flinkspay-edge";
import { createSandbox } from "flinkspay-edge/sandbox";
import { Hono } from "hono";

const { fetch } = createSandbox();
const pay = new FlinksPay({ baseUrl: "https://pay.example.com", username: "sandbox", password: "sandbox", fetch });
const app = new Hono();

app.get("/", async (c) => {
	const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };
	return c.json(await pay.startPayment(order, { signal: c.req.raw.signal }));
});
app.get("/refused", async () => {
	await pay.startPayment({ referenceId: "", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" });
	return new Response();
});
app.onError((error, c) => c.text(error instanceof FlinksPayError ? error.code : "unexpected", 500));

export default app;
