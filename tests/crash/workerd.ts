// workerd itself, without wrangler around it: it starts in a seventh of a second on a folder that survives it, and ends
// by SIGKILL, as a machine does that loses power.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

// Nothing that this process has started or made is left when it ends, by a signal too.
const children = new Set<ChildProcess>();
const folders = new Set<string>();
process.on("exit", () => {
	for (const child of children) child.kill("SIGKILL");
	for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));

/** A change to a source of the Worker, for a bug that is made on purpose. */
export interface Edit {
	/** From the root. */
	file: string;
	/** It must be in the file once. */
	find: string;
	replace: string;
}

/** Bundles `worker.ts`, or another entry, into a new folder, which is gone when this process is. */
export async function bundle(edits: readonly Edit[] = [], entry = "tests/crash/worker.ts"): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), "flinkspay-edge-crash-"));
	folders.add(folder);
	await build({
		absWorkingDir: root,
		entryPoints: [entry],
		outfile: join(folder, "worker.js"),
		bundle: true,
		format: "esm",
		target: "es2023",
		platform: "neutral",
		mainFields: ["module", "main"],
		conditions: ["workerd"],
		external: ["cloudflare:*"],
		loader: { ".wasm": "copy" },
		assetNames: "[name]",
		plugins: [{ name: "edits", setup: ({ onLoad }) => onLoad({ filter: /worker\/src\/.*\.ts$/ }, edited(edits)) }],
	});
	return folder;
}

function edited(edits: readonly Edit[]) {
	return async ({ path }: { path: string }) => {
		let contents = await readFile(path, "utf8");
		for (const { file, find, replace } of edits.filter(({ file }) => path === join(root, file))) {
			if (contents.split(find).length !== 2) throw new Error(`${file} does not have this text once: ${find}`);
			contents = contents.replace(find, () => replace);
		}
		return { contents, loader: "ts" as const };
	};
}

/** What a Worker is started with. */
export interface Settings {
	/** Made by {@link bundle}. */
	folder: string;
	/** Where the objects' storage is, within `folder`. */
	state: string;
	/** The bindings, all of them text. */
	bindings: Readonly<Record<string, string>>;
	/** Whether it can be looked into, as by {@link Workerd.heapBytes}, and is slower for it. */
	isInspected?: boolean;
}

export class Workerd {
	/** Its origin, without a slash at the end. */
	readonly url: string;
	/** Settles when it says that it was stopped at a write. */
	readonly stopped: Promise<void>;
	/** Settles when it is dead. */
	readonly ended: Promise<void>;
	readonly #child: ChildProcess;
	readonly #output: string[];
	readonly #inspector: string;

	private constructor(child: ChildProcess, ports: Ports, output: string[]) {
		this.#child = child;
		this.url = `http://127.0.0.1:${ports.listen}`;
		this.#inspector = `ws://127.0.0.1:${ports["listen-inspector"]}/main`;
		this.#output = output;
		this.ended = once(child, "exit").then(() => {});
		const hasStopped = () => output.join("").includes("stopped\n");
		this.stopped = new Promise((resolve) => {
			if (hasStopped()) resolve();
			else child.stdout?.on("data", () => hasStopped() && resolve());
		});
	}

	static async start({ folder, state, bindings, isInspected = false }: Settings): Promise<Workerd> {
		await mkdir(join(folder, state), { recursive: true });
		await writeFile(join(folder, "config.capnp"), configOf(join(folder, state), bindings));
		const inspector = isInspected ? ["--inspector-addr=127.0.0.1:0"] : [];
		const args = ["serve", "--control-fd=3", ...inspector, join(folder, "config.capnp")];
		const child = spawn(program(), args, { stdio: ["ignore", "pipe", "pipe", "pipe"] });
		children.add(child);
		child.once("exit", () => children.delete(child));
		const output: string[] = [];
		for (const stream of [child.stdout, child.stderr]) {
			stream?.setEncoding("utf8").on("data", (text: string) => output.push(text));
		}
		const ports = await Promise.race([portsOf(child.stdio[3] as Readable), once(child, "exit").then(() => undefined)]);
		if (ports === undefined) throw new Error(`workerd did not start:\n${output.join("")}`);
		return new Workerd(child, ports, output);
	}

	get pid(): number {
		return this.#child.pid ?? 0;
	}

	/** What JavaScript's objects take in the isolate, garbage included. It must have answered a request before. */
	async heapBytes(): Promise<number> {
		const socket = new WebSocket(this.#inspector);
		await once(socket, "open");
		socket.send(JSON.stringify({ id: 1, method: "Runtime.getHeapUsage" }));
		const [{ data }] = (await once(socket, "message")) as [MessageEvent<string>];
		socket.close();
		return (JSON.parse(data) as { result: { usedSize: number } }).result.usedSize;
	}

	/** All that it has printed so far. */
	output(): string {
		return this.#output.join("");
	}

	/** Ends it at once: nothing in it can do anything about it. */
	async kill(): Promise<void> {
		if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
		this.#child.kill("SIGKILL");
		await this.ended;
	}
}

/** The ports that workerd reports, the Worker's last. */
interface Ports {
	listen: number;
	"listen-inspector"?: number;
}

async function portsOf(control: Readable): Promise<Ports | undefined> {
	const ports: Partial<Ports> = {};
	for await (const line of createInterface({ input: control })) {
		const { event, port } = JSON.parse(line) as { event: keyof Ports; port: number };
		ports[event] = port;
		if (ports.listen !== undefined) return { ...ports, listen: ports.listen };
	}
	return undefined;
}

/** Every byte that the objects' storage has on disk. */
export async function storedBytes(folder: string, state: string): Promise<Buffer> {
	const files = await readdir(join(folder, state), { recursive: true, withFileTypes: true });
	const stored = files.filter((file) => file.isFile() && !file.name.endsWith("-shm"));
	return Buffer.concat(await Promise.all(stored.map((file) => readFile(join(file.parentPath, file.name)))));
}

/** The status of each payment on disk, by its reference. It asks nothing of the Worker, and so wakes no object. */
export function storedStatuses(folder: string, state: string): Map<string, string> {
	const sql = "SELECT reference_id AS key, shown AS status FROM payments";
	const rows = objectsOf(folder, state).flatMap(({ file }) => query(file, sql));
	return new Map(rows.map(({ key, status }) => [String(key), String(status)]));
}

/** How long a file may be locked: a Worker that starts puts what was written last in order. */
const PATIENCE_MS = 60_000;

/** Something that an object has to do, and when by the Worker's clock. */
export interface Due {
	object: string;
	kind: string;
	owner: string;
	at: number;
}

const KINDS = ["hinted", "claim", "decide", "read", "deliver", "purge", "forget"];
/** A call that is interrupted is settled a minute after it began at the latest. */
const DUE = [
	"SELECT 'interrupted' AS kind, id AS owner, created_at + 60000 AS at FROM payments WHERE state = 'sent'",
	...KINDS.map((kind) => `SELECT '${kind}', owner, ${kind} FROM due WHERE ${kind} IS NOT NULL`),
].join(" UNION ALL ");

/** All that is to be done, from disk. */
export function storedDue(folder: string, state: string): Due[] {
	return objectsOf(folder, state).flatMap(({ object, file }) =>
		query(file, DUE).map(({ kind, owner, at }) => {
			return { object, kind: String(kind), owner: String(owner), at: Number(at) };
		}),
	);
}

const ALARMS = "metadata.sqlite";

/** When the platform will ring each object, by the real clock, from disk. */
export function storedAlarms(folder: string, state: string): Map<string, number> {
	const rows = query(
		join(folder, state, "ledger", ALARMS),
		"SELECT actor_id AS object, scheduled_time / 1000000 AS at FROM _cf_ALARM",
	);
	return new Map(rows.map(({ object, at }) => [String(object), Number(at)]));
}

/** Brings every alarm of a Worker that does not run nearer, as if it had not run for so long. */
export function bringAlarmsNearer(folder: string, state: string, ms: number): void {
	// The platform has each time twice, in nanoseconds.
	const earlier = (file: string, table: string, column: string, where = "") => {
		const database = new DatabaseSync(file, { timeout: PATIENCE_MS });
		try {
			const has = database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(table);
			if (has) database.exec(`UPDATE ${table} SET ${column} = ${column} - ${ms}000000 ${where}`);
		} finally {
			database.close();
		}
	};
	for (const { file } of objectsOf(folder, state)) earlier(file, "_cf_METADATA", "value", "WHERE key = 1");
	earlier(join(folder, state, "ledger", ALARMS), "_cf_ALARM", "scheduled_time");
}

function objectsOf(folder: string, state: string): { object: string; file: string }[] {
	const objects = join(folder, state, "ledger");
	return readdirSync(objects).flatMap((name) => {
		const object = /^([0-9a-f]+)\.sqlite$/.exec(name)?.[1];
		return object === undefined ? [] : [{ object, file: join(objects, name) }];
	});
}

function query(file: string, sql: string) {
	const database = new DatabaseSync(file, { readOnly: true, timeout: PATIENCE_MS });
	try {
		return database.prepare(sql).all();
	} catch (error) {
		// One that is just being made has nothing yet.
		if (error instanceof Error && error.message.startsWith("no such table")) return [];
		throw error;
	} finally {
		database.close();
	}
}

function program(): string {
	const { platform, arch } = process;
	const name = `workerd-${platform}-${arch === "x64" ? "64" : arch}`;
	return join(root, "node_modules/@cloudflare", name, "bin/workerd");
}

/** Dates and flags are those of the Worker that ships. */
function configOf(state: string, bindings: Readonly<Record<string, string>>): string {
	const wrangler = readFileSync(join(root, "worker/wrangler.jsonc"), "utf8");
	const date = /"compatibility_date": ("[^"]+")/.exec(wrangler)?.[1];
	const flags = /"compatibility_flags": (\[[^\]]*\])/.exec(wrangler)?.[1];
	if (!date || !flags) throw new Error("worker/wrangler.jsonc has no compatibility date or flags");
	const texts = Object.entries(bindings).map(([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)}),`);
	return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
	services = [
		(name = "main", worker = .worker),
		(name = "internet", network = (allow = ["public", "private"])),
		(name = "disk", disk = (path = ${JSON.stringify(state)}, writable = true)),
	],
	sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
	modules = [
		(name = "worker.js", esModule = embed "worker.js"),
		(name = "flinkspay_edge_bg.wasm", wasm = embed "flinkspay_edge_bg.wasm"),
		(name = "flinkspay_edge_bg.wasm?module", wasm = embed "flinkspay_edge_bg.wasm"),
	],
	compatibilityDate = ${date},
	compatibilityFlags = ${flags},
	durableObjectNamespaces = [(className = "Ledger", uniqueKey = "ledger", enableSql = true)],
	durableObjectStorage = (localDisk = "disk"),
	bindings = [(name = "LEDGER", durableObjectNamespace = "Ledger"), ${texts.join(" ")}],
);
`;
}
