// A guarantee that waits for a decision, webhooks of undocumented events, by which Flinks may offer one, and lists by what the
// money of a payment is.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededBug } from "./crash/bugs.ts";
import type { Answer } from "./crash/gateway.ts";
import type { Json } from "./crash/scene.ts";
import { bundle } from "./crash/workerd.ts";
import { heard, made, rewriteReads, SCHEDULED, untilHeard, viewOf } from "./funds/reads.ts";
import { DAY, HOUR, MINUTE, SECOND, type Stage, until, withStage } from "./notifications/stage.ts";

const folder = await bundle(seededBug());

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
