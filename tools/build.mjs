// Makes pkg/ whole: pkg/wasm (the glue and the module) and pkg/sandbox (the stand-in and its command), so that
// `npm pack ./pkg` is what users install. wasm-pack would write its own package.json and a .gitignore that makes npm
// publish nothing; this build calls wasm-bindgen itself. `--poison` makes target/poison instead: the same client with
// traps on demand, for the tests alone.

import { copyFile, cp, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import process from "node:process";
import { build } from "esbuild";
import { licencesOfCrates } from "./licences.mjs";
import { makeSmall, writeGlue } from "./shipped.mjs";
import { root, step } from "./steps.mjs";

const poison = process.argv.includes("--poison");
const folder = poison ? `${root}target/poison` : `${root}pkg`;

if (poison) await cp(`${root}pkg`, folder, { recursive: true });
await buildClient();
if (!poison) {
	await bundleSandbox();
	for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) await copyFile(`${root}${licence}`, `${folder}/${licence}`);
}

async function buildClient() {
	const built = `${folder}/wasm/flinkspay_edge_bg.wasm`;
	// The crate type stands here and not in Cargo.toml: beside an rlib, Cargo would not run link-time optimisation.
	const cargo = [
		"rustc",
		"--lib",
		"--crate-type",
		"cdylib",
		"--release",
		"--target",
		"wasm32-unknown-unknown",
		"--quiet",
	];
	// 64 KiB of stack; memory that can be exhausted in a test without exhausting the machine.
	const link = ["-zstack-size=65536", ...(poison ? ["--max-memory=16777216"] : [])];
	// Panics name their source files: not those of the machine that built them.
	const registry = `${process.env.CARGO_HOME ?? `${homedir()}/.cargo`}/registry/src`;
	const anonymous = [`--remap-path-prefix=${registry}=/cargo`, `--remap-path-prefix=${root}=/`];
	// SHA-256 has vector code, which is smaller and quicker. Every runtime that is supported has the instructions.
	const features = "-Ctarget-feature=+simd128";
	await step("compile the client to wasm", "cargo", [...cargo, ...(poison ? ["--features", "poison"] : [])], {
		RUSTFLAGS: [features, ...link.map((argument) => `-Clink-arg=${argument}`), ...anonymous].join(" "),
	});
	await rm(`${folder}/wasm`, { recursive: true, force: true });
	await writeGlue("write its JavaScript glue", `${folder}/wasm`, poison ? ["--remove-name-section"] : []);
	const rename = poison ? undefined : await makeSmall("make the module small", built, built);
	await finishGlue(`${folder}/wasm/flinkspay_edge.js`, rename);
	const base64 = (await readFile(built)).toString("base64");
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

/** The licence texts of the packages that the bundle contains. */
async function licencesOf(inputs) {
	const packages = new Set(inputs.flatMap((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []));
	const texts = [...packages].map(async (name) => {
		return `${name}\n\n${await readFile(`${root}node_modules/${name}/LICENSE`, "utf8")}`;
	});
	return (await Promise.all(texts)).join("\n");
}

/**
 * Gives the glue the module's names, and changes it. A module that another realm has compiled, as in Vercel's edge runtime, is none by `instanceof`.
 *
 * An instance that trapped must not run again: a new one takes its place when none of its frames is on the stack any more.
 */
async function finishGlue(path, rename = (/** @type {string} */ glue) => glue) {
	let glue = rename(await readFile(path, "utf8"));
	const guards = [
		[
			"if (!(module instanceof WebAssembly.Module)) {",
			"if (Object.prototype.toString.call(module) !== '[object WebAssembly.Module]') {",
		],
	];
	for (const [made, guarded] of guards) {
		if (glue.split(made).length !== 2) throw new Error(`wasm-bindgen's glue does not have this once:\n${made}`);
		glue = glue.replace(made, guarded);
	}
	await writeFile(
		path,
		`${glue}
let lost = false;
let tell = () => {};

export function isLost() {
    return lost;
}

export function onLost(callback) {
    tell = callback;
}

export function lose() {
    if (lost) return;
    lost = true;
    queueMicrotask(() => {
        __wbg_reset_state();
        lost = false;
    });
    tell();
}
`,
	);
}
