// What users install: the packed tarball, its exact files, and a payment from an empty project that has it alone.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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
	installed = join(folder, "node_modules/flinkspay-edge");
	sandbox = await startSandbox(credentials);
});
after(async () => {
	await sandbox?.stop();
	await rm(dirname(tarball.path), { recursive: true, force: true });
});

/** Runs a module of the empty project and gives what it printed. */
async function inProject(node: string, source: string): Promise<string> {
	await writeFile(join(folder, "main.js"), source);
	const env = { ...process.env, BASE_URL: sandbox.url, ...credentials };
	return (await run(node, ["main.js"], { cwd: folder, env })).stdout;
}

const payment = `
import { FlinksPay, FlinksPayError } from "flinkspay-edge";
const { BASE_URL: baseUrl, username, password } = process.env;
const pay = new FlinksPay({ baseUrl, username, password });
const { requestId } = await pay.startPayment({
	referenceId: "R", amount: "1.00", customerName: "Zoë", customerEmail: "z@example.com",
});
console.log((await pay.getPaymentRequest(requestId)).status);
await pay.getPaymentRequest("unknown").catch((error) => console.log(error instanceof FlinksPayError, error.code));
`;

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
		const printed = await inProject(
			process.execPath,
			`import { FlinksPay, verifyWebhook } from "flinkspay-edge/slim";
			for (const use of [() => new FlinksPay({}), () => verifyWebhook({})]) {
				try { use(); } catch (error) { console.log(error.name, error.code, error.message.includes("initSync")); }
			}`,
		);
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
		const printed = await inProject(
			process.execPath,
			`const { CompileError } = WebAssembly;
			WebAssembly.Module = class { constructor() { throw new CompileError("disallowed by embedder"); } };
			const { FlinksPay, verifyWebhook } = await import("flinkspay-edge");
			for (const use of [() => new FlinksPay({}), () => verifyWebhook({})]) {
				try { use(); } catch ({ name, code, message, cause }) {
					console.log(name, code, message.includes("serverExternalPackages"), cause.message);
				}
			}`,
		);
		assert.equal(printed, "FlinksPayError not_ready true disallowed by embedder\n".repeat(2));
	});

	it("starts a payment from `./slim` after initSync", async () => {
		const source = `
			import { readFileSync } from "node:fs";
			import { initSync } from "flinkspay-edge/slim";
			initSync({ module: readFileSync(new URL(import.meta.resolve("flinkspay-edge/flinkspay.wasm"))) });
			${payment.replace("flinkspay-edge", "flinkspay-edge/slim")}
		`;
		assert.equal(await inProject(process.execPath, source), "Initiated\ntrue not_found\n");
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
			assert.equal(await inProject(node, payment), "Initiated\ntrue not_found\n");
		});
	}

	it("signs orders, and prints a page's policy, without the module", async () => {
		const source = `
			import { cspFor } from "flinkspay-edge/launcher";
			import { signOrder } from "flinkspay-edge/order";
			WebAssembly.Module = WebAssembly.Instance = undefined;
			const payment = { referenceId: "R", amount: "1.00", customerName: "Zoë", customerEmail: "z@example.com" };
			console.log((await signOrder({ id: "a", payment, secret: "s".repeat(32) })).split(".").length);
			console.log(cspFor({ worker: "https://a.example", flinks: "https://b.example" }).split("; ").length);
		`;
		assert.equal(await inProject(process.execPath, source), "3\n3\n");
	});

	it('has a component that says "use client" first, and needs React and the launcher alone', async () => {
		const component = await readFile(join(installed, "react.js"), "utf8");
		assert.ok(component.startsWith('"use client";\n'));
		const needed = [...component.matchAll(/\b(?:from|import) ?\(?"([^"]+)"/g)].map(([, from]) => from);
		assert.deepEqual([...new Set(needed)].sort(), ["./launcher.js", "react"]);
	});

	it("brings the sandbox as a fetch, which needs no network", async () => {
		const source = `
			import { FlinksPay } from "flinkspay-edge";
			import { createSandbox } from "flinkspay-edge/sandbox";
			const sandbox = createSandbox();
			const pay = new FlinksPay({
				baseUrl: "https://pay.example.com", username: "sandbox", password: "sandbox", fetch: sandbox.fetch,
			});
			const { requestId, sessionId } = await pay.startPayment({
				referenceId: "R", amount: "1.00", customerName: "Zoë", customerEmail: "z@example.com",
			});
			sandbox.play(sessionId);
			console.log((await pay.getPaymentRequest(requestId)).status, sandbox.journal.length);
		`;
		assert.equal(await inProject(process.execPath, source), "Accepted 5\n");
	});

	it("brings the sandbox as a command", async () => {
		const { stdout } = await run("npx", ["--no-install", "flinkspay-sandbox", "--help"], { cwd: folder });
		assert.match(stdout, /--port/);
	});
});
