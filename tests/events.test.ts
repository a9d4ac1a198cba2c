// `GET /events` in real workerd: every change, delivered or not, in one order for each payment, with a cursor that neither skips
// nor repeats one, over objects that write at the same time.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FeedPage } from "../worker/src/schemas/events.ts";
import { bankBook, merchantBook } from "./books/book.ts";
import { seededBug } from "./crash/bugs.ts";
import type { Json } from "./crash/scene.ts";
import { bundle } from "./crash/workerd.ts";
import { FeedReader, unrecorded } from "./notifications/feed.ts";
import { DAY, HOUR, MINUTE, type Stage, until, withStage } from "./notifications/stage.ts";

const folder = await bundle(seededBug());

const NO_ENDPOINT = { MERCHANT_WEBHOOK_URL: "", MERCHANT_WEBHOOK_SECRET: "" };

/** Payments that are made, some at a time, and accepted. */
async function accepted({ scene }: Stage, ...keys: string[]): Promise<string[]> {
	const answers = await Promise.all(keys.map((key) => scene.ask("interac", key)));
	for (const { json } of answers) scene.play(String(json.sessionId), "accept");
	// v1 has no webhooks: the next poll shows it.
	await scene.pass(MINUTE);
	return answers.map(({ json }) => String(json.id));
}

async function page({ scene }: Stage, query: string): Promise<{ events: Json[]; next: string; more: boolean }> {
	const { status, json, text } = await scene.call("GET", `/events${query}`);
	assert.equal(status, 200, text);
	// The page has the fields of the OpenAPI document and no others.
	assert.deepEqual(FeedPage.parse(json), json);
	return json as { events: Json[]; next: string; more: boolean };
}

const types = (events: readonly Json[]) => events.map(({ type, effect }) => `${type} ${effect}`);

describe("a reader of the events", () => {
	test("gets each of them once, while several objects write more", async () => {
		await withStage(folder, { LEDGER_SHARDS: "4" }, async (stage) => {
			const reader = new FeedReader(stage.scene);
			const keys = Array.from({ length: 40 }, (_, index) => `many-${index}`);
			let areWritten = false;
			const writing = (async () => {
				for (let at = 0; at < keys.length; at += 8) await accepted(stage, ...keys.slice(at, at + 8));
				await until("all are paid", async () => (await stage.scene.list("&funds=guaranteed")).length === keys.length);
			})().finally(() => {
				areWritten = true;
			});
			while (!areWritten) await reader.readPage();
			await writing;
			await until("all messages are delivered", () => stage.merchant.taken.length >= 2 * keys.length);
			assert.deepEqual(await unrecorded(stage.scene, stage.merchant, reader), []);
			assert.equal(reader.events.length, 2 * keys.length);
			assert.equal(new Set(reader.events.map(({ data }) => data.id.split("-")[0])).size, 4, "all objects have written");
		});
	});

	test("catches up by them alone, after a week of downtime", async () => {
		await withStage(folder, { RETURN_DAYS_INTERAC: "30" }, async (stage) => {
			const { next } = await page(stage, "?cursor=latest");
			stage.merchant.mode = "down";
			await accepted(stage, "one", "two");
			const [three = ""] = await accepted(stage, "three");
			await until("three is paid", async () => (await stage.scene.list("&funds=guaranteed")).length === 3);
			for (let days = 0; days < 7; days++) await stage.scene.pass(DAY);
			const { json } = await stage.scene.call("GET", `/payments/${three}`);
			stage.scene.sandbox.reverse(String(json.sessionId));
			await stage.scene.pass(DAY);
			await until("three is back", async () => (await stage.scene.list("&funds=returned")).length === 1);
			assert.deepEqual(stage.merchant.taken, []);
			const events = await new FeedReader(stage.scene, "", next).readAll();
			const book = { one: "1.00", two: "1.00" };
			assert.deepEqual([merchantBook(events), bankBook(stage.scene.sandbox)], [book, book]);
			// The messages that the endpoint missed are the same when they are resent.
			stage.merchant.mode = "up";
			for (const { id } of await stage.scene.list("&delivery=dead")) {
				await stage.scene.call("POST", `/payments/${id}/resend`);
			}
			for (let hours = 0; hours < 3; hours++) await stage.scene.pass(12 * HOUR);
			await until(
				"all messages are delivered",
				async () => (await stage.scene.list("&delivery=delivered")).length === 3,
			);
			assert.deepEqual(merchantBook(stage.merchant.taken), book);
			assert.deepEqual(await unrecorded(stage.scene, stage.merchant, new FeedReader(stage.scene)), []);
		});
	});

	test("needs no endpoint; one that is set later gets later messages, and earlier ones by resend", async () => {
		await withStage(folder, NO_ENDPOINT, async (stage) => {
			const [id = ""] = await accepted(stage, "silent");
			await until("it is paid", async () => (await stage.scene.list("&funds=guaranteed")).length === 1);
			const { events } = await page(stage, "");
			assert.deepEqual(types(events), ["payment.created none", "payment.updated credit"]);
			const [view] = await stage.scene.list();
			assert.equal(view?.delivery, undefined);
			assert.equal((await stage.scene.call("POST", `/payments/${id}/resend`)).status, 409);
			await stage.restartWith(stage.merchant.bindings);
			await accepted(stage, "loud");
			await until("the merchant has the messages of the second", () => stage.merchant.messagesOf("loud").length === 2);
			assert.deepEqual(stage.merchant.messagesOf("silent"), []);
			assert.equal((await stage.scene.call("POST", `/payments/${id}/resend`)).status, 200);
			await until("the merchant has the messages of the first", () => stage.merchant.messagesOf("silent").length === 2);
			const [, credit] = stage.merchant.messagesOf("silent");
			assert.deepEqual([credit?.id, credit?.effect], [events[1]?.id, "credit"]);
		});
	});

	test("gets those of a payment and those of a type, and goes on from there", async () => {
		await withStage(folder, { LEDGER_SHARDS: "3" }, async (stage) => {
			// More payments than objects, so that one of these has two of a type.
			const [, id = ""] = await accepted(stage, "one", "two", "three", "four");
			await until("all are paid", async () => (await stage.scene.list("&funds=guaranteed")).length === 4);
			const ofOne = await page(stage, `?paymentId=${id}`);
			assert.deepEqual(types(ofOne.events), ["payment.created none", "payment.updated credit"]);
			assert.deepEqual(
				ofOne.events.map(({ data }) => (data as Json).id),
				[id, id],
			);
			assert.equal(ofOne.more, false);
			const created = await new FeedReader(stage.scene, "&type=payment.created").readAll();
			assert.deepEqual(types(created), Array(4).fill("payment.created none"));
			const later = await page(stage, `?paymentId=${id}&type=payment.created&cursor=${ofOne.next}`);
			assert.deepEqual([later.events, later.more], [[], false]);
			assert.deepEqual((await page(stage, "?type=payment.returned")).events, []);
			const first = await page(stage, "?limit=1&type=payment.updated");
			assert.deepEqual([first.events.length, first.more], [1, true]);
			const rest = await page(stage, `?type=payment.updated&cursor=${first.next}`);
			assert.deepEqual([rest.events.length, rest.more], [3, false]);
			const one = [];
			for (let asked = await page(stage, "?limit=1&type=payment.updated"); ; ) {
				one.push(...asked.events);
				if (!asked.more) break;
				asked = await page(stage, `?limit=1&type=payment.updated&cursor=${asked.next}`);
			}
			assert.equal(one.length, 4);
		});
	});

	test("gets one of a rare type behind more events than one page looks through", async () => {
		await withStage(folder, { LEDGER_SHARDS: "1" }, async (stage) => {
			const [id = ""] = await accepted(stage, "first");
			await until("it is paid", async () => (await stage.scene.list("&funds=guaranteed")).length === 1);
			// Each resend is one more event.
			for (let times = 0; times < 1_000; times += 50) {
				const resend = () => stage.scene.call("POST", `/payments/${id}/resend`);
				await Promise.all(Array.from({ length: 50 }, resend));
			}
			const { status, json } = await stage.scene.call("POST", `/payments/${id}/resend`);
			assert.deepEqual([status, json.code], [409, "not_possible"], "its row would grow without an end");
			await accepted(stage, "second");
			const { events, more } = await page(stage, "?type=payment.created&limit=2");
			assert.deepEqual([events.length, more], [1, true]);
			const created = await new FeedReader(stage.scene, "&type=payment.created").readAll();
			assert.deepEqual(
				created.map(({ data }) => data.referenceId),
				["first", "second"],
			);
		});
	});

	test("gets them without amounts once their payment is purged", async () => {
		await withStage(folder, { RETENTION_DAYS: "2", RETURN_DAYS_INTERAC: "0" }, async (stage) => {
			const [id = ""] = await accepted(stage, "old");
			await until(
				"it is paid",
				async () => (await stage.scene.list("&delivery=delivered&funds=guaranteed")).length > 0,
			);
			const { json } = await stage.scene.call("GET", `/payments/${id}`);
			stage.scene.sandbox.settle("Settled", String(json.sessionId));
			for (let days = 0; days < 5; days++) await stage.scene.pass(DAY);
			await stage.scene.pass(MINUTE);
			const { events } = await page(stage, "");
			assert.deepEqual(types(events), ["payment.created none", "payment.updated credit", "payment.updated none"]);
			for (const { data } of events as { data: Json }[]) {
				assert.deepEqual([data.amount, data.paidAmount, data.referenceId], [undefined, undefined, "old"]);
			}
		});
	});

	test("is resent no credit whose amount is purged: it is in the events alone", async () => {
		const days = { RETENTION_DAYS: "2", RETURN_DAYS_INTERAC: "0" };
		await withStage(folder, { ...NO_ENDPOINT, ...days }, async (stage) => {
			const [id = ""] = await accepted(stage, "old");
			const { json } = await stage.scene.call("GET", `/payments/${id}`);
			stage.scene.sandbox.settle("Settled", String(json.sessionId));
			for (let passed = 0; passed < 5; passed++) await stage.scene.pass(DAY);
			await stage.restartWith({ ...stage.merchant.bindings, ...days });
			assert.equal((await stage.scene.call("POST", `/payments/${id}/resend`)).status, 200);
			await until("the merchant has the messages", () => stage.merchant.messagesOf("old").length === 2);
			assert.deepEqual(
				stage.merchant.messagesOf("old").map(({ type, effect }) => `${type} ${effect}`),
				["payment.created none", "payment.updated none"],
			);
		});
	});

	test("gets the name of the wrong field in a query", async () => {
		await withStage(folder, { LEDGER_SHARDS: "2" }, async (stage) => {
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
				const { status: got, json } = await stage.scene.call("GET", `/events?${query}`);
				assert.deepEqual([got, json.field], [status, field], query);
			}
			// A script sends this the first time, before it has stored a cursor.
			const { json } = await stage.scene.call("GET", "/events?cursor=");
			assert.match(String(json.detail), /leave it out to begin/);
		});
	});
});
