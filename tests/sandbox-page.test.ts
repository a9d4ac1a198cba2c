// The sandbox's own page and its hosted page for v2, in a real browser: requests to the sandbox show by themselves, and a
// person plays the payor, the bank and the clock.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { startSandbox } from "../tools/processes.ts";
import { assertFits, launchChromium, NARROW, SCREENSHOTS, type VisitOptions, visit, WIDE } from "./chromium.ts";
import { until } from "./notifications/fixture.ts";

const GEFT = {
	...{ type: "EFT", direction: "DEBIT", currency: "CAD", amount: 500, referenceId: "Happy1" },
	options: { guarantee: { enable: true } },
	payor: { firstName: "John", lastName: "Doe" },
};
const [shared, browser] = await Promise.all([startSandbox(), launchChromium()]);
let sandbox = shared;
after(() => Promise.all([browser.close(), shared.stop()]));

function visitPage(path: string, use: (page: Page) => Promise<void>, options: VisitOptions = {}): Promise<void> {
	return visit(browser, sandbox.url + path, use, options);
}

async function call(method: string, path: string, body?: unknown, token?: string): Promise<Record<string, string>> {
	const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
	const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
	const response = await fetch(sandbox.url + path, init);
	return response.status === 204 ? {} : response.json();
}

async function authorize(): Promise<string> {
	const headers = { authorization: `Basic ${btoa("sandbox:sandbox")}` };
	const body = new URLSearchParams({ grant_type: "client_credentials" });
	const response = await fetch(`${sandbox.url}/api/v1/authorize`, { method: "POST", headers, body });
	return (await response.json()).access_token;
}

/** A v1 payment of a payor with this name. */
async function pay(customerName: string): Promise<{ token: string; sessionId: string; requestId: string }> {
	const token = await authorize();
	const params = { referenceId: `for ${customerName}`, amount: 12.5, customerName, customerEmail: "ada@example.com" };
	const { sessionId = "" } = await call("POST", "/api/v1/sessions/initiate", params, token);
	const { requestId = "" } = await call("POST", "/api/v1/paymentrequests", { sessionId }, token);
	return { token, sessionId, requestId };
}

async function openSession(body: object): Promise<string> {
	const { sessionId = "" } = await call("POST", "/api/v2/sessions", body, await authorize());
	return sessionId;
}

const item = (page: Page, name: string) => page.locator("#payments > li").filter({ hasText: name });
const picture = (page: Page, name: string) =>
	page.screenshot({ path: `${SCREENSHOTS}sandbox-${name}.png`, fullPage: true });

test("a payment appears by itself, is accepted with a button, and the caller sees it", async () => {
	await visitPage("/", async (page) => {
		assert.match((await page.locator(".label").textContent()) ?? "", /not Flinks/);
		const { token, requestId, sessionId } = await pay("Ada Appears");
		const shown = item(page, "Ada Appears");
		await shown.getByText("Initiated").waitFor();
		for (const text of ["$12.50", sessionId, requestId, "Interac v1"]) {
			assert.ok((await shown.textContent())?.includes(text), text);
		}
		await page.locator("#journal tr", { hasText: "/api/v1/paymentrequests" }).first().waitFor();
		await shown.getByRole("button", { name: "Accept: Ada Appears" }).click();
		await shown.getByText("Accepted").waitFor();
		await page.getByRole("status").filter({ hasText: "the status is Accepted" }).waitFor();
		const read = await call("GET", `/api/v1/paymentrequests/${requestId}`, undefined, token);
		assert.equal(read.status, "Accepted");
		await page.locator("#journal tr", { hasText: `/api/v1/paymentrequests/${requestId}` }).waitFor();
		assert.equal(await shown.getByRole("button", { name: "Decline" }).count(), 0);
		await shown.getByRole("button", { name: "Settle: Ada Appears" }).click();
		await shown.getByText("Settled").waitFor();
	});
});

test("each button of a payment does what it says", async () => {
	await visitPage("/", async (page) => {
		for (const [button, status] of [
			["Decline", "Declined"],
			["Cancel", "Cancelled"],
			["Name mismatch", "Failed"],
			["Expire", "Expired"],
		] as const) {
			const name = `Ada ${status}-to-be`;
			await pay(name);
			await item(page, name)
				.getByRole("button", { name: `${button}: ` })
				.click();
			await item(page, name).locator(".pill", { hasText: status }).waitFor();
			assert.equal(await item(page, name).getByRole("button").count(), 0);
		}
	});
});

test("the end of the day settles what was accepted", async () => {
	const { sessionId } = await pay("Ada Evening");
	await call("POST", `/sandbox/sessions/${sessionId}/play`, { outcome: "accept" });
	await visitPage("/", async (page) => {
		await item(page, "Ada Evening").getByText("Accepted").waitFor();
		await page.getByRole("button", { name: "End the day" }).click();
		await page.getByRole("status").filter({ hasText: "1 payment settled" }).waitFor();
		await item(page, "Ada Evening").getByText("Settled").waitFor();
	});
});

test("a button returns money to the bank, an EFT with the chosen return code", async () => {
	const v1 = await pay("Ada Reverses");
	await call("POST", `/sandbox/sessions/${v1.sessionId}/play`, { outcome: "accept" });
	const eft = { ...GEFT, options: undefined, payor: { firstName: "Ada", lastName: "Return" } };
	const sessionId = await openSession(eft);
	await call("POST", `/sandbox/sessions/${sessionId}/play`, {});
	await visitPage("/", async (page) => {
		const [reverses, returns] = [item(page, "Ada Reverses"), item(page, "Ada Return")];
		await reverses.getByText("at the bank$12.50").waitFor();
		await page.locator("#book", { hasText: "and $500.00 scheduled" }).waitFor();
		assert.equal(await reverses.getByRole("button", { name: "Return" }).count(), 0);
		await reverses.getByRole("button", { name: "Reverse: Ada Reverses" }).click();
		await reverses.locator(".pill", { hasText: "Failed" }).waitFor();
		assert.equal(await reverses.getByRole("button").count(), 0);
		await returns.getByText("scheduled$500.00").waitFor();
		await returns.getByLabel("Return code: Ada Return").selectOption("915");
		await returns.getByRole("button", { name: "Return: Ada Return" }).click();
		await page.getByRole("status").filter({ hasText: "the status is Failed, 915" }).waitFor();
		await returns.locator(".detail", { hasText: "915" }).waitFor();
		assert.equal(await returns.getByRole("combobox").count(), 0);
	});
	assert.equal(await status(sessionId), "Failed 915");
});

test("an EFT that is to return in three days is returned by the clock", async () => {
	const sessionId = await openSession({ ...GEFT, options: undefined, payor: { firstName: "Ada", lastName: "Lent" } });
	await visitPage("/", async (page) => {
		const lent = page.locator(`li[data-session="${sessionId}"]`);
		await lent.getByRole("button", { name: "Return in 3 days" }).click();
		await lent.getByText("EFT0301").waitFor();
		await page.getByRole("button", { name: "+3 days" }).click();
		await lent.getByText("901").waitFor();
	});
});

test("the client decides on a guarantee, and another amount is shown and corrected", async () => {
	const [first, second] = [await openSession(GEFT), await openSession(GEFT)];
	const { sessionId } = await pay("Ada Differs");
	await visitPage("/", async (page) => {
		for (const [session, decision, end] of [
			[first, "Client accepts", "EFT0301"],
			[second, "Client refuses", "EFT0402"],
		] as const) {
			const waiting = page.locator(`li[data-session="${session}"]`);
			await waiting.getByRole("button", { name: "Ask the client" }).click();
			await waiting.getByText("waits for the client").waitFor();
			assert.equal(await waiting.getByRole("link").count(), 0);
			await waiting.getByRole("button", { name: decision }).click();
			await waiting.getByText(end).waitFor();
		}
		const differs = page.locator(`li[data-session="${sessionId}"]`);
		await differs.getByRole("button", { name: "Another amount" }).click();
		await differs.getByText("answers say $13.50").waitFor();
		await differs.getByRole("button", { name: "Correct the amount" }).click();
		await differs.getByText("answers say").waitFor({ state: "detached" });
	});
});

test("the clock is moved, and a payment request expires by it", async () => {
	await visitPage("/", async (page) => {
		await pay("Ada Waits");
		await item(page, "Ada Waits").getByText("Initiated").waitFor();
		const today = await page.locator("#today").textContent();
		await page.getByRole("button", { name: "+30 s" }).click();
		await page.getByRole("status").filter({ hasText: "The clock says" }).waitFor();
		assert.ok(await item(page, "Ada Waits").getByText("Initiated").isVisible());
		for (let count = 0; count < 3; count++) {
			await page.getByRole("button", { name: "+5 min" }).click();
			await page.waitForTimeout(100);
		}
		await item(page, "Ada Waits").getByText("Expired").waitFor();
		await page.getByRole("button", { name: "+1 day" }).click();
		await page
			.locator("#today")
			.filter({ hasNotText: today ?? "" })
			.waitFor();
	});
});

test("a fault is switched on, applied and shown", async () => {
	await visitPage("/", async (page) => {
		const form = page.locator("#fault-form");
		await form.getByLabel("Step").selectOption("initiate");
		await form.getByLabel("Fault").selectOption("503");
		await form.getByLabel("Times").fill("2");
		await form.getByRole("button", { name: "Switch on" }).click();
		await page.locator("#faults tr", { hasText: "503" }).waitFor();
		assert.equal((await call("POST", "/api/v1/sessions/initiate", {}, "x")).status, 503);
		await page.locator("#journal tr", { hasText: "fault 503" }).waitFor();
		await page.getByRole("button", { name: "Switch all off" }).click();
		await page.getByText("No fault is switched on.").waitFor();
		assert.equal((await call("POST", "/api/v1/sessions/initiate", {}, "x")).status, 401);
	});
});

test("e-mails and webhooks show, and a webhook is spoiled", async () => {
	await visitPage("/", async (page) => {
		const params = { amount: "7.00", customerName: "Ada Mail", customerEmail: "mail@example.com" };
		await call("POST", "/api/v1/sessions/sendrequest", params, await authorize());
		await page.locator("#emails tr", { hasText: "mail@example.com" }).getByRole("link").waitFor();
		await call("PUT", "/sandbox/webhook", { url: `${sandbox.url}/nowhere`, secret: "not-so-secret" });
		await page.locator("#webhook-target", { hasText: "/nowhere" }).waitFor();
		await page.getByLabel("Fault of the next webhook").selectOption("drop");
		await page.locator("#webhook-form").getByRole("button").click();
		await page.getByText("Next: drop").waitFor();
		for (const answer of ["not sent", "404"]) {
			const sessionId = await openSession(GEFT);
			await page.locator(`li[data-session="${sessionId}"]`).getByRole("button", { name: "Accept: John Doe" }).click();
			await page.locator("#webhooks tr", { hasText: answer }).waitFor();
		}
		await call("DELETE", "/sandbox/webhook");
	});
});

test("the keyboard alone is enough, and the focus stays with the payment", async () => {
	await pay("Ada Keys");
	await visitPage("/", async (page) => {
		await item(page, "Ada Keys").waitFor();
		const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
		for (let count = 0; count < 40 && !(await focused()).startsWith("Accept: Ada Keys"); count++) {
			await page.keyboard.press("Tab");
		}
		await page.keyboard.press("Enter");
		await item(page, "Ada Keys").getByText("Accepted").waitFor();
		const within = () => page.evaluate(() => document.activeElement?.closest("li")?.textContent ?? "");
		assert.match(await within(), /Ada Keys/);
		// A request from elsewhere does not take the focus away.
		await pay("Ada Other");
		await item(page, "Ada Other").waitFor();
		assert.match(await within(), /Ada Keys/);
	});
});

test("text from a caller is shown as text and never as markup", async () => {
	await visitPage("/", async (page) => {
		await pay("<img src=x onerror=alert(1)> Ada");
		await item(page, "<img src=x onerror=alert(1)> Ada").waitFor();
		assert.equal(await page.locator("img").count(), 0);
	});
});

test("every table has a caption, every control a name, and nothing is inline", async () => {
	await visitPage("/", async (page) => {
		const tables = await page.locator("table").count();
		assert.ok(tables >= 4);
		assert.equal(await page.locator("table > caption").count(), tables);
		assert.equal(await page.locator("#said[aria-live=polite]").count(), 1);
		const nameless = await page.evaluate(
			() =>
				[...document.querySelectorAll<HTMLElement>("button, select, input, a")].filter(
					(one) => !(one.getAttribute("aria-label") || one.textContent?.trim() || one.closest("label")),
				).length,
		);
		assert.equal(nameless, 0);
		assert.equal(await page.locator("[style], style, script:not([src])").count(), 0);
	});
	const response = await fetch(sandbox.url);
	const policy = response.headers.get("content-security-policy") ?? "";
	assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/);
	assert.doesNotMatch(policy, /unsafe/);
});

/** Collects the hosted page's messages to a merchant's page around it. */
async function framed(page: Page, sessionId: string) {
	// A merchant's page, without the sandbox's policy.
	await page.route("**/merchant", (route) =>
		route.fulfill({
			contentType: "text/html",
			body: `<!doctype html><title>Merchant</title><iframe title="pay" width="700" height="800" src="/app/?sessionId=${sessionId}"></iframe>
				<script>window.steps = []; addEventListener("message", ({ data }) => steps.push(data.step));</script>`,
		}),
	);
	await page.goto(`${sandbox.url}/merchant`);
	const steps = (): Promise<unknown> => page.evaluate(() => Reflect.get(window, "steps"));
	return { hosted: page.frameLocator("iframe"), steps };
}

const status = async (sessionId: string) => {
	const read = await call("GET", `/api/v2/sessions/${sessionId}/status`, undefined, await authorize());
	return `${read.status} ${read.statusDetails}`;
};

test("a GEFT session is paid on the hosted page, with the documented events", async () => {
	await visitPage("/", async (page) => {
		const sessionId = await openSession({ ...GEFT, amount: undefined });
		const { hosted, steps } = await framed(page, sessionId);
		await hosted.getByRole("button", { name: "I agree" }).click();
		await hosted.getByRole("button", { name: "Flinks Capital" }).click();
		await hosted.getByRole("button", { name: "Sign in" }).click();
		assert.equal(await status(sessionId), "InProgress null");
		await hosted.getByRole("button", { name: "Answer" }).click();
		await hosted.getByRole("button", { name: "Chequing" }).click();
		await hosted.getByLabel("Amount in CAD").fill("42.50");
		await hosted.getByRole("button", { name: "Continue" }).click();
		await hosted.getByRole("button", { name: "Download it" }).click();
		await hosted.getByRole("button", { name: "Sign", exact: true }).click();
		await hosted.getByRole("heading", { name: "Payment scheduled" }).waitFor();
		assert.equal(await status(sessionId), "Completed EFT0301");
		assert.deepEqual(await steps(), [
			...["APP_MOUNTED", "INSTITUTION_SELECTED", "SUBMIT_CREDENTIAL", "SUBMIT_MFA", "ACCOUNT_SELECTED"],
			...["COMPONENT_DEPOSIT_CONTINUE", "GUARANTEE_OFFERED", "COMPONENT_PAD_DOWNLOADED", "SUCCESS"],
		]);
		const state = await (await fetch(`${sandbox.url}/sandbox/state`)).json();
		const paid = state.payments.find((one: { sessionId: string }) => one.sessionId === sessionId);
		assert.equal(paid?.amount, "42.50");
	});
});

test("a GEFT session fails on the hosted page by its persona, a wrong password or the payor", async () => {
	await visitPage("/", async (page) => {
		const unhappy = { ...GEFT, referenceId: "Unhappy1", payor: { firstName: "Joe", lastName: "Fails" } };
		const silent = { ...GEFT, options: { ...GEFT.options, showConsentScreen: false } };
		for (const [body, end] of [
			[unhappy, "EFT0402"],
			[silent, "EFT0401"],
			[silent, "EFT0302"],
		] as const) {
			const sessionId = await openSession(body);
			const { hosted, steps } = await framed(page, sessionId);
			if (body === unhappy) await hosted.getByRole("button", { name: "I agree" }).click();
			await hosted.getByRole("button", { name: "Flinks Capital" }).click();
			if (end === "EFT0401") await hosted.getByLabel("Password").fill("wrong");
			await hosted.getByRole("button", { name: "Sign in" }).click();
			if (end !== "EFT0401") {
				await hosted.getByRole("button", { name: "Answer" }).click();
				await hosted.getByRole("button", { name: "Chequing" }).click();
				await hosted.getByRole("button", { name: "Continue" }).click();
			}
			if (end === "EFT0302") await hosted.getByRole("button", { name: "Leave without signing" }).click();
			await hosted.locator("#done-status", { hasText: end }).waitFor();
			if (end === "EFT0402") await hosted.getByRole("button", { name: "Pay another way" }).click();
			if (end === "EFT0401") await hosted.getByRole("button", { name: "Return to the merchant" }).click();
			const last = {
				EFT0402: '"GUARANTEE_FAILED","COMPONENT_OTHER_FUNDING_OPTIONS_SELECTED"]',
				EFT0401: '"SUBMIT_CREDENTIAL","COMPONENT_NBO_RETURN_TO_CLIENT_SELECTED"]',
				EFT0302: '"GUARANTEE_OFFERED","COMPONENT_PAD_WARNING_SCREEN_EXIT"]',
			};
			const shown = await until(`the merchant's page has ${last[end]}`, async () => {
				const all = JSON.stringify(await steps());
				return all.endsWith(last[end]) ? all : undefined;
			});
			assert.match(await status(sessionId), new RegExp(`${end}$`));
			assert.equal(shown.includes("CONSENT_DISABLED"), body === silent);
			assert.ok(!shown.includes("SUCCESS"));
		}
	});
});

test("Happy2 is offered less, and Happy3 reads French", async () => {
	await visitPage("/", async (page) => {
		const steve = {
			...GEFT,
			referenceId: "Happy2",
			amount: 1000,
			payor: { firstName: "Steve", lastName: "Diamond" },
		};
		const offered = await openSession(steve);
		await page.goto(`${sandbox.url}/app/?sessionId=${offered}`);
		for (const name of ["I agree", "Flinks Capital", "Sign in", "Answer", "Chequing", "Continue"]) {
			await page.getByRole("button", { name }).click();
		}
		await page.getByText("Only $800.00 of it is guaranteed.").waitFor();
		await picture(page, "offer");
		await page.getByRole("button", { name: "Sign", exact: true }).click();
		await page.getByRole("heading", { name: "Payment scheduled" }).waitFor();
		assert.equal(await status(offered), "Completed EFT0301");

		const alex = { ...GEFT, referenceId: "Happy3", payor: { firstName: "Alex", lastName: "Rider" } };
		const french = await openSession(alex);
		await page.goto(`${sandbox.url}/app/?sessionId=${french}`);
		assert.equal(await page.locator("html").getAttribute("lang"), "fr-CA");
		for (const name of ["J’accepte", "Flinks Capital", "Se connecter", "Répondre", "Chèques", "Continuer"]) {
			await page.getByRole("button", { name }).click();
		}
		await picture(page, "french");
		await page.getByRole("button", { name: "Signer", exact: true }).click();
		await page.getByRole("heading", { name: "Paiement prévu" }).waitFor();
		assert.equal(await status(french), "Completed EFT0301");
	});
});

test("a payor who has signed reads that the merchant decides on the guarantee", async () => {
	await visitPage("/", async (page) => {
		const sessionId = await openSession({
			...GEFT,
			referenceId: "w",
			payor: { firstName: "Ada", lastName: "Waiting" },
		});
		await page.goto(`${sandbox.url}/app/?sessionId=${sessionId}`);
		for (const name of ["I agree", "Flinks Capital", "Sign in", "Answer", "Chequing", "Continue"]) {
			await page.getByRole("button", { name }).click();
		}
		await page.getByRole("button", { name: "Sign", exact: true }).click();
		await page.getByText("The merchant decides on the guarantee.").waitFor();
		assert.equal(await status(sessionId), "InProgress null");
	});
});

test("a v2 e-Transfer is paid on the hosted page as v1 is", async () => {
	await visitPage("/", async (page) => {
		const payor = { firstName: "Ada", lastName: "Tremblay", email: "ada@example.com" };
		const sessionId = await openSession({ ...GEFT, type: "e-Transfer", payor });
		const { hosted, steps } = await framed(page, sessionId);
		await hosted.getByRole("button", { name: "Continue" }).click();
		await hosted.getByRole("button", { name: "Flinks Capital" }).click();
		await hosted.getByRole("button", { name: "Approve" }).click();
		await hosted.getByRole("heading", { name: "Payment approved" }).waitFor();
		assert.equal(await status(sessionId), "Completed undefined");
		const expected = ["APP_MOUNTED", "CONFIRMATION", "APP_INITIATED", "INSTITUTION_SELECTION", "INSTITUTION_SELECTED"];
		assert.deepEqual(await steps(), [...expected, "SUCCESS"]);
	});
});

for (const colorScheme of ["light", "dark"] as const) {
	for (const [width, viewport] of [
		["wide", WIDE],
		["narrow", NARROW],
	] as const) {
		test(`the pages fit the window: ${colorScheme}, ${width}`, async () => {
			sandbox = await startSandbox();
			try {
				await visitPage(
					"/",
					async (page) => {
						await page.getByText("No payment yet").waitFor();
						await picture(page, `${colorScheme}-${width}-1-empty`);
						for (const product of ["Interac v1", "e-Transfer v2", "EFT", "GEFT"]) {
							await page.getByRole("button", { name: product, exact: true }).click();
							await page.waitForTimeout(50);
						}
						// Its guarantee waits for a decision.
						const waiting = await openSession({
							...GEFT,
							referenceId: "w",
							payor: { firstName: "Ada", lastName: "Waiting" },
						});
						await call("POST", `/sandbox/sessions/${waiting}/play`, {});
						await call("PUT", "/sandbox/webhook", { url: `${sandbox.url}/webhooks/flinks`, secret: "not-so-secret" });
						await call("POST", "/sandbox/faults", { step: "status", fault: "429", times: 3 });
						await pay("Ada Tremblay");
						await pay("Blaise Côté");
						await call("POST", "/api/v1/sessions/sendrequest", { amount: 7 }, await authorize());
						const params = { amount: "7.00", customerName: "Chloé Roy", customerEmail: "chloe@example.com" };
						await call("POST", "/api/v1/sessions/sendrequest", params, await authorize());
						await item(page, "Ada Tremblay").getByRole("button", { name: "Accept" }).click();
						await item(page, "Blaise Côté").getByRole("button", { name: "Decline" }).click();
						await item(page, "John Doe").getByRole("button", { name: "Leave unsigned" }).click();
						await pay("Zoë Differs");
						await item(page, "Zoë Differs").getByRole("button", { name: "Another amount" }).click();
						const eft = item(page, "Avery Tremblay").filter({ hasText: "EFT" });
						await eft.getByRole("button", { name: "Return in 3 days" }).click();
						await page.locator("#webhooks tr", { hasText: "404" }).first().waitFor();
						await item(page, "Chloé Roy").waitFor();
						await picture(page, `${colorScheme}-${width}-2-busy`);
						await assertFits(page.locator("html"));
						await page.getByText("Routes, scenarios and personas").click();
						await picture(page, `${colorScheme}-${width}-3-reference`);
						const sessionId = await openSession({ ...GEFT, amount: undefined });
						await page.goto(`${sandbox.url}/app/?sessionId=${sessionId}`);
						await picture(page, `${colorScheme}-${width}-4-consent`);
						await page.getByRole("button", { name: "I agree" }).click();
						await page.getByRole("button", { name: "Flinks Capital" }).click();
						await page.getByRole("heading", { name: "Sign in" }).waitFor();
						await picture(page, `${colorScheme}-${width}-5-signin`);
						await page.getByRole("button", { name: "Sign in" }).click();
						await page.getByRole("button", { name: "Answer" }).click();
						await page.getByRole("button", { name: "Chequing" }).click();
						await picture(page, `${colorScheme}-${width}-6-amount`);
					},
					{ colorScheme, viewport },
				);
			} finally {
				await sandbox.stop();
				sandbox = shared;
			}
		});
	}
}
