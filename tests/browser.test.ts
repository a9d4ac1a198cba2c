// The whole way in a real browser: a buyer at the shop, the hosted page in its frame, the Worker's answer at the end.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type FrameLocator, type Page } from "playwright-core";
import { type Stack, startStack } from "./processes.ts";

const SCREENSHOTS = fileURLToPath(new URL("../target/screenshots/", import.meta.url));
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

/** One request, as the sandbox's journal has it. */
interface JournalEntry {
	path: string;
	method: string;
	sessionId?: string;
	requestId?: string;
	body?: Record<string, unknown>;
}

describe("the shop in a browser", { timeout: 120_000 }, () => {
	let stack: Stack;
	let browser: Browser;

	before(async () => {
		mkdirSync(SCREENSHOTS, { recursive: true });
		[stack, browser] = await Promise.all([startStack(), chromium.launch(CHROMIUM)]);
	});
	after(async () => {
		await Promise.all([browser?.close(), stack?.stop()]);
	});

	/** A page of its own, whose errors (a refused script or style among them) fail the test. */
	async function visit(options: BrowserContextOptions, use: (shop: Page) => Promise<void>): Promise<void> {
		const context = await browser.newContext({ viewport: WIDE, ...options });
		const errors: string[] = [];
		try {
			const shop = await context.newPage();
			shop.setDefaultTimeout(10_000);
			shop.on("pageerror", (error) => errors.push(error.message));
			shop.on("console", (message) => message.type() === "error" && errors.push(message.text()));
			await shop.goto(stack.shopUrl);
			await use(shop);
		} finally {
			await context.close();
		}
		assert.deepEqual(errors, []);
	}

	async function order(shop: Page, name = "Ada Tremblay"): Promise<FrameLocator> {
		await shop.getByLabel("Name").fill(name);
		await shop.getByLabel("E-mail").fill("ada@example.com");
		await shop.getByLabel("Amount").fill("12.50");
		await shop.getByRole("button", { name: "Continue to your bank" }).click();
		const hosted = shop.frameLocator("iframe");
		await hosted.getByRole("heading", { name: "Confirm your payment" }).waitFor();
		return hosted;
	}

	async function goToBank(hosted: FrameLocator): Promise<void> {
		await hosted.getByRole("button", { name: "Continue" }).click();
		await hosted.getByRole("button", { name: "Flinks Capital" }).click();
		await hosted.getByRole("heading", { name: "Flinks Capital" }).waitFor();
	}

	/** Collects what the hosted page tells the shop. */
	async function steps(shop: Page): Promise<() => Promise<unknown[]>> {
		await shop.evaluate(() => {
			const heard: unknown[] = [];
			Object.assign(window, { heard });
			window.addEventListener("message", ({ data }) => heard.push(data.step));
		});
		return () => shop.evaluate(() => Reflect.get(window, "heard"));
	}

	const heading = (shop: Page, name: string) => shop.getByRole("status").filter({ hasText: name }).waitFor();
	const picture = (shop: Page, name: string) => shop.screenshot({ path: `${SCREENSHOTS}${name}.png`, fullPage: true });

	async function journalOf(shop: Page): Promise<JournalEntry[]> {
		const referenceId = await shop.locator("#order").textContent();
		const entries: JournalEntry[] = await (await fetch(`${stack.sandboxUrl}/sandbox/journal`)).json();
		const session = entries.find(({ body }) => body?.referenceId === referenceId)?.sessionId;
		assert.ok(session, "the sandbox knows the order");
		return entries.filter(({ sessionId }) => sessionId === session);
	}

	test("a payment that is approved is paid", async () => {
		await visit({}, async (shop) => {
			const heard = await steps(shop);
			const hosted = await order(shop);
			await heading(shop, "Waiting for your bank");
			await goToBank(hosted);
			await hosted.getByRole("button", { name: "Approve" }).click();
			await heading(shop, "Paid");
			assert.match((await shop.locator("#detail").textContent()) ?? "", /\(Accepted\)/);
			assert.equal(await shop.locator("iframe").count(), 0);
			assert.deepEqual(await heard(), [
				"APP_MOUNTED",
				"CONFIRMATION",
				"APP_INITIATED",
				"INSTITUTION_SELECTION",
				"INSTITUTION_SELECTED",
				"SUCCESS",
			]);
			const calls = (await journalOf(shop)).filter(({ path }) => path.startsWith("/api/"));
			assert.deepEqual(
				calls.map(({ method, path, requestId }) => `${method} ${path.replace(requestId ?? "-", ":id")}`),
				["POST /api/v1/sessions/initiate", "POST /api/v1/paymentrequests", "GET /api/v1/paymentrequests/:id"],
			);
			assert.equal(calls[0]?.body?.amount, 12.5);
		});
	});

	test("a payment that is declined is not paid", async () => {
		await visit({}, async (shop) => {
			const heard = await steps(shop);
			const hosted = await order(shop);
			await goToBank(hosted);
			await hosted.getByRole("button", { name: "Decline" }).click();
			await hosted.getByRole("heading", { name: "Payment declined" }).waitFor();
			await hosted.getByRole("button", { name: "Return to the merchant" }).click();
			await heading(shop, "Not paid");
			assert.match((await shop.locator("#detail").textContent()) ?? "", /declined/);
			assert.ok(!(await heard()).includes("SUCCESS"));
			await shop.getByRole("button", { name: "Start again" }).click();
			await shop.getByRole("button", { name: "Continue to your bank" }).waitFor();
		});
	});

	test("a payment that is cancelled is not paid", async () => {
		await visit({}, async (shop) => {
			const heard = await steps(shop);
			const hosted = await order(shop);
			await hosted.getByRole("button", { name: "Cancel" }).click();
			await hosted.getByRole("button", { name: "Keep paying" }).click();
			await goToBank(hosted);
			await hosted.getByRole("button", { name: "Cancel" }).click();
			await hosted.getByRole("button", { name: "Cancel the payment" }).click();
			await heading(shop, "Not paid");
			assert.match((await shop.locator("#detail").textContent()) ?? "", /cancelled/);
			const end = ["INSTITUTION_SELECTED", "CLOSE_ATTEMPT", "CANCEL_CONFIRMATION", "CLOSE"];
			assert.deepEqual((await heard()).slice(-4), end);
		});
	});

	test("the customer's name chooses what approving leads to", async () => {
		await visit({}, async (shop) => {
			const hosted = await order(shop, "Ada Mismatch");
			await goToBank(hosted);
			await hosted.getByRole("button", { name: "Approve" }).click();
			await hosted.getByRole("heading", { name: "Payment failed" }).waitFor();
			await hosted.getByRole("button", { name: "Return to the merchant" }).click();
			await heading(shop, "Not paid");
		});
	});

	test("a message alone pays nothing, wherever it comes from", async () => {
		await visit({}, async (shop) => {
			const hosted = await order(shop);
			const asked: string[] = [];
			shop.on("request", (request) => asked.push(new URL(request.url()).pathname));
			// From the shop's own window: not the frame, so not even a question is asked.
			await shop.evaluate(() => window.postMessage({ step: "SUCCESS" }, "*"));
			await shop.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
			assert.deepEqual(asked, []);
			// From the frame itself, before the payor has done anything: the Worker is asked, and says that it is not paid.
			await hosted.locator("body").evaluate(() => window.parent.postMessage({ step: "SUCCESS" }, "*"));
			await shop.locator("#detail", { hasText: "not confirmed yet (Initiated)" }).waitFor();
			assert.equal(asked.length, 1);
			assert.match(asked[0] ?? "", /^\/orders\/order-/);
		});
	});

	test("what is wrong is said beside the field, and nothing is sent", async () => {
		await visit({}, async (shop) => {
			let posts = 0;
			shop.on("request", (request) => {
				if (request.method() === "POST") posts += 1;
			});
			await shop.getByLabel("Name").fill("Ada Tremblay");
			await shop.getByLabel("E-mail").fill("ada@example.com");
			for (const amount of ["", "0", "0.00", "1.005", "1,50", "-1"]) {
				await shop.getByLabel("Amount").fill(amount);
				await shop.getByRole("button", { name: "Continue to your bank" }).click();
				await shop.getByText("Type an amount above zero").waitFor();
				assert.equal(await shop.evaluate(() => document.activeElement?.id), "amount");
			}
			assert.equal(posts, 0);
			await picture(shop, "invalid");
		});
	});

	test("an answer that never comes is no reason to pay twice", async () => {
		const context = await browser.newContext();
		try {
			const shop = await context.newPage();
			await shop.goto(stack.shopUrl);
			await shop.route("**/orders", (route) => route.abort());
			await shop.getByLabel("Name").fill("Ada Tremblay");
			await shop.getByLabel("E-mail").fill("ada@example.com");
			await shop.getByLabel("Amount").fill("12.50");
			const button = shop.getByRole("button", { name: "Continue to your bank" });
			await button.click();
			await shop.getByRole("alert").filter({ hasText: "do not pay twice" }).waitFor();
			assert.equal(await button.isDisabled(), true);
		} finally {
			await context.close();
		}
	});

	test("the keyboard alone is enough", async () => {
		await visit({}, async (shop) => {
			const press = async (...keys: string[]) => {
				for (const key of keys) await shop.keyboard.press(key);
			};
			await press("Tab");
			await shop.keyboard.type("Ada Tremblay");
			await press("Tab");
			await shop.keyboard.type("ada@example.com");
			await press("Tab");
			await shop.keyboard.type("3");
			await press("Enter");
			const hosted = shop.frameLocator("iframe");
			await hosted.getByRole("heading", { name: "Confirm your payment" }).waitFor();
			await press("Tab", "Enter");
			await hosted.getByRole("heading", { name: "Choose your bank" }).waitFor();
			await press("Tab", "Enter");
			await hosted.getByRole("heading", { name: "Flinks Capital" }).waitFor();
			await press("Tab", "Enter");
			await heading(shop, "Paid");
		});
	});

	for (const colorScheme of ["light", "dark"] as const) {
		for (const [width, viewport] of [
			["wide", WIDE],
			["narrow", NARROW],
		] as const) {
			test(`it can be looked at: ${colorScheme}, ${width}`, async () => {
				await visit({ colorScheme, viewport }, async (shop) => {
					const name = (step: string) => `${colorScheme}-${width}-${step}`;
					await picture(shop, name("1-form"));
					const hosted = await order(shop);
					await picture(shop, name("2-confirm"));
					for (const part of ["#summary", "iframe"]) {
						const box = await shop.locator(part).boundingBox();
						assert.ok(box && box.width > 300 && box.height < 650, `${part} has room`);
					}
					await hosted.getByRole("button", { name: "Continue" }).click();
					await picture(shop, name("3-banks"));
					await hosted.getByRole("button", { name: "Flinks Capital" }).click();
					await picture(shop, name("4-bank"));
					for (const page of [shop.locator("html"), hosted.locator("html")]) {
						const [content, room] = await page.evaluate((html) => [html.scrollWidth, html.clientWidth]);
						assert.ok(content !== undefined && room !== undefined && content <= room, "nothing sticks out sideways");
					}
					await hosted.getByRole("button", { name: "Approve" }).click();
					await heading(shop, "Paid");
					await picture(shop, name("5-paid"));
				});
			});
		}
	}
});
