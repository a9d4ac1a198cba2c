// What users install: the packed tarball, its exact files, and a payment from an empty project that has it alone.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { type Running, startSandbox } from "./processes.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);
const credentials = { username: "merchant", password: crypto.randomUUID() };
let folder: string;
let tarball: { filename: string; files: { path: string }[] };
let sandbox: Running;

before(async () => {
	folder = await mkdtemp(join(tmpdir(), "flinkspay-edge-package-"));
	const packed = await run("npm", ["pack", "./pkg", "--json", "--pack-destination", folder], { cwd: root });
	[tarball] = JSON.parse(packed.stdout);
	await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
	await run("npm", ["install", "--offline", "--no-audit", "--no-fund", join(folder, tarball.filename)], {
		cwd: folder,
	});
	sandbox = await startSandbox(credentials);
});
after(async () => {
	await sandbox?.stop();
	await rm(folder, { recursive: true, force: true });
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
		const paths = tarball.files.map(({ path }) => path).filter((path) => !/^sandbox\/chunk-\w+\.js$/.test(path));
		assert.deepEqual(paths.sort(), [
			"LICENSE-APACHE",
			"LICENSE-MIT",
			"README.md",
			"flinkspay.js",
			"index.d.ts",
			"node.js",
			"package.json",
			"sandbox.d.ts",
			"sandbox/LICENSES-BUNDLED",
			"sandbox/command.js",
			"sandbox/sandbox.js",
			"wasm/flinkspay_edge.d.ts",
			"wasm/flinkspay_edge.js",
			"wasm/flinkspay_edge_bg.wasm",
			"wasm/flinkspay_edge_bg.wasm.d.ts",
			"workerd.js",
		]);
	});

	it("has nothing to complain about for publint", async () => {
		const { messages, pkg } = await publint({ pkgDir: join(root, "pkg"), strict: true });
		assert.deepEqual(
			messages.map((message) => formatMessage(message, pkg)),
			[],
		);
	});

	// The Node that npm itself runs on is the machine's own, often an older one than the tests'.
	const nodes = new Set([process.execPath, process.env.npm_node_execpath ?? process.execPath]);
	for (const node of nodes) {
		it(`starts a payment from an empty project on ${node === process.execPath ? process.version : "npm's Node"}`, async () => {
			assert.equal(await inProject(node, payment), "Initiated\ntrue not_found\n");
		});
	}

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
