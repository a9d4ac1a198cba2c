// The receiver of docs/webhooks.md, word for word: its books agree with the bank, whichever messages come, how often, in which
// order and at the same time.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { FlinksPay } from "flinkspay-edge";
import { Webhook } from "standardwebhooks";
import { type Running, registerWebhook, startSandbox, startWorker } from "../tools/processes.ts";
import { sample } from "./books/sample.ts";
import { newSecret } from "./merchant/messages.ts";
import { type Server, serve } from "./serve.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const secret = newSecret();

let books: DatabaseSync;
/** The page's samples. */
let receive: (request: Request, secret: string) => Promise<Response>;

before(async () => {
	const folder = `${root}target/receiver`;
	await mkdir(folder, { recursive: true });
	await writeFile(`${folder}/receiver.ts`, sample("ts"));
	// The reader supplies what the sample declares: here it is SQLite.
	Object.assign(globalThis, {
		run: async (sql: string, ...values: string[]) => void books.prepare(sql).run(...values),
	});
	({ receive } = await import(`${folder}/receiver.ts`));
});
beforeEach(() => {
	books = new DatabaseSync(":memory:");
	books.exec(sample("sql"));
});

interface Message {
	type: string;
	effect: string;
	sequence: number;
	data: Record<string, string | boolean>;
}

/** All messages about a payment until its money is returned. */
function story(): { settled: Message[]; returned: Message } {
	const id = "3-5f2c1f0e-3a53-4c0e-8a44-3f3b0d3b7a10";
	const known = { id, product: "geft", referenceId: "order-1001", amount: "100.00" };
	const money = { paidAmount: "80.00", amountDiffers: true, paid: true, final: false };
	const message = (sequence: number, type: string, effect: string, data: Message["data"]): Message => {
		return { type, effect, sequence, data: { ...known, ...data } };
	};
	return {
		settled: [
			message(1, "payment.created", "none", { status: "Initiated", funds: "none", paid: false, final: false }),
			message(2, "payment.updated", "credit", { ...money, status: "Accepted", funds: "guaranteed" }),
			message(3, "payment.updated", "none", { ...money, status: "Processed", funds: "guaranteed" }),
			message(4, "payment.updated", "none", { ...money, status: "Settled", funds: "settled", final: true }),
			message(5, "payment.updated", "none", { ...money, status: "Settled", funds: "settled", final: true }),
		],
		returned: message(6, "payment.returned", "reverse", { ...money, status: "Failed", funds: "returned", paid: false }),
	};
}

async function deliver(message: Message, key = secret): Promise<number> {
	const body = JSON.stringify({ timestamp: new Date().toISOString(), ...message });
	const id = `msg_${message.sequence}`;
	const at = new Date();
	const headers = {
		"webhook-id": id,
		"webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
		"webhook-signature": new Webhook(key).sign(id, at, body),
	};
	const request = new Request("https://shop.example/hooks", { method: "POST", headers, body });
	return (await receive(request, secret)).status;
}

async function deliverAll(messages: readonly Message[]): Promise<void> {
	for (const message of messages) assert.equal(await deliver(message), 204);
}

/** The order's entries in the books. */
function received(): unknown[] {
	return books.prepare("SELECT reference, amount FROM received").all().map(Object.values);
}

const PAID = [["order-1001", "80.00"]];

describe("the receiver of Flinks' own webhooks", () => {
	const sessionId = crypto.randomUUID();
	const about = { sessionId, referenceId: "order-1001", amount: 80, status: "Completed", statusDetails: "EFT0301" };
	let receiveFlinks: typeof receive;
	let guaranteeDetails: object | undefined;
	before(async () => {
		await writeFile(`${root}target/receiver/flinks.ts`, sample("ts", 1));
		const answer = (url: string) => {
			if (url.endsWith("/authorize")) return { access_token: "token", token_type: "Bearer", expires_in: 600 };
			// The details have no `statusDetails`, as on Flinks' page about them.
			const { statusDetails: _, ...details } = about;
			return url.endsWith("/details") ? { ...details, guaranteeDetails } : about;
		};
		const options = { baseUrl: "https://pay.example", username: "name", password: "word" };
		const pay = new FlinksPay({ ...options, fetch: async (input) => Response.json(answer(String(input))) });
		Object.assign(globalThis, { pay, referenceOf: async () => "order-1001" });
		({ receive: receiveFlinks } = await import(`${root}target/receiver/flinks.ts`));
	});

	for (const [what, details, books] of [
		["is guaranteed", undefined, PAID],
		["has no guarantee, since it was refused", { guaranteeAccepted: false }, []],
	] as const) {
		test(`has the money at the bank in its books for a payment that ${what}`, async () => {
			guaranteeDetails = details;
			const body = JSON.stringify({ ...about, type: "SessionSetupStatusChanged", when: new Date().toISOString() });
			const mac = createHmac("sha256", secret).update(body).digest("hex");
			const headers = { "X-Webhook-Signature": `sha256=${mac}` };
			const init = { method: "POST", headers, body };
			assert.equal((await receiveFlinks(new Request("https://shop.example/flinks", init), secret)).status, 200);
			assert.deepEqual(received(), books);
		});
	}
});

describe("the receiver of docs/webhooks.md", () => {
	test("credits a payment once after Accepted, Processed, Settled and their repeats", async () => {
		const { settled } = story();
		await deliverAll(settled.slice(0, 1));
		assert.deepEqual(received(), []);
		await deliverAll([...settled, ...settled]);
		assert.deepEqual(received(), PAID);
	});

	test("credits once when a message comes 20 times at once", async () => {
		const { settled } = story();
		const [, credit] = settled;
		assert.ok(credit);
		const answers = await Promise.all(Array.from({ length: 20 }, () => deliver(credit)));
		assert.deepEqual(new Set(answers), new Set([204]));
		assert.deepEqual(received(), PAID);
	});

	test("reverses a credit once, in each order of the messages", async () => {
		const { settled, returned } = story();
		for (let place = 0; place <= settled.length; place++) {
			books.exec("DELETE FROM credits; DELETE FROM reversals");
			await deliverAll(settled.toSpliced(place, 0, returned, returned));
			await deliverAll([...settled, returned]);
			assert.deepEqual(received(), [], `after ${place}`);
			assert.equal(books.prepare("SELECT * FROM credits").all().length, 1);
		}
	});

	test("rejects a message that the Worker has not signed, and a credit without an amount", async () => {
		const [, credit] = story().settled;
		assert.ok(credit);
		assert.equal(await deliver(credit, `whsec_${Buffer.from(new Uint8Array(24)).toString("base64")}`), 401);
		const { paidAmount: _, ...data } = credit.data;
		await assert.rejects(deliver({ ...credit, data }));
		assert.deepEqual(received(), []);
	});
});

describe("the receiver of docs/webhooks.md behind the Worker", () => {
	const [apiKey, username, password, flinksSecret] = Array.from({ length: 4 }, () => crypto.randomUUID());
	let taken: (Message & { id: string })[] = [];
	let sandbox: Running;
	let worker: Running;
	let endpoint: Server;

	before(async () => {
		endpoint = await serve(async (request, response) => {
			const body = await text(request);
			const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
			const { status } = await receive(new Request(`${endpoint.url}/hooks`, { method: "POST", headers, body }), secret);
			taken.push({ id: String(request.headers["webhook-id"]), ...JSON.parse(body) });
			response.writeHead(status).end();
		});
		sandbox = await startSandbox({ username: username ?? "", password: password ?? "" });
		worker = await startWorker({
			sandboxUrl: sandbox.url,
			secrets: {
				...{ FLINKS_USERNAME: username ?? "", FLINKS_PASSWORD: password ?? "", API_KEY: apiKey ?? "" },
				...{ FLINKS_WEBHOOK_SECRET: flinksSecret ?? "", MERCHANT_WEBHOOK_SECRET: secret },
			},
			vars: { MERCHANT_WEBHOOK_URL: `${endpoint.url}/hooks`, LEDGER_SHARDS: "1" },
		});
		await registerWebhook(sandbox.url, worker.url, flinksSecret ?? "", true);
	});
	after(async () => {
		await Promise.all([worker?.stop(), sandbox?.stop()]);
		endpoint.close();
	});
	beforeEach(() => {
		taken = [];
	});

	async function call(url: string, body?: object): Promise<Record<string, unknown>> {
		const headers = { Authorization: `Bearer ${apiKey}`, "Idempotency-Key": crypto.randomUUID() };
		const init = body && { method: "POST", body: JSON.stringify(body) };
		const response = await fetch(url, { headers: { ...headers, "Content-Type": "application/json" }, ...init });
		const answer = await response.text();
		assert.ok(response.ok, `${url}: ${response.status} ${answer}`);
		return answer === "" ? {} : JSON.parse(answer);
	}
	const pay = (params: object) =>
		call(`${worker.url}/payments`, { referenceId: "order-1001", amount: "100.00", ...params });
	/** An act of the payor or the bank. */
	const atBank = ({ sessionId }: Record<string, unknown>, what: string, body: object) =>
		call(`${sandbox.url}/sandbox/sessions/${sessionId}/${what}`, body);

	async function untilTaken(isIt: (message: Message) => boolean): Promise<void> {
		for (const deadline = Date.now() + 60_000; !taken.some(isIt); ) {
			if (Date.now() > deadline) assert.fail(`no such message was sent: ${JSON.stringify(taken)}`);
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	}
	const status = (word: string) => untilTaken(({ data }) => data.status === word);

	/** The session's money at the bank, by the sandbox's book. */
	async function money({ sessionId }: Record<string, unknown>): Promise<unknown> {
		const book = (await call(`${sandbox.url}/sandbox/book`)) as unknown as { sessionId: string; money: string }[];
		return book.find((entry) => entry.sessionId === sessionId)?.money;
	}

	test("Accepted, Processed, Settled and a resend credit a payment once, and a return takes it back", async () => {
		const payment = await pay({ customerName: "Ada Tremblay", customerEmail: "ada@example.com" });
		await atBank(payment, "play", {});
		await status("Accepted");
		const settle = (to: string) => call(`${sandbox.url}/sandbox/settle`, { to, sessionId: payment.sessionId });
		await settle("Processed");
		await status("Processed");
		await settle("Settled");
		await status("Settled");
		const before = taken.length;
		await call(`${worker.url}/payments/${payment.id}/resend`, {});
		await untilTaken(() => taken.length > before);
		const paid = taken.filter(({ data }) => data.paid);
		assert.ok(new Set(paid.map(({ id }) => id)).size >= 4, "several messages say paid");
		assert.deepEqual(received(), [["order-1001", "100.00"]]);
		assert.equal(await money(payment), "100.00");
		await atBank(payment, "reverse", {});
		await untilTaken(({ type }) => type === "payment.returned");
		assert.deepEqual(received(), []);
		assert.equal(await money(payment), "0.00");
		assert.deepEqual(
			taken.map(({ effect }) => effect).filter((effect) => effect !== "none"),
			["credit", "reverse"],
		);
	});

	test("a payment of another amount is credited with what was paid", async () => {
		const payor = { firstName: "Ada", lastName: "Offer" };
		const payment = await pay({ product: "geft", payor });
		await atBank(payment, "play", {});
		await untilTaken(({ data }) => data.paid === true);
		assert.deepEqual(received(), [["order-1001", "80.00"]]);
		assert.equal(await money(payment), "80.00");
	});

	test("a scheduled debit that is returned was never credited", async () => {
		const payment = await pay({ product: "eft", payor: { firstName: "Ada", lastName: "Return" } });
		await atBank(payment, "play", {});
		await untilTaken(({ data }) => data.funds === "scheduled");
		assert.deepEqual(received(), []);
		await atBank(payment, "reverse", { code: "901" });
		await untilTaken(({ type }) => type === "payment.returned");
		assert.deepEqual([received(), await money(payment)], [[], "0.00"]);
		assert.deepEqual(new Set(taken.map(({ effect }) => effect)), new Set(["none"]));
	});
});
