// Clients that generators make of the Worker's OpenAPI document: each is compiled, sends the payment of worker/README.md as it
// is there, lists, and reads the fields that an event of one kind has.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { build } from "esbuild";
import { type Running, startSandbox, startWorker } from "../tools/processes.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = `${root}tests/generators/`;
const installed = `${root}target/generators/node_modules/`;
const python = `${root}target/openapi-python-client/bin/`;

const [apiKey, username, password] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
let sandbox: Running;
let worker: Running;
let document: string;
/** As worker/README.md has it. */
let payment: string;

before(async () => {
	const page = await readFile(`${root}worker/README.md`, "utf8");
	payment =
		/body: JSON\.stringify\((\{[^}]+\})\)/.exec(page)?.[1] ?? assert.fail("worker/README.md asks for no payment");
	sandbox = await startSandbox({ username, password });
	const secrets = { FLINKS_USERNAME: username, FLINKS_PASSWORD: password, API_KEY: apiKey };
	worker = await startWorker({ sandboxUrl: sandbox.url, secrets, vars: { LEDGER_SHARDS: "2" } });
	document = await (await fetch(`${worker.url}/openapi.json`)).text();
});
after(async () => void (await Promise.all([worker?.stop(), sandbox?.stop()])));

/** An empty folder with the document in it, from which the generators' own libraries are found. */
async function folderFor(name: string): Promise<string> {
	const folder = `${root}target/generators/clients/${name}/`;
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
	await writeFile(`${folder}openapi.json`, document);
	return folder;
}

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
	const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"], timeout: 300_000 });
	let [out, all] = ["", ""];
	child.stdout.on("data", (chunk) => {
		out += chunk;
		all += chunk;
	});
	child.stderr.on("data", (chunk) => {
		all += chunk;
	});
	await once(child, "close");
	assert.equal(child.exitCode, 0, `${command} ${args.join(" ")}\n${all}`);
	return out;
}

interface Seen {
	payment: { id: string; appUrl: string };
	listed: { id: string; product: string; paid: boolean }[];
	attempt: { stage: string; at: string };
}

function assertSeen(output: string): void {
	const { payment, listed, attempt }: Seen = JSON.parse(output);
	assert.match(payment.appUrl, /^http:\/\/127\.0\.0\.1:\d+\/app\//);
	const [found] = listed.filter(({ id }) => id === payment.id);
	assert.deepEqual([found?.product, found?.paid], ["interac", false]);
	assert.equal(attempt.stage, "authorize");
	assert.ok(Math.abs(Date.now() - Date.parse(attempt.at)) < 600_000, attempt.at);
}

/** Compiles a client of TypeScript and has it ask. */
async function assertWorks(name: string, folder: string): Promise<void> {
	const source = await readFile(`${sources}${name}.ts`, "utf8");
	await writeFile(`${folder}main.ts`, source.replaceAll("DOCUMENTED_PAYMENT", payment));
	await copyFile(`${sources}tsconfig.json`, `${folder}tsconfig.json`);
	await run(`${root}node_modules/.bin/tsc`, ["--project", "."], folder);
	const outfile = `${folder}main.mjs`;
	await build({ entryPoints: [`${folder}main.ts`], outfile, bundle: true, platform: "node", format: "esm" });
	assertSeen(await run(process.execPath, [outfile, worker.url, apiKey, crypto.randomUUID()], folder));
}

test("compiles, pays and lists with a client by openapi-typescript", async () => {
	const folder = await folderFor("openapi-typescript");
	const command = `${installed}openapi-typescript/bin/cli.js`;
	await run(process.execPath, [command, "openapi.json", "--output", "generated/types.ts"], folder);
	await assertWorks("openapi-typescript", folder);
});

test("compiles, pays and lists with a client by @hey-api/openapi-ts", async () => {
	const folder = await folderFor("hey-api");
	const command = `${installed}@hey-api/openapi-ts/bin/run.js`;
	await run(process.execPath, [command, "--input", "openapi.json", "--output", "generated"], folder);
	await assertWorks("hey-api", folder);
});

test("compiles, pays and lists with a client by orval", async () => {
	const folder = await folderFor("orval");
	const output = { target: "generated/client.ts", client: "fetch", headers: true, baseUrl: worker.url };
	const config = { merchant: { input: "openapi.json", output } };
	await writeFile(`${folder}orval.config.mjs`, `export default ${JSON.stringify(config)};\n`);
	await run(process.execPath, [`${installed}orval/dist/bin/orval.mjs`, "--config", "orval.config.mjs"], folder);
	await assertWorks("orval", folder);
});

test("compiles, pays and lists with a client by openapi-python-client", async () => {
	const folder = await folderFor("openapi-python-client");
	await writeFile(`${folder}config.yml`, "post_hooks: []\n");
	const args = ["generate", "--path", "openapi.json", "--output-path", "generated", "--meta", "none"];
	await run(`${python}openapi-python-client`, [...args, "--config", "config.yml", "--fail-on-warning"], folder);
	await copyFile(`${sources}openapi_python_client.py`, `${folder}main.py`);
	const json = JSON.stringify(runInNewContext(`(${payment})`));
	assertSeen(await run(`${python}python`, ["main.py", worker.url, apiKey, crypto.randomUUID(), json], folder));
});
