// The licence texts of the crates that are compiled into the module: whoever redistributes it must include them.

import { readdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { run, step } from "./steps.mjs";

const TARGET = "wasm32-unknown-unknown";

/** @returns {Promise<string>} for each crate its name, version and licences; not Apache's, since every crate offers another one */
export async function licencesOfCrates() {
	// Quiet, since the messages about downloads would stand between the lines that are parsed.
	const tree = await step("list the crates in the module", "cargo", [
		...["tree", "--quiet", "--locked", "--target", TARGET, "--edges", "normal,no-proc-macro", "--prefix", "none"],
		...["--no-dedupe", "--format", "{p}"],
	]);
	const { output } = await run("cargo", [
		...["metadata", "--quiet", "--format-version", "1", "--locked", "--filter-platform", TARGET],
	]);
	const { packages } = JSON.parse(output);
	const texts = [];
	for (const crate of [...new Set(tree.trim().split("\n"))].sort()) {
		const [name = "", version = ""] = crate.split(" v");
		if (name === "flinkspay-edge") continue;
		const { manifest_path } = packages.find(
			(/** @type {{ name: string; version: string }} */ known) => known.name === name && known.version === version,
		);
		const folder = dirname(manifest_path);
		const files = (await readdir(folder)).filter((file) => /^LICENSE(?!-APACHE)/.test(file)).sort();
		if (files.length === 0) throw new Error(`${crate} has no licence text in ${folder}: it cannot be bundled`);
		const licences = await Promise.all(files.map((file) => readFile(`${folder}/${file}`, "utf8")));
		texts.push(`${name} ${version}\n\n${licences.join("\n")}`);
	}
	return texts.join("\n");
}
