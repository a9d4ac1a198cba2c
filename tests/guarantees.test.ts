// A guarantee that waits for a decision, webhooks of undocumented events, by which Flinks may offer one, and lists by what the
// money of a payment is.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededBug } from "./crash/bugs.ts";
import type { Answer } from "./crash/gateway.ts";
import type { Json } from "./crash/system.ts";
import { bundle } from "./crash/workerd.ts";
import { effectsOf, made, rewriteReads, SCHEDULED, untilMessages, viewOf } from "./funds/reads.ts";
import { DAY, type Fixture, HOUR, MINUTE, SECOND, until, withFixture } from "./notifications/fixture.ts";

const folder = await bundle(seededBug());

describe("a guarantee that waits", () => {
	const EVENT = "GuaranteeOffered";
	const asks = (fixture: Fixture, sessionId: string) => fixture.system.webhook({ event: EVENT, sessionId });
	const decisions = ({ system }: Fixture) => system.gateway.wire.filter(({ step }) => step === "guarantee").length;

	/** Flinks takes any decision, and its reads have these fields from then on. */
	function takeDecision(fixture: Fixture, fields: Json): void {
		const rewrite = () => ({ status: 200, content: "{}" });
		fixture.system.plan({
			step: "guarantee",
			when: "after",
			act: async () => rewriteReads(fixture, fields),
			goesOn: true,
			rewrite,
		});
	}

	async function waiting(fixture: Fixture, key: string) {
		const payment = await made(fixture, "geft", key, { status: "InProgress" });
		for (let times = 0; times < 3; times++) assert.equal(await asks(fixture, payment.sessionId), 200);
		return payment;
	}

	for (const [accepted, funds, effect] of [
		[true, "guaranteed", "credit"],
		[false, "scheduled", "none"],
	] as const) {
		test(`is one message, is in its list, and can be ${accepted ? "accepted" : "refused"}`, async () => {
			await withFixture(folder, { FLINKS_GUARANTEE_EVENT: EVENT }, async (fixture) => {
				const { id } = await waiting(fixture, "asked");
				await untilMessages(fixture, "asked", "payment.updated none", "payment.guarantee_waiting none");
				assert.deepEqual(
					(await fixture.system.list("&status=guarantee_waiting")).map((view) => [view.id, view.guarantee]),
					[[id, "waiting"]],
				);
				await fixture.system.pass(MINUTE);
				// Flinks may leave the guarantee's own field out.
				takeDecision(fixture, { ...SCHEDULED, guaranteeDetails: null });
				const { status, json, text } = await fixture.system.call("POST", `/payments/${id}/guarantee`, { accepted });
				assert.equal(status, 200, text);
				assert.deepEqual([json.guarantee, json.funds], [accepted ? "accepted" : "refused", funds]);
				assert.equal(decisions(fixture), 1);
				await until(
					"the merchant has the message",
					() => effectsOf(fixture, "asked").at(-1) === `payment.updated ${effect}`,
				);
				const event = (await fixture.system.events(id)).find(({ type }) => type === "guarantee");
				assert.deepEqual([event?.accepted, event?.by], [accepted, "API_KEY"]);
				const again = await fixture.system.call("POST", `/payments/${id}/guarantee`, { accepted: !accepted });
				assert.deepEqual([again.status, again.json.code], [409, "not_possible"]);
				assert.equal(decisions(fixture), 1);
			});
		});
	}

	test("is not paid once it is refused, although it is unknown whether Flinks has the refusal", async () => {
		await withFixture(folder, { FLINKS_GUARANTEE_EVENT: EVENT }, async (fixture) => {
			const { id } = await waiting(fixture, "lost");
			fixture.system.plan({ step: "guarantee", when: "before", act: async () => rewriteReads(fixture, SCHEDULED) });
			const { status, json } = await fixture.system.call("POST", `/payments/${id}/guarantee`, { accepted: false });
			assert.deepEqual([status, json.code], [502, "outcome_unknown"]);
			await fixture.system.pass(HOUR);
			await until("it is read", async () => (await viewOf(fixture, id)).funds === "scheduled");
			assert.ok(!effectsOf(fixture, "lost").some((one) => one.endsWith("credit")));
		});
	});

	test("is not paid once it is refused at Flinks, and not by the Worker", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const fields = { ...SCHEDULED, guaranteeDetails: { guaranteeOffered: true, guaranteeAccepted: false } };
			const { id } = await made(fixture, "geft", "refused", fields);
			await until("it is read", async () => (await viewOf(fixture, id)).funds === "scheduled");
		});
	});

	for (const [policy, decision] of [
		["accept", "accepted"],
		["refuse", "refused"],
	] as const) {
		test(`is ${decision} by itself where GUARANTEE_POLICY is ${policy}`, async () => {
			await withFixture(folder, { FLINKS_GUARANTEE_EVENT: EVENT, GUARANTEE_POLICY: policy }, async (fixture) => {
				const { id } = await waiting(fixture, "policy");
				await until("it is decided", async () => (await viewOf(fixture, id)).guarantee === decision);
				const events = (await fixture.system.events(id)).filter(({ type }) => type === "guarantee");
				assert.deepEqual(events[0]?.by, "GUARANTEE_POLICY");
				assert.ok(!effectsOf(fixture, "policy").some((one) => one.includes("guarantee_waiting")));
			});
		});
	}

	test("is refused by GUARANTEE_POLICY once more where the Worker died before Flinks had the refusal", async () => {
		await withFixture(folder, { FLINKS_GUARANTEE_EVENT: EVENT, GUARANTEE_POLICY: "refuse" }, async (fixture) => {
			const { id, sessionId } = await made(fixture, "geft", "died", { status: "InProgress" });
			fixture.system.plan({ step: "guarantee", when: "before", act: () => fixture.system.restart() });
			await asks(fixture, sessionId);
			await until("it has died", () => fixture.system.deaths === 1);
			takeDecision(fixture, { status: "Failed", statusDetails: "EFT0402" });
			await fixture.system.pass(MINUTE);
			await until("it has ended", async () => (await viewOf(fixture, id)).status === "Failed");
			await fixture.system.pass(HOUR);
			assert.equal(decisions(fixture), 2);
		});
	});

	test("is accepted by GUARANTEE_POLICY once, and a person is asked where the Worker died at the request", async () => {
		await withFixture(folder, { FLINKS_GUARANTEE_EVENT: EVENT, GUARANTEE_POLICY: "accept" }, async (fixture) => {
			const { id, sessionId } = await made(fixture, "geft", "died", { status: "InProgress" });
			fixture.system.plan({ step: "guarantee", when: "after", act: () => fixture.system.restart() });
			await asks(fixture, sessionId);
			await until("it has died", () => fixture.system.deaths === 1);
			for (let minutes = 0; minutes < 3; minutes++) await fixture.system.pass(MINUTE);
			await untilMessages(fixture, "died", "payment.updated none", "payment.guarantee_waiting none");
			assert.equal(decisions(fixture), 1);
			takeDecision(fixture, SCHEDULED);
			const { status, text } = await fixture.system.call("POST", `/payments/${id}/guarantee`, { accepted: true });
			assert.equal(status, 200, text);
			await until("the merchant has the message", () => effectsOf(fixture, "died").at(-1) === "payment.updated credit");
		});
	});

	test("is read soon where the Worker died after a person had accepted it", async () => {
		await withFixture(folder, { FLINKS_GUARANTEE_EVENT: EVENT }, async (fixture) => {
			const { id } = await waiting(fixture, "person");
			// The next poll is too far away to find the guarantee.
			await fixture.age();
			const act = async () => {
				rewriteReads(fixture, SCHEDULED);
				await fixture.system.restart();
			};
			fixture.system.plan({ step: "guarantee", when: "after", act });
			await assert.rejects(fixture.system.call("POST", `/payments/${id}/guarantee`, { accepted: true }));
			await fixture.system.pass(MINUTE);
			await until("it is read", async () => (await viewOf(fixture, id)).funds === "guaranteed");
			assert.equal(decisions(fixture), 1);
		});
	});

	test("needs no decision where the debit is scheduled already", async () => {
		await withFixture(folder, { FLINKS_GUARANTEE_EVENT: EVENT }, async (fixture) => {
			const fields = { ...SCHEDULED, guaranteeDetails: { guaranteeAccepted: false } };
			const { id, sessionId } = await made(fixture, "geft", "late", fields);
			await untilMessages(fixture, "late", "payment.updated none");
			assert.equal(await asks(fixture, sessionId), 200);
			await fixture.system.pass(DAY);
			assert.equal((await viewOf(fixture, id)).status, "Completed");
			assert.deepEqual(effectsOf(fixture, "late"), ["payment.updated none"]);
		});
	});

	test("is decided by GUARANTEE_POLICY a little later where the decision had not left", async () => {
		await withFixture(folder, { FLINKS_GUARANTEE_EVENT: EVENT, GUARANTEE_POLICY: "accept" }, async (fixture) => {
			const { id, sessionId } = await made(fixture, "geft", "later", { status: "InProgress" });
			// No token is left, and authorize fails.
			await fixture.system.shift(10 * MINUTE);
			fixture.system.gateway.chance = ({ step }) =>
				step === "authorize" ? { step, when: "before", act: async () => {} } : undefined;
			assert.equal(await asks(fixture, sessionId), 200);
			const tries = async () => (await fixture.system.events(id)).filter(({ type }) => type === "guarantee").length;
			await until("it was tried", async () => (await tries()) === 1);
			await until("its third attempt has failed", async () =>
				(await fixture.system.events(id)).some(({ stage, attempt }) => stage === "authorize" && attempt === 3),
			);
			fixture.system.gateway.chance = () => undefined;
			await fixture.system.pass(MINUTE);
			await until("it is decided", async () => (await viewOf(fixture, id)).guarantee === "accepted");
			assert.ok((await tries()) > 1);
			assert.equal(decisions(fixture), 1);
		});
	});

	test("waits for a person where Flinks refuses what GUARANTEE_POLICY says", async () => {
		await withFixture(folder, { FLINKS_GUARANTEE_EVENT: EVENT, GUARANTEE_POLICY: "accept" }, async (fixture) => {
			fixture.system.plan({ step: "guarantee", when: "after", act: async () => {}, goesOn: true, rewrite: refused });
			const { id } = await waiting(fixture, "policy");
			await until("the merchant is asked", () =>
				effectsOf(fixture, "policy").includes("payment.guarantee_waiting none"),
			);
			assert.equal((await viewOf(fixture, id)).status, "guarantee_waiting");
			await fixture.system.pass(MINUTE);
			assert.equal(decisions(fixture), 1);
		});
	});

	test("waits no more once the payment has failed", async () => {
		await withFixture(folder, { FLINKS_GUARANTEE_EVENT: EVENT }, async (fixture) => {
			const { id } = await waiting(fixture, "ended");
			rewriteReads(fixture, { status: "Failed", statusDetails: "EFT0402" });
			await fixture.system.pass(HOUR);
			await until("it has ended", async () => (await viewOf(fixture, id)).status === "Failed");
			assert.equal((await viewOf(fixture, id)).guarantee, undefined);
			const late = await fixture.system.call("POST", `/payments/${id}/guarantee`, { accepted: true });
			assert.deepEqual([late.status, late.json.code], [409, "not_possible"]);
		});
	});

	for (const accepted of [true, false]) {
		test(`waits no more where the payment fails while it is being ${accepted ? "accepted" : "refused"}`, async () => {
			await withFixture(folder, { FLINKS_GUARANTEE_EVENT: EVENT }, async (fixture) => {
				const { id } = await waiting(fixture, "vain");
				// No poll comes between: the read is the one below.
				await fixture.age();
				await fixture.system.shift(40 * SECOND);
				const act = async () => {
					rewriteReads(fixture, { status: "Failed", statusDetails: "EFT0402" });
					assert.equal((await fixture.system.read(id)).json.status, "Failed");
				};
				fixture.system.plan({ step: "guarantee", when: "after", act, goesOn: true, rewrite: refused });
				const { json } = await fixture.system.call("POST", `/payments/${id}/guarantee`, { accepted });
				assert.equal(json.code, "rejected");
				await fixture.system.pass(HOUR);
				assert.equal((await viewOf(fixture, id)).status, "Failed");
			});
		});
	}

	test("cannot be decided for another product, or for an unknown payment", async () => {
		await withFixture(folder, { FLINKS_GUARANTEE_EVENT: EVENT }, async (fixture) => {
			const eft = await fixture.start("eft", "other");
			const unknown = await fixture.startUnknown("eft", "lost");
			for (const { id } of [eft, unknown]) {
				const { status, json } = await fixture.system.call("POST", `/payments/${id}/guarantee`, { accepted: true });
				assert.deepEqual([status, json.code], [409, "not_possible"]);
			}
			const { status, json } = await fixture.system.call("POST", `/payments/${eft.id}/guarantee`, { accepted: "yes" });
			assert.deepEqual([status, json.field], [400, "accepted"]);
		});
	});

	function refused(): Answer {
		return { status: 400, content: "{}" };
	}
});

describe("a webhook of an undocumented event", () => {
	test("is in the timeline once, with its name, and leads to a read", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, sessionId } = await made(fixture, "geft", "odd", SCHEDULED);
			const reads = fixture.readsOf(sessionId);
			for (let times = 0; times < 2; times++) {
				assert.equal(await fixture.system.webhook({ event: "SomethingNew", sessionId }), 200);
			}
			await until("it is read", () => fixture.readsOf(sessionId) > reads);
			const events = (await fixture.system.events(id)).filter(({ type }) => type === "unknown_webhook");
			assert.deepEqual(
				events.map(({ name }) => name),
				["SomethingNew"],
			);
			assert.equal(await fixture.system.webhook({ event: "canary person@example.com", sessionId }), 200);
			const last = (await fixture.system.events(id)).findLast(({ type }) => type === "unknown_webhook");
			assert.equal(last?.name, "unrecognized");
		});
	});

	test("leads to one more read where it comes during the read for another one", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { sessionId } = await made(fixture, "geft", "two", SCHEDULED);
			await untilMessages(fixture, "two", "payment.updated credit");
			const answers = fixture.system.gateway.chance;
			fixture.system.gateway.chance = (sent) => {
				const plan = answers(sent);
				if (plan === undefined || sent.step !== "session_details") return plan;
				const act = async () => {
					rewriteReads(fixture, { status: "Failed", statusDetails: "905" });
					assert.equal(await fixture.system.webhook({ event: "Second", sessionId }), 200);
				};
				return { ...plan, act };
			};
			assert.equal(await fixture.system.webhook({ event: "First", sessionId }), 200);
			await untilMessages(fixture, "two", "payment.updated credit", "payment.returned reverse");
		});
	});

	test("waits for a payment whose session is not known yet", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, sessionId } = await fixture.startUnknown("eft", "early");
			assert.equal(await fixture.system.webhook({ event: "SomethingNew", sessionId }), 200);
			assert.equal((await fixture.system.resolve(id, { outcome: "created", sessionId })).status, 200);
			await until("it is taken", async () =>
				(await fixture.system.events(id)).some(({ type }) => type === "unknown_webhook"),
			);
		});
	});
});

describe("payments are found", () => {
	test("by the merchant's reference id, and by funds", async () => {
		await withFixture(folder, {}, async (fixture) => {
			await fixture.start("interac", "other");
			const { id } = await made(fixture, "eft", "wanted", SCHEDULED);
			rewriteReads(fixture, {});
			const found = async (query: string) => (await fixture.system.list(`&${query}`)).map((view) => view.id);
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
		await withFixture(folder, {}, async (fixture) => {
			const { id } = await fixture.start("interac", "one");
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
				const { status, json } = await fixture.system.call(method, path, body);
				assert.deepEqual([status, json.code, json.field], [400, "invalid_input", field], path);
			}
			assert.equal((await fixture.system.call("GET", "/payments?funds=lots")).status, 400);
		});
	});
});
