// A refusal before anything could exist frees the idempotency key: a caller who got `not_sent` may ask again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { seededBug } from "./crash/bugs.ts";
import type { Plan } from "./crash/gateway.ts";
import { createsOf } from "./crash/laws.ts";
import type { Product } from "./crash/scene.ts";
import { bundle } from "./crash/workerd.ts";
import { SECOND, type Stage, until, withStage } from "./notifications/stage.ts";

const folder = await bundle(seededBug());

/** Flinks takes no credentials any more. */
function refuseCredentials(stage: Stage): void {
	const rewrite: Plan["rewrite"] = () => ({ status: 401, content: "{}" });
	stage.scene.gateway.chance = ({ step }) =>
		step === "authorize" ? { step, when: "after", act: async () => {}, goesOn: true, rewrite } : undefined;
}

/** Asserts that the caller gets `not_sent`, and that the key then works as if for the first time. */
async function assertFree(stage: Stage, product: Product, key: string, mend: () => unknown): Promise<void> {
	const refused = await stage.scene.ask(product, key);
	assert.ok(refused.status >= 400, refused.text);
	assert.equal(refused.json.outcome, "not_sent", refused.text);
	await mend();
	const again = await stage.scene.ask(product, key);
	assert.deepEqual([again.status, again.replayed], [201, false], again.text);
	assert.equal((await stage.scene.list()).filter(({ referenceId }) => referenceId === key).length, 1);
	const started = createsOf(key, stage.scene.gateway.wire).filter(({ entry }) => entry?.sessionId !== undefined);
	assert.equal(started.length, 1, "there is one session");
}

for (const product of ["interac", "eft"] as const satisfies readonly Product[]) {
	const create = product === "eft" ? "session" : "initiate";

	test(`${product}: the key is free when the token is refused and authorize fails`, async () => {
		await withStage(folder, {}, async (stage) => {
			stage.scene.sandbox.fault({ step: create, fault: "token_expired" });
			const act = async () => stage.scene.sandbox.fault({ step: "authorize", fault: "503", times: 3 });
			stage.scene.plan({ step: create, when: "after", act, goesOn: true });
			await assertFree(stage, product, "no-other-token", () => {
				stage.scene.sandbox.faults.length = 0;
			});
		});
	});

	test(`${product}: the key is free when Flinks answers 429`, async () => {
		await withStage(folder, {}, async (stage) => {
			stage.scene.sandbox.fault({ step: create, fault: "429", retryAfter: 60 });
			await assertFree(stage, product, "asked-to-wait", () => {
				stage.scene.sandbox.faults.length = 0;
			});
		});
	});

	test(`${product}: the key is free when the password was changed at Flinks while tokens were ready`, async () => {
		await withStage(folder, { FLINKS_WARM_TOKENS: "2", LEDGER_SHARDS: "1" }, async (stage) => {
			await stage.start(product, "warm");
			const authorized = () => stage.scene.gateway.wire.filter(({ step }) => step === "authorize").length;
			await until("tokens are ready", () => authorized() >= 3);
			stage.scene.sandbox.fault({ step: create, fault: "token_expired", times: 2 });
			refuseCredentials(stage);
			await assertFree(stage, product, "changed-password", () => {
				stage.scene.sandbox.faults.length = 0;
				stage.scene.gateway.chance = () => undefined;
				return stage.restartWith({});
			});
		});
	});
}

test("interac: the key stays used when there is a session and the second token is refused", async () => {
	await withStage(folder, {}, async (stage) => {
		const { scene } = stage;
		const rewrite: Plan["rewrite"] = ({ status, content }) => {
			return { status, content: JSON.stringify({ ...JSON.parse(content), expires_in: 20 }) };
		};
		scene.plan({ step: "authorize", when: "after", act: async () => {}, goesOn: true, rewrite });
		// The token expires before the second step, and the call still has time.
		const act = async () => {
			await scene.moveClock(15 * SECOND);
			refuseCredentials(stage);
		};
		scene.plan({ step: "initiate", when: "after", act, goesOn: true });
		const first = await scene.ask("interac", "second-token");
		assert.equal(scene.gateway.wire.filter(({ step }) => step === "authorize").length, 2, first.text);
		assert.deepEqual([first.status, first.json.code], [502, "credentials_rejected"], first.text);
		scene.gateway.chance = () => undefined;
		const again = await scene.ask("interac", "second-token");
		assert.deepEqual([again.status, again.replayed, again.text], [502, true, first.text]);
		assert.equal(createsOf("second-token", scene.gateway.wire).length, 1);
		assert.equal((await scene.list()).filter(({ referenceId }) => referenceId === "second-token").length, 1);
	});
});
