// Who may do what: every route with every credential, method and content type, against authorization/table.txt.
// `UPDATE_TABLE=1` writes the table anew; a person reviews what changes in it. A refused request sends nothing to Flinks.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { signWebhook } from "flinkspay-edge";
import { type Running, startSandbox, startWorker } from "../tools/processes.ts";
import { journalOf } from "./worker/calls.ts";

const table = fileURLToPath(new URL("authorization/table.txt", import.meta.url));
const [apiKey, previousKey, webhookSecret, username, password] = Array.from({ length: 5 }, () => crypto.randomUUID());

let sandbox: Running;
let worker: Running;

before(async () => {
	sandbox = await startSandbox({ username: username ?? "", password: password ?? "" });
	worker = await startWorker({
		sandboxUrl: sandbox.url,
		secrets: { FLINKS_USERNAME: username ?? "", FLINKS_PASSWORD: password ?? "", API_KEY: apiKey ?? "" },
		vars: { API_KEY_PREVIOUS: previousKey ?? "", FLINKS_WEBHOOK_SECRET: webhookSecret ?? "", LEDGER_SHARDS: "1" },
	});
});
after(() => Promise.all([worker?.stop(), sandbox?.stop()]));

const PAYMENT = JSON.stringify({
	...{ referenceId: "order-1001", amount: "12.50" },
	...{ customerName: "Ada Tremblay", customerEmail: "ada@example.com" },
});
const when = new Date().toISOString();
const HOOK = JSON.stringify({ event: "SessionSetupStatusChanged", when, sessionId: "abc", status: "Failed" });

const bearer = (key: string | undefined) => ({ Authorization: `Bearer ${key}` });
const signed = (secret: string | undefined) => signWebhook({ body: HOOK, secret: secret ?? "", scheme: "geft" });
const CREDENTIALS: Record<string, Record<string, string>> = {
	none: {},
	"API key": bearer(apiKey),
	"previous API key": bearer(previousKey),
	"wrong key": bearer(crypto.randomUUID()),
	"key as Basic": { Authorization: `Basic ${btoa(`${apiKey}:`)}` },
	"webhook secret as key": bearer(webhookSecret),
	signature: signed(webhookSecret),
	"wrong signature": signed(crypto.randomUUID()),
	"API key as signature": signed(apiKey),
};
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const TYPES = [undefined, "application/json", "text/plain", "application/x-www-form-urlencoded"];

test("every route answers each credential as the table says", async () => {
	const made = await ask("POST", "/payments", CREDENTIALS["API key"], "application/json");
	const { id } = (await made.json()) as { id: string };
	asked = await requests();
	const routes: string[] = [];
	for (const path of [
		...["/payments", "/payments/{id}", "/payments/{id}/events", "/payments/{id}/cancel", "/payments/{id}/resolution"],
		...[
			"/payments/{id}/resend",
			"/webhooks/flinks",
			"/config",
			"/healthz",
			"/openapi.json",
			"/payments/{id}/other",
			"/",
		],
	]) {
		const rows = new Map<string, string[]>();
		for (const [name, credential] of Object.entries(CREDENTIALS)) {
			const cells: string[] = [];
			for (const method of METHODS) {
				for (const type of method === "POST" ? TYPES : [undefined]) {
					const answer = await cell(method, path.replace("{id}", id), credential, type);
					cells.push(`${method}${type === undefined ? "" : ` ${type}`}: ${answer}`);
				}
			}
			const row = cells.filter((answer) => !answer.endsWith(": 405 method_not_allowed")).join("\n    ");
			rows.set(row, [...(rows.get(row) ?? []), name]);
		}
		routes.push(path, ...[...rows].map(([row, names]) => `  ${names.join(", ")}\n    ${row}`));
	}
	const found = `What each route answers to each credential. What is not listed is 405 method_not_allowed.\n\n${routes.join("\n")}\n`;
	if (process.env.UPDATE_TABLE === "1") await writeFile(table, found);
	assert.equal(found, await readFile(table, "utf8"));
});

/** Requests to Flinks before the current cell. */
let asked = 0;

/** The status and the code; asserts that a refusal sends nothing to Flinks. */
async function cell(method: string, path: string, credential: Record<string, string>, type?: string): Promise<string> {
	const response = await ask(method, path, credential, type);
	const { status, headers } = response;
	const json = method === "HEAD" ? {} : ((await response.json()) as { code?: string });
	const before = asked;
	asked = await requests();
	if (status >= 400) {
		assert.equal(asked, before, `${method} ${path} is refused and asks Flinks`);
		assert.equal(headers.get("cache-control"), "no-store");
		assert.equal(headers.has("www-authenticate"), status === 401);
	}
	assert.equal(headers.get("access-control-allow-origin"), null);
	if (method === "HEAD" && status === 405) return "405 method_not_allowed";
	return json.code === undefined ? String(status) : `${status} ${json.code}`;
}

function ask(method: string, path: string, credential: Record<string, string> = {}, type?: string): Promise<Response> {
	const isBodiless = method === "GET" || method === "HEAD";
	const body = path.startsWith("/webhooks")
		? HOOK
		: path.endsWith("/resolution")
			? '{"outcome":"not_created"}'
			: PAYMENT;
	const contentType = type === undefined ? {} : { "Content-Type": type };
	const headers = { ...credential, ...contentType, "Idempotency-Key": crypto.randomUUID() };
	// Fetch gives text a content type of its own, and bytes none.
	return fetch(worker.url + path, { method, headers, ...(isBodiless ? {} : { body: new TextEncoder().encode(body) }) });
}

/** Requests to Flinks that change a payment; the alarm reads statuses by itself. */
async function requests(): Promise<number> {
	return (await journalOf(sandbox).creating()).length;
}
