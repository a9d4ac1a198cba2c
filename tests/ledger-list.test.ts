// The list of payments: its pages and its filters.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { call, created, startLedger, unknown } from "./ledger/fixture.ts";

startLedger();

describe("the list", () => {
	test("pages over all objects, the newest first, each once", async () => {
		const from = new Date().toISOString();
		const ids = [];
		for (let count = 0; count < 12; count++) ids.unshift((await created()).id);
		const to = new Date(Date.now() + 1).toISOString();
		const seen: string[] = [];
		let next: string | undefined;
		do {
			const query = new URLSearchParams({ from, to, limit: "5", ...(next === undefined ? {} : { cursor: next }) });
			const { status, json, text } = await call("GET", `/payments?${query}`);
			assert.equal(status, 200, text);
			const page = json as { payments: { id: string; createdAt: string }[]; next?: string };
			seen.push(...page.payments.map(({ id }) => id));
			next = page.next;
			assert.ok(seen.length <= 12);
		} while (next !== undefined);
		assert.deepEqual(seen, ids);
		assert.ok(new Set(ids.map((id) => id.split("-")[0])).size > 1, "all were in one object");
		const none = await call("GET", `/payments?${new URLSearchParams({ from: to })}`);
		assert.deepEqual(none.json.payments, []);
	});

	test("says how the + of an offset is written", async () => {
		for (const name of ["from", "to"]) {
			for (const offset of ["+00:00", "+05:30"]) {
				const { status, json } = await call("GET", `/payments?${name}=2026-01-01T00:00:00${offset}`);
				assert.deepEqual([status, json.code, json.field], [400, "invalid_input", name]);
				assert.match(String(json.detail), /write \+ as %2B, or use Z/);
			}
			for (const time of ["2026-01-01T00:00:00%2B00:00", "2026-01-01T00:00:00-05:00", "2026-01-01T00:00:00Z"]) {
				assert.equal((await call("GET", `/payments?${name}=${time}`)).status, 200, time);
			}
			const { json } = await call("GET", `/payments?${name}=yesterday`);
			assert.equal(json.detail, "must be a time such as 2026-01-01T00:00:00Z");
		}
	});

	test("filters the payments of unknown outcome", async () => {
		const { id } = await unknown("geft");
		await created();
		const { json } = await call("GET", "/payments?status=unknown&limit=100");
		const found = json.payments as { id: string; status: string }[];
		assert.ok(found.some((payment) => payment.id === id));
		assert.ok(found.every(({ status }) => status === "unknown"));
	});
});
