// How the module that ships is made of what cargo has compiled. `npm run size` makes others the same way, to tell what a
// part of it weighs.

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
		...[compiled, "--target", "web", "--omit-default-module-path", "--out-dir", folder],
		...["--experimental-reset-state-function", "--remove-producers-section", ...more],
	]);
}

/**
 * Makes a module small, and takes its names away.
 *
 * @param {string} what
 * @param {string} from
 * @param {string} to
 * @param {string[]} [more] options of wasm-opt
 */
export async function makeSmall(what, from, to, more = []) {
	await step(what, "wasm-opt", ["-Oz", from, "-o", to, ...more]);
}
