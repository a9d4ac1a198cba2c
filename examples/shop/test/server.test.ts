// What the shop's back end makes of the Worker's answers; here the Worker is a few lines that say what they are told.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";

type Reply = (response: ServerResponse) => void;
const json =
	(status: number, body: unknown): Reply =>
	(response) =>
		response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

let reply: Reply = json(500, {});
let seen: { line: string; headers: IncomingMessage["headers"]; body: string }[] = [];
const worker = createServer(async (request, response) => {
	let body = "";
	for await (const chunk of request) body += chunk;
	seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
	reply(response);
});
let shop = "";
let child: ReturnType<typeof spawn>;

before(async () => {
	worker.listen(0, "127.0.0.1");
	await once(worker, "listening");
	const address = worker.address();
	if (typeof address !== "object" || !address) throw new Error("no address");
	const env = { ...process.env, API_KEY: "shop-key", WORKER_URL: `http://127.0.0.1:${address.port}`, PORT: "0" };
	child = spawn(process.execPath, [fileURLToPath(new URL("../server.ts", import.meta.url))], { env });
	if (!child.stdout) throw new Error("no output");
	const [line] = await once(child.stdout, "data");
	shop = /http:\S+/.exec(String(line))?.[0] ?? "";
});
beforeEach(() => {
	seen = [];
});
after(() => {
	child.kill();
	worker.close();
	worker.closeAllConnections();
});

const buy = async () => {
	const response = await fetch(`${shop}/orders`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ name: "Ada Tremblay", email: "ada@example.com", amount: "12.50" }),
	});
	return { status: response.status, body: Object(await response.json()) };
};
const look = async (orderId: string) => {
	const response = await fetch(`${shop}/orders/${orderId}`);
	return { status: response.status, body: Object(await response.json()) };
};

test("an order is one request to the Worker, with the order's id as its key", async () => {
	reply = json(201, { id: "p/1", requestId: "r", sessionId: "s", appUrl: "https://pay.example/app/?sessionId=s" });
	const { status, body } = await buy();
	assert.equal(status, 201);
	assert.deepEqual(Object.keys(body), ["orderId", "appUrl"]);
	const [call] = seen;
	assert.equal(seen.length, 1);
	assert.equal(call?.line, "POST /payments");
	assert.equal(call?.headers.authorization, "Bearer shop-key");
	assert.equal(call?.headers["idempotency-key"], body.orderId);
	assert.deepEqual(JSON.parse(call?.body ?? ""), {
		referenceId: body.orderId,
		amount: "12.50",
		customerName: "Ada Tremblay",
		customerEmail: "ada@example.com",
	});

	for (const [answer, expected] of [
		[
			{ status: "Accepted", paid: true, final: false },
			{ status: "Accepted", paid: true, final: false },
		],
		[
			{ status: "Odd", paid: "yes", final: 1 },
			{ status: "Odd", paid: false, final: false },
		],
	]) {
		reply = json(200, { id: "p/1", sessionId: "s", ...answer });
		assert.deepEqual(await look(body.orderId), { status: 200, body: expected });
	}
	assert.equal(seen.at(-1)?.line, "GET /payments/p%2F1");
	reply = json(502, { code: "network" });
	assert.equal((await look(body.orderId)).status, 502);
	assert.equal((await look("order-other")).status, 404);
});

test("without a clear no, the buyer is told not to pay twice, and the Worker is not asked again", async () => {
	for (const unclear of [
		json(502, { code: "outcome_unknown", outcome: "unknown" }),
		json(500, {}),
		(response: ServerResponse) => response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>"),
		(response: ServerResponse) => response.destroy(),
	]) {
		seen = [];
		reply = unclear;
		const { status, body } = await buy();
		assert.equal(status, 502);
		assert.equal(body.unknown, true);
		assert.match(body.message, /do not pay twice/);
		assert.ok(body.message.includes(body.orderId));
		assert.equal(seen.length, 1);
		assert.equal((await look(body.orderId)).status, 502);
	}
});

test("a clear no lets the buyer try again, and names the field", async () => {
	reply = json(400, { code: "invalid_input", outcome: "not_sent", field: "customerEmail" });
	const wrong = await buy();
	assert.deepEqual([wrong.status, wrong.body.unknown, wrong.body.field], [400, false, "customerEmail"]);
	reply = json(429, { code: "rate_limited", outcome: "rejected" });
	const later = await buy();
	assert.deepEqual([later.status, later.body.unknown], [503, false]);
	assert.match(later.body.message, /nothing was charged\. Please wait a minute/);
});

test("another site cannot order in a buyer's name, and what is too large is refused", async () => {
	const headers = { "content-type": "text/plain", origin: "https://evil.example" };
	assert.equal((await fetch(`${shop}/orders`, { method: "POST", headers, body: "{}" })).status, 403);
	const body = JSON.stringify({ name: "x".repeat(20_000) });
	const large = { method: "POST", headers: { "content-type": "application/json" }, body };
	assert.equal((await fetch(`${shop}/orders`, large)).status, 413);
	assert.equal(seen.length, 0);
});
