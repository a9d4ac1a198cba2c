// How each runtime runs the contract's suite on the packed package. The suite is one JavaScript file, tests/contract/suite.ts
// without its types; it is bundled only for runtimes that load bundles alone.

import { execFile } from "node:child_process";
import { copyFile, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, type Plugin } from "esbuild";
import { chromium } from "playwright-core";
import { startWorkerd } from "../../tools/processes.ts";
import type { Verdict } from "../contract/suite.ts";
import { install, pack } from "../tarball.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
const tools = `${root}target/runtimes/node_modules/`;
const project = `${root}target/runtimes/project/`;
const run = promisify(execFile);

const CHROMIUM = {
	executablePath: "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
};

export interface Runtime {
	name: string;
	version(): Promise<string>;
	/** Runs the suite in it, against the bench at this origin. */
	verdicts(bench: string): Promise<Verdict[]>;
}

/** All of them, in the order of docs/runtimes.md. */
export const runtimes: readonly Runtime[] = [
	command("Node.js 20", [`${tools}node20/bin/node`]),
	command("Node.js 22", [`${tools}node22/bin/node`]),
	command("Node.js 24", [`${root}node_modules/.bin/node`]),
	// With permission for the network alone, and not even to read files.
	command("Deno", [`${tools}@deno/linux-x64-glibc/deno`, "run", "--no-prompt", "--allow-net=127.0.0.1"]),
	command("Bun", [`${tools}@oven/bun-linux-x64/bin/bun`]),
	{ name: "workerd", version: () => versionOf(`${root}node_modules/workerd`), verdicts: inWorkerd },
	{ name: "Vercel's edge-runtime", version: () => versionOf(`${tools}edge-runtime`), verdicts: inEdgeRuntime },
	{ name: "Chromium", version: versionOfChromium, verdicts: inChromium },
];

/** Installs the packed package into the project that all of them run. tools/bootstrap.mjs has installed the runtimes. */
export async function prepare(): Promise<void> {
	await install(await pack(`${root}target/runtimes`), project.slice(0, -1));
	const options = { bundle: true, packages: "external", format: "esm", outfile: `${project}suite.js` } as const;
	await build({ entryPoints: [`${here}../contract/suite.ts`], ...options });
	for (const host of ["command.js", "worker.js", "wrangler.json"]) {
		await copyFile(`${here}hosts/${host}`, `${project}${host}`);
	}
}

/** A runtime that is a program and runs files. */
function command(name: string, [program = "", ...args]: string[]): Runtime {
	return {
		name,
		version: async () => (await run(program, ["--version"])).stdout.match(/\d+\.\d+\.\d+/)?.[0] ?? "",
		verdicts: async (bench) => {
			const { stdout } = await run(program, [...args, "command.js", bench], { cwd: project });
			return JSON.parse(stdout);
		},
	};
}

async function versionOf(folder: string): Promise<string> {
	return JSON.parse(await readFile(`${folder}/package.json`, "utf8")).version;
}

async function inWorkerd(bench: string): Promise<Verdict[]> {
	const folder = project.slice(root.length);
	const workerd = await startWorkerd({ name: "the suite's Worker", folder, readyAt: "/ready" });
	try {
		const response = await fetch(`${workerd.url}?bench=${bench}`);
		if (!response.ok) throw new Error(workerd.output());
		return (await response.json()) as Verdict[];
	} finally {
		await workerd.stop();
	}
}

/** In Vercel's runtime, with the module where its bundlers put it: a global that another realm has compiled. */
async function inEdgeRuntime(bench: string): Promise<Verdict[]> {
	const script = await bundle("edge-light");
	const modules: WebAssembly.Module[] = [];
	for (const path of script.modules) modules.push(new WebAssembly.Module(await readFile(path)));
	const { EdgeRuntime } = createRequire(tools)("edge-runtime");
	const edge = new EdgeRuntime({ extend: (context: object) => Object.assign(context, { modules }) });
	edge.evaluate(script.code);
	return JSON.parse(await edge.evaluate(`contract.suite("${bench}").then(JSON.stringify)`));
}

async function inChromium(bench: string): Promise<Verdict[]> {
	const { code } = await bundle("browser");
	const browser = await chromium.launch(CHROMIUM);
	try {
		const page = await browser.newPage();
		// A page over HTTP, so that fetch follows the rules for sites.
		await page.goto(bench);
		await page.addScriptTag({ content: code });
		return await page.evaluate<Verdict[]>(`contract.suite("${bench}")`);
	} finally {
		await browser.close();
	}
}

async function versionOfChromium(): Promise<string> {
	const browser = await chromium.launch(CHROMIUM);
	await browser.close();
	return browser.version();
}

/** The suite and the package in one script, as the global `contract`, and the modules that it imports with `?module`. */
async function bundle(condition: string): Promise<{ code: string; modules: string[] }> {
	const modules: string[] = [];
	const asGlobals: Plugin = {
		name: "modules as globals",
		setup({ onLoad, onResolve }) {
			onResolve({ filter: /\.wasm\?module$/ }, ({ path, resolveDir }) => {
				const index = modules.push(join(resolveDir, path.replace("?module", ""))) - 1;
				return { path: String(index), namespace: "module" };
			});
			onLoad({ filter: /./, namespace: "module" }, ({ path }) => ({ contents: `export default modules[${path}];` }));
		},
	};
	const { outputFiles } = await build({
		absWorkingDir: project,
		entryPoints: ["suite.js"],
		bundle: true,
		write: false,
		format: "iife",
		globalName: "contract",
		platform: "neutral",
		conditions: [condition],
		plugins: [asGlobals],
	});
	return { code: outputFiles[0]?.text ?? "", modules };
}
