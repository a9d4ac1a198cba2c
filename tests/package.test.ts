// What users install: the packed tarball, its exact files, and a payment from an empty project that has it alone.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { type Running, startSandbox } from "../tools/processes.ts";
import { install, pack, type Tarball } from "./tarball.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);
const credentials = { username: "merchant", password: crypto.randomUUID() };
let folder: string;
/** The package as installed in the empty project. */
let installed: string;
let tarball: Tarball;
let sandbox: Running;

before(async () => {
	const scratch = await mkdtemp(join(tmpdir(), "flinkspay-edge-package-"));
	tarball = await pack(scratch);
	folder = join(scratch, "project");
	await install(tarball, folder);
	await cp(join(root, "tests/package"), folder, { recursive: true });
	installed = join(folder, "node_modules/flinkspay-edge");
	sandbox = await startSandbox(credentials);
});
after(async () => {
	await sandbox?.stop();
	await rm(dirname(tarball.path), { recursive: true, force: true });
});

/** Runs a module of `package/` in the empty project and gives what it printed. */
async function inProject(module: string, node = process.execPath): Promise<string> {
	const env = { ...process.env, BASE_URL: sandbox.url, ...credentials };
	return (await run(node, [module], { cwd: folder, env })).stdout;
}

describe("the tarball", () => {
	it("holds these files and no others", () => {
		const files = tarball.files.filter((path) => !/^sandbox\/chunk-\w+\.js$/.test(path));
		assert.deepEqual(files, [
			"LICENSE-APACHE",
			"LICENSE-MIT",
			"LICENSES-BUNDLED",
			"README.md",
			"cli/LICENSES-BUNDLED",
			"cli/command.js",
			"edge.js",
			"error.d.ts",
			"error.js",
			"flinkspay.d.ts",
			"flinkspay.js",
			"flinkspay.wasm.d.ts",
			"index.d.ts",
			"index.js",
			"inline.js",
			"instance.js",
			"launcher-payment.d.ts",
			"launcher.d.ts",
			"launcher.js",
			"merchant.d.ts",
			"merchant.js",
			"message.d.ts",
			"order.d.ts",
			"order.js",
			"package.json",
			"react.d.ts",
			"react.js",
			"sandbox.d.ts",
			"sandbox/LICENSES-BUNDLED",
			"sandbox/command.js",
			"sandbox/sandbox.d.ts",
			"sandbox/sandbox.js",
			"sandbox/serve.js",
			"sandbox/types.d.ts",
			"slim.d.ts",
			"slim.js",
			"types/error.d.ts",
			"types/funds.d.ts",
			"types/interac.d.ts",
			"types/options.d.ts",
			"types/sessions.d.ts",
			"types/webhook.d.ts",
			"wasm/LICENSES-BUNDLED",
			"wasm/base64.js",
			"wasm/flinkspay_edge.js",
			"wasm/flinkspay_edge_bg.wasm",
			"worker.d.ts",
			"worker/LICENSES-BUNDLED",
			"worker/bindings.d.ts",
			"worker/worker.d.ts",
			"worker/worker.js",
		]);
	});

	it("says that the module is missing when `./slim` is used before initSync", async () => {
		const printed = await inProject("slim-too-early.mjs");
		assert.equal(printed, "FlinksPayError not_ready true\n".repeat(2));
	});

	it("names the packages that are compiled and bundled into it, with their licences", async () => {
		const bundled = {
			...{ wasm: ["subtle", "wasm-bindgen", "talc"], sandbox: ["hono"] },
			worker: ["hono", "zod", "jose", "standardwebhooks", "@hono/zod-openapi"],
			...{ cli: ["commander", "csv-parse", "@clack/prompts", "standardwebhooks"], ".": ["standardwebhooks"] },
		};
		for (const [folder, parts] of Object.entries(bundled)) {
			const texts = await readFile(join(installed, folder, "LICENSES-BUNDLED"), "utf8");
			for (const part of parts) assert.match(texts, new RegExp(`^${part}( \\d|$)`, "m"));
		}
	});

	it("passes publint", async () => {
		const { messages, pkg } = await publint({ pkgDir: join(root, "pkg"), strict: true });
		assert.deepEqual(
			messages.map((message) => formatMessage(message, pkg)),
			[],
		);
	});

	// The conditions that wrangler, Next, Deno, Bun and bundlers set.
	for (const [who, conditions, entry] of [
		["wrangler", ["workerd", "worker", "browser", "import"], "edge.js"],
		["Next's edge runtime", ["edge-light", "browser", "import"], "edge.js"],
		["Deno", ["deno", "node", "import"], "inline.js"],
		["Bun", ["bun", "node", "import"], "inline.js"],
		["Node", ["node", "import"], "inline.js"],
		["Node's require", ["node", "require", "module-sync"], "inline.js"],
		["a bundler for browsers", ["browser", "import"], "inline.js"],
		["a bundler for no platform", ["import"], "inline.js"],
	] as const) {
		it(`gives ${who} the entry ${entry}`, async () => {
			const { exports } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
			const [, first] =
				Object.entries(exports["."]).find(([condition]) => {
					return condition === "default" || conditions.some((set) => set === condition);
				}) ?? [];
			assert.equal(first, `./${entry}`);
		});
	}

	it("exports the same names from every entry", async () => {
		const names = async (file: string) => Object.keys(await import(join(installed, file))).sort();
		const source = await readFile(join(installed, "edge.js"), "utf8");
		// Node cannot load edge.js.
		const [, edge = ""] = source.match(/^export const \{ (.+) \} = /m) ?? [];
		const all = await names("index.js");
		assert.deepEqual(await names("inline.js"), all);
		assert.deepEqual(edge.split(", ").sort(), all);
		assert.deepEqual(await names("slim.js"), [...all, "initSync"].sort());
	});

	it("says which setting is missing when the host forbids to compile", async () => {
		const printed = await inProject("cannot-compile.mjs");
		assert.equal(printed, "FlinksPayError not_ready true disallowed by embedder\n".repeat(2));
	});

	it("starts a payment from `./slim` after initSync", async () => {
		assert.equal(await inProject("slim.mjs"), "Initiated\ntrue not_found\n");
	});

	it("has the same module as a file and in JavaScript", async () => {
		const wasm = join(installed, "wasm");
		const { default: base64 } = await import(join(wasm, "base64.js"));
		assert.ok((await readFile(join(wasm, "flinkspay_edge_bg.wasm"))).equals(Buffer.from(base64, "base64")));
	});

	it("needs only WebAssembly features that are everywhere since 2021, and no vector instructions", async () => {
		const bare = join(folder, "bare.wasm");
		const optimiser = join(root, "node_modules/.bin/wasm-opt");
		// The section of target features would enable more of them.
		const module = join(installed, "wasm/flinkspay_edge_bg.wasm");
		await run(optimiser, [module, "--strip-target-features", "--output", bare]);
		const valid = (features: string[]) =>
			run(optimiser, [bare, "--mvp-features", ...features.map((name) => `--enable-${name}`), "--output", "/dev/null"]);
		const everywhere = ["mutable-globals", "sign-ext", "nontrapping-float-to-int", "multivalue"];
		await valid([...everywhere, "bulk-memory", "reference-types"]);
		await assert.rejects(valid([...everywhere, "bulk-memory"]), /requires reference types/);
	});

	// npm's own Node is the machine's, often an older one than the tests'.
	const nodes = new Set([process.execPath, process.env.npm_node_execpath ?? process.execPath]);
	for (const node of nodes) {
		it(`starts a payment from an empty project on ${node === process.execPath ? process.version : "npm's Node"}`, async () => {
			assert.equal(await inProject("main.mjs", node), "Initiated\ntrue not_found\n");
		});
	}

	it("signs orders, and prints a page's policy, without the module", async () => {
		assert.equal(await inProject("without-module.mjs"), "3\n3\n");
	});

	it('has a component that says "use client" first, and needs React and the launcher alone', async () => {
		const component = await readFile(join(installed, "react.js"), "utf8");
		assert.ok(component.startsWith('"use client";\n'));
		const needed = [...component.matchAll(/\b(?:from|import) ?\(?"([^"]+)"/g)].map(([, from]) => from);
		assert.deepEqual([...new Set(needed)].sort(), ["./launcher.js", "react"]);
	});

	it("brings the sandbox as a fetch, which needs no network", async () => {
		assert.equal(await inProject("sandbox.mjs"), "Accepted 5\n");
	});

	it("brings the sandbox as a command", async () => {
		const { stdout } = await run("npx", ["--no-install", "flinkspay-sandbox", "--help"], { cwd: folder });
		assert.match(stdout, /--port/);
	});
});
