// Whether the crash tests see anything: each bug of `bugs.ts` is made in the Worker that they run, and they must fail.
// It ends with a table.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Bug, bugs } from "./bugs.ts";
import { bundle } from "./workerd.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const finders = {
	tests: {
		args: ["--test", "--test-reporter=spec", "--test-skip-pattern=many payments", "tests/crash.test.ts"],
		failure: /✖ (.*?) \(/,
	},
	chance: { args: ["tests/crash/command.ts", "--runs", "60", "--seed", "1"], failure: /^(seed \d+)/m },
};

// What a search leaves behind that is killed.
const scratch = mkdtempSync(join(tmpdir(), "flinkspay-edge-bug-"));
let group: number | undefined;
const end = () => {
	if (group !== undefined) process.kill(-group, "SIGKILL");
	group = undefined;
};
process.on("exit", () => {
	end();
	rmSync(scratch, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));

const complaints: string[] = [];
const rows: string[][] = [["bug", ...Object.keys(finders)]];
for (const bug of bugs) {
	// A bug that cannot be made would be found everywhere.
	await bundle(bug.edits);
	// One after the other: both take a core and more.
	const tests = await look("tests", bug);
	const chance = bug.finder === "tests" ? "-" : await look("chance", bug);
	if (tests === undefined) complaints.push(`the tests do not find: ${bug.name}`);
	if (chance === undefined) complaints.push(`chance does not find: ${bug.name}`);
	rows.push([bug.name, tests ?? "NOT FOUND", chance ?? "NOT FOUND"]);
}
const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
for (const row of rows)
	console.log(
		row
			.map((cell, column) => cell.padEnd(widths[column] ?? 0))
			.join("  ")
			.trimEnd(),
	);
for (const complaint of complaints) console.error(complaint);
console.log(`${bugs.length} bugs, ${complaints.length} complaints`);
process.exit(complaints.length === 0 ? 0 : 1);

/** Runs until the first failure or the end, and says what failed. */
function look(finder: keyof typeof finders, { name }: Bug): Promise<string | undefined> {
	const { args, failure } = finders[finder];
	return new Promise<string | undefined>((resolve, reject) => {
		const env = { ...process.env, SEEDED_BUG: name, TMPDIR: scratch };
		// A group of its own, so that it ends with all that it has started.
		const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
		group = child.pid;
		child.once("exit", () => {
			group = undefined;
		});
		let output = "";
		let found: string | undefined;
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding("utf8").on("data", (text: string) => {
				output += text;
				found = failure.exec(output)?.[1];
				if (found !== undefined) end();
			});
		}
		child.on("close", (code) => {
			if (found === undefined && code !== 0) reject(new Error(`${name}: ${finder} ended with ${code}\n${output}`));
			else resolve(found);
		});
	});
}
