// `npm run bench`: all figures in one run, in turns, so that the machine's noise falls on every side. It prints the tables,
// writes results.json, the chart, the tables of docs/figures.md, and what becomes of tokens into docs/scale.md.
//
// Each ratio is the middle of the rounds' own ratios. What something is held against is measured twice: where the
// difference is no larger than that of the same from itself, none is claimed.

import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { partsOf, rowsWritten } from "../tests/lifetime/bill.ts";
import { publishTable, readTable } from "../tests/page-table.ts";
import { drawLatency } from "./charts.ts";
import { comparedRowsOf, comparisons, figures, type Measured, rowsOf } from "./figures.ts";
import { install } from "./install.ts";
import { bundle, gzipped, shippedModule } from "./parts.ts";
import { quantile } from "./spread.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const scale = new URL("../docs/scale.md", import.meta.url);
await install();
// They import what was installed just now.
const { load } = await import("./load.ts");
const { measure, reads, simulate } = await import("./tokens.ts");
const { moduleOf } = await import("./workerd.ts");
const { startAll } = await import("./workers.ts");

const began = performance.now();
const upstreamProcess = fork(`${here}upstream.ts`);
const [upstream] = await once(upstreamProcess, "message");
const { origins, ask } = await startAll(upstream);
const samples: Measured["samples"] = {};
const loads = [loadavg()[0] ?? 0];

// The first payments of each are much slower than the others, and are in no figure.
await inWorkerd(5, [1, 64], false);
await inWorkerd(20, [1, 64], true);
await slow(15);
await ownWork(12);
await webhooks(15);
await startUp(30);
await workers(5);
const cpu = JSON.parse((await promisify(execFile)(process.execPath, [`${here}cpu.ts`])).stdout);
for (const [side, times] of Object.entries(cpu)) samples[`cpu ${side}`] = times as number[];
const memory = JSON.parse((await promisify(execFile)(process.execPath, [`${here}memory.ts`])).stdout);
const tokens = await warmTokens();
upstreamProcess.disconnect();

const measured: Measured = {
	machine: `${availableParallelism()} x ${cpus()[0]?.model.trim()}`,
	date: new Date().toISOString(),
	// Of a machine that does other work too; with this command alone it is at most 2.
	loadAverage: [...loads, loadavg()[0] ?? 0].map((value) => Math.round(value * 10) / 10),
	seconds: Math.round((performance.now() - began) / 1_000),
	samples,
	memory,
	tokens,
	reads: await sharedTokens(),
	carried: await carried(),
	underFaults: await json("load.json"),
	open: await json("open.json"),
	rowsWritten: rowsWritten(partsOf(await readTable("used", scale))),
};
const results = figures(measured);
const compared = comparisons(measured);
const { samples: _, underFaults: __, open: ___, ...about } = measured;
await writeFile(
	`${here}results.json`,
	`${JSON.stringify({ ...about, figures: results, compared }, undefined, "\t")}\n`,
);
await publishTable("figures", rowsOf(results, measured));
await publishTable("compared", comparedRowsOf(compared));
await publishTable("warm-tokens", measured.tokens, scale);
await publishTable("shared-tokens", measured.reads, scale);
await drawLatency({
	"warm token": samples["each slow warm"] ?? [],
	cold: samples["each slow ours"] ?? [],
	"hand-written": samples["each slow handWritten"] ?? [],
	peer: samples["each slow peer"] ?? [],
});
const missed = results.filter(({ met }) => met === false).length;
console.log(`\n${results.length} figures, ${missed} not met, in ${measured.seconds} s`);
process.exit();

function keep(name: string, ...values: number[]): void {
	const kept = samples[name] ?? [];
	samples[name] = kept;
	kept.push(...values);
}

/** Each of them in each round, and another one first in each. */
async function inTurns(rounds: number, works: readonly (() => Promise<void>)[]): Promise<void> {
	const order = [...works];
	for (let round = 0; round < rounds; round += 1) {
		order.push(...order.splice(0, 1));
		for (const work of order) await work();
	}
	loads.push(loadavg()[0] ?? 0);
}

async function inWorkerd(rounds: number, widths: readonly number[], isKept: boolean): Promise<void> {
	for (const at of widths) {
		const count = at === 1 ? 100 : 256;
		const work = (side: string) => async () => {
			const { ms } = await ask(side, { upstream: upstream.instant, count, at });
			if (isKept) keep(`instant ${at} ${side}`, ms / count);
		};
		await inTurns(rounds, ["ours", "handWritten", "handWrittenAgain", "peer"].map(work));
	}
}

async function slow(rounds: number): Promise<void> {
	// The clock has whole milliseconds: the mean of several has finer ones.
	const count = 4;
	const work = (side: string, name: string, more: object) => async () => {
		const { times } = await ask(side, { upstream: upstream.slow, count, at: 1, ...more });
		keep(`slow ${name}`, times.reduce((sum, ms) => sum + ms, 0) / count);
		keep(`each slow ${name}`, ...times);
	};
	await inTurns(rounds, [
		...["ours", "handWritten", "handWrittenAgain", "peer", "bare"].map((side) => work(side, side, {})),
		work("ours", "warm", { warm: 1 }),
		work("bare", "bareWarm", { warm: 1 }),
	]);
}

async function ownWork(rounds: number): Promise<void> {
	const count = 3_000;
	const work = (side: string) => async () => {
		const [all, stub] = [await ask(side, { count }, "/cpu"), await ask(side, { count, nothing: 1 }, "/cpu")];
		keep(`cpu in workerd ${side}`, ((all.ms - stub.ms) * 1_000) / count);
	};
	await inTurns(rounds, ["ours", "handWritten", "handWrittenAgain", "peer"].map(work));
}

async function webhooks(rounds: number): Promise<void> {
	const count = 2_500;
	const work = (side: string) => async () => {
		keep(`webhook ${side}`, ((await ask("webhook", { side, count })).ms * 1_000) / count);
	};
	await inTurns(rounds, ["ours", "byHand", "byHandAgain", "webCrypto", "webCryptoKeptKey"].map(work));
}

async function startUp(rounds: number): Promise<void> {
	const work = (side: string) => async () => {
		const { ms, compileMs } = await ask("startup", { side, count: 10 });
		keep(`startup ${side}`, ms);
		if (side === "compileAndInstantiate") keep("startup compile", compileMs);
	};
	await inTurns(rounds, ["compileAndInstantiate", "peer", "stripe"].map(work));
}

async function workers(rounds: number): Promise<void> {
	const work =
		(worker: string, name = worker) =>
		async () => {
			const ms = 1_000;
			const times = await load(origins[worker] ?? "", 64, ms);
			keep(`worker ${name} payments`, (times.length * 1_000) / ms);
			keep(`worker ${name} p99`, quantile(times, 0.99));
		};
	const names = ["proxy", "direct", "withoutLedger", "withLedger"];
	for (const name of names) await load(origins[name] ?? "", 64, 1_000);
	// Within the 30 seconds before the ledger begins to ask how the payments stand.
	await inTurns(rounds, [...names.map((name) => work(name)), work("proxy", "proxyAgain")]);
}

/** The table of docs/scale.md, the head first. */
async function warmTokens(): Promise<string[][]> {
	const pools = [1, 5, 20];
	const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
	const rows = [["payments a second", "`LEDGER_SHARDS`", ...pools.map((n) => `\`FLINKS_WARM_TOKENS\` ${n}`)]];
	for (const shards of [16, 4]) {
		for (const rate of [0.1, 1, 10, 100]) {
			const about = { rate, shards, seconds: Math.min(86_400, Math.max(600, 20_000 / rate)), seed: 1 };
			const cells = pools.map((n) => {
				const { died, found } = simulate({ ...about, warmTokens: n });
				return `${percent(died)}, ${percent(found)}`;
			});
			rows.push([String(rate), String(shards), ...cells]);
		}
	}
	const check = { rate: 0.1, shards: 16, warmTokens: 1, seconds: 20_000, seed: 2 };
	const { died, found } = await measure(check);
	rows.push(["0.1, with the client and the sandbox", "16", `${percent(died)}, ${percent(found)}`, "", ""]);
	return rows;
}

/** The other table of docs/scale.md, the head first. */
async function sharedTokens(): Promise<string[][]> {
	const rows = [["payments of one object", "reads", "requests for tokens", "requests for each read (2 unless shared)"]];
	for (const [what, settings] of [
		["one", { payments: 1, seconds: 0, seed: 1 }],
		["ten in an hour", { payments: 10, seconds: 3_600, seed: 2 }],
		["a hundred in an hour", { payments: 100, seconds: 3_600, seed: 3 }],
		["a thousand in an hour", { payments: 1_000, seconds: 3_600, seed: 4 }],
	] as const) {
		const { asked, authorized } = await reads(settings);
		const each = ((asked + authorized) / asked).toFixed(2);
		rows.push([what, asked.toLocaleString("en"), String(authorized), each]);
	}
	return rows;
}

/** Bytes of what a Worker carries, each file minified and compressed by itself. */
async function carried(): Promise<Measured["carried"]> {
	const [module, javaScript] = await Promise.all([shippedModule(), bundle("edge")]);
	const other = async (contents: string) => gzipped(await moduleOf(contents));
	return {
		ours: gzipped(module) + gzipped(javaScript),
		handWritten: await other('export { newSide } from "./sides/hand-written.js";'),
		peer: await other('export { newSide } from "./sides/peer.js";'),
		stripe: await other('export { default } from "stripe";'),
	};
}

async function json(name: string): Promise<never | undefined> {
	const text = await readFile(`${here}${name}`, "utf8").catch(() => undefined);
	return text === undefined ? undefined : JSON.parse(text);
}
