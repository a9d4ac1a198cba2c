// What the Worker refuses to stay available: too many payments at once, and more than the platform's rate limiter lets through.

import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { after, before, describe, test } from "node:test";
import { signOrder } from "flinkspay-edge/order";
import { createSandbox } from "../sandbox/src/sandbox.ts";
import { type Running, startWorkerd } from "../tools/processes.ts";
import { ProblemError } from "../worker/src/problem.ts";
import { Gateway } from "./crash/gateway.ts";
import { bundle, Workerd } from "./crash/workerd.ts";
import { configWith } from "./deploy/config.ts";
import { until } from "./notifications/fixture.ts";
import { type Server, serve } from "./serve.ts";

const apiKey = crypto.randomUUID();
const credentials = { username: crypto.randomUUID(), password: crypto.randomUUID() };
const secrets = { FLINKS_USERNAME: credentials.username, FLINKS_PASSWORD: credentials.password, API_KEY: apiKey };
const sandbox = createSandbox({ credentials });
const gateway = new Gateway(sandbox);
let origin: string;
let folder: string;

before(async () => {
	origin = await gateway.listen();
	folder = await bundle([], "worker/src/index.ts");
});
after(() => gateway.close());

interface Answer {
	status: number;
	json: Record<string, unknown>;
	text: string;
	retryAfter: string | null;
}

async function call(to: { url: string }, path: string, init: RequestInit = {}): Promise<Answer> {
	const headers = { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json", ...init.headers };
	const response = await fetch(to.url + path, { ...init, headers, signal: AbortSignal.timeout(120_000) });
	const text = await response.text();
	return { status: response.status, json: JSON.parse(text), text, retryAfter: response.headers.get("retry-after") };
}

function pay(to: { url: string }, key: string): Promise<Answer> {
	const payor = { customerName: "Zephyrine Canary", customerEmail: "zephyrine.canary@example.com" };
	const body = JSON.stringify({ referenceId: key, amount: "12.50", ...payor });
	return call(to, "/payments", { method: "POST", body, headers: { "Idempotency-Key": key } });
}

/** How many payments Flinks was asked for, without the reads beside them. */
const created = () => gateway.wire.filter(({ step }) => step === "initiate").length;

describe("too much at once", () => {
	const [MOST_AT_ONCE, ASKED] = [128, 200];
	const held: ServerResponse[] = [];
	let upstream: Server;
	let workerd: Workerd;

	before(async () => {
		upstream = await serve((request, response) => {
			request.resume();
			held.push(response);
		});
		workerd = await Workerd.start({
			...{ folder, state: "overload" },
			bindings: {
				...{ ...secrets, FLINKS_BASE_URL: upstream.url, LEDGER_SHARDS: "1" },
				// Long enough for all requests to arrive.
				...{ FLINKS_TIMEOUT_MS: "120000", FLINKS_DEADLINE_MS: "120000" },
			},
		});
	});
	after(async () => {
		await workerd?.kill();
		upstream.close();
	});

	test("an object starts 128 payments at once, refuses more immediately, and starts others again later", async () => {
		const asked = Array.from({ length: ASKED }, (_, number) => pay(workerd, `crowd-${number}`));
		const answered: Answer[] = [];
		const all = Promise.all(asked.map(async (answer) => answered.push(await answer)));
		all.catch(() => {});
		await until(
			"128 are held and the others answered",
			() => held.length >= MOST_AT_ONCE && answered.length >= ASKED - MOST_AT_ONCE,
		);
		// No other one starts later.
		await new Promise((resolve) => setTimeout(resolve, 500));
		assert.deepEqual([held.length, answered.length], [MOST_AT_ONCE, ASKED - MOST_AT_ONCE]);
		for (const { status, json, retryAfter } of answered.splice(0)) {
			assert.deepEqual([status, json.code, json.outcome, retryAfter], [503, "overloaded", "not_sent", "1"]);
		}

		// The client does not retry after a 401.
		for (const response of held.splice(0)) response.writeHead(401).end();
		await all;
		assert.equal(answered.length, MOST_AT_ONCE);
		for (const { status, json } of answered) assert.deepEqual([status, json.code], [502, "credentials_rejected"]);

		const next = pay(workerd, "next");
		await until("it is held", () => held.length === 1);
		held[0]?.writeHead(401).end();
		assert.equal((await next).json.code, "credentials_rejected");
	});
});

describe("an object that the platform says is overloaded", () => {
	for (const [when, outcome] of [
		["at once", "not_sent"],
		["when it is asked once more, after it has died over the question", "unknown"],
	] as const) {
		test(`${when}: the outcome is ${outcome}`, async () => {
			// Not imported by name: the types of workerd are not those of Node.
			const { callLedger } = await import(String(new URL("../worker/src/ledger/client.ts", import.meta.url)));
			const env = { LEDGER: { getByName: () => ({}) } };
			let died = outcome === "not_sent";
			const question = async () => {
				const error = died ? { overloaded: true } : { retryable: true };
				died = true;
				throw Object.assign(new Error("by the platform"), error);
			};
			await assert.rejects(callLedger(env, 0, question), (error) => {
				assert.ok(error instanceof ProblemError);
				assert.deepEqual([error.code, error.facts.outcome ?? "not_sent"], ["overloaded", outcome]);
				return true;
			});
		});
	}
});

describe("the rate limiter of docs/deploy.md", () => {
	const LIMIT = 5;
	/** More than is let through although the limiter's window, which is a minute of the wall clock, ends meanwhile. */
	const ENOUGH = 4 * LIMIT;
	let worker: Running;

	before(async () => {
		const { folder, config } = await configWith("ratelimits", LIMIT);
		assert.equal(config.ratelimits?.[0]?.simple.limit, LIMIT);
		worker = await startWorkerd({
			...{ name: "the Worker with a rate limiter", folder, readyAt: "/healthz" },
			bindings: { FLINKS_BASE_URL: origin, ALLOWED_ORIGINS: SHOP },
			secrets: { ...secrets, ORDER_SECRET: orderSecret },
		});
	});
	after(() => worker?.stop());

	const SHOP = "https://shop.example";
	const orderSecret = crypto.randomUUID();

	/** Brings an order that the merchant has signed, or, with another secret, a stranger. */
	async function bring(secret = orderSecret): Promise<{ status: number; code: unknown }> {
		const payor = { customerName: "Zephyrine Canary", customerEmail: "zephyrine.canary@example.com" };
		const payment = { referenceId: "order", amount: "12.50", ...payor };
		const order = await signOrder({ id: "limited", payment, secret });
		const headers = { Origin: SHOP, "Content-Type": "application/json" };
		const body = JSON.stringify({ order });
		const response = await fetch(`${worker.url}/payments`, { method: "POST", headers, body });
		return { status: response.status, code: ((await response.json()) as Record<string, unknown>).code };
	}

	test("forged orders do not count towards it, and a visitor's orders do not count towards the API key's limit", async () => {
		for (let count = 0; count < 2 * LIMIT; count++) {
			assert.deepEqual(await bring(crypto.randomUUID()), { status: 401, code: "order_invalid" });
		}
		assert.equal((await bring()).status, 201);
		let status = 201;
		for (let count = 0; count < ENOUGH && status === 201; count++) ({ status } = await bring());
		assert.equal(status, 429);
		assert.equal((await pay(worker, "not-limited")).status, 201);
	});

	test("answers 429 before it reads the body when there are too many requests", async () => {
		const first = await pay(worker, "limited");
		assert.equal(first.status, 201, first.text);
		// What comes just after a refusal may be let through, where the window has ended between them.
		let [late, before] = [first, created()];
		// The test before this one has used one request, and the first payment another.
		for (let used = 2; used < ENOUGH && late.status === 201; used++) {
			const { status } = await call(worker, "/payments", { method: "POST", body: "no JSON" });
			if (status === 400) continue;
			assert.ok(status === 429 && used >= LIMIT, `${status} after ${used} of ${LIMIT}`);
			before = created();
			late = await pay(worker, `late-${used}`);
		}
		assert.deepEqual([late.status, late.json.code, late.json.outcome], [429, "rate_limited", "not_sent"]);
		assert.equal(late.retryAfter, "10");
		assert.equal(created(), before);
		assert.equal((await call(worker, `/payments/${first.json.id}`)).status, 200, "reads are not limited");
	});
});
