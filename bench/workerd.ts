// Bundles the Workers that are measured and serves them in one workerd, each in its own isolate and on its own port.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type OutputFile } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Linux's folder in memory. On a disk workerd waits for each write, and the figures would be the disk's. */
const MEMORY = "/dev/shm";

export interface BenchWorker {
	/** A file, from the root, or the source itself. */
	source: { entry: string } | { text: string };
	bindings?: Readonly<Record<string, string>>;
	hasLedger?: boolean;
	/** Whether it may compile code while it runs. */
	compiles?: boolean;
	/** More modules, by the names under which it imports them. */
	files?: Readonly<Record<string, string | Uint8Array>>;
}

const shared: BuildOptions = {
	absWorkingDir: root,
	bundle: true,
	minify: true,
	target: "es2023",
	platform: "neutral",
	mainFields: ["module", "main"],
	conditions: ["workerd"],
};

/** Bundles a module; with a global name, as a script, for a Worker that runs it as text. */
export async function bundle(contents: string, globalName?: string): Promise<OutputFile> {
	const stdin = { contents, resolveDir: join(root, "bench") };
	const kind = globalName === undefined ? { format: "esm" as const } : { format: "iife" as const, globalName };
	const { outputFiles } = await build({ ...shared, ...kind, stdin, external: ["crypto"], write: false });
	const [file] = outputFiles;
	if (file === undefined) throw new Error(`esbuild wrote no file for: ${contents}`);
	return file;
}

/** Starts workerd, and returns the origins of the Workers by their names. */
export async function startWorkers(workers: Readonly<Record<string, BenchWorker>>): Promise<Record<string, string>> {
	const folder = await mkdtemp(join(existsSync(MEMORY) ? MEMORY : tmpdir(), "flinkspay-edge-bench-"));
	let child: ChildProcess | undefined;
	process.on("exit", () => {
		child?.kill("SIGKILL");
		rmSync(folder, { recursive: true, force: true });
	});
	const configs: string[] = [];
	for (const [name, worker] of Object.entries(workers)) configs.push(await buildWorker(folder, name, worker));
	const sockets = Object.keys(workers).map(
		(name) => `(name = "${name}", address = "127.0.0.1:0", http = (), service = "${name}")`,
	);
	const services = Object.keys(workers).flatMap((name, index) => [
		`(name = "${name}", worker = .worker${index})`,
		`(name = "${name}-disk", disk = (path = ${JSON.stringify(join(folder, name, "state"))}, writable = true))`,
	]);
	services.push('(name = "internet", network = (allow = ["public", "private"]))');
	await writeFile(
		join(folder, "config.capnp"),
		`using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [${services.join(", ")}], sockets = [${sockets.join(", ")}]);
${configs.map((config, index) => `const worker${index} :Workerd.Worker = ${config};`).join("\n")}
`,
	);
	const program = join(root, `node_modules/@cloudflare/workerd-${process.platform}-64/bin/workerd`);
	const args = ["serve", "--experimental", "--control-fd=3", join(folder, "config.capnp")];
	child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit", "pipe"] });
	const origins: Record<string, string> = {};
	const isReady = (async () => {
		let messages = "";
		for await (const chunk of child.stdio[3] as Readable) {
			messages += chunk;
			for (const [, socket = "", port] of messages.matchAll(/"socket":"([^"]+)","port":(\d+)/g)) {
				origins[socket] = `http://127.0.0.1:${port}`;
			}
			if (Object.keys(origins).length === sockets.length) return true;
		}
		return false;
	})();
	if (!(await Promise.race([isReady, once(child, "exit").then(() => false)])))
		throw new Error("workerd ended before it served all Workers: see its output above");
	return origins;
}

/** Builds one Worker and returns its configuration. */
async function buildWorker(folder: string, name: string, worker: BenchWorker): Promise<string> {
	const target = join(folder, name);
	await mkdir(join(target, "state"), { recursive: true });
	const { source, bindings = {}, files = {} } = worker;
	const input =
		"entry" in source
			? { entryPoints: [source.entry] }
			: { stdin: { contents: source.text, resolveDir: join(root, "bench") } };
	await build({
		...shared,
		...input,
		format: "esm",
		outfile: join(target, "worker.js"),
		external: ["cloudflare:*", "node:*", "crypto", ...Object.keys(files)],
		loader: { ".wasm": "copy" },
		assetNames: "[name]",
	});
	for (const [file, content] of Object.entries(files)) await writeFile(join(target, file), content);
	const kinds: Readonly<Record<string, string>> = { js: "esModule", wasm: "wasm", txt: "text", bin: "data" };
	const names = (await readdir(target)).filter((file) => file !== "state");
	// workerd runs the first module.
	names.sort((a, b) => Number(b === "worker.js") - Number(a === "worker.js"));
	const modules = names.flatMap((file) => {
		// wasm is imported by its name, and with `?module`.
		const spellings = file.endsWith(".wasm") ? [file, `${file}?module`] : [file];
		return spellings.map((as) => `(name = "${as}", ${kinds[file.split(".").at(-1) ?? ""]} = embed "${name}/${file}")`);
	});
	const texts = Object.entries(bindings).map(([key, text]) => `(name = "${key}", text = ${JSON.stringify(text)})`);
	if (worker.hasLedger) texts.push('(name = "LEDGER", durableObjectNamespace = "Ledger")');
	if (worker.compiles) texts.push('(name = "UNSAFE", unsafeEval = void)');
	const ledger = worker.hasLedger
		? `durableObjectNamespaces = [(className = "Ledger", uniqueKey = "ledger", enableSql = true)],
	durableObjectStorage = (localDisk = "${name}-disk"),`
		: "";
	return `(
	modules = [${modules.join(", ")}],
	compatibilityDate = ${await compatibilityDate()},
	bindings = [${texts.join(", ")}],
	${ledger}
)`;
}

/** The same as the shipped Worker's. With it workerd has Node's modules, which the peer needs. */
async function compatibilityDate(): Promise<string> {
	const date = /"compatibility_date": ("[^"]+")/.exec(await readFile(join(root, "worker/wrangler.jsonc"), "utf8"))?.[1];
	if (date === undefined) throw new Error("worker/wrangler.jsonc has no compatibility date");
	return date;
}
