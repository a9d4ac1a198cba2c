// `GET /events` in real workerd: every change, delivered or not, in one order for each payment, with a cursor that neither skips
// nor repeats one, over objects that write at the same time.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FeedPage } from "../worker/src/schemas/events.ts";
import { bankBook, merchantBook } from "./books/book.ts";
import { seededBug } from "./crash/bugs.ts";
import type { Json } from "./crash/system.ts";
import { bundle } from "./crash/workerd.ts";
import { FeedReader, feedComplaints } from "./notifications/feed.ts";
import { DAY, type Fixture, HOUR, MINUTE, until, withFixture } from "./notifications/fixture.ts";

const folder = await bundle(seededBug());

const NO_ENDPOINT = { MERCHANT_WEBHOOK_URL: "", MERCHANT_WEBHOOK_SECRET: "" };

/** Payments that are made, some at a time, and accepted. */
async function accepted({ system }: Fixture, ...keys: string[]): Promise<string[]> {
	const answers = await Promise.all(keys.map((key) => system.ask("interac", key)));
	for (const { json } of answers) system.play(String(json.sessionId), "accept");
	// v1 has no webhooks: the next poll shows it.
	await system.pass(MINUTE);
	return answers.map(({ json }) => String(json.id));
}

async function page({ system }: Fixture, query: string): Promise<{ events: Json[]; next: string; more: boolean }> {
	const { status, json, text } = await system.call("GET", `/events${query}`);
	assert.equal(status, 200, text);
	// The page has the fields of the OpenAPI document and no others.
	assert.deepEqual(FeedPage.parse(json), json);
	return json as { events: Json[]; next: string; more: boolean };
}

const types = (events: readonly Json[]) => events.map(({ type, effect }) => `${type} ${effect}`);

describe("a reader of the events", () => {
	test("gets each of them once, while several objects write more", async () => {
		await withFixture(folder, { LEDGER_SHARDS: "4" }, async (fixture) => {
			const reader = new FeedReader(fixture.system);
			const keys = Array.from({ length: 40 }, (_, index) => `many-${index}`);
			let areWritten = false;
			const writing = (async () => {
				for (let at = 0; at < keys.length; at += 8) await accepted(fixture, ...keys.slice(at, at + 8));
				await until(
					"all are paid",
					async () => (await fixture.system.list("&funds=guaranteed")).length === keys.length,
				);
			})().finally(() => {
				areWritten = true;
			});
			while (!areWritten) await reader.readPage();
			await writing;
			await until("all messages are delivered", () => fixture.merchant.taken.length >= 2 * keys.length);
			assert.deepEqual(await feedComplaints(fixture.system, fixture.merchant, reader), []);
			assert.equal(reader.events.length, 2 * keys.length);
			assert.equal(new Set(reader.events.map(({ data }) => data.id.split("-")[0])).size, 4, "all objects have written");
		});
	});

	test("catches up by them alone, after a week of downtime", async () => {
		await withFixture(folder, { RETURN_DAYS_INTERAC: "30" }, async (fixture) => {
			const { next } = await page(fixture, "?cursor=latest");
			fixture.merchant.mode = "down";
			await accepted(fixture, "one", "two");
			const [three = ""] = await accepted(fixture, "three");
			await until("three is paid", async () => (await fixture.system.list("&funds=guaranteed")).length === 3);
			for (let days = 0; days < 7; days++) await fixture.system.pass(DAY);
			const { json } = await fixture.system.call("GET", `/payments/${three}`);
			fixture.system.sandbox.reverse(String(json.sessionId));
			await fixture.system.pass(DAY);
			await until("three is back", async () => (await fixture.system.list("&funds=returned")).length === 1);
			assert.deepEqual(fixture.merchant.taken, []);
			const events = await new FeedReader(fixture.system, "", next).readAll();
			const book = { one: "1.00", two: "1.00" };
			assert.deepEqual([merchantBook(events), bankBook(fixture.system.sandbox)], [book, book]);
			// The messages that the endpoint missed are the same when they are resent.
			fixture.merchant.mode = "up";
			for (const { id } of await fixture.system.list("&delivery=dead")) {
				await fixture.system.call("POST", `/payments/${id}/resend`);
			}
			for (let hours = 0; hours < 3; hours++) await fixture.system.pass(12 * HOUR);
			await until(
				"all messages are delivered",
				async () => (await fixture.system.list("&delivery=delivered")).length === 3,
			);
			assert.deepEqual(merchantBook(fixture.merchant.taken), book);
			assert.deepEqual(await feedComplaints(fixture.system, fixture.merchant, new FeedReader(fixture.system)), []);
		});
	});

	test("needs no endpoint; one that is set later gets later messages, and earlier ones by resend", async () => {
		await withFixture(folder, NO_ENDPOINT, async (fixture) => {
			const [id = ""] = await accepted(fixture, "silent");
			await until("it is paid", async () => (await fixture.system.list("&funds=guaranteed")).length === 1);
			const { events } = await page(fixture, "");
			assert.deepEqual(types(events), ["payment.created none", "payment.updated credit"]);
			const [view] = await fixture.system.list();
			assert.equal(view?.delivery, undefined);
			assert.equal((await fixture.system.call("POST", `/payments/${id}/resend`)).status, 409);
			await fixture.restartWith(fixture.merchant.bindings);
			await accepted(fixture, "loud");
			await until(
				"the merchant has the messages of the second",
				() => fixture.merchant.messagesOf("loud").length === 2,
			);
			assert.deepEqual(fixture.merchant.messagesOf("silent"), []);
			assert.equal((await fixture.system.call("POST", `/payments/${id}/resend`)).status, 200);
			await until(
				"the merchant has the messages of the first",
				() => fixture.merchant.messagesOf("silent").length === 2,
			);
			const [, credit] = fixture.merchant.messagesOf("silent");
			assert.deepEqual([credit?.id, credit?.effect], [events[1]?.id, "credit"]);
		});
	});

	test("gets those of a payment and those of a type, and goes on from there", async () => {
		await withFixture(folder, { LEDGER_SHARDS: "3" }, async (fixture) => {
			// More payments than objects, so that one of these has two of a type.
			const [, id = ""] = await accepted(fixture, "one", "two", "three", "four");
			await until("all are paid", async () => (await fixture.system.list("&funds=guaranteed")).length === 4);
			const ofOne = await page(fixture, `?paymentId=${id}`);
			assert.deepEqual(types(ofOne.events), ["payment.created none", "payment.updated credit"]);
			assert.deepEqual(
				ofOne.events.map(({ data }) => (data as Json).id),
				[id, id],
			);
			assert.equal(ofOne.more, false);
			const created = await new FeedReader(fixture.system, "&type=payment.created").readAll();
			assert.deepEqual(types(created), Array(4).fill("payment.created none"));
			const later = await page(fixture, `?paymentId=${id}&type=payment.created&cursor=${ofOne.next}`);
			assert.deepEqual([later.events, later.more], [[], false]);
			assert.deepEqual((await page(fixture, "?type=payment.returned")).events, []);
			const first = await page(fixture, "?limit=1&type=payment.updated");
			assert.deepEqual([first.events.length, first.more], [1, true]);
			const rest = await page(fixture, `?type=payment.updated&cursor=${first.next}`);
			assert.deepEqual([rest.events.length, rest.more], [3, false]);
			const one = [];
			for (let asked = await page(fixture, "?limit=1&type=payment.updated"); ; ) {
				one.push(...asked.events);
				if (!asked.more) break;
				asked = await page(fixture, `?limit=1&type=payment.updated&cursor=${asked.next}`);
			}
			assert.equal(one.length, 4);
		});
	});

	test("gets one of a rare type behind more events than one page looks through", async () => {
		await withFixture(folder, { LEDGER_SHARDS: "1" }, async (fixture) => {
			const [id = ""] = await accepted(fixture, "first");
			await until("it is paid", async () => (await fixture.system.list("&funds=guaranteed")).length === 1);
			// Each resend is one more event.
			for (let times = 0; times < 1_000; times += 50) {
				const resend = () => fixture.system.call("POST", `/payments/${id}/resend`);
				await Promise.all(Array.from({ length: 50 }, resend));
			}
			const { status, json } = await fixture.system.call("POST", `/payments/${id}/resend`);
			assert.deepEqual([status, json.code], [409, "not_possible"], "its row would grow without an end");
			await accepted(fixture, "second");
			const { events, more } = await page(fixture, "?type=payment.created&limit=2");
			assert.deepEqual([events.length, more], [1, true]);
			const created = await new FeedReader(fixture.system, "&type=payment.created").readAll();
			assert.deepEqual(
				created.map(({ data }) => data.referenceId),
				["first", "second"],
			);
		});
	});

	test("gets them without amounts once their payment is purged", async () => {
		await withFixture(folder, { RETENTION_DAYS: "2", RETURN_DAYS_INTERAC: "0" }, async (fixture) => {
			const [id = ""] = await accepted(fixture, "old");
			await until(
				"it is paid",
				async () => (await fixture.system.list("&delivery=delivered&funds=guaranteed")).length > 0,
			);
			const { json } = await fixture.system.call("GET", `/payments/${id}`);
			fixture.system.sandbox.settle("Settled", String(json.sessionId));
			for (let days = 0; days < 5; days++) await fixture.system.pass(DAY);
			await fixture.system.pass(MINUTE);
			const { events } = await page(fixture, "");
			assert.deepEqual(types(events), ["payment.created none", "payment.updated credit", "payment.updated none"]);
			for (const { data } of events as { data: Json }[]) {
				assert.deepEqual([data.amount, data.paidAmount, data.referenceId], [undefined, undefined, "old"]);
			}
		});
	});

	test("is resent no credit whose amount is purged: it is in the events alone", async () => {
		const days = { RETENTION_DAYS: "2", RETURN_DAYS_INTERAC: "0" };
		await withFixture(folder, { ...NO_ENDPOINT, ...days }, async (fixture) => {
			const [id = ""] = await accepted(fixture, "old");
			const { json } = await fixture.system.call("GET", `/payments/${id}`);
			fixture.system.sandbox.settle("Settled", String(json.sessionId));
			for (let passed = 0; passed < 5; passed++) await fixture.system.pass(DAY);
			await fixture.restartWith({ ...fixture.merchant.bindings, ...days });
			assert.equal((await fixture.system.call("POST", `/payments/${id}/resend`)).status, 200);
			await until("the merchant has the messages", () => fixture.merchant.messagesOf("old").length === 2);
			assert.deepEqual(
				fixture.merchant.messagesOf("old").map(({ type, effect }) => `${type} ${effect}`),
				["payment.created none", "payment.updated none"],
			);
		});
	});

	test("gets the name of the wrong field in a query", async () => {
		await withFixture(folder, { LEDGER_SHARDS: "2" }, async (fixture) => {
			for (const [query, status, field] of [
				["cursor=1", 404, "cursor"],
				["cursor=0.0.0", 404, "cursor"],
				["cursor=first", 404, "cursor"],
				["cursor=", 400, "cursor"],
				["type=payment.paid", 400, "type"],
				["limit=0", 400, "limit"],
				["since=2026-01-01T00:00:00Z", 400, "since"],
				["paymentId=0-00000000-0000-0000-0000-000000000000", 200, undefined],
				["paymentId=9-00000000-0000-0000-0000-000000000000", 404, undefined],
			] as const) {
				const { status: got, json } = await fixture.system.call("GET", `/events?${query}`);
				assert.deepEqual([got, json.field], [status, field], query);
			}
			// A script sends this the first time, before it has stored a cursor.
			const { json } = await fixture.system.call("GET", "/events?cursor=");
			assert.match(String(json.detail), /leave it out to begin/);
		});
	});
});
