// `npm run test:slow -- backlog`: one object of the ledger with so many payments that are not final, and messages that wait, against one
// that has a page of each. All that is compared takes turns in the same minute; what is left of the machine's noise shows at
// no payments, where both are the same. A run in full writes bench/open.json, its chart and the tables of docs/scale.md.
//
// The clock goes backwards while payments are made, so that nothing becomes due, and then forward from where the polls of
// the last ones come at the pace of payments of all ages.

import { fork } from "node:child_process";
import { once } from "node:events";
import { statfsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { drawOpen } from "../../bench/charts.ts";
import { quantile } from "../../bench/spread.ts";
import { pollDelayMs } from "../../worker/src/ledger/status.ts";
import { bundle } from "../crash/workerd.ts";
import { pollsIn } from "../lifetime/bill.ts";
import { publishTable } from "../page-table.ts";
import { herdTable } from "./herd.ts";
import { FilledObject } from "./object.ts";
import { type Figures, openTable, type Pages, type Pair, type Size, type Times } from "./open-table.ts";

const { values } = parseArgs({ options: { payments: { type: "string" }, age: { type: "string" } } });
const isFull = values.payments === undefined && values.age === undefined;
const most = Number(values.payments ?? 50_000);
/** The age of the oldest payments in seconds, which decides how often they are polled. */
const age = Number(values.age ?? 86_400);
const SIZES = isFull ? [0, 1_000, 10_000, most] : [most];
const MESSAGES = Math.max(100, most / 10);
/** What a poll takes Flinks. Requests that make a payment are answered at once, so that all of the Worker's time shows. */
const POLL_MS = 20;
/** How many payments are compared, for how long polls are counted, and how often the object is started. */
const [PAIRS, PACE_MS, OVERDUE_MS] = isFull ? [1_000, 25_000, 8_000] : [Math.min(300, most / 10), 5_000, 3_000];
const STARTS = isFull ? 7 : 3;
/** Payments in one round. */
const ROUND = 200;
const WARM_UP = Math.min(200, most / 10);
/** Between two calls. */
const REST_MS = 10;
/** A page of `GET /payments`, and how often it is asked for. */
const [PAGE, PAGES] = [50, 60];
/** The matches of each filter are the oldest payments: a scan of the list would read all of it. */
const FILTERS = {
	...{ all: "", status: "&status=Settled", funds: "&funds=settled", delivery: "&delivery=pending" },
	"funds and delivery": "&funds=none&delivery=dead",
};
const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
/** Long before all others, and within the time that messages are kept. */
const WAITING_MS = 24 * HOUR;
/** A payment's first poll comes this long after it at most: it may wait five seconds for an alarm that is set. */
const FIRST_POLL_MS = pollDelayMs(0, 0) + 5 * SECOND;

// In memory, where there is room: disks differ from one machine to another.
if (process.env.TMPDIR === undefined && roomIn("/dev/shm") > 2e9) process.env.TMPDIR = "/dev/shm";
const began = performance.now();
const startedAt = Date.now();
const upstream = fork(fileURLToPath(new URL("upstream.ts", import.meta.url)));
const [[origin = "", otherOrigin = ""]] = (await once(upstream, "message")) as [string[]];
const folder = await bundle([], "tests/load/worker.ts");
const full = new FilledObject(folder, "full", origin);
const loads = [load()];
/** Before all payments that there are, by the Worker's clock. */
let earliest = startedAt;

await fillWaiting(full, MESSAGES);

/** MB that workerd has held since the last size. */
const memory: number[] = [];
const sampling = setInterval(() => memory.push(rounded(full.memory())), SECOND);
const sizes: Size[] = [];
for (const [index, payments] of SIZES.entries()) sizes.push(await measure(payments, SIZES[index - 1] ?? 0));
clearInterval(sampling);
await full.stop();
upstream.disconnect();

const figures: Figures = {
	machine: `${availableParallelism()} x ${cpus()[0]?.model.trim()}`,
	date: new Date().toISOString(),
	loadAverage: loads,
	seconds: Math.round((performance.now() - began) / SECOND),
	...{ age, messages: MESSAGES, page: PAGE, pollMs: POLL_MS, sizes },
};
console.log(JSON.stringify(figures, undefined, "\t"));
// A shorter run says nothing about a full one.
if (isFull) await publish();
process.exit();

/** Measures one size; `before` payments are there already. */
async function measure(payments: number, before: number): Promise<Size> {
	const due = (payments * pollsIn(age)) / age;
	const first = await fill(payments - before, due);
	const empty = new FilledObject(folder, `empty-${payments}`, otherOrigin);
	const both = [full, empty];
	await fillWaiting(empty, PAGE + 1);

	// Nothing is due for a while.
	const quietAt = first - 10 * MINUTE;
	earliest = first - 20 * MINUTE;
	for (const object of both) await object.setClock(quietAt);
	const { heap, memory: atStart, ...started } = await startBoth(empty);
	for (const object of both) await object.mode("settling");
	await inTurns(empty, pay, WARM_UP);
	for (const object of both) await object.quiet();
	const processor = both.map((object) => object.processorMs());
	const idle = await idlePairs(empty, quietAt);
	for (const object of both) await object.quiet();
	const [processorMs = 0, processorMsEmpty = 0] = both.map((object, index) =>
		rounded((object.processorMs() - (processor[index] ?? 0)) / PAIRS),
	);
	// The payments that were just made become final.
	for (const object of both) await settle(object, first - 5 * MINUTE);
	const pages = await pagesOf(empty);
	const paced = payments === 0 ? undefined : await pace(empty, first);
	await empty.stop();
	const overdue = payments === 0 ? undefined : await catchUp(payments);
	await full.setClock(earliest);
	await full.quiet();
	loads.push(load());
	const found = { open: await full.count("status=Initiated"), waiting: await full.count("delivery=pending") };
	return {
		...{ payments, found, started, idle, processorMs, processorMsEmpty, pages, due },
		...(paced && { paced }),
		...(overdue && { overdue }),
		memory: { heap, started: atStart, most: Math.max(...memory.splice(0)) },
	};
}

/** Adds this many payments, and gives when the first was made: the polls of the first ones come one by one at the pace. */
async function fill(count: number, due: number): Promise<number> {
	await full.mode("open");
	const oneByOne = Math.min(count, Math.ceil((due * (PACE_MS + 15 * SECOND)) / SECOND));
	let at = earliest - MINUTE;
	for (let left = count - oneByOne; left > 0; left -= 1_000) {
		await full.setClock(at);
		await full.fill(Math.min(left, 1_000));
		await full.quiet(50);
		at -= 2 * MINUTE;
	}
	const together = Math.max(1, Math.round(due));
	for (let left = oneByOne; left > 0; left -= together) {
		await full.setClock(at);
		await full.fill(Math.min(left, together));
		await full.quiet(20);
		at -= (together / due) * SECOND;
	}
	return at;
}

/** Messages that wait, of payments that were refused, in an object that does not run yet. */
async function fillWaiting(object: FilledObject, count: number): Promise<void> {
	await object.setClock(startedAt - WAITING_MS);
	// Its secret is missing, so messages wait.
	await object.start({ MERCHANT_WEBHOOK_URL: "http://127.0.0.1:9/" });
	await object.mode("refused");
	await object.fill(count, 422);
	await object.quiet();
	await object.start();
}

/** How long they take to start, and what the isolate and workerd hold then. */
async function startBoth(empty: FilledObject): Promise<Times & { memory: number; heap: Pair }> {
	const heap: Pair = [rounded(await full.heap()), rounded(await empty.heap())];
	const times: Pair[] = [];
	while (times.length < STARTS) {
		const ms = await empty.start();
		times.push([await full.start(), ms]);
	}
	return { ...timesOf(times), memory: rounded(full.memory()), heap };
}

/** Payments while nothing is due: the clock is set back before their own polls are. */
async function idlePairs(empty: FilledObject, at: number): Promise<Times> {
	const times: Pair[] = [];
	while (times.length < PAIRS) {
		for (const object of [full, empty]) await object.setClock(at);
		times.push(...(await inTurns(empty, pay, Math.min(250, PAIRS - times.length))));
	}
	return timesOf(times);
}

/** Measures both by turns, another one first each time, until there are enough pairs or the time is over. */
async function inTurns(
	empty: FilledObject,
	work: (object: FilledObject) => Promise<number>,
	count: number,
	end = Number.POSITIVE_INFINITY,
): Promise<Pair[]> {
	const times: Pair[] = [];
	while (times.length < count && performance.now() < end) {
		const pair: Pair = [0, 0];
		const turns = [full, empty].map((object, index) => async () => {
			pair[index] = await work(object);
			// Work after an answer must not slow down the next one.
			await new Promise((resolve) => setTimeout(resolve, REST_MS));
		});
		for (const turn of times.length % 2 === 0 ? turns : turns.reverse()) await turn();
		times.push(pair);
	}
	return times;
}

function pay(object: FilledObject): Promise<number> {
	return object.pay();
}

async function pagesOf(empty: FilledObject): Promise<Pages> {
	const pages: Pages = {};
	for (const [filter, query] of Object.entries(FILTERS)) {
		const page = (object: FilledObject) => object.page(`limit=${PAGE}${query}`);
		const rows = [];
		for (const object of [full, empty]) {
			const { rowsRead } = await object.measured();
			const { ids } = await page(object);
			if (ids.length !== (query.includes("dead") ? 0 : PAGE))
				throw new Error(`a page by ${filter} has ${ids.length} payments`);
			rows.push((await object.measured()).rowsRead - rowsRead);
		}
		const [rowsRead = 0, rowsReadEmpty = 0] = rows;
		const times = await inTurns(empty, async (object) => (await page(object)).ms, PAGES);
		pages[filter] = { rowsRead, rowsReadEmpty, ...timesOf(times) };
	}
	return pages;
}

/** Moves the clock, and waits until all that is due is done. */
async function settle(object: FilledObject, at: number): Promise<void> {
	await object.setClock(at);
	await object.ring();
	await object.quiet();
}

/** Measures polls as they come due, beside payments. */
async function pace(empty: FilledObject, first: number) {
	await full.mode("settling", POLL_MS);
	for (const object of [full, empty]) await settle(object, first + FIRST_POLL_MS);
	const { late } = await full.measured();
	const [polls, beganAt] = [await full.polls(), performance.now()];
	const payment = timesOf(await inTurns(empty, pay, Number.POSITIVE_INFINITY, beganAt + PACE_MS));
	const seconds = (performance.now() - beganAt) / SECOND;
	const done = rounded(((await full.polls()) - polls) / seconds);
	const lateLogs = (await full.measured()).late.length - late.length;
	// Those payments become final before all others are overdue.
	await settle(full, first + PACE_MS + 2 * MINUTE);
	return { done, payment, late: lateLogs };
}

/** Measures while all polls are overdue. */
async function catchUp(payments: number) {
	const { late } = await full.measured();
	const polls = await full.polls();
	await full.setClock(startedAt + HOUR + payments * SECOND);
	const beganAt = performance.now();
	void full.ring();
	let done = 0;
	while (done < payments && performance.now() - beganAt < OVERDUE_MS) {
		await new Promise((resolve) => setTimeout(resolve, 50));
		done = (await full.polls()) - polls;
	}
	const seconds = (performance.now() - beganAt) / SECOND;
	const lateLogs = (await full.measured()).late.slice(late.length);
	return {
		done: rounded(done / seconds),
		late: lateLogs.length,
		count: Number(lateLogs[0]?.["flinkspay.due.count"] ?? 0),
	};
}

/** Each figure is the median of the rounds' own, so that a machine that stalls for a moment spoils one round alone. */
function timesOf(pairs: readonly Pair[]): Times {
	const count = Math.max(1, Math.floor(pairs.length / ROUND));
	const rounds = Array.from({ length: count }, (_, round) =>
		pairs.slice(round * ROUND, round === count - 1 ? undefined : (round + 1) * ROUND),
	);
	const of = (share: number, side: 0 | 1) =>
		quantile(
			rounds.map((all) =>
				quantile(
					all.map((pair) => pair[side]),
					share,
				),
			),
			0.5,
		);
	const at = (share: number): Pair => [rounded(of(share, 0)), rounded(of(share, 1))];
	return { count: pairs.length, p50: at(0.5), p99: at(0.99) };
}

function load(): number {
	return rounded(loadavg()[0]);
}

function rounded(value = 0): number {
	return Math.round(value * 100) / 100;
}

function roomIn(path: string): number {
	try {
		const { bavail, bsize } = statfsSync(path);
		return bavail * bsize;
	} catch {
		return 0;
	}
}

async function publish(): Promise<void> {
	await writeFile(new URL("../../bench/open.json", import.meta.url), `${JSON.stringify(figures, undefined, "\t")}\n`);
	const page = new URL("../../docs/scale.md", import.meta.url);
	await publishTable("open", openTable(figures), page);
	await publishTable("herd", herdTable(), page);
	const { install } = await import("../../bench/install.ts");
	await install();
	await drawOpen(figures);
}
