// The stores of docs/receiving.md, word for word, on their databases: each effect once, with two processes that share SQLite's
// file or PostgreSQL, and on D1 in workerd; its routes; and its `catchUp`.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createReceiver, type PaymentMessage, type ReceiverStore } from "flinkspay-edge/merchant";
import { Pool } from "pg";
import { registerWebhook, startSandbox, startWorker, startWorkerd } from "../tools/processes.ts";
import { receivingSample } from "./books/sample.ts";
import { callsFor, type Sql } from "./merchant/calls.ts";
import { folder, open, TABLES, writeStores } from "./merchant/databases.ts";
import { newSecret, signed, storyOf } from "./merchant/messages.ts";
import { startPostgres } from "./merchant/postgres.ts";

const MERCHANT_WEBHOOK_SECRET = newSecret();
const program = fileURLToPath(new URL("merchant/backend.ts", import.meta.url));

/** Back ends that share a store. */
interface BackEnd {
	urls: readonly string[];
	store: ReceiverStore;
	sql: Sql;
	/** Kills the last of them, when it is a process. */
	kill?(): Promise<void>;
	close(): Promise<unknown>;
}

before(writeStores);

async function deliver(url: string | undefined, message: PaymentMessage): Promise<number> {
	const answer = await fetch(url ?? "", signed(message, [MERCHANT_WEBHOOK_SECRET]));
	await answer.arrayBuffer();
	return answer.status;
}

async function inProcesses(where: string, afterwards: () => Promise<unknown>): Promise<BackEnd> {
	const { store, sql, close } = await open(where);
	const env = { ...process.env, MERCHANT_WEBHOOK_SECRET };
	const children: ChildProcess[] = [];
	const urls: string[] = [];
	for (let count = 0; count < 2; count++) {
		const child = spawn(process.execPath, [program, where], { env, stdio: ["ignore", "pipe", "ignore"] });
		children.push(child);
		const [port] = await once(child.stdout, "data");
		urls.push(`http://127.0.0.1:${String(port).trim()}`);
	}
	const end = async (child?: ChildProcess) => {
		if (child && child.signalCode === null && child.kill("SIGKILL")) await once(child, "close");
	};
	return {
		...{ urls, store, sql },
		kill: () => end(children.at(-1)),
		close: async () => {
			await Promise.all(children.map(end));
			await close();
			await afterwards();
		},
	};
}

async function onSqlite(): Promise<BackEnd> {
	const scratch = await mkdtemp(join(tmpdir(), "flinkspay-edge-receiving-"));
	return inProcesses(join(scratch, "books.db"), () => rm(scratch, { recursive: true }));
}

async function onPostgres(): Promise<BackEnd> {
	const postgres = await startPostgres();
	return inProcesses(postgres.folder, postgres.stop);
}

async function onD1(): Promise<BackEnd> {
	const sample = receivingSample("ts", "D1Database; MERCHANT_WEBHOOK_SECRET");
	const bare = sample.replace(/^declare function d1Store.*$/m, 'import { d1Store } from "./d1Store.ts";');
	await writeFile(`${folder}hono.ts`, bare);
	await copyFile(new URL("merchant/worker.js", import.meta.url), `${folder}worker.js`);
	const d1 = { binding: "DB", database_name: "books", database_id: "books" };
	const config = { name: "receiving", main: "worker.js", compatibility_date: "2026-10-01", d1_databases: [d1] };
	await writeFile(`${folder}wrangler.json`, JSON.stringify(config));
	const secrets = { MERCHANT_WEBHOOK_SECRET };
	const { url, stop } = await startWorkerd({ name: "a shop", folder: "target/merchant", secrets, readyAt: "/ready" });
	const call = async (path: string, given: string[]) => {
		const response = await fetch(url + path, { method: "POST", body: JSON.stringify(given) });
		return JSON.parse(await response.text());
	};
	const sql: Sql = (...given) => call("/sql", given);
	const store: ReceiverStore = {
		read: (...given) => call("/store", ["read", ...given]),
		swap: (...given) => call("/store", ["swap", ...given]),
	};
	for (const table of TABLES) await sql(table);
	return { urls: [url], store, sql, close: stop };
}

/** Sends a payment's messages to a route of the page, and gives what is in the page's table after each. */
async function received(sql: Sql, send: (message: PaymentMessage) => Promise<number>): Promise<unknown> {
	const { id, credit, settled, reversal } = storyOf();
	const seen: unknown[] = [];
	for (const message of [settled, credit, credit, reversal, credit]) {
		assert.equal(await send(message), 204);
		const rows = await sql("SELECT reference, amount FROM received WHERE payment = ?", id);
		seen.push(rows.map((row) => Object.values(row).join(" ")).join());
	}
	return seen;
}
const ONCE = ["", "order-1001 80.00", "order-1001 80.00", "", ""];

for (const [name, start] of Object.entries({ "node:sqlite": onSqlite, PostgreSQL: onPostgres, D1: onD1 })) {
	describe(`the store for ${name}`, () => {
		let backEnd: BackEnd;
		before(async () => {
			backEnd = await start();
		});
		after(() => backEnd?.close());

		const called = (id: string) => callsFor(backEnd.sql, id);
		const kept = async (id: string) => {
			const [row] = await backEnd.sql("SELECT state FROM payments_taken WHERE payment = ?", id);
			return String(row?.state);
		};
		const first = (message: PaymentMessage) => deliver(backEnd.urls[0], message);
		const last = (message: PaymentMessage) => deliver(backEnd.urls.at(-1), message);

		it("swaps only when it has the value before", async () => {
			const { store } = backEnd;
			const id = storyOf().id;
			assert.equal((await store.read(id)) ?? "", "");
			for (const [before, after, isSwapped, kept] of [
				["", "none 1", true, "none 1"],
				["", "none 2", false, "none 1"],
				["none", "credited", false, "none 1"],
				["none 1", "credited", true, "credited"],
				["none 1", "none", false, "credited"],
			] as const) {
				assert.equal(await store.swap(id, before, after), isSwapped);
				assert.equal(await store.read(id), kept);
			}
		});

		it("credits once and reverses once when messages repeat", async () => {
			const { id, credit, settled, reversal } = storyOf();
			for (const message of [credit, credit, settled]) assert.equal(await first(message), 204);
			assert.deepEqual([await called(id), await kept(id)], [["credit"], "credited"]);
			for (const message of [reversal, credit, reversal]) assert.equal(await last(message), 204);
			assert.deepEqual([await called(id), await kept(id)], [["credit", "reverse"], "reversed"]);
		});

		it("calls once when a message comes 20 times at once to all processes", async () => {
			for (let round = 0; round < 5; round++) {
				const { id, credit, reversal } = storyOf();
				for (const [message, calls] of [
					[credit, ["credit"]],
					[reversal, ["credit", "reverse"]],
				] as const) {
					const deliveries = Array.from({ length: 20 }, (_, at) =>
						deliver(backEnd.urls[at % backEnd.urls.length], message),
					);
					const answers = new Set(await Promise.all(deliveries));
					assert.ok(answers.has(204));
					// 503 asks the sender to send it again.
					answers.delete(503);
					assert.deepEqual([...answers], [204]);
					assert.equal(await last(message), 204);
					assert.deepEqual(await called(id), calls);
				}
			}
		});

		it("credits nothing after its reversal", async () => {
			const { id, credit, reversal } = storyOf();
			for (const message of [reversal, credit, reversal]) assert.equal(await first(message), 204);
			assert.deepEqual(await called(id), ["reverse"]);
		});

		it("credits again after a credit that failed", async () => {
			const { id, credit } = storyOf("fails");
			assert.equal(await first(credit), 500);
			assert.equal(await kept(id), "none");
			for (const send of [last, first]) assert.equal(await send(credit), 204);
			assert.deepEqual(await called(id), ["credit", "credit"]);
		});

		it("credits again after a process died at it, and not before its claim has expired", async () => {
			const { id, credit, reversal } = storyOf("hangs");
			// The merchant's function never returns.
			const hanging = last(credit).catch(() => 0);
			while ((await called(id)).length === 0) await sleep(20);
			await backEnd.kill?.();
			if (backEnd.kill) assert.equal(await hanging, 0);
			for (const message of [credit, reversal]) assert.equal(await first(message), 503);
			const [done, until] = (await kept(id)).split(" ");
			const left = Number(until) - Date.now();
			assert.ok(done === "none" && left > 0 && left <= 120_000, `${done} for ${left} ms`);
			// A message's time is in whole seconds.
			await backEnd.sql("UPDATE payments_taken SET state = ? WHERE payment = ?", `none ${Date.now() - 1_000}`, id);
			const again = { ...credit, data: { ...credit.data, referenceId: "order-1001" } };
			assert.equal(await first(again), 204);
			assert.deepEqual([await called(id), await kept(id)], [["credit", "credit"], "credited"]);
		});
	});
}

describe("the samples of docs/receiving.md", () => {
	/** Runs the sample with this text; the globals stand for what it declares. */
	async function run(text: string, own: object) {
		Object.assign(globalThis, own);
		process.env.MERCHANT_WEBHOOK_SECRET = MERCHANT_WEBHOOK_SECRET;
		const file = `${folder}sample-${text.replaceAll(/\W/g, "")}.ts`;
		await writeFile(file, receivingSample("ts", text));
		return import(file);
	}

	it("Hono, on Workers with D1", async () => {
		const { urls, sql, close } = await onD1();
		try {
			assert.deepEqual(await received(sql, (message) => deliver(`${urls[0]}/webhooks/payments`, message)), ONCE);
		} finally {
			await close();
		}
	});

	it("Next.js, with PostgreSQL", async () => {
		const postgres = await startPostgres();
		const { sql, close } = await open(postgres.folder);
		const pool = new Pool({ host: postgres.folder, user: "merchant", database: "postgres" });
		try {
			const { postgresStore } = await import(`${folder}postgresStore.ts`);
			const { POST } = await run("app/webhooks/payments/route.ts", { pool, postgresStore });
			const send = async (message: PaymentMessage) => {
				const request = new Request("https://shop.example/", signed(message, [MERCHANT_WEBHOOK_SECRET]));
				return (await POST(request)).status;
			};
			assert.deepEqual(await received(sql, send), ONCE);
		} finally {
			await Promise.all([close(), pool.end()]);
			await postgres.stop();
		}
	});

	it("Express, Fastify and Node alone, with node:sqlite", async () => {
		const db = new DatabaseSync(":memory:");
		for (const table of TABLES) db.exec(table);
		const sql: Sql = async (text, ...values) => db.prepare(text).all(...values);
		const { sqliteStore } = await import(`${folder}sqliteStore.ts`);
		const { app: express, payments } = await run("export const payments", { db, sqliteStore });
		const { app: fastify } = await run("export const app = Fastify", { payments });
		const { server: alone } = await run("createServer", { payments });
		await fastify.ready();
		for (const server of [createServer(express), fastify.server, alone] as Server[]) {
			server.listen(0, "127.0.0.1");
			await once(server, "listening");
			const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/payments`;
			assert.deepEqual(await received(sql, (message) => deliver(url, message)), ONCE);
			server.close();
			server.closeAllConnections();
		}
	});

	it("the events of a Worker, each once, from the stored cursor", async () => {
		const [username, password] = [crypto.randomUUID(), crypto.randomUUID()];
		const [apiKey, flinksSecret] = [crypto.randomUUID(), crypto.randomUUID()];
		const sandbox = await startSandbox({ username, password });
		const credentials = { FLINKS_USERNAME: username, FLINKS_PASSWORD: password };
		const secrets = { ...credentials, API_KEY: apiKey, FLINKS_WEBHOOK_SECRET: flinksSecret };
		const worker = await startWorker({ sandboxUrl: sandbox.url, secrets, vars: { LEDGER_SHARDS: "1" } });
		try {
			await registerWebhook(sandbox.url, worker.url, flinksSecret, true);
			const call = async (url: string, body?: object) => {
				const json = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
				const init = body && { method: "POST", body: JSON.stringify(body) };
				const answer = await fetch(url, { headers: { ...json, "idempotency-key": "order-1001" }, ...init });
				assert.ok(answer.ok, `${url}: ${answer.status}`);
				return answer.text();
			};
			const called: string[] = [];
			const kept = new Map<string, string>();
			const payments = createReceiver({
				secrets: [MERCHANT_WEBHOOK_SECRET],
				store: {
					read: (id) => kept.get(id),
					swap: (id, before, after) => (kept.get(id) ?? "") === before && kept.set(id, after).size > 0,
				},
				onCredit: ({ referenceId, paidAmount }) => called.push(`credit ${referenceId} ${paidAmount}`),
				onReverse: ({ referenceId }) => called.push(`reverse ${referenceId}`),
			});
			let read: string | undefined;
			const cursor = {
				load: async () => read,
				save: async (next: string) => {
					read = next;
				},
			};
			const { catchUp } = await run("function catchUp", { payments, cursor });

			const payor = { customerName: "Ada Tremblay", customerEmail: "ada@example.com" };
			const order = { referenceId: "order-1001", amount: "100.00", ...payor };
			const { sessionId } = JSON.parse(await call(`${worker.url}/payments`, order));
			await catchUp(worker.url, apiKey);
			assert.deepEqual(called, []);
			for (const [happens, expected] of [
				["play", "credit order-1001 100.00"],
				["reverse", "reverse order-1001"],
			]) {
				await call(`${sandbox.url}/sandbox/sessions/${sessionId}/${happens}`, {});
				// Flinks' webhook causes the Worker's read.
				for (const deadline = Date.now() + 60_000; called.at(-1) !== expected; await sleep(200)) {
					assert.ok(Date.now() < deadline, `${called}, and not ${expected}`);
					await catchUp(worker.url, apiKey);
				}
			}
			read = undefined;
			await catchUp(worker.url, apiKey);
			assert.equal(called.length, 2);
		} finally {
			await Promise.all([worker.stop(), sandbox.stop()]);
		}
	});
});
