// The contract between client and sandbox, the same in Node and in workerd.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { suite, type Verdict } from "./contract/suite.ts";
import { type Running, startWorkerd } from "./processes.ts";

let workerd: Running;

before(async () => {
	workerd = await startWorkerd({ name: "the contract's Worker", folder: "tests/contract", readyAt: "/ready" });
});
after(() => workerd.stop());

/** Each case, so that a runtime which ran none of them fails. */
function check(verdicts: Verdict[]): void {
	assert.equal(verdicts.length, 18);
	assert.deepEqual(
		verdicts.filter(({ complaints }) => complaints.length > 0),
		[],
	);
}

describe("the client and the sandbox agree", () => {
	it("in Node", async () => check(await suite()));

	it("in workerd", async () => {
		const response = await fetch(workerd.url);
		assert.equal(response.status, 200, workerd.output());
		check((await response.json()) as Verdict[]);
	});
});
