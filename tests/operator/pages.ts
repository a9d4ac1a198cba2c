// The operator's page in Chromium, signed in or not, and the payments that its tests look at and do not change.

import type { BrowserContextOptions, Page } from "playwright-core";
import { launchChromium, visit } from "../chromium.ts";
import { type Fixture, HOSTILE, openFixture, type Payment } from "./fixture.ts";

export type Pages = Awaited<ReturnType<typeof openPages>>;

/** Opens the fixture and Chromium. */
export async function openPages() {
	const [fixture, browser] = await Promise.all([openFixture(), launchChromium()]);

	/** A new page. Whatever the policy refuses fails the test, and so does every error but those that are expected. */
	function visitPage(
		use: (page: Page) => Promise<void>,
		{
			at = "",
			origin = fixture.url,
			...options
		}: BrowserContextOptions & { at?: string; expected?: RegExp; origin?: string } = {},
	): Promise<void> {
		const prepare = async (page: Page, errors: string[]) => {
			await page.exposeFunction("refused", (what: string) => errors.push(what));
			await page.addInitScript(() => {
				document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
					void Reflect.get(window, "refused")(`${violatedDirective} ${blockedURI}`);
				});
			});
		};
		const url = `${origin}/operator/${at}`;
		return visit(browser, url, use, { timezoneId: "America/Toronto", prepare, ...options });
	}

	async function signIn(page: Page, key = fixture.apiKey): Promise<void> {
		await page.getByLabel("API key").fill(key);
		await page.keyboard.press("Enter");
	}

	/** Signed in, at the list or at one payment. */
	const visitSignedIn = (at: Payment | string, use: (page: Page) => Promise<void>, options = {}) =>
		visitPage(
			async (page) => {
				await signIn(page);
				await page.locator("h1:visible", { hasNotText: "API key" }).waitFor();
				await page.locator(":is(#list, #payment):visible").waitFor();
				await use(page);
			},
			{ at: typeof at === "string" ? at : `#payment=${at.id}`, ...options },
		);

	const statusOf = async ({ id }: Payment) => (await fixture.api("GET", `/payments/${id}`)).status;
	const close = () => Promise.all([browser.close(), fixture.close()]);
	return { fixture, visit: visitPage, signIn, visitSignedIn, statusOf, close };
}

export const announced = (page: Page, words: string) => page.locator("#announcement", { hasText: words }).waitFor();
export const headline = (page: Page) => page.locator(".verdict").textContent();
export const rows = (page: Page) => page.locator("#rows tr");
export const references = (page: Page) => page.locator("#rows th").allTextContents();
export const focused = (page: Page) =>
	page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent?.trim());

/** Nine days ago a payment whose messages the merchant never accepted. */
export async function makeDead(fixture: Fixture): Promise<Payment> {
	await fixture.moveClock(-9 * 24);
	fixture.refused.add("order-0900");
	const dead = await fixture.paid("order-0900", "accept", { amount: "1310.5" });
	await fixture.giveUp(9 * 24);
	return dead;
}

/** That one, yesterday a page of payments, and today one of each kind. */
export async function makePayments(fixture: Fixture) {
	const dead = await makeDead(fixture);
	await fixture.moveClock(-24);
	await Promise.all(Array.from({ length: 24 }, (_, index) => fixture.paid(`order-11${index + 10}`)));
	const declined = await fixture.paid("order-1134", "decline");
	await fixture.moveClock(0);
	const offer = await fixture.paid("order-1205", "next_best_offer", { product: "geft", amount: "1100" });
	const returned = await fixture.paid("order-1206", "accept", { product: "eft", amount: "1250.75" });
	// A payment counts as returned only if it was read as scheduled before.
	await fixture.untilKnown(returned, ({ funds }) => funds === "scheduled");
	await fixture.control("POST", `sessions/${returned.sessionId}/reverse`, { code: "901" });
	await fixture.untilKnown(returned, ({ funds }) => funds === "returned");
	const mismatch = await fixture.paid("order-1207", "differs", { product: "eft" });
	await fixture.untilKnown(offer, ({ paid }) => paid === true);
	await fixture.untilKnown(mismatch, ({ status }) => status === "mismatch");
	const waiting = await fixture.waiting("order-1208");
	const paid = await fixture.paid("order-1201");
	const open = await fixture.pay("order-1202");
	const hostile = await fixture.pay(HOSTILE);
	fixture.statuses.set(hostile.requestId ?? "", HOSTILE);
	await fixture.api("GET", `/payments/${hostile.id}`);
	const unknown = await fixture.unknown("order-1203", "payment_request");
	return { dead, paid, declined, unknown, open, hostile, offer, returned, mismatch, waiting };
}
