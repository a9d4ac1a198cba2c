// Changes the core, one small change at a time, and sees that a test notices: `npm run test:slow -- mutants`, about a quarter of an hour.
// Writes docs/mutants.md. Fails if fewer than 90 % are noticed, if one survives where none may, and if a survivor has no
// reason in tools/mutants-survivors.json. `npm run test:slow -- mutants --file src/token.rs` looks at one file and writes nothing;
// `npm run test:slow -- mutants --last` tries the survivors of the last run again, once there are tests for them, and judges it anew.

import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { env, root, run, step } from "./steps.mjs";

const CARGO_MUTANTS = "27.1.0";
const LEAST_CAUGHT = 0.9;
/** Where no change may go unnoticed, whatever the reason: what is repeated, money, the life of tokens, redaction. */
const STRICT = [
	{ what: "`src/decision.rs`", test: (/** @type {string} */ name) => name.startsWith("src/decision.rs: ") },
	{ what: "`src/funds.rs`", test: (/** @type {string} */ name) => name.startsWith("src/funds.rs: ") },
	{ what: "`src/amount.rs`", test: (/** @type {string} */ name) => name.startsWith("src/amount.rs: ") },
	{ what: "`src/token.rs`", test: (/** @type {string} */ name) => name.startsWith("src/token.rs: ") },
	{ what: "`Debug` of `Secret`", test: (/** @type {string} */ name) => /^src\/secret\.rs: .*Debug/.test(name) },
];

/**
 * @typedef {"caught" | "timeout" | "missed" | "unviable"} Fate
 * @typedef {{ file: string; name: string; fate: Fate }} Mutant
 */

const { values } = parseArgs({
	options: { file: { type: "string", multiple: true, default: [] }, last: { type: "boolean", default: false } },
});
const isWhole = values.file.length === 0;

await cargoMutants();
if (!values.last) {
	await mutate(
		"mutants",
		values.file.flatMap((file) => ["--file", file]),
	);
}
const mutants = await outcomes("mutants");
if (values.last) await tryAgain(mutants.filter(({ fate }) => fate === "missed"));
const survivors = [...new Set(mutants.filter(({ fate }) => fate === "missed").map(({ name }) => name))].sort();
/** @type {Record<string, string>} */
const reasons = JSON.parse(await readFile(`${root}tools/mutants-survivors.json`, "utf8"));
const files = [...new Set(mutants.map(({ file }) => file))].sort();
const total = count(mutants);
console.table(Object.fromEntries([...files.map((file) => [file, count(of(file))]), ["in all", total]]));

const complaints = [
	total.viable === 0 && "nothing was changed",
	isWhole && total.share < LEAST_CAUGHT && `only ${percent(total.share)} were noticed`,
	...survivors.filter((name) => reasons[name] === undefined).map((name) => `survives without a reason: ${name}`),
	...survivors.filter((name) => STRICT.some(({ test }) => test(name))).map((name) => `may not survive: ${name}`),
	...(isWhole ? Object.keys(reasons) : [])
		.filter((name) => !survivors.includes(name))
		.map((name) => `has a reason and does not survive: ${name}`),
].filter((complaint) => complaint !== false);
if (isWhole && complaints.length === 0) await writeFile(`${root}docs/mutants.md`, page());
for (const complaint of complaints) console.error(complaint);
console.log(`${total.noticed} of ${total.viable} changes noticed, ${survivors.length} survive`);
process.exit(complaints.length === 0 ? 0 : 1);

async function cargoMutants() {
	if ((await run("cargo-mutants", ["mutants", "--version"])).output.trim() === `cargo-mutants ${CARGO_MUTANTS}`) return;
	await step(
		"compile cargo-mutants",
		"cargo",
		["install", "cargo-mutants", "--version", CARGO_MUTANTS, "--locked", "--quiet", "--root", `${root}target/tools`],
		{ CARGO_PROFILE_RELEASE_OPT_LEVEL: "0", CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16" },
	);
}

/**
 * @param {string} folder under target/
 * @param {string[]} which
 */
async function mutate(folder, which) {
	const { code, output } = await run("cargo", [
		...["mutants", "--jobs", String(Math.min(availableParallelism(), 4)), "--colors", "never"],
		...["--output", `${root}target/${folder}`, ...which],
	]);
	// 2: some survive; 3: some ran into the time limit. What that means is decided here.
	if (![0, 2, 3].includes(code)) {
		console.error(`${output}\ncargo-mutants ended with code ${code} (PATH=${env.PATH})`);
		process.exit(1);
	}
}

/** @param {Mutant[]} missed they get the fate that they have now */
async function tryAgain(missed) {
	if (missed.length === 0) return;
	const names = missed.map(({ name }) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(":", ":\\d+:\\d+:"));
	await mutate("mutants-again", ["--re", `^(${names.join("|")})$`]);
	const again = await outcomes("mutants-again");
	for (const mutant of missed) mutant.fate = again.find(({ name }) => name === mutant.name)?.fate ?? mutant.fate;
}

/** What became of each change. @param {string} folder @returns {Promise<Mutant[]>} */
async function outcomes(folder) {
	const { outcomes } = JSON.parse(await readFile(`${root}target/${folder}/mutants.out/outcomes.json`, "utf8"));
	return outcomes
		.filter((/** @type {{ scenario: unknown }} */ { scenario }) => scenario !== "Baseline")
		.map((/** @type {{ scenario: { Mutant: { file: string; name: string } }; summary: string }} */ outcome) => {
			const { file, name } = outcome.scenario.Mutant;
			// Without line and column, which every edit above it would change.
			return { file, name: name.replace(/^([^:]+):\d+:\d+:/, "$1:"), fate: fateOf(outcome.summary) };
		});
}

/** @param {string} summary @returns {Fate} */
function fateOf(summary) {
	switch (summary) {
		case "CaughtMutant":
			return "caught";
		case "Timeout":
			return "timeout";
		case "MissedMutant":
			return "missed";
		case "Unviable":
			return "unviable";
		default:
			throw new Error(`cargo-mutants says ${summary}`);
	}
}

/** @param {string} file */
function of(file) {
	return mutants.filter((mutant) => mutant.file === file);
}

/** @param {Mutant[]} among */
function count(among) {
	const number = (/** @type {Fate} */ fate) => among.filter((mutant) => mutant.fate === fate).length;
	// A change that makes a test run for ever is noticed.
	const noticed = number("caught") + number("timeout");
	const viable = noticed + number("missed");
	return { viable, noticed, survive: number("missed"), "do not compile": number("unviable"), share: noticed / viable };
}

/** @param {number} share */
function percent(share) {
	return Number.isNaN(share) ? "" : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}

function page() {
	const row = (/** @type {string} */ what, /** @type {ReturnType<typeof count>} */ counted) =>
		`| ${what} | ${counted.viable} | ${counted.noticed} | ${counted.survive} | ${percent(counted.share)} |`;
	return `# What the tests of the core notice

\`npm run test:slow -- mutants\` changes the core in one small place at a time, such as \`<\` to \`<=\`, and runs the native tests against
each change (cargo-mutants ${CARGO_MUTANTS}; \`.cargo/mutants.toml\` says which tests). It wrote this page on ${new Date().toISOString().slice(0, 10)}.
Changes that do not compile are not counted.

| file | changes | noticed | survive | |
| --- | --- | --- | --- | --- |
${files.map((file) => row(`\`${file}\``, count(of(file)))).join("\n")}
${row("in all", total)}

None may survive in ${STRICT.map(({ what }) => what).join(", ")}.

## What survives, and why

A survivor without a reason in \`tools/mutants-survivors.json\` fails the command.

| change | why no test can or need notice |
| --- | --- |
${survivors.map((name) => `| \`${name.replaceAll("|", "\\|")}\` | ${reasons[name]} |`).join("\n")}
`;
}
