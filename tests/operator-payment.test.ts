// One payment at the operator's page: its state, its amounts and its timeline, and what is shown where it cannot be read.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { announced, focused, headline, makePayments, openPages, rows } from "./operator/pages.ts";

const pages = await openPages();
const { fixture, visit, visitSignedIn, signIn } = pages;
after(pages.close);
const known = await makePayments(fixture);

test("a payment by its address: its state, its ids, and its timeline in plain words", async () => {
	await visitSignedIn(
		known.paid,
		async (page) => {
			assert.equal(await focused(page), "payment-title");
			assert.equal(await page.title(), "Paid: order-1201");
			assert.equal(await headline(page), "Paid");
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
		assert.equal(await headline(page), "Not paid");
		for (const [{ id, referenceId }, words] of [
			[known.open, "Not paid yet"],
			[known.unknown, "Unknown"],
		] as const) {
			await page.goto(`${fixture.url}/operator/#payment=${id}`);
			await page.getByRole("heading", { name: referenceId }).waitFor();
			assert.equal(await headline(page), words);
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
			await page.goto(`${fixture.url}/operator/#payment=${id}`);
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
	const payment = await fixture.pay("order-1301");
	// The Worker's polls of other payments meet the fault, too.
	await fixture.control("POST", "faults", { step: "status", fault: "503", times: 1000 });
	await visitSignedIn(
		payment,
		async (page) => {
			assert.equal(await headline(page), "Not paid yet");
			assert.match(
				(await page.locator(".stale").textContent()) ?? "",
				/could not be read at Flinks just now.*Request id: [0-9a-f-]{36}/,
			);
			await page.locator("#timeline .event", { hasText: "could not be read at Flinks" }).waitFor();
		},
		{ expected: /status of 502/ },
	);
	await fixture.control("DELETE", "faults");
});

test("a payment that does not exist, and a Worker that does not answer, are reported, and can be tried again", async () => {
	await visit(
		async (page) => {
			await signIn(page);
			await page.getByRole("alert").filter({ hasText: "The Worker knows no payment" }).waitFor();
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
