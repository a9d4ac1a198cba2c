// The system under test: one Worker on one storage, the gateway and the sandbox behind it, and all answers to its callers.

import { createHmac } from "node:crypto";
import { Refusal } from "../../sandbox/src/refusal.ts";
import { createSandbox, type Outcome, type Sandbox, type SandboxOptions } from "../../sandbox/src/sandbox.ts";
import type { Plan as QueryPlan } from "../queries/plan.ts";
import { Gateway, type Plan, tick } from "./gateway.ts";
import {
	bringAlarmsNearer,
	type Due,
	storedAlarms,
	storedBytes,
	storedDue,
	storedStatuses,
	Workerd,
} from "./workerd.ts";

export type Product = "interac" | "eft";
/** Random runs of crash/ leave out the last two. */
export type AnyProduct = Product | "geft" | "e-transfer";

/** A request to the Worker, and its answer. */
export interface Exchange {
	route: "ask" | "read" | "cancel" | "resolve";
	/** Of `ask`: the key, which is the reference too, and the body's number. */
	key?: string;
	body?: number;
	/** Of the others. */
	id?: string;
	/** As counted by {@link tick}. */
	began: number;
	ended: number;
	/** 0 where the connection was cut. */
	status: number;
	json: Json;
	text: string;
	replayed: boolean;
	retryAfter: string | null;
}

export type Json = Record<string, unknown>;

/** A write at which the Worker is stopped: see `worker.ts`. */
export type How = "lost" | "kept" | "reset" | "thrown" | "full";

/** A webhook about a status, as a test sends it by hand. */
export interface Hint {
	sessionId: string;
	status: string;
	statusDetails?: string | null;
}

const secrets = {
	FLINKS_USERNAME: crypto.randomUUID(),
	FLINKS_PASSWORD: crypto.randomUUID(),
	API_KEY: crypto.randomUUID(),
	FLINKS_WEBHOOK_SECRET: crypto.randomUUID(),
};

/** What the sandbox accepts. */
export const credentials = { username: secrets.FLINKS_USERNAME, password: secrets.FLINKS_PASSWORD };
const authorization = { Authorization: `Bearer ${secrets.API_KEY}` };
let systems = 0;

export class System {
	readonly sandbox: Sandbox;
	readonly gateway: Gateway;
	readonly exchanges: Exchange[] = [];
	/** When a session was paid, by its id, as counted by {@link tick}. */
	readonly paidAt = new Map<string, number>();
	/** How far the Worker's clock is from the real one, in milliseconds. */
	movedMs = 0;
	/** How often the Worker was killed and started anew. */
	deaths = 0;
	#workerd: Workerd | undefined;
	#starting: Promise<void> | undefined;
	#baseUrl = "";
	readonly #folder: string;
	#bindings: Readonly<Record<string, string>>;
	readonly #state = `state-${systems++}`;

	private constructor(folder: string, bindings: Readonly<Record<string, string>>, options: SandboxOptions) {
		this.#folder = folder;
		this.#bindings = bindings;
		this.sandbox = createSandbox({
			...options,
			credentials,
			webhook: { url: "http://worker.invalid/", secret: secrets.FLINKS_WEBHOOK_SECRET },
			webhookFetch: (_, init) => this.#fetch("/webhooks/flinks", init),
		});
		this.gateway = new Gateway(this.sandbox);
	}

	/** Starts a Worker on an empty storage. */
	static async open(
		folder: string,
		bindings: Readonly<Record<string, string>> = {},
		options: SandboxOptions = {},
	): Promise<System> {
		const system = new System(folder, bindings, options);
		system.#baseUrl = await system.gateway.listen();
		await system.start();
		return system;
	}

	async close(): Promise<void> {
		await this.#starting;
		await this.#workerd?.kill();
		this.gateway.close();
	}

	get printed(): string {
		return this.#workerd?.output() ?? "";
	}

	// --- What becomes of the Worker -------------------------------------------------------------------------------

	/** It may be stopped as by {@link stopAfter}, counted from its first write. */
	async start(stop?: { after: number; how: How }): Promise<void> {
		this.#workerd = await Workerd.start({
			folder: this.#folder,
			state: this.#state,
			bindings: {
				...{ ...secrets, FLINKS_BASE_URL: this.#baseUrl, LEDGER_SHARDS: "3", MOVED_MS: String(this.movedMs) },
				...(stop === undefined ? {} : { STOP_AFTER: String(stop.after), STOP_HOW: stop.how }),
				...this.#bindings,
			},
		});
		// A Worker that has stopped at a write is killed there.
		void this.#workerd.stopped.then(this.restart);
	}

	/** Settles when the Worker that runs now is dead. */
	untilKilled(): Promise<void> {
		return this.#workerd?.ended ?? Promise.resolve();
	}

	kill(): Promise<void> {
		return this.#workerd?.kill() ?? Promise.resolve();
	}

	/** Kills it and starts another on the same storage, once if asked twice at the same time. */
	restart = (): Promise<void> => {
		this.#starting ??= this.kill()
			.then(() => this.start())
			.finally(() => {
				this.deaths += 1;
				this.#starting = undefined;
			});
		return this.#starting;
	};

	/** The same with other bindings besides those that every Worker here has. */
	async restartWith(bindings: Readonly<Record<string, string>>): Promise<void> {
		await this.#starting;
		this.#bindings = bindings;
		await this.restart();
	}

	/** Stops it after so many writes to storage, and starts it anew; no more where it is 0. */
	stopAfter(writes: number, how: How): Promise<void> {
		return this.#control(`stop?after=${writes}&how=${how}`);
	}

	async written(): Promise<number> {
		return ((await (await this.#fetch("/-/written")).json()) as { written: number }).written;
	}

	/** The writes once there are no more of them; infinite where the Worker has died. */
	async quiet(): Promise<number> {
		try {
			for (let before = -1; ; ) {
				const now = await this.written();
				if (now === before) return now;
				before = now;
				await new Promise((resolve) => setTimeout(resolve, 60));
			}
		} catch {
			return Number.POSITIVE_INFINITY;
		}
	}

	/** SQLite's plan for each statement, from the Worker of `queries/worker.ts`. */
	async plans(): Promise<QueryPlan[]> {
		return (await (await this.#fetch("/-/plans")).json()) as QueryPlan[];
	}

	moveClock(ms: number): Promise<void> {
		this.movedMs = ms;
		return this.#control(`clock?ms=${ms}`);
	}

	/** The platform will ring no alarm that is set now. */
	loseAlarms(): Promise<void> {
		return this.#control("lose-alarms");
	}

	/** Rings each object, and waits until its alarm has ended or the Worker has died. */
	async ringAlarm(): Promise<void> {
		// Only an alarm that hangs takes as long. Without an error, a test would go on as if the work were done.
		const patience = AbortSignal.timeout(120_000);
		await this.#control("alarm", patience);
		if (patience.aborted) throw new Error("an alarm has not ended within two minutes");
	}

	/** Time passes, for Flinks and for the Worker. */
	shift(ms: number): Promise<void> {
		this.sandbox.advance(ms);
		return this.moveClock(this.movedMs + ms);
	}

	/** Time passes, and the alarm rings until there is hardly anything left to do. */
	async pass(ms: number): Promise<void> {
		// What is under way is done first: a token that is hours old when it comes is none.
		await this.ringAlarm();
		await this.shift(ms);
		for (let rings = 0; rings < 3; rings++) await this.ringAlarm();
	}

	/**
	 * Time passes while the machine is off. When it is on again there is no request: what has become due is done only
	 * because the platform rings.
	 */
	async sleep(ms: number, stop?: { after: number; how: How }): Promise<void> {
		await this.#starting;
		const sleep = async () => {
			await this.kill();
			this.sandbox.advance(ms);
			this.movedMs += ms;
			bringAlarmsNearer(this.#folder, this.#state, ms);
			await this.start(stop);
		};
		this.#starting = sleep().finally(() => {
			this.#starting = undefined;
		});
		return this.#starting;
	}

	plan(...plans: Plan[]): void {
		this.gateway.plans.push(...plans);
	}

	stored(): Promise<Buffer> {
		return storedBytes(this.#folder, this.#state);
	}

	/** The payor acts; what the sandbox refuses does not happen. */
	play(sessionId: string, outcome: Outcome): void {
		try {
			this.sandbox.play(sessionId, outcome);
			if (outcome === "accept") this.paidAt.set(sessionId, tick());
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
		}
	}

	async statuses(): Promise<Map<string, string>> {
		return storedStatuses(this.#folder, this.#state);
	}

	/** What is to be done, by the Worker's clock, the earliest first. It wakes no object. */
	due(): Due[] {
		return storedDue(this.#folder, this.#state).sort((a, b) => a.at - b.at);
	}

	/** When each object will be rung, by the Worker's clock. It wakes no object. */
	alarms(): Map<string, number> {
		const alarms = storedAlarms(this.#folder, this.#state);
		return new Map(Array.from(alarms, ([object, at]) => [object, at + this.movedMs]));
	}

	/** By the Worker's clock. */
	now(): number {
		return Date.now() + this.movedMs;
	}

	// --- What its callers do --------------------------------------------------------------------------------------

	/** `POST /payments`. Another body is another amount. */
	ask(product: AnyProduct, key: string, body = 1, signal?: AbortSignal): Promise<Exchange> {
		const init = {
			method: "POST",
			headers: { ...authorization, "Content-Type": "application/json", "Idempotency-Key": `key-${key}` },
			body: JSON.stringify(paramsOf(product, key, body)),
		};
		return this.#exchange({ route: "ask", key, body }, "/payments", init, signal);
	}

	read(id: string): Promise<Exchange> {
		return this.#exchange({ route: "read", id }, `/payments/${id}`, { headers: authorization });
	}

	cancel(id: string): Promise<Exchange> {
		return this.#exchange({ route: "cancel", id }, `/payments/${id}/cancel`, {
			method: "POST",
			headers: authorization,
		});
	}

	resolve(id: string, resolution: Json): Promise<Exchange> {
		const headers = { ...authorization, "Content-Type": "application/json" };
		const init = { method: "POST", headers, body: JSON.stringify(resolution) };
		return this.#exchange({ route: "resolve", id }, `/payments/${id}/resolution`, init);
	}

	/** Any other route. */
	async call(method: "GET" | "POST", path: string, body?: Json): Promise<{ status: number; json: Json; text: string }> {
		const headers = body === undefined ? authorization : { ...authorization, "Content-Type": "application/json" };
		const response = await this.#fetch(path, {
			...{ method, headers },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		const text = await response.text();
		return { status: response.status, json: JSON.parse(text), text };
	}

	/** A webhook about a status. */
	hint({ sessionId, status, statusDetails = null }: Hint): Promise<number> {
		const about = { sessionId, referenceId: null, amount: null };
		return this.webhook({ event: "SessionSetupStatusChanged", ...about, status, statusDetails });
	}

	/** `POST /webhooks/flinks`, signed as Flinks signs and dated by its clock; gives the status, 0 where it was cut. */
	async webhook(event: Json): Promise<number> {
		const { now } = (await (await this.sandbox.fetch("http://sandbox.invalid/sandbox/state")).json()) as {
			now: number;
		};
		const when = new Date(now).toISOString();
		const body = JSON.stringify({ ...event, when });
		const mac = createHmac("sha256", secrets.FLINKS_WEBHOOK_SECRET).update(body).digest("hex").toUpperCase();
		const headers = { "Content-Type": "application/json", "X-Webhook-Signature": `sha256=${mac}` };
		try {
			const signal = AbortSignal.timeout(120_000);
			const response = await this.#fetch("/webhooks/flinks", { method: "POST", headers, body, signal });
			await response.text();
			return response.status;
		} catch {
			return 0;
		}
	}

	async list(query = ""): Promise<Json[]> {
		const all: Json[] = [];
		for (let cursor = ""; ; ) {
			const response = await this.#fetch(`/payments?limit=100${query}${cursor}`, { headers: authorization });
			const { payments, next } = (await response.json()) as { payments: Json[]; next?: string };
			all.push(...payments);
			if (next === undefined) return all;
			cursor = `&cursor=${next}`;
		}
	}

	async events(id: string): Promise<Json[]> {
		const response = await this.#fetch(`/payments/${id}/events`, { headers: authorization });
		return ((await response.json()) as { events: Json[] }).events;
	}

	async #exchange(
		about: Pick<Exchange, "route" | "key" | "body" | "id">,
		path: string,
		init: RequestInit,
		signal: AbortSignal = AbortSignal.timeout(120_000),
	): Promise<Exchange> {
		const began = tick();
		const exchange: Exchange = {
			...about,
			began,
			ended: 0,
			status: 0,
			json: {},
			text: "",
			replayed: false,
			retryAfter: null,
		};
		try {
			const response = await this.#fetch(path, { ...init, signal });
			const text = await response.text();
			exchange.json = JSON.parse(text);
			Object.assign(exchange, { status: response.status, text });
			exchange.replayed = response.headers.get("idempotency-replayed") === "true";
			exchange.retryAfter = response.headers.get("retry-after");
		} catch {
			// The connection was cut.
		}
		exchange.ended = tick();
		this.exchanges.push(exchange);
		return exchange;
	}

	async #control(path: string, signal: AbortSignal | null = null): Promise<void> {
		try {
			await (await this.#fetch(`/-/${path}`, { signal })).text();
		} catch {
			// It has died, and its memory is gone.
		}
	}

	async #fetch(path: string, init: RequestInit = {}): Promise<Response> {
		await this.#starting;
		return fetch(`${this.#workerd?.url}${path}`, init);
	}
}

/** Each key has a payor of its own. */
function paramsOf(product: AnyProduct, key: string, body: number): Json {
	const rest = { referenceId: key, amount: `${body}.00` };
	const customerEmail = `mail-of-${key}@example.com`;
	if (product === "interac") return { ...rest, customerName: `Payor of-${key}`, customerEmail };
	return { product, ...rest, payor: { firstName: `First-${key}`, lastName: `Last-${key}`, email: customerEmail } };
}
