// What the commands of this repository share: run a program, say in one line what was done and how long it took.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** This repository's own tools before the machine's: Node 24, wasm-bindgen of the locked version, wasm-pack. */
export const env = {
	...process.env,
	PATH: [`${root}node_modules/.bin`, `${root}target/debug`, `${root}target/tools/bin`, process.env.PATH].join(":"),
	WRANGLER_SEND_METRICS: "false",
	CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

/**
 * Runs a program to its end and gives what it printed, stdout and stderr together.
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
 * Runs one program as a step: one line when it is done, all that it printed and the end of this process when it fails.
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
