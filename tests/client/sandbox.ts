// A client in front of the sandbox over HTTP, and what the sandbox saw.

import assert from "node:assert/strict";
import { inspect } from "node:util";
import { FlinksPay, FlinksPayError, type FlinksPayOptions, type PaymentParams } from "flinkspay-edge";
import type { JournalEntry } from "../../sandbox/src/sandbox.ts";
import { startSandbox } from "../../tools/processes.ts";

export const username = "canary-user";
export const password = `canary-${crypto.randomUUID()}`;
export const sandbox = await startSandbox({ username, password });

export function client(options: Partial<FlinksPayOptions> = {}): FlinksPay {
	return new FlinksPay({ baseUrl: sandbox.url, username, password, ...options });
}

export function params(more: Partial<PaymentParams> = {}): PaymentParams {
	return {
		referenceId: `order-${crypto.randomUUID()}`,
		amount: "12.50",
		customerName: "Zoë O'Neil",
		customerEmail: "zoe@example.com",
		...more,
	};
}

export async function control(method: string, path: string, body?: unknown): Promise<Response> {
	const json = { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
	const response = await fetch(`${sandbox.url}/sandbox${path}`, { method, ...(body === undefined ? {} : json) });
	assert.ok(response.ok, `${method} ${path}: ${response.status}`);
	return response;
}

/** What the sandbox saw while `work` ran. */
export async function seen<T>(work: () => Promise<T>): Promise<{ result: T; journal: JournalEntry[] }> {
	await control("DELETE", "/journal");
	const result = await work();
	const journal = (await (await control("GET", "/journal")).json()) as JournalEntry[];
	return { result, journal };
}

export async function failure(work: () => unknown): Promise<FlinksPayError> {
	try {
		await work();
	} catch (error) {
		assert.ok(error instanceof FlinksPayError, inspect(error));
		return error;
	}
	assert.fail("the call did not fail");
}
