// What an operator can do at the page: resolve, cancel, decide on a guarantee, and send messages again.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Route } from "playwright-core";
import type { Payment } from "./operator/fixture.ts";
import { announced, focused, headline, makeDead, openPages, rows } from "./operator/pages.ts";

const pages = await openPages();
const { fixture, visit, visitSignedIn, statusOf } = pages;
let dead: Payment;

before(async () => {
	dead = await makeDead(fixture);
	await fixture.moveClock(0);
});
after(pages.close);

test("an unknown payment that is at Flinks is resolved with its id, once Flinks knows that id", async () => {
	const payment = await fixture.unknown("order-1401", "payment_request");
	const { requestId, sessionId } = await fixture.idsAtFlinks("order-1401");
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
			assert.equal(await headline(page), "Not paid yet");
			await page.getByText("An operator found it at Flinks").waitFor();
			await page.getByText(`with API_KEY · payment request ${requestId}`).waitFor();
		},
		{ expected: /status of 400/ },
	);
	assert.equal((await fixture.api("GET", `/payments/${payment.id}`)).requestId, requestId);
});

test("the form for an unknown payment of v2 asks for the session id alone", async () => {
	const payment = await fixture.unknown("order-1402", "session", { product: "eft" });
	const { sessionId } = await fixture.idsAtFlinks("order-1402");
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
	const payment = await fixture.unknown("order-1403");
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
		await page.keyboard.type(fixture.apiKey);
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
		assert.equal(await headline(page), "Not paid");
		await page.getByText("An operator did not find it at Flinks").waitFor();
	});
	assert.equal(await statusOf(payment), "not_created");
});

test("a resolution that was a mistake is taken back", async () => {
	const payment = await fixture.unknown("order-1405");
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
	const payment = await fixture.pay("order-1404");
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
		assert.equal(await headline(page), "Not paid");
		assert.equal(await open.count(), 0);
	});
});

test("a guarantee is accepted from the list, after a confirmation that can be left", async () => {
	const payment = await fixture.waiting("order-1501");
	await visitSignedIn("", async (page) => {
		const open = page.getByRole("button", { name: "Accept the guarantee of order-1501" });
		await open.click();
		const dialog = page.getByRole("dialog", { name: "Accept the guarantee of order-1501?" });
		await dialog.getByText("It cannot be taken back.").waitFor();
		assert.equal(await focused(page), "Leave it as it is");
		await page.keyboard.press("Enter");
		await dialog.waitFor({ state: "hidden" });
		assert.equal((await fixture.api("GET", `/payments/${payment.id}`)).guarantee, "waiting");
		await open.click();
		await dialog.getByRole("button", { name: "Accept the guarantee" }).click();
		await announced(page, "Done: the guarantee of order-1501 is accepted.");
		assert.equal(await open.count(), 0);
		await fixture.untilKnown(payment, ({ funds }) => funds === "guaranteed");
		await page.goto(`${fixture.url}/operator/#payment=${payment.id}`);
		await page.getByText("The guarantee was accepted").waitFor();
		assert.equal(await headline(page), "Paid");
	});
});

test("a guarantee is refused on its payment's page, where nothing more can be decided then", async () => {
	const payment = await fixture.waiting("order-1502");
	await visitSignedIn(payment, async (page) => {
		assert.equal(await headline(page), "Needs a decision");
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
	const payment = await fixture.pay("order-1405");
	await fixture.control("POST", "faults", { step: "cancel", fault: "500", times: 2 });
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
			await dialog.getByRole("alert").filter({ hasText: "Nobody knows whether Flinks has done this" }).waitFor();
			assert.equal(posts.length, 1);
			// Chromium closes the dialog at the second Escape; the page shows the outcome all the same.
			await confirm.click();
			await page.keyboard.press("Escape");
			await page.keyboard.press("Escape");
			await dialog.waitFor({ state: "hidden" });
			await letOn(2);
			await page.locator("#problem", { hasText: "Nobody knows whether Flinks has done this" }).waitFor();
			assert.equal(posts.length, 2);
		},
		{ expected: /status of 502/ },
	);
});

test("messages that the merchant never accepted are sent again", async () => {
	fixture.refused.delete("order-0900");
	await visitSignedIn(dead, async (page) => {
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
	const types = fixture.taken.filter(({ referenceId }) => referenceId === "order-0900").map(({ type }) => type);
	assert.deepEqual(types, ["payment.created", "payment.updated", "payment.abandoned"]);
});
