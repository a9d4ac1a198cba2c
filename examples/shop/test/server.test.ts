// The shop's back end: what it signs, and which webhooks it believes.
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
let complained = "";

before(async () => {
	child = spawn(process.execPath, [server], { env, stdio: ["ignore", "pipe", "pipe"] });
	child.stdout?.setEncoding("utf8").on("data", (text: string) => {
		printed += text;
	});
	child.stderr?.setEncoding("utf8").on("data", (text: string) => {
		complained += text;
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

/** All that the Worker tells of a payment that is settled and then returned, in order. */
function storyOf(referenceId: string, paidAmount = "12.50") {
	const id = `3-${crypto.randomUUID()}`;
	const tell = (
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
	const credit = tell(2, "payment.updated", "credit", { status: "Accepted", funds: "guaranteed" });
	const settled = [
		tell(1, "payment.created", "none", created),
		credit,
		tell(3, "payment.updated", "none", { status: "Processed", funds: "guaranteed" }),
		tell(4, "payment.updated", "none", { status: "Settled", funds: "settled", final: true }),
	];
	// Where an answer names no amount, the Worker says the one that was asked.
	const returned = tell(5, "payment.returned", "reverse", { ...failed, paidAmount: "12.50" });
	return { credit, settled, returned };
}

/** Sends what the Worker has signed. */
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

/** The book as an accountant reads it: what is really there for each order, in cents. */
function bookOf(referenceId: string): number {
	const db = new DatabaseSync(bookFile, { readOnly: true });
	const row = db.prepare("SELECT cents FROM book WHERE order_id = ?").get(referenceId);
	db.close();
	return Number(row?.cents ?? 0);
}

/** What the shop says is to be done about an order. */
function said(referenceId: string): string[] {
	return printed.split("\n").filter((line) => line.startsWith(referenceId));
}

test("the shop's price is signed, whatever amount the browser sends and however it is paid", async () => {
	for (const by of ["e-transfer", "debit"]) {
		const { id, worker } = await buy(by);
		assert.equal(worker, "https://pay.example.com");
		assert.deepEqual(await known(id), { ...spruce, received: "0.00", standing: "open" });
	}
	for (const body of ["{}", "[]", "null", "x", '{"tea":"__proto__"}']) {
		assert.equal((await post("/orders", body)).status, 400);
	}
});

test("what the Worker has not signed, or signed long ago, moves nothing", async () => {
	const { id } = await buy();
	const { credit } = storyOf(id);
	const otherKey = `whsec_${randomBytes(32).toString("base64")}`;
	assert.equal((await deliver(credit, { key: otherKey })).status, 401);
	assert.equal((await deliver(credit, { at: new Date(Date.now() - 600_000) })).status, 401);
	assert.equal((await post("/webhooks/payments", JSON.stringify(credit))).status, 401);
	assert.equal(bookOf(id), 0);
	assert.deepEqual(said(id), []);
});

test("Accepted, Processed, Settled and what is sent again credit a payment once", async () => {
	const { id } = await buy();
	const { settled } = storyOf(id);
	await deliverAll(settled.slice(0, 1));
	assert.deepEqual(await known(id), { ...spruce, received: "0.00", standing: "open" });
	await deliverAll([...settled, ...settled]);
	assert.deepEqual(await known(id), { ...spruce, received: "12.50", standing: "paid" });
	assert.equal(bookOf(id), 1250);
	while (said(id).length === 0 && child.stdout) await once(child.stdout, "data");
	assert.deepEqual(said(id), [`${id} is paid: send Spruce tip, 50 g`]);
});

test("messages at the same time credit a payment once", async () => {
	const { id } = await buy();
	const { credit } = storyOf(id);
	const answers = await Promise.all(Array.from({ length: 20 }, () => deliver(credit)));
	assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([204]));
	assert.equal(bookOf(id), 1250);
});

test("what was paid is credited, and not what was asked", async () => {
	const { id } = await buy("debit");
	await deliverAll(storyOf(id, "10.00").settled);
	assert.deepEqual(await known(id), { ...spruce, received: "10.00", standing: "another_amount" });
	assert.equal(bookOf(id), 1000);
	while (said(id).length === 0 && child.stdout) await once(child.stdout, "data");
	assert.match(said(id).join(), /\$10\.00 of \$12\.50: send nothing before/);
});

test("a return takes back what was credited, whatever it says itself, once, and in whatever order both come", async () => {
	const orders: ((settled: Message[], returned: Message) => Message[])[] = [
		(settled, returned) => [...settled, returned],
		(settled, returned) => [...settled, returned, returned, ...settled, returned],
		(settled, returned) => [returned, ...settled],
		(settled, returned) => [returned, returned, ...settled, ...settled, returned],
	];
	for (const order of orders) {
		const { id } = await buy();
		const { settled, returned } = storyOf(id, "10.00");
		await deliverAll(order(settled, returned));
		assert.equal(bookOf(id), 0);
		assert.deepEqual(await known(id), { ...spruce, received: "0.00", standing: "returned" });
		while (!said(id).at(-1)?.includes("was returned") && child.stdout) await once(child.stdout, "data");
	}
});

test("two payments for one order are two credits, and the return of one leaves the other", async () => {
	const { id } = await buy();
	const [first, second] = [storyOf(id), storyOf(id)];
	await deliverAll([...first.settled, first.returned, ...second.settled]);
	assert.deepEqual(await known(id), { ...spruce, received: "12.50", standing: "paid" });
});

test("money for an order of nobody is in the book, and a person is told", async () => {
	const id = `order-of-another-shop-${crypto.randomUUID()}`;
	await deliverAll(storyOf(id).settled);
	assert.equal(bookOf(id), 1250);
	assert.equal((await fetch(`${shop}/orders/${id}`)).status, 404);
	while (said(id).length === 0 && child.stdout) await once(child.stdout, "data");
	assert.match(said(id).join(), /no order of ours/);
});

test("a credit without an amount is not taken, so that the Worker sends it again", async () => {
	const { id } = await buy();
	const { credit } = storyOf(id);
	for (const paidAmount of [undefined, "", "12,50", "-12.50", "12.505", "1e3"]) {
		assert.equal((await deliver({ ...credit, data: { ...credit.data, paidAmount } })).status, 500, paidAmount);
	}
	assert.equal(bookOf(id), 0);
	while (!complained.includes("1e3 is no amount") && child.stderr) await once(child.stderr, "data");
});

test("the book is still there after a restart, and what comes again then is credited no second time", async () => {
	const { id } = await buy();
	const { credit, settled } = storyOf(id);
	await deliverAll(settled);
	const again = openBook(bookFile);
	assert.equal(again.credit(String(credit.data.id), id, "12.50"), false);
	assert.deepEqual(again.find(id), { ...spruce, received: "12.50", standing: "paid" });
});

test("the page may talk to the Worker and frame Flinks, and to nobody else", async () => {
	const response = await fetch(shop);
	const csp = response.headers.get("content-security-policy") ?? "";
	assert.match(csp, /connect-src 'self' https:\/\/pay\.example\.com;/);
	assert.match(csp, /frame-src https:\/\/flinks\.example\.com;/);
	assert.doesNotMatch(csp, /unsafe|\*/);
	assert.doesNotMatch(await response.text(), /<!-- teas -->|<style|style=|<script>/);
});

test("another site cannot order in a buyer's name, and what is too large is refused", async () => {
	assert.equal(
		(await post("/orders", "{}", { "content-type": "text/plain", origin: "https://evil.example" })).status,
		403,
	);
	assert.equal((await post("/orders", JSON.stringify({ name: "x".repeat(20_000) }))).status, 413);
	assert.equal((await fetch(`${shop}/orders/other`)).status, 404);
});

for (const name of ["WORKER_URL", "FLINKS_BASE_URL", "ORDER_SECRET", "MERCHANT_WEBHOOK_SECRET"]) {
	test(`it does not start without ${name}`, async () => {
		const without = spawn(process.execPath, [server], {
			env: { ...env, [name]: undefined },
			stdio: ["ignore", "ignore", "pipe"],
		});
		let said = "";
		without.stderr.setEncoding("utf8").on("data", (text: string) => {
			said += text;
		});
		const [code] = await once(without, "close");
		assert.deepEqual([code, said], [1, `${name} is missing.\n`]);
	});
}
