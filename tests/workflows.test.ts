// The workflows: what they run cannot be changed by others, and they may do no more than they must.

import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

for await (const path of glob(".github/workflows/*", { cwd: root })) {
	describe(path, async () => {
		const text = await readFile(`${root}${path}`, "utf8");
		const [, ...jobs] = text.slice(text.indexOf("\njobs:\n")).split(/^ {2}(?=\w+:$)/m);

		it("pins each action by its commit, and says which version that is", () => {
			const uses = text.split("\n").filter((line) => line.includes("uses:"));
			assert.ok(uses.length > 0);
			for (const line of uses) assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
		});

		it("may read the code and nothing else, but for a job that says so", () => {
			assert.match(text, /^permissions:\n {2}contents: read\n\n/m);
			assert.doesNotMatch(text, /pull_request_target|secrets\.|write-all|contents: write/);
		});

		it("gives no rights to a job that runs the code of the repository", () => {
			assert.ok(jobs.length > 0);
			for (const job of jobs.filter((job) => /: write$/m.test(job))) {
				assert.doesNotMatch(job, /actions\/checkout|npm (ci|install|test|run)/);
			}
		});

		it("keeps no credentials where the code can read them, and ends", () => {
			for (const job of jobs) {
				assert.equal(job.match(/actions\/checkout@/g)?.length, job.match(/persist-credentials: false/g)?.length);
				assert.match(job, /timeout-minutes: \d+/);
			}
		});
	});
}
