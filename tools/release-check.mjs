// `npm run release:check` checks what a release must pass besides the tests: versions and changelog agree, two clean builds have
// the same bytes, and the sources and licences of the dependencies are allowed. It prints what would be published and leaves it,
// with the SBOMs, in target/release-check. With `--tag v1.2.3`, as the release workflow calls it, it is stricter: what a working
// copy may still lack, such as the changelog's date, then fails too.

import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { root, run, sha256, step } from "./steps.mjs";
import { cargoTool } from "./toolbox.mjs";

const CARGO_DENY = "0.20.2";
const CARGO_CYCLONEDX = "0.5.9";
const TARGET = "wasm32-unknown-unknown";
const out = `${root}target/release-check/`;

const { values } = parseArgs({ options: { tag: { type: "string" } } });
/** @type {string[]} why this may not be released */
const faults = [];
/** @type {string[]} */
const notes = [];
/** Faults only once there is a tag. */
const faultsOfTag = values.tag === undefined ? notes : faults;

await cargoTool("cargo-deny", CARGO_DENY);
await cargoTool("cargo-cyclonedx", CARGO_CYCLONEDX);
const version = await checkVersions();
await checkDependencies();
const [first, second] = [await buildFromClean("first"), await buildFromClean("second-elsewhere")];
if (first.tarball !== second.tarball) faults.push("two clean builds of the same commit differ");
await writeSboms();
await rename(`${first.folder}${first.filename}`, `${out}${first.filename}`);
for (const { folder } of [first, second]) await rm(folder, { recursive: true });
printReport();

/** Checks that all manifests and the changelog have the same version, and returns it. */
async function checkVersions() {
	const { version, repository } = await json("pkg/package.json");
	const crate = (await readFile(`${root}Cargo.toml`, "utf8")).match(/^version = "(.*)"$/m)?.[1];
	/** @type {Record<string, string | undefined>} */
	const places = { "Cargo.toml": crate };
	for (const folder of [".", ...(await json("package.json")).workspaces]) {
		const { version, dependencies = {} } = await json(`${folder}/package.json`);
		places[`${folder}/package.json`] = version;
		for (const [name, wanted] of Object.entries(dependencies)) {
			if (/^flinkspay-edge/.test(name)) places[`${folder}/package.json, dependency ${name},`] = wanted;
		}
	}
	for (const [place, found] of Object.entries(places)) {
		if (found !== version) faults.push(`${place} has version ${found}, pkg/package.json has ${version}`);
	}
	const [, newest, date] = (await readFile(`${root}CHANGELOG.md`, "utf8")).match(/^## \[(\S+)\] - (.*)$/m) ?? [];
	if (newest !== version) faults.push(`CHANGELOG.md has version ${newest} first, pkg/package.json has ${version}`);

	if (values.tag !== undefined && values.tag !== `v${version}`) {
		faults.push(`the tag is ${values.tag}, pkg/package.json has ${version}`);
	}
	if (!/^\d{4}-\d{2}-\d{2}$/.test(date ?? "")) faultsOfTag.push(`CHANGELOG.md has no date for ${version}`);
	if (!repository) faultsOfTag.push("pkg/package.json has no repository, which npm needs for provenance");
	if ((await run("git", ["status", "--porcelain"])).output !== "") {
		faultsOfTag.push("there are uncommitted changes, and this has built the last commit");
	}
	return version;
}

/** Checks licences, bans and sources by deny.toml, and advisories if their database can be fetched. */
async function checkDependencies() {
	await step("check licences, bans and sources", "cargo", ["deny", "check", "licenses", "bans", "sources"]);
	const { code, output } = await run("cargo", ["deny", "check", "advisories"]);
	if (code === 0) console.log("check advisories: ok");
	else if (/failed to fetch advisory database/.test(output)) {
		faultsOfTag.push("advisories were not checked: their database cannot be fetched here");
	} else faults.push(`advisories: ${output}`);
}

/**
 * Builds the last commit in an empty folder and packs it.
 *
 * @param {string} name
 */
async function buildFromClean(name) {
	const folder = `${out}${name}/`;
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
	const copy = 'git archive HEAD | tar --extract --directory "$0" && cp --archive --link node_modules "$0"';
	await step(`copy the last commit (${name})`, "sh", ["-c", copy, folder]);
	await step(`build it (${name})`, "env", [`--chdir=${folder}`, "node", "tools/build.mjs"]);
	const packed = await step(`pack it (${name})`, "npm", [
		...["pack", `${folder}pkg`, "--json", "--loglevel=error", "--pack-destination", folder],
	]);
	const [{ filename, files, size, unpackedSize }] = JSON.parse(packed);
	return {
		files: files.map((/** @type {{ path: string }} */ { path }) => path),
		...{ folder, filename, size, unpackedSize },
		tarball: await sha256(`${folder}${filename}`),
		wasm: await sha256(`${folder}pkg/wasm/flinkspay_edge_bg.wasm`),
	};
}

/** Writes CycloneDX for the crate, and for the package: the crates in its wasm and the packages in its sandbox. */
async function writeSboms() {
	const args = ["cyclonedx", "--format", "json", "--target", TARGET, "--no-build-deps", "--spec-version", "1.5"];
	await step("list the crates", "env", [`--chdir=${first.folder}`, "cargo", ...args]);
	// The folder of the machine that built it must not be published.
	const listed = await readFile(`${first.folder}flinkspay-edge.cdx.json`, "utf8");
	const crate = JSON.parse(listed.replaceAll(first.folder.slice(0, -1), ""));
	const npm = ["sbom", "--sbom-format", "cyclonedx", "--workspace", "sandbox", "--omit", "dev", "--loglevel=error"];
	const sandbox = JSON.parse(await step("list the sandbox's packages", "npm", npm));

	const parts = [crate.metadata.component, ...crate.components, ...sandbox.components].filter(
		(part) => !part["bom-ref"].startsWith("flinkspay-edge-sandbox"),
	);
	const tree = await step("compare with the crates that are compiled in", "cargo", [
		...["tree", "--target", TARGET, "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"],
	]);
	for (const [, name, found] of tree.matchAll(/^(\S+) v(\S+)/gm)) {
		const isListed = parts.some((part) => part.name === name && part.version === found);
		if (!isListed) faults.push(`the SBOM lacks ${name} ${found}`);
	}
	const ref = `flinkspay-edge@${version}`;
	const component = { "bom-ref": ref, type: "library", name: "flinkspay-edge", version, purl: `pkg:npm/${ref}` };
	const whole = {
		bomFormat: "CycloneDX",
		specVersion: "1.5",
		version: 1,
		metadata: { ...sandbox.metadata, component: { ...component, licenses: [{ expression: "MIT OR Apache-2.0" }] } },
		components: parts,
		dependencies: [
			{ ref, dependsOn: parts.map((part) => part["bom-ref"]) },
			...crate.dependencies,
			...sandbox.dependencies.filter(
				(/** @type {{ ref: string }} */ dependency) => !dependency.ref.startsWith("flinkspay-edge"),
			),
		],
	};
	await writeFile(`${out}crate.cdx.json`, JSON.stringify(crate, undefined, "\t"));
	await writeFile(`${out}package.cdx.json`, JSON.stringify(whole, undefined, "\t"));
	notes.push(`the SBOMs are target/release-check/crate.cdx.json and package.cdx.json, with ${parts.length} components`);
}

function printReport() {
	console.log(`
flinkspay-edge ${version} would be published to npm, and no crate:
  ${first.filename}, ${first.size} bytes, ${first.unpackedSize} unpacked
  sha256 ${first.tarball}
  sha256 of its wasm ${first.wasm}
${first.files.map((/** @type {string} */ path) => `  ${path}`).join("\n")}
${notes.map((note) => `\nNote: ${note}.`).join("")}${faults.map((fault) => `\nFAULT: ${fault}.`).join("")}
${faults.length === 0 ? "It may be released." : "It may not be released."}`);
	process.exit(faults.length === 0 ? 0 : 1);
}

async function json(/** @type {string} */ path) {
	return JSON.parse(await readFile(`${root}${path}`, "utf8"));
}
