// Starts the sandbox, the Worker and the shop as real processes, and ends them with all that they have started.
// `npm start` and the tests share it.

import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const HOST = "127.0.0.1";
const root = fileURLToPath(new URL("..", import.meta.url));

/** A process that serves HTTP. */
export interface Running {
	name: string;
	/** Its origin, without a slash at the end. */
	url: string;
	/** Its output so far. */
	output(): string;
	/** Settles when it ends; before `stop` that is a failure. */
	ended: Promise<void>;
	/** Ends it and all that it has started. */
	stop(): Promise<void>;
}

/** The sandbox, the Worker in front of it and the shop in front of the Worker. */
export interface Stack {
	sandboxUrl: string;
	workerUrl: string;
	shopUrl: string;
	apiKey: string;
	/** Rejects when one of them ends before `stop`. */
	failed: Promise<never>;
	stop(): Promise<void>;
}

/** The sandbox, on a free port and with credentials of its own by default. */
export async function startSandbox(
	settings: { port?: number; username?: string; password?: string } = {},
): Promise<Running> {
	const port = settings.port ?? (await freePort());
	return start({
		name: "the sandbox",
		port,
		args: ["sandbox/src/command.ts", "--port", String(port)],
		env: { FLINKS_USERNAME: settings.username, FLINKS_PASSWORD: settings.password },
		readyAt: "/",
	});
}

interface WorkerSettings extends Pick<WorkerdSettings, "secrets" | "entry" | "port"> {
	/** FLINKS_BASE_URL. */
	sandboxUrl: string;
	/** Further bindings as plain text. */
	vars?: Readonly<Record<string, string>>;
}

export function startWorker({ sandboxUrl, vars = {}, ...settings }: WorkerSettings): Promise<Running> {
	const bindings = { FLINKS_BASE_URL: sandboxUrl, ...vars };
	return startWorkerd({ name: "the Worker", folder: "worker", bindings, readyAt: "/healthz", ...settings });
}

interface WorkerdSettings {
	name: string;
	/** Where its `wrangler.jsonc` is, from the root. */
	folder: string;
	/** Runs in place of its `main`, a path from `folder`. */
	entry?: string;
	/** Default: the one in its `wrangler.jsonc`. */
	compatibilityDate?: string;
	/** Plain text bindings. */
	bindings?: Readonly<Record<string, string>>;
	/** Secret bindings. Without them wrangler reads the `.dev.vars` in `folder`, where there is one. */
	secrets?: Readonly<Record<string, string>>;
	/** Default: a free one. */
	port?: number;
	/** The path that answers 200 once it serves. */
	readyAt: string;
}

export async function startWorkerd(settings: WorkerdSettings): Promise<Running> {
	const { name, folder, entry, compatibilityDate, bindings = {}, secrets, readyAt } = settings;
	const port = settings.port ?? (await freePort());
	// Secrets must not be on a command line, nor workerd's storage in the repository.
	const scratch = await mkdtemp(join(tmpdir(), "flinkspay-edge-worker-"));
	folders.push(scratch);
	const secretsFile = join(scratch, "secrets");
	const lines = Object.entries(secrets ?? {}).map(([name, value]) => `${name}='${value}'\n`);
	await writeFile(secretsFile, lines.join(""), { mode: 0o600 });
	return start({
		name,
		port,
		args: [
			...["node_modules/wrangler/bin/wrangler.js", "dev"],
			// Without --config wrangler would look for one beside the entry.
			...(entry === undefined ? [] : [entry, "--config", "wrangler.jsonc"]),
			...["--cwd", folder, "--ip", HOST, "--port", String(port), "--inspector-port", "0"],
			...["--persist-to", join(scratch, "state")],
			...(compatibilityDate === undefined ? [] : ["--compatibility-date", compatibilityDate]),
			...(secrets === undefined ? [] : ["--env-file", secretsFile]),
			...Object.entries(bindings).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
		],
		env: {
			WRANGLER_SEND_METRICS: "false",
			WRANGLER_LOG_PATH: join(scratch, "logs"),
			CLOUDFLARE_CF_FETCH_ENABLED: "false",
			NO_COLOR: "1",
		},
		readyAt,
	});
}

/** Starts all three with new credentials and secrets; on free ports by default. */
export async function startStack(ports: { sandbox?: number; worker?: number; shop?: number } = {}): Promise<Stack> {
	const [apiKey, username, password] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
	const [flinksSecret, ORDER_SECRET] = [randomBytes(32).toString("base64"), randomBytes(32).toString("base64")];
	const MERCHANT_WEBHOOK_SECRET = `whsec_${randomBytes(32).toString("base64")}`;
	const sandboxPort = ports.sandbox ?? (await freePort());
	const workerPort = ports.worker ?? (await freePort());
	const shopPort = ports.shop ?? (await freePort());
	const [sandboxUrl, workerUrl, shopUrl] = [urlOf(sandboxPort), urlOf(workerPort), urlOf(shopPort)];
	// None needs another to start, so they start together.
	const settled = await Promise.allSettled([
		startSandbox({ port: sandboxPort, username, password }),
		startWorker({
			port: workerPort,
			sandboxUrl,
			vars: {
				...{ ALLOWED_ORIGINS: shopUrl, MERCHANT_WEBHOOK_URL: `${shopUrl}/webhooks/payments` },
				FLINKS_GUARANTEE_EVENT: GUARANTEE_EVENT,
			},
			secrets: {
				...{ FLINKS_USERNAME: username, FLINKS_PASSWORD: password, API_KEY: apiKey },
				...{ ORDER_SECRET, MERCHANT_WEBHOOK_SECRET, FLINKS_WEBHOOK_SECRET: flinksSecret },
			},
		}),
		start({
			name: "the shop",
			port: shopPort,
			args: ["examples/shop/server.ts"],
			env: {
				...{ WORKER_URL: workerUrl, FLINKS_BASE_URL: sandboxUrl, PORT: String(shopPort) },
				...{ ORDER_SECRET, MERCHANT_WEBHOOK_SECRET },
			},
			readyAt: "/",
		}),
	]);
	const running = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
	const stop = async () => void (await Promise.all(running.map((one) => one.stop())));
	const failure = settled.find((result) => result.status === "rejected");
	if (failure) {
		await stop();
		throw failure.reason;
	}
	await registerWebhook(sandboxUrl, workerUrl, flinksSecret);
	const failed = Promise.race(running.map((one) => one.ended.then((): never => fail(one))));
	failed.catch(() => {});
	return { sandboxUrl, workerUrl, shopUrl, apiKey, failed, stop };
}

/** The sandbox's name for the event that asks for a decision on a guarantee. Flinks' own name is not public. */
export const GUARANTEE_EVENT = "GuaranteeDecisionRequired";

/** Has the sandbox send its webhooks to the Worker, those about Interac payments only where `interac` is set. */
export async function registerWebhook(
	sandboxUrl: string,
	workerUrl: string,
	secret: string,
	interac = false,
): Promise<void> {
	const url = `${workerUrl}/webhooks/flinks`;
	const body = JSON.stringify({ url, secret, guaranteeEvent: GUARANTEE_EVENT, interac });
	const headers = { "Content-Type": "application/json" };
	const response = await fetch(`${sandboxUrl}/sandbox/webhook`, { method: "PUT", headers, body });
	if (!response.ok) throw new Error(`the sandbox refused the webhook's URL: ${await response.text()}`);
}

interface Program {
	name: string;
	port: number;
	args: readonly string[];
	env: NodeJS.ProcessEnv;
	/** The path that answers 200 once it serves. */
	readyAt: string;
}

const START_LIMIT_MS = 180_000;
const STOP_LIMIT_MS = 15_000;

// Running process groups and temporary folders, which end with this process.
const groups = new Set<number>();
const folders: string[] = [];
process.on("exit", () => {
	for (const group of groups) kill(-group, "SIGKILL");
	for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Runs a program under this Node to its end, or to the end of this process. */
export async function runToEnd(args: readonly string[]): Promise<{ code: number; output: string }> {
	const { child, output } = launch(args, {});
	await once(child, "close");
	return { code: child.exitCode ?? 1, output: output() };
}

/** Starts a program under this Node, and collects its output. */
function launch(args: readonly string[], env: NodeJS.ProcessEnv) {
	// A group of its own: Ctrl-C on a terminal reaches this process alone, and the group can be ended as a whole.
	const child = spawn(process.execPath, args, {
		cwd: root,
		env: { ...inherited(), ...env },
		stdio: ["ignore", "pipe", "pipe"],
		detached: true,
	});
	const { pid } = child;
	if (pid === undefined) throw new Error(`${args[0]} could not be started`);
	groups.add(pid);
	let output = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding("utf8").on("data", (text: string) => {
			output += text;
		});
	}
	child.once("exit", () => {
		// Ends children that it has left, such as workerd after a crash of wrangler.
		kill(-pid, "SIGKILL");
		groups.delete(pid);
	});
	return { child, pid, output: () => output };
}

/** Runs a program under this Node and waits until it serves. */
async function start({ name, port, args, env, readyAt }: Program): Promise<Running> {
	const url = urlOf(port);
	const { child, pid, output } = launch(args, env);
	const ended = once(child, "close").then(() => {});
	const running: Running = {
		name,
		url,
		output,
		ended,
		stop: async () => {
			// The program alone first, so that wrangler ends its children in its own order.
			if (!hasEnded(child)) kill(pid, "SIGTERM");
			const late = setTimeout(() => kill(-pid, "SIGKILL"), STOP_LIMIT_MS);
			await ended;
			clearTimeout(late);
		},
	};
	const deadline = Date.now() + START_LIMIT_MS;
	while (!(await answers(url + readyAt))) {
		if (hasEnded(child) || Date.now() > deadline) {
			await running.stop();
			fail(running);
		}
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	return running;
}

/** The environment without the programs' settings and without the test runner's variable for its child processes. */
function inherited(): NodeJS.ProcessEnv {
	const settings =
		/^(FLINKS_.*|API_KEY.*|ORDER_SECRET.*|MERCHANT_.*|ALLOWED_ORIGINS|WORKER_URL|BOOK_FILE|PORT|NODE_TEST_CONTEXT)$/;
	return Object.fromEntries(Object.entries(process.env).filter(([name]) => !settings.test(name)));
}

function hasEnded(child: ChildProcess): boolean {
	return child.exitCode !== null || child.signalCode !== null;
}

async function answers(url: string): Promise<boolean> {
	try {
		const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
		await response.body?.cancel();
		return response.ok;
	} catch {
		return false;
	}
}

function urlOf(port: number): string {
	return `http://${HOST}:${port}`;
}

function fail({ name, url, output }: Running): never {
	throw new Error(`${name} (${url}) has ended or does not serve. The end of its output:\n${output().slice(-4_000)}`);
}

/** Ends a process or, with a negative id, a group, which may be gone already. */
function kill(id: number, signal: NodeJS.Signals): void {
	try {
		process.kill(id, signal);
	} catch {
		// ESRCH
	}
}

/**
 * Claims the next `count` ports that no other process has claimed in this way, and gives one after the other. Choose them below
 * the kernel's ephemeral range (32,768), so that no outgoing connection or server on port 0 gets one.
 */
export async function claimPorts({ from, to, count }: Record<"from" | "to" | "count", number>): Promise<() => number> {
	for (let first = from; first + count <= to; first += count) {
		// The first port is held until the process ends, as the sign of the claim.
		const claim = createServer().listen(first, HOST).unref();
		try {
			await once(claim, "listening");
		} catch {
			continue;
		}
		let given = 0;
		return () => first + 1 + (given++ % (count - 1));
	}
	throw new Error(`Other processes have claimed all ports from ${from} to ${to}.`);
}

let nextPort: Promise<() => number> | undefined;

/** A free port, which no other call of this function has given to a process that runs. */
export async function freePort(): Promise<number> {
	nextPort ??= claimPorts({ from: 10_100, to: 16_000, count: 100 });
	const next = await nextPort;
	for (let port = next(); ; port = next()) if (await isFree(port)) return port;
}

/** Whether a port of the loopback interface is free. */
export async function isFree(port: number): Promise<boolean> {
	const server = createServer();
	try {
		server.listen(port, HOST);
		await once(server, "listening");
		return true;
	} catch {
		return false;
	} finally {
		server.close();
	}
}
