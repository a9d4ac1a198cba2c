// What is paid, how much of it, and when it is returned: Flinks' status is compared with the payment's amount and reference,
// and goes to the merchant with what to do in their books. The gateway rewrites the sandbox's answers.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { seededBug } from "./crash/bugs.ts";
import type { Answer, Sent } from "./crash/gateway.ts";
import type { AnyProduct, Json } from "./crash/scene.ts";
import { bundle } from "./crash/workerd.ts";
import type { Message } from "./notifications/merchant.ts";
import { DAY, HOUR, MINUTE, SECOND, type Stage, until, withStage } from "./notifications/stage.ts";

let folder: string;
before(async () => {
	folder = await bundle(seededBug());
});

/** Puts these fields into each answer to a read from now on, in place of the sandbox's. */
function rewriteReads(stage: Stage, fields: Json): void {
	stage.scene.gateway.chance = ({ step }: Sent) => {
		if (!["status", "session_status", "session_details"].includes(step)) return undefined;
		const rewrite = ({ status, content }: Answer) => ({
			status,
			content: JSON.stringify({ ...JSON.parse(content), ...fields }),
		});
		return { step, when: "after", act: async () => {}, goesOn: true, rewrite };
	};
}

/** A payment whose reads have these fields. */
async function made(stage: Stage, product: AnyProduct, key: string, fields: Json) {
	const payment = await stage.start(product, key);
	rewriteReads(stage, fields);
	await stage.scene.pass(MINUTE);
	return payment;
}

const SCHEDULED = { status: "Completed", statusDetails: "EFT0301" };

/** The types and effects of an order's messages, but for its creation. */
function heard({ merchant }: Stage, key: string): string[] {
	return merchant
		.heardOf(key)
		.filter(({ type }) => type !== "payment.created")
		.map(({ type, effect }) => `${type} ${effect}`);
}

async function untilHeard(stage: Stage, key: string, ...all: string[]): Promise<Message[]> {
	await until(`the merchant has ${all}`, () => heard(stage, key).length >= all.length);
	assert.deepEqual(heard(stage, key), all);
	return stage.merchant.heardOf(key);
}

async function viewOf({ scene }: Stage, id: string): Promise<Json> {
	const found = (await scene.list()).find((view) => view.id === id);
	return found ?? assert.fail("it is not listed");
}

describe("money that is returned", () => {
	for (const [product, paid, gone] of [
		["interac", { status: "Settled" }, { status: "Failed" }],
		["geft", SCHEDULED, { status: "Failed", statusDetails: "905" }],
	] as const) {
		test(`is found by a webhook although it was final, and is reversed once: ${product}`, async () => {
			await withStage(folder, {}, async (stage) => {
				const { id, sessionId } = await made(stage, product, "gone", paid);
				const [, credited] = await untilHeard(stage, "gone", "payment.updated credit");
				assert.deepEqual([credited?.data.paidAmount, credited?.data.final], ["1.00", true]);
				rewriteReads(stage, gone);
				for (let times = 0; times < 3; times++) {
					assert.equal(await stage.scene.hint({ sessionId, ...gone }), 200);
					await stage.scene.pass(MINUTE);
				}
				const messages = await untilHeard(stage, "gone", "payment.updated credit", "payment.returned reverse");
				assert.deepEqual([messages.at(-1)?.data.paid, messages.at(-1)?.data.funds], [false, "returned"]);
				const view = await viewOf(stage, id);
				assert.deepEqual([view.paid, view.funds, view.final, view.status], [false, "returned", true, "Failed"]);
				// What is resent has no effect.
				assert.equal((await stage.scene.call("POST", `/payments/${id}/resend`)).status, 200);
				await untilHeard(stage, "gone", ...heard(stage, "gone").slice(0, 2), "payment.updated none");
			});
		});
	}

	test("is a mismatch, and not paid again, after a resolution", async () => {
		await withStage(folder, {}, async (stage) => {
			const { id, requestId, sessionId } = await stage.startUnknown("interac", "anew");
			const created = { outcome: "created", requestId };
			rewriteReads(stage, { status: "Settled" });
			assert.equal((await stage.scene.resolve(id, created)).status, 200);
			rewriteReads(stage, { status: "Failed" });
			await stage.scene.hint({ sessionId, status: "Failed" });
			await until("it is back", async () => (await viewOf(stage, id)).funds === "returned");
			assert.equal((await stage.scene.resolve(id, { outcome: "unknown" })).status, 200);
			rewriteReads(stage, { status: "Settled" });
			const { status, json } = await stage.scene.resolve(id, created);
			assert.deepEqual([status, json.mismatch, json.paid], [200, "returned", false]);
			await until("the merchant has the message", () => heard(stage, "anew").at(-1) === "payment.mismatch none");
		});
	});

	test("is found by reads alone, weeks after an EFT was scheduled, with the bank's code and what Flinks advises", async () => {
		await withStage(folder, {}, async (stage) => {
			const { id, sessionId } = await made(stage, "eft", "weeks", SCHEDULED);
			const scheduled = await viewOf(stage, id);
			assert.deepEqual([scheduled.funds, scheduled.paid, scheduled.final], ["scheduled", false, false]);
			for (let days = 0; days < 20; days++) await stage.scene.pass(DAY);
			const reads = stage.readsOf(sessionId);
			await stage.scene.pass(DAY);
			await stage.scene.pass(DAY);
			assert.equal(stage.readsOf(sessionId) - reads, 2, "it is read once a day");
			rewriteReads(stage, { status: "Failed", statusDetails: "901" });
			await stage.scene.pass(DAY);
			const messages = await untilHeard(stage, "weeks", "payment.updated none", "payment.returned none");
			const { returnCode, returnAdvice, paid } = messages.at(-1)?.data ?? {};
			assert.deepEqual([returnCode, paid], ["901", false]);
			assert.match(returnAdvice ?? "", /^Contact the payor/);
			assert.equal((await viewOf(stage, id)).statusDetails, "901");
			const after = stage.readsOf(sessionId);
			await stage.scene.pass(3 * DAY);
			assert.equal(stage.readsOf(sessionId), after);
		});
	});

	test("is looked for until RETURN_DAYS_EFT, and then the merchant gets payment.abandoned", async () => {
		await withStage(folder, { RETURN_DAYS_EFT: "10" }, async (stage) => {
			const { sessionId } = await made(stage, "eft", "settled", SCHEDULED);
			for (let days = 0; days < 10; days++) await stage.scene.pass(DAY);
			await stage.scene.pass(MINUTE);
			await untilHeard(stage, "settled", "payment.updated none", "payment.abandoned none");
			const reads = stage.readsOf(sessionId);
			for (let days = 0; days < 5; days++) await stage.scene.pass(DAY);
			assert.equal(stage.readsOf(sessionId), reads);
			// A webhook still leads to a read.
			rewriteReads(stage, { status: "Failed", statusDetails: "915" });
			await stage.scene.hint({ sessionId, status: "Failed", statusDetails: "915" });
			await stage.scene.pass(SECOND);
			await until("the merchant has the message", () => heard(stage, "settled").includes("payment.returned none"));
		});
	});

	test("is not looked for after the deadline where Flinks answers 404", async () => {
		await withStage(folder, {}, async (stage) => {
			await stage.start("interac", "gone");
			const rewrite = () => ({ status: 404, content: "{}" });
			stage.scene.gateway.chance = ({ step }) =>
				step === "status" ? { step, when: "after", act: async () => {}, goesOn: true, rewrite } : undefined;
			for (let days = 0; days < 9; days++) await stage.scene.pass(DAY);
			await untilHeard(stage, "gone", "payment.abandoned none");
			const reads = () => stage.scene.gateway.wire.filter(({ step }) => step === "status").length;
			const before = reads();
			for (let days = 0; days < 3; days++) await stage.scene.pass(DAY);
			assert.equal(reads(), before);
		});
	});

	test("is looked for after the final status of another product for as long as its setting says", async () => {
		await withStage(folder, { RETURN_DAYS_INTERAC: "3" }, async (stage) => {
			const reads = () => stage.scene.gateway.wire.filter(({ step }) => step === "status").length;
			await made(stage, "interac", "settled", { status: "Settled" });
			await untilHeard(stage, "settled", "payment.updated credit");
			const counts: number[] = [];
			for (let days = 0; days < 6; days++) {
				const earlier = reads();
				await stage.scene.pass(DAY + MINUTE);
				counts.push(reads() - earlier);
			}
			assert.deepEqual(counts, [1, 1, 1, 0, 0, 0]);
			await untilHeard(stage, "settled", "payment.updated credit");
		});
	});

	test("is not believed to be paid again", async () => {
		await withStage(folder, {}, async (stage) => {
			const { id, sessionId } = await made(stage, "interac", "again", { status: "Accepted" });
			rewriteReads(stage, { status: "Declined" });
			await stage.scene.pass(MINUTE);
			rewriteReads(stage, { status: "Settled" });
			await stage.scene.hint({ sessionId, status: "Settled" });
			await stage.scene.pass(SECOND);
			await untilHeard(
				stage,
				"again",
				...["payment.updated credit", "payment.returned reverse", "payment.mismatch none"],
			);
			const view = await viewOf(stage, id);
			assert.deepEqual(
				[view.status, view.mismatch, view.paid, view.funds],
				["mismatch", "returned", false, "returned"],
			);
		});
	});
});

describe("the merchant", () => {
	test("credits once while a payment is paid, whatever messages come and however often", async () => {
		await withStage(folder, {}, async (stage) => {
			const { id, sessionId } = await made(stage, "interac", "once", { status: "Accepted" });
			for (const status of ["Processed", "Settled"]) {
				rewriteReads(stage, { status });
				await stage.scene.hint({ sessionId, status });
				await stage.scene.pass(SECOND);
				assert.equal((await stage.scene.call("POST", `/payments/${id}/resend`)).status, 200);
			}
			await untilHeard(
				stage,
				"once",
				"payment.updated credit",
				...Array.from({ length: 4 }, () => "payment.updated none"),
			);
		});
	});
});

describe("a webhook that comes while a payment is cancelled", () => {
	test("leads to another read although the one after it shows the payment cancelled", async () => {
		await withStage(folder, {}, async (stage) => {
			const { id, sessionId } = await made(stage, "geft", "both", { status: "InProgress" });
			const act = async () => {
				rewriteReads(stage, { status: "Canceled" });
				assert.equal(await stage.scene.hint({ sessionId, ...SCHEDULED }), 200);
			};
			stage.scene.plan({ step: "cancel", when: "after", goesOn: true, act });
			assert.equal((await stage.scene.cancel(id)).json.status, "Canceled");
			rewriteReads(stage, SCHEDULED);
			const all = ["payment.updated none", "payment.updated none", "payment.updated credit"];
			// A read that was under way when the clock moved is repeated later.
			await until("the payment is read once more", async () => {
				await stage.scene.pass(MINUTE);
				return heard(stage, "both").length >= all.length;
			});
			await untilHeard(stage, "both", ...all);
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
			await withStage(folder, {}, async (stage) => {
				const word = product === "interac" ? { status: "Settled" } : SCHEDULED;
				const schedule =
					product === "e-transfer" ? { schedule: { transactions: [{ id: "1", status: "Settled" }] } } : {};
				const { id } = await made(stage, product, "mine", { ...word, ...schedule, ...other });
				// There is one message, however often it is read.
				for (let reads = 0; reads < 3; reads++) await stage.scene.pass(HOUR);
				await untilHeard(stage, "mine", "payment.mismatch none");
				const view = await viewOf(stage, id);
				assert.deepEqual([view.status, view.mismatch, view.funds, view.paid], ["mismatch", what, "none", false]);
				assert.deepEqual(
					(await stage.scene.list("&status=mismatch")).map((listed) => listed.id),
					[id],
				);
				const events = (await stage.scene.events(id)).filter(({ type }) => type === "mismatch");
				assert.deepEqual(
					events.map((event) => [event.what, event.found]),
					[[what, found]],
				);
				const named = Object.keys(other)[0] ?? "";
				rewriteReads(stage, { ...word, ...schedule, [named]: null });
				await stage.scene.pass(7 * HOUR);
				assert.equal((await viewOf(stage, id)).mismatch, what, "an answer that names none takes nothing back");
				const right = { ReferenceId: "mine", referenceId: "mine", amount: 1 }[named];
				rewriteReads(stage, { ...word, ...schedule, [named]: right });
				await stage.scene.pass(7 * HOUR);
				const effect = product === "eft" ? "none" : "credit";
				await untilHeard(stage, "mine", "payment.mismatch none", `payment.updated ${effect}`);
				const { mismatch, paidAmount } = await viewOf(stage, id);
				assert.deepEqual([mismatch, paidAmount], [undefined, "1.00"]);
			});
		});
	}

	test("is not paid either once the payment's amount is purged", async () => {
		await withStage(folder, { STATUS_DEADLINE_HOURS: "24", RETENTION_DAYS: "2" }, async (stage) => {
			const { id } = await made(stage, "interac", "mine", { status: "Settled", amount: 9_000 });
			await untilHeard(stage, "mine", "payment.mismatch none");
			for (let days = 0; days < 6; days++) await stage.scene.pass(DAY);
			// It is read once more.
			assert.equal((await stage.scene.read(id)).status, 200);
			const { amount, mismatch, paid } = await viewOf(stage, id);
			assert.deepEqual([amount, mismatch, paid], [undefined, "amount", false]);
			await untilHeard(stage, "mine", "payment.mismatch none", "payment.abandoned none");
		});
	});

	test("is not bound by a resolution, and its id stays free", async () => {
		await withStage(folder, {}, async (stage) => {
			const { id, sessionId } = await stage.startUnknown("eft", "lost");
			const created = { outcome: "created", sessionId };
			for (const [other, detail] of [
				[{ amount: 5 }, /has another amount/],
				[{ referenceId: "another" }, /has another referenceId/],
			] as const) {
				rewriteReads(stage, { ...SCHEDULED, ...other });
				const { status, json } = await stage.scene.resolve(id, created);
				assert.deepEqual([status, json.code], [409, "not_possible"]);
				assert.match(String(json.detail), detail);
			}
			const view = await viewOf(stage, id);
			assert.deepEqual([view.status, view.sessionId, view.paid], ["unknown", undefined, false]);
			rewriteReads(stage, SCHEDULED);
			const { status, json } = await stage.scene.resolve(id, created);
			assert.deepEqual([status, json.funds], [200, "scheduled"]);
		});
	});
});

describe("a guaranteed EFT for another amount", () => {
	test("is credited with the amount of the details where the status names none", async () => {
		await withStage(folder, {}, async (stage) => {
			await stage.start("geft", "details");
			stage.scene.gateway.chance = ({ step }: Sent) => {
				if (step !== "session_status" && step !== "session_details") return undefined;
				const fields = { ...SCHEDULED, amount: step === "session_status" ? null : 0.8 };
				const rewrite = ({ status, content }: Answer) => {
					return { status, content: JSON.stringify({ ...JSON.parse(content), ...fields }) };
				};
				return { step, when: "after", act: async () => {}, goesOn: true, rewrite };
			};
			await stage.scene.pass(MINUTE);
			const messages = await untilHeard(stage, "details", "payment.updated credit");
			assert.deepEqual([messages.at(-1)?.data.paidAmount, messages.at(-1)?.data.amountDiffers], ["0.80", true]);
		});
	});

	test("is shown and sent as such, and what is credited is what is paid", async () => {
		await withStage(folder, {}, async (stage) => {
			const { id, sessionId } = await made(stage, "geft", "offer", { ...SCHEDULED, amount: 0.8 });
			const [, message] = await untilHeard(stage, "offer", "payment.updated credit");
			const { amount, paidAmount, amountDiffers } = message?.data ?? {};
			assert.deepEqual([amount, paidAmount, amountDiffers], ["1.00", "0.80", true]);
			const view = await viewOf(stage, id);
			assert.deepEqual([view.amount, view.paidAmount, view.amountDiffers], ["1.00", "0.80", true]);
			const event = (await stage.scene.events(id)).find(({ type }) => type === "status");
			assert.deepEqual([event?.funds, event?.amount], ["guaranteed", "0.80"]);
			// An amount that was sent as paid stays.
			rewriteReads(stage, { ...SCHEDULED, amount: 0.9 });
			await stage.scene.hint({ sessionId, status: "Completed", statusDetails: "EFT0301" });
			await stage.scene.pass(SECOND);
			await untilHeard(stage, "offer", "payment.updated credit", "payment.mismatch none");
			assert.equal((await viewOf(stage, id)).paidAmount, "0.80");
		});
	});

	test("is a mismatch where the payment's amount was credited before Flinks named another", async () => {
		await withStage(folder, {}, async (stage) => {
			const { id, sessionId } = await made(stage, "geft", "late", { ...SCHEDULED, amount: null });
			await untilHeard(stage, "late", "payment.updated credit");
			rewriteReads(stage, { ...SCHEDULED, amount: 0.8 });
			await stage.scene.hint({ sessionId, ...SCHEDULED });
			await untilHeard(stage, "late", "payment.updated credit", "payment.mismatch none");
			assert.equal((await viewOf(stage, id)).paidAmount, "1.00");
		});
	});
});

describe("a guarantee that waits", () => {
	const EVENT = "GuaranteeOffered";
	const asks = (stage: Stage, sessionId: string) => stage.scene.webhook({ event: EVENT, sessionId });
	const decisions = ({ scene }: Stage) => scene.gateway.wire.filter(({ step }) => step === "guarantee").length;

	/** Flinks takes any decision, and its reads have these fields from then on. */
	function takeDecision(stage: Stage, fields: Json): void {
		const rewrite = () => ({ status: 200, content: "{}" });
		stage.scene.plan({
			step: "guarantee",
			when: "after",
			act: async () => rewriteReads(stage, fields),
			goesOn: true,
			rewrite,
		});
	}

	async function waiting(stage: Stage, key: string) {
		const payment = await made(stage, "geft", key, { status: "InProgress" });
		for (let times = 0; times < 3; times++) assert.equal(await asks(stage, payment.sessionId), 200);
		return payment;
	}

	for (const [accepted, funds, effect] of [
		[true, "guaranteed", "credit"],
		[false, "scheduled", "none"],
	] as const) {
		test(`is one message, is in its list, and can be ${accepted ? "accepted" : "refused"}`, async () => {
			await withStage(folder, { FLINKS_GUARANTEE_EVENT: EVENT }, async (stage) => {
				const { id } = await waiting(stage, "asked");
				await untilHeard(stage, "asked", "payment.updated none", "payment.guarantee_waiting none");
				assert.deepEqual(
					(await stage.scene.list("&status=guarantee_waiting")).map((view) => [view.id, view.guarantee]),
					[[id, "waiting"]],
				);
				await stage.scene.pass(MINUTE);
				// Flinks may leave the guarantee's own field out.
				takeDecision(stage, { ...SCHEDULED, guaranteeDetails: null });
				const { status, json, text } = await stage.scene.call("POST", `/payments/${id}/guarantee`, { accepted });
				assert.equal(status, 200, text);
				assert.deepEqual([json.guarantee, json.funds], [accepted ? "accepted" : "refused", funds]);
				assert.equal(decisions(stage), 1);
				await until("the merchant has the message", () => heard(stage, "asked").at(-1) === `payment.updated ${effect}`);
				const event = (await stage.scene.events(id)).find(({ type }) => type === "guarantee");
				assert.deepEqual([event?.accepted, event?.by], [accepted, "API_KEY"]);
				const again = await stage.scene.call("POST", `/payments/${id}/guarantee`, { accepted: !accepted });
				assert.deepEqual([again.status, again.json.code], [409, "not_possible"]);
				assert.equal(decisions(stage), 1);
			});
		});
	}

	test("is not paid once it is refused, although it is unknown whether Flinks has the refusal", async () => {
		await withStage(folder, { FLINKS_GUARANTEE_EVENT: EVENT }, async (stage) => {
			const { id } = await waiting(stage, "lost");
			stage.scene.plan({ step: "guarantee", when: "before", act: async () => rewriteReads(stage, SCHEDULED) });
			const { status, json } = await stage.scene.call("POST", `/payments/${id}/guarantee`, { accepted: false });
			assert.deepEqual([status, json.code], [502, "outcome_unknown"]);
			await stage.scene.pass(HOUR);
			await until("it is read", async () => (await viewOf(stage, id)).funds === "scheduled");
			assert.ok(!heard(stage, "lost").some((one) => one.endsWith("credit")));
		});
	});

	test("is not paid once it is refused at Flinks, and not by the Worker", async () => {
		await withStage(folder, {}, async (stage) => {
			const fields = { ...SCHEDULED, guaranteeDetails: { guaranteeOffered: true, guaranteeAccepted: false } };
			const { id } = await made(stage, "geft", "refused", fields);
			await until("it is read", async () => (await viewOf(stage, id)).funds === "scheduled");
		});
	});

	for (const [policy, decision] of [
		["accept", "accepted"],
		["refuse", "refused"],
	] as const) {
		test(`is ${decision} by itself where GUARANTEE_POLICY is ${policy}`, async () => {
			await withStage(folder, { FLINKS_GUARANTEE_EVENT: EVENT, GUARANTEE_POLICY: policy }, async (stage) => {
				const { id } = await waiting(stage, "policy");
				await until("it is decided", async () => (await viewOf(stage, id)).guarantee === decision);
				const events = (await stage.scene.events(id)).filter(({ type }) => type === "guarantee");
				assert.deepEqual(events[0]?.by, "GUARANTEE_POLICY");
				assert.ok(!heard(stage, "policy").some((one) => one.includes("guarantee_waiting")));
			});
		});
	}

	test("is refused by GUARANTEE_POLICY once more where the Worker died before Flinks had the refusal", async () => {
		await withStage(folder, { FLINKS_GUARANTEE_EVENT: EVENT, GUARANTEE_POLICY: "refuse" }, async (stage) => {
			const { id, sessionId } = await made(stage, "geft", "died", { status: "InProgress" });
			stage.scene.plan({ step: "guarantee", when: "before", act: () => stage.scene.restart() });
			await asks(stage, sessionId);
			await until("it has died", () => stage.scene.deaths === 1);
			takeDecision(stage, { status: "Failed", statusDetails: "EFT0402" });
			await stage.scene.pass(MINUTE);
			await until("it has ended", async () => (await viewOf(stage, id)).status === "Failed");
			await stage.scene.pass(HOUR);
			assert.equal(decisions(stage), 2);
		});
	});

	test("is accepted by GUARANTEE_POLICY once, and a person is asked where the Worker died at the request", async () => {
		await withStage(folder, { FLINKS_GUARANTEE_EVENT: EVENT, GUARANTEE_POLICY: "accept" }, async (stage) => {
			const { id, sessionId } = await made(stage, "geft", "died", { status: "InProgress" });
			stage.scene.plan({ step: "guarantee", when: "after", act: () => stage.scene.restart() });
			await asks(stage, sessionId);
			await until("it has died", () => stage.scene.deaths === 1);
			for (let minutes = 0; minutes < 3; minutes++) await stage.scene.pass(MINUTE);
			await untilHeard(stage, "died", "payment.updated none", "payment.guarantee_waiting none");
			assert.equal(decisions(stage), 1);
			takeDecision(stage, SCHEDULED);
			const { status, text } = await stage.scene.call("POST", `/payments/${id}/guarantee`, { accepted: true });
			assert.equal(status, 200, text);
			await until("the merchant has the message", () => heard(stage, "died").at(-1) === "payment.updated credit");
		});
	});

	test("needs no decision where the debit is scheduled already", async () => {
		await withStage(folder, { FLINKS_GUARANTEE_EVENT: EVENT }, async (stage) => {
			const fields = { ...SCHEDULED, guaranteeDetails: { guaranteeAccepted: false } };
			const { id, sessionId } = await made(stage, "geft", "late", fields);
			await untilHeard(stage, "late", "payment.updated none");
			assert.equal(await asks(stage, sessionId), 200);
			await stage.scene.pass(DAY);
			assert.equal((await viewOf(stage, id)).status, "Completed");
			assert.deepEqual(heard(stage, "late"), ["payment.updated none"]);
		});
	});

	test("is decided by GUARANTEE_POLICY a little later where the decision had not left", async () => {
		await withStage(folder, { FLINKS_GUARANTEE_EVENT: EVENT, GUARANTEE_POLICY: "accept" }, async (stage) => {
			const { id, sessionId } = await made(stage, "geft", "later", { status: "InProgress" });
			// No token is left, and authorize fails.
			await stage.scene.shift(10 * MINUTE);
			stage.scene.gateway.chance = ({ step }) =>
				step === "authorize" ? { step, when: "before", act: async () => {} } : undefined;
			assert.equal(await asks(stage, sessionId), 200);
			const tries = async () => (await stage.scene.events(id)).filter(({ type }) => type === "guarantee").length;
			await until("it was tried", async () => (await tries()) === 1);
			await until(
				"it has failed",
				() => stage.scene.gateway.wire.filter(({ step }) => step === "authorize").length > 3,
			);
			await new Promise((resolve) => setTimeout(resolve, 2_500));
			stage.scene.gateway.chance = () => undefined;
			await stage.scene.pass(MINUTE);
			await until("it is decided", async () => (await viewOf(stage, id)).guarantee === "accepted");
			assert.ok((await tries()) > 1);
			assert.equal(decisions(stage), 1);
		});
	});

	test("waits for a person where Flinks refuses what GUARANTEE_POLICY says", async () => {
		await withStage(folder, { FLINKS_GUARANTEE_EVENT: EVENT, GUARANTEE_POLICY: "accept" }, async (stage) => {
			stage.scene.plan({ step: "guarantee", when: "after", act: async () => {}, goesOn: true, rewrite: refused });
			const { id } = await waiting(stage, "policy");
			await until("the merchant is asked", () => heard(stage, "policy").includes("payment.guarantee_waiting none"));
			assert.equal((await viewOf(stage, id)).status, "guarantee_waiting");
			await stage.scene.pass(MINUTE);
			assert.equal(decisions(stage), 1);
		});
	});

	test("waits no more once the payment has failed", async () => {
		await withStage(folder, { FLINKS_GUARANTEE_EVENT: EVENT }, async (stage) => {
			const { id } = await waiting(stage, "ended");
			rewriteReads(stage, { status: "Failed", statusDetails: "EFT0402" });
			await stage.scene.pass(HOUR);
			await until("it has ended", async () => (await viewOf(stage, id)).status === "Failed");
			assert.equal((await viewOf(stage, id)).guarantee, undefined);
			const late = await stage.scene.call("POST", `/payments/${id}/guarantee`, { accepted: true });
			assert.deepEqual([late.status, late.json.code], [409, "not_possible"]);
		});
	});

	for (const accepted of [true, false]) {
		test(`waits no more where the payment fails while it is being ${accepted ? "accepted" : "refused"}`, async () => {
			await withStage(folder, { FLINKS_GUARANTEE_EVENT: EVENT }, async (stage) => {
				const { id } = await waiting(stage, "vain");
				await stage.scene.quiet();
				await stage.scene.shift(40 * SECOND);
				const act = async () => {
					rewriteReads(stage, { status: "Failed", statusDetails: "EFT0402" });
					assert.equal((await stage.scene.read(id)).json.status, "Failed");
				};
				stage.scene.plan({ step: "guarantee", when: "after", act, goesOn: true, rewrite: refused });
				const { json } = await stage.scene.call("POST", `/payments/${id}/guarantee`, { accepted });
				assert.equal(json.code, "rejected");
				await stage.scene.pass(HOUR);
				assert.equal((await viewOf(stage, id)).status, "Failed");
			});
		});
	}

	test("cannot be decided for another product, or for an unknown payment", async () => {
		await withStage(folder, { FLINKS_GUARANTEE_EVENT: EVENT }, async (stage) => {
			const eft = await stage.start("eft", "other");
			const unknown = await stage.startUnknown("eft", "lost");
			for (const { id } of [eft, unknown]) {
				const { status, json } = await stage.scene.call("POST", `/payments/${id}/guarantee`, { accepted: true });
				assert.deepEqual([status, json.code], [409, "not_possible"]);
			}
			const { status, json } = await stage.scene.call("POST", `/payments/${eft.id}/guarantee`, { accepted: "yes" });
			assert.deepEqual([status, json.field], [400, "accepted"]);
		});
	});

	function refused(): Answer {
		return { status: 400, content: "{}" };
	}
});

describe("a webhook of an undocumented event", () => {
	test("is in the timeline once, with its name, and leads to a read", async () => {
		await withStage(folder, {}, async (stage) => {
			const { id, sessionId } = await made(stage, "geft", "odd", SCHEDULED);
			const reads = stage.readsOf(sessionId);
			for (let times = 0; times < 2; times++) {
				assert.equal(await stage.scene.webhook({ event: "SomethingNew", sessionId }), 200);
			}
			await until("it is read", () => stage.readsOf(sessionId) > reads);
			const events = (await stage.scene.events(id)).filter(({ type }) => type === "unknown_webhook");
			assert.deepEqual(
				events.map(({ name }) => name),
				["SomethingNew"],
			);
			assert.equal(await stage.scene.webhook({ event: "canary person@example.com", sessionId }), 200);
			const last = (await stage.scene.events(id)).findLast(({ type }) => type === "unknown_webhook");
			assert.equal(last?.name, "unrecognized");
		});
	});

	test("leads to one more read where it comes during the read for another one", async () => {
		await withStage(folder, {}, async (stage) => {
			const { sessionId } = await made(stage, "geft", "two", SCHEDULED);
			await untilHeard(stage, "two", "payment.updated credit");
			const answers = stage.scene.gateway.chance;
			stage.scene.gateway.chance = (sent) => {
				const plan = answers(sent);
				if (plan === undefined || sent.step !== "session_details") return plan;
				const act = async () => {
					rewriteReads(stage, { status: "Failed", statusDetails: "905" });
					assert.equal(await stage.scene.webhook({ event: "Second", sessionId }), 200);
				};
				return { ...plan, act };
			};
			assert.equal(await stage.scene.webhook({ event: "First", sessionId }), 200);
			await untilHeard(stage, "two", "payment.updated credit", "payment.returned reverse");
		});
	});

	test("waits for a payment whose session is not known yet", async () => {
		await withStage(folder, {}, async (stage) => {
			const { id, sessionId } = await stage.startUnknown("eft", "early");
			assert.equal(await stage.scene.webhook({ event: "SomethingNew", sessionId }), 200);
			assert.equal((await stage.scene.resolve(id, { outcome: "created", sessionId })).status, 200);
			await until("it is taken", async () =>
				(await stage.scene.events(id)).some(({ type }) => type === "unknown_webhook"),
			);
		});
	});
});

describe("payments are found", () => {
	test("by the merchant's reference id, and by funds", async () => {
		await withStage(folder, {}, async (stage) => {
			await stage.start("interac", "other");
			const { id } = await made(stage, "eft", "wanted", SCHEDULED);
			rewriteReads(stage, {});
			const found = async (query: string) => (await stage.scene.list(`&${query}`)).map((view) => view.id);
			for (const query of [
				...["referenceId=wanted", "funds=scheduled", "referenceId=wanted&funds=scheduled&status=Completed"],
				...["funds=scheduled&delivery=delivered&status=Completed", "funds=scheduled&from=2020-01-01T00:00:00Z"],
			]) {
				assert.deepEqual(await found(query), [id], query);
			}
			for (const query of ["referenceId=want", "referenceId=wanted&funds=none", "funds=returned"]) {
				assert.deepEqual(await found(query), [], query);
			}
		});
	});

	test("by no unknown query parameter", async () => {
		await withStage(folder, {}, async (stage) => {
			const { id } = await stage.start("interac", "one");
			for (const [method, path, field, body] of [
				["GET", "/payments?statuss=Settled", "statuss"],
				["GET", "/payments?page=2", "page"],
				["GET", "/config?secrets=1", "secrets"],
				["GET", `/payments/${id}?verbose=1`, "verbose"],
				["GET", `/payments/${id}/events?limit=1`, "limit"],
				["POST", `/payments/${id}/cancel?force=1`, "force"],
				["POST", `/payments/${id}/resend?all=1`, "all"],
				["POST", `/payments/${id}/guarantee?accepted=true`, "accepted", { accepted: true }],
				["POST", `/payments/${id}/resolution?outcome=created`, "outcome", { outcome: "unknown" }],
			] as const) {
				const { status, json } = await stage.scene.call(method, path, body);
				assert.deepEqual([status, json.code, json.field], [400, "invalid_input", field], path);
			}
			assert.equal((await stage.scene.call("GET", "/payments?funds=lots")).status, 400);
		});
	});
});
