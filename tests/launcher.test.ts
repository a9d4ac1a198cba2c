// The launcher in Chromium, under the strict policy that it prints itself. Flinks' page is an empty page
// that posts what a test wants, and the Worker a few lines that answer it; the real ones are in browser.test.ts.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { after, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { cspFor, LaunchError } from "flinkspay-edge/launcher";
import { type Browser, chromium, type Frame, type Page } from "playwright-core";

const LAUNCHER = fileURLToPath(import.meta.resolve("flinkspay-edge/launcher"));

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

type Reply = (response: ServerResponse, request: IncomingMessage) => void;
interface Call {
	line: string;
	authorization: string | undefined;
	cookie: string | undefined;
	body: string;
}

describe("in a page", () => {
	let browser: Browser;
	const servers: Server[] = [];
	let [shop, worker, flinks, evil] = ["", "", "", ""];
	/** The Worker's next answers; the last one is repeated. */
	let replies: Reply[] = [];
	let calls: Call[] = [];

	async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
		const server = createServer(answer).listen(0, "127.0.0.1");
		servers.push(server);
		await once(server, "listening");
		const address = server.address();
		if (typeof address !== "object" || !address) throw new Error("no address");
		return `http://127.0.0.1:${address.port}`;
	}

	before(async () => {
		const html = { "content-type": "text/html; charset=utf-8" };
		flinks = await serve((_, response) => response.writeHead(200, html).end("<title>Flinks</title>"));
		evil = await serve((_, response) => response.writeHead(200, html).end("<title>Evil</title>"));
		worker = await serve(async (request, response) => {
			response.setHeader("access-control-allow-origin", shop);
			response.setHeader("access-control-allow-headers", "authorization, content-type");
			response.setHeader("access-control-expose-headers", "retry-after");
			if (request.method === "OPTIONS") return response.writeHead(204).end();
			let body = "";
			for await (const chunk of request) body += chunk;
			const { authorization, cookie } = request.headers;
			calls.push({ line: `${request.method} ${request.url}`, authorization, cookie, body });
			const reply = replies.length > 1 ? replies.shift() : replies[0];
			reply?.(response, request);
		});
		const page = `<!doctype html><title>Shop</title><button id="elsewhere">Elsewhere</button>
			<flinks-pay id="pay" worker="${worker}" order="signed"><button id="start">Pay</button></flinks-pay>
			<div id="other"></div><script type="module" src="/page.js"></script>`;
		const script = `import * as launcher from "/launcher.js";
			const events = [];
			Object.assign(window, { launcher, events, pay: document.getElementById("pay") });
			for (const type of ["step", "status", "problem"])
				window.pay.addEventListener(type, ({ detail }) => events.push([type, { ...detail }]));
			addEventListener("securitypolicyviolation", ({ violatedDirective }) => events.push(["violation", violatedDirective]));
			window.ready = true;`;
		const js = { "content-type": "text/javascript" };
		shop = await serve((request, response) => {
			if (request.url === "/launcher.js") return response.writeHead(200, js).end(readFileSync(LAUNCHER));
			if (request.url === "/page.js") return response.writeHead(200, js).end(script);
			const csp = `default-src 'none'; ${cspFor({ worker, flinks })}; base-uri 'none'; form-action 'none'`;
			response.writeHead(200, request.url === "/lax" ? html : { ...html, "content-security-policy": csp }).end(page);
		});
		browser = await chromium.launch({
			executablePath: "/usr/bin/chromium",
			args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"],
		});
	});
	after(async () => {
		await browser?.close();
		for (const server of servers) {
			server.close();
			server.closeAllConnections();
		}
	});
	beforeEach(() => {
		calls = [];
		replies = [created()];
	});

	const json =
		(status: number, body: unknown, headers: Record<string, string> = {}): Reply =>
		(response) =>
			response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
	const created = (changes = {}) =>
		json(201, {
			...{ id: "1-a", sessionId: "s", referenceId: "order-1", status: "Initiated", capability: "may.read.it" },
			...{ appUrl: `${flinks}/app/?sessionId=s`, ...changes },
		});
	const problem = (status: number, code: string, outcome: string, headers = {}) =>
		json(
			status,
			{ code, outcome, title: "In words", status },
			{ "content-type": "application/problem+json", ...headers },
		);
	const view = (status: string, paid: boolean, final: boolean, funds = paid ? "guaranteed" : "none") =>
		json(200, { id: "1-a", referenceId: "order-1", status, funds, paid, final });
	// Cut after the first byte: Chromium repeats a request that is cut before it.
	const lost: Reply = (response) => {
		response.writeHead(201, { "content-length": "100" }).write("{", () => response.destroy());
	};

	async function visit(use: (page: Page) => Promise<void>, path = "/"): Promise<void> {
		const context = await browser.newContext();
		try {
			const page = await context.newPage();
			page.setDefaultTimeout(120_000);
			await page.goto(shop + path);
			await ready(page);
			await use(page);
		} finally {
			await context.close();
		}
	}

	const run = <T>(page: Page, code: string): Promise<T> => page.evaluate(code);
	const ready = (page: Page) => until(page, "window.ready");

	/** Playwright's `waitForFunction` needs eval, which the policy forbids. */
	async function until(page: Page, condition: string): Promise<void> {
		for (const deadline = Date.now() + 120_000; !(await run(page, `Boolean(${condition})`)); ) {
			assert.ok(Date.now() < deadline, `${condition} has not come true`);
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	}

	const events = (page: Page, type?: string) =>
		run<[string, unknown][]>(page, "events").then((all) => all.filter(([name]) => type === undefined || name === type));
	const settled = (page: Page) => run(page, "new Promise((resolve) => setTimeout(resolve, 150))");
	const posts = () => calls.filter(({ line }) => line.startsWith("POST"));
	const reads = () => calls.filter(({ line }) => line.startsWith("GET"));
	/** Calls `launch`; gives its result, or the fields of its error. */
	const launch = (page: Page, options: string) =>
		run<Record<string, unknown>>(
			page,
			`launcher.launch({ worker: "${worker}", order: "signed", ...(${options}) })
				.then(({ id, referenceId }) => ({ id, referenceId }), (error) => ({ name: error.name, ...error }))`,
		);

	async function start(page: Page): Promise<Frame> {
		await page.click("#start");
		const handle = await page.waitForSelector("#pay iframe");
		const frame = await handle.contentFrame();
		assert.ok(frame);
		await frame.waitForLoadState();
		return frame;
	}

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
			const [call] = calls;
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
		replies = [created(), view("Initiated", false, false)];
		await visit(async (page) => {
			const frame = await start(page);
			const say = (data: unknown) => frame.evaluate((message) => window.parent.postMessage(message, "*"), data);
			for (const name of NAMES.filter((name) => !ENDING.has(name))) await say({ step: name });
			await settled(page);
			assert.equal(reads().length, 0, "on the way nothing is asked");
			await run(page, "events.splice(0)");
			for (const name of NAMES) {
				await say({ step: name, institution: "FlinksCapital" });
				await say({ event: name });
				await say(JSON.stringify({ step: name }));
				await say(JSON.stringify({ event: name }));
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
			await settled(page);
			const expected = NAMES.flatMap((step) => Array(4).fill(["step", { step, ends: ENDING.has(step) }]));
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
		replies = [(response, request) => void held.promise.then(() => created()(response, request))];
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

	test("reports paid by the Worker's answer alone, and asks it every 30 seconds at most", async () => {
		const last = view("Settled", true, true);
		replies = [created(), view("Initiated", false, false), view("Accepted", true, false), last];
		await visit(async (page) => {
			await page.clock.install();
			const frame = await start(page);
			const success = () => frame.evaluate(() => window.parent.postMessage({ step: "SUCCESS" }, "*"));
			await success();
			await until(page, "events.length === 2");
			assert.deepEqual(await events(page), [
				["step", { step: "SUCCESS", ends: true }],
				[
					"status",
					{ id: "1-a", referenceId: "order-1", status: "Initiated", funds: "none", paid: false, final: false },
				],
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
			await until(page, "events.at(-1)[1].final");
			assert.equal(reads().length, 3);
		});
	});

	test("stops polling once an EFT is scheduled, and does not report it as paid", async () => {
		replies = [created(), view("Completed", false, false, "scheduled"), view("Settled", true, true)];
		await visit(async (page) => {
			await page.clock.install();
			const frame = await start(page);
			await frame.evaluate(() => window.parent.postMessage({ step: "SUCCESS" }, "*"));
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
		replies = [
			created(),
			view("Initiated", false, false),
			problem(502, "network", "not_sent"),
			view("Odd", false, false),
		];
		await visit(async (page) => {
			await page.clock.install();
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
		replies = [created(), view("Initiated", false, false)];
		await visit(async (page) => {
			await page.clock.install();
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
			assert.equal(calls.length, 2); // the order, once, and one read
		});
	});

	/** Waits in real time for pending answers, while the page's clock is stopped. */
	async function settledByClock(page: Page): Promise<void> {
		await new Promise((resolve) => setTimeout(resolve, 150));
		await run(page, "0");
	}

	test("sends the same order again after a lost answer, and while the payment is in progress", async () => {
		replies = [lost, problem(409, "in_progress", "not_sent", { "retry-after": "3" }), created()];
		await visit(async (page) => {
			const began = Date.now();
			assert.deepEqual(await launch(page, "{ container: other }"), { id: "1-a", referenceId: "order-1" });
			assert.ok(Date.now() - began >= 4_000, "it waits between, as long as the Worker says");
			assert.deepEqual(
				calls.map(({ body }) => body),
				Array(3).fill('{"order":"signed"}'),
			);
		});
	});

	test("rejects with a LaunchError when no answer comes for ten seconds, and can be launched again", async () => {
		replies = [lost];
		await visit(async (page) => {
			let [sent, lost] = [0, 0];
			page.on("request", () => sent++).on("requestfailed", () => lost++);
			await page.clock.install();
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
			replies = [created()];
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
			calls = [];
			replies = [reply];
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
			replies = [lost, reply];
			await visit(async (page) => {
				const error = await launch(page, "{ container: other }");
				assert.deepEqual([error.code, error.outcome], [code, outcome]);
			});
		}
	});

	test("an app around the page gets each event, once and without a secret", async () => {
		replies = [created(), view("Accepted", true, false), problem(502, "network", "not_sent")];
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
			replies = [problem(401, "order_invalid", "not_sent")];
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
		replies = [problem(502, "outcome_unknown", "unknown"), created(), view("Accepted", true, false)];
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

	test("stops polling when the payment is closed, until its status is asked for", async () => {
		replies = [created(), view("Initiated", false, false)];
		await visit(async (page) => {
			await page.clock.install();
			await start(page);
			await run(page, "pay.payment.close()");
			await page.clock.runFor(120_000);
			await settledByClock(page);
			assert.equal(reads().length, 0);
			await run(page, "pay.payment.status()");
			await page.clock.runFor(31_000);
			await until(page, "events.length === 2");
			assert.equal(reads().length, 2);
		});
	});

	test("refuses options and answers that cannot be used, and opens nothing", async () => {
		await visit(async (page) => {
			for (const bad of ["", "pay.example.com", "javascript:alert(1)"]) {
				const { code, field } = await launch(page, `{ container: other, worker: ${JSON.stringify(bad)} }`);
				assert.deepEqual([code, field], ["invalid_input", "worker"]);
			}
			assert.equal(calls.length, 0);
			for (const appUrl of ["javascript:alert(1)", "data:text/html,x", undefined]) {
				replies = [created({ appUrl })];
				const { code, field } = await launch(page, "{ container: other }");
				assert.deepEqual([code, field], ["invalid_input", "appUrl"]);
			}
			assert.equal(await page.locator("iframe").count(), 0);
			assert.equal(page.url(), `${shop}/`);
		});
	});

	test("without a container, and with mode redirect, the tab goes to Flinks' page and can be resumed", async () => {
		for (const go of ["launcher.launch({ worker: pay.getAttribute('worker'), order: 'x' })", "pay.start()"]) {
			replies = [created(), view("Accepted", true, false)];
			calls = [];
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
					calls.map(({ line }) => line),
					["POST /payments", "GET /payments/1-a"],
				);
			});
		}
	});

	test("reports a capability that has expired, and forgets its payment", async () => {
		replies = [created(), problem(401, "unauthorized", "not_sent")];
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
		replies = [created(), problem(401, "unauthorized", "not_sent")];
		await visit(async (page) => {
			await page.clock.install();
			await start(page);
			await page.clock.runFor(30_000);
			await until(page, "events.length === 1");
			const [[type, detail] = []] = await events(page);
			assert.deepEqual([type, (detail as { code: string }).code], ["problem", "unauthorized"]);
			await page.clock.runFor(600_000);
			await settledByClock(page);
			assert.equal(reads().length, 1);
			replies = [created({ capability: "another" }), view("Accepted", true, false)];
			await run(page, "pay.payment.close(); pay.start()");
			assert.equal(posts().length, 2, "the same order is brought again");
			const { paid } = await run<{ paid: boolean }>(page, "pay.payment.status()");
			assert.equal(paid, true);
			assert.equal(reads().at(-1)?.authorization, "Bearer another");
		});
	});

	test("keeps the payment after any other failure", async () => {
		replies = [created(), problem(503, "misconfigured", "not_sent"), view("Initiated", false, false)];
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
			await run(
				page,
				`Object.defineProperty(window, "sessionStorage", { get() { throw new Error("SecurityError"); } })`,
			);
			assert.equal(await run(page, "launcher.resume()"), undefined);
			await start(page);
		});
	});

	test("the label is the frame's title", async () => {
		await visit(async (page) => {
			await run(page, `pay.setAttribute("label", "Payez depuis votre banque")`);
			await start(page);
			assert.equal(await page.locator("#pay iframe").getAttribute("title"), "Payez depuis votre banque");
		});
	});
});
