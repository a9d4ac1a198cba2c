// What becomes of tokens in the Worker. Of warm ones the share that dies unused, and the share of payments that found one;
// of those that read, how many are asked for.
//
// Simulated, with a seed: payments come by chance (Poisson) and their keys lead to one shard or another; a shard's pool
// follows the rule of the ledger: a payment takes the oldest token that is alive, and when it is over the pool is filled
// again, one request after the other, while fewer than `warmTokens` are ready or being fetched. A token is alive for 269 s
// of Flinks' 299, and each request takes 50 ms.
//
// Measured: the client itself, one for each shard, in front of the sandbox and under a moved clock, which checks the
// rule where payments do not overlap. What reads need is measured so alone.

import { FlinksPay } from "flinkspay-edge";
import { createSandbox } from "../sandbox/src/sandbox.ts";
import { Chance } from "../tests/crash/chance.ts";
import { pauseMs } from "../worker/src/ledger/standing.ts";

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
export function measure({ rate, shards, warmTokens, seconds, seed }: Settings): Promise<Shares> {
	const chance = new Chance(seed);
	return underMovedClock(async ({ fetch, asked, moveTo }) => {
		const clients = Array.from({ length: shards }, () => newClient(fetch, warmTokens));
		let [payments, fetched, found] = [0, 0, 0];
		for (let at = gap(chance, rate); at < seconds * 1_000; at += gap(chance, rate)) {
			moveTo(at);
			const pay = clients[Math.floor(chance.next() * shards)] as FlinksPay;
			const before = asked.tokens;
			await startPayment(pay);
			payments += 1;
			if (asked.tokens === before) found += 1;
			const beforeWarm = asked.tokens;
			await pay.warm();
			fetched += asked.tokens - beforeWarm;
		}
		// No payment comes any more: what is left dies.
		return { died: (fetched - found) / fetched, found: found / payments };
	});
}

/** How often each payment is read: as often as the Worker's alarm does it within ten minutes. */
const READS = 6;

/** Of one object's payments, which come by chance within so many seconds. */
export interface Reading {
	payments: number;
	seconds: number;
	seed: number;
}

/** How many requests the reads of payments were, and how many for their tokens came on top. */
export function reads({ payments, seconds, seed }: Reading): Promise<{ asked: number; authorized: number }> {
	const chance = new Chance(seed);
	return underMovedClock(async ({ fetch, asked, moveTo }) => {
		const pay = newClient(fetch, 0);
		const due: { at: number; requestId: string }[] = [];
		for (let payment = 0; payment < payments; payment += 1) {
			const { requestId } = await startPayment(pay);
			let at = chance.next() * seconds * 1_000;
			for (let read = 0; read < READS; read += 1) {
				at += pauseMs(read, chance.next());
				due.push({ at, requestId });
			}
		}
		const before = { ...asked };
		for (const { at, requestId } of due.sort((a, b) => a.at - b.at)) {
			moveTo(at);
			await pay.getPaymentRequest(requestId);
		}
		return { asked: asked.others - before.others, authorized: asked.tokens - before.tokens };
	});
}

interface Stage {
	fetch: typeof globalThis.fetch;
	/** How many requests were for tokens, and how many for anything else. */
	asked: { tokens: number; others: number };
	/** Moves the clock to so many milliseconds after the beginning; the sandbox goes by it too. */
	moveTo: (ms: number) => void;
}

async function underMovedClock<T>(play: (stage: Stage) => Promise<T>): Promise<T> {
	const sandbox = createSandbox();
	const realNow = Date.now;
	let movedMs = 0;
	Date.now = () => realNow() + movedMs;
	const asked = { tokens: 0, others: 0 };
	const fetch: typeof globalThis.fetch = (input, init) => {
		asked[String(input).endsWith("/authorize") ? "tokens" : "others"] += 1;
		return sandbox.fetch(input, init);
	};
	const moveTo = (ms: number) => {
		movedMs = ms;
	};
	try {
		return await play({ fetch, asked, moveTo });
	} finally {
		Date.now = realNow;
	}
}

function newClient(fetch: typeof globalThis.fetch, warmTokens: number): FlinksPay {
	const options = { baseUrl: "https://pay.example.com", username: "sandbox", password: "sandbox" };
	return new FlinksPay({ ...options, fetch, warmTokens });
}

function startPayment(pay: FlinksPay) {
	const payment = { referenceId: `order-${crypto.randomUUID()}`, amount: "12.50", customerName: "Ada" };
	return pay.startPayment({ ...payment, customerEmail: "ada@example.com" });
}
