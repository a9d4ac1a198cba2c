// A refusal before anything could exist frees the idempotency key: a caller who got `not_sent` may ask again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { seededBug } from "./crash/bugs.ts";
import type { Plan } from "./crash/gateway.ts";
import { createsOf } from "./crash/laws.ts";
import type { Product } from "./crash/system.ts";
import { bundle } from "./crash/workerd.ts";
import { type Fixture, SECOND, until, withFixture } from "./notifications/fixture.ts";

const folder = await bundle(seededBug());

/** Flinks takes no credentials any more. */
function refuseCredentials(fixture: Fixture): void {
	const rewrite: Plan["rewrite"] = () => ({ status: 401, content: "{}" });
	fixture.system.gateway.chance = ({ step }) =>
		step === "authorize" ? { step, when: "after", act: async () => {}, goesOn: true, rewrite } : undefined;
}

/** Asserts that the caller gets `not_sent`, and that the key then works as if for the first time. */
async function assertFree(fixture: Fixture, product: Product, key: string, mend: () => unknown): Promise<void> {
	const refused = await fixture.system.ask(product, key);
	assert.ok(refused.status >= 400, refused.text);
	assert.equal(refused.json.outcome, "not_sent", refused.text);
	await mend();
	const again = await fixture.system.ask(product, key);
	assert.deepEqual([again.status, again.replayed], [201, false], again.text);
	assert.equal((await fixture.system.list()).filter(({ referenceId }) => referenceId === key).length, 1);
	const started = createsOf(key, fixture.system.gateway.wire).filter(({ entry }) => entry?.sessionId !== undefined);
	assert.equal(started.length, 1, "there is one session");
}

for (const product of ["interac", "eft"] as const satisfies readonly Product[]) {
	const create = product === "eft" ? "session" : "initiate";

	test(`${product}: the key is free when the token is refused and authorize fails`, async () => {
		await withFixture(folder, {}, async (fixture) => {
			fixture.system.sandbox.fault({ step: create, fault: "token_expired" });
			const act = async () => fixture.system.sandbox.fault({ step: "authorize", fault: "503", times: 3 });
			fixture.system.plan({ step: create, when: "after", act, goesOn: true });
			await assertFree(fixture, product, "no-other-token", () => {
				fixture.system.sandbox.faults.length = 0;
			});
		});
	});

	test(`${product}: the key is free when Flinks answers 429`, async () => {
		await withFixture(folder, {}, async (fixture) => {
			fixture.system.sandbox.fault({ step: create, fault: "429", retryAfter: 60 });
			await assertFree(fixture, product, "asked-to-wait", () => {
				fixture.system.sandbox.faults.length = 0;
			});
		});
	});

	test(`${product}: the key is free when the password was changed at Flinks while tokens were ready`, async () => {
		await withFixture(folder, { FLINKS_WARM_TOKENS: "2", LEDGER_SHARDS: "1" }, async (fixture) => {
			await fixture.start(product, "warm");
			const authorized = () => fixture.system.gateway.wire.filter(({ step }) => step === "authorize").length;
			await until("tokens are ready", () => authorized() >= 3);
			fixture.system.sandbox.fault({ step: create, fault: "token_expired", times: 2 });
			refuseCredentials(fixture);
			await assertFree(fixture, product, "changed-password", () => {
				fixture.system.sandbox.faults.length = 0;
				fixture.system.gateway.chance = () => undefined;
				return fixture.restartWith({});
			});
		});
	});
}

for (const [what, code, outcome, fail] of [
	["is refused", "credentials_rejected", "rejected", refuseCredentials],
	[
		"cannot be fetched",
		"upstream_unavailable",
		"not_sent",
		({ system }: Fixture) => system.sandbox.fault({ step: "authorize", fault: "503", times: 10 }),
	],
] as const) {
	test(`interac: the key stays used when there is a session and the second token ${what}`, async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { system } = fixture;
			const rewrite: Plan["rewrite"] = ({ status, content }) => {
				return { status, content: JSON.stringify({ ...JSON.parse(content), expires_in: 20 }) };
			};
			system.plan({ step: "authorize", when: "after", act: async () => {}, goesOn: true, rewrite });
			// The token expires before the second step, and the call still has time.
			const act = async () => {
				await system.moveClock(15 * SECOND);
				fail(fixture);
			};
			system.plan({ step: "initiate", when: "after", act, goesOn: true });
			const first = await system.ask("interac", "second-token");
			assert.ok(system.gateway.wire.filter(({ step }) => step === "authorize").length >= 2, first.text);
			assert.deepEqual([first.status, first.json.code, first.json.outcome], [502, code, outcome], first.text);
			// By the id a caller knows that the key is not free.
			assert.equal(typeof first.json.id, "string");
			system.gateway.chance = () => undefined;
			system.sandbox.faults.length = 0;
			const again = await system.ask("interac", "second-token");
			assert.deepEqual([again.status, again.replayed, again.text], [502, true, first.text]);
			assert.equal(createsOf("second-token", system.gateway.wire).length, 1);
			assert.equal((await system.list()).filter(({ referenceId }) => referenceId === "second-token").length, 1);
		});
	});
}
