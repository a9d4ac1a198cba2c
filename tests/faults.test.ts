// The table of faults: each cell against an upstream on raw sockets, in Node and in workerd.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { after, before, describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Running, startWorkerd } from "../tools/processes.ts";
import { faultNames } from "./faults/replies.ts";
import type { Verdict } from "./faults/suite.ts";
import { cells, type Runtime, rows, sequences } from "./faults/table.ts";
import { startUpstream, type Upstream } from "./faults/upstream.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);
const MOST_OUTPUT = 16 * 1_048_576;

/** Asserts that each cell ran, in the table's order, and as the table says. */
function check(t: TestContext, runtime: Runtime, verdicts: Verdict[]): void {
	assert.deepEqual(
		verdicts.map(({ name }) => name),
		cells.map(({ name }) => name),
	);
	const cannot = verdicts.filter((verdict) => verdict.cannot !== undefined);
	const bad = verdicts.filter(({ complaints }) => complaints.length > 0);
	t.diagnostic(`${runtime}: ${verdicts.length - cannot.length} of ${cells.length} cells ran, ${bad.length} were wrong`);
	for (const { name, cannot: why } of cannot) t.diagnostic(`cannot run in ${runtime}: ${name}: ${why}`);
	assert.equal(cannot.length, cells.filter(({ unlike }) => unlike[runtime] && !unlike[runtime].end).length);
	assert.deepEqual(bad, []);
}

describe("the table", () => {
	it("has a row for each fault that the upstream knows, and for no other", () => {
		assert.deepEqual([...new Set(rows.map(({ fault }) => fault))].sort(), [...faultNames].sort());
	});

	it("has each cell once, and every step of every call", () => {
		assert.equal(new Set(cells.map(({ name }) => name)).size, cells.length);
		for (const [call, steps] of Object.entries(sequences)) {
			for (const step of steps) assert.ok(cells.some((cell) => cell.call === call && cell.step === step));
		}
	});
});

describe("an upstream that fails", () => {
	let upstream: Upstream;
	before(async () => {
		upstream = await startUpstream(cells);
	});
	after(() => upstream.stop());

	it("ends each call as the table says in Node, and leaves no timer or connection behind", async (t) => {
		const { stdout, stderr } = await run(process.execPath, ["tests/faults/node.ts", upstream.url], {
			cwd: root,
			maxBuffer: MOST_OUTPUT,
			// It ends by itself. A timer or a connection of the client would keep it.
			timeout: 600_000,
		});
		const { verdicts, left }: { verdicts: Verdict[]; left: string[] } = JSON.parse(stdout);
		check(t, "node", verdicts);
		assert.equal(stderr, "");
		assert.deepEqual(left, []);
	});
});

describe("an upstream that fails", () => {
	let upstream: Upstream;
	let workerd: Running;
	before(async () => {
		upstream = await startUpstream(cells);
		workerd = await startWorkerd({ name: "the faults' Worker", folder: "tests/faults", readyAt: "/ready" });
	});
	after(() => Promise.all([upstream.stop(), workerd.stop()]));

	it("ends each call as the table says in workerd", async (t) => {
		const asked = new URLSearchParams({ upstream: upstream.url, from: "0", to: String(cells.length) });
		const response = await fetch(`${workerd.url}/?${asked}`);
		assert.equal(response.status, 200, workerd.output());
		check(t, "workerd", (await response.json()) as Verdict[]);
		assert.doesNotMatch(workerd.output(), /Uncaught|hung|unreachable/);
	});
});
