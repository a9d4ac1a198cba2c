// `npm run bench`: all figures in one run, in turns, so that the machine's noise falls on every side. It prints one table,
// writes results.json, the README's table and the chart, and the shares of warm tokens into docs/scale.md.
//
// Each ratio is the middle of the rounds' own ratios. How much hand-written JavaScript differs from itself is measured
// too: no ratio says more than that.

import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publishTable } from "../tests/readme-table.ts";
import { drawLatency, quantile } from "./charts.ts";
import { figures, type Measured, rowsOf } from "./figures.ts";
import { install } from "./install.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
await install();
// They import what was installed just now.
const { load } = await import("./load.ts");
const { measure, simulate } = await import("./tokens.ts");
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
await slow(25);
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
	// Of a machine that does other work too; with this command alone it is about 2.
	loadAverage: [...loads, loadavg()[0] ?? 0].map((value) => Math.round(value * 10) / 10),
	seconds: Math.round((performance.now() - began) / 1_000),
	samples,
	memory,
	tokens,
	size: await json("size.json"),
	underFaults: await json("load.json"),
	open: await json("open.json"),
};
const results = figures(measured);
const { samples: _, size: __, underFaults: ___, open: ____, ...about } = measured;
await writeFile(`${here}results.json`, `${JSON.stringify({ ...about, figures: results }, undefined, "\t")}\n`);
await publishTable("figures", rowsOf(results, measured));
await publishTable("warm-tokens", tokens, new URL("../docs/scale.md", import.meta.url));
await drawLatency({
	"warm token": samples["slow warm"] ?? [],
	cold: samples["slow ours"] ?? [],
	"hand-written": samples["slow handWritten"] ?? [],
	peer: samples["slow peer"] ?? [],
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
	const work = (side: string, name: string, more: object) => async () => {
		const { times } = await ask(side, { upstream: upstream.slow, count: 1, at: 1, ...more });
		keep(`slow ${name}`, ...times);
	};
	await inTurns(rounds, [
		...["ours", "handWritten", "handWrittenAgain", "peer", "bare"].map((side) => work(side, side, {})),
		work("ours", "warm", { warm: 1 }),
		work("bare", "bareWarm", { warm: 1 }),
	]);
}

async function ownWork(rounds: number): Promise<void> {
	const count = 300;
	const work = (side: string) => async () => {
		const [all, stub] = [await ask(side, { count }, "/cpu"), await ask(side, { count, nothing: 1 }, "/cpu")];
		keep(`cpu in workerd ${side}`, ((all.ms - stub.ms) * 1_000) / count);
	};
	await inTurns(rounds, ["ours", "handWritten", "handWrittenAgain", "peer"].map(work));
}

async function webhooks(rounds: number): Promise<void> {
	const count = 500;
	const work = (side: string) => async () => {
		keep(`webhook ${side}`, ((await ask("webhook", { side, count })).ms * 1_000) / count);
	};
	await inTurns(rounds, ["ours", "byHand", "webCrypto", "webCryptoKeptKey"].map(work));
}

async function startUp(rounds: number): Promise<void> {
	const work = (side: string) => async () => {
		const { ms, compileMs } = await ask("startup", { side, count: 5 });
		keep(`startup ${side}`, ms);
		if (side === "compileAndInstantiate") keep("startup compile", compileMs);
	};
	await inTurns(rounds, ["compileAndInstantiate", "peer"].map(work));
}

async function workers(rounds: number): Promise<void> {
	const work = (worker: string) => async () => {
		const ms = 1_000;
		const times = await load(origins[worker] ?? "", 64, ms);
		keep(`worker ${worker} payments`, (times.length * 1_000) / ms);
		keep(`worker ${worker} p99`, quantile(times, 0.99));
	};
	const names = ["proxy", "direct", "withoutLedger", "withLedger"];
	for (const name of names) await load(origins[name] ?? "", 64, 1_000);
	// Within the 30 seconds before the ledger begins to ask how the payments stand.
	await inTurns(rounds, names.map(work));
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

async function json(name: string): Promise<never | undefined> {
	const text = await readFile(`${here}${name}`, "utf8").catch(() => undefined);
	return text === undefined ? undefined : JSON.parse(text);
}
