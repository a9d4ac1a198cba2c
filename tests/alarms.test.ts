// Alarms go on: after any failure in one, and under any wrong setting, the next is set while work is due, and the work is
// done without a request. Time passes while the machine is off, so that only the platform rings.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededBug } from "./crash/bugs.ts";
import type { How } from "./crash/system.ts";
import { bundle } from "./crash/workerd.ts";
import { type Fixture, HOUR, MINUTE, SECOND, until, withFixture } from "./notifications/fixture.ts";
import { missingAlarms, overdue } from "./notifications/laws.ts";

const folder = await bundle(seededBug());

/** Nothing is overdue, and each object has an alarm in time for its next work. */
async function assertRings({ system }: Fixture): Promise<void> {
	await until("nothing is overdue", () => overdue(system).length === 0);
	assert.deepEqual(missingAlarms(system), []);
}

describe("an alarm that fails at a write", () => {
	for (const how of ["lost", "kept", "reset", "thrown"] as const satisfies readonly How[]) {
		test(`finishes its work after a failure at each of its writes: ${how}`, async () => {
			await withFixture(folder, { LEDGER_SHARDS: "1" }, async (fixture) => {
				for (let after = 1; ; after++) {
					// The work is a read and two messages; where the object survives, for two payments, of which one fails.
					const keys = ["a", "b"].slice(how === "thrown" ? 0 : 1).map((name) => `${how}-${after}-${name}`);
					fixture.merchant.mode = "down";
					const payments = await Promise.all(keys.map((key) => fixture.start("eft", key)));
					for (const { sessionId } of payments) fixture.playSilently(sessionId, "accept");
					fixture.merchant.mode = "up";
					const { deaths } = fixture.system;
					await fixture.system.sleep(MINUTE, { after, how });
					if (how === "kept" || how === "lost") {
						await until("it dies or is done", () => fixture.system.deaths > deaths || isDone(fixture, keys));
					} else {
						await until(
							"it fails or is done",
							async () => (await fixture.system.written()) >= after || isDone(fixture, keys),
						);
					}
					// The messages may be delivered before the write at which it dies.
					const hasFailed = (await fixture.system.quiet()) >= after || fixture.system.deaths > deaths;
					// The machine is off again, for longer than a retry is delayed.
					if (!isDone(fixture, keys) || overdue(fixture.system).length > 0) await fixture.system.sleep(10 * MINUTE);
					await until(`it is done after write ${after}`, () => isDone(fixture, keys));
					await assertRings(fixture);
					if (!hasFailed) break;
					assert.ok(after < 60, "an alarm has no end of writes");
				}
			});
		});
	}
});

describe("storage that refuses writes", () => {
	test("leaves the Worker able to answer, and the work is done once writes succeed again", async () => {
		await withFixture(folder, { LEDGER_SHARDS: "1" }, async (fixture) => {
			const { sessionId } = await fixture.start("eft", "full");
			await until("the merchant has the message", () => fixture.hasLatestStatus("full", "Initiated"));
			fixture.playSilently(sessionId, "accept");
			await fixture.system.stopAfter(1, "full");
			await fixture.system.shift(MINUTE);
			await fixture.system.ringAlarm();
			const silence = new Promise<never>((_, reject) => {
				setTimeout(reject, 120_000, new Error("it does not answer")).unref();
			});
			await Promise.race([fixture.system.written(), silence]);
			await fixture.system.stopAfter(0, "thrown");
			await fixture.system.sleep(HOUR);
			await until("the merchant has the message that it is completed", () =>
				fixture.hasLatestStatus("full", "Completed"),
			);
			await assertRings(fixture);
		});
	});
});

describe("an object that starts while storage refuses writes", () => {
	test("settles later, without a request, what its predecessor had under way", async () => {
		await withFixture(folder, { LEDGER_SHARDS: "1" }, async (fixture) => {
			fixture.system.plan({ step: "session", when: "after", act: () => fixture.system.kill() });
			await fixture.system.ask("eft", "under-way");
			await fixture.system.sleep(10 * MINUTE, { after: 1, how: "full" });
			await until("it has tried", async () => (await fixture.system.written()) > 0);
			await fixture.system.quiet();
			await fixture.system.stopAfter(0, "thrown");
			await fixture.system.pass(10 * MINUTE);
			await until("the merchant has payment.unknown", () => fixture.hasLatestStatus("under-way", "unknown"));
		});
	});
});

function isDone(fixture: Fixture, keys: readonly string[]): boolean {
	return keys.every((key) => fixture.hasLatestStatus(key, "Completed"));
}

test("an alarm that the platform has lost is set anew with the next change", async () => {
	await withFixture(folder, { LEDGER_SHARDS: "1" }, async (fixture) => {
		await fixture.start("eft", "before");
		await fixture.system.quiet();
		await fixture.system.loseAlarms();
		assert.equal(fixture.system.alarms().size, 0);
		await fixture.system.shift(10 * MINUTE);
		await fixture.start("eft", "after");
		await until("the merchant has the message", () => fixture.hasLatestStatus("after", "Initiated"));
		await fixture.system.quiet();
		await assertRings(fixture);
	});
});

describe("an alarm under settings that cannot be used", () => {
	const mistakes = [
		{ STATUS_DEADLINE_HOURS: "7d" },
		{ RETENTION_DAYS: "x" },
		{ FLINKS_TIMEOUT_MS: "abc" },
		{ FLINKS_DEADLINE_MS: "soon" },
		{ MERCHANT_WEBHOOK_URL: "nowhere" },
		{ MERCHANT_WEBHOOK_SECRET: "" },
		{ FLINKS_PASSWORD: "" },
	];
	for (const mistake of mistakes) {
		test(`is set, and works once they are right: ${JSON.stringify(mistake)}`, async () => {
			await withFixture(folder, {}, async (fixture) => {
				const { sessionId } = await fixture.start("eft", "mistaken");
				await until("the merchant has the message", () => fixture.hasLatestStatus("mistaken", "Initiated"));
				fixture.playSilently(sessionId, "accept");
				// An alarm that throws is not retried: the platform's retries end before the mistake does.
				await fixture.restartWith({ ...mistake, ALARM_TRIES: "1" });
				await fixture.system.sleep(MINUTE);
				// Messages that cannot be delivered stay due.
				await until("it has rung", () => {
					const left = overdue(fixture.system).filter((due) => !due.startsWith("deliver "));
					return fixture.system.alarms().size === 0 || left.length === 0;
				});
				await fixture.system.sleep(HOUR);
				await new Promise((resolve) => setTimeout(resolve, 300));
				await fixture.restartWith({});
				await fixture.system.sleep(7 * HOUR);
				await until("the merchant has the message that it is completed", () =>
					fixture.hasLatestStatus("mistaken", "Completed"),
				);
				await assertRings(fixture);
			});
		});
	}

	for (const mistake of mistakes.slice(0, 2)) {
		test(`does all work that needs no setting: ${JSON.stringify(mistake)}`, async () => {
			await withFixture(folder, {}, async (fixture) => {
				const { sessionId } = await fixture.start("eft", "mistaken");
				fixture.playSilently(sessionId, "accept");
				await fixture.restartWith(mistake);
				await fixture.system.sleep(MINUTE);
				await until("the merchant has the message that it is completed", () =>
					fixture.hasLatestStatus("mistaken", "Completed"),
				);
			});
		});
	}

	test("loses no webhook: the status is read once they are right", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { sessionId } = await fixture.start("eft", "hinted");
			await fixture.age();
			const act = () => fixture.restartWith({ STATUS_DEADLINE_HOURS: "7d", ALARM_TRIES: "1" });
			fixture.system.plan({ step: "session_status", when: "before", act });
			fixture.playSilently(sessionId, "accept");
			await fixture.system.hint({ sessionId, status: "Completed", statusDetails: "EFT0301" });
			await until("it has died", () => fixture.system.deaths > 0);
			await fixture.system.sleep(SECOND);
			await new Promise((resolve) => setTimeout(resolve, 300));
			await fixture.restartWith({});
			await fixture.system.sleep(2 * MINUTE);
			await until("the merchant has the message that it is completed", () =>
				fixture.hasLatestStatus("hinted", "Completed"),
			);
		});
	});
});

describe("an alarm that comes late", () => {
	/** The log's events about late work. */
	const lateEvents = ({ system }: Fixture) =>
		Array.from(
			system.printed.matchAll(/^\{.*"event_name":"flinkspay.due.late".*\}$/gm),
			([line]) => JSON.parse(line).attributes as Record<string, string | number>,
		);

	/** When the first work of a kind is due. */
	const dueTo = ({ system }: Fixture, kind: string) => system.due().find((due) => due.kind === kind)?.at ?? Number.NaN;

	const shiftTo = ({ system }: Fixture, at: number) => system.shift(Math.max(0, at - system.now()));

	test("logs how much is overdue by more than a minute, and for how long the oldest is", async () => {
		await withFixture(folder, { LEDGER_SHARDS: "1" }, async (fixture) => {
			for (const key of ["a", "b"]) await fixture.start("eft", key);
			await until("the merchant has both messages", () =>
				["a", "b"].every((key) => fixture.hasLatestStatus(key, "Initiated")),
			);
			await fixture.system.quiet();
			// One read is half a minute late, and a minute is allowed.
			await shiftTo(fixture, dueTo(fixture, "read") + 30 * SECOND);
			await fixture.system.ringAlarm();
			assert.deepEqual(lateEvents(fixture), []);
			await fixture.system.quiet();
			const at = dueTo(fixture, "read");
			const from = fixture.system.now() + HOUR;
			await fixture.system.shift(HOUR);
			await fixture.system.ringAlarm();
			const [late, ...more] = lateEvents(fixture);
			assert.deepEqual([late?.["flinkspay.kind"], late?.["flinkspay.due.count"], more], ["read", 2, []]);
			const rangAt = at + Math.round(Number(late?.["flinkspay.due.age"]) * SECOND);
			assert.ok(rangAt >= from && rangAt <= fixture.system.now(), `${rangAt - from} ms after it was rung`);
		});
	});

	test("does not count work that waits on purpose", async () => {
		await withFixture(folder, { LEDGER_SHARDS: "1" }, async (fixture) => {
			fixture.merchant.mode = "down";
			const { id, sessionId } = await fixture.start("eft", "waiting");
			// Once it is final, no read is due any more that could be late.
			fixture.playSilently(sessionId, "cancel");
			assert.equal((await fixture.system.read(id)).json.final, true);
			await until("a message was tried", () => fixture.merchant.ended > 0);
			await fixture.system.quiet();
			// Without an endpoint its next try finds that messages have to wait for a quarter of an hour.
			await fixture.restartWith({ MERCHANT_WEBHOOK_URL: "", MERCHANT_WEBHOOK_SECRET: "" });
			const at = dueTo(fixture, "deliver");
			await shiftTo(fixture, at + SECOND);
			await fixture.system.ringAlarm();
			await shiftTo(fixture, at + 8 * MINUTE);
			await fixture.system.ringAlarm();
			assert.equal(dueTo(fixture, "deliver"), at);
			assert.deepEqual(lateEvents(fixture), []);
		});
	});
});
