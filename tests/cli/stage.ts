// What the command is tried against: the Worker in workerd at an address that stays while it dies and comes back, the sandbox
// behind it, and a merchant's receiver.

import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Webhook } from "standardwebhooks";
import type { Message } from "../../worker/src/schemas/events.ts";
import { nodes } from "../consumers/tools.ts";
import { bundle, Workerd } from "../crash/workerd.ts";
import { freePort, type Running, startSandbox } from "../processes.ts";

const command = fileURLToPath(new URL("../../pkg/cli/command.js", import.meta.url));

/** Children that a failed test may leave behind. */
const running = new Set<ChildProcess>();

/** The command's exit code and output. */
export interface Output {
	code: number | null;
	out: string;
	err: string;
}

/** A command that runs. */
export interface Started {
	child: ChildProcess;
	out(): string;
	err(): string;
	/** Waits until stdout and stderr have this between them. */
	says(text: string | RegExp): Promise<void>;
	ended: Promise<Output>;
}

export type Node = keyof typeof nodes;

/** Starts the command with these settings and no others, by default on the oldest Node. */
export function start(args: readonly string[], env: Record<string, string> = {}, node: Node = 20): Started {
	const { PATH = "" } = process.env;
	const child = spawn(nodes[node], [command, ...args], { env: { PATH, ...env }, stdio: ["ignore", "pipe", "pipe"] });
	running.add(child);
	child.once("close", () => running.delete(child));
	const output = { out: "", err: "" };
	const heard = new Set<() => void>();
	const collect = (stream: Readable, name: keyof typeof output) =>
		stream.setEncoding("utf8").on("data", (piece: string) => {
			output[name] += piece;
			for (const look of heard) look();
		});
	collect(child.stdout, "out");
	collect(child.stderr, "err");
	const ended = once(child, "close").then(([code]): Output => ({ code, ...output }));
	const says = (wanted: string | RegExp) =>
		new Promise<void>((resolve, reject) => {
			const look = () => {
				const all = output.out + output.err;
				if (typeof wanted === "string" ? !all.includes(wanted) : !wanted.test(all)) return;
				heard.delete(look);
				resolve();
			};
			heard.add(look);
			look();
			void ended.then(() => reject(new Error(`it ended without ${wanted}:\n${output.out}${output.err}`)));
		});
	return { child, out: () => output.out, err: () => output.err, says, ended };
}

/** Runs the command to its end. */
export function run(args: readonly string[], env: Record<string, string> = {}, node: Node = 20): Promise<Output> {
	return start(args, env, node).ended;
}

/** The Worker and the sandbox, and the settings with which the command finds them. */
export class Stage {
	readonly env: Record<string, string>;
	readonly sandbox: Running;
	readonly #folder: string;
	readonly #front: Server;
	#worker: Workerd;

	private constructor(folder: string, sandbox: Running, worker: Workerd, front: Server, apiKey: string) {
		this.#folder = folder;
		this.sandbox = sandbox;
		this.#worker = worker;
		this.#front = front;
		this.env = { WORKER_URL: `http://127.0.0.1:${(front.address() as AddressInfo).port}`, API_KEY: apiKey };
	}

	static async open(): Promise<Stage> {
		const folder = await bundle([], "worker/src/index.ts");
		const apiKey = randomBytes(16).toString("hex");
		const credentials = { username: "merchant", password: randomBytes(16).toString("hex") };
		const sandbox = await startSandbox(credentials);
		const bindings = {
			...{ FLINKS_BASE_URL: sandbox.url, FLINKS_USERNAME: credentials.username, FLINKS_PASSWORD: credentials.password },
			...{ API_KEY: apiKey, FLINKS_TIMEOUT_MS: "5000", RETENTION_DAYS: "3000" },
		};
		const worker = await Workerd.start({ folder, state: "state", bindings });
		// While the Worker is away, connections are cut.
		const front = createTcpServer((socket) => {
			const behind = connect(Number(new URL(stage.#worker.url).port), "127.0.0.1");
			for (const [from, to] of [
				[socket, behind],
				[behind, socket],
			] as const) {
				from
					.on("error", () => to.destroy())
					.on("close", () => to.destroy())
					.pipe(to);
			}
		}).listen(await freePort(), "127.0.0.1");
		await once(front, "listening");
		const stage = new Stage(folder, sandbox, worker, front, apiKey);
		stage.#bindings = bindings;
		return stage;
	}

	#bindings: Record<string, string> = {};

	kill(): Promise<void> {
		return this.#worker.kill();
	}

	async revive(): Promise<void> {
		this.#worker = await Workerd.start({ folder: this.#folder, state: "state", bindings: this.#bindings });
	}

	/** Writes settled payments into the storage of a Worker that does not run, in each of its objects. */
	async fill(payments: readonly Filled[]): Promise<void> {
		const ledger = join(this.#folder, "state/ledger");
		const files = (await readdir(ledger)).filter((name) => /^[\da-f]+\.sqlite$/.test(name));
		for (const [place, file] of files.entries()) {
			const database = new DatabaseSync(join(ledger, file));
			database.exec("BEGIN");
			const insert = database.prepare(`INSERT INTO payments (id, key_hash, fingerprint, fingerprint_version, product,
				reference_id, amount, state, created_at, instance, session_id, request_id, status, funds, paid, paid_amount,
				final, rank, shown, effects, delivery, purged, events, notices) VALUES (?, ?, '', 2, 'interac', ?, ?, 'created', ?,
				'', ?, ?, 'Settled', 'settled', 1, ?, 1, 7, 'Settled', 1, 'none', 0, '[]', '[]')`);
			for (const { referenceId, requestId, amount, at } of payments.filter(
				(_, index) => index % files.length === place,
			)) {
				const uuid = crypto.randomUUID();
				insert.run(`${place}-${uuid}`, uuid, referenceId, amount, at, crypto.randomUUID(), requestId, amount);
			}
			database.exec("COMMIT");
			database.close();
		}
	}

	/** Asks the Worker as a merchant's back end does. */
	async ask(method: string, path: string, body?: object): Promise<Record<string, string>> {
		const headers = {
			...{ Authorization: `Bearer ${this.env.API_KEY}`, "Content-Type": "application/json" },
			"Idempotency-Key": crypto.randomUUID(),
		};
		const response = await fetch(`${this.env.WORKER_URL}${path}`, {
			...{ method, headers },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		return response.json();
	}

	/** A payment of a reference, by default accepted by its payor and known to be. */
	async pay(referenceId: string, { amount = "12.50", isPaid = true } = {}): Promise<Record<string, string>> {
		const order = { referenceId, amount, customerName: "Ada Tremblay", customerEmail: "ada@example.com" };
		const made = await this.ask("POST", "/payments", order);
		if (!isPaid || made.sessionId === undefined) return made;
		await fetch(`${this.sandbox.url}/sandbox/sessions/${made.sessionId}/play`, { method: "POST" });
		await this.ask("GET", `/payments/${made.id}`);
		return made;
	}

	/** Loses the answer to the next call of a step. */
	async lose(step: string): Promise<void> {
		const body = JSON.stringify({ step, fault: "timeout_after" });
		const headers = { "Content-Type": "application/json" };
		await fetch(`${this.sandbox.url}/sandbox/faults`, { method: "POST", headers, body });
	}

	async close(): Promise<void> {
		for (const child of running) child.kill("SIGKILL");
		this.#front.close();
		await Promise.all([this.kill(), this.sandbox.stop()]);
	}
}

export interface Filled {
	referenceId: string;
	requestId: string;
	amount: string;
	at: number;
}

/** A merchant's receiver that can go away and come back. It takes what verifies with its secret. */
export class Receiver {
	readonly secret = `whsec_${randomBytes(24).toString("base64")}`;
	readonly taken: { id: string; message: Message }[] = [];
	/** What it answers to a message; by default 204. */
	answer: (message: Message) => number = () => 204;
	readonly url: string;
	readonly #port: number;
	#server = createServer();
	#heard: () => void = () => {};

	private constructor(port: number) {
		this.#port = port;
		this.url = `http://localhost:${port}/webhooks`;
	}

	static async open(): Promise<Receiver> {
		const receiver = new Receiver(await freePort());
		await receiver.comeBack();
		return receiver;
	}

	async goAway(): Promise<void> {
		this.#server.close();
		this.#server.closeAllConnections();
	}

	async comeBack(): Promise<void> {
		this.#server = createServer(async (request, response) => {
			const body = await text(request);
			const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
			const message = new Webhook(this.secret).verify(body, headers) as Message;
			const status = this.answer(message);
			// Other payments change too, by the Worker's own alarms.
			if (status < 300 && message.data.referenceId.startsWith("listen-"))
				this.taken.push({ id: headers["webhook-id"] ?? "", message });
			response.writeHead(status).end();
			this.#heard();
		}).listen(this.#port, "127.0.0.1");
		await once(this.#server, "listening");
	}

	/** Waits until it has taken so many. */
	async has(count: number): Promise<void> {
		while (this.taken.length < count) {
			await new Promise<void>((resolve) => {
				this.#heard = resolve;
			});
		}
	}
}

/** A folder for a test's files, and its removal. */
export async function scratch(): Promise<{
	write(name: string, text: string | Uint8Array): Promise<string>;
	remove(): Promise<void>;
}> {
	const folder = await mkdtemp(join(tmpdir(), "flinkspay-edge-cli-"));
	return {
		async write(name, text) {
			await writeFile(join(folder, name), text);
			return join(folder, name);
		},
		remove: () => rm(folder, { recursive: true, force: true }),
	};
}
