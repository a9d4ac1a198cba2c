// What is paid, how much of it, and when it is returned: Flinks' status is compared with the payment's amount and reference,
// and goes to the merchant with what to do in their books. The gateway rewrites the sandbox's answers.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededBug } from "./crash/bugs.ts";
import type { Answer, Sent } from "./crash/gateway.ts";
import type { Json } from "./crash/system.ts";
import { bundle } from "./crash/workerd.ts";
import { effectsOf, made, rewriteReads, SCHEDULED, untilMessages, viewOf } from "./funds/reads.ts";
import { DAY, type Fixture, HOUR, MINUTE, SECOND, until, withFixture } from "./notifications/fixture.ts";

const folder = await bundle(seededBug());

/** Lets time pass, by this much at a time, until reads have made the payment so. */
function untilRead(fixture: Fixture, id: string, stepMs: number, what: string, holds: (view: Json) => unknown) {
	return until(what, async () => {
		await fixture.system.pass(stepMs);
		return Boolean(holds(await viewOf(fixture, id)));
	});
}

describe("money that is returned", () => {
	for (const [product, paid, gone] of [
		["interac", { status: "Settled" }, { status: "Failed" }],
		["geft", SCHEDULED, { status: "Failed", statusDetails: "905" }],
	] as const) {
		test(`is found by a webhook although it was final, and is reversed once: ${product}`, async () => {
			await withFixture(folder, {}, async (fixture) => {
				const { id, sessionId } = await made(fixture, product, "gone", paid);
				const [, credited] = await untilMessages(fixture, "gone", "payment.updated credit");
				assert.deepEqual([credited?.data.paidAmount, credited?.data.final], ["1.00", true]);
				rewriteReads(fixture, gone);
				for (let times = 0; times < 3; times++) {
					assert.equal(await fixture.system.hint({ sessionId, ...gone }), 200);
					await fixture.system.pass(MINUTE);
				}
				const messages = await untilMessages(fixture, "gone", "payment.updated credit", "payment.returned reverse");
				assert.deepEqual([messages.at(-1)?.data.paid, messages.at(-1)?.data.funds], [false, "returned"]);
				const view = await viewOf(fixture, id);
				assert.deepEqual([view.paid, view.funds, view.final, view.status], [false, "returned", true, "Failed"]);
				// What is resent has no effect.
				assert.equal((await fixture.system.call("POST", `/payments/${id}/resend`)).status, 200);
				await untilMessages(fixture, "gone", ...effectsOf(fixture, "gone").slice(0, 2), "payment.updated none");
			});
		});
	}

	test("is a mismatch, and not paid again, after a resolution", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, requestId, sessionId } = await fixture.startUnknown("interac", "anew");
			const created = { outcome: "created", requestId };
			rewriteReads(fixture, { status: "Settled" });
			assert.equal((await fixture.system.resolve(id, created)).status, 200);
			rewriteReads(fixture, { status: "Failed" });
			await fixture.system.hint({ sessionId, status: "Failed" });
			await until("it is back", async () => (await viewOf(fixture, id)).funds === "returned");
			assert.equal((await fixture.system.resolve(id, { outcome: "unknown" })).status, 200);
			rewriteReads(fixture, { status: "Settled" });
			const { status, json } = await fixture.system.resolve(id, created);
			assert.deepEqual([status, json.mismatch, json.paid], [200, "returned", false]);
			await until("the merchant has the message", () => effectsOf(fixture, "anew").at(-1) === "payment.mismatch none");
		});
	});

	test("is found by reads alone, weeks after an EFT was scheduled, with the bank's code and what Flinks advises", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, sessionId } = await made(fixture, "eft", "weeks", SCHEDULED);
			const scheduled = await viewOf(fixture, id);
			assert.deepEqual([scheduled.funds, scheduled.paid, scheduled.final], ["scheduled", false, false]);
			for (let days = 0; days < 20; days++) await fixture.system.pass(DAY);
			const reads = fixture.readsOf(sessionId);
			await fixture.system.pass(DAY);
			await fixture.system.pass(DAY);
			assert.equal(fixture.readsOf(sessionId) - reads, 2, "it is read once a day");
			rewriteReads(fixture, { status: "Failed", statusDetails: "901" });
			await fixture.system.pass(DAY);
			const messages = await untilMessages(fixture, "weeks", "payment.updated none", "payment.returned none");
			const { returnCode, returnAdvice, paid } = messages.at(-1)?.data ?? {};
			assert.deepEqual([returnCode, paid], ["901", false]);
			assert.match(returnAdvice ?? "", /^Contact the payor/);
			assert.equal((await viewOf(fixture, id)).statusDetails, "901");
			const after = fixture.readsOf(sessionId);
			await fixture.system.pass(3 * DAY);
			assert.equal(fixture.readsOf(sessionId), after);
		});
	});

	test("is looked for until RETURN_DAYS_EFT, and then the merchant gets payment.abandoned", async () => {
		await withFixture(folder, { RETURN_DAYS_EFT: "10" }, async (fixture) => {
			const { sessionId } = await made(fixture, "eft", "settled", SCHEDULED);
			for (let days = 0; days < 10; days++) await fixture.system.pass(DAY);
			await fixture.system.pass(MINUTE);
			await untilMessages(fixture, "settled", "payment.updated none", "payment.abandoned none");
			const reads = fixture.readsOf(sessionId);
			for (let days = 0; days < 5; days++) await fixture.system.pass(DAY);
			assert.equal(fixture.readsOf(sessionId), reads);
			// A webhook still leads to a read.
			rewriteReads(fixture, { status: "Failed", statusDetails: "915" });
			await fixture.system.hint({ sessionId, status: "Failed", statusDetails: "915" });
			await fixture.system.pass(SECOND);
			await until("the merchant has the message", () =>
				effectsOf(fixture, "settled").includes("payment.returned none"),
			);
		});
	});

	test("is not looked for after the deadline where Flinks answers 404", async () => {
		await withFixture(folder, {}, async (fixture) => {
			await fixture.start("interac", "gone");
			const rewrite = () => ({ status: 404, content: "{}" });
			fixture.system.gateway.chance = ({ step }) =>
				step === "status" ? { step, when: "after", act: async () => {}, goesOn: true, rewrite } : undefined;
			for (let days = 0; days < 9; days++) await fixture.system.pass(DAY);
			await untilMessages(fixture, "gone", "payment.abandoned none");
			const reads = () => fixture.system.gateway.wire.filter(({ step }) => step === "status").length;
			const before = reads();
			for (let days = 0; days < 3; days++) await fixture.system.pass(DAY);
			assert.equal(reads(), before);
		});
	});

	test("is looked for after the final status of another product for as long as its setting says", async () => {
		await withFixture(folder, { RETURN_DAYS_INTERAC: "3" }, async (fixture) => {
			const reads = () => fixture.system.gateway.wire.filter(({ step }) => step === "status").length;
			await made(fixture, "interac", "settled", { status: "Settled" });
			await untilMessages(fixture, "settled", "payment.updated credit");
			const counts: number[] = [];
			for (let days = 0; days < 6; days++) {
				const earlier = reads();
				await fixture.system.pass(DAY + MINUTE);
				counts.push(reads() - earlier);
			}
			assert.deepEqual(counts, [1, 1, 1, 0, 0, 0]);
			await untilMessages(fixture, "settled", "payment.updated credit");
		});
	});

	test("is not believed to be paid again", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, sessionId } = await made(fixture, "interac", "again", { status: "Accepted" });
			rewriteReads(fixture, { status: "Declined" });
			await fixture.system.pass(MINUTE);
			rewriteReads(fixture, { status: "Settled" });
			await fixture.system.hint({ sessionId, status: "Settled" });
			await fixture.system.pass(SECOND);
			await untilMessages(
				fixture,
				"again",
				...["payment.updated credit", "payment.returned reverse", "payment.mismatch none"],
			);
			const view = await viewOf(fixture, id);
			assert.deepEqual(
				[view.status, view.mismatch, view.paid, view.funds],
				["mismatch", "returned", false, "returned"],
			);
		});
	});
});

describe("the merchant", () => {
	test("credits once while a payment is paid, whatever messages come and however often", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, sessionId } = await made(fixture, "interac", "once", { status: "Accepted" });
			for (const status of ["Processed", "Settled"]) {
				rewriteReads(fixture, { status });
				await fixture.system.hint({ sessionId, status });
				await fixture.system.pass(SECOND);
				assert.equal((await fixture.system.call("POST", `/payments/${id}/resend`)).status, 200);
			}
			await untilMessages(
				fixture,
				"once",
				"payment.updated credit",
				...Array.from({ length: 4 }, () => "payment.updated none"),
			);
		});
	});
});

describe("a webhook that comes while a payment is cancelled", () => {
	/** The webhook says that there is money. With `isOlderLate` an older one comes during the read after the cancellation. */
	async function assertMoneyIsFound(isOlderLate: boolean): Promise<void> {
		await withFixture(folder, {}, async (fixture) => {
			const { id, sessionId } = await made(fixture, "geft", "both", { status: "InProgress" });
			const reads = fixture.readsOf(sessionId);
			// The sandbox's own webhook is lost: it would be the older one, at any time.
			fixture.system.sandbox.webhookFault("drop");
			const hintOlder = async () => {
				assert.equal(await fixture.system.hint({ sessionId, status: "Canceled" }), 200);
			};
			const act = async () => {
				rewriteReads(fixture, { status: "Canceled" });
				assert.equal(await fixture.system.hint({ sessionId, ...SCHEDULED }), 200);
				if (isOlderLate) fixture.system.plan({ step: "session_status", when: "before", goesOn: true, act: hintOlder });
			};
			fixture.system.plan({ step: "cancel", when: "after", goesOn: true, act });
			assert.equal((await fixture.system.cancel(id)).json.status, "Canceled");
			const more = isOlderLate ? 2 : 1;
			await until("it has been read as cancelled", () => fixture.readsOf(sessionId) >= reads + more);
			rewriteReads(fixture, SCHEDULED);
			const all = ["payment.updated none", "payment.updated none", "payment.updated credit"];
			// A read that was under way when the clock moved is repeated later.
			await until("the payment is read once more", async () => {
				await fixture.system.pass(MINUTE);
				return effectsOf(fixture, "both").length >= all.length;
			});
			await untilMessages(fixture, "both", ...all);
		});
	}

	test("leads to another read although the one after it shows the payment cancelled", () => assertMoneyIsFound(false));

	test("leads to another read although an older one comes after it", () => assertMoneyIsFound(true));
});

describe("several webhooks before a read shows any of them", () => {
	const WORDS = {
		geft: ["InProgress", SCHEDULED, "905"],
		interac: ["Processing", { status: "Settled" }, undefined],
	} as const;
	for (const [product, isEndFirst] of [
		["geft", false],
		["geft", true],
		["interac", false],
		["interac", true],
	] as const) {
		const after = isEndFirst ? ", after another end" : "";
		test(`are all looked for: money, and its return, which nothing polls for, ${product}${after}`, async () => {
			await withFixture(folder, {}, async (fixture) => {
				const [before, paid, statusDetails] = WORDS[product];
				const gone = { status: "Failed", ...(statusDetails === undefined ? {} : { statusDetails }) };
				const { id, sessionId } = await made(fixture, product, "both", { status: before });
				for (const status of [paid, gone]) assert.equal(await fixture.system.hint({ sessionId, ...status }), 200);
				if (isEndFirst) {
					rewriteReads(fixture, { status: "Cancelled" });
					await untilRead(fixture, id, MINUTE, "an end is read", (view) => view.final);
				}
				rewriteReads(fixture, paid);
				await untilRead(fixture, id, MINUTE, "the money is read", (view) => view.paid);
				rewriteReads(fixture, gone);
				await untilRead(fixture, id, HOUR, "its return is read", (view) => view.funds === "returned");
				const shown = Array.from({ length: isEndFirst ? 2 : 1 }, () => "payment.updated none");
				await untilMessages(fixture, "both", ...shown, "payment.updated credit", "payment.returned reverse");
			});
		});
	}

	test("are all looked for: a bank's return code, although an older webhook comes after it", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, sessionId } = await made(fixture, "eft", "code", { status: "Failed" });
			await until("it has failed", async () => (await viewOf(fixture, id)).status === "Failed");
			for (const status of [{ status: "Failed", statusDetails: "901" }, { status: "InProgress" }])
				assert.equal(await fixture.system.hint({ sessionId, ...status }), 200);
			rewriteReads(fixture, { status: "Failed", statusDetails: "901" });
			await untilRead(fixture, id, HOUR, "the code is read", (view) => view.statusDetails === "901");
		});
	});
});

describe("a webhook", () => {
	for (const when of ["before", "taken back", "in capitals", "not created"] as const) {
		test(`about an unknown payment is looked for once that is resolved: ${when}`, async () => {
			await withFixture(folder, {}, async (fixture) => {
				const { system } = fixture;
				const { id, requestId, sessionId } = await fixture.startUnknown("interac", "unknown");
				if (when === "not created") assert.equal((await system.resolve(id, { outcome: "not_created" })).status, 200);
				await until("the webhook finds it", async () => {
					await system.hint({ sessionId, status: "Settled" });
					return (await system.events(id)).some(({ type }) => type === "webhook");
				});
				// By its first read it has ended, so that nothing polls it.
				rewriteReads(fixture, { status: "Expired" });
				const given = { sessionId: when === "in capitals" ? sessionId.toUpperCase() : sessionId };
				const created = {
					outcome: "created",
					requestId,
					...(when === "taken back" || when === "in capitals" ? given : {}),
				};
				assert.equal((await system.resolve(id, created)).status, 200);
				if (when === "taken back") {
					assert.equal((await system.resolve(id, { outcome: "unknown" })).status, 200);
					assert.equal((await system.resolve(id, created)).status, 200);
				}
				await until("it has ended", async () => (await viewOf(fixture, id)).status === "Expired");
				rewriteReads(fixture, { status: "Settled" });
				await untilRead(fixture, id, HOUR, "the money is read", (view) => view.paid);
			});
		});
	}

	test("has its own reads, however many of undocumented events come after it", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, sessionId } = await made(fixture, "geft", "events", SCHEDULED);
			const gone = { status: "Failed", statusDetails: "905" };
			assert.equal(await fixture.system.hint({ sessionId, ...gone }), 200);
			for (let count = 0; count < 16; count++) {
				const reads = fixture.readsOf(sessionId);
				assert.equal(await fixture.system.webhook({ event: `Event${count}`, sessionId }), 200);
				await until("it is read", () => fixture.readsOf(sessionId) > reads);
				await fixture.system.pass(SECOND);
			}
			rewriteReads(fixture, gone);
			await untilRead(fixture, id, HOUR, "the return is read", (view) => view.funds === "returned");
		});
	});

	test("that says less than the last read leads to one read", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { sessionId } = await made(fixture, "geft", "less", SCHEDULED);
			await untilMessages(fixture, "less", "payment.updated credit");
			const reads = fixture.readsOf(sessionId);
			assert.equal(await fixture.system.hint({ sessionId, status: "Completed", statusDetails: "EFT0302" }), 200);
			for (let looks = 0; looks < 14; looks++) await fixture.system.pass(7 * HOUR);
			// Of the status and of the details.
			assert.equal(fixture.readsOf(sessionId) - reads, 2);
		});
	});
});

describe("an answer about another payment", () => {
	for (const [what, product, other, found] of [
		["reference", "interac", { ReferenceId: "another-order" }, "another-order"],
		["reference", "eft", { referenceId: "another-order" }, "another-order"],
		["amount", "interac", { amount: 9_000 }, "9000.00"],
		["amount", "eft", { amount: 0.5 }, "0.50"],
		["amount", "e-transfer", { amount: 1.01 }, "1.01"],
	] as const) {
		test(`is a mismatch and not paid, until an answer fits: another ${what}, ${product}`, async () => {
			await withFixture(folder, {}, async (fixture) => {
				const word = product === "interac" ? { status: "Settled" } : SCHEDULED;
				const schedule =
					product === "e-transfer" ? { schedule: { transactions: [{ id: "1", status: "Settled" }] } } : {};
				const { id } = await made(fixture, product, "mine", { ...word, ...schedule, ...other });
				// There is one message, however often it is read.
				for (let reads = 0; reads < 3; reads++) await fixture.system.pass(HOUR);
				await untilMessages(fixture, "mine", "payment.mismatch none");
				const view = await viewOf(fixture, id);
				assert.deepEqual([view.status, view.mismatch, view.funds, view.paid], ["mismatch", what, "none", false]);
				assert.deepEqual(
					(await fixture.system.list("&status=mismatch")).map((listed) => listed.id),
					[id],
				);
				const events = (await fixture.system.events(id)).filter(({ type }) => type === "mismatch");
				assert.deepEqual(
					events.map((event) => [event.what, event.found]),
					[[what, found]],
				);
				const named = Object.keys(other)[0] ?? "";
				rewriteReads(fixture, { ...word, ...schedule, [named]: null });
				await fixture.system.pass(7 * HOUR);
				assert.equal((await viewOf(fixture, id)).mismatch, what, "an answer that names none takes nothing back");
				const right = { ReferenceId: "mine", referenceId: "mine", amount: 1 }[named];
				rewriteReads(fixture, { ...word, ...schedule, [named]: right });
				await fixture.system.pass(7 * HOUR);
				const effect = product === "eft" ? "none" : "credit";
				await untilMessages(fixture, "mine", "payment.mismatch none", `payment.updated ${effect}`);
				const { mismatch, paidAmount } = await viewOf(fixture, id);
				assert.deepEqual([mismatch, paidAmount], [undefined, "1.00"]);
			});
		});
	}

	test("is not paid either once the payment's amount is purged", async () => {
		await withFixture(folder, { STATUS_DEADLINE_HOURS: "24", RETENTION_DAYS: "2" }, async (fixture) => {
			const { id } = await made(fixture, "interac", "mine", { status: "Settled", amount: 9_000 });
			await untilMessages(fixture, "mine", "payment.mismatch none");
			for (let days = 0; days < 6; days++) await fixture.system.pass(DAY);
			// It is read once more.
			assert.equal((await fixture.system.read(id)).status, 200);
			const { amount, mismatch, paid } = await viewOf(fixture, id);
			assert.deepEqual([amount, mismatch, paid], [undefined, "amount", false]);
			await untilMessages(fixture, "mine", "payment.mismatch none", "payment.abandoned none");
		});
	});

	test("is not bound by a resolution, and its id stays free", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, sessionId } = await fixture.startUnknown("eft", "lost");
			const created = { outcome: "created", sessionId };
			for (const [other, detail] of [
				[{ amount: 5 }, /has another amount/],
				[{ referenceId: "another" }, /has another referenceId/],
			] as const) {
				rewriteReads(fixture, { ...SCHEDULED, ...other });
				const { status, json } = await fixture.system.resolve(id, created);
				assert.deepEqual([status, json.code], [409, "not_possible"]);
				assert.match(String(json.detail), detail);
			}
			const view = await viewOf(fixture, id);
			assert.deepEqual([view.status, view.sessionId, view.paid], ["unknown", undefined, false]);
			rewriteReads(fixture, SCHEDULED);
			const { status, json } = await fixture.system.resolve(id, created);
			assert.deepEqual([status, json.funds], [200, "scheduled"]);
		});
	});
});

describe("a guaranteed EFT for another amount", () => {
	test("is credited with the amount of the details where the status names none", async () => {
		await withFixture(folder, {}, async (fixture) => {
			await fixture.start("geft", "details");
			fixture.system.gateway.chance = ({ step }: Sent) => {
				if (step !== "session_status" && step !== "session_details") return undefined;
				const fields = { ...SCHEDULED, amount: step === "session_status" ? null : 0.8 };
				const rewrite = ({ status, content }: Answer) => {
					return { status, content: JSON.stringify({ ...JSON.parse(content), ...fields }) };
				};
				return { step, when: "after", act: async () => {}, goesOn: true, rewrite };
			};
			await fixture.system.pass(MINUTE);
			const messages = await untilMessages(fixture, "details", "payment.updated credit");
			assert.deepEqual([messages.at(-1)?.data.paidAmount, messages.at(-1)?.data.amountDiffers], ["0.80", true]);
		});
	});

	test("is shown and sent as such, and what is credited is what is paid", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, sessionId } = await made(fixture, "geft", "offer", { ...SCHEDULED, amount: 0.8 });
			const [, message] = await untilMessages(fixture, "offer", "payment.updated credit");
			const { amount, paidAmount, amountDiffers } = message?.data ?? {};
			assert.deepEqual([amount, paidAmount, amountDiffers], ["1.00", "0.80", true]);
			const view = await viewOf(fixture, id);
			assert.deepEqual([view.amount, view.paidAmount, view.amountDiffers], ["1.00", "0.80", true]);
			const event = (await fixture.system.events(id)).find(({ type }) => type === "status");
			assert.deepEqual([event?.funds, event?.amount], ["guaranteed", "0.80"]);
			// An amount that was sent as paid stays.
			rewriteReads(fixture, { ...SCHEDULED, amount: 0.9 });
			await fixture.system.hint({ sessionId, status: "Completed", statusDetails: "EFT0301" });
			await fixture.system.pass(SECOND);
			await untilMessages(fixture, "offer", "payment.updated credit", "payment.mismatch none");
			assert.equal((await viewOf(fixture, id)).paidAmount, "0.80");
		});
	});

	test("is a mismatch where the payment's amount was credited before Flinks named another", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, sessionId } = await made(fixture, "geft", "late", { ...SCHEDULED, amount: null });
			await untilMessages(fixture, "late", "payment.updated credit");
			rewriteReads(fixture, { ...SCHEDULED, amount: 0.8 });
			await fixture.system.hint({ sessionId, ...SCHEDULED });
			await untilMessages(fixture, "late", "payment.updated credit", "payment.mismatch none");
			assert.equal((await viewOf(fixture, id)).paidAmount, "1.00");
		});
	});
});
