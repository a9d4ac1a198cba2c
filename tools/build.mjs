// Makes pkg/ whole: pkg/wasm (the glue and the module), the JavaScript and the declarations of pkg/src, pkg/sandbox (the
// stand-in, its command and its declarations) and pkg/worker (the Worker and its declarations), so that `npm pack ./pkg` is
// what users install. wasm-pack would write its own package.json and a .gitignore that makes npm publish nothing; this build
// calls wasm-bindgen itself. `--poison` makes target/poison instead: the same client with traps on demand, for the tests alone.

import { copyFile, cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import process from "node:process";
import { build } from "esbuild";
import { licencesOfCrates } from "./licences.mjs";
import { root, step } from "./steps.mjs";

const TARGET = "wasm32-unknown-unknown";
const poison = process.argv.includes("--poison");
const folder = poison ? `${root}target/poison` : `${root}pkg`;

if (poison) await cp(`${root}pkg`, folder, { recursive: true });
await buildClient();
if (!poison) {
	await step("compile the package's TypeScript", "tsc", ["--project", "pkg"]);
	await bundleSandbox();
	await declareSandbox();
	await bundleWorker();
	await declareWorker();
	for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) await copyFile(`${root}${licence}`, `${folder}/${licence}`);
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
	await step("write its JavaScript glue", "wasm-bindgen", [
		...[`${root}target/${TARGET}/release/flinkspay_edge.wasm`, "--target", "web", "--out-dir", `${folder}/wasm`],
		...["--omit-default-module-path", "--experimental-reset-state-function"],
		...["--remove-name-section", "--remove-producers-section"],
	]);
	await step("make the module small", "wasm-opt", ["-Oz", module, "-o", module]);
	const base64 = (await readFile(module)).toString("base64");
	await writeFile(`${folder}/wasm/base64.js`, `export default "${base64}";\n`);
	await writeFile(`${folder}/wasm/LICENSES-BUNDLED`, await licencesOfCrates());
}

async function bundleSandbox() {
	const start = performance.now();
	await rm(`${root}pkg/sandbox`, { recursive: true, force: true });
	const { metafile } = await build({
		absWorkingDir: root,
		entryPoints: ["sandbox/src/sandbox.ts", "sandbox/src/command.ts"],
		outdir: "pkg/sandbox",
		bundle: true,
		splitting: true,
		format: "esm",
		platform: "node",
		target: "node20",
		legalComments: "none",
		metafile: true,
		logLevel: "warning",
	});
	await writeFile(`${root}pkg/sandbox/LICENSES-BUNDLED`, await licencesOf(Object.keys(metafile.inputs)));
	console.log(`bundle the sandbox: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/** Of all that the compiler emits, what users see: the others import what users do not have. */
async function declareSandbox() {
	await step("declare the sandbox's types", "tsc", ["--project", "sandbox"]);
	for (const file of ["sandbox.d.ts", "types.d.ts"]) {
		await copyFile(`${root}target/sandbox-types/${file}`, `${root}pkg/sandbox/${file}`);
	}
	// For compilers that do not read the manifest's "exports".
	await writeFile(`${root}pkg/sandbox.d.ts`, 'export * from "./sandbox/sandbox.js";\n');
}

/** The Worker as a library. The client that it needs is the package's own. */
async function bundleWorker() {
	const start = performance.now();
	await rm(`${root}pkg/worker`, { recursive: true, force: true });
	const { metafile } = await build({
		absWorkingDir: root,
		entryPoints: ["worker/src/worker.ts"],
		outdir: "pkg/worker",
		bundle: true,
		format: "esm",
		platform: "neutral",
		mainFields: ["module", "main"],
		conditions: ["workerd"],
		target: "es2023",
		external: ["cloudflare:*"],
		plugins: [
			{
				name: "client",
				setup: ({ onResolve }) =>
					onResolve({ filter: /^flinkspay-edge$/ }, () => ({ path: "../edge.js", external: true })),
			},
		],
		legalComments: "none",
		metafile: true,
		logLevel: "warning",
	});
	await writeFile(`${root}pkg/worker/LICENSES-BUNDLED`, await licencesOf(Object.keys(metafile.inputs)));
	console.log(`bundle the Worker: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

async function declareWorker() {
	await step("declare the Worker's types", "tsc", ["--project", "worker/tsconfig.package.json"]);
	for (const file of ["worker.d.ts", "bindings.d.ts"]) {
		await copyFile(`${root}target/worker-types/${file}`, `${root}pkg/worker/${file}`);
	}
	// For compilers that do not read the manifest's "exports".
	await writeFile(`${root}pkg/worker.d.ts`, 'export * from "./worker/worker.js";\n');
}

/**
 * The licence texts of the packages that the bundle contains.
 *
 * @param {string[]} inputs paths from the root
 */
async function licencesOf(inputs) {
	const packages = new Set(inputs.flatMap((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []));
	const texts = [...packages].map(async (name) => `${name}\n\n${await licenceOf(`${root}node_modules/${name}`)}`);
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
