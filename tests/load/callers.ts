// The merchants' systems: each sends one request after the other, a payment with a new key, an old key once more or a
// payment's status, and records the answer. (A load generator with fixed requests, such as autocannon, cannot do this: each
// request here depends on earlier answers.)

import type { Sandbox } from "../../sandbox/src/sandbox.ts";
import type { Chance } from "../crash/chance.ts";

export interface Exchange {
	route: "pay" | "repeat" | "read";
	/** The key of `pay` and `repeat`, which is also the payment's reference. */
	key?: string;
	/** The payment's id, of `read`. */
	id?: string;
	/** By `performance.now()`. */
	began: number;
	ended: number;
	/** 0 where there was no answer. */
	status: number;
	text: string;
	replayed: boolean;
}

/** More than any call of the Worker may take. */
const PATIENCE_MS = 60_000;
/** Old keys and payments that a caller has at hand. */
const REMEMBERED = 2_000;

export class Callers {
	readonly exchanges: Exchange[] = [];
	/** Calls that are under way. */
	calling = 0;
	readonly #origin: string;
	readonly #apiKey: string;
	readonly #chance: Chance;
	readonly #sandbox: Sandbox;
	readonly #keys: string[] = [];
	readonly #ids: string[] = [];
	#count = 0;

	constructor(origin: string, apiKey: string, sandbox: Sandbox, chance: Chance) {
		this.#origin = origin;
		this.#apiKey = apiKey;
		this.#sandbox = sandbox;
		this.#chance = chance;
	}

	/** Runs this many callers until the time is over. */
	async run(connections: number, until: number): Promise<void> {
		const caller = async () => {
			while (performance.now() < until) await this.#next();
		};
		await Promise.all(Array.from({ length: connections }, caller));
	}

	repeat(key: string): Promise<Exchange> {
		return this.#ask("repeat", key);
	}

	/** The ids of the payments with a status. */
	async list(status: string): Promise<string[]> {
		const ids: string[] = [];
		for (let cursor = ""; ; ) {
			const response = await this.#fetch(`/payments?limit=100&status=${status}${cursor}`);
			const page = (await response.json()) as { payments: { id: string }[]; next?: string };
			ids.push(...page.payments.map(({ id }) => id));
			if (page.next === undefined) return ids;
			cursor = `&cursor=${page.next}`;
		}
	}

	async #next(): Promise<void> {
		const dice = this.#chance.next();
		const [key, id] = [this.#chance.of(this.#keys), this.#chance.of(this.#ids)];
		if (dice < 0.15 && key !== undefined) await this.#ask("repeat", key);
		else if (dice < 0.35 && id !== undefined) await this.#send({ route: "read", id }, `/payments/${id}`);
		else await this.#pay();
	}

	async #pay(): Promise<void> {
		this.#count += 1;
		const key = `${this.#chance.is(0.3) ? "eft" : "interac"}-${this.#count}`;
		// Other callers may repeat the key while it runs.
		remember(this.#keys, key);
		const { status, text } = await this.#ask("pay", key);
		if (status !== 201) return;
		const { id, sessionId } = JSON.parse(text) as { id: string; sessionId: string };
		remember(this.#ids, id);
		// Some payors pay, some cancel, some do nothing.
		const dice = this.#chance.next();
		if (dice < 0.5) this.#sandbox.play(sessionId, "accept");
		else if (dice < 0.75 && key.startsWith("interac")) this.#sandbox.play(sessionId, "decline");
	}

	#ask(route: "pay" | "repeat", key: string): Promise<Exchange> {
		const init = {
			method: "POST",
			headers: { "Content-Type": "application/json", "Idempotency-Key": key },
			body: JSON.stringify(paramsOf(key)),
		};
		return this.#send({ route, key }, "/payments", init);
	}

	async #send(about: Pick<Exchange, "route" | "key" | "id">, path: string, init: RequestInit = {}): Promise<Exchange> {
		const exchange: Exchange = { ...about, began: performance.now(), ended: 0, status: 0, text: "", replayed: false };
		this.calling += 1;
		try {
			const response = await this.#fetch(path, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
			exchange.text = await response.text();
			exchange.status = response.status;
			exchange.replayed = response.headers.get("idempotency-replayed") === "true";
		} catch (error) {
			exchange.text = String(error);
		}
		exchange.ended = performance.now();
		this.calling -= 1;
		this.exchanges.push(exchange);
		return exchange;
	}

	#fetch(path: string, { headers, ...init }: RequestInit = {}): Promise<Response> {
		return fetch(this.#origin + path, { ...init, headers: { ...headers, Authorization: `Bearer ${this.#apiKey}` } });
	}
}

/** Each key has its own payor. */
function paramsOf(key: string): object {
	const payment = { referenceId: key, amount: "12.50" };
	return key.startsWith("eft")
		? { product: "eft", ...payment, payor: { firstName: "Ada", lastName: `Tremblay ${key}` } }
		: { ...payment, customerName: `Ada Tremblay ${key}`, customerEmail: "ada@example.com" };
}

function remember(list: string[], item: string): void {
	list.push(item);
	if (list.length > REMEMBERED) list.shift();
}
