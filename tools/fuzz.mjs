// Fuzzes the core: `npm run fuzz`, five minutes for each target of fuzz/. `--seconds 60` changes that, and names of targets
// choose some. Starts from the seeds in fuzz/corpus/ and from what earlier runs found, which stays in target/fuzz-corpus.
// Writes fuzz/results.json when all targets ran, and fails on a crash, whose input it leaves in fuzz/artifacts/.

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { root, run, step } from "./steps.mjs";

const CARGO_FUZZ = "0.13.2";
/** The crate has no unsafe code for a sanitizer to watch, and without one there are five times as many executions. */
const BUILD = ["--sanitizer", "none", "--target-dir", `${root}target/fuzz`];

const { values, positionals } = parseArgs({
	options: { seconds: { type: "string", default: "300" } },
	allowPositionals: true,
});
const seconds = Number(values.seconds);
if (!Number.isInteger(seconds) || seconds < 1) fail("--seconds takes a whole number from 1.");
const all = await targets();
const unknown = positionals.filter((name) => !all.includes(name));
if (unknown.length > 0) fail(`There is no target ${unknown.join(", ")}: there are ${all.join(", ")}.`);
const chosen = positionals.length > 0 ? positionals : all;

const { code, output: compiler } = await run("rustc", ["+nightly", "--version", "--verbose"]);
if (code !== 0) fail("Fuzzing needs a nightly compiler: rustup toolchain install nightly --profile minimal");
await cargoFuzz();
await step("build the targets", "cargo", ["+nightly", "fuzz", "build", ...BUILD]);

const waiting = [...chosen];
/** @type {Map<string, Awaited<ReturnType<typeof fuzz>>>} */
const results = new Map();
await Promise.all(Array.from({ length: availableParallelism() }, work));

const table = Object.fromEntries(chosen.map((name) => [name, results.get(name)]));
console.table(table);
if (chosen.length === all.length) {
	const date = new Date().toISOString().slice(0, 10);
	const written = { date, compiler: compiler.split("\n")[0], secondsForEachTarget: seconds, targets: table };
	await writeFile(`${root}fuzz/results.json`, `${JSON.stringify(written, undefined, "\t")}\n`);
}
process.exit([...results.values()].some(({ crashes }) => crashes > 0) ? 1 : 0);

/** The targets, as fuzz/Cargo.toml names them. */
async function targets() {
	const manifest = await readFile(`${root}fuzz/Cargo.toml`, "utf8");
	return [...manifest.matchAll(/^\[\[bin\]\]\nname = "(\w+)"$/gm)].map(([, name = ""]) => name);
}

async function cargoFuzz() {
	if ((await run("cargo-fuzz", ["--version"])).output.trim() === `cargo-fuzz ${CARGO_FUZZ}`) return;
	await step(
		"compile cargo-fuzz",
		"cargo",
		["install", "cargo-fuzz", "--version", CARGO_FUZZ, "--locked", "--quiet", "--root", `${root}target/tools`],
		{ CARGO_PROFILE_RELEASE_OPT_LEVEL: "0", CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16" },
	);
}

/** Takes targets from the list until none is left. */
async function work() {
	for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) results.set(name, await fuzz(name));
}

/** @param {string} name */
async function fuzz(name) {
	const found = `${root}target/fuzz-corpus/${name}`;
	const artifacts = `${root}fuzz/artifacts/${name}`;
	await Promise.all([found, artifacts].map((folder) => mkdir(folder, { recursive: true })));
	const [inputsBefore, crashesBefore] = [await readdir(found), await readdir(artifacts)];
	const triple = compiler.match(/^host: (.*)$/m)?.[1];
	const { code, output } = await run(`${root}target/fuzz/${triple}/release/${name}`, [
		...[`-max_total_time=${seconds}`, "-max_len=4096", "-timeout=10", "-rss_limit_mb=512", "-print_final_stats=1"],
		...[`-dict=${root}fuzz/words.dict`, `-artifact_prefix=${artifacts}/`],
		// New inputs go into the first folder.
		...[found, `${root}fuzz/corpus/${name}`],
	]);
	const crashes = (await readdir(artifacts)).length - crashesBefore.length;
	if (code !== 0) console.error(output.split("\n").slice(-60).join("\n"));
	const stat = (/** @type {string} */ key) =>
		Number(output.match(new RegExp(`^stat::${key}:\\s+(\\d+)`, "m"))?.[1] ?? 0);
	return {
		executions: stat("number_of_executed_units"),
		perSecond: stat("average_exec_per_sec"),
		newInputs: (await readdir(found)).length - inputsBefore.length,
		peakMegabytes: stat("peak_rss_mb"),
		// One that leaves no input behind is a crash too.
		crashes: code === 0 ? crashes : Math.max(crashes, 1),
	};
}

/** @param {string} why @returns {never} */
function fail(why) {
	console.error(why);
	process.exit(1);
}
