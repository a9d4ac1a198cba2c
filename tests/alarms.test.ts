// Alarms go on: after any failure in one, and under any wrong setting, the next is set while work is due, and the work is
// done without a request. Time passes while the machine is off, so that only the platform rings.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededBug } from "./crash/bugs.ts";
import type { How } from "./crash/scene.ts";
import { bundle } from "./crash/workerd.ts";
import { missingAlarms, overdue } from "./notifications/laws.ts";
import { HOUR, MINUTE, SECOND, type Stage, until, withStage } from "./notifications/stage.ts";

const folder = await bundle(seededBug());

/** Nothing is overdue, and each object has an alarm in time for its next work. */
async function assertRings({ scene }: Stage): Promise<void> {
	await until("nothing is overdue", () => overdue(scene).length === 0);
	assert.deepEqual(missingAlarms(scene), []);
}

describe("an alarm that fails at a write", () => {
	for (const how of ["lost", "kept", "reset", "thrown"] as const satisfies readonly How[]) {
		test(`finishes its work after a failure at each of its writes: ${how}`, async () => {
			await withStage(folder, { LEDGER_SHARDS: "1" }, async (stage) => {
				for (let after = 1; ; after++) {
					// The work is a read and two messages; where the object survives, for two payments, of which one fails.
					const keys = ["a", "b"].slice(how === "thrown" ? 0 : 1).map((name) => `${how}-${after}-${name}`);
					stage.merchant.mode = "down";
					const payments = await Promise.all(keys.map((key) => stage.start("eft", key)));
					for (const { sessionId } of payments) stage.playSilently(sessionId, "accept");
					stage.merchant.mode = "up";
					const { deaths } = stage.scene;
					await stage.scene.sleep(MINUTE, { after, how });
					if (how === "kept" || how === "lost") {
						await until("it dies or is done", () => stage.scene.deaths > deaths || isDone(stage, keys));
					} else {
						await until(
							"it fails or is done",
							async () => (await stage.scene.written()) >= after || isDone(stage, keys),
						);
					}
					// The messages may be delivered before the write at which it dies.
					const hasFailed = (await stage.scene.quiet()) >= after || stage.scene.deaths > deaths;
					// The machine is off again, for longer than a retry is delayed.
					if (!isDone(stage, keys) || overdue(stage.scene).length > 0) await stage.scene.sleep(10 * MINUTE);
					await until(`it is done after write ${after}`, () => isDone(stage, keys));
					await assertRings(stage);
					if (!hasFailed) break;
					assert.ok(after < 60, "an alarm has no end of writes");
				}
			});
		});
	}
});

describe("storage that refuses writes", () => {
	test("leaves the Worker able to answer, and the work is done once writes succeed again", async () => {
		await withStage(folder, { LEDGER_SHARDS: "1" }, async (stage) => {
			const { sessionId } = await stage.start("eft", "full");
			await until("the merchant has the message", () => stage.hasLatestStatus("full", "Initiated"));
			stage.playSilently(sessionId, "accept");
			await stage.scene.stopAfter(1, "full");
			await stage.scene.shift(MINUTE);
			await stage.scene.ringAlarm();
			const silence = new Promise<never>((_, reject) => {
				setTimeout(reject, 120_000, new Error("it does not answer")).unref();
			});
			await Promise.race([stage.scene.written(), silence]);
			await stage.scene.stopAfter(0, "thrown");
			await stage.scene.sleep(HOUR);
			await until("the merchant has the message that it is completed", () =>
				stage.hasLatestStatus("full", "Completed"),
			);
			await assertRings(stage);
		});
	});
});

describe("an object that starts while storage refuses writes", () => {
	test("settles later, without a request, what its predecessor had under way", async () => {
		await withStage(folder, { LEDGER_SHARDS: "1" }, async (stage) => {
			stage.scene.plan({ step: "session", when: "after", act: () => stage.scene.kill() });
			await stage.scene.ask("eft", "under-way");
			await stage.scene.sleep(10 * MINUTE, { after: 1, how: "full" });
			await until("it has tried", async () => (await stage.scene.written()) > 0);
			await stage.scene.quiet();
			await stage.scene.stopAfter(0, "thrown");
			await stage.scene.pass(10 * MINUTE);
			await until("the merchant has payment.unknown", () => stage.hasLatestStatus("under-way", "unknown"));
		});
	});
});

function isDone(stage: Stage, keys: readonly string[]): boolean {
	return keys.every((key) => stage.hasLatestStatus(key, "Completed"));
}

test("an alarm that the platform has lost is set anew with the next change", async () => {
	await withStage(folder, { LEDGER_SHARDS: "1" }, async (stage) => {
		await stage.start("eft", "before");
		await stage.scene.quiet();
		await stage.scene.loseAlarms();
		assert.equal(stage.scene.alarms().size, 0);
		await stage.scene.shift(10 * MINUTE);
		await stage.start("eft", "after");
		await until("the merchant has the message", () => stage.hasLatestStatus("after", "Initiated"));
		await stage.scene.quiet();
		await assertRings(stage);
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
			await withStage(folder, {}, async (stage) => {
				const { sessionId } = await stage.start("eft", "mistaken");
				await until("the merchant has the message", () => stage.hasLatestStatus("mistaken", "Initiated"));
				stage.playSilently(sessionId, "accept");
				// An alarm that throws is not retried: the platform's retries end before the mistake does.
				await stage.restartWith({ ...mistake, ALARM_TRIES: "1" });
				await stage.scene.sleep(MINUTE);
				// Messages that cannot be delivered stay due.
				await until("it has rung", () => {
					const left = overdue(stage.scene).filter((due) => !due.startsWith("deliver "));
					return stage.scene.alarms().size === 0 || left.length === 0;
				});
				await stage.scene.sleep(HOUR);
				await new Promise((resolve) => setTimeout(resolve, 300));
				await stage.restartWith({});
				await stage.scene.sleep(7 * HOUR);
				await until("the merchant has the message that it is completed", () =>
					stage.hasLatestStatus("mistaken", "Completed"),
				);
				await assertRings(stage);
			});
		});
	}

	for (const mistake of mistakes.slice(0, 2)) {
		test(`does all work that needs no setting: ${JSON.stringify(mistake)}`, async () => {
			await withStage(folder, {}, async (stage) => {
				const { sessionId } = await stage.start("eft", "mistaken");
				stage.playSilently(sessionId, "accept");
				await stage.restartWith(mistake);
				await stage.scene.sleep(MINUTE);
				await until("the merchant has the message that it is completed", () =>
					stage.hasLatestStatus("mistaken", "Completed"),
				);
			});
		});
	}

	test("loses no webhook: the status is read once they are right", async () => {
		await withStage(folder, {}, async (stage) => {
			const { sessionId } = await stage.start("eft", "hinted");
			await stage.age();
			const act = () => stage.restartWith({ STATUS_DEADLINE_HOURS: "7d", ALARM_TRIES: "1" });
			stage.scene.plan({ step: "session_status", when: "before", act });
			stage.playSilently(sessionId, "accept");
			await stage.scene.hint({ sessionId, status: "Completed", statusDetails: "EFT0301" });
			await until("it has died", () => stage.scene.deaths > 0);
			await stage.scene.sleep(SECOND);
			await new Promise((resolve) => setTimeout(resolve, 300));
			await stage.restartWith({});
			await stage.scene.sleep(2 * MINUTE);
			await until("the merchant has the message that it is completed", () =>
				stage.hasLatestStatus("hinted", "Completed"),
			);
		});
	});
});

describe("an alarm that comes late", () => {
	/** The log's events about late work. */
	const lateEvents = ({ scene }: Stage) =>
		Array.from(
			scene.printed.matchAll(/^\{.*"event_name":"flinkspay.due.late".*\}$/gm),
			([line]) => JSON.parse(line).attributes as Record<string, string | number>,
		);

	test("logs how much is overdue by more than a minute, and for how long the oldest is", async () => {
		await withStage(folder, { LEDGER_SHARDS: "1" }, async (stage) => {
			for (const key of ["a", "b"]) await stage.start("eft", key);
			await until("the merchant has both messages", () =>
				["a", "b"].every((key) => stage.hasLatestStatus(key, "Initiated")),
			);
			await stage.scene.quiet();
			// Both are due after half a minute.
			await stage.scene.pass(80 * SECOND);
			assert.deepEqual(lateEvents(stage), []);
			await stage.scene.pass(HOUR);
			const [late, ...more] = lateEvents(stage);
			assert.deepEqual([late?.["flinkspay.kind"], late?.["flinkspay.due.count"], more], ["read", 2, []]);
			const age = Number(late?.["flinkspay.due.age"]);
			assert.ok(age > 3_500 && age < 3_600, `${age} seconds`);
		});
	});

	test("does not count work that waits on purpose", async () => {
		// The URL is set and the secret is not, so that messages wait for the secret.
		await withStage(folder, { LEDGER_SHARDS: "1", MERCHANT_WEBHOOK_SECRET: "" }, async (stage) => {
			await stage.start("eft", "waiting");
			await stage.scene.quiet();
			await stage.scene.shift(20 * SECOND);
			await stage.scene.ringAlarm();
			await stage.scene.shift(65 * SECOND);
			await stage.scene.ringAlarm();
			assert.deepEqual(lateEvents(stage), []);
		});
	});
});
