// The Worker within a merchant's own app: all of it is under its path, and the app answers the rest. And what `createWorker`
// says about wrong options from JavaScript.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Running, startWorkerd } from "../tools/processes.ts";

let worker: Running;

before(async () => {
	worker = await startWorkerd({ name: "a merchant's app", folder: "tests/mounted", readyAt: "/" });
});
after(() => worker.stop());

for (const path of ["/pay", "/mounted"]) {
	describe(`the Worker under ${path} of an app`, () => {
		it("answers", async () => {
			const health = await fetch(`${worker.url}${path}/healthz`);
			assert.deepEqual(await health.json(), { status: "ok" });
		});

		it("serves its operator's page", async () => {
			const page = await fetch(`${worker.url}${path}/operator`);
			assert.equal(page.url, `${worker.url}${path}/operator/`);
			assert.match(await page.text(), /operator\.js/);
		});

		it("gets the request's body, and requires the key", async () => {
			const answer = await fetch(`${worker.url}${path}/payments`, { method: "POST", body: "{}" });
			// No binding is set: the Worker itself names what is missing.
			assert.equal(answer.headers.get("Content-Type"), "application/problem+json");
			assert.equal(answer.status, 503);
		});
	});
}

it("the app answers all other paths", async () => {
	assert.equal(await (await fetch(worker.url)).text(), "the shop");
	assert.equal((await fetch(`${worker.url}/healthz`)).status, 404);
});

describe("createWorker", () => {
	const refused: [options: object, says: string][] = [
		[{ basepath: "/pay" }, "TypeError: createWorker has no option basepath: use basePath, vars or onMessage."],
		[{ var: { LEDGER_SHARDS: 64 } }, "TypeError: createWorker has no option var: use basePath, vars or onMessage."],
		[
			{ vars: { LEDGER_SHARD: 64 } },
			"TypeError: vars has LEDGER_SHARD, which is not a setting that may be in code. worker/README.md has their names.",
		],
		[{ basePath: "pay" }, 'TypeError: basePath is pay, which is no path. Give one such as "/pay".'],
		[{ onMessage: "https://shop.example" }, "TypeError: onMessage must be a function."],
		[{ basePath: null }, 'TypeError: basePath is null, which is no path. Give one such as "/pay".'],
	];
	for (const [options, says] of refused) {
		it(`says what is wrong with ${JSON.stringify(options)}`, async () => {
			const answer = await fetch(`${worker.url}/refusal`, { method: "POST", body: JSON.stringify(options) });
			assert.equal(await answer.text(), says);
		});
	}
});
