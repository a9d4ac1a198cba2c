// Installs pinned programs into target/: those from npm that are too large, or of the wrong version, to be dependencies of this
// project, and those from crates.io.

import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { root, sha256, step } from "./steps.mjs";

/**
 * Installs the packages of `folder`/package-lock.json, unless they are there already.
 *
 * @param {string} folder from the root
 * @returns {Promise<string>} where they are, with a slash at its end
 */
export async function toolbox(folder) {
	const name = basename(folder);
	const [from, to] = [`${root}${folder}/`, `${root}target/${name}/`];
	const lock = await sha256(`${from}package-lock.json`);
	const stamp = `${to}.locked`;
	const installed = await readFile(stamp, "utf8").catch(() => "");
	if (installed === lock) return to;
	await mkdir(to, { recursive: true });
	for (const file of ["package.json", "package-lock.json"]) await copyFile(`${from}${file}`, `${to}${file}`);
	await step(`install the ${name}`, "npm", ["ci", "--prefix", to, "--ignore-scripts", "--no-audit", "--no-fund"]);
	await writeFile(stamp, lock);
	return to;
}

/**
 * Installs a program from crates.io into target/tools. Cargo does nothing if that version is there already.
 *
 * @param {string} name
 * @param {string} version
 */
export async function cargoTool(name, version) {
	// Without optimisation it compiles three times faster, and runs fast enough.
	await step(
		`install ${name}`,
		"cargo",
		["install", name, "--version", version, "--locked", "--quiet", "--root", `${root}target/tools`],
		{ CARGO_PROFILE_RELEASE_OPT_LEVEL: "0", CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16" },
	);
}
