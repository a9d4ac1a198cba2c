// Only Hono and the client, to measure what the client adds to a proxy.

import { FlinksPay, type PaymentParams } from "flinkspay-edge";
import { Hono } from "hono";

const app = new Hono<{ Bindings: { FLINKS_BASE_URL: string; FLINKS_USERNAME: string; FLINKS_PASSWORD: string } }>();
let client: FlinksPay | undefined;

app.post("/payments", async (c) => {
	const { FLINKS_BASE_URL: baseUrl, FLINKS_USERNAME: username, FLINKS_PASSWORD: password } = c.env;
	client ??= new FlinksPay({ baseUrl, username, password });
	return c.json(await client.startPayment(await c.req.json<PaymentParams>()), 201);
});

export default app;
