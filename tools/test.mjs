// `npm test` runs linters, type checks, the Rust tests and the tests over real processes. With names it runs only these parts:
// `npm test -- lint worker` runs the linters, tests/worker.test.ts and the tests/worker-….test.ts. Options go to Node:
// `npm test -- worker --test-name-pattern=payments`. The last line adds up what the runners reported. A runner that ran no
// test, or skipped one, has failed.

import { readdir, readFile } from "node:fs/promises";
import process from "node:process";
import { fail, root, run, step } from "./steps.mjs";

/** @typedef {{ passed: number; failed: number; skipped: number }} Counts */

/** The parts that are not files of tests/. */
const PARTS = ["lint", "rust", "wasm", "sandbox", "shop"];

const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const options = process.argv.slice(2).filter((argument) => argument.startsWith("--"));
const files = (await readdir(`${root}tests`)).flatMap((file) => file.match(/^(.*)\.test\.ts$/)?.[1] ?? []);
const unknown = chosen.filter((name) => ![...PARTS, ...files].some((part) => isOf(part, name)));
if (unknown.length > 0) {
	fail(`Unknown part: ${unknown.join(", ")}. Choose from ${[...PARTS, ...files].join(", ")}.`);
}

const start = performance.now();
const total = { passed: 0, failed: 0 };
let broken = false;

await step("build the package", "node", ["tools/build.mjs"]);
// In parallel, for machines with two cores.
await Promise.all([rust(), node()]);

console.log(`\n${((performance.now() - start) / 1000).toFixed(0)} s`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(broken || total.failed > 0 ? 1 : 0);

/** @param {string} part */
function isChosen(part) {
	return chosen.length === 0 || chosen.some((name) => isOf(part, name));
}

/**
 * @param {string} part
 * @param {string} name
 */
function isOf(part, name) {
	return part === name || (!PARTS.includes(name) && part.startsWith(`${name}-`));
}

async function rust() {
	if (isChosen("lint")) {
		await check("rustfmt", "cargo", ["fmt", "--all", "--check"]);
		await check("clippy", "cargo", ["clippy", "--quiet", "--all-targets", "--", "--deny", "warnings"]);
		await check("clippy for wasm32", "cargo", [
			...["clippy", "--quiet", "--target", "wasm32-unknown-unknown", "--tests", "--", "--deny", "warnings"],
		]);
		await check("rustdoc", "cargo", ["doc", "--quiet", "--no-deps"], { RUSTDOCFLAGS: "--deny warnings" });
	}
	if (isChosen("rust")) await suite("Rust, native", "cargo", ["test"], countsOfCargo);
	if (isChosen("wasm")) await wasm();
}

async function wasm() {
	const files = (await readdir(`${root}tests/exports`)).map((file) => readFile(`${root}tests/exports/${file}`, "utf8"));
	const written = (await Promise.all(files)).join("\n").match(/^#\[wasm_bindgen_test\]$/gm)?.length ?? 0;
	const exported = ["--mode", "no-install", "--test", "exports"];
	await suite("Rust, wasm in Node", "wasm-pack", ["test", "--node", ...exported], countsOfCargo, {}, written);
	const chrome = ["test", "--headless", "--chrome", "--chromedriver", "/usr/bin/chromedriver", ...exported];
	// In seconds, for all tests together; long enough for a busy machine.
	const browser = { WASM_BINDGEN_USE_BROWSER: "1", WASM_BINDGEN_TEST_TIMEOUT: "1200" };
	await suite("Rust, wasm in Chromium", "wasm-pack", chrome, countsOfCargo, browser, written);
}

async function node() {
	if (isChosen("lint")) {
		await check("Biome", "biome", ["check", "--error-on-warnings", "."]);
		for (const project of [".", "worker", "sandbox/public", "cli", "create", "tools"]) {
			await check(`TypeScript of ${project}`, "tsc", ["--project", project]);
		}
		const zizmor = ["--offline", "--pedantic", "--strict-collection", "--quiet", ".github"];
		await check("the workflows", `${root}target/zizmor/bin/zizmor`, zizmor);
	}
	const tests = (/** @type {string[]} */ paths) => ["--test", "--test-reporter=spec", ...options, ...paths];
	if (isChosen("sandbox")) await suite("sandbox", "node", tests(["sandbox/test/*.test.ts"]), countsOfNode);
	if (isChosen("shop")) await suite("shop", "node", tests(["examples/shop/test/*.test.ts"]), countsOfNode);
	const paths = files.filter(isChosen).map((file) => `tests/${file}.test.ts`);
	// Most of them wait for processes or timers, so three at once take little more than a third of the time.
	if (paths.length > 0) await suite("whole", "node", ["--test-concurrency=3", ...tests(paths)], countsOfNode);
}

/**
 * Runs a tool that passes or fails as a whole.
 *
 * @param {string} what
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [extraEnv]
 */
async function check(what, command, args, extraEnv = {}) {
	const began = performance.now();
	const { code, output } = await run(command, args, extraEnv);
	report(what, began, code === 0 ? "ok" : "FAILED", code === 0 ? "" : output);
	if (code !== 0) broken = true;
}

/**
 * Runs a test runner and adds up its counts.
 *
 * @param {string} what
 * @param {string} command
 * @param {string[]} args
 * @param {(output: string) => Counts} countsOf
 * @param {Record<string, string>} [extraEnv]
 * @param {number} [expected] how many tests its source has, if the runner may skip some silently
 */
async function suite(what, command, args, countsOf, extraEnv = {}, expected) {
	const began = performance.now();
	const { code, output } = await run(command, args, extraEnv);
	const { passed, failed, skipped } = countsOf(output);
	const complaints = [
		code !== 0 && `it ended with code ${code}`,
		passed + failed === 0 && "it ran no test",
		skipped > 0 && `it skipped ${skipped}`,
		expected !== undefined && passed + failed !== expected && `its source has ${expected} tests`,
	].filter(Boolean);
	total.passed += passed;
	total.failed += failed;
	const verdict = [`${passed} passed, ${failed} failed`, ...complaints].join("; ");
	report(what, began, verdict, complaints.length > 0 ? output : "");
	if (complaints.length > 0) broken = true;
}

/**
 * @param {string} what
 * @param {number} began
 * @param {string} verdict
 * @param {string} output shown after the verdict
 */
function report(what, began, verdict, output) {
	console.log(`${what}: ${verdict} (${((performance.now() - began) / 1000).toFixed(1)} s)${output && `\n${output}`}`);
}

/**
 * Reads the counts of Cargo and of wasm-pack, which print the same line for each binary.
 *
 * @param {string} output
 * @returns {Counts}
 */
function countsOfCargo(output) {
	const counts = { passed: 0, failed: 0, skipped: 0 };
	for (const [, passed, failed, ignored] of output.matchAll(
		/^test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored/gm,
	)) {
		counts.passed += Number(passed);
		counts.failed += Number(failed);
		counts.skipped += Number(ignored);
	}
	return counts;
}

/**
 * Reads the counts of Node's test runner, which prints them once for all files.
 *
 * @param {string} output
 * @returns {Counts}
 */
function countsOfNode(output) {
	const count = (/** @type {string} */ name) => Number(output.match(new RegExp(`^ℹ ${name} (\\d+)$`, "m"))?.[1] ?? 0);
	return {
		passed: count("pass"),
		failed: count("fail") + count("cancelled"),
		skipped: count("skipped") + count("todo"),
	};
}
