// How the Worker uses access tokens, for docs/scale.md: how many warm tokens expire unused, how many payments find one, and how
// many tokens are requested for reads.
//
// `simulate` has payments arrive at random (Poisson), each at a random shard. A shard's pool follows the rule of the ledger: a
// payment takes the oldest valid token, and after it the pool requests one token after the other while fewer than `warmTokens`
// are ready or being fetched. The client uses a token for 269 s of Flinks' 299, and each request takes 50 ms.
//
// `measure` checks the simulation with real clients, one for each shard, that call the sandbox under a fake clock; there payments
// do not overlap. `countTokenRequests` works the same way.

import { FlinksPay } from "flinkspay-edge";
import { createSandbox } from "../sandbox/src/sandbox.ts";
import { Chance } from "../tests/crash/chance.ts";
import { pollDelayMs } from "../worker/src/ledger/status.ts";

const [REQUEST_MS, VALID_MS] = [50, 269_000];

export interface Settings {
	/** Payments a second. */
	rate: number;
	shards: number;
	warmTokens: number;
	seconds: number;
	seed: number;
}

export interface Shares {
	/** Of the warm tokens, those that expired unused. */
	expired: number;
	/** Of the payments, those that found a warm token. */
	found: number;
}

interface Pool {
	/** When each token was requested, the oldest first. */
	tokens: number[];
	fetching: number;
}

/** Milliseconds until the next payment. */
function msToNextPayment(chance: Chance, rate: number): number {
	return (-Math.log(1 - chance.next()) / rate) * 1_000;
}

/** Timers of the simulation. There are few different delays, so each delay has a queue that is sorted by itself. */
class Timers {
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
	const timers = new Timers();
	const pools: Pool[] = Array.from({ length: shards }, () => ({ tokens: [], fetching: 0 }));
	let [payments, found, fetched, expired] = [0, 0, 0, 0];

	const dropExpired = (pool: Pool) => {
		const valid = pool.tokens.filter((requestedAt) => timers.now < requestedAt + VALID_MS);
		expired += pool.tokens.length - valid.length;
		pool.tokens = valid;
	};
	const fill = (pool: Pool) => {
		dropExpired(pool);
		if (pool.tokens.length + pool.fetching >= warmTokens) return;
		const requestedAt = timers.now;
		pool.fetching += 1;
		timers.after(REQUEST_MS, () => {
			pool.fetching -= 1;
			pool.tokens.push(requestedAt);
			fetched += 1;
			fill(pool);
		});
	};
	const pay = (pool: Pool) => {
		dropExpired(pool);
		payments += 1;
		const isWarm = pool.tokens.shift() !== undefined;
		if (isWarm) found += 1;
		timers.after((isWarm ? 2 : 3) * REQUEST_MS, () => fill(pool));
	};
	for (let at = msToNextPayment(chance, rate); at < seconds * 1_000; at += msToNextPayment(chance, rate)) {
		timers.runUntil(at);
		pay(pools[Math.floor(chance.next() * shards)] as Pool);
	}
	timers.runUntil(seconds * 1_000 + VALID_MS + REQUEST_MS);
	for (const pool of pools) dropExpired(pool);
	return { expired: expired / fetched, found: found / payments };
}

/** The same with the client and the sandbox; each payment ends before the next one starts. */
export function measure({ rate, shards, warmTokens, seconds, seed }: Settings): Promise<Shares> {
	const chance = new Chance(seed);
	return withFakeClock(async ({ fetch, requests, moveTo }) => {
		const clients = Array.from({ length: shards }, () => newClient(fetch, warmTokens));
		let [payments, fetched, found] = [0, 0, 0];
		for (let at = msToNextPayment(chance, rate); at < seconds * 1_000; at += msToNextPayment(chance, rate)) {
			moveTo(at);
			const pay = clients[Math.floor(chance.next() * shards)] as FlinksPay;
			const before = requests.tokens;
			await startPayment(pay);
			payments += 1;
			if (requests.tokens === before) found += 1;
			const beforeWarm = requests.tokens;
			await pay.warm();
			fetched += requests.tokens - beforeWarm;
		}
		// The tokens that are left expire, since there is no further payment.
		return { expired: (fetched - found) / fetched, found: found / payments };
	});
}

/** How often the Worker's alarm reads a payment within ten minutes. */
const READS = 6;

/** The payments of one object, which start at random times within `seconds`. */
export interface ReadSettings {
	payments: number;
	seconds: number;
	seed: number;
}

/** How many reads there were, and how many token requests they needed. */
export function countTokenRequests({
	payments,
	seconds,
	seed,
}: ReadSettings): Promise<{ reads: number; tokenRequests: number }> {
	const chance = new Chance(seed);
	return withFakeClock(async ({ fetch, requests, moveTo }) => {
		const pay = newClient(fetch, 0);
		const due: { at: number; requestId: string }[] = [];
		for (let payment = 0; payment < payments; payment += 1) {
			const { requestId } = await startPayment(pay);
			let at = chance.next() * seconds * 1_000;
			for (let read = 0; read < READS; read += 1) {
				at += pollDelayMs(read, chance.next());
				due.push({ at, requestId });
			}
		}
		const before = { ...requests };
		for (const { at, requestId } of due.sort((a, b) => a.at - b.at)) {
			moveTo(at);
			await pay.getPaymentRequest(requestId);
		}
		return { reads: requests.others - before.others, tokenRequests: requests.tokens - before.tokens };
	});
}

interface FakeClock {
	fetch: typeof globalThis.fetch;
	/** How many requests the sandbox has had. */
	requests: { tokens: number; others: number };
	/** Sets the clock, which the sandbox uses too, to so many milliseconds after the beginning. */
	moveTo: (ms: number) => void;
}

async function withFakeClock<T>(work: (clock: FakeClock) => Promise<T>): Promise<T> {
	const sandbox = createSandbox();
	const realNow = Date.now;
	let movedMs = 0;
	Date.now = () => realNow() + movedMs;
	const requests = { tokens: 0, others: 0 };
	const fetch: typeof globalThis.fetch = (input, init) => {
		requests[String(input).endsWith("/authorize") ? "tokens" : "others"] += 1;
		return sandbox.fetch(input, init);
	};
	const moveTo = (ms: number) => {
		movedMs = ms;
	};
	try {
		return await work({ fetch, requests, moveTo });
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
