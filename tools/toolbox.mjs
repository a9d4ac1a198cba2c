// Programs that the tests and the docs alone need and that are too large, or of the wrong version, to be this project's
// dependencies: a folder has their versions and their lock file, and they are installed under its name into target/.

import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { root, step } from "./steps.mjs";

/**
 * Installs what `folder`/package-lock.json says, unless that is there already.
 *
 * @param {string} folder from the root
 * @returns {Promise<string>} the folder, with a slash at its end
 */
export async function toolbox(folder) {
	const name = basename(folder);
	const [from, to] = [`${root}${folder}/`, `${root}target/${name}/`];
	const lock = createHash("sha256")
		.update(await readFile(`${from}package-lock.json`))
		.digest("hex");
	const stamp = `${to}.locked`;
	const installed = await readFile(stamp, "utf8").catch(() => "");
	if (installed === lock) return to;
	await mkdir(to, { recursive: true });
	for (const file of ["package.json", "package-lock.json"]) await copyFile(`${from}${file}`, `${to}${file}`);
	await step(`install the ${name}`, "npm", ["ci", "--prefix", to, "--ignore-scripts", "--no-audit", "--no-fund"]);
	await writeFile(stamp, lock);
	return to;
}
