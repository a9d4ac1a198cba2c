// The pages of lists and of events over all objects: in order, at a cost that depends on the page alone, and also given when an
// object is slow or gone.

import assert from "node:assert/strict";
import { after, before, describe, it, mock } from "node:test";
import { type Running, startSandbox, startWorkerd } from "../tools/processes.ts";
import { type Page, type PageRequest, pageOf } from "../worker/src/paging.ts";
import { ProblemError } from "../worker/src/problem.ts";

/** The numbers that each object holds, in order. */
type Held = readonly (readonly number[])[];

/** Reads one page of them, and counts the calls and the items. */
function read(held: Held, limit: number, other: Partial<PageRequest<number, number>> = {}) {
	const cost = { questions: 0, items: 0 };
	const page = pageOf<number, number>({
		places: held.map(() => 0),
		limit,
		isBefore: (one, another) => one < another,
		chunkOf: async (shard, from, count) => {
			cost.questions += 1;
			const all = held[shard] ?? [];
			const found = all.slice(from, from + count).map((item, index) => ({ item, place: from + index + 1 }));
			cost.items += found.length;
			return { found, looked: from + found.length, more: from + found.length < all.length };
		},
		...other,
	});
	return { page, cost };
}

/** Numbers in order, each in a random object. */
function spread(objects: number, numbers: number): number[][] {
	const held = Array.from({ length: objects }, (): number[] => []);
	for (let number = 0; number < numbers; number++) held[Math.floor(Math.random() * objects)]?.push(number);
	return held;
}

const upTo = (count: number) => Array.from({ length: count }, (_, number) => number);

describe("a page", () => {
	for (const [what, held] of [
		["spread evenly", spread(16, 500)],
		["all in one object", [[], upTo(500), [], []]],
		["in two blocks", [upTo(250), upTo(500).slice(250)]],
		["in one object alone", [upTo(500)]],
		["fewer than objects", spread(256, 40)],
		["none at all", [[], [], []]],
	] as const) {
		it(`has each number once and in order, page by page: ${what}`, async () => {
			const all: number[] = [];
			let places = held.map(() => 0);
			for (let more = true; more; ) {
				const { page } = read(held, 50, { places });
				const one: Page<number, number> = await page;
				assert.ok(one.items.length === 50 || !one.more);
				all.push(...one.items);
				({ places, more } = one);
			}
			assert.deepEqual(all, upTo(held.flat().length));
		});
	}

	it("costs about as many items as it has, and not as the objects have", async () => {
		for (let times = 0; times < 50; times++) {
			const { page, cost } = read(spread(16, 5_000), 50);
			assert.equal((await page).items.length, 50);
			// Sixteen objects that each give a whole page would be 800.
			assert.ok(cost.items <= 200, `${cost.items}`);
			assert.ok(cost.questions <= 24, `${cost.questions}`);
		}
	});

	it("costs no more than three times its items when one object has all of them", async () => {
		const { page, cost } = read([[], upTo(5_000), ...Array.from({ length: 14 }, () => [])], 50);
		assert.deepEqual((await page).items, upTo(50));
		assert.ok(cost.items <= 150 && cost.questions <= 20, JSON.stringify(cost));
	});

	it("asks no more than 64 objects at the same time", async () => {
		let [now, most] = [0, 0];
		const chunkOf = async (_: number, looked: number) => {
			now += 1;
			most = Math.max(most, now);
			await new Promise((resolve) => setTimeout(resolve, 1));
			now -= 1;
			return { found: [], looked, more: false };
		};
		await read(spread(256, 10), 50, { chunkOf }).page;
		assert.equal(most, 64);
	});

	it("continues with other objects when one has looked through many items in vain, and comes back to it", async () => {
		const chunkOf = async (shard: number, from: number) =>
			shard === 0
				? { found: [], looked: from + 1_000, more: from < 2_000 }
				: { found: from === 0 ? [{ item: 7, place: 1 }] : [], looked: 1, more: false };
		const first = await read([[], []], 50, { chunkOf }).page;
		assert.deepEqual(first, { items: [7], places: [1_000, 1], more: true, missing: [] });
		const second = await read([[], []], 50, { chunkOf, places: first.places }).page;
		assert.deepEqual(second.places, [2_000, 1]);
	});
});

describe("a page when objects do not answer", () => {
	const held = [upTo(10), [20, 21], [30, 31]];
	const answering = (broken: (shard: number) => Promise<never> | undefined): Partial<PageRequest<number, number>> => ({
		chunkOf: async (shard, from) => {
			await broken(shard);
			const found = (held[shard] ?? []).slice(from).map((item, index) => ({ item, place: from + index + 1 }));
			return { found, looked: from + found.length, more: false };
		},
	});

	it("has the others' items, names the objects that are gone and keeps their places", async () => {
		const { page } = read(
			held,
			50,
			answering((shard) => (shard === 1 ? Promise.reject(new Error("gone")) : undefined)),
		);
		assert.deepEqual(await page, { items: [...upTo(10), 30, 31], places: [10, 0, 2], more: false, missing: [1] });
	});

	it("waits no longer than eight seconds for an object that hangs", async () => {
		mock.timers.enable({ apis: ["setTimeout"] });
		try {
			const { page } = read(
				held,
				50,
				answering((shard) => (shard === 2 ? new Promise(() => {}) : undefined)),
			);
			await new Promise((resolve) => setImmediate(resolve));
			mock.timers.tick(8_000);
			assert.deepEqual((await page).missing, [2]);
		} finally {
			mock.timers.reset();
		}
	});

	it("fails when an object reports a wrong deployment, or when none answers", async () => {
		const wrong = new ProblemError("misconfigured", { field: "LEDGER_SHARDS" });
		const one = answering((shard) => (shard === 1 ? Promise.reject(wrong) : undefined));
		await assert.rejects(read(held, 50, one).page, wrong);
		const busy = new ProblemError("overloaded");
		await assert.rejects(
			read(
				held,
				50,
				answering(() => Promise.reject(busy)),
			).page,
			busy,
		);
	});
});

describe("GET /payments and GET /events with an object that is gone and one that hangs", () => {
	const [API_KEY, password] = [crypto.randomUUID(), crypto.randomUUID()];
	const headers = { Authorization: `Bearer ${API_KEY}`, "Content-Type": "application/json" };
	let sandbox: Running;
	let worker: Running;
	before(async () => {
		sandbox = await startSandbox({ username: "merchant", password });
		worker = await startWorkerd({
			...{ name: "the Worker", folder: "tests/pages", readyAt: "/healthz" },
			bindings: { FLINKS_BASE_URL: sandbox.url, LEDGER_SHARDS: "4", GONE: "shard-1", HANGS: "shard-2" },
			secrets: { FLINKS_USERNAME: "merchant", FLINKS_PASSWORD: password, API_KEY },
		});
	});
	after(() => Promise.all([worker?.stop(), sandbox?.stop()]));

	it("have the other objects' items", async () => {
		const made = await Promise.all(
			upTo(20).map(async (number) => {
				const payment = {
					referenceId: `R${number}`,
					amount: "1.00",
					customerName: "Zoë",
					customerEmail: "z@example.com",
				};
				const init = { headers: { ...headers, "Idempotency-Key": `${number}` }, body: JSON.stringify(payment) };
				const { id } = await (await fetch(`${worker.url}/payments`, { method: "POST", ...init })).json();
				return String(id);
			}),
		);
		const there = made.filter((id) => /^[03]-/.test(id)).sort();
		assert.ok(there.length > 0 && there.length < made.length);
		for (const [path, idsOf] of [
			["payments", ({ payments }: { payments: { id: string }[] }) => payments.map(({ id }) => id)],
			["events", ({ events }: { events: { data: { id: string } }[] }) => events.map(({ data }) => data.id)],
		] as const) {
			const answer = await fetch(`${worker.url}/${path}`, { headers });
			assert.equal(answer.status, 200);
			const page = await answer.json();
			assert.deepEqual(page.missing, [1, 2], path);
			assert.deepEqual([...new Set(idsOf(page))].sort(), there, path);
		}
	});
});
