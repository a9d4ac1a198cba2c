// How the module that ships is made of what cargo has compiled. `npm run size` makes others the same way, to tell what a
// part of it weighs.

import { readFile, writeFile } from "node:fs/promises";
import binaryen from "binaryen";
import { root, step } from "./steps.mjs";

const compiled = `${root}target/wasm32-unknown-unknown/release/flinkspay_edge.wasm`;

/**
 * Writes the module, not yet small, and its JavaScript into a folder.
 *
 * @param {string} what
 * @param {string} folder
 * @param {string[]} [more] options of wasm-bindgen
 */
export async function writeGlue(what, folder, more = []) {
	await step(what, "wasm-bindgen", [
		...[compiled, "--target", "web", "--no-typescript", "--omit-default-module-path", "--out-dir", folder],
		...["--experimental-reset-state-function", "--remove-producers-section", ...more],
	]);
}

/**
 * What prints a panic before it traps, which nobody hears: the door tells of the trap alone. And the closures that
 * wasm-bindgen provides for, of which the client makes none.
 */
const UNUSED =
	/panicking|rust_panic|rust_begin_unwind|rust_oom|(?:unwrap|expect|assert|slice_error|slice_index|_mismatch)_fail|handle_alloc_error|raw_vec::(?:handle_error|capacity_overflow)|panic_already|^<.* as core.*::fmt::(?:Display|Debug)>::fmt$|^wasm_bindgen::convert::closures::_::invoke/;
/** Whoever formats anything else than panics would trap there. */
const FORMATS = /core.*::fmt::write|fmt::format|ToString/;

/**
 * Makes a module small, and takes away its names and what only panics print.
 *
 * @param {string} what
 * @param {string} from with names
 * @param {string} to
 * @param {string[]} [more] options of wasm-opt
 * @returns {Promise<(glue: string) => string>} gives the glue the names that imports and exports have now
 */
export async function makeSmall(what, from, to, more = []) {
	binaryen.setDebugInfo(true);
	const module = binaryen.readBinary(await readFile(from));
	for (let index = 0; index < module.getNumFunctions(); index += 1) {
		const named = module.getFunctionByIndex(index);
		const { name, module: importedFrom } = binaryen.getFunctionInfo(named);
		if (FORMATS.test(name)) throw new Error(`${name} is linked, but what prints numbers and text is cut out`);
		if (!importedFrom && UNUSED.test(name)) binaryen.Function.setBody(named, module.unreachable());
	}
	await writeFile(to, module.emitBinary());
	module.dispose();
	const renamed = await step(what, "wasm-opt", [
		"-Oz",
		"--minify-imports-and-exports-and-modules",
		to,
		"-o",
		to,
		...more,
	]);
	const small = (await readFile(to)).toString("latin1").replace(SOURCE, blank).replace(WORDS, blank);
	await writeFile(to, small, "latin1");
	return rename(JSON.parse(renamed));
}

/**
 * @param {{ imports: [string, string, string][]; exports: [string, string][] }} names before and after
 * @returns {(glue: string) => string}
 */
function rename({ imports, exports }) {
	const names = new Map([['"./flinkspay_edge_bg.js": import0', '"a": import0']]);
	for (const [, name, short] of imports) names.set(`${name}: function`, `${short}: function`);
	for (const [name, short] of exports) names.set(`wasm.${name}`, `wasm.${short}`);
	return (glue) => {
		const found = new Set();
		const renamed = glue.replace(/\bwasm\.\w+|\b\w+: function|"[./\w]+": import0/g, (name) => {
			found.add(name);
			return names.get(name) ?? name;
		});
		const missing = imports.filter(([, name]) => !found.has(`${name}: function`));
		if (missing.length > 0) throw new Error(`wasm-bindgen's glue does not have ${missing.join()}`);
		return renamed;
	};
}

/** Where a panic stands in its source. The bytes stay, and pack to nothing. */
const SOURCE = /(?:\/|src\/)[\w./-]*?\.rs/g;
/** What panics say, and what is thrown where the glue is misused. */
const WORDS = new RegExp(
	[
		"(?:slice index starts at|index out of bounds: the len is|range (?:start|end) index) ",
		' but (?:ends at|the index is) |" out of range for slice of length |mid > len',
		"assertion `left | right` failed|  left: | right: ",
		"&?copy_from_slice: source slice length \\(|\\) does not match destination slice length \\(",
		"attempted to take ownership of Rust value while it was borrowed|null pointer passed to rust",
		"recursive use of an object detected which would lead to unsafe aliasing in rust",
		"attempt to join into collection with len > usize::MAX|capacity overflow|Tried to shrink to a larger capacity",
		"`async fn` resumed after completion|RefCell already (?:mutably )?borrowed|internal error: entered unreachable code",
		"input is too big|encoding error|InvalidLengthError",
	].join("|"),
	"g",
);
const blank = (/** @type {string} */ text) => "\0".repeat(text.length);
