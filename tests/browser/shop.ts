// The shop in Chromium in front of the Worker and the sandbox, and what a buyer does there and at the bank's page.

import assert from "node:assert/strict";
import type { Browser, FrameLocator, Page } from "playwright-core";
import type { JournalEntry } from "../../sandbox/src/types.ts";
import { startStack } from "../../tools/processes.ts";
import { launchChromium, SCREENSHOTS, type VisitOptions, visit } from "../chromium.ts";

export const [stack, browser] = await Promise.all([startStack(), launchChromium()]);
export const close = () => Promise.all([browser.close(), stack.stop()]);

/** A page of the shop in a context of its own, in this browser or another one. */
export function visitShop(
	use: (shop: Page) => Promise<void>,
	{ path = "/", in: where = browser, ...options }: VisitOptions & { path?: string; in?: Browser } = {},
): Promise<void> {
	return visit(where, new URL(path, stack.shopUrl).href, use, options);
}

export const go = (shop: Page) => shop.getByRole("button", { name: "Continue to your bank" });
// The page asks the Worker every 30 seconds at most: where Flinks' webhook is just being read, its first answer is older.
export const headline = (shop: Page, text: string) =>
	shop.getByRole("status").getByRole("heading", { name: text }).waitFor();
export const detail = (shop: Page, text: RegExp) => shop.locator("#detail", { hasText: text }).waitFor();
export const picture = (shop: Page, name: string) =>
	shop.screenshot({ path: `${SCREENSHOTS}${name}.png`, fullPage: true });

export async function fill(shop: Page, lastName = "Tremblay"): Promise<void> {
	await shop.getByLabel("Spruce tip").check();
	await shop.getByLabel("First name").fill("Ada");
	await shop.getByLabel("Last name").fill(lastName);
	await shop.getByLabel("E-mail").fill("ada@example.com");
}

/** Orders, and gives the bank's page in its frame. */
export async function order(shop: Page, lastName?: string): Promise<FrameLocator> {
	await fill(shop, lastName);
	await go(shop).click();
	const hosted = shop.frameLocator("iframe[title]");
	await hosted.getByRole("heading", { name: "Confirm your payment" }).waitFor();
	return hosted;
}

/** Orders by a guaranteed debit, and signs what the payor's name leads to. */
export async function orderByDebit(shop: Page, lastName: string): Promise<void> {
	await fill(shop, lastName);
	await shop.getByLabel("Guaranteed bank debit").check();
	await go(shop).click();
	const hosted = shop.frameLocator("iframe[title]");
	await hosted.getByRole("button", { name: "I agree" }).click();
	await hosted.getByRole("button", { name: "Flinks Capital" }).click();
	await hosted.getByRole("button", { name: "Sign in" }).click();
	await hosted.getByRole("button", { name: "Answer" }).click();
	await hosted.getByRole("button", { name: "Chequing" }).click();
	await hosted.getByRole("button", { name: "Continue" }).click();
	await hosted.getByRole("button", { name: "Sign", exact: true }).click();
}

/** The sandbox's own routes, or the Worker's. */
export async function post(url: string, body: object): Promise<void> {
	const headers = { "Content-Type": "application/json", Authorization: `Bearer ${stack.apiKey}` };
	const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
	assert.ok(response.ok, `${url}: ${response.status} ${await response.text()}`);
}

/** The ids of the page's order at the shop and at Flinks. */
export async function idsOf(shop: Page): Promise<{ referenceId: string; sessionId: string }> {
	const referenceId = String(await shop.locator("#order").textContent());
	const entry = (await journal()).find(({ body, sessionId }) => body?.referenceId === referenceId && sessionId);
	assert.ok(entry?.sessionId);
	return { referenceId, sessionId: entry.sessionId };
}

export async function goToBank(hosted: FrameLocator | Page): Promise<void> {
	await hosted.getByRole("button", { name: "Continue" }).click();
	await hosted.getByRole("button", { name: "Flinks Capital" }).click();
	await hosted.getByRole("heading", { name: "Flinks Capital" }).waitFor();
}

/** Collects the steps that the bank's page posts to the shop. */
export async function steps(shop: Page): Promise<() => Promise<unknown[]>> {
	await shop.evaluate(() => {
		const heard: unknown[] = [];
		Object.assign(window, { heard });
		window.addEventListener("message", ({ data }) => heard.push(data.step));
	});
	return () => shop.evaluate(() => Reflect.get(window, "heard"));
}

export async function journal(): Promise<JournalEntry[]> {
	return (await fetch(`${stack.sandboxUrl}/sandbox/journal`)).json();
}

/** The number of sessions created at Flinks. */
export async function created(): Promise<number> {
	return (await journal()).filter(({ path }) => path.endsWith("/sessions/initiate")).length;
}

/** The requests to Flinks for the order that the page shows. */
export async function flinksRequests(shop: Page): Promise<JournalEntry[]> {
	const referenceId = await shop.locator("#order").textContent();
	const entries = await journal();
	const sessions = entries.filter(({ body }) => body?.referenceId === referenceId).map(({ sessionId }) => sessionId);
	assert.equal(sessions.length, 1, "one order is one session");
	return entries.filter(({ sessionId, path }) => sessionId === sessions[0] && path.startsWith("/api/"));
}

/** The page's requests to the Worker from now on. */
export function workerRequests(shop: Page): string[] {
	const seen: string[] = [];
	shop.on("request", (request) => {
		if (request.url().startsWith(stack.workerUrl)) seen.push(`${request.method()} ${new URL(request.url()).pathname}`);
	});
	return seen;
}
