// Builds pkg/ so that `npm pack ./pkg` makes the package that users install: pkg/wasm (the glue and the module), the JavaScript and
// declarations of pkg/src, and the bundles pkg/sandbox, pkg/worker and pkg/cli. Builds create/dist for `npm pack ./create`.
// It calls wasm-bindgen itself, since wasm-pack would write its own package.json, and a .gitignore with which npm publishes nothing.
// `--poison` builds target/poison instead: the client with traps on demand, for the tests alone.

import { copyFile, cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import process from "node:process";
import { build } from "esbuild";
import { licencesOfCrates } from "./licences.mjs";
import { root, step } from "./steps.mjs";

const TARGET = "wasm32-unknown-unknown";
const poison = process.argv.includes("--poison");
/** For the bundled packages that are CommonJS. */
const FOR_COMMON_JS = {
	js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
};
/**
 * What sandbox/src/assets.ts reads from files, as values.
 *
 * @type {import("esbuild").Plugin}
 */
const assetsAsText = {
	name: "assets as text",
	setup: ({ onLoad }) =>
		onLoad({ filter: /sandbox.src.assets\.ts$/ }, async ({ path }) => ({
			contents: `export const ASSETS = ${JSON.stringify((await import(path)).ASSETS)};`,
		})),
};
const folder = poison ? `${root}target/poison` : `${root}pkg`;

if (poison) await cp(`${root}pkg`, folder, { recursive: true });
await buildClient();
if (poison) process.exit();
await step("compile the package's TypeScript", "tsc", ["--project", "pkg"]);
// One file for the merchant's receiver, with the library that it needs, and one for the launcher, which pages load as it is.
await bundle("the merchant's receiver and the launcher", {
	entryPoints: ["pkg/src/merchant.ts", "pkg/src/launcher.ts"],
	outdir: "pkg",
	platform: "neutral",
	mainFields: ["module", "main"],
	target: "es2022",
});
await bundle("the sandbox", {
	entryPoints: ["sandbox/src/sandbox.ts", "sandbox/src/command.ts", "sandbox/src/serve.ts"],
	outdir: "pkg/sandbox",
	splitting: true,
	platform: "node",
	target: "node20",
	plugins: [assetsAsText],
});
// Only these: the other declarations import packages that users do not have.
await declareTypes("sandbox", "sandbox", "sandbox.d.ts", "types.d.ts");
// As a library, which imports the package's own client.
await bundle("the Worker", {
	entryPoints: ["worker/src/worker.ts"],
	outdir: "pkg/worker",
	platform: "neutral",
	mainFields: ["module", "main"],
	conditions: ["workerd"],
	target: "es2023",
	external: ["cloudflare:*"],
	plugins: [fromPackage({ "flinkspay-edge": "../edge.js" })],
});
await declareTypes("worker", "worker/tsconfig.package.json", "worker.d.ts", "bindings.d.ts");
await bundle("the command", {
	entryPoints: ["cli/src/command.ts"],
	outdir: "pkg/cli",
	platform: "node",
	target: "node20",
	banner: FOR_COMMON_JS,
	plugins: [fromPackage({ "flinkspay-edge": "../inline.js", "flinkspay-edge-sandbox/serve": "../sandbox/serve.js" })],
});
// The package that `npm create` fetches and runs.
await bundle("create-flinkspay-edge", {
	entryPoints: ["create/src/create.ts"],
	outdir: "create/dist",
	platform: "node",
	mainFields: ["module", "main"],
	target: "node20",
	banner: FOR_COMMON_JS,
});
for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) {
	for (const target of ["pkg", "create"]) await copyFile(`${root}${licence}`, `${root}${target}/${licence}`);
}

async function buildClient() {
	const module = `${folder}/wasm/flinkspay_edge_bg.wasm`;
	// The crate type is set here and not in Cargo.toml: Cargo does no link-time optimisation if there is an rlib too.
	const cargo = ["rustc", "--lib", "--crate-type", "cdylib", "--release", "--target", TARGET, "--quiet"];
	// 64 KiB of stack; for the tests, so little memory that they can exhaust it.
	const link = ["-zstack-size=65536", ...(poison ? ["--max-memory=16777216"] : [])];
	// Panics contain paths of source files. Without these options they would name folders of the machine that built them.
	const registry = `${process.env.CARGO_HOME ?? `${homedir()}/.cargo`}/registry/src`;
	const withoutFolders = [`--remap-path-prefix=${registry}=/cargo`, `--remap-path-prefix=${root}=/`];
	await step("compile the client to wasm", "cargo", [...cargo, ...(poison ? ["--features", "poison"] : [])], {
		RUSTFLAGS: [...link.map((argument) => `-Clink-arg=${argument}`), ...withoutFolders].join(" "),
	});
	await rm(`${folder}/wasm`, { recursive: true, force: true });
	const compiled = `${root}target/${TARGET}/release/flinkspay_edge.wasm`;
	await step("write its JavaScript glue", "glue", [compiled, `${folder}/wasm`]);
	await step("make the module small", "wasm-opt", ["-Oz", module, "-o", module]);
	const base64 = (await readFile(module)).toString("base64");
	await writeFile(`${folder}/wasm/base64.js`, `export default "${base64}";\n`);
	await writeFile(`${folder}/wasm/LICENSES-BUNDLED`, await licencesOfCrates());
}

/**
 * Bundles a workspace with the packages that it needs, and writes their licences beside it.
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
 * Imports these names from files of the package instead of bundling them.
 *
 * @param {Readonly<Record<string, string>>} files
 * @returns {import("esbuild").Plugin}
 */
function fromPackage(files) {
	const filter = new RegExp(`^(${Object.keys(files).join("|")})$`);
	return {
		name: "from the package",
		setup: ({ onResolve }) => onResolve({ filter }, ({ path }) => ({ path: files[path] ?? path, external: true })),
	};
}

/**
 * Writes the declarations of an entry of the package.
 *
 * @param {string} name
 * @param {string} project
 * @param {...string} files what is taken of what the compiler emits
 */
async function declareTypes(name, project, ...files) {
	await step(`declare the types of the ${name}`, "tsc", ["--project", project]);
	for (const file of files) await copyFile(`${root}target/${name}-types/${file}`, `${root}pkg/${name}/${file}`);
	// For compilers that ignore "exports" in package.json.
	await writeFile(`${root}pkg/${name}.d.ts`, `export * from "./${name}/${name}.js";\n`);
}

/**
 * The licence texts of the packages that the bundle contains, or the licence's name of a package without a text.
 *
 * @param {string[]} inputs paths from the root
 */
async function licencesOf(inputs) {
	const folders = inputs.flatMap((path) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/)?.[0] ?? []);
	const texts = [...new Set(folders)].map(async (folder) => {
		const file = (await readdir(`${root}${folder}`)).find((name) => /^licen[cs]e(\.(md|txt))?$/i.test(name));
		const text = await readFile(`${root}${folder}/${file ?? "package.json"}`, "utf8");
		const { license, homepage } = file === undefined ? JSON.parse(text) : {};
		return `${folder.replace(/^.*node_modules\//, "")}\n\n${file === undefined ? `${license}: ${homepage}\n` : text}`;
	});
	return (await Promise.all(texts)).join("\n");
}
