// Sets up all that the commands need, behind prestart, prebuild and pretest. Plain Node without dependencies, since it
// runs before anything is installed. Each part looks first whether it is there, so that the second time is quick.
// `--test` adds what the tests alone need: wasm-pack, Chromium, PostgreSQL, schemathesis, generators of clients, zizmor, the
// other runtimes and TypeDoc;
// `--consumers` the bundlers and frameworks too.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { root, run, step } from "./steps.mjs";
import { toolbox } from "./toolbox.mjs";

const WASM_PACK = "0.15.1";
const OLDEST_NODE = [22, 12];

const forTests = process.argv.includes("--test");

await toolchain();
await Promise.all([packages(), bindgen()]);
await nodeIsNewEnough();
if (forTests) {
	const toolboxes = ["tests/runtimes", "tests/generators", "tools/reference"];
	await Promise.all([wasmPack(), ofDebian(), ...toolboxes.map(toolbox)]);
}
if (process.argv.includes("--consumers")) {
	const apart = ["next-14", "frameworks", "cloudflare", "typescript-5"].map((name) => `tests/consumers/${name}`);
	const toolboxes = ["tests/consumers", ...apart];
	await Promise.all(toolboxes.map(toolbox));
}

async function toolchain() {
	const { code, output } = await run("rustup", ["target", "list", "--installed"]);
	if (code === 127) fail("rustup is missing: install Rust with rustup, then run this command again.");
	if (code !== 0) await step("install the Rust toolchain", "rustup", ["toolchain", "install"]);
	if (!output.includes("wasm32-unknown-unknown")) {
		await step("add the wasm32 target", "rustup", ["target", "add", "wasm32-unknown-unknown"]);
	}
	if (forTests && (await run("cargo", ["clippy", "--version"])).code !== 0) {
		await step("add clippy and rustfmt", "rustup", ["component", "add", "clippy", "rustfmt"]);
	}
}

async function packages() {
	const lock = createHash("sha256")
		.update(await readFile(`${root}package-lock.json`))
		.digest("hex");
	const stamp = `${root}node_modules/.locked`;
	const installed = existsSync(stamp) ? await readFile(stamp, "utf8") : "";
	if (installed === lock) return;
	// Install scripts are not needed and not run.
	await step("install the npm packages", "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
	await writeFile(stamp, lock);
}

/** It must be of the library's very version, so it is a crate of this workspace. The tests need wasm-bindgen's command too. */
async function bindgen() {
	const isThere = existsSync(`${root}target/debug/${forTests ? "wasm-bindgen" : "glue"}`);
	await step(`${isThere ? "check" : "compile"} wasm-bindgen`, "cargo", [
		...["build", "--quiet", "--locked", "--package", "wasm-bindgen-tools"],
		...(forTests ? ["--features", "wasm-pack"] : []),
	]);
}

async function nodeIsNewEnough() {
	const { output } = await run("node", ["--version"]);
	const [major = 0, minor = 0] = output.slice(1).split(".").map(Number);
	const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
	if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
		fail(`wrangler needs Node.js ${OLDEST_NODE.join(".")} or later, and this is ${output.trim()}.`);
	}
}

async function wasmPack() {
	if ((await run("wasm-pack", ["--version"])).output.trim() === `wasm-pack ${WASM_PACK}`) return;
	// Unoptimised it is three times quicker to get and fast enough.
	await step(
		"compile wasm-pack",
		"cargo",
		["install", "wasm-pack", "--version", WASM_PACK, "--locked", "--quiet", "--root", `${root}target/tools`],
		{ CARGO_PROFILE_RELEASE_OPT_LEVEL: "0", CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16" },
	);
}

async function chromium() {
	if (existsSync("/usr/bin/chromium") && existsSync("/usr/bin/chromedriver")) return;
	if ((await run("apt-get", ["--version"])).code !== 0 || process.getuid?.() !== 0) {
		fail("Chromium is missing: install Debian's packages chromium and chromium-driver.");
	}
	await step("read Debian's package lists", "apt-get", ["update"]);
	await step("install Chromium", "apt-get", [
		"install",
		"--yes",
		"--no-install-recommends",
		"chromium",
		"chromium-driver",
	]);
}

/** One after the other, since apt-get runs once at a time. */
async function ofDebian() {
	await chromium();
	await python();
	await postgres();
	const programs = { schemathesis: "tests/api", "openapi-python-client": "tests/generators", zizmor: "tools/zizmor" };
	await Promise.all(Object.entries(programs).map(([name, folder]) => venv(name, folder)));
}

async function python() {
	if ((await run("python3", ["-c", "import ensurepip, venv"])).code === 0) return;
	if (process.getuid?.() !== 0) fail("Python is missing: install Debian's packages python3 and python3-venv.");
	await step("install Python", "apt-get", ["install", "--yes", "--no-install-recommends", "python3", "python3-venv"]);
}

async function postgres() {
	if (existsSync("/usr/lib/postgresql")) return;
	if (process.getuid?.() !== 0) fail("PostgreSQL is missing: install Debian's package postgresql.");
	await step("read Debian's package lists", "apt-get", ["update"]);
	await step("install PostgreSQL", "apt-get", ["install", "--yes", "--no-install-recommends", "postgresql"]);
}

/**
 * Installs a program of Python's into a virtual environment under target/; `folder`/requirements.txt pins its version.
 *
 * @param {string} name
 * @param {string} folder from the root
 */
async function venv(name, folder) {
	const home = `${root}target/${name}`;
	const requirements = `${root}${folder}/requirements.txt`;
	const stamp = `${home}/.installed`;
	const wanted = await readFile(requirements, "utf8");
	if (existsSync(stamp) && (await readFile(stamp, "utf8")) === wanted) return;
	await step(`make ${name} a home`, "python3", ["-m", "venv", "--clear", home]);
	await step(`install ${name}`, `${home}/bin/pip`, ["install", "--quiet", "--requirement", requirements]);
	await writeFile(stamp, wanted);
}

/** @param {string} why @returns {never} */
function fail(why) {
	console.error(why);
	process.exit(1);
}
