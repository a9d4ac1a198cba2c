// The Worker in workerd in front of the sandbox, as the ledger's callers see it, and calls of both. What Flinks was asked is in the
// sandbox's journal.

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { signWebhook } from "flinkspay-edge";
import type { JournalEntry } from "../../sandbox/src/sandbox.ts";
import { type Running, startSandbox, startWorker } from "../../tools/processes.ts";
import { journalOf } from "../worker/calls.ts";

export const [apiKey, previousKey, webhookSecret, previousSecret] = Array.from({ length: 4 }, () =>
	crypto.randomUUID(),
);
const username = crypto.randomUUID();
export const password = crypto.randomUUID();
const person = { firstName: "Zephyrine", lastName: "Canary" };
export const params = {
	interac: { amount: "12.50", customerName: "Zephyrine Canary", customerEmail: "zephyrine.canary@example.com" },
	"e-transfer": { amount: "12.50", payor: { ...person, email: "zephyrine.canary@example.com" } },
	eft: { payor: person },
	geft: { amount: "12.50", payor: person, options: { showConsentScreen: true } },
} as const;
export type Product = keyof typeof params;
export const PRODUCTS = Object.keys(params) as Product[];

let sandbox: Running;
let worker: Running;

/** Starts the Worker and the sandbox for the tests of a file. */
export function startLedger(): void {
	before(async () => {
		sandbox = await startSandbox({ username, password });
		worker = await startWorker({
			sandboxUrl: sandbox.url,
			secrets: { FLINKS_USERNAME: username, FLINKS_PASSWORD: password, API_KEY: apiKey ?? "" },
			vars: {
				API_KEY_PREVIOUS: previousKey ?? "",
				FLINKS_WEBHOOK_SECRET: webhookSecret ?? "",
				FLINKS_WEBHOOK_SECRET_PREVIOUS: previousSecret ?? "",
				// The test of a lost cancellation waits this long.
				FLINKS_TIMEOUT_MS: "15000",
				LEDGER_SHARDS: "3",
			},
		});
	});
	after(() => Promise.all([worker?.stop(), sandbox?.stop()]));
}

export interface Answer {
	status: number;
	headers: Headers;
	text: string;
	json: Record<string, unknown>;
}

export async function call(method: string, path: string, body?: unknown, headers: HeadersInit = {}): Promise<Answer> {
	const init = {
		method,
		headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json", ...headers },
		signal: AbortSignal.timeout(60_000),
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	};
	const response = await fetch(worker.url + path, init);
	const text = await response.text();
	return { status: response.status, headers: response.headers, text, json: JSON.parse(text) };
}

interface Asked {
	product?: Product;
	key?: string;
	more?: object;
}

export function pay({ product = "interac", key = crypto.randomUUID(), more = {} }: Asked = {}): Promise<Answer> {
	const body = { product, referenceId: `order-${key.slice(0, 8)}`, ...params[product], ...more };
	return call("POST", "/payments", body, { "Idempotency-Key": key });
}

export async function created(product: Product = "interac") {
	const { status, text, json } = await pay({ product });
	assert.equal(status, 201, text);
	return { id: String(json.id), sessionId: String(json.sessionId), requestId: String(json.requestId) };
}

export async function control(path: string, body?: object, method = "POST"): Promise<void> {
	const headers = { "Content-Type": "application/json" };
	const response = await fetch(`${sandbox.url}/sandbox${path}`, {
		...{ method, headers },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	assert.ok(response.ok, `${path}: ${await response.text()}`);
}

export function journal(): Promise<JournalEntry[]> {
	return journalOf(sandbox).journal();
}

/** The paths of the requests during this work that may create or move money. */
export async function creatingDuring(work: () => Promise<unknown>): Promise<string[]> {
	const { creating } = journalOf(sandbox);
	const { length } = await creating();
	await work();
	return (await creating()).slice(length).map(({ path }) => path);
}

export async function eventsOf(id: string): Promise<Record<string, unknown>[]> {
	const { status, json, text } = await call("GET", `/payments/${id}/events`);
	assert.equal(status, 200, text);
	return json.events as Record<string, unknown>[];
}

/** A payment whose outcome is unknown, since Flinks' answer was empty. */
export async function unknown(product: Product, step = product === "interac" ? "initiate" : "session") {
	await control("/faults", { step, fault: "empty" });
	const key = crypto.randomUUID();
	const answer = await pay({ product, key });
	assert.deepEqual([answer.status, answer.json.code, answer.json.outcome], [502, "outcome_unknown", "unknown"]);
	return { key, answer, id: String(answer.json.id) };
}

interface Hook {
	sessionId: string;
	status: string;
	statusDetails?: string | undefined;
	secret?: string | undefined;
	headers?: Record<string, string>;
}

export async function hook({
	sessionId,
	status,
	statusDetails,
	secret = webhookSecret,
	headers,
}: Hook): Promise<number> {
	const event = {
		event: "SessionSetupStatusChanged",
		when: new Date().toISOString(),
		sessionId,
		status,
		statusDetails,
	};
	const body = JSON.stringify(event);
	const signed = headers ?? signWebhook({ body, secret: secret ?? "", scheme: "geft" });
	const response = await fetch(`${worker.url}/webhooks/flinks`, { method: "POST", body, headers: signed });
	await response.body?.cancel();
	return response.status;
}
