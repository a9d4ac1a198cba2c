// Chromium, a visit to a page with it, and the page's clock.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
	type Browser,
	type BrowserContextOptions,
	chromium,
	type LaunchOptions,
	type Locator,
	type Page,
} from "playwright-core";

export const WIDE = { width: 1280, height: 900 };
export const NARROW = { width: 375, height: 812 };
/** The folder for screenshots, with a slash at the end. */
export const SCREENSHOTS = fileURLToPath(new URL("../target/screenshots/", import.meta.url));
mkdirSync(SCREENSHOTS, { recursive: true });

export function launchChromium(options: LaunchOptions = {}): Promise<Browser> {
	const network = ["--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
	const args = ["--no-sandbox", "--disable-gpu", "--no-first-run", ...network];
	return chromium.launch({ executablePath: "/usr/bin/chromium", args, ...options });
}

export interface VisitOptions extends BrowserContextOptions {
	/** The errors that the test expects. */
	expected?: RegExp;
	/** Called before the page is loaded, with the list of errors. */
	prepare?: (page: Page, errors: string[]) => Promise<void>;
}

/** Opens a page in a context of its own. Errors, refused scripts and styles among them, fail the test unless expected. */
export async function visit(
	browser: Browser,
	url: string,
	use: (page: Page) => Promise<void>,
	{ expected = /^$/, prepare, ...options }: VisitOptions = {},
): Promise<void> {
	const context = await browser.newContext({ viewport: WIDE, ...options });
	const errors: string[] = [];
	try {
		const page = await context.newPage();
		page.setDefaultTimeout(120_000);
		page.on("pageerror", ({ message }) => errors.push(message));
		page.on("console", (message) => {
			if (message.type() === "error" && !expected.test(message.text())) errors.push(message.text());
		});
		await prepare?.(page, errors);
		await page.goto(url);
		await use(page);
	} finally {
		await context.close();
	}
	assert.deepEqual(errors, []);
}

/** Asserts that a page, given its `html`, needs no scrolling sideways. */
export async function assertFits(html: Locator, where = "the page"): Promise<void> {
	const [content = 1, room = 0] = await html.evaluate((element) => [element.scrollWidth, element.clientWidth]);
	assert.ok(content <= room, `${where}: nothing sticks out sideways`);
}

/** From now on the page's time passes only by `runFor`: a clock that is merely installed goes on by itself. */
export async function stopClock(page: Page): Promise<void> {
	await page.clock.install();
	// A clock cannot be stopped in the past, and this one has gone on since it was installed.
	await page.clock.pauseAt(Date.now() + 3_600_000);
}

/** Waits in real time for pending answers, while the page's clock is stopped. */
export async function settledByClock(page: Page): Promise<void> {
	await new Promise((resolve) => setTimeout(resolve, 150));
	await page.evaluate("0");
}
