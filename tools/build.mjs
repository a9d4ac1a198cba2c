// Makes pkg/ whole: pkg/wasm (the glue and the module), the JavaScript and the declarations of pkg/src, pkg/sandbox (the
// stand-in, its command and its declarations), pkg/worker (the Worker and its declarations) and pkg/cli (the command), so that
// `npm pack ./pkg` is what users install; and create/dist, so that `npm pack ./create` is what `npm create` runs. wasm-pack
// would write its own package.json and a .gitignore that makes npm publish nothing; this build calls wasm-bindgen itself.
// `--poison` makes target/poison instead: the same client with traps on demand, for the tests alone.

import { copyFile, cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import process from "node:process";
import { build } from "esbuild";
import { licencesOfCrates } from "./licences.mjs";
import { root, step } from "./steps.mjs";

const TARGET = "wasm32-unknown-unknown";
const poison = process.argv.includes("--poison");
/** For what is CommonJS among what is bundled. */
const FOR_COMMON_JS = {
	js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
};
const folder = poison ? `${root}target/poison` : `${root}pkg`;

if (poison) await cp(`${root}pkg`, folder, { recursive: true });
await buildClient();
if (!poison) {
	await step("compile the package's TypeScript", "tsc", ["--project", "pkg"]);
	await bundleMerchant();
	await bundleSandbox();
	await bundleWorker();
	await bundleCommand();
	await bundleCreate();
	for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) {
		for (const room of ["pkg", "create"]) await copyFile(`${root}${licence}`, `${root}${room}/${licence}`);
	}
}

async function buildClient() {
	const module = `${folder}/wasm/flinkspay_edge_bg.wasm`;
	// For real link-time optimisation the crate type stands here: beside an rlib, Cargo would not run it.
	const cargo = ["rustc", "--lib", "--crate-type", "cdylib", "--release", "--target", TARGET, "--quiet"];
	// 64 KiB of stack; memory that can be exhausted in a test without exhausting the machine.
	const link = ["-zstack-size=65536", ...(poison ? ["--max-memory=16777216"] : [])];
	// Panics name their source files: not those of the machine that built them.
	const registry = `${process.env.CARGO_HOME ?? `${homedir()}/.cargo`}/registry/src`;
	const anonymous = [`--remap-path-prefix=${registry}=/cargo`, `--remap-path-prefix=${root}=/`];
	await step("compile the client to wasm", "cargo", [...cargo, ...(poison ? ["--features", "poison"] : [])], {
		RUSTFLAGS: [...link.map((argument) => `-Clink-arg=${argument}`), ...anonymous].join(" "),
	});
	await rm(`${folder}/wasm`, { recursive: true, force: true });
	const compiled = `${root}target/${TARGET}/release/flinkspay_edge.wasm`;
	await step("write its JavaScript glue", "glue", [compiled, `${folder}/wasm`]);
	await step("make the module small", "wasm-opt", ["-Oz", module, "-o", module]);
	const base64 = (await readFile(module)).toString("base64");
	await writeFile(`${folder}/wasm/base64.js`, `export default "${base64}";\n`);
	await writeFile(`${folder}/wasm/LICENSES-BUNDLED`, await licencesOfCrates());
}

async function bundleSandbox() {
	await bundle("the sandbox", {
		entryPoints: ["sandbox/src/sandbox.ts", "sandbox/src/command.ts", "sandbox/src/serve.ts"],
		outdir: "pkg/sandbox",
		splitting: true,
		platform: "node",
		target: "node20",
	});
	// Of all that the compiler emits, what users see: the others import what users do not have.
	await step("declare the sandbox's types", "tsc", ["--project", "sandbox"]);
	await declare("sandbox", "sandbox.d.ts", "types.d.ts");
}

/** The Worker as a library. The client that it needs is the package's own. */
async function bundleWorker() {
	await bundle("the Worker", {
		entryPoints: ["worker/src/worker.ts"],
		outdir: "pkg/worker",
		platform: "neutral",
		mainFields: ["module", "main"],
		conditions: ["workerd"],
		target: "es2023",
		external: ["cloudflare:*"],
		plugins: [ofThePackage({ "flinkspay-edge": "../edge.js" })],
	});
	await step("declare the Worker's types", "tsc", ["--project", "worker/tsconfig.package.json"]);
	await declare("worker", "worker.d.ts", "bindings.d.ts");
}

async function bundleCommand() {
	await bundle("the command", {
		entryPoints: ["cli/src/command.ts"],
		outdir: "pkg/cli",
		platform: "node",
		target: "node20",
		banner: FOR_COMMON_JS,
		plugins: [
			ofThePackage({ "flinkspay-edge": "../inline.js", "flinkspay-edge-sandbox/serve": "../sandbox/serve.js" }),
		],
	});
}

/** The package create-flinkspay-edge, which `npm create` fetches and runs. */
async function bundleCreate() {
	await bundle("the maker of deployments", {
		entryPoints: ["create/src/create.ts"],
		outdir: "create/dist",
		platform: "node",
		mainFields: ["module", "main"],
		target: "node20",
		banner: FOR_COMMON_JS,
	});
}

/** What the compiler has emitted of the merchant's entry, with the library that it needs. */
async function bundleMerchant() {
	await bundle("the merchant's receiver", {
		entryPoints: ["pkg/src/merchant.ts"],
		outdir: "pkg",
		platform: "neutral",
		mainFields: ["module", "main"],
		target: "es2022",
	});
}

/**
 * A room with the packages that it needs, and their licences beside it.
 *
 * @param {string} what
 * @param {import("esbuild").BuildOptions & { outdir: string }} options
 */
async function bundle(what, options) {
	const start = performance.now();
	if (options.outdir !== "pkg") await rm(`${root}${options.outdir}`, { recursive: true, force: true });
	const { metafile } = await build({
		absWorkingDir: root,
		...options,
		bundle: true,
		format: "esm",
		legalComments: "none",
		logLevel: "warning",
		metafile: true,
	});
	await writeFile(`${root}${options.outdir}/LICENSES-BUNDLED`, await licencesOf(Object.keys(metafile.inputs)));
	console.log(`bundle ${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/**
 * What another room has by name is there in the package already.
 *
 * @param {Readonly<Record<string, string>>} files
 * @returns {import("esbuild").Plugin}
 */
function ofThePackage(files) {
	const filter = new RegExp(`^(${Object.keys(files).join("|")})$`);
	return {
		name: "of the package",
		setup: ({ onResolve }) => onResolve({ filter }, ({ path }) => ({ path: files[path] ?? path, external: true })),
	};
}

/**
 * Publishes declarations that the compiler has emitted, the entry's first.
 *
 * @param {string} room
 * @param {...string} files
 */
async function declare(room, ...files) {
	for (const file of files) await copyFile(`${root}target/${room}-types/${file}`, `${root}pkg/${room}/${file}`);
	// For compilers that do not read the manifest's "exports".
	await writeFile(`${root}pkg/${room}.d.ts`, `export * from "./${room}/${room}.js";\n`);
}

/**
 * The licence texts of the packages that the bundle contains.
 *
 * @param {string[]} inputs paths from the root
 */
async function licencesOf(inputs) {
	// The path of each to its folder, and its name within that path.
	const folders = inputs.flatMap((path) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/)?.[0] ?? []);
	const texts = [...new Set(folders)].map(async (folder) => {
		const name = folder.replace(/^.*node_modules\//, "");
		return `${name}\n\n${await licenceOf(`${root}${folder}`)}`;
	});
	return (await Promise.all(texts)).join("\n");
}

/**
 * A package's text, or the name of its licence where it brings none.
 *
 * @param {string} folder where it is
 */
async function licenceOf(folder) {
	const file = (await readdir(folder)).find((name) => /^licen[cs]e(\.(md|txt))?$/i.test(name));
	if (file !== undefined) return readFile(`${folder}/${file}`, "utf8");
	const { license, homepage } = JSON.parse(await readFile(`${folder}/package.json`, "utf8"));
	return `${license}: ${homepage}\n`;
}
