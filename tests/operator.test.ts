// The operator's page in a real browser, served by the Worker in workerd, in front of the sandbox:
// what it shows, what it does, by keyboard, and under a policy that permits it nothing else.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page, type Route } from "playwright-core";
import { PaymentEvent } from "../worker/src/schemas/events.ts";
import { HOSTILE, openStage, type Payment, type Stage } from "./operator/stage.ts";
import { startWorker } from "./processes.ts";

// Imported by its URL, since it is JavaScript without types.
const { ago, describeEvent, stateOf, startOfDay, statusText } = await import(
	new URL("../worker/public/operator/labels.js", import.meta.url).href
);
const SCREENSHOTS = fileURLToPath(new URL("../target/screenshots/", import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const CHROMIUM = {
	executablePath: "/usr/bin/chromium",
	args: [
		"--no-sandbox",
		"--disable-gpu",
		"--disable-quic",
		"--no-first-run",
		"--disable-background-networking",
		"--disable-component-update",
		"--disable-sync",
	],
};
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 375, height: 812 };
/** 1280 px at a zoom of 400 %, at which WCAG 2.2 allows no horizontal scrolling (1.4.10). */
const SMALLEST = { width: 320, height: 640 };

describe("the operator's page", () => {
	let stage: Stage;
	let browser: Browser;
	/** The payments that no test changes. */
	let known: Record<
		"dead" | "paid" | "declined" | "unknown" | "open" | "hostile" | "offer" | "returned" | "mismatch" | "waiting",
		Payment
	>;

	before(async () => {
		mkdirSync(SCREENSHOTS, { recursive: true });
		[stage, browser] = await Promise.all([openStage(), chromium.launch(CHROMIUM)]);
		// Nine days ago a payment whose messages the merchant never accepted, yesterday a page of payments, and today the rest.
		await stage.moveClock(-9 * 24);
		stage.refused.add("order-0900");
		const dead = await stage.paid("order-0900", "accept", { amount: "1310.5" });
		await stage.giveUp(9 * 24);
		await stage.moveClock(-24);
		await Promise.all(Array.from({ length: 24 }, (_, index) => stage.paid(`order-11${index + 10}`)));
		const declined = await stage.paid("order-1134", "decline");
		await stage.moveClock(0);
		const offer = await stage.paid("order-1205", "next_best_offer", { product: "geft", amount: "1100" });
		const returned = await stage.paid("order-1206", "accept", { product: "eft", amount: "1250.75" });
		// A payment counts as returned only if it was read as scheduled before.
		await stage.untilKnown(returned, ({ funds }) => funds === "scheduled");
		await stage.control("POST", `sessions/${returned.sessionId}/reverse`, { code: "901" });
		await stage.untilKnown(returned, ({ funds }) => funds === "returned");
		const mismatch = await stage.paid("order-1207", "differs", { product: "eft" });
		await stage.untilKnown(offer, ({ paid }) => paid === true);
		await stage.untilKnown(mismatch, ({ status }) => status === "mismatch");
		const waiting = await stage.waiting("order-1208");
		const paid = await stage.paid("order-1201");
		const open = await stage.pay("order-1202");
		const hostile = await stage.pay(HOSTILE);
		stage.statuses.set(hostile.requestId ?? "", HOSTILE);
		await stage.api("GET", `/payments/${hostile.id}`);
		const unknown = await stage.unknown("order-1203", "payment_request");
		known = { dead, paid, declined, unknown, open, hostile, offer, returned, mismatch, waiting };
	});
	after(async () => {
		await Promise.all([browser?.close(), stage?.close()]);
	});

	/**
	 * A new page. Whatever the policy refuses fails the test, and so does every error but an answer of the API that the
	 * test expects.
	 */
	async function visit(
		use: (page: Page) => Promise<void>,
		{
			at = "",
			expected = /^$/,
			origin = stage.url,
			...options
		}: BrowserContextOptions & { at?: string; expected?: RegExp; origin?: string } = {},
	): Promise<void> {
		const context = await browser.newContext({ viewport: WIDE, timezoneId: "America/Toronto", ...options });
		const errors: string[] = [];
		try {
			const page = await context.newPage();
			page.setDefaultTimeout(120_000);
			await page.exposeFunction("refused", (what: string) => errors.push(what));
			await page.addInitScript(() => {
				document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
					void Reflect.get(window, "refused")(`${violatedDirective} ${blockedURI}`);
				});
			});
			page.on("pageerror", (error) => errors.push(error.message));
			page.on("console", (message) => {
				if (message.type() === "error" && !expected.test(message.text())) errors.push(message.text());
			});
			await page.goto(`${origin}/operator/${at}`);
			await use(page);
		} finally {
			await context.close();
		}
		assert.deepEqual(errors, []);
	}

	async function signIn(page: Page, key = stage.apiKey): Promise<void> {
		await page.getByLabel("API key").fill(key);
		await page.keyboard.press("Enter");
	}

	/** Signed in, at the list or at one payment. */
	const visitSignedIn = (at: Payment | string, use: (page: Page) => Promise<void>, options = {}) =>
		visit(
			async (page) => {
				await signIn(page);
				await page.locator("h1:visible", { hasNotText: "API key" }).waitFor();
				await page.locator(":is(#list, #payment):visible").waitFor();
				await use(page);
			},
			{ at: typeof at === "string" ? at : `#payment=${at.id}`, ...options },
		);

	const announced = (page: Page, words: string) => page.locator("#announcement", { hasText: words }).waitFor();
	const verdict = (page: Page) => page.locator(".verdict").textContent();
	const rows = (page: Page) => page.locator("#rows tr");
	const references = (page: Page) => page.locator("#rows th").allTextContents();
	const focused = (page: Page) =>
		page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent?.trim());
	const statusOf = async ({ id }: Payment) => (await stage.api("GET", `/payments/${id}`)).status;

	// --- What is served -------------------------------------------------------------------------------------------

	test("its files have their headers, contain no secret and hide no route of the API", async () => {
		for (const [path, type] of [
			["/operator/", "text/html"],
			["/operator/operator.css", "text/css"],
			["/operator/operator.js", "text/javascript"],
			["/operator/icon.svg", "image/svg+xml"],
		] as const) {
			const { status, headers } = await fetch(stage.url + path);
			assert.equal(status, 200);
			assert.match(headers.get("content-type") ?? "", new RegExp(`^${type.replace("+", "\\+")}`));
			const policy = headers.get("content-security-policy") ?? "";
			for (const part of [
				...["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'"],
				...["form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"],
			]) {
				assert.ok(policy.split("; ").includes(part), part);
			}
			assert.equal(headers.get("x-content-type-options"), "nosniff");
			assert.equal(headers.get("referrer-policy"), "no-referrer");
			assert.equal(headers.get("cache-control"), "no-store");
			assert.ok(headers.get("x-request-id"));
			assert.equal(headers.get("etag"), null);
		}
		const moved = await fetch(`${stage.url}/operator`, { redirect: "manual" });
		assert.deepEqual([moved.status, moved.headers.get("location")], [307, "operator/"]);
		for (const path of ["/operator/none", "/operator/index", "/index.html", "/operator.css", "/wrangler.jsonc", "/"]) {
			const answer = await fetch(stage.url + path, { redirect: "manual" });
			assert.deepEqual([answer.status, (await answer.json()).code], [404, "not_found"], path);
		}
		const refused = await fetch(`${stage.url}/operator/`, { method: "POST" });
		assert.deepEqual([refused.status, refused.headers.get("allow")], [405, "GET, HEAD"]);
		assert.equal((await refused.json()).code, "method_not_allowed");
		const head = await fetch(`${stage.url}/operator/`, { method: "HEAD" });
		assert.deepEqual([head.status, await head.text()], [200, ""]);
		// The policy of the page is not the API's, and the API's answers are as they were.
		const problem = await fetch(`${stage.url}/payments`);
		assert.deepEqual([problem.status, problem.headers.get("content-security-policy")], [401, null]);
	});

	// --- The key --------------------------------------------------------------------------------------------------

	test("a wrong key leads back to the form, the right one in, and neither is kept anywhere", async () => {
		await visit(
			async (page) => {
				const asked: { url: string; authorization: string | undefined }[] = [];
				page.on("request", (request) => {
					if (!request.url().includes("/operator/")) {
						asked.push({ url: request.url(), authorization: request.headers().authorization });
					}
				});
				const wrong = crypto.randomUUID();
				await signIn(page, wrong);
				await page.getByRole("alert").filter({ hasText: "not accepted" }).waitFor();
				assert.equal(await focused(page), "key");
				assert.equal(await page.getByLabel("API key").inputValue(), "");
				await signIn(page, "clé");
				await page.getByRole("alert").filter({ hasText: "The key has characters that no key has" }).waitFor();
				await signIn(page);
				await rows(page).first().waitFor();
				assert.equal(await focused(page), "list-title");
				assert.ok(asked.length >= 4);
				for (const { url, authorization } of asked) {
					assert.ok(!url.includes(stage.apiKey) && !url.includes(wrong));
					assert.ok([wrong, stage.apiKey].includes(authorization?.replace("Bearer ", "") ?? ""), authorization);
				}
				const kept = await page.evaluate(async () =>
					JSON.stringify([
						...[{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, history.state],
						...[document.documentElement.outerHTML, await indexedDB.databases(), await caches.keys(), window.name],
						[...document.querySelectorAll("input")].map(({ value }) => value),
					]),
				);
				assert.ok(!kept.includes(stage.apiKey));
				await page.reload();
				await page.getByLabel("API key").waitFor();
				assert.equal(await page.locator("#rows tr").count(), 0);
			},
			{ expected: /status of 401/ },
		);
	});

	test("signing out, and a key that is revoked in between, leave nothing on the page", async () => {
		await visitSignedIn(
			known.paid,
			async (page) => {
				await page.getByRole("button", { name: "Sign out" }).click();
				await page.getByLabel("API key").waitFor();
				const left = () => page.evaluate(() => document.body.textContent?.includes("order-1201"));
				assert.equal(await left(), false);
				await signIn(page);
				await page.getByRole("heading", { name: "order-1201" }).waitFor();
				await page.route("**/payments/**", (route) =>
					route.continue({ headers: { ...route.request().headers(), authorization: "Bearer taken-back" } }),
				);
				await page.getByRole("button", { name: "Send to the merchant again" }).click();
				await page.getByRole("button", { name: "Send again" }).click();
				await page.getByRole("alert").filter({ hasText: "not accepted" }).waitFor();
				assert.equal(await page.locator("dialog[open]").count(), 0);
				assert.equal(await left(), false);
			},
			{ expected: /status of 401/ },
		);
	});

	// --- The list -------------------------------------------------------------------------------------------------

	test("the list has payments that need attention on top, with what to do, and then the newest", async () => {
		await visitSignedIn("", async (page) => {
			const unknown = page.getByRole("region", { name: /^1 It is unknown/ });
			await unknown.waitFor();
			assert.deepEqual(await unknown.locator(".cases a").allTextContents(), ["order-1203"]);
			assert.ok((await unknown.textContent())?.includes(String((await stage.idsAtFlinks("order-1203")).sessionId)));
			assert.match((await unknown.textContent()) ?? "", /Look each one up at Flinks, by its reference id/);
			const dead = page.getByRole("region", { name: /^1 The merchant did not get messages/ });
			assert.deepEqual(await dead.locator(".cases a").allTextContents(), ["order-0900"]);
			assert.equal(await page.title(), "(1 do not match, 1 to decide, 1 unknown) Payments");
			const titles = await page.locator("#attention h2").allTextContents();
			assert.deepEqual(titles, [
				"1 The money of these payments was returned",
				"1 Flinks’ answers do not match these payments",
				"1 A guarantee waits for your decision",
				"1 It is unknown whether these payments exist",
				"1 The merchant did not get messages about these",
			]);
			const steps = (await page.locator("#attention").textContent()) ?? "";
			assert.match(steps, /Send no goods for them, and ask for goods back that were sent\./);
			const [returned, mismatch, waiting] = await page.locator("#attention .cases").allTextContents();
			assert.match(returned ?? "", /order-1206.*Requested \$1,250\.75Returned \$1,250\.75code 901Contact the payor/);
			assert.match(mismatch ?? "", /order-1207.*Requested \$12\.50.*has another amount\. The answer was ignored/);
			assert.match(waiting ?? "", /order-1208.*Requested \$640\.00.*Accept…Refuse…/);
			assert.deepEqual((await references(page)).slice(0, 4), ["order-1203", HOSTILE, "order-1202", "order-1201"]);
			const row = await rows(page).filter({ hasText: "order-1134" }).textContent();
			for (const part of ["$12.50", "Not paid", "Declined", "Interac", "yesterday"])
				assert.ok(row?.includes(part), row ?? "");
			const own = await rows(page).filter({ hasText: "order-1203" }).textContent();
			assert.ok(own?.includes("Unknown"));
		});
	});

	test("each row has the requested and the paid amount, and a different amount is marked", async () => {
		await visitSignedIn("", async (page) => {
			const figuresOf = (referenceId: string) =>
				rows(page).filter({ hasText: referenceId }).locator("td:not(.status)").allTextContents();
			await rows(page).first().waitFor();
			assert.deepEqual((await figuresOf("order-1201")).slice(0, 3), ["$12.50", "$12.50", "Paid"]);
			assert.deepEqual((await figuresOf("order-1205")).slice(0, 3), ["$1,100.00", "$880.00", "Paid another amount"]);
			assert.deepEqual((await figuresOf("order-1206")).slice(0, 3), ["$1,250.75", "—", "Returned"]);
			assert.deepEqual((await figuresOf("order-1207")).slice(0, 3), ["$12.50", "—", "Does not match"]);
			assert.deepEqual((await figuresOf("order-1208")).slice(0, 3), ["$640.00", "—", "Needs a decision"]);
			assert.deepEqual(await page.locator("#rows .other").allTextContents(), ["$880.00"]);
		});
	});

	test("a payment is found by the merchant's reference id, and all returned payments by their funds", async () => {
		await visitSignedIn("", async (page) => {
			const [first] = await page.locator("#filters label").allTextContents();
			assert.equal(first?.trim(), "Your reference id");
			await page.getByLabel("Your reference id").fill(" order-1134 ");
			await page.keyboard.press("Enter");
			await page.getByText("One payment matches").waitFor();
			assert.deepEqual(await references(page), ["order-1134"]);
			assert.match(page.url(), /#referenceId=order-1134$/);
			await page.getByLabel("Your reference id").fill("order-113");
			await page.keyboard.press("Enter");
			await page.getByText("No payment matches.").waitFor();
			await page.getByLabel("Your reference id").fill("");
			await page.locator("#filters").getByLabel("Money").selectOption("returned");
			await page.getByRole("button", { name: "Show" }).click();
			await page.getByText("One payment matches").waitFor();
			assert.deepEqual(await references(page), ["order-1206"]);
		});
	});

	test("filters narrow the list, are in the address, and follow the browser's back button", async () => {
		await visitSignedIn("", async (page) => {
			const show = async () => {
				await page.getByRole("button", { name: "Show" }).click();
				await page.waitForFunction(() => document.body.ariaBusy === "false");
			};
			await page.locator("#filters").getByLabel("Status").fill("Declined");
			await show();
			await page.getByText("One payment matches").waitFor();
			assert.deepEqual(await references(page), ["order-1134"]);
			assert.match(page.url(), /#status=Declined$/);
			await page.getByRole("link", { name: "Clear" }).click();
			await page.getByText("The newest 25 payments").waitFor();
			await page.getByLabel("Merchant told").selectOption("dead");
			await show();
			await page.getByText("One payment matches").waitFor();
			assert.deepEqual(await references(page), ["order-0900"]);
			await page.goBack();
			await page.goBack();
			await page.getByText("One payment matches").waitFor();
			assert.equal(await page.locator("#filters").getByLabel("Status").inputValue(), "Declined");
			// Days are in the operator's time zone, and the last one is included.
			const day = (await page.evaluate(
				(at) => new Date(at).toLocaleDateString("en-CA"),
				Date.now() - 9 * 86_400_000,
			)) as string;
			await page.locator("#filters").getByLabel("Status").fill("");
			await page.getByLabel("From day").fill(day);
			await page.getByLabel("To day").fill(day);
			await show();
			assert.deepEqual(await references(page), ["order-0900"]);
			await page.locator("#filters").getByLabel("Status").fill("Settled");
			await show();
			await page.getByText("No payment matches.").waitFor();
		});
	});

	test("a filter by an undocumented status works by its address", async () => {
		await visitSignedIn(`#${new URLSearchParams({ status: HOSTILE.slice(0, 64) })}`, async (page) => {
			await page.getByText("No payment matches.").waitFor();
			assert.equal(await page.locator("#filters").getByLabel("Status").inputValue(), HOSTILE.slice(0, 64));
		});
	});

	test("a day that is out of range is reported at its field, and leaves the list as it is", async () => {
		await visitSignedIn("", async (page) => {
			const from = page.getByLabel("From day");
			await from.fill("123456-01-01");
			await page.getByRole("button", { name: "Show" }).click();
			assert.equal(await from.evaluate((input: HTMLInputElement) => input.validity.rangeOverflow), true);
			assert.ok((await references(page)).includes("order-1201"));
			for (const day of ["123456-01-01", "0001-01-01", "9999-12-31", "x", "2026-02-30"]) {
				await page.goto(`${stage.url}/operator/#from=${day}&status=Declined`);
				await page.reload();
				await signIn(page);
				await page.getByText("One payment matches").waitFor();
				await page.getByRole("alert").filter({ hasText: "it must be in the years from 2000 to 9999" }).waitFor();
				assert.equal(await from.getAttribute("aria-invalid"), "true");
				assert.equal(await from.inputValue(), "");
			}
			await page.goto(`${stage.url}/operator/#to=9999-12-30&status=Declined`);
			await page.waitForFunction(() => document.querySelector("[name=to]:not([aria-invalid=true])") !== null);
			await page.getByText("One payment matches").waitFor();
			assert.equal(await page.locator("#day-error").textContent(), "");
		});
	});

	test("the table is extended page by page, and has each payment once", async () => {
		await visitSignedIn("#status=Accepted", async (page) => {
			await page.getByText("The newest 25 matching payments").waitFor();
			const first = await references(page);
			await page.getByRole("link", { name: "Older" }).click();
			await page.getByText(/^1 older matching payments, the last/).waitFor();
			const second = await references(page);
			assert.deepEqual([first.length, second], [25, ["order-0900"]]);
			assert.equal(new Set([...first, ...second]).size, 26);
			assert.equal(await focused(page), "list-title");
			await page.getByRole("link", { name: "Newest" }).click();
			await page.getByText("The newest 25 matching payments").waitFor();
			assert.deepEqual(await references(page), first);
		});
	});

	// --- One payment ----------------------------------------------------------------------------------------------

	test("a payment by its address: its state, its ids, and its timeline in plain words", async () => {
		await visitSignedIn(
			known.paid,
			async (page) => {
				assert.equal(await focused(page), "payment-title");
				assert.equal(await page.title(), "Paid: order-1201");
				assert.equal(await verdict(page), "Paid");
				const titles = await page.locator("#timeline .event").allTextContents();
				assert.deepEqual(
					titles.filter((title) => title !== "The message was delivered"),
					[
						...["Signed in at Flinks", "Asked Flinks for a session", "Asked Flinks for the payment"],
						...["The payment exists: the payor can pay", "Flinks says Accepted: paid"],
					],
				);
				const times = await page.locator("#timeline time").allTextContents();
				assert.equal(times.length, titles.length);
				for (const time of times) assert.match(time, /^\w+\.? \d+, 20\d\d, \d\d:\d\d:\d\d .*(ago|now)$/);
				for (const name of ["reference id", "payment id", "session id", "payment request id"]) {
					await page.getByRole("button", { name: `Copy the ${name}` }).click();
					await announced(page, `The ${name} is copied.`);
				}
				assert.equal(await page.evaluate(() => navigator.clipboard.readText()), known.paid.requestId);
				// A paid payment cannot be cancelled.
				assert.equal(await page.getByRole("button", { name: "Cancel the payment" }).count(), 0);
			},
			{ permissions: ["clipboard-read", "clipboard-write"] },
		);
	});

	test("each state of a payment has its own headline", async () => {
		await visitSignedIn(known.declined, async (page) => {
			assert.equal(await verdict(page), "Not paid");
			for (const [{ id, referenceId }, words] of [
				[known.open, "Not paid yet"],
				[known.unknown, "Unknown"],
			] as const) {
				await page.goto(`${stage.url}/operator/#payment=${id}`);
				await page.getByRole("heading", { name: referenceId }).waitFor();
				assert.equal(await verdict(page), words);
			}
		});
	});

	test("another amount, a return and a mismatch are shown with both amounts and what to do", async () => {
		await visitSignedIn(known.offer, async (page) => {
			const banner = () => page.locator(".banner").textContent();
			assert.equal(await page.title(), "Paid another amount: order-1205");
			assert.match((await banner()) ?? "", /Requested \$1,100\.00Paid \$880\.00Flinks says Completed \(EFT0301\)/);
			assert.match(
				(await page.locator("#facts").textContent()) ?? "",
				/\$880\.00 CAD: another amount than was requested/,
			);
			await page.getByText("Flinks’ figure: $880.00").waitFor();
			for (const [{ id, referenceId }, words, event] of [
				[
					known.returned,
					/^ReturnedRequested \$1,250\.75Returned \$1,250\.75.*Return code 901\. Contact the payor/,
					/Flinks says Failed \(901\): returned/,
				],
				[
					known.mismatch,
					/^Does not matchRequested \$12\.50.*has another amount.*does not count as paid/,
					/does not match/,
				],
			] as const) {
				await page.goto(`${stage.url}/operator/#payment=${id}`);
				await page.getByRole("heading", { name: referenceId }).waitFor();
				assert.match((await banner()) ?? "", words);
				await page.locator("#timeline .event", { hasText: event }).waitFor();
				// A mismatched payment may still wait for its payor.
				const offered = await page.getByRole("button", { name: "Cancel the payment" }).count();
				assert.equal(offered, referenceId === known.mismatch.referenceId ? 1 : 0);
			}
		});
	});

	test("a payment that cannot be read at Flinks is shown as the ledger knows it", async () => {
		const payment = await stage.pay("order-1301");
		await stage.control("POST", "faults", { step: "status", fault: "503", times: 9 });
		await visitSignedIn(
			payment,
			async (page) => {
				assert.equal(await verdict(page), "Not paid yet");
				assert.match(
					(await page.locator(".stale").textContent()) ?? "",
					/could not be read at Flinks just now.*Request id: [0-9a-f-]{36}/,
				);
				await page.locator("#timeline .event", { hasText: "could not be read at Flinks" }).waitFor();
			},
			{ expected: /status of 502/ },
		);
		await stage.control("DELETE", "faults");
	});

	test("a payment that does not exist, and a Worker that does not answer, are reported, and can be tried again", async () => {
		await visit(
			async (page) => {
				await signIn(page);
				await page.getByRole("alert").filter({ hasText: "There is nothing here" }).waitFor();
				assert.equal(await page.locator("#payment").isVisible(), false);
				await page.getByRole("link", { name: "flinkspay-edge" }).click();
				await rows(page).first().waitFor();
				await page.route("**/payments?*", (route) => route.abort());
				await page.getByRole("button", { name: "Reload" }).click();
				await page.getByRole("alert").filter({ hasText: "The Worker did not answer" }).waitFor();
				assert.equal(await page.locator("#list").isVisible(), false);
				await page.unroute("**/payments?*");
				await page.getByRole("button", { name: "Try again" }).click();
				await rows(page).first().waitFor();
			},
			{ at: "#payment=0-00000000-0000-0000-0000-000000000000", expected: /status of 404|ERR_FAILED/ },
		);
	});

	test("a list without the payments of an object says so on top and in its caption, and not that nothing needs attention", async () => {
		await visitSignedIn("", async (page) => {
			await page.route("**/payments?*", async (route) => {
				const answer = await route.fetch();
				await route.fulfill({ response: answer, json: { payments: [], missing: [1] } });
			});
			await page.getByRole("button", { name: "Reload" }).click();
			await page.getByRole("alert").filter({ hasText: "part of the ledger did not answer" }).waitFor();
			assert.equal(await page.getByText("Nothing needs attention").count(), 0);
			assert.equal(await page.locator("#caption").textContent(), "0 payments, and those that are missing");
		});
	});

	test("text from callers and Flinks is shown as text and never as markup", async () => {
		await visitSignedIn("", async (page) => {
			const row = rows(page).filter({ hasText: "<script>" });
			assert.equal(await row.locator("th").textContent(), HOSTILE);
			// The ledger stores Flinks' text as `unrecognized` when it is not a word.
			assert.equal(await row.locator(".status").textContent(), "unrecognized");
			assert.match((await row.textContent()) ?? "", /Not paid yet/);
			await row.getByRole("link").click();
			await page.getByRole("heading", { name: HOSTILE }).waitFor();
			await page.getByText("Flinks says unrecognized: not paid yet").waitFor();
			await page.getByRole("button", { name: "Cancel the payment" }).click();
			await page.getByRole("dialog").getByText(HOSTILE).waitFor();
			assert.equal(await page.locator("img, main script").count(), 0);
			assert.notEqual(await page.title(), "owned");
		});
	});

	test("text with bidirectional controls reorders nothing but itself", async () => {
		// The ledger may have such text from before it was refused.
		const turned = "\u202eorder-1001";
		const stored = { referenceId: turned, status: turned };
		await visit(
			async (page) => {
				await page.route("**/payments?*", async (route) => {
					const answer = await route.fetch();
					const { payments, next } = await answer.json();
					await route.fulfill({
						response: answer,
						json: { payments: payments.map((payment: object) => ({ ...payment, ...stored })), next },
					});
				});
				await page.route(/\/payments\/[^/?]+$/, async (route) => {
					const answer = await route.fetch();
					await route.fulfill({ response: answer, json: { ...(await answer.json()), ...stored } });
				});
				await page.route("**/cancel", async (route) => {
					await route.fulfill({ json: { ...known.open, ...stored, paid: false, final: true } });
				});
				/** Where such text is not isolated. */
				const loose = () =>
					page.evaluate(() => {
						const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
						const found: string[] = [];
						let isolated = 0;
						while (texts.nextNode()) {
							const { textContent, parentElement } = texts.currentNode;
							if (!textContent?.includes("order-1001") || parentElement?.closest("option") !== null) continue;
							if (parentElement.closest("bdi") !== null) isolated += 1;
							else if (textContent.includes("\u202e")) found.push(parentElement.outerHTML);
						}
						return { found, isolated };
					});
				await signIn(page);
				await rows(page).first().waitFor();
				const { found, isolated } = await loose();
				assert.deepEqual(found, []);
				assert.ok(isolated > 20);
				await page.goto(`${stage.url}/operator/#payment=${known.open.id}`);
				await page.getByRole("button", { name: "Cancel the payment…" }).click();
				assert.deepEqual((await loose()).found, []);
				await page.getByRole("dialog").getByRole("button", { name: "Cancel the payment" }).click();
				await announced(page, "is now");
				assert.deepEqual((await loose()).found, []);
				assert.ok(!(await page.title()).includes("\u202e"));
				assert.ok((await loose()).isolated >= 5);
			},
			{ expected: /status of 4\d\d/ },
		);
		assert.equal(statusText(turned, turned), "\ufffdorder-1001 (\ufffdorder-1001)");
	});

	test("settings that cannot be used are on top, with what is off, until they are right", async () => {
		const bindings = { FLINKS_USERNAME: crypto.randomUUID(), API_KEY: crypto.randomUUID() };
		const worker = await startWorker({
			sandboxUrl: "http://127.0.0.1:1",
			secrets: { ...bindings, ORDER_SECRET: crypto.randomUUID() },
			vars: { MERCHANT_WEBHOOK_URL: "https://shop.example/hooks", RETENTION_DAYS: "90d" },
		});
		try {
			await visit(
				async (page) => {
					await page.evaluate(AXE);
					await signIn(page, bindings.API_KEY);
					const notice = page.getByRole("region", { name: "4 settings are not valid" });
					await notice.waitFor();
					await page.getByText("There is no payment yet.").waitFor();
					assert.deepEqual(await notice.locator("code").allTextContents(), [
						...["FLINKS_PASSWORD", "RETENTION_DAYS", "MERCHANT_WEBHOOK_URL", "ORDER_SECRET"],
					]);
					assert.match((await notice.textContent()) ?? "", /Set MERCHANT_WEBHOOK_SECRET too.*Meanwhile: Your endpoint/);
					await look(page, "5-refused");
					// The notice stays on top of a view that fails for the same reason, and goes when the operator signs out.
					await page.route("**/payments?*", (route) => route.abort());
					await page.getByRole("button", { name: "Reload" }).click();
					await page.getByRole("alert").filter({ hasText: "The Worker did not answer" }).waitFor();
					assert.equal(await notice.isVisible(), true);
					await page.getByRole("button", { name: "Sign out" }).click();
					assert.equal(await notice.count(), 0);
				},
				{ origin: worker.url, expected: /ERR_FAILED/ },
			);
		} finally {
			await worker.stop();
		}
		await visitSignedIn("", async (page) => {
			await rows(page).first().waitFor();
			assert.equal(await page.locator("#settings").textContent(), "");
		});
	});

	// --- What can be done -----------------------------------------------------------------------------------------

	test("an unknown payment that is at Flinks is resolved with its id, once Flinks knows that id", async () => {
		const payment = await stage.unknown("order-1401", "payment_request");
		const { requestId, sessionId } = await stage.idsAtFlinks("order-1401");
		await visitSignedIn(
			payment,
			async (page) => {
				await page.getByText("Look it up at Flinks first. Then say whether the payment exists.").waitFor();
				await page.getByRole("button", { name: "Record what became of it" }).click();
				const dialog = page.getByRole("dialog", { name: "Record what became of order-1401" });
				await dialog.getByText("corrected while nothing is paid").waitFor();
				const confirm = dialog.getByRole("button", { name: "Record it" });
				await confirm.click();
				await dialog.getByText("Choose what you found.").waitFor();
				await dialog.getByLabel("The payment is there.").check();
				await confirm.click();
				await dialog.getByText("The id that Flinks has for it is needed.").waitFor();
				assert.equal(await page.evaluate(() => Reflect.get(document.activeElement ?? {}, "name")), "requestId");
				assert.equal(await dialog.getByLabel("Session id").inputValue(), sessionId);
				await dialog.getByLabel("Payment request id").fill("no such id!");
				await confirm.click();
				await dialog.getByRole("alert").filter({ hasText: "(requestId)" }).waitFor();
				assert.equal(await statusOf(payment), "unknown");
				await dialog.getByLabel("Payment request id").fill(requestId);
				await confirm.click();
				await announced(page, "Recorded: order-1401 exists.");
				assert.equal(await focused(page), "payment-title");
				assert.equal(await verdict(page), "Not paid yet");
				await page.getByText("An operator found it at Flinks").waitFor();
				await page.getByText(`with API_KEY · payment request ${requestId}`).waitFor();
			},
			{ expected: /status of 400/ },
		);
		assert.equal((await stage.api("GET", `/payments/${payment.id}`)).requestId, requestId);
	});

	test("the form for an unknown payment of v2 asks for the session id alone", async () => {
		const payment = await stage.unknown("order-1402", "session", { product: "eft" });
		const { sessionId } = await stage.idsAtFlinks("order-1402");
		await visitSignedIn(payment, async (page) => {
			await page.getByRole("button", { name: "Record what became of it" }).click();
			await page.getByLabel("The payment is there.").check();
			assert.equal(await page.getByLabel("Payment request id").isVisible(), false);
			await page.getByLabel("Session id").fill(sessionId);
			await page.getByRole("button", { name: "Record it" }).click();
			await announced(page, "Recorded: order-1402 exists.");
		});
		assert.equal(await statusOf(payment), "Initiated");
	});

	test("an unknown payment that is not at Flinks is resolved, by the keyboard alone", async () => {
		const payment = await stage.unknown("order-1403");
		await visit(async (page) => {
			const press = async (...keys: string[]) => {
				for (const key of keys) await page.keyboard.press(key);
			};
			const tabTo = async (name: string) => {
				for (let count = 0; count < 120; count++) {
					if ((await focused(page)) === name) return;
					await press("Tab");
				}
				assert.fail(`the keyboard does not reach ${name}`);
			};
			assert.equal(await focused(page), "key");
			await page.keyboard.type(stage.apiKey);
			await press("Enter");
			await page.locator(".cases").first().waitFor();
			await tabTo("order-1403");
			await press("Enter");
			await page.locator("#payment-title", { hasText: "order-1403" }).waitFor();
			const open = "Record what became of it…";
			await tabTo(open);
			await press("Enter");
			await page.getByRole("dialog").waitFor();
			await press("Escape");
			await page.getByRole("dialog").waitFor({ state: "hidden" });
			assert.equal(await focused(page), open);
			assert.equal(await statusOf(payment), "unknown");
			await press("Enter", "Space", "ArrowDown");
			assert.equal(await page.getByLabel("The payment is not there.").isChecked(), true);
			// The focus cannot leave the dialog.
			for (let count = 0; count < 6; count++) {
				await press("Tab");
				const within = await page.evaluate(() =>
					[document.body, document.querySelector("dialog[open]")].some(
						(one) => one === document.activeElement || (one !== document.body && one?.contains(document.activeElement)),
					),
				);
				assert.ok(within, "the focus stays in the dialog");
			}
			await tabTo("Record it");
			await press("Enter");
			await announced(page, "Recorded: order-1403 does not exist.");
			assert.equal(await focused(page), "payment-title");
			assert.equal(await verdict(page), "Not paid");
			await page.getByText("An operator did not find it at Flinks").waitFor();
		});
		assert.equal(await statusOf(payment), "not_created");
	});

	test("a resolution that was a mistake is taken back", async () => {
		const payment = await stage.unknown("order-1405");
		await visitSignedIn(payment, async (page) => {
			await page.getByRole("button", { name: "Record what became of it…" }).click();
			assert.equal(await page.getByLabel("It is unknown after all.").isVisible(), false);
			await page.getByLabel("The payment is not there.").check();
			await page.getByRole("button", { name: "Record it" }).click();
			await announced(page, "Recorded: order-1405 does not exist.");
			await page.getByRole("button", { name: "Correct what was recorded…" }).click();
			await page.getByLabel("It is unknown after all.").check();
			await page.getByRole("button", { name: "Record it" }).click();
			await announced(page, "Recorded: order-1405 is unknown again.");
			await page.getByText("An operator took back what was recorded").waitFor();
		});
		assert.equal(await statusOf(payment), "unknown");
	});

	test("a payment is cancelled after a confirmation, which can be left", async () => {
		const payment = await stage.pay("order-1404");
		await visitSignedIn(payment, async (page) => {
			const open = page.getByRole("button", { name: "Cancel the payment…" });
			await open.click();
			const dialog = page.getByRole("dialog", { name: "Cancel order-1404?" });
			await dialog.getByText("It cannot be taken back.").waitFor();
			// The dialog closes with its payment.
			await page.evaluate(() => location.assign("#all"));
			await rows(page).first().waitFor();
			assert.equal(await dialog.count(), 0);
			await page.goBack();
			await open.click();
			assert.equal(await focused(page), "Leave it as it is");
			await page.keyboard.press("Enter");
			await dialog.waitFor({ state: "hidden" });
			assert.equal(await focused(page), "Cancel the payment…");
			assert.equal(await statusOf(payment), "Initiated");
			await open.click();
			await dialog.getByRole("button", { name: "Cancel the payment" }).click();
			await announced(page, "Done: order-1404 is now Cancelled.");
			assert.equal(await verdict(page), "Not paid");
			assert.equal(await open.count(), 0);
		});
	});

	test("a guarantee is accepted from the list, after a confirmation that can be left", async () => {
		const payment = await stage.waiting("order-1501");
		await visitSignedIn("", async (page) => {
			const open = page.getByRole("button", { name: "Accept the guarantee of order-1501" });
			await open.click();
			const dialog = page.getByRole("dialog", { name: "Accept the guarantee of order-1501?" });
			await dialog.getByText("It cannot be taken back.").waitFor();
			assert.equal(await focused(page), "Leave it as it is");
			await page.keyboard.press("Enter");
			await dialog.waitFor({ state: "hidden" });
			assert.equal((await stage.api("GET", `/payments/${payment.id}`)).guarantee, "waiting");
			await open.click();
			await dialog.getByRole("button", { name: "Accept the guarantee" }).click();
			await announced(page, "Done: the guarantee of order-1501 is accepted.");
			assert.equal(await open.count(), 0);
			await stage.untilKnown(payment, ({ funds }) => funds === "guaranteed");
			await page.goto(`${stage.url}/operator/#payment=${payment.id}`);
			await page.getByText("The guarantee was accepted").waitFor();
			assert.equal(await verdict(page), "Paid");
		});
	});

	test("a guarantee is refused on its payment's page, where nothing more can be decided then", async () => {
		const payment = await stage.waiting("order-1502");
		await visitSignedIn(payment, async (page) => {
			assert.equal(await verdict(page), "Needs a decision");
			await page.getByRole("button", { name: "Refuse the guarantee…" }).click();
			const dialog = page.getByRole("dialog", { name: "Refuse the guarantee of order-1502?" });
			await dialog.getByRole("button", { name: "Refuse the guarantee" }).click();
			await announced(page, "Done: the guarantee of order-1502 is refused.");
			await page.getByText("The guarantee was refused").waitFor();
			assert.equal(await page.getByRole("button", { name: /the guarantee…/ }).count(), 0);
			assert.match((await page.locator("#facts").textContent()) ?? "", /GuaranteeRefused/);
		});
	});

	test("a failure is shown in the dialog, and two clicks are one request", async () => {
		const payment = await stage.pay("order-1405");
		await stage.control("POST", "faults", { step: "cancel", fault: "500", times: 2 });
		await visitSignedIn(
			payment,
			async (page) => {
				const posts: Route[] = [];
				await page.route("**/cancel", (route) => void posts.push(route));
				const letOn = async (count: number) => {
					while (posts.length < count) await page.evaluate("0");
					await posts.at(-1)?.continue();
				};
				await page.getByRole("button", { name: "Cancel the payment…" }).click();
				const dialog = page.getByRole("dialog");
				const confirm = dialog.getByRole("button", { name: "Cancel the payment" });
				await confirm.click();
				await confirm.click();
				await page.keyboard.press("Escape");
				await dialog.getByRole("button", { name: "Leave it as it is" }).click();
				assert.equal(await dialog.count(), 1, "the dialog stays open while the request runs");
				await letOn(1);
				await dialog.getByRole("alert").filter({ hasText: "Nobody knows whether" }).waitFor();
				assert.equal(posts.length, 1);
				// Chromium closes the dialog at the second Escape; the page shows the outcome all the same.
				await confirm.click();
				await page.keyboard.press("Escape");
				await page.keyboard.press("Escape");
				await dialog.waitFor({ state: "hidden" });
				await letOn(2);
				await page.locator("#problem", { hasText: "Nobody knows whether" }).waitFor();
				assert.equal(posts.length, 2);
			},
			{ expected: /status of 502/ },
		);
	});

	// --- For everybody --------------------------------------------------------------------------------------------

	test("each view is accessible and fits the window: light and dark, wide and narrow", async () => {
		await visit(async (page) => {
			await page.evaluate(AXE);
			await look(page, "1-sign-in");
			await signIn(page);
			await rows(page).first().waitFor();
			await look(page, "2-list");
			const { paid, hostile, unknown, offer, returned, mismatch, waiting } = known;
			for (const [name, payment] of Object.entries({ paid, hostile, offer, returned, mismatch, waiting, unknown })) {
				await page.goto(`${stage.url}/operator/#payment=${payment.id}`);
				await page.locator("#payment-title", { hasText: payment.referenceId }).waitFor();
				await look(page, `3-${name}`);
			}
			await page.getByRole("button", { name: "Record what became of it" }).click();
			await page.getByLabel("The payment is there.").check();
			await page.getByRole("button", { name: "Record it" }).click();
			await look(page, "4-dialog");
		});
	});

	test("messages that the merchant never accepted are sent again", async () => {
		// The last test, since others read this payment.
		stage.refused.delete("order-0900");
		await visitSignedIn(known.dead, async (page) => {
			assert.equal(await page.locator("#facts .dead").textContent(), "Given up");
			await page.getByText("The message was not delivered: given up").waitFor();
			await page.getByRole("button", { name: "Send to the merchant again…" }).click();
			await page.getByRole("dialog", { name: "Send the merchant the messages about order-0900 again?" }).waitFor();
			assert.equal(await focused(page), "Do not send");
			await page.getByRole("button", { name: "Send again" }).click();
			await announced(page, "Done: the merchant is sent the messages about order-0900 again.");
			await page.getByText("An operator sent the messages again").waitFor();
			await page.waitForFunction(async () => {
				const reload = document.querySelector<HTMLButtonElement>("#payment .reload");
				reload?.click();
				await new Promise((resolve) => setTimeout(resolve, 200));
				return document.querySelector("#facts .delivered") !== null;
			});
		});
		const types = stage.taken.filter(({ referenceId }) => referenceId === "order-0900").map(({ type }) => type);
		assert.deepEqual(types, ["payment.created", "payment.updated", "payment.abandoned"]);
	});

	/** Takes a screenshot in each colour scheme and width, and checks it with axe. */
	async function look(page: Page, name: string): Promise<void> {
		for (const colorScheme of ["light", "dark"] as const) {
			for (const [width, viewport] of Object.entries({ wide: WIDE, narrow: NARROW, smallest: SMALLEST })) {
				await page.emulateMedia({ colorScheme });
				await page.setViewportSize(viewport);
				const path = `${SCREENSHOTS}operator-${colorScheme}-${width}-${name}.png`;
				await page.screenshot({ path, fullPage: true });
				const [content, room] = await page.locator("html").evaluate((html) => [html.scrollWidth, html.clientWidth]);
				assert.ok(content !== undefined && room !== undefined && content <= room, `${path}: nothing sticks out`);
				assert.deepEqual(await faults(page), [], path);
			}
		}
	}

	async function faults(page: Page): Promise<string[]> {
		const [found, passed] = await page.evaluate(async () => {
			const { violations, passes } = await Reflect.get(window, "axe").run({ resultTypes: ["violations"] });
			const words = violations.flatMap(({ id, nodes }: { id: string; nodes: { html: string }[] }) =>
				nodes.map(({ html }) => `${id}: ${html}`),
			);
			return [words as string[], passes.length as number];
		});
		assert.ok(passed > 15, "axe has looked at the page");
		return found;
	}
});

describe("the words of the operator's page", () => {
	test("have a title for each kind of event", () => {
		const known = PaymentEvent.options.map((option) => option.shape.type.value);
		assert.ok(known.length >= 9);
		for (const type of known) {
			const outcome =
				{ attempt: "unknown", delivery: "failed", outcome: "unknown", resolution: "unknown" }[type as string] ??
				"created";
			const { title } = describeEvent({ ...{ type, outcome, status: "Settled", stage: "status" }, at: "" });
			assert.match(title, /^[A-Z].* /, type);
		}
		assert.equal(describeEvent({ type: "of_tomorrow", at: "" }).title, "of_tomorrow");
	});

	test("say Paid for `paid` alone, whatever Flinks' status is", () => {
		for (const status of ["Settled", "Accepted", "Paid", "paid", "Completed", "Failed", "__proto__", "toString", ""]) {
			for (const final of [true, false]) {
				for (const funds of ["none", "scheduled", "returned"]) {
					const { kind, title } = stateOf({ status, funds, paid: false, final });
					assert.ok(kind !== "paid" && !/^Paid/.test(title), `${status} ${funds}`);
				}
				for (const funds of ["guaranteed", "settled"]) {
					assert.equal(stateOf({ status, funds, paid: true, final }).title, "Paid");
				}
			}
		}
		for (const status of ["unknown", "in_progress", "rejected", "not_created"]) {
			assert.notEqual(stateOf({ status, funds: "settled", paid: true, final: true }).kind, "paid", "the ledger's own");
		}
	});

	test("say what needs attention before all else", () => {
		const paid = { status: "Settled", funds: "settled", paid: true, final: true };
		const returned = { ...paid, status: "Failed", funds: "returned", paid: false };
		for (const [payment, kind, title] of [
			[{ ...paid, amountDiffers: true }, "differs", "Paid another amount"],
			[{ ...paid, mismatch: "amount" }, "mismatch", "Does not match"],
			[{ ...returned, mismatch: "returned" }, "mismatch", "Does not match"],
			[returned, "returned", "Returned"],
			[{ ...returned, amountDiffers: true }, "returned", "Returned"],
			[{ status: "guarantee_waiting", funds: "none", paid: false, guarantee: "waiting" }, "decide", "Needs a decision"],
			[{ status: "Completed", funds: "scheduled", paid: false, final: false }, "scheduled", "Scheduled, not paid"],
			[{ status: "Declined", funds: "none", paid: false, final: true }, "unpaid", "Not paid"],
			[{ status: "unrecognized", funds: "none", paid: false, final: false }, "open", "Not paid yet"],
		] as const) {
			const state = stateOf(payment);
			assert.deepEqual([state.kind, state.title], [kind, title]);
		}
		assert.match(stateOf({ ...paid, mismatch: "amount" }).detail, /it counts as paid/);
	});

	test("take a day from its start to the next day's, also when it has no midnight", () => {
		const zone = process.env.TZ;
		try {
			for (const [place, day, from, to] of [
				["America/Toronto", "2026-03-08", "2026-03-08T05:00:00.000Z", "2026-03-09T04:00:00.000Z"],
				// Its clocks go from 23:59 to 01:00.
				["America/Havana", "2026-03-08", "2026-03-08T05:00:00.000Z", "2026-03-09T04:00:00.000Z"],
				["America/Havana", "2026-03-07", "2026-03-07T05:00:00.000Z", "2026-03-08T05:00:00.000Z"],
				["Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00.000Z", "2026-03-29T21:00:00.000Z"],
				["Asia/Beirut", "2026-03-28", "2026-03-27T22:00:00.000Z", "2026-03-28T22:00:00.000Z"],
				["UTC", "2024-02-28", "2024-02-28T00:00:00.000Z", "2024-02-29T00:00:00.000Z"],
				["UTC", "2026-12-31", "2026-12-31T00:00:00.000Z", "2027-01-01T00:00:00.000Z"],
			] as const) {
				process.env.TZ = place;
				assert.deepEqual([startOfDay(day), startOfDay(day, 1)], [from, to], place);
			}
		} finally {
			if (zone === undefined) delete process.env.TZ;
			else process.env.TZ = zone;
		}
	});

	test("say how long ago it was", () => {
		const now = Date.parse("2026-05-01T12:00:00Z");
		for (const [at, words] of [
			["2026-05-01T11:59:59.5Z", "now"],
			["2026-05-01T11:59:30Z", "30 seconds ago"],
			["2026-05-01T11:00:01Z", "59 minutes ago"],
			["2026-04-30T11:00:00Z", "yesterday"],
			["2026-05-01T13:00:00Z", "in 1 hour"],
		] as const) {
			assert.equal(ago(at, now), words);
		}
	});
});
