// `npm test`: everything that must hold, linters, types, the Rust suites, and the suites over real processes. With names it
// runs these parts alone: `npm test -- lint worker` runs the linters and tests/worker.test.ts. Options are Node's:
// `npm test -- worker --test-name-pattern=payments`. The last line adds up what the runners themselves reported; a runner
// that ran nothing, or skipped something, has failed.

import { readdir, readFile } from "node:fs/promises";
import process from "node:process";
import { root, run, step } from "./steps.mjs";

/** @typedef {{ passed: number; failed: number; skipped: number }} Counts */

/** The parts that are no file of tests/. */
const PARTS = ["lint", "rust", "wasm", "sandbox", "shop"];

const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const options = process.argv.slice(2).filter((argument) => argument.startsWith("--"));
const files = (await readdir(`${root}tests`)).flatMap((file) => file.match(/^(.*)\.test\.ts$/)?.[1] ?? []);
const unknown = chosen.filter((name) => ![...PARTS, ...files].includes(name));
if (unknown.length > 0) {
	console.error(`There is no part ${unknown.join(", ")}: there are ${[...PARTS, ...files].join(", ")}.`);
	process.exit(1);
}

const start = performance.now();
const total = { passed: 0, failed: 0 };
let broken = false;

await step("build the package", "node", ["tools/build.mjs"]);
// Two cores: Rust on the one, Node on the other.
await Promise.all([rust(), node()]);

console.log(`\n${((performance.now() - start) / 1000).toFixed(0)} s`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(broken || total.failed > 0 ? 1 : 0);

/** @param {string} part */
function isChosen(part) {
	return chosen.length === 0 || chosen.includes(part);
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
	if (isChosen("rust")) await suite("Rust, native", "cargo", ["test"], ofCargo);
	if (isChosen("wasm")) await wasm();
}

async function wasm() {
	const source = await readFile(`${root}tests/door.rs`, "utf8");
	const written = source.match(/^#\[wasm_bindgen_test\]$/gm)?.length ?? 0;
	const door = ["--mode", "no-install", "--test", "door"];
	await suite("Rust, wasm in Node", "wasm-pack", ["test", "--node", ...door], ofCargo, {}, written);
	const chrome = ["test", "--headless", "--chrome", "--chromedriver", "/usr/bin/chromedriver", ...door];
	// In seconds, for all of them together: a machine may be busy.
	const browser = { WASM_BINDGEN_USE_BROWSER: "1", WASM_BINDGEN_TEST_TIMEOUT: "1200" };
	await suite("Rust, wasm in Chromium", "wasm-pack", chrome, ofCargo, browser, written);
}

async function node() {
	if (isChosen("lint")) {
		await check("Biome", "biome", ["check", "--error-on-warnings", "."]);
		for (const project of [".", "worker", "cli", "create", "tools"]) {
			await check(`TypeScript of ${project}`, "tsc", ["--project", project]);
		}
		const zizmor = ["--offline", "--pedantic", "--strict-collection", "--quiet", ".github"];
		await check("the workflows", `${root}target/zizmor/bin/zizmor`, zizmor);
	}
	const tests = (/** @type {string[]} */ paths) => ["--test", "--test-reporter=spec", ...options, ...paths];
	if (isChosen("sandbox")) await suite("sandbox", "node", tests(["sandbox/test/*.test.ts"]), ofNode);
	if (isChosen("shop")) await suite("shop", "node", tests(["examples/shop/test/*.test.ts"]), ofNode);
	const paths = files.filter(isChosen).map((file) => `tests/${file}.test.ts`);
	// Most of them wait for something, be it for a process or for time to pass: three at once take little more than a third as long.
	if (paths.length > 0) await suite("whole", "node", ["--test-concurrency=3", ...tests(paths)], ofNode);
}

/**
 * A tool that passes or fails as a whole and counts nothing.
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
 * A runner that counts.
 *
 * @param {string} what
 * @param {string} command
 * @param {string[]} args
 * @param {(output: string) => Counts} countsOf
 * @param {Record<string, string>} [extraEnv]
 * @param {number} [expected] how many tests its source has, where it can skip them without a word
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
 * @param {string} output of what has failed
 */
function report(what, began, verdict, output) {
	console.log(`${what}: ${verdict} (${((performance.now() - began) / 1000).toFixed(1)} s)${output && `\n${output}`}`);
}

/**
 * Cargo's test runner and wasm-pack's close each binary with the same line.
 *
 * @param {string} output
 * @returns {Counts}
 */
function ofCargo(output) {
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
 * Node's test runner closes with these lines, once for all files.
 *
 * @param {string} output
 * @returns {Counts}
 */
function ofNode(output) {
	const count = (/** @type {string} */ name) => Number(output.match(new RegExp(`^ℹ ${name} (\\d+)$`, "m"))?.[1] ?? 0);
	return {
		passed: count("pass"),
		failed: count("fail") + count("cancelled"),
		skipped: count("skipped") + count("todo"),
	};
}
