// Everything that a release must pass besides the tests: `npm run release:check`. Versions and changelog agree, two builds
// from clean are the same bytes, the dependencies are of known sources and licences, and there is an SBOM. It prints
// what would be published and leaves it, with the SBOMs, in target/release-check. With `--tag v1.2.3`, as the release's
// workflow calls it, all that is otherwise only said must hold too.

import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { root, run, step } from "./steps.mjs";

const CARGO_DENY = "0.20.2";
const CARGO_CYCLONEDX = "0.5.9";
const TARGET = "wasm32-unknown-unknown";
const out = `${root}target/release-check/`;

const { values } = parseArgs({ options: { tag: { type: "string" } } });
/** @type {string[]} what stands in the way of this release */
const faults = [];
/** @type {string[]} what is to be known, and stands in the way once there is a tag */
const notes = [];

await tool("deny", CARGO_DENY);
await tool("cyclonedx", CARGO_CYCLONEDX);
const version = await versions();
await dependencies();
const [first, second] = [await buildFromClean("first"), await buildFromClean("second-elsewhere")];
if (first.tarball !== second.tarball) faults.push("two builds from clean are not the same bytes");
await sbom();
await rename(`${first.folder}${first.filename}`, `${out}${first.filename}`);
for (const { folder } of [first, second]) await rm(folder, { recursive: true });
tell();

/** Cargo's tools are compiled unoptimised: three times quicker to get and fast enough. */
async function tool(/** @type {string} */ name, /** @type {string} */ wanted) {
	if ((await run("cargo", [name, "--version"])).output.includes(wanted)) return;
	await step(
		`compile cargo-${name}`,
		"cargo",
		["install", `cargo-${name}`, "--version", wanted, "--locked", "--quiet", "--root", `${root}target/tools`],
		{ CARGO_PROFILE_RELEASE_OPT_LEVEL: "0", CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16" },
	);
}

/** The one version, in all places that have it. */
async function versions() {
	const { version, repository } = await json("pkg/package.json");
	const crate = (await readFile(`${root}Cargo.toml`, "utf8")).match(/^version = "(.*)"$/m)?.[1];
	/** @type {Record<string, string | undefined>} */
	const places = { "Cargo.toml": crate };
	for (const folder of [".", ...(await json("package.json")).workspaces]) {
		const { version, dependencies = {} } = await json(`${folder}/package.json`);
		places[`${folder}/package.json`] = version;
		for (const [name, wanted] of Object.entries(dependencies)) {
			if (/^flinkspay-edge/.test(name)) places[`${folder}/package.json, of ${name}`] = wanted;
		}
	}
	for (const [place, found] of Object.entries(places)) {
		if (found !== version) faults.push(`${place} has version ${found}, pkg/package.json has ${version}`);
	}
	const [, newest, date] = (await readFile(`${root}CHANGELOG.md`, "utf8")).match(/^## \[(\S+)\] - (.*)$/m) ?? [];
	if (newest !== version) faults.push(`CHANGELOG.md begins with ${newest}, pkg/package.json has ${version}`);

	const before = values.tag === undefined ? notes : faults;
	if (values.tag !== undefined && values.tag !== `v${version}`)
		faults.push(`the tag is ${values.tag}, not v${version}`);
	if (!/^\d{4}-\d{2}-\d{2}$/.test(date ?? "")) before.push(`CHANGELOG.md has no date for ${version}`);
	if (!repository) before.push("pkg/package.json names no repository: npm takes no provenance without it");
	if ((await run("git", ["status", "--porcelain"])).output !== "") {
		before.push("there are changes that are not committed: what is built here is the last commit");
	}
	return version;
}

/** Licences, bans and sources by deny.toml; advisories where their database can be fetched. */
async function dependencies() {
	await step("check licences, bans and sources", "cargo", ["deny", "check", "licenses", "bans", "sources"]);
	const { code, output } = await run("cargo", ["deny", "check", "advisories"]);
	if (code === 0) console.log("check advisories: ok");
	else if (/failed to fetch advisory database/.test(output)) {
		(values.tag === undefined ? notes : faults).push(
			"advisories were not checked: their database cannot be fetched here",
		);
	} else faults.push(`advisories: ${output}`);
}

/**
 * Builds the last commit in an empty folder, with nothing of an earlier build, and packs it.
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

/** CycloneDX for the crate, and for the package: what is compiled into its wasm and bundled into its sandbox. */
async function sbom() {
	const args = ["cyclonedx", "--format", "json", "--target", TARGET, "--no-build-deps", "--spec-version", "1.5"];
	await step("list the crate's parts", "env", [`--chdir=${first.folder}`, "cargo", ...args]);
	// Where it was built is nobody's business.
	const listed = await readFile(`${first.folder}flinkspay-edge.cdx.json`, "utf8");
	const crate = JSON.parse(listed.replaceAll(first.folder.slice(0, -1), ""));
	const npm = ["sbom", "--sbom-format", "cyclonedx", "--workspace", "sandbox", "--omit", "dev", "--loglevel=error"];
	const sandbox = JSON.parse(await step("list the sandbox's parts", "npm", npm));

	const parts = [crate.metadata.component, ...crate.components, ...sandbox.components].filter(
		(part) => !part["bom-ref"].startsWith("flinkspay-edge-sandbox"),
	);
	const tree = await step("compare with the crates that are compiled", "cargo", [
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
	notes.push(`the SBOMs are target/release-check/crate.cdx.json and package.cdx.json: ${parts.length} parts`);
}

function tell() {
	console.log(`
flinkspay-edge ${version} would be published to npm, and no crate:
  ${first.filename}, ${first.size} bytes, ${first.unpackedSize} unpacked
  sha256 ${first.tarball}
  its wasm ${first.wasm}, built twice
${first.files.map((/** @type {string} */ path) => `  ${path}`).join("\n")}
${notes.map((note) => `\nNote: ${note}.`).join("")}${faults.map((fault) => `\nFAULT: ${fault}.`).join("")}
${faults.length === 0 ? "It may be released." : "It may not be released."}`);
	process.exit(faults.length === 0 ? 0 : 1);
}

async function json(/** @type {string} */ path) {
	return JSON.parse(await readFile(`${root}${path}`, "utf8"));
}

async function sha256(/** @type {string} */ path) {
	return createHash("sha256")
		.update(await readFile(path))
		.digest("hex");
}
