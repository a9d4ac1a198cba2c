// The launcher in Chromium, under the strict policy that it prints itself; the real Worker and Flinks' page are in
// browser.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { cspFor, LaunchError } from "flinkspay-edge/launcher";
import { settledByClock, stopClock } from "./chromium.ts";
import {
	created,
	events,
	evil,
	flinks,
	LAUNCHER,
	launch,
	lost,
	posts,
	problem,
	type Reply,
	reads,
	run,
	settled,
	shop,
	start,
	traffic,
	until,
	view,
	visit,
	worker,
} from "./launcher/page.ts";

test("it is smaller than 2,200 bytes, and imports nothing", async () => {
	const { outputFiles, metafile } = await build({
		entryPoints: [LAUNCHER],
		bundle: true,
		minify: true,
		format: "esm",
		write: false,
		metafile: true,
	});
	assert.equal(Object.keys(metafile.inputs).length, 1);
	const size = gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
	assert.ok(size > 500 && size < 2200, `${size} bytes`);
});

test("it prints the policy that a page needs", () => {
	assert.equal(
		cspFor({ worker: "https://pay.example.com/", flinks: "https://flinks.example.com/app/?x=;y" }),
		"script-src 'self'; connect-src 'self' https://pay.example.com; frame-src https://flinks.example.com",
	);
	for (const bad of ["", "pay.example.com", "javascript:alert(1)", "data:,", "https://"]) {
		for (const [field, origins] of [
			["worker", { worker: bad, flinks: "https://flinks.example.com" }],
			["flinks", { worker: "https://pay.example.com", flinks: bad }],
		] as const) {
			assert.throws(
				() => cspFor(origins),
				(error) => error instanceof LaunchError && error.field === field && error.code === "invalid_input",
			);
		}
	}
});

test("a click shows Flinks' page in a frame that has a title, a size and the focus", async () => {
	await visit(async (page) => {
		await page.context().addCookies([{ name: "visitor", value: "1", url: worker }]);
		await start(page);
		const frame = page.locator("#pay iframe");
		assert.equal(await frame.getAttribute("src"), `${flinks}/app/?sessionId=s`);
		assert.equal(await frame.getAttribute("title"), "Pay from your bank");
		const { width = 0, height = 0 } = (await frame.boundingBox()) ?? {};
		assert.ok(width > 800 && height >= 600, `${width} x ${height}`);
		assert.equal(await run(page, "document.activeElement.tagName"), "IFRAME");
		const [call] = traffic.calls;
		assert.deepEqual(call, {
			line: "POST /payments",
			authorization: undefined,
			cookie: undefined,
			body: '{"order":"signed"}',
		});
		assert.deepEqual(await events(page), [], "no violation of the policy");
		await run(page, "pay.payment.close()");
		assert.equal(await run(page, "document.activeElement.id"), "start", "the focus goes back");
		assert.equal(await page.locator("iframe").count(), 0);
	});
});

const NAMES = [
	...["APP_MOUNTED", "CONFIRMATION", "APP_INITIATED", "INSTITUTION_SELECTION", "INSTITUTION_SELECTED", "SUCCESS"],
	...["CLOSE_ATTEMPT", "CANCEL_CONFIRMATION", "CLOSE", "BACK", "CONSENT_DISABLED", "SUBMIT_CREDENTIAL", "SUBMIT_MFA"],
	...["ACCOUNT_SELECTED", "COMPONENT_DEPOSIT_CONTINUE", "GUARANTEE_OFFERED", "COMPONENT_PAD_DOWNLOADED"],
	...["GUARANTEE_FAILED", "COMPONENT_PAD_WARNING_SCREEN_EXIT", "COMPONENT_OTHER_FUNDING_OPTIONS_SELECTED"],
	...["COMPONENT_NBO_RETURN_TO_CLIENT_SELECTED", "SOMETHING_NEW"],
];
const ENDING = new Set([
	...["SUCCESS", "CLOSE", "GUARANTEE_FAILED", "COMPONENT_PAD_WARNING_SCREEN_EXIT"],
	...["COMPONENT_OTHER_FUNDING_OPTIONS_SELECTED", "COMPONENT_NBO_RETURN_TO_CLIENT_SELECTED"],
]);

test("dispatches an event for each documented message, in each shape, and for nothing else", async () => {
	traffic.replies = [created(), view("Initiated", false, false)];
	await visit(async (page) => {
		await stopClock(page);
		const frame = await start(page);
		const say = (data: unknown) => frame.evaluate((message) => window.parent.postMessage(message, "*"), data);
		for (const name of NAMES.filter((name) => !ENDING.has(name))) await say({ step: name });
		await settledByClock(page);
		await page.clock.runFor(1_000);
		await settledByClock(page);
		assert.equal(reads().length, 0, "on the way nothing is asked");
		await run(page, "events.splice(0)");
		for (const name of NAMES) {
			await say({ step: name, institution: "FlinksCapital" });
			await say({ event: name });
			await say(JSON.stringify({ step: name }));
			await say(JSON.stringify({ event: name }));
			// The question leaves while the others come.
			await page.clock.runFor(1);
		}
		const nonsense = [
			null,
			undefined,
			1,
			"SUCCESS",
			"{",
			'"SUCCESS"',
			"null",
			[],
			{},
			{ step: 1 },
			{ step: "<b>" },
			{ step: "A<b>" },
			{ step: "" },
		];
		for (const data of nonsense) await say(data);
		const expected = NAMES.flatMap((step) => Array(4).fill(["step", { step, ends: ENDING.has(step) }]));
		// The steps, and the answer to the question that they lead to.
		await until(page, `events.length > ${expected.length}`);
		// The launcher asks again after 30 seconds, of the page's clock.
		await page.clock.runFor(29_000);
		await settledByClock(page);
		assert.deepEqual(await events(page, "step"), expected);
		assert.equal(reads().length, 1, "all that together is one question");
	});
});

test("ignores a message from another origin or another window", async () => {
	await visit(async (page) => {
		const frame = await start(page);
		// The right origin, in another frame.
		await run(page, `other.append(Object.assign(document.createElement("iframe"), { src: "${flinks}/app/" }))`);
		const other = await (await page.waitForSelector("#other iframe")).contentFrame();
		await other?.waitForLoadState();
		const post = () => window.parent.postMessage({ step: "SUCCESS" }, "*");
		await other?.evaluate(post);
		// The right origin, in a window of its own.
		const [popup] = await Promise.all([page.waitForEvent("popup"), run(page, `void window.open("${flinks}/app/")`)]);
		await popup.waitForLoadState();
		await popup.evaluate(() => window.opener.postMessage({ step: "SUCCESS" }, "*"));
		// The page itself, and an event without a source.
		await run(page, `postMessage({ step: "SUCCESS" }, "*")`);
		await run(page, `dispatchEvent(new MessageEvent("message", { data: { step: "SUCCESS" }, origin: "${flinks}" }))`);
		// The right frame, after it went to another origin.
		await frame.evaluate((url) => location.assign(url), evil);
		await frame.waitForURL(`${evil}/`);
		await frame.evaluate(post);
		await settled(page);
		assert.deepEqual(await events(page), []);
		assert.equal(reads().length, 0);
	}, "/lax");
});

test("clicks, calls and a second element on the same order are one payment in one frame", async () => {
	const held = Promise.withResolvers<void>();
	traffic.replies = [(response, request) => void held.promise.then(() => created()(response, request))];
	await visit(async (page) => {
		await page.dblclick("#start");
		assert.equal(await page.locator("#pay").getAttribute("aria-busy"), "true");
		const started = run(page, "Promise.all([pay.start(), pay.start()])");
		held.resolve();
		await started;
		await launch(page, "{ container: pay }");
		assert.equal(await page.locator("#pay").getAttribute("aria-busy"), null);
		assert.equal(posts().length, 1);
		assert.equal(await page.locator("iframe").count(), 1);
		// Closed by mistake: the same payment opens again.
		await run(page, "pay.payment.close()");
		await page.click("#start");
		await page.waitForSelector("#pay iframe");
		assert.equal(posts().length, 1);
	});
});

test("sends the same order again after a lost answer, and while the payment is in progress", async () => {
	traffic.replies = [lost, problem(409, "in_progress", "not_sent", { "retry-after": "3" }), created()];
	await visit(async (page) => {
		const began = Date.now();
		assert.deepEqual(await launch(page, "{ container: other }"), { id: "1-a", referenceId: "order-1" });
		assert.ok(Date.now() - began >= 4_000, "it waits between, as long as the Worker says");
		assert.deepEqual(
			traffic.calls.map(({ body }) => body),
			Array(3).fill('{"order":"signed"}'),
		);
	});
});

test("rejects with a LaunchError when no answer comes for ten seconds, and can be launched again", async () => {
	traffic.replies = [lost];
	await visit(async (page) => {
		let [sent, lost] = [0, 0];
		page.on("request", () => sent++).on("requestfailed", () => lost++);
		await stopClock(page);
		await run(page, "void pay.start().catch((error) => { window.failed = error; })");
		for (let second = 0; second < 12; second++) {
			do await settledByClock(page);
			while (lost < sent);
			await page.clock.runFor(1_000);
		}
		await until(page, "window.failed");
		const fields = {
			name: "LaunchError",
			stage: "start",
			code: "network",
			outcome: "unknown",
			retryAfterMs: undefined,
		};
		assert.deepEqual(await run(page, "({ ...failed })"), fields);
		assert.deepEqual(await events(page), [["problem", fields]]);
		assert.equal(posts().length, 4);
		assert.equal(await page.locator("#pay").getAttribute("aria-busy"), null);
		traffic.replies = [created()];
		await page.click("#start");
		await page.waitForSelector("#pay iframe");
	});
});

test("sends an order once when its answer is a final error, and rejects with that error", async () => {
	const answers: [Reply, code: string, outcome: string][] = [
		[problem(502, "outcome_unknown", "unknown"), "outcome_unknown", "unknown"],
		[problem(401, "order_invalid", "not_sent"), "order_invalid", "not_sent"],
		[problem(422, "rejected", "rejected"), "rejected", "rejected"],
		[problem(429, "rate_limited", "not_sent", { "retry-after": "60" }), "rate_limited", "not_sent"],
	];
	for (const [reply, code, outcome] of answers) {
		traffic.calls = [];
		traffic.replies = [reply];
		await visit(async (page) => {
			const error = await launch(page, "{ container: other }");
			assert.deepEqual([error.name, error.stage, error.code, error.outcome], ["LaunchError", "start", code, outcome]);
			assert.equal(error.retryAfterMs, code === "rate_limited" ? 60_000 : undefined);
			assert.equal(posts().length, 1);
			assert.equal(await page.locator("iframe").count(), 0);
		});
	}
});

test("says after a lost answer that nothing exists only where the Worker answers `rejected`", async () => {
	for (const [reply, code, outcome] of [
		[problem(429, "rate_limited", "not_sent"), "rate_limited", "unknown"],
		[problem(401, "order_invalid", "not_sent"), "order_invalid", "unknown"],
		[problem(422, "rejected", "rejected"), "rejected", "rejected"],
	] as const) {
		traffic.replies = [lost, reply];
		await visit(async (page) => {
			const error = await launch(page, "{ container: other }");
			assert.deepEqual([error.code, error.outcome], [code, outcome]);
		});
	}
});

test("an app around the page gets each event, once and without a secret", async () => {
	traffic.replies = [created(), view("Accepted", true, false), problem(502, "network", "not_sent")];
	await visit(async (page) => {
		await page.clock.install();
		await run(page, "window.texts = []; window.objects = []");
		await run(page, "window.ReactNativeWebView = { postMessage: (text) => texts.push(text) }");
		await run(
			page,
			"window.webkit = { messageHandlers: { flinksPay: { postMessage: (message) => objects.push(message) } } }",
		);
		const frame = await start(page);
		await frame.evaluate(() => window.parent.postMessage({ step: "SUCCESS", secret: "s" }, "*"));
		await until(page, "events.length === 2");
		await run(page, "void pay.payment.status().catch(() => {})");
		await page.clock.runFor(31_000);
		await until(page, "events.length === 3");
		traffic.replies = [problem(401, "order_invalid", "not_sent")];
		await launch(page, `{ order: "another" }`);
		await run(page, `pay.setAttribute("order", "a third"), pay.start().catch(() => {})`);
		const type = "flinks-pay";
		const isPaid = { funds: "guaranteed", paid: true, final: false };
		const failed = { type, event: "problem", detail: { name: "LaunchError", outcome: "not_sent" } };
		const refused = { ...failed, detail: { ...failed.detail, stage: "start", code: "order_invalid" } };
		const expected = [
			{ type, event: "step", detail: { step: "SUCCESS", ends: true } },
			{ type, event: "status", detail: { id: "1-a", referenceId: "order-1", status: "Accepted", ...isPaid } },
			{ ...failed, detail: { ...failed.detail, stage: "status", code: "network" } },
			refused,
			refused,
		];
		assert.deepEqual(await run(page, "texts.map((text) => JSON.parse(text))"), expected);
		assert.deepEqual(await run(page, "objects"), expected);
		const shown: string[] = (await events(page)).map(([event]) => event);
		assert.deepEqual(shown, ["step", "status", "problem", "problem"], "the element dispatches as before");
	});
});

test("gives the page each outcome and status although the app around it throws", async () => {
	traffic.replies = [problem(502, "outcome_unknown", "unknown"), created(), view("Accepted", true, false)];
	await visit(async (page) => {
		await page.clock.install();
		const thrower = "{ postMessage: () => { throw new Error('the app') } }";
		await run(page, `window.ReactNativeWebView = ${thrower}`);
		await run(page, `window.webkit = { messageHandlers: { flinksPay: ${thrower} } }`);
		const error = await launch(page, "{ container: other }");
		assert.deepEqual([error.code, error.outcome], ["outcome_unknown", "unknown"]);
		await start(page);
		const status: { paid: boolean } = await run(page, "pay.payment.status()");
		assert.equal(status.paid, true);
		assert.deepEqual(
			(await events(page)).map(([event]) => event),
			["status"],
		);
	});
});

test("refuses options and answers that cannot be used, and opens nothing", async () => {
	await visit(async (page) => {
		for (const bad of ["", "pay.example.com", "javascript:alert(1)"]) {
			const { code, field } = await launch(page, `{ container: other, worker: ${JSON.stringify(bad)} }`);
			assert.deepEqual([code, field], ["invalid_input", "worker"]);
		}
		assert.equal(traffic.calls.length, 0);
		for (const appUrl of ["javascript:alert(1)", "data:text/html,x", undefined]) {
			traffic.replies = [created({ appUrl })];
			const { code, field } = await launch(page, "{ container: other }");
			assert.deepEqual([code, field], ["invalid_input", "appUrl"]);
		}
		assert.equal(await page.locator("iframe").count(), 0);
		assert.equal(page.url(), `${shop}/`);
	});
});

test("the label is the frame's title", async () => {
	await visit(async (page) => {
		await run(page, `pay.setAttribute("label", "Payez depuis votre banque")`);
		await start(page);
		assert.equal(await page.locator("#pay iframe").getAttribute("title"), "Payez depuis votre banque");
	});
});
