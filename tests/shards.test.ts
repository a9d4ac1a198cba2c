// The number of objects cannot change once there is a payment. When it has changed, every route refuses before it does anything:
// with another number a payment would be missing, a webhook would be lost and a key would start a second payment.

import assert from "node:assert/strict";
import { test } from "node:test";
import { seededBug } from "./crash/bugs.ts";
import { bundle } from "./crash/workerd.ts";
import { withFixture } from "./notifications/fixture.ts";

const folder = await bundle(seededBug());

for (const [from, to] of [
	["16", "4"],
	["4", "16"],
	["4", "5"],
	["4", "1"],
] as const) {
	test(`every route says that LEDGER_SHARDS has changed, from ${from} to ${to}`, async () => {
		await withFixture(folder, { LEDGER_SHARDS: from }, async (fixture) => {
			const payments = [];
			for (let index = 0; index < 8; index++) {
				payments.push({ key: `sharded-${index}`, ...(await fixture.start("eft", `sharded-${index}`)) });
			}
			const { system } = fixture;
			const { json: page } = await system.call("GET", "/events");
			await fixture.restartWith({ LEDGER_SHARDS: to });
			const left = system.gateway.wire.length;
			const answers: [what: string, status: number, json: unknown][] = [];
			const note = (what: string, { status, json }: { status: number; json: object }) =>
				answers.push([what, status, json]);
			note("list", await system.call("GET", "/payments"));
			// A 400 would make a reader drop its cursor, and repeat or skip events.
			for (const query of ["", `?cursor=${page.next}`, "?cursor=latest", `?paymentId=${payments[0]?.id}`]) {
				note(`feed${query}`, await system.call("GET", `/events${query}`));
			}
			for (let index = 0; index < 24; index++) note("a new key", await system.ask("eft", `new-${index}`));
			for (const { key, id, sessionId } of payments) {
				note("an old key", await system.ask("eft", key));
				note("read", await system.read(id));
				note("events", await system.call("GET", `/payments/${id}/events`));
				note("cancel", await system.cancel(id));
				note("resend", await system.call("POST", `/payments/${id}/resend`));
				note("resolve", await system.resolve(id, { outcome: "not_created" }));
				answers.push(["webhook", await system.hint({ sessionId, status: "Completed" }), misconfigured]);
			}
			answers.push([
				"webhook",
				await system.hint({ sessionId: crypto.randomUUID(), status: "Completed" }),
				misconfigured,
			]);
			const wrong = answers.filter(([, status, json]) => status !== 503 || !isMisconfigured(json));
			assert.deepEqual([...new Set(wrong.map(([what, status]) => `${what}: ${status}`))], []);
			assert.equal(system.gateway.wire.slice(left).filter(({ step }) => step !== "session_status").length, 0);
			// With the first number again, all payments are there.
			await fixture.restartWith({});
			for (const { key, id } of payments) {
				assert.equal((await system.read(id)).status, 200);
				assert.equal((await system.ask("eft", key)).replayed, true);
			}
			assert.equal((await system.list()).length, payments.length);
		});
	});
}

const misconfigured = { code: "misconfigured", field: "LEDGER_SHARDS" };

function isMisconfigured(json: unknown): boolean {
	const { code, field } = json as { code?: string; field?: string };
	return code === misconfigured.code && field === misconfigured.field;
}
