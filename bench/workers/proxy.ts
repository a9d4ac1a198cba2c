// A bare proxy: the three calls of a payment, one after the other, without any checks.

import { Hono } from "hono";

const app = new Hono<{ Bindings: { FLINKS_BASE_URL: string; FLINKS_USERNAME: string; FLINKS_PASSWORD: string } }>();

app.post("/payments", async (c) => {
	const { FLINKS_BASE_URL: baseUrl, FLINKS_USERNAME: username, FLINKS_PASSWORD: password } = c.env;
	const post = async (path: string, authorization: string, type: string, body: string) => {
		const headers = { authorization, "content-type": type };
		return (await fetch(baseUrl + path, { method: "POST", headers, body })).json<Record<string, string>>();
	};
	const { referenceId, amount, customerName, customerEmail } = await c.req.json();
	const basic = `Basic ${btoa(`${username}:${password}`)}`;
	const form = "application/x-www-form-urlencoded";
	const { access_token: token } = await post("/api/v1/authorize", basic, form, "grant_type=client_credentials");
	const payment = JSON.stringify({ referenceId, amount: Number(amount), customerName, customerEmail });
	const bearer = `Bearer ${token}`;
	const { sessionId } = await post("/api/v1/sessions/initiate", bearer, "application/json", payment);
	const session = JSON.stringify({ sessionId });
	const { requestId } = await post("/api/v1/paymentrequests", bearer, "application/json", session);
	return c.json({ requestId, sessionId, referenceId, appUrl: `${baseUrl}/app/?sessionId=${sessionId}` }, 201);
});

export default app;
