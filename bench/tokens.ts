// What becomes of warm tokens in the Worker: the share that dies unused, and the share of payments that found one.
//
// Simulated, with a seed: payments come by chance (Poisson) and their keys lead to one shard or another; a shard's pool
// follows the rule of the ledger: a payment takes the oldest token that is alive, and when it is over the pool is filled
// again, one request after the other, while fewer than `warmTokens` are ready or being fetched. A token is alive for 269 s
// of Flinks' 299, and each request takes 50 ms.
//
// Measured: the client itself, one for each shard, in front of the sandbox and under a moved clock, which checks the
// rule where payments do not overlap.

import { FlinksPay } from "flinkspay-edge";
import { createSandbox } from "../sandbox/src/sandbox.ts";
import { Chance } from "../tests/crash/chance.ts";

const [REQUEST_MS, ALIVE_MS] = [50, 269_000];

export interface Settings {
	/** Payments a second. */
	rate: number;
	shards: number;
	warmTokens: number;
	seconds: number;
	seed: number;
}

export interface Shares {
	/** Of the tokens that were fetched for the pools. */
	died: number;
	/** Of the payments. */
	found: number;
}

interface Pool {
	/** When each token was asked for, the oldest first. */
	tokens: number[];
	fetching: number;
}

/** Milliseconds until the next payment. */
function gap(chance: Chance, rate: number): number {
	return (-Math.log(1 - chance.next()) / rate) * 1_000;
}

/** What is due, by time. Everything takes one of a few spans, so each span has a queue of its own. */
class Agenda {
	readonly #queues = new Map<number, { at: number; act: () => void }[]>();
	now = 0;

	after(ms: number, act: () => void): void {
		const queue = this.#queues.get(ms) ?? [];
		this.#queues.set(ms, queue);
		queue.push({ at: this.now + ms, act });
	}

	runUntil(end: number): void {
		for (;;) {
			let first: { at: number; act: () => void }[] | undefined;
			for (const queue of this.#queues.values()) {
				if (queue[0] && queue[0].at <= (first?.[0]?.at ?? end)) first = queue;
			}
			const due = first?.shift();
			if (due === undefined) break;
			this.now = due.at;
			due.act();
		}
		this.now = end;
	}
}

export function simulate({ rate, shards, warmTokens, seconds, seed }: Settings): Shares {
	const chance = new Chance(seed);
	const agenda = new Agenda();
	const pools: Pool[] = Array.from({ length: shards }, () => ({ tokens: [], fetching: 0 }));
	let [payments, found, fetched, died] = [0, 0, 0, 0];

	const bury = (pool: Pool) => {
		const alive = pool.tokens.filter((askedAt) => agenda.now < askedAt + ALIVE_MS);
		died += pool.tokens.length - alive.length;
		pool.tokens = alive;
	};
	const fill = (pool: Pool) => {
		bury(pool);
		if (pool.tokens.length + pool.fetching >= warmTokens) return;
		const askedAt = agenda.now;
		pool.fetching += 1;
		agenda.after(REQUEST_MS, () => {
			pool.fetching -= 1;
			pool.tokens.push(askedAt);
			fetched += 1;
			fill(pool);
		});
	};
	const pay = (pool: Pool) => {
		bury(pool);
		payments += 1;
		const isWarm = pool.tokens.shift() !== undefined;
		if (isWarm) found += 1;
		agenda.after((isWarm ? 2 : 3) * REQUEST_MS, () => fill(pool));
	};
	for (let at = gap(chance, rate); at < seconds * 1_000; at += gap(chance, rate)) {
		agenda.runUntil(at);
		pay(pools[Math.floor(chance.next() * shards)] as Pool);
	}
	agenda.runUntil(seconds * 1_000 + ALIVE_MS + REQUEST_MS);
	for (const pool of pools) bury(pool);
	return { died: died / fetched, found: found / payments };
}

/** The same with the client and the sandbox; each payment is over before the next one comes. */
export async function measure({ rate, shards, warmTokens, seconds, seed }: Settings): Promise<Shares> {
	const chance = new Chance(seed);
	const sandbox = createSandbox();
	const realNow = Date.now;
	let movedMs = 0;
	Date.now = () => realNow() + movedMs;
	const [authorizes, sessions] = [{ count: 0 }, { count: 0 }];
	const fetch: typeof globalThis.fetch = (input, init) => {
		(String(input).endsWith("/authorize") ? authorizes : sessions).count += 1;
		return sandbox.fetch(input, init);
	};
	try {
		const options = { baseUrl: "https://pay.example.com", username: "sandbox", password: "sandbox", fetch, warmTokens };
		const clients = Array.from({ length: shards }, () => new FlinksPay(options));
		let [payments, fetched, found] = [0, 0, 0];
		for (let at = gap(chance, rate), last = 0; at < seconds * 1_000; at += gap(chance, rate)) {
			// The sandbox goes by it too.
			movedMs += at - last;
			last = at;
			const pay = clients[Math.floor(chance.next() * shards)] as FlinksPay;
			const before = authorizes.count;
			const payment = { referenceId: `order-${payments}`, amount: "12.50", customerName: "Ada" };
			await pay.startPayment({ ...payment, customerEmail: "ada@example.com" });
			payments += 1;
			if (authorizes.count === before) found += 1;
			const beforeWarm = authorizes.count;
			await pay.warm();
			fetched += authorizes.count - beforeWarm;
		}
		// No payment comes any more: what is left dies.
		return { died: (fetched - found) / fetched, found: found / payments };
	} finally {
		Date.now = realNow;
	}
}
