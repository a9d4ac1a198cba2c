// A resolution of an unknown payment is looked up at Flinks first, claims its id for one payment alone, and can be taken back.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Step } from "../sandbox/src/types.ts";
import { seededBug } from "./crash/bugs.ts";
import type { Answer, Plan } from "./crash/gateway.ts";
import { bundle } from "./crash/workerd.ts";
import { type Fixture, MINUTE, SECOND, until, withFixture } from "./notifications/fixture.ts";

const folder = await bundle(seededBug());

/** Removes the reference from Flinks' answers, so that the ledger alone knows whose an id is. */
function keepReferencesBack({ system }: Fixture): void {
	const keep = (name: string, value: unknown) => (name === "referenceId" ? undefined : value);
	const rewrite: Plan["rewrite"] = ({ status, content }) => ({
		status,
		content: JSON.stringify(JSON.parse(content), keep),
	});
	system.gateway.chance = ({ step }) =>
		step === "session_status" || step === "status"
			? { step, when: "after", act: async () => {}, goesOn: true, rewrite }
			: undefined;
}

describe("a resolution to created", () => {
	test("binds nothing while Flinks cannot be asked", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, sessionId } = await fixture.startUnknown("eft", "looked-up");
			fixture.system.gateway.chance = ({ step }) =>
				step === "session_status" ? { step, when: "before", act: async () => {} } : undefined;
			const refused = await fixture.system.resolve(id, { outcome: "created", sessionId });
			assert.ok(refused.status >= 500, refused.text);
			assert.equal((await fixture.system.read(id)).json.status, "unknown");
			fixture.system.gateway.chance = () => undefined;
			const { status, text } = await fixture.system.resolve(id, { outcome: "created", sessionId });
			assert.equal(status, 200, text);
			assert.ok(fixture.readsOf(sessionId) > 1);
		});
	});

	for (const [product, ids] of [
		["eft", { sessionId: crypto.randomUUID() }],
		["interac", { requestId: crypto.randomUUID() }],
	] as const) {
		test(`binds nothing when Flinks does not know the id: ${product}`, async () => {
			await withFixture(folder, {}, async (fixture) => {
				const { id } = await fixture.startUnknown(product, "not-there");
				const { status, text } = await fixture.system.resolve(id, { outcome: "created", ...ids });
				assert.ok(status === 404 || status === 409, text);
				const { json: view } = await fixture.system.read(id);
				assert.equal(view.status, "unknown");
				for (const [name, value] of Object.entries(ids)) assert.notEqual(view[name], value);
				const events = (await fixture.system.events(id)).filter(({ type }) => type === "resolution");
				assert.equal(events.length, 0);
				assert.equal((await fixture.system.resolve(id, { outcome: "not_created" })).status, 200);
			});
		});
	}

	test("cannot claim the session of another payment, which stays with it", async () => {
		await withFixture(folder, {}, async (fixture) => {
			keepReferencesBack(fixture);
			const { sessionId } = await fixture.start("eft", "owner");
			const { id } = await fixture.startUnknown("eft", "claimant");
			for (const claimed of [sessionId, sessionId.toUpperCase()]) {
				const { status, json, text } = await fixture.system.resolve(id, { outcome: "created", sessionId: claimed });
				assert.deepEqual([status, json.code], [409, "not_possible"], text);
			}
			assert.equal((await fixture.system.read(id)).json.status, "unknown");
			fixture.playSilently(sessionId, "cancel");
			assert.equal(await fixture.system.hint({ sessionId, status: "Canceled" }), 200);
			await fixture.system.pass(SECOND);
			await until("the message arrives", () => fixture.hasLatestStatus("owner", "Canceled"));
		});
	});

	test("cannot claim the payment request of another payment", async () => {
		await withFixture(folder, {}, async (fixture) => {
			keepReferencesBack(fixture);
			const requestId = String((await fixture.system.ask("interac", "owner")).json.requestId);
			const { id } = await fixture.startUnknown("interac", "claimant");
			const { status, json, text } = await fixture.system.resolve(id, { outcome: "created", requestId });
			assert.deepEqual([status, json.code], [409, "not_possible"], text);
			assert.equal((await fixture.system.read(id)).json.status, "unknown");
		});
	});

	test("cannot claim what another resolution has", async () => {
		await withFixture(folder, {}, async (fixture) => {
			keepReferencesBack(fixture);
			const one = await fixture.startUnknown("eft", "one");
			const other = await fixture.startUnknown("eft", "other");
			const both = [one, other].map(({ id }) =>
				fixture.system.resolve(id, { outcome: "created", sessionId: one.sessionId }),
			);
			const statuses = (await Promise.all(both)).map(({ status }) => status);
			assert.deepEqual(statuses.toSorted(), [200, 409]);
			const claims = (await fixture.system.list()).filter(({ sessionId }) => sessionId === one.sessionId);
			assert.equal(claims.filter(({ status }) => status !== "unknown").length, 1);
		});
	});
});

describe("a resolution that was wrong", () => {
	test("can be taken back and replaced, with a message for each change", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, sessionId } = await fixture.startUnknown("eft", "revised");
			for (const [resolution, status] of [
				[{ outcome: "not_created" }, "not_created"],
				[{ outcome: "unknown" }, "unknown"],
				[{ outcome: "created", sessionId }, "Initiated"],
				[{ outcome: "not_created" }, "not_created"],
				[{ outcome: "created", sessionId }, "Initiated"],
			] as const) {
				const resolved = await fixture.system.resolve(id, resolution);
				assert.equal(resolved.status, 200, resolved.text);
				assert.equal((await fixture.system.read(id)).json.status, status);
				await fixture.system.ringAlarm();
				await until(`the message about ${status} arrives`, () => fixture.hasLatestStatus("revised", status));
			}
			const events = (await fixture.system.events(id)).filter(({ type }) => type === "resolution");
			assert.equal(events.length, 5);
			// The key's answer stays.
			const again = await fixture.system.ask("eft", "revised");
			assert.deepEqual([again.status, again.json.code, again.replayed], [502, "outcome_unknown", true]);
		});
	});

	for (const isSaid of [true, false]) {
		const who = isSaid ? "Flinks says whose it is" : "Flinks does not say whose it is";
		test(`can be replaced when it named another payment's session, which is free again: ${who}`, async () => {
			await withFixture(folder, {}, async (fixture) => {
				if (!isSaid) keepReferencesBack(fixture);
				const one = await fixture.startUnknown("eft", "mixed-up");
				const other = await fixture.startUnknown("eft", "mixed-up-too");
				const wrong = await fixture.system.resolve(one.id, { outcome: "created", sessionId: other.sessionId });
				assert.equal(wrong.status, isSaid ? 409 : 200, wrong.text);
				if (!isSaid) assert.equal((await fixture.system.resolve(one.id, { outcome: "unknown" })).status, 200);
				for (const { id, sessionId } of [one, other]) {
					const { status, text } = await fixture.system.resolve(id, { outcome: "created", sessionId });
					assert.equal(status, 200, text);
				}
				fixture.playSilently(other.sessionId, "cancel");
				assert.equal(await fixture.system.hint({ sessionId: other.sessionId, status: "Canceled" }), 200);
				await fixture.system.pass(MINUTE);
				await until("the message arrives", () => fixture.hasLatestStatus("mixed-up-too", "Canceled"));
				assert.equal((await fixture.system.read(one.id)).json.status, "Initiated");
			});
		});
	}

	test("cannot be changed once the payment is paid", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, requestId } = await fixture.startUnknown("interac", "paid");
			assert.equal((await fixture.system.resolve(id, { outcome: "created", requestId: requestId ?? "" })).status, 200);
			const created = fixture.system.gateway.wire.find(({ step }) => step === "initiate");
			fixture.system.play(String(created?.entry?.sessionId), "accept");
			await fixture.system.pass(MINUTE);
			await until("it is paid", async () => (await fixture.system.read(id)).json.paid === true);
			for (const outcome of ["unknown", "not_created"]) {
				const { status, json, text } = await fixture.system.resolve(id, { outcome });
				assert.deepEqual([status, json.code], [409, "not_possible"], text);
			}
		});
	});
});

describe("an id of Flinks'", () => {
	test("stays with the payment when its resolution is sent twice at once", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const [one, other] = await twoUnknown(fixture);
			const created = { outcome: "created", sessionId: one.sessionId };
			const twice = await Promise.all([
				fixture.system.resolve(one.id, created),
				fixture.system.resolve(one.id, created),
			]);
			assert.ok(twice.some(({ status }) => status === 200));
			assert.equal((await fixture.system.resolve(other.id, created)).status, 409);
			await assertMessages(fixture, one);
		});
	});

	test("stays with the payment when a later resolution fails", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, requestId = "" } = await fixture.startUnknown("interac", "kept");
			const created = { outcome: "created", requestId };
			assert.equal((await fixture.system.resolve(id, created)).status, 200);
			const other = await fixture.startUnknown("interac", "claimant");
			fixture.system.gateway.chance = ({ step }) => ({ step, when: "before", act: async () => {} });
			const failed = await fixture.system.resolve(id, { ...created, sessionId: crypto.randomUUID() });
			assert.ok(failed.status >= 500, failed.text);
			fixture.system.gateway.chance = () => undefined;
			keepReferencesBack(fixture);
			assert.equal((await fixture.system.resolve(other.id, created)).status, 409);
		});
	});

	test("is free again when it turns out to be another payment's", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const [one, other] = await twoUnknown(fixture);
			for (const { sessionId } of [other, one]) {
				const { status, text } = await fixture.system.resolve(one.id, { outcome: "created", sessionId });
				assert.equal(status, 200, text);
			}
			const { status, text } = await fixture.system.resolve(other.id, {
				outcome: "created",
				sessionId: other.sessionId,
			});
			assert.equal(status, 200, text);
			await assertMessages(fixture, other);
		});
	});

	test("is free again when the Worker dies before the resolution is written", async () => {
		// When the payment's own object has the claim, it is lost with the resolution; of five tries, one is in another object.
		for (let tries = 0; tries < 5; tries++) {
			await withFixture(folder, {}, async (fixture) => {
				const [one, other] = await twoUnknown(fixture);
				const { sessionId } = other;
				await fixture.system.quiet();
				// The first write is the claim; the second, the resolution's, is lost.
				await fixture.system.stopAfter(2, "lost");
				assert.equal((await fixture.system.resolve(one.id, { outcome: "created", sessionId })).status, 0);
				const { status, text } = await fixture.system.resolve(other.id, { outcome: "created", sessionId });
				assert.equal(status, 200, text);
				await assertMessages(fixture, other);
			});
		}
	});

	test("is not applied to a payment that got another id during the read", async () => {
		await withFixture(folder, {}, async (fixture) => {
			const [one, other] = await twoUnknown(fixture);
			const resolve = (sessionId: string) => fixture.system.resolve(one.id, { outcome: "created", sessionId });
			assert.equal((await resolve(other.sessionId)).status, 200);
			fixture.playSilently(other.sessionId, "accept");
			const act = async () => assert.equal((await resolve(one.sessionId)).status, 200);
			fixture.system.plan({ ...withoutReferenceId("session_status"), act });
			await fixture.system.pass(MINUTE);
			await until("it has its own", async () => (await fixture.system.read(one.id)).json.sessionId === one.sessionId);
			await fixture.system.pass(MINUTE);
			const view = (await fixture.system.read(one.id)).json;
			assert.deepEqual([view.status, view.funds], ["Initiated", "none"]);
			const events = await fixture.system.events(one.id);
			assert.ok(!events.some(({ type }) => type === "mismatch"));
			assert.ok(fixture.merchant.messagesOf("one").every(({ data }) => data.funds === "none"));
		});
	});
});

/** Two unknown payments, whose references Flinks' answers do not have. */
async function twoUnknown(fixture: Fixture) {
	const both = [await fixture.startUnknown("eft", "one"), await fixture.startUnknown("eft", "other")] as const;
	fixture.system.gateway.chance = ({ step }) => (step === "session_status" ? withoutReferenceId(step) : undefined);
	return both;
}

function withoutReferenceId(step: Step): Plan {
	const rewrite = ({ status, content }: Answer) => {
		const { referenceId: _, ...rest } = JSON.parse(content);
		return { status, content: JSON.stringify(rest) };
	};
	return { step, when: "after", goesOn: true, act: async () => {}, rewrite };
}

/** Asserts that a webhook about the session finds the payment. */
async function assertMessages(
	{ system }: Fixture,
	{ id, sessionId }: { id: string; sessionId: string },
): Promise<void> {
	assert.equal(await system.hint({ sessionId, status: "InProgress" }), 200);
	assert.ok((await system.events(id)).some(({ type }) => type === "webhook"));
}
