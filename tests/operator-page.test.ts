// The operator's page in a real browser, served by the Worker in workerd, in front of the sandbox: its files, the key, hostile
// text, wrong settings, and that it can be used by everybody. Its policy permits it nothing else.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { startWorker } from "../tools/processes.ts";
import { assertFits, NARROW, SCREENSHOTS, WIDE } from "./chromium.ts";
import { HOSTILE } from "./operator/fixture.ts";
import { announced, focused, makePayments, openPages, rows } from "./operator/pages.ts";

// Imported by its URL, since it is JavaScript without types.
const { statusText } = await import(new URL("../worker/public/operator/labels.js", import.meta.url).href);
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** 1280 px at a zoom of 400 %, at which WCAG 2.2 allows no horizontal scrolling (1.4.10). */
const SMALLEST = { width: 320, height: 640 };

const pages = await openPages();
const { fixture, visit, visitSignedIn, signIn } = pages;
after(pages.close);
const known = await makePayments(fixture);

test("its files have their headers, contain no secret and hide no route of the API", async () => {
	for (const [path, type] of [
		["/operator/", "text/html"],
		["/operator/operator.css", "text/css"],
		["/operator/operator.js", "text/javascript"],
		["/operator/icon.svg", "image/svg+xml"],
	] as const) {
		const { status, headers } = await fetch(fixture.url + path);
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
	const moved = await fetch(`${fixture.url}/operator`, { redirect: "manual" });
	assert.deepEqual([moved.status, moved.headers.get("location")], [307, "operator/"]);
	for (const path of ["/operator/none", "/operator/index", "/index.html", "/operator.css", "/wrangler.jsonc", "/"]) {
		const answer = await fetch(fixture.url + path, { redirect: "manual" });
		assert.deepEqual([answer.status, (await answer.json()).code], [404, "not_found"], path);
	}
	const refused = await fetch(`${fixture.url}/operator/`, { method: "POST" });
	assert.deepEqual([refused.status, refused.headers.get("allow")], [405, "GET, HEAD"]);
	assert.equal((await refused.json()).code, "method_not_allowed");
	const head = await fetch(`${fixture.url}/operator/`, { method: "HEAD" });
	assert.deepEqual([head.status, await head.text()], [200, ""]);
	// The policy of the page is not the API's, and the API's answers are as they were.
	const problem = await fetch(`${fixture.url}/payments`);
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
				assert.ok(!url.includes(fixture.apiKey) && !url.includes(wrong));
				assert.ok([wrong, fixture.apiKey].includes(authorization?.replace("Bearer ", "") ?? ""), authorization);
			}
			const kept = await page.evaluate(async () =>
				JSON.stringify([
					...[{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, history.state],
					...[document.documentElement.outerHTML, await indexedDB.databases(), await caches.keys(), window.name],
					[...document.querySelectorAll("input")].map(({ value }) => value),
				]),
			);
			assert.ok(!kept.includes(fixture.apiKey));
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
			await page.goto(`${fixture.url}/operator/#payment=${known.open.id}`);
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

test("each view is accessible and fits the window: light and dark, wide and narrow", async () => {
	await visit(async (page) => {
		await page.evaluate(AXE);
		await look(page, "1-sign-in");
		await signIn(page);
		await rows(page).first().waitFor();
		await look(page, "2-list");
		const { paid, hostile, unknown, offer, returned, mismatch, waiting } = known;
		for (const [name, payment] of Object.entries({ paid, hostile, offer, returned, mismatch, waiting, unknown })) {
			await page.goto(`${fixture.url}/operator/#payment=${payment.id}`);
			await page.locator("#payment-title", { hasText: payment.referenceId }).waitFor();
			await look(page, `3-${name}`);
		}
		await page.getByRole("button", { name: "Record what became of it" }).click();
		await page.getByLabel("The payment is there.").check();
		await page.getByRole("button", { name: "Record it" }).click();
		await look(page, "4-dialog");
	});
});

/** Takes a screenshot in each colour scheme and width, and checks it with axe. */
async function look(page: Page, name: string): Promise<void> {
	for (const colorScheme of ["light", "dark"] as const) {
		for (const [width, viewport] of Object.entries({ wide: WIDE, narrow: NARROW, smallest: SMALLEST })) {
			await page.emulateMedia({ colorScheme });
			await page.setViewportSize(viewport);
			const path = `${SCREENSHOTS}operator-${colorScheme}-${width}-${name}.png`;
			await page.screenshot({ path, fullPage: true });
			await assertFits(page.locator("html"), path);
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
