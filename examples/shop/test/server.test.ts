// The shop's back end: what it signs, and which webhooks it believes.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { jwtVerify } from "jose";
import { Webhook } from "standardwebhooks";

const secret = randomBytes(32).toString("base64");
const webhookSecret = `whsec_${randomBytes(32).toString("base64")}`;
const env = {
	PATH: process.env.PATH,
	WORKER_URL: "https://pay.example.com",
	FLINKS_BASE_URL: "https://flinks.example.com/",
	ORDER_SECRET: secret,
	MERCHANT_WEBHOOK_SECRET: webhookSecret,
	PORT: "0",
};
const server = fileURLToPath(new URL("../server.ts", import.meta.url));
let shop = "";
let child: ChildProcess;
let printed = "";

before(async () => {
	child = spawn(process.execPath, [server], { env, stdio: ["ignore", "pipe", "inherit"] });
	child.stdout?.setEncoding("utf8").on("data", (text: string) => {
		printed += text;
	});
	while (!shop) {
		if (child.stdout) await once(child.stdout, "data");
		shop = /http:\S+/.exec(printed)?.[0] ?? "";
	}
});
after(() => void child.kill());

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
	fetch(shop + path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });

async function buy(): Promise<{ order: string; worker: string; id: string }> {
	const wish = { tea: "spruce", name: "Ada Tremblay", email: "ada@example.com", amount: "0.01", price: "0.01" };
	const response = await post("/orders", JSON.stringify(wish));
	assert.equal(response.status, 201);
	const { order, worker } = Object(await response.json());
	const { payload } = await jwtVerify(order, new TextEncoder().encode(secret), { audience: "flinkspay-edge" });
	const { jti: id = "", payment } = payload;
	const payor = { customerName: "Ada Tremblay", customerEmail: "ada@example.com" };
	assert.deepEqual(payment, { referenceId: id, amount: "12.50", ...payor });
	return { order, worker, id };
}

async function known(id: string): Promise<unknown> {
	return (await fetch(`${shop}/orders/${id}`)).json();
}

/** A webhook as the Worker sends it. */
function deliver(data: object, { key = webhookSecret, at = new Date() } = {}): Promise<Response> {
	const body = JSON.stringify({ type: "payment.updated", timestamp: at.toISOString(), data });
	const id = crypto.randomUUID();
	return post("/webhooks/payments", body, {
		"webhook-id": id,
		"webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
		"webhook-signature": new Webhook(key).sign(id, at, body),
	});
}

test("the shop's price is signed, whatever amount the browser sends", async () => {
	const { id, worker } = await buy();
	assert.equal(worker, "https://pay.example.com");
	assert.deepEqual(await known(id), { tea: "Spruce tip, 50 g", amount: "12.50", paid: false });
	for (const body of ["{}", "[]", "null", "x", '{"tea":"__proto__"}']) {
		assert.equal((await post("/orders", body)).status, 400);
	}
});

test("a signed webhook that says paid, and nothing else, makes an order paid, once", async () => {
	const { id: referenceId } = await buy();
	const paid = async () => Object(await known(referenceId)).paid;
	const accepted = { referenceId, status: "Accepted", paid: true };
	assert.equal((await deliver({ referenceId, status: "SUCCESS", paid: false })).status, 204);
	const otherKey = `whsec_${randomBytes(32).toString("base64")}`;
	assert.equal((await deliver(accepted, { key: otherKey })).status, 401);
	assert.equal((await deliver(accepted, { at: new Date(Date.now() - 600_000) })).status, 401);
	assert.equal((await post("/webhooks/payments", JSON.stringify({ data: accepted }))).status, 401);
	assert.equal(await paid(), false);
	for (let times = 0; times < 2; times++) assert.equal((await deliver(accepted)).status, 204);
	assert.equal(await paid(), true);
	while (!printed.includes(referenceId) && child.stdout) await once(child.stdout, "data");
	assert.equal(printed.split(`${referenceId} is paid`).length, 2, "it is sent once");
	assert.equal((await deliver({ ...accepted, referenceId: "order-of-another-shop" })).status, 204);
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
