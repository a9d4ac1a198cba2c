// A merchant's back end: it keeps the orders and the Worker's API key, and knows nothing of Flinks' credentials.
import { readFileSync } from "node:fs";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { csrf } from "hono/csrf";

const { WORKER_URL = "http://127.0.0.1:8787", API_KEY, PORT = "8789" } = process.env;
if (!API_KEY) {
	console.error("API_KEY is missing: it is the key that the Worker knows.");
	process.exit(1);
}

/** Order id -> the Worker's payment id, once there is one. A real shop keeps this in its database. */
const orders = new Map<string, string | undefined>();

/** What the Worker answers, good or bad; nothing of it is taken on trust. */
type Answer = { status: number; body: Record<string, unknown> };

/** Asks the Worker. That there was no answer is an answer too: status 0. */
async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
	const headers = { ...init.headers, Authorization: `Bearer ${API_KEY}`, "Content-Type": "application/json" };
	try {
		const response = await fetch(WORKER_URL + path, { ...init, headers, signal: AbortSignal.timeout(30_000) });
		return { status: response.status, body: Object(await response.json()) };
	} catch {
		return { status: 0, body: {} };
	}
}

/** What a buyer should read when a payment could not be started. */
function explain({ body }: Answer, orderId: string): { message: string; unknown: boolean; field?: string } {
	// Unless the Worker says that it was not, the request may have been created: never ask for it again.
	if (body.outcome !== "not_sent" && body.outcome !== "rejected") {
		const message = `We do not know whether your payment request was created. Please do not pay twice: we will check ${orderId}.`;
		return { message, unknown: true };
	}
	if (body.code === "invalid_input" && typeof body.field === "string") {
		return { message: "Please check this field. Nothing was charged.", unknown: false, field: body.field };
	}
	const wait = body.code === "rate_limited" ? "Please wait a minute and try again." : "Please try again later.";
	return { message: `The payment could not be started, and nothing was charged. ${wait}`, unknown: false };
}

const app = new Hono();

app.use(async (c, next) => {
	await next();
	// frame-src: the hosted page is the sandbox on this machine, or Flinks. In production, name your one Flinks origin.
	c.header(
		"Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
			"frame-src https: http://127.0.0.1:*; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	);
	c.header("Cache-Control", "no-store");
	c.header("X-Content-Type-Options", "nosniff");
	c.header("Referrer-Policy", "no-referrer");
});
app.use(csrf(), bodyLimit({ maxSize: 16 * 1024 }));

app.post("/orders", async (c) => {
	const { name, email, amount } = Object(await c.req.json().catch(() => ({})));
	// The buyer types the amount only because this is a demonstration: a real shop takes it from its own cart.
	const orderId = `order-${crypto.randomUUID()}`;
	orders.set(orderId, undefined);
	const answer = await ask("/payments", {
		method: "POST",
		headers: { "Idempotency-Key": orderId },
		body: JSON.stringify({ referenceId: orderId, amount, customerName: name, customerEmail: email }),
	});
	if (typeof answer.body.id === "string") orders.set(orderId, answer.body.id);
	if (answer.status === 201) return c.json({ orderId, appUrl: answer.body.appUrl }, 201);
	const problem = explain(answer, orderId);
	return c.json({ orderId, ...problem }, problem.unknown ? 502 : problem.field ? 400 : 503);
});

// An order's id cannot be guessed, so whoever knows it may see whether it is paid.
app.get("/orders/:id", async (c) => {
	const orderId = c.req.param("id");
	if (!orders.has(orderId)) return c.json({ message: "There is no such order." }, 404);
	const paymentId = orders.get(orderId);
	const { status, body } = paymentId
		? await ask(`/payments/${encodeURIComponent(paymentId)}`)
		: { status: 0, body: {} };
	if (status !== 200) return c.json({ message: "We could not check your payment just now." }, 502);
	return c.json({ status: body.status, paid: body.paid === true, final: body.final === true });
});

for (const [path, file, type] of [
	["/", "index.html", "text/html"],
	["/shop.css", "shop.css", "text/css"],
	["/shop.js", "shop.js", "text/javascript"],
] as const) {
	const text = readFileSync(new URL(`public/${file}`, import.meta.url), "utf8");
	app.get(path, (c) => c.body(text, 200, { "Content-Type": `${type}; charset=utf-8` }));
}

const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(PORT) }, ({ port }) =>
	console.log(`Shop on http://127.0.0.1:${port}`),
);
server.on("error", (error) => {
	console.error(`The shop cannot listen on port ${PORT}: ${error.message}`);
	process.exit(1);
});
