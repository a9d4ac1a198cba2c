// The list of the operator's page: what needs attention, the filters, and the table.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HOSTILE } from "./operator/fixture.ts";
import { focused, makePayments, openPages, references, rows } from "./operator/pages.ts";

const pages = await openPages();
const { fixture, visitSignedIn, signIn } = pages;
before(() => makePayments(fixture));
after(pages.close);

test("the list has payments that need attention on top, with what to do, and then the newest", async () => {
	await visitSignedIn("", async (page) => {
		const unknown = page.getByRole("region", { name: /^1 It is unknown/ });
		await unknown.waitFor();
		assert.deepEqual(await unknown.locator(".cases a").allTextContents(), ["order-1203"]);
		assert.ok((await unknown.textContent())?.includes(String((await fixture.idsAtFlinks("order-1203")).sessionId)));
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
		await page.getByLabel("Delivered to merchant").selectOption("dead");
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
			await page.goto(`${fixture.url}/operator/#from=${day}&status=Declined`);
			await page.reload();
			await signIn(page);
			await page.getByText("One payment matches").waitFor();
			await page.getByRole("alert").filter({ hasText: "it must be in the years from 2000 to 9999" }).waitFor();
			assert.equal(await from.getAttribute("aria-invalid"), "true");
			assert.equal(await from.inputValue(), "");
		}
		await page.goto(`${fixture.url}/operator/#to=9999-12-30&status=Declined`);
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
