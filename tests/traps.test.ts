// A client whose wasm traps: the calls on it settle, the process lives, the next call works; in Node and in workerd, on
// a build that traps on demand.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Running, startWorkerd } from "../tools/processes.ts";
import type { Verdict } from "./traps/suite.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);
let workerd: Running;

before(async () => {
	await run(process.execPath, ["tools/build.mjs", "--poison"], { cwd: root });
	workerd = await startWorkerd({ name: "the traps' Worker", folder: "tests/traps", readyAt: "/ready" });
});
after(() => workerd.stop());

/** The names of all cases: a runtime that ran none fails. */
function check(verdicts: Verdict[]): void {
	assert.equal(verdicts.length, 15);
	assert.deepEqual(
		verdicts.filter(({ complaints }) => complaints.length > 0),
		[],
	);
}

describe("a wasm instance that traps", () => {
	it("ends each call that waits with instance_lost, and the next call works, in Node", async () => {
		// In its own process, which an uncaught exception would end.
		const { stdout, stderr } = await run(process.execPath, ["tests/traps/node.ts"], { cwd: root });
		check(JSON.parse(stdout));
		assert.equal(stderr, "");
	});

	it("ends each call that waits with instance_lost, and the next call works, in workerd", async () => {
		const response = await fetch(workerd.url);
		assert.equal(response.status, 200, workerd.output());
		check((await response.json()) as Verdict[]);
		// The isolate in which the traps happened still answers.
		check((await (await fetch(workerd.url)).json()) as Verdict[]);
		assert.doesNotMatch(workerd.output(), /Uncaught|hung|unreachable/);
	});
});
