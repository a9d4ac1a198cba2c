// Whether the tests find bugs: each bug of `bugs.ts` is made in the Worker that they run, and those that are meant must
// fail. It ends with a table. A part of a bug's name as argument looks for that one alone.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Bug, bugs } from "./bugs.ts";
import { bundle } from "./workerd.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A search for a bug: what is run, and how its output says what failed. */
interface Search {
	args: readonly string[];
	failure: RegExp;
}

const CHANCE: Search = { args: ["tests/crash/command.ts", "--runs", "60", "--seed", "1"], failure: /^(seed \d+)/m };

function byTests({ tests: { file, about } }: Bug): Search {
	const args = ["--test", "--test-reporter=spec", `--test-name-pattern=${about}`, `tests/${file}.test.ts`];
	return { args, failure: /✖ (.*?) \(/ };
}

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

const [part = ""] = process.argv.slice(2);
const chosen = bugs.filter(({ name }) => name.includes(part));
const complaints: string[] = [];
const rows: string[][] = [["bug", "looked for in", "found by", "and by chance"]];
for (const bug of chosen) {
	// A bug that cannot be made would be found everywhere.
	await bundle(bug.edits);
	// One after the other: both take a core and more.
	const tests = await look(byTests(bug), bug);
	const chance = bug.byChance ? await look(CHANCE, bug) : "-";
	if (tests === undefined) complaints.push(`the tests do not find: ${bug.name}`);
	if (chance === undefined) complaints.push(`chance does not find: ${bug.name}`);
	rows.push([bug.name, bug.tests.file, tests ?? "NOT FOUND", chance ?? "NOT FOUND"]);
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
console.log(`${chosen.length} bugs, ${complaints.length} complaints`);
process.exit(complaints.length === 0 ? 0 : 1);

/** Runs until the first failure or the end, and says what failed. */
function look({ args, failure }: Search, { name }: Bug): Promise<string | undefined> {
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
			if (found === undefined && code !== 0)
				reject(new Error(`${name}: ${args.join(" ")} ended with ${code}\n${output}`));
			else resolve(found);
		});
	});
}
