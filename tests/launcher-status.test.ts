// How the launcher finds out what became of its payment: how often it asks the Worker, and how it goes on after a reload.

import assert from "node:assert/strict";
import { test } from "node:test";
import { settledByClock, stopClock } from "./chromium.ts";
import {
	created,
	events,
	flinks,
	posts,
	problem,
	reads,
	ready,
	run,
	start,
	traffic,
	until,
	view,
	visit,
} from "./launcher/page.ts";

test("reports paid by the Worker's answer alone, and asks it every 30 seconds at most", async () => {
	const last = view("Settled", true, true);
	traffic.replies = [created(), view("Initiated", false, false), view("Accepted", true, false), last];
	await visit(async (page) => {
		await stopClock(page);
		const frame = await start(page);
		const success = () => frame.evaluate(() => window.parent.postMessage({ step: "SUCCESS" }, "*"));
		await success();
		await until(page, "events.length === 1");
		await page.clock.runFor(1);
		await until(page, "events.length === 2");
		assert.deepEqual(await events(page), [
			["step", { step: "SUCCESS", ends: true }],
			["status", { id: "1-a", referenceId: "order-1", status: "Initiated", funds: "none", paid: false, final: false }],
		]);
		assert.deepEqual(
			reads().map(({ line, authorization }) => [line, authorization]),
			[["GET /payments/1-a", "Bearer may.read.it"]],
		);
		await success();
		await run(page, "void pay.payment.status(); void pay.payment.status()");
		await page.clock.runFor(29_000);
		assert.equal(reads().length, 1);
		await page.clock.runFor(2_000);
		await until(page, "events.at(-1)[1].paid");
		assert.equal(reads().length, 2);
		// Once it is paid the polling stops; the page may still ask.
		await page.clock.runFor(600_000);
		await success();
		await settledByClock(page);
		assert.equal(reads().length, 2);
		await run(page, "void pay.payment.status()");
		await page.clock.runFor(1);
		await until(page, "events.at(-1)[1].final");
		assert.equal(reads().length, 3);
	});
});

test("stops polling once an EFT is scheduled, and does not report it as paid", async () => {
	traffic.replies = [created(), view("Completed", false, false, "scheduled"), view("Settled", true, true)];
	await visit(async (page) => {
		await stopClock(page);
		const frame = await start(page);
		await frame.evaluate(() => window.parent.postMessage({ step: "SUCCESS" }, "*"));
		await until(page, "events.length === 1");
		await page.clock.runFor(1);
		await until(page, "events.length === 2");
		const [[, detail] = []] = await events(page, "status");
		assert.deepEqual(detail, {
			...{ id: "1-a", referenceId: "order-1", status: "Completed" },
			...{ funds: "scheduled", paid: false, final: false },
		});
		await page.clock.runFor(600_000);
		await settledByClock(page);
		assert.equal(reads().length, 1);
	});
});

test("polls every 30 seconds without any message, until the element is gone", async () => {
	traffic.replies = [
		created(),
		view("Initiated", false, false),
		problem(502, "network", "not_sent"),
		view("Odd", false, false),
	];
	await visit(async (page) => {
		await stopClock(page);
		await start(page);
		for (const [asked, type] of [
			[1, "status"],
			[2, "problem"],
			[3, "status"],
		] as const) {
			await page.clock.runFor(31_000);
			await until(page, `events.length === ${asked}`);
			assert.equal((await events(page))[asked - 1]?.[0], type);
		}
		await run(page, "pay.remove()");
		await page.clock.runFor(300_000);
		await settledByClock(page);
		assert.equal(reads().length, 3);
	});
});

test("an element that is removed while it starts does not poll, and shows its payment once it is added again", async () => {
	traffic.replies = [created(), view("Initiated", false, false)];
	await visit(async (page) => {
		await stopClock(page);
		await run(page, "(window.started = pay.start(), pay.remove())");
		assert.equal(await run(page, "started.then((payment) => payment.id)"), "1-a");
		await page.clock.runFor(300_000);
		await settledByClock(page);
		assert.equal(reads().length, 0);
		await run(page, "document.body.append(pay)");
		await run(page, "pay.start().then(() => {})");
		assert.equal(await page.locator("#pay iframe").count(), 1);
		await page.clock.runFor(31_000);
		await until(page, "events.length === 1");
		assert.equal(traffic.calls.length, 2); // the order, once, and one read
	});
});

test("stops polling when the payment is closed, until its status is asked for", async () => {
	traffic.replies = [created(), view("Initiated", false, false)];
	await visit(async (page) => {
		await stopClock(page);
		await start(page);
		await run(page, "pay.payment.close()");
		await page.clock.runFor(120_000);
		await settledByClock(page);
		assert.equal(reads().length, 0);
		await run(page, "void pay.payment.status()");
		await page.clock.runFor(1);
		await until(page, "events.length === 1");
		await page.clock.runFor(31_000);
		await until(page, "events.length === 2");
		assert.equal(reads().length, 2);
	});
});

test("without a container, and with mode redirect, the tab goes to Flinks' page and can be resumed", async () => {
	for (const go of ["launcher.launch({ worker: pay.getAttribute('worker'), order: 'x' })", "pay.start()"]) {
		traffic.replies = [created(), view("Accepted", true, false)];
		traffic.calls = [];
		await visit(async (page) => {
			await run(page, `pay.setAttribute("mode", "redirect"); void ${go}`);
			await page.waitForURL(`${flinks}/app/?sessionId=s`);
			await page.goBack();
			await ready(page);
			const [first, second] = await run<unknown[]>(
				page,
				"[launcher.resume(), launcher.resume()].map((p) => p?.referenceId)",
			);
			assert.deepEqual([first, second], ["order-1", "order-1"]);
			assert.equal(await run(page, "launcher.resume() === launcher.resume()"), true);
			assert.equal(await run(page, "launcher.resume().status().then(({ paid }) => paid)"), true);
			await page.reload();
			await ready(page);
			assert.equal(await run(page, "launcher.resume()"), undefined, "it is paid");
			assert.deepEqual(
				traffic.calls.map(({ line }) => line),
				["POST /payments", "GET /payments/1-a"],
			);
		});
	}
});

test("reports a capability that has expired, and forgets its payment", async () => {
	traffic.replies = [created(), problem(401, "unauthorized", "not_sent")];
	await visit(async (page) => {
		await start(page);
		// The page is loaded anew, a day later.
		await page.reload();
		await ready(page);
		const failed = "launcher.resume().status().catch((error) => ({ name: error.name, ...error }))";
		const { name, stage, code } = await run<Record<string, unknown>>(page, failed);
		assert.deepEqual([name, stage, code], ["LaunchError", "status", "unauthorized"]);
		assert.equal(await run(page, "launcher.resume()"), undefined);
		await page.reload();
		await ready(page);
		assert.equal(await run(page, "launcher.resume()"), undefined);
		assert.equal(reads().length, 1);
	});
});

test("stops polling when the capability expires, until the payment is launched again", async () => {
	traffic.replies = [created(), problem(401, "unauthorized", "not_sent")];
	await visit(async (page) => {
		await stopClock(page);
		await start(page);
		await page.clock.runFor(31_000);
		await until(page, "events.length === 1");
		const [[type, detail] = []] = await events(page);
		assert.deepEqual([type, (detail as { code: string }).code], ["problem", "unauthorized"]);
		await page.clock.runFor(600_000);
		await settledByClock(page);
		assert.equal(reads().length, 1);
		traffic.replies = [created({ capability: "another" }), view("Accepted", true, false)];
		await run(page, "pay.payment.close(); pay.start()");
		assert.equal(posts().length, 2, "the same order is brought again");
		await run(page, "void pay.payment.status()");
		await page.clock.runFor(1);
		await until(page, "events.at(-1)[1].paid");
		assert.equal(reads().at(-1)?.authorization, "Bearer another");
	});
});

test("keeps the payment after any other failure", async () => {
	traffic.replies = [created(), problem(503, "misconfigured", "not_sent"), view("Initiated", false, false)];
	await visit(async (page) => {
		await start(page);
		await page.reload();
		await ready(page);
		const code = await run(page, "launcher.resume().status().catch(({ code }) => code)");
		assert.equal(code, "misconfigured");
		assert.equal(await run(page, "launcher.resume().referenceId"), "order-1");
	});
});

test("does not trust what is in sessionStorage, and works without it", async () => {
	await visit(async (page) => {
		for (const kept of ["x", "null", "{}", '{"appUrl":"javascript:alert(1)"}']) {
			await run(page, `sessionStorage.setItem("flinks-pay", ${JSON.stringify(kept)})`);
			assert.equal(await run(page, "launcher.resume()"), undefined);
		}
		await run(page, `Object.defineProperty(window, "sessionStorage", { get() { throw new Error("SecurityError"); } })`);
		assert.equal(await run(page, "launcher.resume()"), undefined);
		await start(page);
	});
});
