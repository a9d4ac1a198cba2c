// The contract's suite in every runtime, over HTTP: the same file and cases, on the packed package.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { type Bench, startBench } from "./contract/bench.ts";
import { caseNames } from "./contract/suite.ts";
import { prepare, runtimes } from "./runtimes/runtimes.ts";

let bench: Bench;

before(async () => {
	await prepare();
	bench = await startBench();
});
after(() => bench.stop());

describe("the client and the sandbox agree", () => {
	for (const { name, verdicts } of runtimes) {
		it(`in ${name}`, async () => {
			const results = await verdicts(bench.url);
			// Each case, so that a runtime which ran none of them fails.
			assert.deepEqual(
				results.map((verdict) => verdict.name),
				caseNames,
			);
			assert.deepEqual(
				results.filter(({ complaints }) => complaints.length > 0),
				[],
			);
		});
	}

	it("in as many cases as docs/runtimes.md says", async () => {
		const page = await readFile(new URL("../docs/runtimes.md", import.meta.url), "utf8");
		for (const { name } of runtimes) {
			const row = page.split("\n").find((line) => line.startsWith(`| ${name} |`));
			assert.match(row ?? "", new RegExp(`\\| ${caseNames.length} of ${caseNames.length} \\|$`));
		}
	});
});
