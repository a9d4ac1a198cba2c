// Every change at Flinks reaches the merchant in the end, whatever fails in between. Here are the single cases and some random
// runs; `notifications/laws.ts` says what must hold.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededBug } from "./crash/bugs.ts";
import type { Plan } from "./crash/gateway.ts";
import { bundle } from "./crash/workerd.ts";
import { DAY, DEADLINE, HOUR, MINUTE, SECOND, until, withFixture } from "./notifications/fixture.ts";
import { run } from "./notifications/random.ts";

const PAID = { status: "Completed", statusDetails: "EFT0301" };
const CANCELED = { status: "Canceled", statusDetails: "EFT0501" };

const folder = await bundle(seededBug());

describe("a change while the merchant's secret cannot be used", () => {
	for (const mistake of [{ MERCHANT_WEBHOOK_SECRET: "cannot be used" }, { MERCHANT_WEBHOOK_SECRET: "" }]) {
		const secret = mistake.MERCHANT_WEBHOOK_SECRET === "" ? "it is missing" : "it is not valid";

		test(`that Flinks reports is delivered once the secret is right: ${secret}`, async () => {
			await withFixture(folder, {}, async (fixture) => {
				const { sessionId } = await fixture.start("eft", "changed");
				await until("the message arrives", () => fixture.hasLatestStatus("changed", "Initiated"));
				await fixture.restartWith(mistake);
				fixture.system.play(sessionId, "accept");
				await fixture.system.sandbox.webhooksIdle();
				await fixture.system.pass(MINUTE);
				await fixture.restartWith({});
				await fixture.system.pass(HOUR);
				await until("the message about Completed arrives", () => fixture.hasLatestStatus("changed", "Completed"));
			});
		});

		test(`that a crash leaves is delivered once the secret is right, and the object starts: ${secret}`, async () => {
			await withFixture(folder, {}, async (fixture) => {
				fixture.system.plan({ step: "session", when: "after", act: () => fixture.restartWith(mistake) });
				await fixture.system.ask("eft", "crashed");
				const { status, json } = await fixture.system.ask("eft", "crashed");
				assert.deepEqual([status, json.code], [502, "outcome_unknown"]);
				await fixture.restartWith({});
				await fixture.system.pass(HOUR);
				await until("the message about the unknown payment arrives", () =>
					fixture.hasLatestStatus("crashed", "unknown"),
				);
				assert.equal(fixture.merchant.messagesOf("crashed")[0]?.type, "payment.unknown");
			});
		});

		test(`that a person resolves is delivered once the secret is right: ${secret}`, async () => {
			await withFixture(folder, {}, async (fixture) => {
				const { id } = await fixture.startUnknown("eft", "resolved");
				await until("the message arrives", () => fixture.hasLatestStatus("resolved", "unknown"));
				await fixture.restartWith(mistake);
				const { status, text } = await fixture.system.resolve(id, { outcome: "not_created" });
				assert.equal(status, 200, text);
				await fixture.restartWith({});
				await fixture.system.pass(HOUR);
				await until("the message about the resolution arrives", () =>
					fixture.hasLatestStatus("resolved", "not_created"),
				);
			});
		});
	}
});

describe("a webhook counts as seen once it is handled, and not before", () => {
	for (const how of ["kept", "lost"] as const) {
		test(`is read when the Worker dies after any write of it, which is ${how}, and Flinks sends it again`, async () => {
			await withFixture(folder, {}, async (fixture) => {
				const writes = Array.from({ length: 10 }, (_, index) => index + 1);
				const payments = await Promise.all(writes.map((count) => fixture.start("eft", `once-${count}`)));
				await fixture.age();
				for (const [index, { sessionId }] of payments.entries()) {
					fixture.playSilently(sessionId, "accept");
					const { deaths } = fixture.system;
					await fixture.system.stopAfter(writes[index] ?? 0, how);
					const reads = fixture.readsOf(sessionId);
					const first = await fixture.system.hint({ sessionId, ...PAID });
					// The Worker may also die in the alarm that the webhook has set.
					if (first === 0) await until("it has died", () => fixture.system.deaths > deaths);
					await fixture.system.stopAfter(0, how);
					if (first !== 200) {
						const repeated = await until(
							"it is taken",
							async () => (await fixture.system.hint({ sessionId, ...PAID })) || undefined,
						);
						assert.equal(repeated, 200);
					}
					await fixture.system.pass(MINUTE);
					await until(`it is read after write ${writes[index]}`, () => fixture.readsOf(sessionId) > reads);
					await until("the message arrives", () => fixture.hasLatestStatus(`once-${writes[index]}`, "Completed"));
				}
			});
		});
	}

	for (const [when, words] of [
		["a day later", [CANCELED]],
		["after another", [CANCELED, PAID]],
	] as const) {
		test(`is read again when its status comes again ${when}`, async () => {
			await withFixture(folder, {}, async (fixture) => {
				const { sessionId } = await fixture.start("eft", "again");
				await fixture.age();
				for (const word of words) await fixture.system.hint({ sessionId, ...word });
				// The webhook causes reads for a while, and then no more.
				for (let hours = 0; hours < 24; hours++) await fixture.system.pass(HOUR);
				fixture.playSilently(sessionId, "cancel");
				const reads = fixture.readsOf(sessionId);
				assert.equal(await fixture.system.hint({ sessionId, ...CANCELED }), 200);
				await fixture.system.pass(40 * SECOND);
				await until("it is read", () => fixture.readsOf(sessionId) > reads);
				await until("the message arrives", () => fixture.hasLatestStatus("again", "Canceled"));
			});
		});
	}

	test("is read after a read during which it came", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { sessionId } = await fixture.start("eft", "during");
			await fixture.age();
			fixture.playSilently(sessionId, "begin");
			const act = async () => {
				fixture.playSilently(sessionId, "cancel");
				assert.equal(await fixture.system.hint({ sessionId, ...CANCELED }), 200);
			};
			// The read shows the first webhook's change.
			fixture.system.plan({ step: "session_status", when: "after", act, goesOn: true });
			assert.equal(await fixture.system.hint({ sessionId, status: "InProgress" }), 200);
			const heard = () => fixture.merchant.messagesOf("during").map(({ data }) => data.status);
			await until("the first is shown", () => heard().includes("InProgress"));
			await fixture.system.pass(40 * SECOND);
			await until("the message arrives", () => fixture.hasLatestStatus("during", "Canceled"));
		});
	});

	test("is kept for its payment when it comes before its payment is known", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const act = async () => {
				const { sessionId = "" } = fixture.system.gateway.wire.at(-1)?.entry ?? {};
				assert.equal(await fixture.system.hint({ sessionId, ...PAID }), 200);
			};
			fixture.system.plan({ step: "session", when: "after", act, goesOn: true });
			const { id } = await fixture.start("eft", "before");
			await until("it is in the timeline", async () => {
				return (await fixture.system.events(id)).some(
					({ type, status }) => type === "webhook" && status === PAID.status,
				);
			});
		});
	});

	test("finds its payment although the object died while it recorded the session's payment", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const payments = [];
			for (let stops = 0; stops < 24; stops++) {
				const [writes, how] = [1 + Math.floor(stops / 2), stops % 2 === 0 ? "kept" : "lost"] as const;
				const key = `introduced-${writes}-${how}`;
				const act = () => fixture.system.stopAfter(writes, how);
				fixture.system.plan({ step: "session", when: "after", act, goesOn: true });
				await fixture.system.ask("eft", key);
				await fixture.system.stopAfter(0, how);
				const { json } = await fixture.system.ask("eft", key);
				if (json.code !== "outcome_unknown") payments.push({ key, sessionId: String(json.sessionId) });
			}
			await fixture.age();
			for (const { key, sessionId } of payments) {
				fixture.playSilently(sessionId, "cancel");
				assert.equal(await fixture.system.hint({ sessionId, ...CANCELED }), 200);
				await fixture.system.pass(40 * SECOND);
				await until(`the message about ${key} arrives`, () => fixture.hasLatestStatus(key, "Canceled"));
			}
		});
	});

	test("is dropped when its session is unknown and a thousand others have come", async () => {
		const patient = { LEDGER_SHARDS: "1", FLINKS_TIMEOUT_MS: "120000", FLINKS_DEADLINE_MS: "120000" };
		await withFixture(folder, patient, async (fixture) => {
			const { system } = fixture;
			for (const [others, isKept] of [
				[900, true],
				[1_000, false],
			] as const) {
				const act = async () => {
					const { sessionId = "" } = system.gateway.wire.at(-1)?.entry ?? {};
					assert.equal(await system.hint({ sessionId, ...PAID }), 200);
					for (let sent = 0; sent < others; sent += 50) {
						const hints = Array.from({ length: 50 }, () => system.hint({ sessionId: crypto.randomUUID(), ...PAID }));
						assert.ok((await Promise.all(hints)).every((status) => status === 200));
					}
				};
				system.plan({ step: "session", when: "after", act, goesOn: true });
				const { id } = await fixture.start("eft", `after-${others}`);
				await until("its session is claimed", () =>
					system.due().every(({ kind, owner }) => kind !== "claim" || owner !== id),
				);
				assert.equal(
					(await system.events(id)).some(({ type }) => type === "webhook"),
					isKept,
				);
			}
		});
	});

	test("finds its payment when its session's id is in another case", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { sessionId } = await fixture.start("eft", "another-case");
			await fixture.age();
			fixture.playSilently(sessionId, "accept");
			assert.equal(await fixture.system.hint({ sessionId: sessionId.toUpperCase(), ...PAID }), 200);
			await fixture.system.pass(40 * SECOND);
			await until("the message arrives", () => fixture.hasLatestStatus("another-case", "Completed"));
		});
	});
});

describe("the deadline for statuses", () => {
	test("a webhook that comes after it is read", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { sessionId } = await fixture.start("eft", "late");
			for (let passed = 0; passed <= DEADLINE + DAY; passed += 7 * HOUR) await fixture.system.pass(7 * HOUR);
			const reads = fixture.readsOf(sessionId);
			await fixture.system.pass(DAY);
			assert.equal(fixture.readsOf(sessionId), reads, "it was read after the deadline");
			fixture.system.play(sessionId, "accept");
			await fixture.system.sandbox.webhooksIdle();
			assert.equal(fixture.system.sandbox.webhooks.at(-1)?.answer, 200);
			await fixture.system.pass(MINUTE);
			await until("it is read", () => fixture.readsOf(sessionId) > reads);
			await until("the message arrives", () => fixture.hasLatestStatus("late", "Completed"));
		});
	});

	test("has a last read, and then a message that watching has stopped", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, sessionId } = await fixture.start("eft", "abandoned");
			const deadline = fixture.system.now() + DEADLINE;
			for (let passed = 0; passed < DEADLINE - 7 * HOUR; passed += 7 * HOUR) await fixture.system.pass(7 * HOUR);
			// The read after this one would be hours after the deadline.
			await fixture.system.pass(7 * HOUR - 15 * MINUTE);
			const reads = fixture.readsOf(sessionId);
			const next = fixture.system.due().find(({ kind, owner }) => kind === "read" && owner === id);
			assert.ok(next !== undefined && next.at <= deadline, `the last read is at ${next?.at}`);
			await fixture.system.pass(HOUR);
			await until(
				"the message arrives",
				() => fixture.merchant.messagesOf("abandoned").at(-1)?.type === "payment.abandoned",
			);
			assert.ok(fixture.readsOf(sessionId) > reads, "it was not read at the deadline");
			const events = (await fixture.system.events(id)).filter(({ type }) => type === "abandoned");
			assert.equal(events.length, 1);
			await fixture.system.pass(7 * DAY);
			assert.equal(
				fixture.merchant.messagesOf("abandoned").filter(({ type }) => type === "payment.abandoned").length,
				1,
			);
		});
	});

	test("has a message about what the last read finds", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { sessionId } = await fixture.start("eft", "last");
			for (let passed = 0; passed < DEADLINE - 7 * HOUR; passed += 7 * HOUR) await fixture.system.pass(7 * HOUR);
			fixture.playSilently(sessionId, "cancel");
			await fixture.system.pass(8 * HOUR);
			await until("the message arrives", () => fixture.hasLatestStatus("last", "Canceled"));
		});
	});
});

describe("a webhook that comes before the API shows the change", () => {
	test("causes reads until the change is read", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { sessionId } = await fixture.start("eft", "early");
			await fixture.age();
			const reads = fixture.readsOf(sessionId);
			assert.equal(await fixture.system.hint({ sessionId, ...PAID }), 200);
			await fixture.system.pass(3 * SECOND);
			await until("it is read at once", () => fixture.readsOf(sessionId) > reads);
			fixture.playSilently(sessionId, "accept");
			await fixture.system.pass(40 * SECOND);
			await until("the message arrives", () => fixture.hasLatestStatus("early", "Completed"));
		});
	});

	test("causes reads also when an older one comes after it", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, sessionId } = await fixture.start("eft", "overtaken");
			await fixture.age();
			await fixture.system.hint({ sessionId, status: "Completed", statusDetails: "EFT0301" });
			const reads = fixture.readsOf(sessionId);
			await fixture.system.hint({ sessionId, status: "Initiated" });
			await until("it is read for the older one", () => fixture.readsOf(sessionId) > reads);
			await fixture.system.ringAlarm();
			fixture.playSilently(sessionId, "accept");
			assert.ok(fixture.system.due().some(({ kind, owner }) => kind === "hinted" && owner === id));
			await fixture.system.pass(2 * MINUTE);
			await until("the message about Completed arrives", () => fixture.hasLatestStatus("overtaken", "Completed"));
		});
	});

	test("causes reads after 30 s, after 60 s and so on", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { sessionId } = await fixture.start("eft", "earlier");
			await fixture.age();
			let reads = fixture.readsOf(sessionId);
			assert.equal(await fixture.system.hint({ sessionId, ...PAID }), 200);
			for (const ms of [SECOND, 40 * SECOND, 80 * SECOND, 160 * SECOND]) {
				await fixture.system.pass(ms);
				const before = reads;
				reads = await until(`it is read after ${ms / SECOND} s`, () => {
					const now = fixture.readsOf(sessionId);
					return now > before ? now : undefined;
				});
			}
		});
	});
});

describe("a session that Flinks gives to two payments", () => {
	test("belongs to the first: the other is unknown, and never counts as paid", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const first = await fixture.start("eft", "first");
			await until("its session is known as its own", () => !fixture.system.due().some(({ kind }) => kind === "claim"));
			const rewrite: Plan["rewrite"] = ({ status, content }) => {
				return { status, content: JSON.stringify({ ...JSON.parse(content), sessionId: first.sessionId }) };
			};
			fixture.system.plan({ step: "session", when: "after", act: async () => {}, goesOn: true, rewrite });
			const { status, json } = await fixture.system.ask("eft", "second");
			assert.equal(status, 201);
			await until("the message about the unknown payment arrives", () => fixture.hasLatestStatus("second", "unknown"));
			fixture.system.play(first.sessionId, "accept");
			for (let looks = 0; looks < 3; looks++) await fixture.system.pass(2 * MINUTE);
			await until("the first is paid", () => fixture.hasLatestStatus("first", "Completed"));
			assert.equal(
				fixture.merchant.messagesOf("second").some(({ data }) => data.paid),
				false,
			);
			const { json: view } = await fixture.system.read(String(json.id));
			assert.deepEqual([view.status, view.paid], ["unknown", false]);
			const refused = (await fixture.system.events(String(json.id))).find(({ type }) => type === "claim_refused");
			assert.deepEqual([refused?.owner, refused?.sessionId], [first.id, first.sessionId]);
		});
	});
});

describe("urgent work goes before work that can wait", () => {
	test("a merchant who hangs delays no read", async () => {
		await withFixture(folder, { LEDGER_SHARDS: "1" }, async (fixture) => {
			fixture.merchant.mode = "down";
			const payments: { sessionId: string }[] = [];
			for (let index = 0; index < 31; index++) payments.push(await fixture.start("eft", `waiting-${index}`));
			await until("each message was tried", () => fixture.merchant.ended >= payments.length);
			fixture.merchant.mode = "hangs";
			await fixture.system.shift(10 * MINUTE);
			// Nobody waits for its end: it lasts for as long as the merchant hangs.
			fixture.system.ringAlarm().catch(() => {});
			await until("the merchant holds a try", () => fixture.merchant.held > 0);
			await until("all are read", () => payments.every(({ sessionId }) => fixture.readsOf(sessionId) > 0));
			// The Worker ends a try after 15 seconds. On a busy machine it may do so while a read is on its way, but not each time.
			let tries = Number.POSITIVE_INFINITY;
			for (const { sessionId } of payments.slice(0, 4)) {
				if (tries === 0) break;
				// Flinks allows a read every 30 seconds at most.
				await fixture.system.shift(35 * SECOND);
				await new Promise((resolve) => setTimeout(resolve, SECOND));
				const reads = fixture.readsOf(sessionId);
				const { ended } = fixture.merchant;
				fixture.system.play(sessionId, "accept");
				await until("it is read", () => fixture.readsOf(sessionId) > reads);
				tries = fixture.merchant.ended - ended;
			}
			assert.equal(tries, 0, "the read had to wait until a try had ended");
		});
	});

	test("a payment with a webhook is read before those whose polls are due", async () => {
		await withFixture(folder, { LEDGER_SHARDS: "1" }, async (fixture) => {
			const payments = [];
			for (let index = 0; index < 90; index++) payments.push(await fixture.start("eft", `turn-${index}`));
			const { sessionId = "" } = payments.at(-1) ?? {};
			const mark = fixture.system.gateway.wire.length;
			await fixture.system.shift(HOUR);
			assert.equal(await fixture.system.hint({ sessionId, ...PAID }), 200);
			await fixture.system.ringAlarm();
			await until("it is read", () => fixture.readsOf(sessionId) > 0);
			const reads = fixture.system.gateway.wire.slice(mark).filter(({ step }) => step === "session_status");
			const place = reads.findIndex((sent) => sent.sessionId === sessionId);
			// Some reads may have begun before.
			assert.ok(place < 8, `${place} were read before it`);
		});
	});
});

describe("messages", () => {
	test("have numbers that rise with each change, and keep them when they are sent again", async () => {
		await withFixture(folder, {}, async (fixture) => {
			fixture.merchant.mode = "down";
			const { id, sessionId } = await fixture.start("eft", "numbered");
			for (const hours of [1, 1, 3, 6, 11, 16, 22, 22, 23, 23]) await fixture.system.pass(hours * HOUR);
			assert.deepEqual(
				(await fixture.system.list("&delivery=dead")).map((view) => view.id),
				[id],
			);
			fixture.merchant.mode = "up";
			fixture.system.play(sessionId, "begin");
			await fixture.system.pass(7 * HOUR);
			fixture.system.play(sessionId, "accept");
			await fixture.system.sandbox.webhooksIdle();
			await fixture.system.pass(HOUR);
			await until("the message arrives", () => fixture.hasLatestStatus("numbered", "Completed"));
			assert.equal((await fixture.system.call("POST", `/payments/${id}/resend`)).status, 200);
			const heard = await until("the dead message comes", () => {
				const all = fixture.merchant.messagesOf("numbered");
				return all.some(({ type }) => type === "payment.created") ? all : undefined;
			});
			assert.equal(heard.at(-1)?.type, "payment.created", "it came last");
			const numbers = heard.map(({ sequence }) => sequence ?? Number.NaN);
			assert.ok(numbers.every(Number.isSafeInteger), `${numbers}`);
			const first = numbers.pop() ?? Number.NaN;
			assert.deepEqual(
				numbers,
				[...new Set(numbers)].sort((a, b) => a - b),
				"they rise",
			);
			assert.ok(first < Math.min(...numbers), "the older message has the lower number");
			assert.equal(fixture.merchant.latestDataOf("numbered")?.status, "Completed");
		});
	});

	test("that wait for their next try come at once when a resend is asked for", async () => {
		await withFixture(folder, {}, async (fixture) => {
			fixture.merchant.mode = "down";
			const { id } = await fixture.start("eft", "waiting");
			for (const minutes of [1, 6, 35, 130]) await fixture.system.pass(minutes * MINUTE);
			fixture.merchant.mode = "up";
			assert.equal((await fixture.system.call("POST", `/payments/${id}/resend`)).status, 200);
			await until("both messages arrive", () => fixture.merchant.messagesOf("waiting").length > 1);
			assert.equal(fixture.merchant.messagesOf("waiting")[0]?.type, "payment.created");
		});
	});

	test("have numbers that rise also after the purge", async () => {
		await withFixture(folder, { RETENTION_DAYS: "1" }, async (fixture) => {
			const { sessionId } = await fixture.start("interac", "open");
			for (let hours = 0; hours < 42; hours += 7) await fixture.system.pass(7 * HOUR);
			await until("the message arrives", () => fixture.hasLatestStatus("open", "Initiated"));
			fixture.playSilently(sessionId, "accept");
			await fixture.system.pass(7 * HOUR);
			await until("the message that it is paid arrives", () => fixture.merchant.taken.some(({ data }) => data.paid));
			assert.equal(
				fixture.merchant.latestDataOf("open")?.paid,
				true,
				JSON.stringify(fixture.merchant.messagesOf("open")),
			);
		});
	});

	for (const when of ["the payor paid", "the message was sent"]) {
		test(`say what to credit when the amount was to be deleted before ${when}`, async () => {
			await withFixture(folder, { RETENTION_DAYS: "1" }, async (fixture) => {
				const { id, sessionId } = await fixture.start("interac", "late");
				const days = async (count: number) => {
					for (let hours = 0; hours < 24 * count; hours += 8) await fixture.system.pass(8 * HOUR);
				};
				if (when === "the payor paid") await days(2);
				fixture.merchant.mode = "down";
				fixture.playSilently(sessionId, "accept");
				await fixture.system.pass(8 * HOUR);
				fixture.system.sandbox.settle();
				// Longer than a message is tried.
				await days(5);
				assert.equal((await fixture.system.read(id)).json.delivery, "dead");
				fixture.merchant.mode = "up";
				await fixture.system.call("POST", `/payments/${id}/resend`);
				const credit = await until("the credit arrives", () =>
					fixture.merchant.taken.find(({ effect }) => effect === "credit"),
				);
				assert.deepEqual([credit.data.amount, credit.data.paidAmount], ["1.00", "1.00"]);
				await until("it is taken", async () => (await fixture.system.read(id)).json.delivery === "delivered");
				await days(2);
				const { json } = await fixture.system.read(id);
				assert.deepEqual([json.funds, json.amount, json.paidAmount], ["settled", undefined, undefined]);
			});
		});
	}

	test("have the amount of a payment that is paid after its amount was deleted, which is deleted as well", async () => {
		await withFixture(folder, { RETENTION_DAYS: "1", STATUS_DEADLINE_HOURS: "24" }, async (fixture) => {
			const { id, sessionId } = await fixture.start("e-transfer", "late");
			for (let hours = 0; hours < 72; hours += 8) await fixture.system.pass(8 * HOUR);
			assert.equal((await fixture.system.read(id)).json.amount, undefined);
			await fixture.system.pass(MINUTE);
			fixture.system.play(sessionId, "accept");
			fixture.system.sandbox.settle();
			await fixture.system.hint({ sessionId, status: "Completed" });
			const credit = await until("the credit arrives", () =>
				fixture.merchant.taken.find(({ effect }) => effect === "credit"),
			);
			assert.equal(credit.data.paidAmount, "1.00");
			for (let hours = 0; hours < 48; hours += 8) await fixture.system.pass(8 * HOUR);
			assert.equal((await fixture.system.read(id)).json.paidAmount, undefined);
		});
	});

	test("lose the amount when it is deleted, also while they wait", async () => {
		await withFixture(folder, { RETENTION_DAYS: "1" }, async (fixture) => {
			fixture.merchant.mode = "down";
			const { json } = await fixture.system.ask("eft", "purged", 98_765);
			fixture.playSilently(String(json.sessionId), "cancel");
			for (let hours = 0; hours < 60; hours += 4) await fixture.system.pass(4 * HOUR);
			const { json: view } = await fixture.system.read(String(json.id));
			assert.deepEqual([view.status, view.amount, view.delivery], ["Canceled", undefined, "pending"]);
			fixture.merchant.mode = "up";
			for (let hours = 0; hours < 48; hours += 12) await fixture.system.pass(12 * HOUR);
			await until("the message arrives", () => fixture.hasLatestStatus("purged", "Canceled"));
			const bodies = fixture.merchant.taken.map(({ body }) => body).join();
			assert.ok(!bodies.includes("98765"), bodies);
		});
	});

	test("are sent again on request, also when a payment has as many as it may have", async () => {
		const few = await bundle([
			...seededBug(),
			{ file: "worker/src/ledger/ledger.ts", find: "MAX_MESSAGES = 1_000", replace: "MAX_MESSAGES = 2" },
		]);
		await withFixture(few, {}, async (fixture) => {
			fixture.merchant.mode = "down";
			const { id } = await fixture.start("eft", "many");
			const resend = () => fixture.system.call("POST", `/payments/${id}/resend`);
			assert.equal((await resend()).status, 200);
			assert.deepEqual([(await resend()).status, (await resend()).json.code], [409, "not_possible"]);
			for (const hours of [1, 1, 3, 6, 11, 16, 22, 22, 23, 23]) await fixture.system.pass(hours * HOUR);
			assert.equal((await fixture.system.read(id)).json.delivery, "dead");
			fixture.merchant.mode = "up";
			assert.equal((await resend()).status, 200);
			await until("all messages arrive", () => fixture.merchant.messagesOf("many").length === 3);
			assert.equal((await resend()).status, 409);
		});
	});

	test("lose the amount for good when it is deleted while one of them is on its way", async () => {
		await withFixture(folder, { RETENTION_DAYS: "1", LEDGER_SHARDS: "1" }, async (fixture) => {
			fixture.merchant.mode = "down";
			const { json } = await fixture.system.ask("eft", "on-its-way", 98_765);
			fixture.playSilently(String(json.sessionId), "cancel");
			for (let hours = 0; hours < 20; hours += 4) await fixture.system.pass(4 * HOUR);
			const { json: view } = await fixture.system.read(String(json.id));
			assert.deepEqual([view.status, view.amount, view.delivery], ["Canceled", "98765.00", "pending"]);
			fixture.merchant.mode = "hangs";
			await fixture.system.call("POST", `/payments/${json.id}/resend`);
			await until("the merchant holds a try", () => fixture.merchant.held > 0);
			await fixture.system.shift(5 * HOUR);
			const ringing = fixture.system.ringAlarm();
			const events = async () => (await fixture.system.call("GET", `/events?paymentId=${json.id}`)).text;
			await until("it is deleted", async () => !(await events()).includes("98765"));
			fixture.merchant.mode = "up";
			fixture.merchant.cut();
			await ringing;
			await fixture.system.pass(12 * HOUR);
			await until("the message arrives", () => fixture.hasLatestStatus("on-its-way", "Canceled"));
			assert.ok(!(await events()).includes("98765"), await events());
			assert.ok(fixture.merchant.taken.every(({ body }) => !body.includes("98765")));
		});
	});
});

describe("random runs", () => {
	// One of these is new each time; its seed is in its name, and reproduces: npm run test:slow -- notifications --runs 1 --seed N
	const seeds = [...Array.from({ length: 10 }, (_, index) => 1 + index), Math.floor(Math.random() * 2 ** 31)];
	test("every change is delivered in the end, under kills, losses, mistakes and merchants who hang", async (t) => {
		for (const seed of seeds) {
			const { complaints, schedule } = await run(folder, seed);
			assert.deepEqual(
				complaints,
				[],
				`npm run test:slow -- notifications --runs 1 --seed ${seed}\n${schedule.join("\n")}`,
			);
		}
		t.diagnostic(`seeds 1 to 10 and ${seeds.at(-1)}`);
	});
});
