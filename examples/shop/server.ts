// A merchant's back end: it sets the price, signs the order that the browser brings to the Worker, and ships once the
// Worker's signed webhook says paid. It knows neither Flinks nor the Worker's API key.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { serve } from "@hono/node-server";
import { cspFor } from "flinkspay-edge/launcher";
import { signOrder } from "flinkspay-edge/order";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import { Webhook } from "standardwebhooks";

const worker = setting("WORKER_URL");
const secret = setting("ORDER_SECRET");
const webhooks = new Webhook(setting("MERCHANT_WEBHOOK_SECRET"));
const csp = cspFor({ worker, flinks: setting("FLINKS_BASE_URL") });
const port = Number(process.env.PORT ?? "8789");

const TEAS = new Map([
	["spruce", { name: "Spruce tip, 50 g", price: "12.50" }],
	["labrador", { name: "Labrador tea, 50 g", price: "9.75" }],
	["chaga", { name: "Chaga, 100 g", price: "21.00" }],
]);

/** A real shop keeps its orders in a database. */
const orders = new Map<string, { tea: string; amount: string; paid: boolean }>();

const app = new Hono();
app.use(csrf(), bodyLimit({ maxSize: 16 * 1024 }), async (c, next) => {
	await next();
	c.header("Content-Security-Policy", `default-src 'none'; style-src 'self'; img-src data:; ${csp}; base-uri 'none'`);
	c.header("X-Content-Type-Options", "nosniff");
});

app.post("/orders", async (c) => {
	const { tea: chosen, name, email } = Object(await c.req.json().catch(() => ({})));
	const tea = TEAS.get(chosen);
	if (!tea) return c.json({ message: "We do not have that tea." }, 400);
	const id = `order-${crypto.randomUUID()}`;
	const payment = { referenceId: id, amount: tea.price, customerName: name, customerEmail: email };
	orders.set(id, { tea: tea.name, amount: tea.price, paid: false });
	return c.json({ worker, order: await signOrder({ id, payment, secret }) }, 201);
});

// An order's id cannot be guessed, so whoever knows it may see the order.
app.get("/orders/:id", (c) => {
	const order = orders.get(c.req.param("id"));
	return order ? c.json(order) : c.json({ message: "There is no such order." }, 404);
});

app.post("/webhooks/payments", async (c) => {
	const { referenceId, paid, status } = verified(await c.req.text(), c.req.header());
	const order = orders.get(referenceId);
	// The same message may come twice.
	if (order && paid && !order.paid) {
		order.paid = true;
		console.log(`${referenceId} is paid (${status}): send ${order.tea}`);
	}
	return c.body(null, 204);
});

const choices = [...TEAS].map(
	([id, { name, price }]) =>
		`<label><input type="radio" name="tea" value="${id}" required> ${name} <b>$${price}</b></label>`,
);
for (const [path, type, text] of [
	["/", "text/html", read("public/index.html").replace("<!-- teas -->", choices.join(""))],
	["/shop.css", "text/css", read("public/shop.css")],
	["/shop.js", "text/javascript", read("public/shop.js")],
	[
		"/launcher.js",
		"text/javascript",
		readFileSync(fileURLToPath(import.meta.resolve("flinkspay-edge/launcher")), "utf8"),
	],
] as const) {
	app.get(path, (c) => c.body(text, 200, { "Content-Type": `${type}; charset=utf-8`, "Cache-Control": "no-cache" }));
}

const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port }, ({ port }) =>
	console.log(`Shop on http://127.0.0.1:${port}`),
);
server.on("error", (error) => fail(`The shop cannot listen on port ${port}: ${error.message}`));

/** The payment that a webhook is about; throws where the Worker has not signed it. */
function verified(body: string, headers: Record<string, string>) {
	try {
		const message = webhooks.verify(body, headers) as { data: { referenceId: string; paid: boolean; status: string } };
		return message.data;
	} catch {
		throw new HTTPException(401, { message: "The signature is not right." });
	}
}

function read(path: string): string {
	return readFileSync(new URL(path, import.meta.url), "utf8");
}

function setting(name: string): string {
	return process.env[name] ?? fail(`${name} is missing.`);
}

function fail(why: string): never {
	console.error(why);
	process.exit(1);
}
