// The shop's back end: what it signs, and which messages it accepts.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { jwtVerify } from "jose";
import { Webhook } from "standardwebhooks";
import { openBook } from "../book.ts";

const secret = randomBytes(32).toString("base64");
const webhookSecret = `whsec_${randomBytes(32).toString("base64")}`;
const folder = mkdtempSync(join(tmpdir(), "flinkspay-edge-shop-"));
const bookFile = join(folder, "book.db");
const env = {
	PATH: process.env.PATH,
	WORKER_URL: "https://pay.example.com",
	FLINKS_BASE_URL: "https://flinks.example.com/",
	ORDER_SECRET: secret,
	MERCHANT_WEBHOOK_SECRET: webhookSecret,
	BOOK_FILE: bookFile,
	PORT: "0",
};
const server = fileURLToPath(new URL("../server.ts", import.meta.url));
let shop = "";
let child: ChildProcess;
let printed = "";
let errors = "";

before(async () => {
	child = spawn(process.execPath, [server], { env, stdio: ["ignore", "pipe", "pipe"] });
	child.stdout?.setEncoding("utf8").on("data", (text: string) => {
		printed += text;
	});
	child.stderr?.setEncoding("utf8").on("data", (text: string) => {
		errors += text;
	});
	while (!shop) {
		if (child.stdout) await once(child.stdout, "data");
		shop = /http:\S+/.exec(printed)?.[0] ?? "";
	}
});
after(async () => {
	child.kill();
	await once(child, "close");
	rmSync(folder, { recursive: true });
});

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
	fetch(shop + path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });

async function buy(by = "e-transfer"): Promise<{ order: string; worker: string; id: string }> {
	const wish = { tea: "spruce", by, firstName: "Ada", lastName: "Tremblay", email: "ada@example.com" };
	const response = await post("/orders", JSON.stringify({ ...wish, amount: "0.01", price: "0.01" }));
	assert.equal(response.status, 201);
	const { order, worker } = Object(await response.json());
	const { payload } = await jwtVerify(order, new TextEncoder().encode(secret), { audience: "flinkspay-edge" });
	const { jti: id = "", payment } = payload;
	const payor =
		by === "debit"
			? { product: "geft", payor: { firstName: "Ada", lastName: "Tremblay", email: "ada@example.com" } }
			: { customerName: "Ada Tremblay", customerEmail: "ada@example.com" };
	assert.deepEqual(payment, { referenceId: id, amount: "12.50", ...payor });
	return { order, worker, id };
}

async function known(id: string): Promise<unknown> {
	return (await fetch(`${shop}/orders/${id}`)).json();
}

const spruce = { tea: "Spruce tip, 50 g", amount: "12.50" };

/** A message as the Worker sends it. */
interface Message {
	type: string;
	effect: "credit" | "reverse" | "none";
	sequence: number;
	data: Partial<Record<"id" | "referenceId" | "amount" | "paidAmount" | "status" | "funds", string | undefined>> &
		Partial<Record<"paid" | "final", boolean>>;
}

/** The Worker's messages about a payment that is settled and then returned, in order. */
function messagesOf(referenceId: string, paidAmount = "12.50") {
	const id = `3-${crypto.randomUUID()}`;
	const message = (
		sequence: number,
		type: string,
		effect: Message["effect"],
		data: Partial<Message["data"]>,
	): Message => ({
		...{ type, effect, sequence },
		data: { ...{ id, referenceId, amount: "12.50", paidAmount, paid: true, final: false }, ...data },
	});
	const created = { status: "Initiated", funds: "none", paid: false, paidAmount: undefined };
	const failed = { status: "Failed", funds: "returned", paid: false, final: true };
	const credit = message(2, "payment.updated", "credit", { status: "Accepted", funds: "guaranteed" });
	const settled = [
		message(1, "payment.created", "none", created),
		credit,
		message(3, "payment.updated", "none", { status: "Processed", funds: "guaranteed" }),
		message(4, "payment.updated", "none", { status: "Settled", funds: "settled", final: true }),
	];
	// If an answer has no amount, the Worker uses the requested one.
	const returned = message(5, "payment.returned", "reverse", { ...failed, paidAmount: "12.50" });
	return { credit, settled, returned };
}

/** Sends a message with the Worker's signature. */
function deliver(message: object, { key = webhookSecret, at = new Date() } = {}): Promise<Response> {
	const body = JSON.stringify({ timestamp: at.toISOString(), ...message });
	const id = `msg_${crypto.randomUUID()}`;
	return post("/webhooks/payments", body, {
		"webhook-id": id,
		"webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
		"webhook-signature": new Webhook(key).sign(id, at, body),
	});
}

async function deliverAll(messages: readonly Message[]): Promise<void> {
	for (const message of messages) assert.equal((await deliver(message)).status, 204);
}

/** The received cents of an order, as an accountant reads them from the file. */
function centsInBook(referenceId: string): number {
	const db = new DatabaseSync(bookFile, { readOnly: true });
	const row = db.prepare("SELECT cents FROM book WHERE order_id = ?").get(referenceId);
	db.close();
	return Number(row?.cents ?? 0);
}

/** What the shop has printed about an order. */
function printedAbout(referenceId: string): string[] {
	return printed.split("\n").filter((line) => line.startsWith(referenceId));
}

test("signs its own price, whatever amount the browser sends and however it is paid", async () => {
	for (const by of ["e-transfer", "debit"]) {
		const { id, worker } = await buy(by);
		assert.equal(worker, "https://pay.example.com");
		assert.deepEqual(await known(id), { ...spruce, received: "0.00", state: "open" });
	}
	for (const body of ["{}", "[]", "null", "x", '{"tea":"__proto__"}']) {
		assert.equal((await post("/orders", body)).status, 400);
	}
});

test("rejects a message with 401 when the signature is missing, wrong or old", async () => {
	const { id } = await buy();
	const { credit } = messagesOf(id);
	const otherKey = `whsec_${randomBytes(32).toString("base64")}`;
	assert.equal((await deliver(credit, { key: otherKey })).status, 401);
	assert.equal((await deliver(credit, { at: new Date(Date.now() - 600_000) })).status, 401);
	assert.equal((await post("/webhooks/payments", JSON.stringify(credit))).status, 401);
	assert.equal(centsInBook(id), 0);
	assert.deepEqual(printedAbout(id), []);
});

test("credits a payment once for Accepted, Processed, Settled and repeated messages", async () => {
	const { id } = await buy();
	const { settled } = messagesOf(id);
	await deliverAll(settled.slice(0, 1));
	assert.deepEqual(await known(id), { ...spruce, received: "0.00", state: "open" });
	await deliverAll([...settled, ...settled]);
	assert.deepEqual(await known(id), { ...spruce, received: "12.50", state: "paid" });
	assert.equal(centsInBook(id), 1250);
	while (printedAbout(id).length === 0 && child.stdout) await once(child.stdout, "data");
	assert.deepEqual(printedAbout(id), [`${id} is paid: send Spruce tip, 50 g`]);
});

test("credits a payment once when messages arrive at the same time", async () => {
	const { id } = await buy();
	const { credit } = messagesOf(id);
	const answers = await Promise.all(Array.from({ length: 20 }, () => deliver(credit)));
	assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([204]));
	assert.equal(centsInBook(id), 1250);
});

test("credits the paid amount and not the price", async () => {
	const { id } = await buy("debit");
	await deliverAll(messagesOf(id, "10.00").settled);
	assert.deepEqual(await known(id), { ...spruce, received: "10.00", state: "another_amount" });
	assert.equal(centsInBook(id), 1000);
	while (printedAbout(id).length === 0 && child.stdout) await once(child.stdout, "data");
	assert.match(printedAbout(id).join(), /\$10\.00 of \$12\.50: send nothing before/);
});

test("reverses a credit once, whatever amount the return has and in whatever order both come", async () => {
	const orders: ((settled: Message[], returned: Message) => Message[])[] = [
		(settled, returned) => [...settled, returned],
		(settled, returned) => [...settled, returned, returned, ...settled, returned],
		(settled, returned) => [returned, ...settled],
		(settled, returned) => [returned, returned, ...settled, ...settled, returned],
	];
	for (const order of orders) {
		const { id } = await buy();
		const { settled, returned } = messagesOf(id, "10.00");
		await deliverAll(order(settled, returned));
		assert.equal(centsInBook(id), 0);
		assert.deepEqual(await known(id), { ...spruce, received: "0.00", state: "returned" });
		while (!printedAbout(id).at(-1)?.includes("was returned") && child.stdout) await once(child.stdout, "data");
	}
});

test("credits two payments for one order, and keeps one when the other is returned", async () => {
	const { id } = await buy();
	const [first, second] = [messagesOf(id), messagesOf(id)];
	await deliverAll([...first.settled, first.returned, ...second.settled]);
	assert.deepEqual(await known(id), { ...spruce, received: "12.50", state: "paid" });
});

test("credits a payment for an unknown order and prints what to do", async () => {
	const id = `order-of-another-shop-${crypto.randomUUID()}`;
	await deliverAll(messagesOf(id).settled);
	assert.equal(centsInBook(id), 1250);
	assert.equal((await fetch(`${shop}/orders/${id}`)).status, 404);
	while (printedAbout(id).length === 0 && child.stdout) await once(child.stdout, "data");
	assert.match(printedAbout(id).join(), /not an order of this shop/);
});

test("answers 500 to a credit without a valid amount, so that the Worker sends it again", async () => {
	const { id } = await buy();
	const { credit } = messagesOf(id);
	for (const paidAmount of [undefined, "", "12,50", "-12.50", "12.505", "1e3"]) {
		assert.equal((await deliver({ ...credit, data: { ...credit.data, paidAmount } })).status, 500, paidAmount);
	}
	assert.equal(centsInBook(id), 0);
	while (!errors.includes("1e3 is not an amount") && child.stderr) await once(child.stderr, "data");
});

test("keeps the book over a restart and credits nothing again after it", async () => {
	const { id } = await buy();
	const { credit, settled } = messagesOf(id);
	await deliverAll(settled);
	const again = openBook(bookFile);
	assert.equal(again.credit(String(credit.data.id), id, "12.50"), false);
	assert.deepEqual(again.find(id), { ...spruce, received: "12.50", state: "paid" });
});

test("the page may connect to the Worker and frame Flinks, and nothing else", async () => {
	const response = await fetch(shop);
	const csp = response.headers.get("content-security-policy") ?? "";
	assert.match(csp, /connect-src 'self' https:\/\/pay\.example\.com;/);
	assert.match(csp, /frame-src https:\/\/flinks\.example\.com;/);
	assert.doesNotMatch(csp, /unsafe|\*/);
	assert.doesNotMatch(await response.text(), /<!-- teas -->|<style|style=|<script>/);
});

test("rejects an order of another site and a body that is too large", async () => {
	assert.equal(
		(await post("/orders", "{}", { "content-type": "text/plain", origin: "https://evil.example" })).status,
		403,
	);
	assert.equal((await post("/orders", JSON.stringify({ name: "x".repeat(20_000) }))).status, 413);
	assert.equal((await fetch(`${shop}/orders/other`)).status, 404);
});

for (const name of ["WORKER_URL", "FLINKS_BASE_URL", "ORDER_SECRET", "MERCHANT_WEBHOOK_SECRET"]) {
	test(`does not start without ${name}`, async () => {
		const without = spawn(process.execPath, [server], {
			env: { ...env, [name]: undefined },
			stdio: ["ignore", "ignore", "pipe"],
		});
		let said = "";
		without.stderr.setEncoding("utf8").on("data", (text: string) => {
			said += text;
		});
		const [code] = await once(without, "close");
		assert.deepEqual([code, said], [1, `${name} is not set. Set it in the environment.\n`]);
	});
}
