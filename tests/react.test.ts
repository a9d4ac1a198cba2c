// The component and the hook in Chromium, in StrictMode, by React 18 and 19: made on a server, hydrated, and paid through
// the real Worker and the sandbox, whose page the test clicks in the frame.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { cspFor } from "flinkspay-edge/launcher";
import { signOrder } from "flinkspay-edge/order";
import type { Browser, Page } from "playwright-core";
import { freePort, type Running, startSandbox, startWorker } from "../tools/processes.ts";
import { launchChromium, visit as visitPage } from "./chromium.ts";
import type { PageEvent, Wanted } from "./react/checkout.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const REACTS = { 19: `${root}node_modules/`, 18: `${root}target/runtimes/node_modules/` };

for (const [major, modules] of Object.entries(REACTS)) {
	describe(`React ${major}`, () => {
		let html: (wanted: Wanted) => string;
		let script = "";
		let browser: Browser;
		let [sandbox, worker]: Running[] = [];
		let shop: Server;
		let origin = "";
		/** What the shop's page shows at first. */
		let first: Wanted;
		/** The orders that the page has fetched. */
		let fetched: string[] = [];
		let isOpen = true;
		const secret = randomBytes(32).toString("base64");

		const order = (referenceId: string) =>
			signOrder({
				id: referenceId,
				payment: { referenceId, amount: "12.50", customerName: "Ada Tremblay", customerEmail: "ada@example.com" },
				secret,
			});

		before(async () => {
			const out = `${root}target/react-${major}/`;
			const alias = { react: `${modules}react`, "react-dom": `${modules}react-dom` };
			const define = { "process.env.NODE_ENV": '"development"' };
			const options = { bundle: true, alias, define, write: false, format: "esm" } as const;
			const banner = {
				js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
			};
			const [forServer, forPage] = await Promise.all([
				build({ ...options, entryPoints: [`${root}tests/react/server.ts`], platform: "node", banner }),
				build({ ...options, entryPoints: [`${root}tests/react/page.ts`], platform: "browser" }),
			]);
			await mkdir(out, { recursive: true });
			await writeFile(`${out}server.mjs`, forServer.outputFiles[0]?.contents ?? "");
			script = forPage.outputFiles[0]?.text ?? "";
			const server = await import(`${out}server.mjs`);
			assert.ok(server.version.startsWith(`${major}.`), server.version);
			html = server.html;

			const port = await freePort();
			origin = `http://127.0.0.1:${port}`;
			const [username, password] = [crypto.randomUUID(), crypto.randomUUID()];
			sandbox = await startSandbox({ username, password });
			const csp = `default-src 'none'; base-uri 'none'; `;
			shop = createServer(async ({ method, url }, response) => {
				const send = (type: string, body: string, headers = {}) =>
					response.writeHead(200, { "content-type": `${type}; charset=utf-8`, ...headers }).end(body);
				if (url === "/page.js") return send("text/javascript", script);
				if (method === "POST") {
					if (!isOpen) return response.writeHead(503).end();
					const id = `order-${crypto.randomUUID()}`;
					fetched.push(id);
					return send("text/plain", await order(id));
				}
				const wanted = JSON.stringify(first).replaceAll('"', "&quot;");
				const page = `<!doctype html><title>Shop</title><link rel="icon" href="data:,">
					<div id="root" data-wanted="${wanted}">${html(first)}</div><script type="module" src="/page.js"></script>`;
				const flinks = sandbox?.url ?? "";
				const policy = `${csp}img-src data:; ${cspFor({ worker: worker?.url ?? "", flinks })}`;
				return send("text/html", page, { "content-security-policy": policy });
			}).listen(port, "127.0.0.1");
			const bindings = { FLINKS_USERNAME: username, FLINKS_PASSWORD: password };
			[worker, browser] = await Promise.all([
				startWorker({
					sandboxUrl: sandbox.url,
					vars: { ALLOWED_ORIGINS: origin },
					secrets: { ...bindings, API_KEY: crypto.randomUUID(), ORDER_SECRET: secret },
				}),
				launchChromium(),
			]);
		});
		after(async () => {
			await browser?.close();
			shop?.close();
			shop?.closeAllConnections();
			await Promise.all([sandbox?.stop(), worker?.stop()]);
		});

		/** Opens a page that shows this. Warnings in its console fail the test, too, unless expected. */
		async function visit(wanted: Partial<Wanted>, use: (page: Page) => Promise<void>, expected = /^$/): Promise<void> {
			first = { worker: worker?.url ?? "", ...wanted };
			[fetched, isOpen] = [[], true];
			const prepare = async (page: Page, errors: string[]) => {
				page.on("console", (message) => {
					if (message.type() === "warning" && !expected.test(message.text())) errors.push(message.text());
				});
				await page.addInitScript(countListeners);
			};
			const shown = async (page: Page) => {
				await until(page, "window.show");
				await use(page);
			};
			await visitPage(browser, origin, shown, { expected, prepare });
		}

		const show = (page: Page, wanted?: Partial<Wanted>) =>
			page.evaluate((props) => Reflect.get(window, "show")(props), wanted && { worker: worker?.url ?? "", ...wanted });
		const events = (page: Page): Promise<PageEvent[]> => page.evaluate("events");
		const listeners = (page: Page): Promise<string[]> => page.evaluate("[...listening()]");
		const hosted = (page: Page) => page.frameLocator("iframe");
		const isShown = (page: Page) => hosted(page).getByRole("heading", { name: "Confirm your payment" }).waitFor();
		const pay = (page: Page) => page.getByRole("button").click();

		/** Playwright's `waitForFunction` needs eval, which the policy forbids. */
		async function until(page: Page, condition: string): Promise<void> {
			for (const deadline = Date.now() + 120_000; !(await page.evaluate(`Boolean(${condition})`)); ) {
				assert.ok(Date.now() < deadline, `${condition} has not come true`);
				await new Promise((resolve) => setTimeout(resolve, 20));
			}
		}

		async function waitForEvent(page: Page, isIt: (event: PageEvent) => boolean | undefined): Promise<PageEvent> {
			for (const deadline = Date.now() + 120_000; ; ) {
				const all = await events(page);
				const found = all.find(isIt);
				if (found) return found;
				assert.ok(Date.now() < deadline, JSON.stringify(all));
				await new Promise((resolve) => setTimeout(resolve, 50));
			}
		}

		/** Holds back the answer to a request there; `answer` gives it, and waits until the page has it. */
		async function hold(page: Page, url: string): Promise<{ isAsked: Promise<void>; answer(): Promise<void> }> {
			const [asked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
			await page.route(url, async (route) => {
				// Preflights pass.
				if (route.request().method() === "OPTIONS") return route.continue();
				asked.resolve();
				await released.promise;
				await route.continue();
			});
			const answer = async () => {
				const answered = page.waitForResponse(url);
				released.resolve();
				await (await answered).finished();
				// A moment, so that a test may see what must not happen. What must happen is waited for.
				await page.evaluate("new Promise((resolve) => setTimeout(resolve, 100))");
			};
			return { isAsked: asked.promise, answer };
		}

		/** The payor approves, in the frame or in the tab. */
		async function approve(bank: Pick<Page, "getByRole">): Promise<void> {
			for (const name of ["Continue", "Flinks Capital", "Approve"]) await bank.getByRole("button", { name }).click();
		}

		async function sessions(): Promise<string[]> {
			const journal = await (await fetch(`${sandbox?.url}/sandbox/journal`)).json();
			const starts = journal.filter(({ path }: { path: string }) => path.endsWith("/sessions/initiate"));
			return starts.map(({ body }: { body: { referenceId: string } }) => body.referenceId);
		}

		/** The orders that the page brings to the Worker. */
		function brought(page: Page): string[] {
			const orders: string[] = [];
			page.on("request", (request) => {
				if (request.method() === "POST" && request.url() === `${worker?.url}/payments`) {
					orders.push(request.postDataJSON().order);
				}
			});
			return orders;
		}

		test("made on a server, hydrated, clicked twice and paid: one order, one payment, one frame, no complaint", async () => {
			await visit({ className: "pay", label: "Payez depuis votre banque" }, async (page) => {
				const made = html(first);
				assert.equal(
					made,
					'<div class="pay"><button type="button">Payez depuis votre banque</button><div></div></div>',
				);
				assert.deepEqual(await listeners(page), [], "nothing is followed yet");
				const orders = brought(page);
				await page.getByRole("button").dblclick();
				await isShown(page);
				assert.equal(await page.locator(".pay").getAttribute("aria-busy"), null);
				assert.equal(await page.locator("iframe").getAttribute("title"), "Payez depuis votre banque");
				assert.equal(await page.locator("iframe").count(), 1);
				assert.deepEqual([fetched.length, orders.length], [1, 1]);
				await pay(page);
				await show(page, { className: "other" });
				await page.locator(".other iframe").waitFor();
				assert.deepEqual([fetched.length, orders.length], [1, 1], "another function is no other purchase");
				const renders = await page.evaluate("counts.renders");
				await approve(hosted(page));
				const { detail, render } = await waitForEvent(page, ({ event, detail }) => event === "status" && detail.paid);
				assert.equal(detail.referenceId, fetched[0]);
				assert.ok(render >= Number(renders), "the newest callback is called");
				assert.ok((await events(page)).some(({ detail: { step } }) => step === "SUCCESS"));
				assert.equal((await events(page)).filter(({ event }) => event === "status").length, 1);
				assert.equal(await page.locator("iframe").count(), 0, "it is done");
				assert.equal((await sessions()).filter((id) => id === fetched[0]).length, 1);
				await show(page);
				await until(page, "listening().size === 0");
			});
		});

		test("another order is another purchase: the old frame is removed", async () => {
			const [one, two] = [`order-${crypto.randomUUID()}`, `order-${crypto.randomUUID()}`];
			await visit({ order: await order(one), button: "child" }, async (page) => {
				const orders = brought(page);
				await page.getByText("Pay by Interac").click();
				await isShown(page);
				const bank = await page.locator("iframe").getAttribute("src");
				await show(page, { order: await order(two), button: "child" });
				await page.locator("iframe").waitFor({ state: "detached" });
				await until(page, "listening().size === 0");
				await pay(page);
				await isShown(page);
				assert.notEqual(await page.locator("iframe").getAttribute("src"), bank);
				assert.equal(await page.locator("iframe").count(), 1);
				assert.equal(orders.length, 2);
				assert.deepEqual(
					(await sessions()).filter((id) => id === one || id === two),
					[one, two],
				);
			});
		});

		test("unmounted while it starts: no frame, no listener, no event; mounted again, the same payment", async () => {
			const id = `order-${crypto.randomUUID()}`;
			const wanted = { order: await order(id) };
			for (const [mode, isBack] of [
				["iframe", false],
				["redirect", false],
				["iframe", true],
			] as const) {
				await visit({ ...wanted, mode }, async (page) => {
					const held = await hold(page, `${worker?.url}/payments`);
					await pay(page);
					await held.isAsked;
					assert.equal(await page.locator("#root > div").getAttribute("aria-busy"), "true");
					await show(page);
					if (isBack) await show(page, wanted);
					if (isBack) await pay(page);
					await held.answer();
					assert.equal(page.url(), `${origin}/`);
					if (!isBack) {
						assert.equal(await page.locator("iframe").count(), 0);
						assert.deepEqual([await listeners(page), await events(page)], [[], []]);
						await show(page, wanted);
						await pay(page);
					}
					await isShown(page);
					assert.equal(await page.locator("iframe").count(), 1);
					assert.equal((await sessions()).filter((one) => one === id).length, 1);
				});
			}
		});

		test("unmounted while the order is fetched: nothing is sent", async () => {
			await visit({}, async (page) => {
				const orders = brought(page);
				const held = await hold(page, `${origin}/order`);
				await pay(page);
				await held.isAsked;
				await show(page);
				await held.answer();
				assert.deepEqual([orders, await listeners(page)], [[], []]);
			});
		});

		test("after a reload it resumes the payment that has its reference, and no other", async () => {
			const referenceId = `order-${crypto.randomUUID()}`;
			await visit({ order: await order(referenceId), referenceId, button: "hook" }, async (page) => {
				await pay(page);
				await isShown(page);
				const bank = await page.locator("iframe").getAttribute("src");
				first = { ...first, referenceId: "order-other" };
				await page.reload();
				await page.getByRole("button", { name: "Pay" }).waitFor();
				first = { worker: first.worker, referenceId, button: "hook" };
				await page.reload();
				await page.getByRole("button", { name: "Initiated" }).click();
				await isShown(page);
				assert.equal(await page.locator("iframe").getAttribute("src"), bank);
				assert.deepEqual(fetched, [], "no order is asked for");
				// Unmounted and mounted again, it polls its payment again.
				await show(page);
				await until(page, "listening().size === 0");
				await show(page, { referenceId, button: "hook" });
				await until(page, "listening().size > 0");
				await pay(page);
				await approve(hosted(page));
				await waitForEvent(page, ({ detail }) => detail.step === "SUCCESS");
				assert.equal((await sessions()).filter((one) => one === referenceId).length, 1);
			});
		});

		test("two components for one purchase: one is unmounted, and the frame of the other stays", async () => {
			const referenceId = `order-${crypto.randomUUID()}`;
			const wanted = { order: await order(referenceId), referenceId };
			await visit({ ...wanted, isTwice: true }, async (page) => {
				await page.getByRole("button").first().click();
				await isShown(page);
				await page.getByRole("button").last().click();
				assert.equal(await page.locator("iframe").count(), 1);
				await show(page, wanted);
				await approve(hosted(page));
				await waitForEvent(page, ({ detail }) => detail.step === "SUCCESS");
			});
		});

		test("by redirect: the tab comes back to a payment that is paid", async () => {
			const referenceId = `order-${crypto.randomUUID()}`;
			await visit({ order: await order(referenceId), referenceId, mode: "redirect" }, async (page) => {
				await pay(page);
				await page.waitForURL(`${sandbox?.url}/app/?sessionId=*`);
				await approve(page);
				await page.getByRole("heading", { name: "Payment approved" }).waitFor();
				await page.goBack();
				await until(page, "window.show");
				await waitForEvent(page, ({ detail }) => detail.paid);
				assert.equal((await events(page)).length, 1, "one status event, although StrictMode renders twice");
			});
		});

		test("start does not reject when onProblem throws, and what it throws is an error of the page", async () => {
			await visit(
				{ button: "hook", throws: "no such dialog" },
				async (page) => {
					await page.evaluate(() => {
						const reported: string[] = [];
						Object.assign(window, { reported });
						// Neither this error nor an unhandled rejection may reach the console.
						addEventListener("error", (event) => {
							reported.push(event.message);
							event.preventDefault();
						});
					});
					isOpen = false;
					await pay(page);
					await until(page, "reported.length === 1");
					assert.deepEqual(await page.evaluate("reported"), ["Uncaught Error: no such dialog"]);
					await page.getByRole("button", { name: "no_order" }).waitFor();
					isOpen = true;
					await pay(page);
					await isShown(page);
				},
				/Failed to load resource/,
			);
		});

		test("reports each failure, and fetches a new order only when no payment can exist", async () => {
			const network = /Failed to load resource/;
			await visit(
				{ button: "hook" },
				async (page) => {
					isOpen = false;
					await pay(page);
					const { detail } = await waitForEvent(page, ({ event }) => event === "problem");
					assert.deepEqual([detail.code, detail.outcome], ["no_order", "not_sent"]);
					assert.equal(detail.cause, "Error: the shop is closed");
					await page.getByRole("button", { name: "no_order" }).waitFor();
					isOpen = true;
					const orders = brought(page);
					const answers: [status: number, code: string, outcome: string, isKept: boolean][] = [
						[401, "order_invalid", "not_sent", false],
						[422, "rejected", "rejected", false],
						[502, "outcome_unknown", "unknown", true],
						[401, "order_invalid", "not_sent", true],
						[409, "in_progress", "unknown", true],
						[422, "rejected", "rejected", false],
					];
					let last: (typeof answers)[number] | undefined;
					for (const answer of answers) {
						const [status, code, outcome] = answer;
						const body = JSON.stringify({ status, code, outcome, title: "In words" });
						const headers = {
							"access-control-allow-origin": origin,
							"access-control-expose-headers": "retry-after",
							"retry-after": "60",
						};
						await page.route(`${worker?.url}/payments`, (route) => {
							return route.request().method() === "POST" ? route.fulfill({ status, headers, body }) : route.continue();
						});
						await pay(page);
						await page.getByRole("button", { name: code }).waitFor();
						await page.unroute(`${worker?.url}/payments`);
						assert.equal((await events(page)).at(-1)?.detail.outcome, outcome);
						if (last) assert.equal(orders.at(-1) === orders.at(-2), last[3], `after ${last}`);
						last = answer;
					}
					await pay(page);
					await isShown(page);
					assert.equal(orders.length, answers.length + 1);
				},
				network,
			);
		});
	});
}

/** Runs in the page: records the listeners to messages and to the page's visibility. */
function countListeners(): void {
	const all = new Map<unknown, string>();
	for (const [target, type] of [
		[window, "message"],
		[document, "visibilitychange"],
	] as const) {
		const [add, remove] = [target.addEventListener, target.removeEventListener];
		target.addEventListener = (name: string, listener: EventListener, options?: AddEventListenerOptions) => {
			if (name === type) all.set(listener, type);
			add.call(target, name, listener, options);
		};
		target.removeEventListener = (name: string, listener: EventListener, options?: AddEventListenerOptions) => {
			if (name === type) all.delete(listener);
			remove.call(target, name, listener, options);
		};
	}
	Object.assign(window, { listening: () => new Set(all.values()) });
}
