// `npm run test:slow -- mutants` makes one small change to the core at a time and checks that a test fails, in some 20 minutes.
// It writes docs/mutants.md. It fails if fewer than 90 % of the changes are caught, if one survives where none may, and if a
// survivor has no reason in tools/mutants-survivors.json. `--file src/token.rs` changes one file and writes nothing; `--last`
// tries only the survivors of the last run again.

import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { env, fail, root, run } from "./steps.mjs";
import { cargoTool } from "./toolbox.mjs";

const CARGO_MUTANTS = "27.1.0";
const LEAST_CAUGHT = 0.9;
/** No change may survive here, whatever the reason: these decide on retries, money, the life of tokens and redaction. */
const STRICT_FILES = ["src/decision.rs", "src/funds.rs", "src/amount.rs", "src/token.rs", "src/token_pool.rs"];
const isStrict = (/** @type {string} */ name) =>
	STRICT_FILES.some((file) => name.startsWith(`${file}: `)) || /^src\/secret\.rs: .*Debug/.test(name);
/** @type {Readonly<Record<string, Fate>>} cargo-mutants' words */
const FATES = { CaughtMutant: "caught", Timeout: "timeout", MissedMutant: "missed", Unviable: "unviable" };

/**
 * @typedef {"caught" | "timeout" | "missed" | "unviable"} Fate
 * @typedef {{ file: string; name: string; fate: Fate }} Mutant
 */

const { values } = parseArgs({
	options: { file: { type: "string", multiple: true, default: [] }, last: { type: "boolean", default: false } },
});
const isWhole = values.file.length === 0;

await cargoTool("cargo-mutants", CARGO_MUTANTS);
if (!values.last) {
	const which = values.file.flatMap((file) => ["--file", file]);
	await mutate("mutants", which);
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
	total.viable === 0 && "no change was tried",
	isWhole &&
		total.share < LEAST_CAUGHT &&
		`only ${percent(total.share)} of the changes were caught, ${percent(LEAST_CAUGHT)} must be`,
	...survivors
		.filter((name) => reasons[name] === undefined)
		.map((name) => `survives without a reason in tools/mutants-survivors.json: ${name}`),
	...survivors.filter(isStrict).map((name) => `survives where none may; write a test that fails: ${name}`),
	...(isWhole ? Object.keys(reasons) : [])
		.filter((name) => !survivors.includes(name))
		.map((name) => `is caught, so remove it from tools/mutants-survivors.json: ${name}`),
].filter((complaint) => complaint !== false);
if (isWhole && complaints.length === 0) await writeFile(`${root}docs/mutants.md`, page());
for (const complaint of complaints) console.error(complaint);
console.log(`${total.caught} of ${total.viable} changes caught, ${survivors.length} survive`);
process.exit(complaints.length === 0 ? 0 : 1);

/**
 * @param {string} folder under target/
 * @param {string[]} which
 */
async function mutate(folder, which) {
	const { code, output } = await run("cargo", [
		...["mutants", "--jobs", String(Math.min(availableParallelism(), 4)), "--colors", "never"],
		...["--output", `${root}target/${folder}`, ...which],
	]);
	// 2: some survive; 3: some ran into the time limit. Neither is a failure yet.
	if (![0, 2, 3].includes(code)) {
		fail(`${output}\ncargo-mutants ended with code ${code} (PATH=${env.PATH})`);
	}
}

/** @param {Mutant[]} missed gets the new fates */
async function tryAgain(missed) {
	if (missed.length === 0) return;
	const names = missed.map(({ name }) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(":", ":\\d+:\\d+:"));
	await mutate("mutants-again", ["--re", `^(${names.join("|")})$`]);
	const again = await outcomes("mutants-again");
	for (const mutant of missed) mutant.fate = again.find(({ name }) => name === mutant.name)?.fate ?? mutant.fate;
}

/** The fate of each change in the last run. @param {string} folder @returns {Promise<Mutant[]>} */
async function outcomes(folder) {
	const { outcomes } = JSON.parse(await readFile(`${root}target/${folder}/mutants.out/outcomes.json`, "utf8"));
	return outcomes
		.filter((/** @type {{ scenario: unknown }} */ { scenario }) => scenario !== "Baseline")
		.map((/** @type {{ scenario: { Mutant: { file: string; name: string } }; summary: string }} */ outcome) => {
			const { file, name } = outcome.scenario.Mutant;
			// Without line and column, so that edits above it do not change its name.
			const fate = FATES[outcome.summary] ?? fail(`cargo-mutants reports an unknown outcome: ${outcome.summary}`);
			return { file, name: name.replace(/^([^:]+):\d+:\d+:/, "$1:"), fate };
		});
}

/** @param {string} file */
function of(file) {
	return mutants.filter((mutant) => mutant.file === file);
}

/** @param {Mutant[]} among */
function count(among) {
	const number = (/** @type {Fate} */ fate) => among.filter((mutant) => mutant.fate === fate).length;
	// A change that makes a test hang is caught.
	const caught = number("caught") + number("timeout");
	const viable = caught + number("missed");
	return { viable, caught, survive: number("missed"), "do not compile": number("unviable"), share: caught / viable };
}

/** @param {number} share */
function percent(share) {
	return Number.isNaN(share) ? "" : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}

function page() {
	const row = (/** @type {string} */ what, /** @type {ReturnType<typeof count>} */ counted) =>
		`| ${what} | ${counted.viable} | ${counted.caught} | ${counted.survive} | ${percent(counted.share)} |`;
	return `# What the tests of the core notice

\`npm run test:slow -- mutants\` changes the core in one small place at a time, such as \`<\` to \`<=\`, and runs the native tests against
each change (cargo-mutants ${CARGO_MUTANTS}; \`.cargo/mutants.toml\` says which tests). It wrote this page on ${new Date().toISOString().slice(0, 10)}.
Changes that do not compile are not counted.

| file | changes | noticed | survive | |
| --- | --- | --- | --- | --- |
${files.map((file) => row(`\`${file}\``, count(of(file)))).join("\n")}
${row("in all", total)}

None may survive in ${STRICT_FILES.map((file) => `\`${file}\``).join(", ")}, \`Debug\` of \`Secret\`.

## What survives, and why

A survivor without a reason in \`tools/mutants-survivors.json\` fails the command.

| change | why no test can or need notice |
| --- | --- |
${survivors.map((name) => `| \`${name.replaceAll("|", "\\|")}\` | ${reasons[name]} |`).join("\n")}
`;
}
