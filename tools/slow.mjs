// `npm run test:slow` runs the tests that are too slow for `npm test`, one part after the other: all of them, or those named.
// Options go to a single part: `npm run test:slow -- crash --runs 20 --seed 4`. CONTRIBUTING.md describes the parts.

import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { env, fail, root, step } from "./steps.mjs";

/** @type {Record<string, readonly string[]>} Node's arguments for each part */
const PARTS = {
	api: ["tests/api/run.ts"],
	runtimes: ["tests/runtimes/report.ts"],
	consumers: ["tests/consumers/report.ts"],
	upgrade: ["tests/consumers/upgrade.ts"],
	crash: ["tests/crash/command.ts"],
	notifications: ["tests/notifications/command.ts"],
	books: ["tests/books/command.ts"],
	soak: ["tests/soak/run.ts"],
	load: ["tests/load/run.ts"],
	backlog: ["tests/load/open.ts"],
	seeded: ["tests/crash/seeded-bugs.ts"],
	mutants: ["tools/mutants.mjs"],
	fuzz: ["tools/fuzz.mjs"],
};
/** It needs a revision to start from, so it is not among all. */
const NEEDS_ARGUMENTS = "upgrade";

const [first = "", ...rest] = process.argv.slice(2);
const isPart = (/** @type {string} */ argument) => Object.hasOwn(PARTS, argument);
const others = rest.filter(isPart);
const chosen = first === "" ? Object.keys(PARTS).filter((part) => part !== NEEDS_ARGUMENTS) : [first, ...others];
const options = rest.filter((argument) => !isPart(argument));
if (!chosen.every(isPart) || (options.length > 0 && chosen.length > 1)) {
	fail(`Wrong arguments. Name any of the parts, or one part and its options. Parts: ${Object.keys(PARTS).join(", ")}.`);
}

const consumers = chosen.includes("consumers") ? ["--consumers"] : [];
await step("set up", "node", ["tools/bootstrap.mjs", "--test", ...consumers]);
await step("build the package", "node", ["tools/build.mjs"]);
const failed = [];
for (const part of chosen) {
	console.log(`\n${part}`);
	const started = performance.now();
	const child = spawn("node", [...(PARTS[part] ?? []), ...options], { cwd: root, env, stdio: "inherit" });
	const [code] = await once(child, "exit");
	console.log(
		`${part}: ${code === 0 ? "passed" : "FAILED"} after ${((performance.now() - started) / 1000).toFixed(0)} s`,
	);
	if (code !== 0) failed.push(part);
}
if (failed.length > 0) console.error(`failed: ${failed.join(", ")}`);
process.exit(failed.length === 0 ? 0 : 1);
