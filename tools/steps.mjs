// What the commands in tools/ share: running programs, and one line of output for each step.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Finds this repository's own tools before the machine's: Node 24, wasm-bindgen in the locked version, wasm-pack. */
export const env = {
	...process.env,
	PATH: [`${root}node_modules/.bin`, `${root}target/debug`, `${root}target/tools/bin`, process.env.PATH].join(":"),
	WRANGLER_SEND_METRICS: "false",
	CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

/**
 * Runs a program and returns its exit code and its output, stdout and stderr together.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [extraEnv]
 * @returns {Promise<{ code: number; output: string }>}
 */
export function run(command, args, extraEnv = {}) {
	return new Promise((resolve) => {
		const child = spawn(command, args, { cwd: root, env: { ...env, ...extraEnv }, stdio: ["ignore", "pipe", "pipe"] });
		let output = "";
		const collect = (/** @type {Buffer} */ chunk) => {
			output += chunk;
		};
		child.stdout.on("data", collect);
		child.stderr.on("data", collect);
		child.on("error", (error) => resolve({ code: 127, output: `${output}${command}: ${error.message}\n` }));
		child.on("close", (code) => resolve({ code: code ?? 1, output }));
	});
}

/**
 * Runs a program and prints one line when it is done. If it fails, prints its output and ends this process.
 *
 * @param {string} what
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [extraEnv]
 * @returns {Promise<string>}
 */
export async function step(what, command, args, extraEnv) {
	const start = performance.now();
	const { code, output } = await run(command, args, extraEnv);
	const seconds = ((performance.now() - start) / 1000).toFixed(1);
	if (code !== 0) {
		console.error(`${output}\n${what}: failed with code ${code} after ${seconds} s (${[command, ...args].join(" ")})`);
		process.exit(1);
	}
	console.log(`${what}: ${seconds} s`);
	return output;
}

/**
 * Prints why the command cannot go on, and ends it.
 *
 * @param {string} why
 * @returns {never}
 */
export function fail(why) {
	console.error(why);
	process.exit(1);
}

/** @param {string} path */
export async function sha256(path) {
	return createHash("sha256")
		.update(await readFile(path))
		.digest("hex");
}
