// What the command is tried against: the Worker in workerd at an address that stays while it dies and comes back, the sandbox
// behind it, and a merchant's receiver.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { freePort, startSandbox } from "../../tools/processes.ts";
import type { Message } from "../../worker/src/schemas/events.ts";
import { bundle, Workerd } from "../crash/workerd.ts";
import { type Server, serve } from "../serve.ts";
import { type Node, type Output, run, running, scratch } from "./command.ts";

/** The Worker and the sandbox, and the settings with which the command finds them. */
async function openFixture() {
	const folder = await bundle([], "worker/src/index.ts");
	const apiKey = randomBytes(16).toString("hex");
	const credentials = { username: "merchant", password: randomBytes(16).toString("hex") };
	const sandbox = await startSandbox(credentials);
	const bindings = {
		...{ FLINKS_BASE_URL: sandbox.url, FLINKS_USERNAME: credentials.username, FLINKS_PASSWORD: credentials.password },
		...{ API_KEY: apiKey, FLINKS_TIMEOUT_MS: "60000", FLINKS_DEADLINE_MS: "100000", RETENTION_DAYS: "3000" },
	};
	const startWorker = () => Workerd.start({ folder, state: "state", bindings });
	let worker = await startWorker();
	// While the Worker is away, connections are cut.
	const front = createTcpServer((socket) => {
		const behind = connect(Number(new URL(worker.url).port), "127.0.0.1");
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
	const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;

	const kill = () => worker.kill();

	async function revive(): Promise<void> {
		worker = await startWorker();
	}

	/** Writes settled payments into the storage of a Worker that does not run, in each of its objects. */
	async function fill(payments: readonly Filled[]): Promise<void> {
		const ledger = join(folder, "state/ledger");
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
	async function ask(method: string, path: string, body?: object): Promise<Record<string, string>> {
		const headers = {
			...{ Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" },
			"Idempotency-Key": crypto.randomUUID(),
		};
		const response = await fetch(`${url}${path}`, {
			...{ method, headers },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		return response.json();
	}

	/** A payment of a reference, by default accepted by its payor and known to be. */
	async function pay(referenceId: string, { amount = "12.50", isPaid = true } = {}): Promise<Record<string, string>> {
		const order = { referenceId, amount, customerName: "Ada Tremblay", customerEmail: "ada@example.com" };
		const made = await ask("POST", "/payments", order);
		if (!isPaid || made.sessionId === undefined) return made;
		await fetch(`${sandbox.url}/sandbox/sessions/${made.sessionId}/play`, { method: "POST" });
		await ask("GET", `/payments/${made.id}`);
		return made;
	}

	/** Makes the answer to the next call of a step unreadable. */
	async function lose(step: string): Promise<void> {
		const body = JSON.stringify({ step, fault: "html" });
		const headers = { "Content-Type": "application/json" };
		await fetch(`${sandbox.url}/sandbox/faults`, { method: "POST", headers, body });
	}

	async function close(): Promise<void> {
		for (const child of running) child.kill("SIGKILL");
		front.close();
		await Promise.all([kill(), sandbox.stop()]);
	}

	return { env: { WORKER_URL: url, API_KEY: apiKey }, sandbox, kill, revive, fill, ask, pay, lose, close };
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
	#server: Server | undefined;
	#onMessage: () => void = () => {};

	private constructor(port: number) {
		this.#port = port;
		this.url = `http://localhost:${port}/webhooks`;
	}

	static async open(): Promise<Receiver> {
		const receiver = new Receiver(await freePort());
		await receiver.comeBack();
		return receiver;
	}

	goAway(): void {
		this.#server?.close();
	}

	async comeBack(): Promise<void> {
		this.#server = await serve(async (request, response) => {
			const body = await text(request);
			const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
			const message = new Webhook(this.secret).verify(body, headers) as Message;
			const status = this.answer(message);
			if (status < 300) this.taken.push({ id: headers["webhook-id"] ?? "", message });
			response.writeHead(status).end();
			this.#onMessage();
		}, this.#port);
	}

	/** Waits until it has taken so many. */
	async has(count: number): Promise<void> {
		while (this.taken.length < count) {
			await new Promise<void>((resolve) => {
				this.#onMessage = resolve;
			});
		}
	}
}

export const [fixture, files] = await Promise.all([openFixture(), scratch()]);
export const close = () => Promise.all([fixture.close(), files.remove()]);

/** Runs the command against the fixture's Worker. */
export async function runHere(
	args: readonly string[],
	more: Record<string, string> = {},
	node?: Node,
): Promise<Output> {
	const output = await run(args, { ...fixture.env, ...more }, node);
	const secret = fixture.env.API_KEY ?? "";
	assert.ok(!`${output.out}${output.err}`.includes(secret), "it prints a secret");
	assert.doesNotMatch(output.err, /^\s+at /m, "it shows a stack");
	return output;
}
