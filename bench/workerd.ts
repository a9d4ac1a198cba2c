// Bundles the bench's Workers and serves them in one workerd, each in an isolate and on a port of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Where Linux has a folder in memory. workerd waits for its disk at each write, which tells of the disk and not of the Worker. */
const MEMORY = "/dev/shm";

export interface BenchWorker {
	/** The source, or the file that has it, from the root. */
	source: { entry: string } | { text: string };
	/** Text bindings. */
	bindings?: Readonly<Record<string, string>>;
	hasLedger?: boolean;
	/** May compile while it runs. */
	compiles?: boolean;
	/** More modules, by the names that it imports them by. */
	files?: Readonly<Record<string, string | Uint8Array>>;
}

/** The origins of the Workers, by their names. */
export type Origins = Readonly<Record<string, string>>;

const shared: BuildOptions = {
	absWorkingDir: root,
	bundle: true,
	minify: true,
	target: "es2023",
	platform: "neutral",
	mainFields: ["module", "main"],
	conditions: ["workerd"],
};

/** A side without its module system, for a Worker that runs it as text. */
export async function textOf(contents: string, globalName: string): Promise<string> {
	const stdin = { contents, resolveDir: join(root, "bench") };
	const { outputFiles } = await build({
		...shared,
		stdin,
		globalName,
		format: "iife",
		external: ["crypto"],
		write: false,
	});
	return outputFiles[0]?.text ?? "";
}

/** A side as a Worker carries it. */
export async function moduleOf(contents: string): Promise<Uint8Array> {
	const stdin = { contents, resolveDir: join(root, "bench") };
	const { outputFiles } = await build({ ...shared, stdin, format: "esm", external: ["crypto"], write: false });
	const [file] = outputFiles;
	if (file === undefined) throw new Error("esbuild made nothing");
	return file.contents;
}

export async function startWorkers(workers: Readonly<Record<string, BenchWorker>>): Promise<Origins> {
	const folder = await mkdtemp(join(existsSync(MEMORY) ? MEMORY : tmpdir(), "flinkspay-edge-bench-"));
	let child: ChildProcess | undefined;
	process.on("exit", () => {
		child?.kill("SIGKILL");
		rmSync(folder, { recursive: true, force: true });
	});
	const parts: string[] = [];
	for (const [name, worker] of Object.entries(workers)) parts.push(await partOf(folder, name, worker));
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
${parts.map((part, index) => `const worker${index} :Workerd.Worker = ${part};`).join("\n")}
`,
	);
	const program = join(root, `node_modules/@cloudflare/workerd-${process.platform}-64/bin/workerd`);
	const args = ["serve", "--experimental", "--control-fd=3", join(folder, "config.capnp")];
	child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit", "pipe"] });
	const origins: Record<string, string> = {};
	const isReady = (async () => {
		let heard = "";
		for await (const chunk of child.stdio[3] as Readable) {
			heard += chunk;
			for (const [, socket = "", port] of heard.matchAll(/"socket":"([^"]+)","port":(\d+)/g)) {
				origins[socket] = `http://127.0.0.1:${port}`;
			}
			if (Object.keys(origins).length === sockets.length) return true;
		}
		return false;
	})();
	if (!(await Promise.race([isReady, once(child, "exit").then(() => false)]))) throw new Error("workerd did not start");
	return origins;
}

/** Builds one Worker and gives its part of the configuration. */
async function partOf(folder: string, name: string, worker: BenchWorker): Promise<string> {
	const home = join(folder, name);
	await mkdir(join(home, "state"), { recursive: true });
	const { source, bindings = {}, files = {} } = worker;
	const input =
		"entry" in source
			? { entryPoints: [source.entry] }
			: { stdin: { contents: source.text, resolveDir: join(root, "bench") } };
	await build({
		...shared,
		...input,
		format: "esm",
		outfile: join(home, "worker.js"),
		external: ["cloudflare:*", "node:*", "crypto", ...Object.keys(files)],
		loader: { ".wasm": "copy" },
		assetNames: "[name]",
	});
	for (const [file, content] of Object.entries(files)) await writeFile(join(home, file), content);
	const kinds: Readonly<Record<string, string>> = { js: "esModule", wasm: "wasm", txt: "text", bin: "data" };
	const names = (await readdir(home)).filter((file) => file !== "state");
	// workerd runs the first.
	names.sort((a, b) => Number(b === "worker.js") - Number(a === "worker.js"));
	const modules = names.flatMap((file) => {
		// A module is imported by its name alone, and with `?module`.
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
	compatibilityDate = ${await dateOfWorker()},
	bindings = [${texts.join(", ")}],
	${ledger}
)`;
}

/** That of the Worker which ships; by it Node's modules are there, which the peer needs. */
async function dateOfWorker(): Promise<string> {
	const date = /"compatibility_date": ("[^"]+")/.exec(await readFile(join(root, "worker/wrangler.jsonc"), "utf8"))?.[1];
	if (date === undefined) throw new Error("worker/wrangler.jsonc has no compatibility date");
	return date;
}
