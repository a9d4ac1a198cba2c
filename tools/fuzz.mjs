// `npm run test:slow -- fuzz` fuzzes the core: five minutes for each target of fuzz/, or `--seconds 60`; names choose targets.
// It starts from the seeds in fuzz/corpus/ and from the inputs that earlier runs left in target/fuzz-corpus.
// It writes fuzz/results.json if all targets ran, and fails on a crash; fuzz/artifacts/ then has the input.

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { fail, root, run, step } from "./steps.mjs";
import { cargoTool } from "./toolbox.mjs";

const CARGO_FUZZ = "0.13.2";
/** The crate has no unsafe code that a sanitizer could check, and without one the targets run five times as fast. */
const BUILD = ["--sanitizer", "none", "--target-dir", `${root}target/fuzz`];

const { values, positionals } = parseArgs({
	options: { seconds: { type: "string", default: "300" } },
	allowPositionals: true,
});
const seconds = Number(values.seconds);
if (!Number.isInteger(seconds) || seconds < 1) fail(`--seconds ${values.seconds} is not a whole number of at least 1.`);
const all = await targets();
const unknown = positionals.filter((name) => !all.includes(name));
if (unknown.length > 0) fail(`Unknown target: ${unknown.join(", ")}. Choose from ${all.join(", ")}.`);
const chosen = positionals.length > 0 ? positionals : all;

const { code, output: compiler } = await run("rustc", ["+nightly", "--version", "--verbose"]);
if (code !== 0) fail("The nightly compiler is missing. Run: rustup toolchain install nightly --profile minimal");
await cargoTool("cargo-fuzz", CARGO_FUZZ);
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

/** Fuzzes one target after the other until none is waiting. */
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
		// A target that fails without leaving an input has crashed too.
		crashes: code === 0 ? crashes : Math.max(crashes, 1),
	};
}
