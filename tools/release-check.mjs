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
/** Each package that is published: its folder, whether it has the wasm, and the workspaces that are bundled into it. */
const PUBLISHED = {
	"flinkspay-edge": { folder: "pkg", hasWasm: true, bundles: ["sandbox", "worker", "cli"], bundled: "dependencies" },
	"create-flinkspay-edge": { folder: "create", hasWasm: false, bundles: ["create"], bundled: "devDependencies" },
};
const out = `${root}target/release-check/`;

/**
 * @typedef {{ "bom-ref": string; name: string; version: string }} Component
 * @typedef {{ ref: string; dependsOn: string[] }} Dependency
 * @typedef {{ components: Component[]; dependencies: Dependency[]; metadata?: object; [other: string]: unknown }} Sbom
 */

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
for (const [index, { filename, sha256 }] of first.packages.entries()) {
	if (sha256 !== second.packages[index]?.sha256)
		faults.push(`two clean builds of the same commit differ in ${filename}`);
	await rename(`${first.folder}${filename}`, `${out}${filename}`);
}
await writeSboms();
for (const { folder } of [first, second]) await rm(folder, { recursive: true });
printReport();

/** Checks that all manifests and the changelog have the same version, and returns it. */
async function checkVersions() {
	const { version } = await json("pkg/package.json");
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
	for (const { folder } of Object.values(PUBLISHED)) {
		const { repository } = await json(`${folder}/package.json`);
		if (!repository) faultsOfTag.push(`${folder}/package.json has no repository, which npm needs for provenance`);
	}
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
	const folders = Object.values(PUBLISHED).map((published) => `${folder}${published.folder}`);
	const packed = await step(`pack it (${name})`, "npm", [
		...["pack", ...folders, "--json", "--loglevel=error", "--pack-destination", folder],
	]);
	/** @type {{ filename: string; files: { path: string }[]; size: number; unpackedSize: number }[]} */
	const listed = JSON.parse(packed);
	const packages = listed.map(async (tarball) => ({
		...tarball,
		sha256: await sha256(`${folder}${tarball.filename}`),
	}));
	return {
		folder,
		packages: await Promise.all(packages),
		wasm: await sha256(`${folder}pkg/wasm/flinkspay_edge_bg.wasm`),
	};
}

/** Writes CycloneDX for the crate, and for each package: the crates in its wasm and the packages in its bundles. */
async function writeSboms() {
	const args = ["cyclonedx", "--format", "json", "--target", TARGET, "--no-build-deps", "--spec-version", "1.5"];
	await step("list the crates", "env", [`--chdir=${first.folder}`, "cargo", ...args]);
	// The folder of the machine that built it must not be published.
	const listed = await readFile(`${first.folder}flinkspay-edge.cdx.json`, "utf8");
	const crate = JSON.parse(listed.replaceAll(first.folder.slice(0, -1), ""));
	const tree = await step("compare with the crates that are compiled in", "cargo", [
		...["tree", "--target", TARGET, "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"],
	]);
	const crates = [crate.metadata.component, ...crate.components];
	for (const [, name, found] of tree.matchAll(/^(\S+) v(\S+)/gm)) {
		const isListed = crates.some((part) => part.name === name && part.version === found);
		if (!isListed) faults.push(`the SBOM lacks ${name} ${found}`);
	}
	await writeSbom("crate", crate);

	const npm = ["sbom", "--sbom-format", "cyclonedx", "--workspaces", "--loglevel=error"];
	/** @type {Sbom} */
	const workspace = JSON.parse(await step("list the packages", "npm", npm));
	for (const [name, { hasWasm, bundles, bundled }] of Object.entries(PUBLISHED)) {
		const { components, dependencies } = await bundledInto(bundles, bundled, workspace);
		const own = hasWasm ? { components: crates, dependencies: crate.dependencies } : undefined;
		const ref = `${name}@${version}`;
		const component = { "bom-ref": ref, type: "library", name, version, purl: `pkg:npm/${ref}` };
		const parts = [...(own?.components ?? []), ...components];
		await writeSbom(name, {
			bomFormat: "CycloneDX",
			specVersion: "1.5",
			version: 1,
			metadata: { ...workspace.metadata, component: { ...component, licenses: [{ expression: "MIT OR Apache-2.0" }] } },
			components: parts,
			dependencies: [
				{ ref, dependsOn: parts.map((part) => part["bom-ref"]) },
				...(own?.dependencies ?? []),
				...dependencies,
			],
		});
	}
}

/**
 * What these workspaces' bundles may contain: the packages in this section of their manifests, and what those depend on.
 *
 * @param {readonly string[]} folders
 * @param {string} section
 * @param {Sbom} workspace
 */
async function bundledInto(folders, section, { components, dependencies }) {
	const uses = new Map(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
	/** @type {Set<string>} */
	const refs = new Set();
	for (const folder of folders) {
		const { name, [section]: named } = await json(`${folder}/package.json`);
		const isNamed = (/** @type {string} */ ref) => Object.keys(named).some((one) => ref.startsWith(`${one}@`));
		for (const ref of uses.get(`${name}@${version}`)?.filter(isNamed) ?? []) refs.add(ref);
	}
	// A set's loop reaches what is added to it meanwhile.
	for (const ref of refs) {
		if (ref.startsWith("flinkspay-edge")) refs.delete(ref);
		else for (const used of uses.get(ref) ?? []) refs.add(used);
	}
	return {
		components: components.filter((component) => refs.has(component["bom-ref"])),
		dependencies: dependencies.filter(({ ref }) => refs.has(ref)),
	};
}

/**
 * @param {string} name
 * @param {Sbom} sbom
 */
async function writeSbom(name, sbom) {
	await writeFile(`${out}${name}.cdx.json`, JSON.stringify(sbom, undefined, "\t"));
	notes.push(`the SBOM target/release-check/${name}.cdx.json has ${sbom.components.length} components`);
}

function printReport() {
	const packages = first.packages.map(
		({ filename, size, unpackedSize, sha256, files }) =>
			`  ${filename}, ${size} bytes, ${unpackedSize} unpacked, sha256 ${sha256}\n${files.map(({ path }) => `    ${path}\n`).join("")}`,
	);
	console.log(`
To npm would be published, in version ${version}, and no crate:
${packages.join("")}
  sha256 of the wasm ${first.wasm}
${notes.map((note) => `\nNote: ${note}.`).join("")}${faults.map((fault) => `\nFAULT: ${fault}.`).join("")}
${faults.length === 0 ? "It may be released." : "It may not be released."}`);
	process.exit(faults.length === 0 ? 0 : 1);
}

async function json(/** @type {string} */ path) {
	return JSON.parse(await readFile(`${root}${path}`, "utf8"));
}
