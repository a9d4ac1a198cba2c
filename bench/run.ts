// `npm run bench` measures everything in one run and prints the tables. It writes results.json, the chart of latency, the tables
// of docs/figures.md, and those on tokens of docs/scale.md. The sides take turns, so that the machine's noise affects each of them.
// README.md says how the ratios and the noise are computed.

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
// These import what was just installed.
const { load } = await import("./load.ts");
const { countTokenRequests, measure, simulate } = await import("./tokens.ts");
const { bundle: bundleSide } = await import("./workerd.ts");
const { startAll } = await import("./workers.ts");

const began = performance.now();
const upstreamProcess = fork(`${here}upstream.ts`);
const [upstream] = await once(upstreamProcess, "message");
const { origins, call } = await startAll(upstream);
const samples: Measured["samples"] = {};
const loads = [loadavg()[0] ?? 0];

// The first payments of each side are much slower than the others, and are not recorded.
await instantUpstream(5, [1, 64], false);
await instantUpstream(20, [1, 64], true);
await slowUpstream(15);
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
	loadAverage: [...loads, loadavg()[0] ?? 0].map((value) => Math.round(value * 10) / 10),
	seconds: Math.round((performance.now() - began) / 1_000),
	samples,
	memory,
	tokens,
	reads: await sharedTokens(),
	carried: await carried(),
	underFaults: await readJson("load.json"),
	open: await readJson("open.json"),
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

function record(name: string, ...values: number[]): void {
	samples[name] = [...(samples[name] ?? []), ...values];
}

/** Runs all in each round, and starts each round with another one. */
async function inTurns(rounds: number, works: readonly (() => Promise<void>)[]): Promise<void> {
	const order = [...works];
	for (let round = 0; round < rounds; round += 1) {
		order.push(...order.splice(0, 1));
		for (const work of order) await work();
	}
	loads.push(loadavg()[0] ?? 0);
}

async function instantUpstream(rounds: number, widths: readonly number[], isRecorded: boolean): Promise<void> {
	for (const at of widths) {
		const count = at === 1 ? 100 : 256;
		const work = (side: string) => async () => {
			const { ms } = await call(side, { upstream: upstream.instant, count, at });
			if (isRecorded) record(`instant ${at} ${side}`, ms / count);
		};
		await inTurns(rounds, ["ours", "handWritten", "handWrittenAgain", "peer"].map(work));
	}
}

async function slowUpstream(rounds: number): Promise<void> {
	// workerd's clock has whole milliseconds, so the mean of several payments is recorded.
	const count = 4;
	const work = (side: string, name: string, more: object) => async () => {
		const { times } = await call(side, { upstream: upstream.slow, count, at: 1, ...more });
		record(`slow ${name}`, times.reduce((sum, ms) => sum + ms, 0) / count);
		record(`each slow ${name}`, ...times);
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
		const [all, stub] = [await call(side, { count }, "/cpu"), await call(side, { count, nothing: 1 }, "/cpu")];
		record(`cpu in workerd ${side}`, ((all.ms - stub.ms) * 1_000) / count);
	};
	await inTurns(rounds, ["ours", "handWritten", "handWrittenAgain", "peer"].map(work));
}

async function webhooks(rounds: number): Promise<void> {
	const count = 2_500;
	const work = (side: string) => async () => {
		record(`webhook ${side}`, ((await call("webhook", { side, count })).ms * 1_000) / count);
	};
	await inTurns(rounds, ["ours", "byHand", "byHandAgain", "webCrypto", "webCryptoKeptKey"].map(work));
}

async function startUp(rounds: number): Promise<void> {
	const work = (side: string) => async () => {
		record(`startup ${side}`, (await call("startup", { side, count: 10 })).ms);
	};
	await inTurns(rounds, ["compileAndInstantiate", "peer", "stripe"].map(work));
}

async function workers(rounds: number): Promise<void> {
	const work =
		(worker: string, name = worker) =>
		async () => {
			const ms = 1_000;
			const times = await load(origins[worker] ?? "", 64, ms);
			record(`worker ${name} payments`, (times.length * 1_000) / ms);
			record(`worker ${name} p99`, quantile(times, 0.99));
		};
	const names = ["proxy", "direct", "withoutLedger", "withLedger"];
	for (const name of names) await load(origins[name] ?? "", 64, 1_000);
	// These take less than the 30 seconds after which the ledger begins to poll the payments.
	await inTurns(rounds, [...names.map((name) => work(name)), work("proxy", "proxyAgain")]);
}

/** The table of warm tokens in docs/scale.md, its head first. */
async function warmTokens(): Promise<string[][]> {
	const pools = [1, 5, 20];
	const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
	const rows = [["payments a second", "`LEDGER_SHARDS`", ...pools.map((n) => `\`FLINKS_WARM_TOKENS\` ${n}`)]];
	for (const shards of [16, 4]) {
		for (const rate of [0.1, 1, 10, 100]) {
			const about = { rate, shards, seconds: Math.min(86_400, Math.max(600, 20_000 / rate)), seed: 1 };
			const cells = pools.map((n) => {
				const { expired, found } = simulate({ ...about, warmTokens: n });
				return `${percent(expired)}, ${percent(found)}`;
			});
			rows.push([String(rate), String(shards), ...cells]);
		}
	}
	const check = { rate: 0.1, shards: 16, warmTokens: 1, seconds: 20_000, seed: 2 };
	const { expired, found } = await measure(check);
	rows.push(["0.1, with the client and the sandbox", "16", `${percent(expired)}, ${percent(found)}`, "", ""]);
	return rows;
}

/** The table of shared tokens in docs/scale.md, its head first. */
async function sharedTokens(): Promise<string[][]> {
	const rows = [["payments of one object", "reads", "requests for tokens", "requests for each read (2 unless shared)"]];
	for (const [what, settings] of [
		["one", { payments: 1, seconds: 0, seed: 1 }],
		["ten in an hour", { payments: 10, seconds: 3_600, seed: 2 }],
		["a hundred in an hour", { payments: 100, seconds: 3_600, seed: 3 }],
		["a thousand in an hour", { payments: 1_000, seconds: 3_600, seed: 4 }],
	] as const) {
		const { reads, tokenRequests } = await countTokenRequests(settings);
		const each = ((reads + tokenRequests) / reads).toFixed(2);
		rows.push([what, reads.toLocaleString("en"), String(tokenRequests), each]);
	}
	return rows;
}

/** The bytes that each side adds to a Worker, each file minified and compressed by itself. */
async function carried(): Promise<Measured["carried"]> {
	const [module, javaScript] = await Promise.all([shippedModule(), bundle("edge")]);
	const other = async (source: string) => gzipped((await bundleSide(source)).contents);
	return {
		ours: gzipped(module) + gzipped(javaScript),
		handWritten: await other('export { newSide } from "./sides/hand-written.js";'),
		peer: await other('export { newSide } from "./sides/peer.js";'),
		stripe: await other('export { default } from "stripe";'),
	};
}

async function readJson(name: string): Promise<never | undefined> {
	const text = await readFile(`${here}${name}`, "utf8").catch(() => undefined);
	return text === undefined ? undefined : JSON.parse(text);
}
