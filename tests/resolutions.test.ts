// A resolution of an unknown payment is looked up at Flinks first, claims its id for one payment alone, and can be taken back.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Step } from "../sandbox/src/types.ts";
import { seededBug } from "./crash/bugs.ts";
import type { Answer, Plan } from "./crash/gateway.ts";
import { bundle } from "./crash/workerd.ts";
import { MINUTE, SECOND, type Stage, until, withStage } from "./notifications/stage.ts";

const folder = await bundle(seededBug());

/** Removes the reference from Flinks' answers, so that the ledger alone knows whose an id is. */
function keepReferencesBack({ scene }: Stage): void {
	const keep = (name: string, value: unknown) => (name === "referenceId" ? undefined : value);
	const rewrite: Plan["rewrite"] = ({ status, content }) => ({
		status,
		content: JSON.stringify(JSON.parse(content), keep),
	});
	scene.gateway.chance = ({ step }) =>
		step === "session_status" || step === "status"
			? { step, when: "after", act: async () => {}, goesOn: true, rewrite }
			: undefined;
}

describe("a resolution to created", () => {
	test("binds nothing while Flinks cannot be asked", async () => {
		await withStage(folder, {}, async (stage) => {
			const { id, sessionId } = await stage.startUnknown("eft", "looked-up");
			stage.scene.gateway.chance = ({ step }) =>
				step === "session_status" ? { step, when: "before", act: async () => {} } : undefined;
			const refused = await stage.scene.resolve(id, { outcome: "created", sessionId });
			assert.ok(refused.status >= 500, refused.text);
			assert.equal((await stage.scene.read(id)).json.status, "unknown");
			stage.scene.gateway.chance = () => undefined;
			const { status, text } = await stage.scene.resolve(id, { outcome: "created", sessionId });
			assert.equal(status, 200, text);
			assert.ok(stage.readsOf(sessionId) > 1);
		});
	});

	for (const [product, ids] of [
		["eft", { sessionId: crypto.randomUUID() }],
		["interac", { requestId: crypto.randomUUID() }],
	] as const) {
		test(`binds nothing when Flinks does not know the id: ${product}`, async () => {
			await withStage(folder, {}, async (stage) => {
				const { id } = await stage.startUnknown(product, "not-there");
				const { status, text } = await stage.scene.resolve(id, { outcome: "created", ...ids });
				assert.ok(status === 404 || status === 409, text);
				const { json: view } = await stage.scene.read(id);
				assert.equal(view.status, "unknown");
				for (const [name, value] of Object.entries(ids)) assert.notEqual(view[name], value);
				const events = (await stage.scene.events(id)).filter(({ type }) => type === "resolution");
				assert.equal(events.length, 0);
				assert.equal((await stage.scene.resolve(id, { outcome: "not_created" })).status, 200);
			});
		});
	}

	test("cannot claim the session of another payment, which stays with it", async () => {
		await withStage(folder, {}, async (stage) => {
			keepReferencesBack(stage);
			const { sessionId } = await stage.start("eft", "owner");
			const { id } = await stage.startUnknown("eft", "claimant");
			for (const claimed of [sessionId, sessionId.toUpperCase()]) {
				const { status, json, text } = await stage.scene.resolve(id, { outcome: "created", sessionId: claimed });
				assert.deepEqual([status, json.code], [409, "not_possible"], text);
			}
			assert.equal((await stage.scene.read(id)).json.status, "unknown");
			stage.playSilently(sessionId, "cancel");
			assert.equal(await stage.scene.hint({ sessionId, status: "Canceled" }), 200);
			await stage.scene.pass(SECOND);
			await until("the message arrives", () => stage.hasLatestStatus("owner", "Canceled"));
		});
	});

	test("cannot claim the payment request of another payment", async () => {
		await withStage(folder, {}, async (stage) => {
			keepReferencesBack(stage);
			const requestId = String((await stage.scene.ask("interac", "owner")).json.requestId);
			const { id } = await stage.startUnknown("interac", "claimant");
			const { status, json, text } = await stage.scene.resolve(id, { outcome: "created", requestId });
			assert.deepEqual([status, json.code], [409, "not_possible"], text);
			assert.equal((await stage.scene.read(id)).json.status, "unknown");
		});
	});

	test("cannot claim what another resolution has", async () => {
		await withStage(folder, {}, async (stage) => {
			keepReferencesBack(stage);
			const one = await stage.startUnknown("eft", "one");
			const other = await stage.startUnknown("eft", "other");
			const both = [one, other].map(({ id }) =>
				stage.scene.resolve(id, { outcome: "created", sessionId: one.sessionId }),
			);
			const statuses = (await Promise.all(both)).map(({ status }) => status);
			assert.deepEqual(statuses.toSorted(), [200, 409]);
			const claims = (await stage.scene.list()).filter(({ sessionId }) => sessionId === one.sessionId);
			assert.equal(claims.filter(({ status }) => status !== "unknown").length, 1);
		});
	});
});

describe("a resolution that was wrong", () => {
	test("can be taken back and replaced, with a message for each change", async () => {
		await withStage(folder, {}, async (stage) => {
			const { id, sessionId } = await stage.startUnknown("eft", "revised");
			for (const [resolution, status] of [
				[{ outcome: "not_created" }, "not_created"],
				[{ outcome: "unknown" }, "unknown"],
				[{ outcome: "created", sessionId }, "Initiated"],
				[{ outcome: "not_created" }, "not_created"],
				[{ outcome: "created", sessionId }, "Initiated"],
			] as const) {
				const resolved = await stage.scene.resolve(id, resolution);
				assert.equal(resolved.status, 200, resolved.text);
				assert.equal((await stage.scene.read(id)).json.status, status);
				await stage.scene.ringAlarm();
				await until(`the message about ${status} arrives`, () => stage.hasLatestStatus("revised", status));
			}
			const events = (await stage.scene.events(id)).filter(({ type }) => type === "resolution");
			assert.equal(events.length, 5);
			// The key's answer stays.
			const again = await stage.scene.ask("eft", "revised");
			assert.deepEqual([again.status, again.json.code, again.replayed], [502, "outcome_unknown", true]);
		});
	});

	for (const isSaid of [true, false]) {
		const who = isSaid ? "Flinks says whose it is" : "Flinks does not say whose it is";
		test(`can be replaced when it named another payment's session, which is free again: ${who}`, async () => {
			await withStage(folder, {}, async (stage) => {
				if (!isSaid) keepReferencesBack(stage);
				const one = await stage.startUnknown("eft", "mixed-up");
				const other = await stage.startUnknown("eft", "mixed-up-too");
				const wrong = await stage.scene.resolve(one.id, { outcome: "created", sessionId: other.sessionId });
				assert.equal(wrong.status, isSaid ? 409 : 200, wrong.text);
				if (!isSaid) assert.equal((await stage.scene.resolve(one.id, { outcome: "unknown" })).status, 200);
				for (const { id, sessionId } of [one, other]) {
					const { status, text } = await stage.scene.resolve(id, { outcome: "created", sessionId });
					assert.equal(status, 200, text);
				}
				stage.playSilently(other.sessionId, "cancel");
				assert.equal(await stage.scene.hint({ sessionId: other.sessionId, status: "Canceled" }), 200);
				await stage.scene.pass(MINUTE);
				await until("the message arrives", () => stage.hasLatestStatus("mixed-up-too", "Canceled"));
				assert.equal((await stage.scene.read(one.id)).json.status, "Initiated");
			});
		});
	}

	test("cannot be changed once the payment is paid", async () => {
		await withStage(folder, {}, async (stage) => {
			const { id, requestId } = await stage.startUnknown("interac", "paid");
			assert.equal((await stage.scene.resolve(id, { outcome: "created", requestId: requestId ?? "" })).status, 200);
			const created = stage.scene.gateway.wire.find(({ step }) => step === "initiate");
			stage.scene.play(String(created?.entry?.sessionId), "accept");
			await stage.scene.pass(MINUTE);
			await until("it is paid", async () => (await stage.scene.read(id)).json.paid === true);
			for (const outcome of ["unknown", "not_created"]) {
				const { status, json, text } = await stage.scene.resolve(id, { outcome });
				assert.deepEqual([status, json.code], [409, "not_possible"], text);
			}
		});
	});
});

describe("an id of Flinks'", () => {
	test("stays with the payment when its resolution is sent twice at once", async () => {
		await withStage(folder, {}, async (stage) => {
			const [one, other] = await twoUnknown(stage);
			const created = { outcome: "created", sessionId: one.sessionId };
			const twice = await Promise.all([stage.scene.resolve(one.id, created), stage.scene.resolve(one.id, created)]);
			assert.ok(twice.some(({ status }) => status === 200));
			assert.equal((await stage.scene.resolve(other.id, created)).status, 409);
			await assertHears(stage, one);
		});
	});

	test("stays with the payment when a later resolution fails", async () => {
		await withStage(folder, {}, async (stage) => {
			const { id, requestId = "" } = await stage.startUnknown("interac", "kept");
			const created = { outcome: "created", requestId };
			assert.equal((await stage.scene.resolve(id, created)).status, 200);
			const other = await stage.startUnknown("interac", "claimant");
			stage.scene.gateway.chance = ({ step }) => ({ step, when: "before", act: async () => {} });
			const failed = await stage.scene.resolve(id, { ...created, sessionId: crypto.randomUUID() });
			assert.ok(failed.status >= 500, failed.text);
			stage.scene.gateway.chance = () => undefined;
			keepReferencesBack(stage);
			assert.equal((await stage.scene.resolve(other.id, created)).status, 409);
		});
	});

	test("is free again when it turns out to be another payment's", async () => {
		await withStage(folder, {}, async (stage) => {
			const [one, other] = await twoUnknown(stage);
			for (const { sessionId } of [other, one]) {
				const { status, text } = await stage.scene.resolve(one.id, { outcome: "created", sessionId });
				assert.equal(status, 200, text);
			}
			const { status, text } = await stage.scene.resolve(other.id, { outcome: "created", sessionId: other.sessionId });
			assert.equal(status, 200, text);
			await assertHears(stage, other);
		});
	});

	test("is free again when the Worker dies before the resolution is written", async () => {
		// When the payment's own object has the claim, it is lost with the resolution; of five tries, one is in another object.
		for (let tries = 0; tries < 5; tries++) {
			await withStage(folder, {}, async (stage) => {
				const [one, other] = await twoUnknown(stage);
				const { sessionId } = other;
				await stage.scene.quiet();
				// The first write is the claim; the second, the resolution's, is lost.
				await stage.scene.stopAfter(2, "lost");
				assert.equal((await stage.scene.resolve(one.id, { outcome: "created", sessionId })).status, 0);
				const { status, text } = await stage.scene.resolve(other.id, { outcome: "created", sessionId });
				assert.equal(status, 200, text);
				await assertHears(stage, other);
			});
		}
	});

	test("is not applied to a payment that got another id during the read", async () => {
		await withStage(folder, {}, async (stage) => {
			const [one, other] = await twoUnknown(stage);
			const resolve = (sessionId: string) => stage.scene.resolve(one.id, { outcome: "created", sessionId });
			assert.equal((await resolve(other.sessionId)).status, 200);
			stage.playSilently(other.sessionId, "accept");
			const act = async () => assert.equal((await resolve(one.sessionId)).status, 200);
			stage.scene.plan({ ...withoutReferenceId("session_status"), act });
			await stage.scene.pass(MINUTE);
			await until("it has its own", async () => (await stage.scene.read(one.id)).json.sessionId === one.sessionId);
			await stage.scene.pass(MINUTE);
			const view = (await stage.scene.read(one.id)).json;
			assert.deepEqual([view.status, view.funds], ["Initiated", "none"]);
			const events = await stage.scene.events(one.id);
			assert.ok(!events.some(({ type }) => type === "mismatch"));
			assert.ok(stage.merchant.messagesOf("one").every(({ data }) => data.funds === "none"));
		});
	});
});

/** Two unknown payments, whose references Flinks' answers do not have. */
async function twoUnknown(stage: Stage) {
	const both = [await stage.startUnknown("eft", "one"), await stage.startUnknown("eft", "other")] as const;
	stage.scene.gateway.chance = ({ step }) => (step === "session_status" ? withoutReferenceId(step) : undefined);
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
async function assertHears({ scene }: Stage, { id, sessionId }: { id: string; sessionId: string }): Promise<void> {
	assert.equal(await scene.hint({ sessionId, status: "InProgress" }), 200);
	assert.ok((await scene.events(id)).some(({ type }) => type === "webhook"));
}
