// Installs what the npm commands need; npm runs it before each of them (prestart, prebuild, pretest). It uses no dependencies,
// since it runs before any is installed, and skips what is there already.
// `--test` also installs what only the tests and the docs need; `--consumers` also installs the bundlers and frameworks.

import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { fail, root, run, sha256, step } from "./steps.mjs";
import { cargoTool, toolbox } from "./toolbox.mjs";

const WASM_PACK = "0.15.1";
/** From this version on Node runs TypeScript, which `npm start` and the build need, and wrangler runs too. */
const OLDEST_NODE = [22, 18];

const forTests = process.argv.includes("--test");

await toolchain();
await Promise.all([npmPackages(), wasmBindgen()]);
await checkNodeVersion();
if (forTests) {
	const toolboxes = ["tests/runtimes", "tests/generators", "tools/reference"];
	await Promise.all([cargoTool("wasm-pack", WASM_PACK), systemPrograms(), ...toolboxes.map(toolbox)]);
}
if (process.argv.includes("--consumers")) {
	const folders = ["", "/next-14", "/frameworks", "/cloudflare", "/typescript-5"];
	await Promise.all(folders.map((folder) => toolbox(`tests/consumers${folder}`)));
}

async function toolchain() {
	const { code, output } = await run("rustup", ["target", "list", "--installed"]);
	if (code === 127) fail("rustup is missing. Install it from https://rustup.rs, then run this command again.");
	if (code !== 0) await step("install the Rust toolchain", "rustup", ["toolchain", "install"]);
	if (!output.includes("wasm32-unknown-unknown")) {
		await step("add the wasm32 target", "rustup", ["target", "add", "wasm32-unknown-unknown"]);
	}
	if (forTests && (await run("cargo", ["clippy", "--version"])).code !== 0) {
		await step("add clippy and rustfmt", "rustup", ["component", "add", "clippy", "rustfmt"]);
	}
}

async function npmPackages() {
	const lock = await sha256(`${root}package-lock.json`);
	const stamp = `${root}node_modules/.locked`;
	const installed = existsSync(stamp) ? await readFile(stamp, "utf8") : "";
	if (installed === lock) return;
	await step("install the npm packages", "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
	await writeFile(stamp, lock);
}

/** It must have the same version as the library, so it is a crate of this workspace. Only the tests need wasm-bindgen's command. */
async function wasmBindgen() {
	const isThere = existsSync(`${root}target/debug/${forTests ? "wasm-bindgen" : "glue"}`);
	await step(`${isThere ? "check" : "compile"} wasm-bindgen`, "cargo", [
		...["build", "--quiet", "--locked", "--package", "wasm-bindgen-tools"],
		...(forTests ? ["--features", "wasm-pack"] : []),
	]);
}

async function checkNodeVersion() {
	const { output } = await run("node", ["--version"]);
	const [major = 0, minor = 0] = output.slice(1).split(".").map(Number);
	const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
	if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
		fail(`Node.js ${output.trim()} is too old. Install ${OLDEST_NODE.join(".")} or later.`);
	}
}

async function systemPrograms() {
	// One after the other, since only one apt-get can run at a time.
	const hasChromium = existsSync("/usr/bin/chromium") && existsSync("/usr/bin/chromedriver");
	if (!hasChromium) await debianPackages("Chromium", "chromium", "chromium-driver");
	const hasPython = (await run("python3", ["-c", "import ensurepip, venv"])).code === 0;
	if (!hasPython) await debianPackages("Python", "python3", "python3-venv");
	if (!existsSync("/usr/lib/postgresql")) await debianPackages("PostgreSQL", "postgresql");
	const programs = { schemathesis: "tests/api", "openapi-python-client": "tests/generators", zizmor: "tools/zizmor" };
	await Promise.all(Object.entries(programs).map(([name, folder]) => venv(name, folder)));
}

/**
 * @param {string} what
 * @param {...string} names
 */
async function debianPackages(what, ...names) {
	if ((await run("apt-get", ["--version"])).code !== 0 || process.getuid?.() !== 0) {
		fail(`${what} is missing. Install Debian's packages ${names.join(" and ")}, then run this command again.`);
	}
	await step("read Debian's package lists", "apt-get", ["update"]);
	await step(`install ${what}`, "apt-get", ["install", "--yes", "--no-install-recommends", ...names]);
}

/**
 * Installs a Python program into a virtual environment under target/; `folder`/requirements.txt pins its version.
 *
 * @param {string} name
 * @param {string} folder from the root
 */
async function venv(name, folder) {
	const environment = `${root}target/${name}`;
	const requirements = `${root}${folder}/requirements.txt`;
	const stamp = `${environment}/.installed`;
	const wanted = await readFile(requirements, "utf8");
	if (existsSync(stamp) && (await readFile(stamp, "utf8")) === wanted) return;
	await step(`make a virtual environment for ${name}`, "python3", ["-m", "venv", "--clear", environment]);
	await step(`install ${name}`, `${environment}/bin/pip`, ["install", "--quiet", "--requirement", requirements]);
	await writeFile(stamp, wanted);
}
