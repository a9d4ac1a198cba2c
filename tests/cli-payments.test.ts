// The command's payments, events, resend and trigger, against the Worker in workerd and the sandbox.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { linesOf, run, show } from "./cli/command.ts";
import { close, fixture, runHere } from "./cli/fixture.ts";
import { serve } from "./serve.ts";

after(close);

describe("payments, events and resend", () => {
	let id: string;

	before(async () => {
		id = String((await fixture.pay("order-1001")).id);
		await fixture.pay("order-1002", { amount: "80.00", isPaid: false });
	});

	test("payments lists page by page, and by filter", async () => {
		const list = await runHere(["payments", "--json"]);
		assert.equal(list.code, 0);
		assert.deepEqual(
			linesOf(list).map((one) => one.referenceId),
			["order-1002", "order-1001"],
		);
		assert.equal(linesOf(list)[1].id, id);
		const first = await runHere(["payments", "--limit", "1", "--json"]);
		assert.equal(linesOf(first).length, 1);
		const [, cursor = ""] = /--cursor (\S+)/.exec(first.err) ?? [];
		assert.equal(
			linesOf(await runHere(["payments", "--limit", "1", "--cursor", cursor, "--json"]))[0].referenceId,
			"order-1001",
		);
		assert.equal(linesOf(await runHere(["payments", "--all", "--limit", "1", "--json"])).length, 2);
		for (const [flag, value, count] of [
			["--reference-id", "order-1001", 1],
			["--funds", "guaranteed", 1],
			["--status", "unknown", 0],
			["--from", "2999-01-01T00:00:00Z", 0],
			["--to", "2999-01-01T00:00:00Z", 2],
			["--delivery", "dead", 0],
		] as const) {
			assert.equal(linesOf(await runHere(["payments", flag, value, "--json"])).length, count, flag);
		}
		await show("payments", await runHere(["payments"]));
		assert.match((await runHere(["payments"])).out, /Accepted \(guaranteed\) {2}12\.50 {2}order-1001/);
	});

	test("payments with an id prints that payment and its timeline", async () => {
		const one = await runHere(["payments", id]);
		assert.match(one.out, /^funds +guaranteed$/m);
		assert.match(one.out, /outcome {2}outcome=created/);
		await show(`payments ${id}`, one);
		const [json] = linesOf(await runHere(["payments", id, "--json"]));
		assert.equal(json.paid, true);
		assert.equal(json.events[0].type, "attempt");
	});

	test("payments with an unknown id exits 1", async () => {
		const none = await runHere(["payments", "3-5f2c1f0e-3a53-4c0e-8a44-3f3b0d3b7a10"]);
		assert.equal(none.code, 1);
		assert.match(none.err, /The Worker answered not_found/);
	});

	test("events prints changes, and the cursor to continue from", async () => {
		const all = await runHere(["events", "--all", "--limit", "1", "--json"]);
		assert.deepEqual(
			linesOf(all).map(({ type, data }) => `${type} ${data.referenceId}`),
			["payment.created order-1001", "payment.updated order-1001", "payment.created order-1002"],
		);
		const [, cursor = ""] = /--cursor (\S+)/.exec(all.err) ?? [];
		assert.equal((await runHere(["events", "--cursor", cursor, "--json"])).out, "");
		const credits = await runHere(["events", "--type", "payment.updated"]);
		assert.match(credits.out, /^payment\.updated #2, credit {2}.*order-1001/);
		await show("events", await runHere(["events"]));
		assert.equal(linesOf(await runHere(["events", "--payment-id", id, "--json"])).length, 2);
	});

	test("resend exits 1 without an endpoint", async () => {
		const output = await runHere(["resend", id]);
		assert.equal(output.code, 1);
		assert.match(output.err, /not_possible|misconfigured/);
	});

	for (const node of [22, 24] as const) {
		test(`payments runs on Node ${node}`, async () =>
			assert.equal(linesOf(await runHere(["payments", "--json"], {}, node)).length, 2));
	}
});

describe("trigger", () => {
	const at = (args: string[]) => runHere(["trigger", "--sandbox", fixture.sandbox.url, ...args]);

	test("makes a payment and plays its payor", async () => {
		for (const [story, product, status] of [
			["accept", "interac", "Accepted"],
			["decline", "interac", "Declined"],
			["pad_pending", "eft", "Completed"],
			["no_guarantee", "geft", "Failed"],
			["return_later", "eft", "Completed"],
			["settle", "interac", "Settled"],
		] as const) {
			const output = await at([story, "--json"]);
			assert.equal(output.code, 0, output.err);
			const [{ paymentId }] = linesOf(output);
			const known = await fixture.ask("GET", `/payments/${paymentId}`);
			assert.deepEqual([known.product, known.status], [product, status], story);
		}
	});

	test("reverses a payment that the Worker knows as paid", async () => {
		const [{ paymentId, status }] = linesOf(await at(["reverse", "--json"]));
		const known = await fixture.ask("GET", `/payments/${paymentId}`);
		assert.deepEqual([status, known.status, known.paid], ["Failed", "Accepted", true]);
	});

	test("prints the payment that it has played", async () => {
		const output = await at(["accept"]);
		assert.match(output.out, /^paymentId \S+ {2}sessionId \S+ {2}requestId \S+ {2}status Accepted$/m);
		await show("trigger accept", output);
	});

	test("plays an existing payment", async () => {
		const { id, sessionId } = await fixture.pay("order-1003", { isPaid: false });
		const accepted = await at(["accept", String(id)]);
		assert.match(accepted.out, /status Accepted/);
		assert.match((await at(["settle", String(id)])).out, /moved 1/);
		assert.match((await at(["reverse", String(sessionId)])).out, /status Failed/);
		const late = await at(["accept", String(sessionId)]);
		assert.equal(late.code, 1);
		assert.match(late.err, /The sandbox at .* answered 409/);
	});

	test("moves the clock", async () => {
		const output = await at(["advance", "--by", "15m", "--json"]);
		assert.ok(linesOf(output)[0].now - Date.now() > 800_000);
	});

	test("creates no payment when the Worker is not in front of this sandbox", async () => {
		const before = linesOf(await runHere(["payments", "--all", "--json"])).length;
		const output = await runHere(["trigger", "accept"]);
		assert.equal(output.code, 1);
		assert.match(output.err, /No payment was created: FLINKS_BASE_URL of the Worker is http/);
		assert.equal(linesOf(await runHere(["payments", "--all", "--json"])).length, before);
	});

	test("creates no payment when --sandbox names the Worker's own host of Flinks", async () => {
		const calls: string[] = [];
		const { url, close } = await serve((request, response) => {
			calls.push(`${request.method} ${request.url}`);
			const bindings = [{ name: "FLINKS_BASE_URL", value: `http://${request.headers.host}` }];
			const isConfig = request.url === "/config";
			response.writeHead(isConfig ? 200 : 404, { "content-type": "application/json" });
			response.end(JSON.stringify(isConfig ? { bindings } : { message: "no such path" }));
		});
		const output = await run(["trigger", "accept", "--sandbox", url], { WORKER_URL: url, API_KEY: "0123456789abcdef" });
		close();
		assert.equal(output.code, 1);
		assert.match(output.err, /answered 404: Is that the sandbox\?/);
		assert.deepEqual(calls, ["GET /config", "POST /sandbox/advance"]);
	});
});
