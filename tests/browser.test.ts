// A payment end to end in a real browser: a buyer at the shop, the hosted page in its frame, the Worker's answer at the end.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import {
	close,
	created,
	detail,
	fill,
	flinksRequests,
	go,
	goToBank,
	headline,
	idsOf,
	order,
	orderByDebit,
	picture,
	post,
	stack,
	steps,
	visitShop,
	workerRequests,
} from "./browser/shop.ts";
import { assertFits, launchChromium, NARROW, settledByClock, stopClock, WIDE } from "./chromium.ts";

after(close);

test("a payment in a frame is paid: the page hears it from the Worker, and the shop by its webhook", async () => {
	await visitShop(async (shop) => {
		const heard = await steps(shop);
		const bodies: unknown[] = [];
		shop.on("request", (request) => {
			if (request.url() === `${stack.workerUrl}/payments`) bodies.push(request.postDataJSON());
		});
		const hosted = await order(shop);
		await headline(shop, "Waiting for your bank");
		assert.equal(await shop.evaluate(() => document.activeElement?.tagName), "IFRAME");
		assert.equal(await shop.locator("iframe").getAttribute("title"), "Pay from your bank");
		await goToBank(hosted);
		await hosted.getByRole("button", { name: "Approve" }).click();
		await headline(shop, "Paid");
		await detail(shop, /accepted the payment/);
		assert.equal(await shop.locator("iframe").count(), 0);
		assert.equal(await shop.evaluate(() => document.activeElement?.id), "headline", "the focus is not lost");
		assert.deepEqual(await heard(), [
			"APP_MOUNTED",
			"CONFIRMATION",
			"APP_INITIATED",
			"INSTITUTION_SELECTION",
			"INSTITUTION_SELECTED",
			"SUCCESS",
		]);
		const calls = await flinksRequests(shop);
		assert.deepEqual(
			calls.map(({ method, path, requestId }) => `${method} ${path.replace(requestId ?? "-", ":id")}`),
			["POST /api/v1/sessions/initiate", "POST /api/v1/paymentrequests", "GET /api/v1/paymentrequests/:id"],
		);
		assert.equal(calls[0]?.body?.amount, 12.5, "the shop's price");
		assert.deepEqual(
			bodies.map((body) => Object.keys(Object(body))),
			[["order"]],
			"the page sends the order alone",
		);
		const referenceId = await shop.locator("#order").textContent();
		const known = Object(await (await fetch(`${stack.shopUrl}/orders/${referenceId}`)).json());
		assert.deepEqual(known, { tea: "Spruce tip, 50 g", amount: "12.50", received: "12.50", state: "paid" });
		await shop.getByRole("link", { name: String(referenceId) }).click();
		await shop.locator("#received", { hasText: "$12.50 CAD" }).waitFor();
		await headline(shop, "Paid");
	});
});

test("a payment by redirect is paid: the page finds it again when the buyer comes back", async () => {
	await visitShop(
		async (shop) => {
			await fill(shop);
			await go(shop).click();
			await shop.waitForURL(`${stack.sandboxUrl}/app/?sessionId=*`);
			await goToBank(shop);
			await shop.getByRole("button", { name: "Approve" }).click();
			await shop.getByRole("heading", { name: "Payment approved" }).waitFor();
			await shop.goBack();
			await headline(shop, "Paid");
			await shop.locator("#amount", { hasText: "$12.50 CAD" }).waitFor();
			assert.equal((await flinksRequests(shop)).length, 3);
			await shop.reload();
			await go(shop).waitFor();
			assert.equal(await shop.locator("#checkout").isVisible(), true, "what is paid is not resumed");
		},
		{ path: "/?mode=redirect" },
	);
});

test("a payment by redirect is shown as paid when the browser had kept the page as it was", async () => {
	const keeping = await launchChromium({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
	try {
		await visitShop(
			async (shop) => {
				await shop.evaluate(() => Object.assign(window, { kept: true }));
				await fill(shop);
				await go(shop).click();
				await shop.waitForURL(`${stack.sandboxUrl}/app/?sessionId=*`);
				await goToBank(shop);
				await shop.getByRole("button", { name: "Approve" }).click();
				await shop.getByRole("heading", { name: "Payment approved" }).waitFor();
				await shop.goBack({ waitUntil: "commit" }); // there is no load
				assert.equal(await shop.evaluate(() => Reflect.get(window, "kept")), true, "the page was not loaded anew");
				await headline(shop, "Paid");
			},
			{ path: "/?mode=redirect", in: keeping },
		);
	} finally {
		await keeping.close();
	}
});

test("the back button before the approval resumes the same payment", async () => {
	await visitShop(
		async (shop) => {
			await fill(shop);
			await go(shop).click();
			await shop.waitForURL(`${stack.sandboxUrl}/app/?sessionId=*`);
			const bank = shop.url();
			await shop.goBack();
			await headline(shop, "Waiting for your bank");
			await detail(shop, /not confirmed yet \(Initiated\)/);
			const seen = workerRequests(shop);
			await go(shop).click();
			await shop.waitForURL(bank);
			await shop.getByRole("heading", { name: "Confirm your payment" }).waitFor();
			assert.equal(seen.length, 0, "nothing is started");
		},
		{ path: "/?mode=redirect" },
	);
	// And from a frame: forwards again, the page is loaded anew and offers the payment that it had.
	await visitShop(async (shop) => {
		await order(shop);
		const bank = await shop.locator("iframe").getAttribute("src");
		await shop.goto(`${stack.sandboxUrl}/`);
		await shop.goBack();
		await headline(shop, "Waiting for your bank");
		await picture(shop, "resumed");
		await go(shop).click();
		assert.equal(await shop.locator("iframe").getAttribute("src"), bank);
	});
});

test("the buyer sees both figures when another amount is paid", async () => {
	await visitShop(async (shop) => {
		await orderByDebit(shop, "Offer");
		await headline(shop, "Another amount was paid");
		await detail(shop, /received \$10\.00, and the price is \$12\.50/);
		await shop.locator("#received", { hasText: "$10.00 CAD" }).waitFor();
		await picture(shop, "another-amount");
	});
});

test("the order's own page shows a payment that is returned after it was paid", async () => {
	await visitShop(async (shop) => {
		await orderByDebit(shop, "Tremblay");
		await headline(shop, "Paid");
		const { referenceId, sessionId } = await idsOf(shop);
		await shop.getByRole("link", { name: referenceId }).click();
		await headline(shop, "Paid");
		await post(`${stack.sandboxUrl}/sandbox/sessions/${sessionId}/reverse`, { code: "901" });
		await eventually(async () => {
			const { state } = Object(await (await fetch(`${stack.shopUrl}/orders/${referenceId}`)).json());
			assert.equal(state, "returned");
		});
		await shop.reload();
		await headline(shop, "The payment was returned");
		await shop.locator("#received", { hasText: "$0.00 CAD" }).waitFor();
		await picture(shop, "returned");
	});
});

test("the buyer sees that the payment is looked at while a guarantee waits for the merchant's decision", async () => {
	await visitShop(async (shop) => {
		await orderByDebit(shop, "Waiting");
		await headline(shop, "We are looking at your payment");
		await picture(shop, "waiting-for-a-decision");
	});
});

test("a declined payment is not paid", async () => {
	await visitShop(async (shop) => {
		const heard = await steps(shop);
		const hosted = await order(shop);
		await goToBank(hosted);
		await hosted.getByRole("button", { name: "Decline" }).click();
		await hosted.getByRole("heading", { name: "Payment declined" }).waitFor();
		await hosted.getByRole("button", { name: "Return to the merchant" }).click();
		await headline(shop, "Not paid");
		await detail(shop, /declined/);
		assert.ok(!(await heard()).includes("SUCCESS"));
		await shop.getByRole("button", { name: "Start again" }).click();
		await go(shop).waitFor();
	});
});

test("a cancelled payment is not paid", async () => {
	await visitShop(async (shop) => {
		const heard = await steps(shop);
		const hosted = await order(shop);
		await hosted.getByRole("button", { name: "Cancel" }).click();
		await hosted.getByRole("button", { name: "Keep paying" }).click();
		await goToBank(hosted);
		await hosted.getByRole("button", { name: "Cancel" }).click();
		await hosted.getByRole("button", { name: "Cancel the payment" }).click();
		await headline(shop, "Not paid");
		await detail(shop, /cancelled/);
		const end = ["INSTITUTION_SELECTED", "CLOSE_ATTEMPT", "CANCEL_CONFIRMATION", "CLOSE"];
		assert.deepEqual((await heard()).slice(-4), end);
	});
});

test("the customer's name decides how an approved payment ends", async () => {
	await visitShop(async (shop) => {
		const hosted = await order(shop, "Mismatch");
		await goToBank(hosted);
		await hosted.getByRole("button", { name: "Approve" }).click();
		await hosted.getByRole("heading", { name: "Payment failed" }).waitFor();
		await hosted.getByRole("button", { name: "Return to the merchant" }).click();
		await headline(shop, "Not paid");
	});
});

test("a double click starts one payment", async () => {
	await visitShop(async (shop) => {
		await fill(shop);
		const seen = workerRequests(shop);
		await go(shop).dblclick();
		await shop.frameLocator("iframe").getByRole("heading", { name: "Confirm your payment" }).waitFor();
		assert.deepEqual(
			seen.filter((line) => line.startsWith("POST")),
			["POST /payments"],
		);
		assert.equal(await shop.locator("iframe").count(), 1);
		await flinksRequests(shop);
	});
});

test("the page asks again with the same order when an answer is lost", async () => {
	await visitShop(
		async (shop) => {
			let lost = 0;
			await shop.route(`${stack.workerUrl}/payments`, async (route) => {
				if (lost > 0) return route.continue();
				lost += 1;
				await route.fetch(); // the Worker has it
				await route.abort("connectionreset");
			});
			await order(shop);
			assert.equal(lost, 1);
			await flinksRequests(shop);
		},
		{ expected: /ERR_CONNECTION_RESET/ },
	);
});

test('the buyer sees "No connection" when offline before anything is sent, and goes on with the same order', async () => {
	await visitShop(
		async (shop) => {
			// The network goes as soon as the shop has signed the order.
			await shop.route("**/orders", async (route) => {
				const response = await route.fetch();
				await shop.context().setOffline(true);
				await route.fulfill({ response });
			});
			await fill(shop);
			const seen = workerRequests(shop);
			await go(shop).click();
			await headline(shop, "No connection");
			assert.ok(seen.length > 1, "it was retried");
			await picture(shop, "no-connection");
			await shop.context().setOffline(false);
			await go(shop).click();
			await shop.frameLocator("iframe").getByRole("heading", { name: "Confirm your payment" }).waitFor();
			await flinksRequests(shop);
		},
		{ expected: /ERR_INTERNET_DISCONNECTED/ },
	);
});

test("the page says that it could not check when it is offline after the approval", async () => {
	await visitShop(
		async (shop) => {
			const hosted = await order(shop);
			await shop.route(`${stack.workerUrl}/payments/*`, (route) => route.abort("internetdisconnected"));
			await goToBank(hosted);
			await hosted.getByRole("button", { name: "Approve" }).click();
			await detail(shop, /could not check.*do not pay twice/);
			await headline(shop, "Waiting for your bank");
		},
		{ expected: /ERR_INTERNET_DISCONNECTED/ },
	);
});

test("a posted message pays nothing, whatever window it comes from", async () => {
	await visitShop(
		async (shop) => {
			await stopClock(shop);
			const hosted = await order(shop);
			const seen = workerRequests(shop);
			/** What is read at once has left after this. */
			const quiet = async () => {
				await settledByClock(shop);
				await shop.clock.runFor(1);
				await settledByClock(shop);
			};
			// The shop's own window: neither the origin nor the source is right.
			await shop.evaluate(() => window.postMessage({ step: "SUCCESS" }, "*"));
			// Another frame of the same origin as the bank's page: the origin is right, the source is not.
			await shop.evaluate((src) => {
				const other = Object.assign(document.createElement("iframe"), { id: "other", src });
				document.body.append(other);
				return new Promise((resolve) => other.addEventListener("load", resolve));
			}, `${stack.sandboxUrl}/app/?sessionId=none`);
			const other = shop.frameLocator("#other").locator("body");
			await other.evaluate(() => window.parent.postMessage({ step: "SUCCESS" }, "*"));
			await quiet();
			assert.equal(seen.length, 0, "the Worker is not asked");
			// The right frame, before the payor has done anything: the Worker is asked, and says that it is not paid.
			await hosted.locator("body").evaluate(() => window.parent.postMessage({ step: "SUCCESS" }, "*"));
			await quiet();
			await detail(shop, /not confirmed yet \(Initiated\)/);
			const reads = () => seen.filter((line) => line.startsWith("GET /payments/")).length;
			assert.equal(reads(), 1);
			// And at most every 30 seconds, whatever is posted.
			await hosted.locator("body").evaluate(() => window.parent.postMessage({ step: "SUCCESS" }, "*"));
			await quiet();
			await shop.clock.runFor(29_000);
			await settledByClock(shop);
			assert.equal(reads(), 1);
			await shop.clock.runFor(1_000);
			await eventually(async () => assert.equal(reads(), 2));
		},
		{ expected: /status of 404/ },
	);
});

test("a page of another origin gets nothing, and nothing is sent to Flinks", async () => {
	const elsewhere = new URL(stack.shopUrl);
	elsewhere.hostname = "localhost";
	await visitShop(
		async (shop) => {
			const before = await created();
			await fill(shop);
			await go(shop).click();
			await headline(shop, "No connection");
			assert.equal(await shop.locator("iframe").count(), 0);
			assert.equal(await created(), before);
		},
		{ path: elsewhere.href, expected: /CORS policy|ERR_FAILED/ },
	);
});

test("an order that was changed after it was signed is refused", async () => {
	await visitShop(
		async (shop) => {
			const before = await created();
			await shop.route("**/orders", async (route) => {
				const response = await route.fetch();
				const { worker, order } = Object(await response.json());
				const [header, claims, signature] = order.split(".");
				const cheaper = Buffer.from(claims, "base64url").toString().replace("12.50", "0.01");
				const forged = [header, Buffer.from(cheaper).toString("base64url"), signature].join(".");
				await route.fulfill({ response, json: { worker, order: forged } });
			});
			await fill(shop);
			await go(shop).click();
			await headline(shop, "Not paid");
			assert.equal(await created(), before);
		},
		{ expected: /status of 401/ },
	);
});

test("an incomplete form is not sent", async () => {
	await visitShop(async (shop) => {
		let posts = 0;
		shop.on("request", (request) => {
			if (request.method() === "POST") posts += 1;
		});
		await fill(shop);
		await shop.getByLabel("E-mail").fill("ada");
		await go(shop).click();
		assert.equal(await shop.evaluate(() => document.activeElement?.id), "email");
		assert.equal(posts, 0);
	});
});

test("the keyboard alone is enough to pay", async () => {
	await visitShop(async (shop) => {
		const press = async (...keys: string[]) => {
			for (const key of keys) await shop.keyboard.press(key);
		};
		await press("Tab", "ArrowDown", "Tab", "Tab");
		await shop.keyboard.type("Ada");
		await press("Tab");
		await shop.keyboard.type("Tremblay");
		await press("Tab");
		await shop.keyboard.type("ada@example.com");
		await press("Enter");
		const hosted = shop.frameLocator("iframe");
		await hosted.getByRole("heading", { name: "Confirm your payment" }).waitFor();
		await press("Tab", "Enter");
		await hosted.getByRole("heading", { name: "Choose your bank" }).waitFor();
		await press("Tab", "Enter");
		await hosted.getByRole("heading", { name: "Flinks Capital" }).waitFor();
		await press("Tab", "Enter");
		await headline(shop, "Paid");
	});
});

for (const colorScheme of ["light", "dark"] as const) {
	for (const [width, viewport] of [
		["wide", WIDE],
		["narrow", NARROW],
	] as const) {
		test(`each page fits its viewport, in screenshots: ${colorScheme}, ${width}`, async () => {
			const look = async (shop: Page) => {
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
					await assertFits(page);
				}
				await hosted.getByRole("button", { name: "Approve" }).click();
				await headline(shop, "Paid");
				await picture(shop, name("5-paid"));
			};
			await visitShop(look, { colorScheme, viewport });
		});
	}
}

/** Until it holds, for two minutes. */
async function eventually(holds: () => Promise<void>): Promise<void> {
	for (const deadline = Date.now() + 120_000; ; ) {
		try {
			return await holds();
		} catch (error) {
			if (Date.now() > deadline) throw error;
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
	}
}
