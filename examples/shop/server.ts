// A merchant's back end: it sets the price, signs the order that the browser sends to the Worker, and ships once the Worker's
// signed message has credited that price. It knows neither Flinks nor the Worker's API key.
import { readFileSync } from "node:fs";
import { serve } from "@hono/node-server";
import { cspFor } from "flinkspay-edge/launcher";
import { type OrderPayment, signOrder } from "flinkspay-edge/order";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import { Webhook } from "standardwebhooks";
import { openBook } from "./book.ts";

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

const book = openBook(process.env.BOOK_FILE ?? ":memory:");

const app = new Hono();
app.use(csrf(), bodyLimit({ maxSize: 16 * 1024 }), async (c, next) => {
	await next();
	c.header("Content-Security-Policy", `default-src 'none'; style-src 'self'; img-src data:; ${csp}; base-uri 'none'`);
	c.header("X-Content-Type-Options", "nosniff");
});

app.post("/orders", async (c) => {
	const { tea: chosen, by, firstName, lastName, email } = Object(await c.req.json().catch(() => ({})));
	const tea = TEAS.get(chosen);
	if (!tea) return c.json({ message: "We do not have that tea." }, 400);
	const id = `order-${crypto.randomUUID()}`;
	const order = { referenceId: id, amount: tea.price };
	const payment: OrderPayment =
		by === "debit"
			? { ...order, product: "geft", payor: { firstName, lastName, email } }
			: { ...order, customerName: [firstName, lastName].join(" "), customerEmail: email };
	book.addOrder(id, tea.name, tea.price);
	return c.json({ worker, order: await signOrder({ id, payment, secret }) }, 201);
});

// An order's id cannot be guessed, so that knowing it is enough to see the order.
app.get("/orders/:id", (c) => {
	const order = book.find(c.req.param("id"));
	return order ? c.json(order) : c.json({ message: "There is no such order." }, 404);
});

app.post("/webhooks/payments", async (c) => {
	const { effect, data } = verified(await c.req.text(), c.req.header());
	const hasChanged =
		(effect === "credit" && book.credit(data.id, data.referenceId, data.paidAmount)) ||
		(effect === "reverse" && book.reverse(data.id, data.referenceId));
	if (hasChanged) console.log(whatToDo(data.referenceId));
	return c.body(null, 204);
});

/** What the person who ships the orders must do. */
function whatToDo(id: string): string {
	const order = book.find(id);
	switch (order?.state) {
		case undefined:
			return `${id} is not an order of this shop, but its money has moved: find out whose it is`;
		case "paid":
			return `${id} is paid: send ${order.tea}`;
		case "another_amount":
			return `${id} is paid with $${order.received} of $${order.amount}: send nothing before a person has decided`;
		default:
			return `${id} was returned: send nothing, and ask for ${order?.tea} back if it was sent`;
	}
}

const choices = [...TEAS].map(
	([id, { name, price }]) =>
		`<label><input type="radio" name="tea" value="${id}" required> ${name} <b>$${price}</b></label>`,
);
for (const [path, type, text] of [
	["/", "text/html", read("public/index.html").replace("<!-- teas -->", choices.join(""))],
	["/shop.css", "text/css", read("public/shop.css")],
	["/shop.js", "text/javascript", read("public/shop.js")],
	["/launcher.js", "text/javascript", read(import.meta.resolve("flinkspay-edge/launcher"))],
] as const) {
	app.get(path, (c) => c.body(text, 200, { "Content-Type": `${type}; charset=utf-8`, "Cache-Control": "no-cache" }));
}

const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port }, ({ port }) =>
	console.log(`Shop on http://127.0.0.1:${port}`),
);
server.on("error", (error) =>
	fail(`The shop cannot listen on port ${port}: ${error.message}. Set PORT to another one.`),
);

/**
 * The Worker's message about a payment. The book goes by `effect` and not by `paid`, which is true in several messages of a
 * paid payment.
 */
type Message =
	| { effect: "credit"; data: { id: string; referenceId: string; paidAmount: string } }
	| { effect: "reverse" | "none"; data: { id: string; referenceId: string } };

/** The message of a body. Throws if the Worker has not signed it. */
function verified(body: string, headers: Record<string, string>): Message {
	try {
		return webhooks.verify(body, headers) as Message;
	} catch {
		throw new HTTPException(401, { message: "The signature is wrong." });
	}
}

function read(path: string): string {
	return readFileSync(new URL(path, import.meta.url), "utf8");
}

function setting(name: string): string {
	return process.env[name] ?? fail(`${name} is not set. Set it in the environment.`);
}

function fail(why: string): never {
	console.error(why);
	process.exit(1);
}
