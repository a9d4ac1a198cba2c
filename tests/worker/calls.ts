// Calls of the Worker by a merchant's back end, and what must hold of every answer and every log.

import assert from "node:assert/strict";
import type { JournalEntry } from "../../sandbox/src/types.ts";
import type { Running } from "../../tools/processes.ts";

export const apiKey = crypto.randomUUID();
export const previousKey = crypto.randomUUID();
export const credentials = { FLINKS_USERNAME: crypto.randomUUID(), FLINKS_PASSWORD: crypto.randomUUID() };
export const wrongPassword = crypto.randomUUID();
export const payor = { customerName: "Zephyrine Canary", customerEmail: "zephyrine.canary@example.com" };
export const params = { referenceId: "order-1001", amount: "12.50", ...payor };

/** Every answer, for the checks of all of them. */
const allAnswers: { method: string; path: string; status: number; text: string }[] = [];

export interface Answer {
	status: number;
	headers: Headers;
	text: string;
	json: Record<string, unknown>;
}

interface Ask {
	to?: Running;
	headers?: Readonly<Record<string, string | undefined>>;
	body?: unknown;
	text?: RequestInit["body"];
}

/** The calls of this Worker, or of another one that is named. */
export function callsTo(worker: Running) {
	async function call(to: Running, path: string, init: RequestInit = {}): Promise<Answer> {
		const response = await fetch(to.url + path, { redirect: "manual", signal: AbortSignal.timeout(110_000), ...init });
		const text = await response.text();
		allAnswers.push({ method: init.method ?? "GET", path, status: response.status, text });
		const json = (/json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : {}) as Answer["json"];
		return { status: response.status, headers: response.headers, text, json };
	}

	/** `POST /payments`. A header that is `undefined` is left out; `text` is sent in place of `body` as it is. */
	function pay({ to = worker, headers = {}, body = params, text }: Ask = {}): Promise<Answer> {
		const all = {
			Authorization: `Bearer ${apiKey}`,
			"Content-Type": "application/json",
			"Idempotency-Key": crypto.randomUUID(),
			...headers,
		};
		const sent = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
		const init = { method: "POST", headers: new Headers(sent.map(([name, value]) => [name, value])), duplex: "half" };
		return call(to, "/payments", { ...init, body: text ?? JSON.stringify(body) } as RequestInit);
	}

	function read(id: string, to = worker): Promise<Answer> {
		return call(to, `/payments/${id}`, { headers: { Authorization: `Bearer ${apiKey}` } });
	}

	return { call, pay, read };
}

/** Asserts what every error answer has, and what this one is to have. */
export function assertProblem(
	answer: Answer,
	expected: { status: number; code: string; outcome?: string; field?: string; referenceId?: string; id?: string },
): void {
	const { status, headers, json } = answer;
	const { type, title, instance, detail, ...rest } = json;
	assert.deepEqual(rest, { outcome: "not_sent", ...expected });
	assert.equal(status, expected.status);
	assert.equal(type, `urn:flinkspay-edge:problem:${expected.code}`);
	assert.equal(typeof title, "string");
	assert.ok(detail === undefined || typeof detail === "string");
	assert.equal(headers.get("content-type"), "application/problem+json");
	assert.equal(headers.get("cache-control"), "no-store");
	const requestId = headers.get("x-request-id") ?? "";
	assert.match(requestId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
	assert.equal(instance, `urn:uuid:${requestId}`);
	assert.equal(headers.get("access-control-allow-origin"), null);
}

/** What a sandbox has seen. */
export function journalOf(sandbox: Running) {
	async function journal(): Promise<JournalEntry[]> {
		return (await (await fetch(`${sandbox.url}/sandbox/journal`)).json()) as JournalEntry[];
	}

	/** The requests to the sandbox that may create something. Polls run too, and they authorize. */
	async function creating(): Promise<JournalEntry[]> {
		return (await journal()).filter(({ method, path }) => method === "POST" && path !== "/api/v1/authorize");
	}

	/** Asserts that during the act no request that may create something reaches the sandbox. */
	async function createsNothing(act: () => Promise<void>): Promise<void> {
		const { length } = await creating();
		await act();
		assert.equal((await creating()).length, length);
	}

	return { journal, creating, createsNothing };
}

export interface OpenApi {
	openapi: string;
	paths: Record<string, Record<string, Operation>>;
	webhooks: { payment: { post: { requestBody: { content: { "application/json": { schema: { $ref: string } } } } } } };
	components: {
		schemas: Record<
			string,
			{ additionalProperties?: unknown; required?: string[]; properties?: Record<string, { pattern?: string }> }
		>;
		securitySchemes: Record<string, { scheme: string }>;
	};
}

export interface Operation {
	security?: object[];
	parameters?: { name: string; in: string; required: boolean }[];
	responses: Record<string, { headers: Record<string, unknown>; content: unknown }>;
}

/**
 * Asserts that every answer so far is in the OpenAPI document, that none has a secret, and that the logs of these Workers have
 * neither a secret nor a payor.
 */
export async function assertAnswersAndLogs(...workers: readonly [Running, ...Running[]]): Promise<void> {
	const doc: OpenApi = await (await fetch(`${workers[0].url}/openapi.json`)).json();
	const undocumented = allAnswers.filter(({ method, path, status }) => {
		const route = doc.paths[path.replace(/^\/payments\/[^/]+/, "/payments/{id}").replace(/\?.*/, "")];
		const operation = route?.[method.toLowerCase()];
		return operation !== undefined && !(status in operation.responses);
	});
	assert.deepEqual(undocumented, []);
	const secrets = [apiKey, previousKey, wrongPassword, ...Object.values(credentials)];
	const encoded = secrets.flatMap((secret) => [secret, btoa(`${credentials.FLINKS_USERNAME}:${secret}`)]);
	const logs = workers.map((one) => one.output());
	assert.ok(
		logs.every((log) => /POST \/payments/.test(log)),
		"the logs are empty",
	);
	const texts = [...allAnswers.map(({ text }) => text), ...logs];
	for (const secret of encoded) assert.equal(texts.filter((text) => text.includes(secret)).length, 0);
	for (const personal of [...Object.values(payor), params.referenceId, "/app/?sessionId"]) {
		assert.equal(logs.filter((log) => log.includes(personal)).length, 0, personal);
	}
}
