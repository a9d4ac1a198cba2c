// Whether the model check and the properties see anything: each bug of `seeded_bugs/bugs.mjs` is made in a copy of the
// crate under target/, and both suites must fail on it, and on nothing else. It ends with a table.

import { spawn } from "node:child_process";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { env, root, run } from "../tools/steps.mjs";
import { bugs } from "./seeded_bugs/bugs.mjs";

const copy = `${root}target/seeded-bugs/crate/`;
// Not the crate's own: cargo cannot tell a copy from it.
const build = `${root}target/seeded-bugs/build`;
const parts = [
	"Cargo.toml",
	"Cargo.lock",
	"src",
	"tools/wasm-bindgen",
	"tests/model.rs",
	"tests/properties.rs",
	"tests/given",
	"tests/twin",
];
/** Of the properties, the one that makes calls. */
const suites = { model: [], properties: ["calls_at_once_keep_the_laws"] };
// A failure is all that is asked for, not the least input that fails.
const quick = { PROPTEST_MAX_SHRINK_ITERS: "0", RUST_BACKTRACE: "0" };

const start = performance.now();
await rm(copy, { recursive: true, force: true });
for (const part of parts) await cp(`${root}${part}`, `${copy}${part}`, { recursive: true });

/** @type {string[]} */
const complaints = [];
for (const { suite, found, output } of await examine()) {
	if (found) complaints.push(`${suite} fails without any bug:\n${output}`);
}
/** @type {string[][]} */
const table = [["bug", ...Object.keys(suites)]];
if (complaints.length === 0) {
	for (const bug of bugs) table.push([bug.name, ...(await seed(bug))]);
}

const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
for (const row of table)
	console.log(
		row
			.map((cell, column) => cell.padEnd(widths[column]))
			.join("  ")
			.trimEnd(),
	);
for (const complaint of complaints) console.error(complaint);
console.log(
	`${bugs.length} bugs, ${complaints.length} complaints, ${((performance.now() - start) / 1000).toFixed(0)} s`,
);
process.exit(complaints.length === 0 ? 0 : 1);

/**
 * Makes the bug, lets both suites look for it, and takes it back.
 *
 * @param {import("./seeded_bugs/bugs.mjs").Bug} bug
 * @returns {Promise<string[]>}
 */
async function seed({ name, edits }) {
	/** @type {Map<string, string>} */
	const originals = new Map();
	try {
		for (const { file, find, replace } of edits) {
			const text = await readFile(`${copy}${file}`, "utf8");
			if (text.split(find).length !== 2) throw new Error(`${file} does not have this text once: ${find}`);
			if (!originals.has(file)) originals.set(file, text);
			await writeFile(
				`${copy}${file}`,
				text.replace(find, () => replace),
			);
		}
		const verdicts = await examine();
		return verdicts.map(({ suite, found }) => {
			if (!found) complaints.push(`${suite} does not find: ${name}`);
			return found ? "found" : "NOT FOUND";
		});
	} catch (error) {
		complaints.push(`${name}: ${error instanceof Error ? error.message : error}`);
		return Object.keys(suites).map(() => "not made");
	} finally {
		for (const [file, text] of originals) await writeFile(`${copy}${file}`, text);
	}
}

/** Builds the copy, which must compile, and runs both suites at the same time. */
async function examine() {
	const tests = Object.keys(suites).flatMap((suite) => ["--test", suite]);
	const args = ["test", "--no-run", "--message-format=json", "--manifest-path", `${copy}Cargo.toml`, ...tests];
	const { code, output } = await run("cargo", args, { CARGO_TARGET_DIR: build, CARGO_PROFILE_DEV_DEBUG: "0" });
	if (code !== 0) throw new Error(`the copy does not compile:\n${messages(output)}`);
	return Promise.all(Object.entries(suites).map(([suite, filter]) => look(suite, executable(output, suite), filter)));
}

/**
 * Runs a suite until its first failure or its end.
 *
 * @param {string} suite
 * @param {string} program
 * @param {string[]} filter
 * @returns {Promise<{ suite: string; found: boolean; output: string }>}
 */
function look(suite, program, filter) {
	return new Promise((resolve, reject) => {
		const child = spawn(program, filter, {
			cwd: root,
			env: { ...env, ...quick },
			stdio: ["ignore", "pipe", "inherit"],
		});
		let output = "";
		child.stdout.on("data", (chunk) => {
			output += chunk;
			if (/^test \S+ \.\.\. FAILED$/m.test(output)) child.kill("SIGKILL");
		});
		child.on("error", reject);
		child.on("close", (code) => {
			const ran = /^test result: ok\. [1-9]\d* passed/m.test(output);
			if (code === 0 && !ran) reject(new Error(`${suite} ran no test`));
			else resolve({ suite, found: code !== 0, output });
		});
	});
}

/**
 * @param {string} output Cargo's lines of JSON.
 * @param {string} suite
 */
function executable(output, suite) {
	const built = lines(output).find(({ executable, target }) => executable && target.name === suite);
	if (!built) throw new Error(`cargo built no ${suite}`);
	return built.executable;
}

/** @param {string} output */
function messages(output) {
	return lines(output)
		.map(({ message }) => message?.rendered ?? "")
		.join("");
}

/** @param {string} output */
function lines(output) {
	return output
		.split("\n")
		.filter((line) => line.startsWith("{"))
		.map((line) => JSON.parse(line));
}
