// `npm run test:slow -- load`: the Worker in workerd in front of a sandbox of which one call in twenty fails, and callers who ask as
// fast as it answers. It passes when no caller hangs, each answer is explained by what the upstream did, and the memory
// of workerd stays within its bound. A run in full writes bench/load.json and the tables of docs/scale.md.
//
// The upstream is the sandbox, since it refuses what Flinks would refuse, such as a token that is sent twice. It runs in this
// process with the callers, so that its journal can be read; their work is part of the times.

import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { createSandbox } from "../../sandbox/src/sandbox.ts";
import { Chance } from "../crash/chance.ts";
import { Gateway } from "../crash/gateway.ts";
import { bundle, Workerd } from "../crash/workerd.ts";
import { publishTable } from "../page-table.ts";
import { Callers, type Exchange } from "./callers.ts";
import { Laws } from "./laws.ts";
import { FAULTS, Faults } from "./upstream-faults.ts";

const FAULT_SHARE = 0.05;
/** The first part of the run, after which memory must have found its level. */
const WARM_UP = 0.4;
/** How much more than by then workerd may hold later. */
const GROWTH = 1.25;
/** Keys that are repeated at the end. */
const SAMPLE = 200;

const { values } = parseArgs({
	options: { seconds: { type: "string" }, connections: { type: "string" }, seed: { type: "string" } },
});
const seconds = whole("seconds", values.seconds, 300);
const connections = whole("connections", values.connections, 64);
const seed = whole("seed", values.seed, 1);

const secrets = {
	...{ FLINKS_USERNAME: crypto.randomUUID(), FLINKS_PASSWORD: crypto.randomUUID() },
	API_KEY: crypto.randomUUID(),
};
const sandbox = createSandbox({
	credentials: { username: secrets.FLINKS_USERNAME, password: secrets.FLINKS_PASSWORD },
});
const gateway = new Gateway(sandbox);
const faults = new Faults(gateway, sandbox, new Chance(seed), FAULT_SHARE);
const folder = await bundle([], "worker/src/index.ts");
const workerd = await Workerd.start({
	...{ folder, state: "state" },
	bindings: { ...secrets, FLINKS_BASE_URL: await gateway.listen() },
});
const callers = new Callers(workerd.url, secrets.API_KEY, sandbox, new Chance(seed + 1));

const memory: number[] = [];
const sampling = setInterval(() => memory.push(residentMegabytes()), 1_000);
await callers.run(connections, performance.now() + seconds * 1_000);
clearInterval(sampling);
const cpuSeconds = cpuSecondsUsed();

const complaints: string[] = [];
const under = callers.exchanges.slice();
const unknown = new Set(under.flatMap(({ text }) => /"outcome_unknown".*"id":"([^"]+)"/.exec(text)?.[1] ?? []));
const listed = await callers.list("unknown");
if (listed.length !== unknown.size) complaints.push(`${unknown.size} are unknown, and ${listed.length} are listed so`);
if ((await callers.list("in_progress")).length > 0)
	complaints.push("payments are in progress after the last caller has ended");
const keys = [...new Set(under.flatMap(({ key }) => key ?? []))];
const sample = Array.from(
	{ length: Math.min(SAMPLE, keys.length) },
	(_, i) => keys[Math.floor((i * keys.length) / SAMPLE)],
);
await Promise.all(sample.map((key = "") => callers.repeat(key)));
await workerd.kill();
gateway.close();

complaints.push(...new Laws(callers.exchanges, gateway.wire, faults).complaints);
const hung = under.filter(({ status }) => status === 0).length;
const warm = Math.max(...memory.slice(0, Math.ceil(memory.length * WARM_UP)));
const most = Math.max(...memory.slice(Math.ceil(memory.length * WARM_UP)));
if (most > warm * GROWTH) complaints.push(`workerd held ${warm} MB after the warm-up, and ${most} MB later on`);

const met = gateway.wire.flatMap((sent) => faults.of(sent).fault ?? []);
const figures = {
	...{ seconds, connections, seed, machine: `${availableParallelism()} x ${cpus()[0]?.model.trim()}` },
	payments: answersOf("pay"),
	repeats: answersOf("repeat"),
	reads: answersOf("read"),
	upstream: {
		calls: gateway.wire.length,
		faults: Object.fromEntries(FAULTS.map((fault) => [fault, met.filter((one) => one === fault).length])),
	},
	milliseconds: {
		"a payment that was made": percentiles(({ route, status }) => route === "pay" && status === 201),
		"an answer that was given before": percentiles(({ replayed }) => replayed),
		"a read": percentiles(({ route, status }) => route === "read" && status === 200),
		"any answer": percentiles(() => true),
	},
	// A machine that does other work spoils the times above; these figures show whether it did.
	cpu: { millisecondsAnAnswer: round((cpuSeconds * 1_000) / under.length), loadAverage: round(loadavg()[1] ?? 0) },
	memoryMegabytes: { atStart: memory[0], whileWarmingUp: warm, afterwards: most, atTheEnd: memory.at(-1) },
	hung,
	unexplained: complaints.length,
};
console.log(JSON.stringify(figures, undefined, "\t"));
for (const complaint of complaints.slice(0, 20)) console.error(complaint);
// A shorter run says nothing about a full one.
if (Object.keys(values).length === 0) await publish();
process.exit(complaints.length > 0 ? 1 : 0);

function residentMegabytes(): number {
	const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${workerd.pid}/status`, "utf8"))?.[1];
	return Math.round(Number(kilobytes) / 1024);
}

/** What workerd has used of the processors, in hundredths by Linux. */
function cpuSecondsUsed(): number {
	const [, user, system] = /\) (?:\S+ ){11}(\d+) (\d+)/.exec(readFileSync(`/proc/${workerd.pid}/stat`, "utf8")) ?? [];
	return (Number(user) + Number(system)) / 100;
}

function answersOf(route: Exchange["route"]): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const { status, text } of under.filter((exchange) => exchange.route === route)) {
		const { code, outcome } = status >= 400 ? JSON.parse(text) : {};
		const name = code === undefined ? String(status) : `${status} ${code}, ${outcome}`;
		counts[name] = (counts[name] ?? 0) + 1;
	}
	return Object.fromEntries(Object.entries(counts).sort());
}

function round(value: number): number {
	return Math.round(value * 10) / 10;
}

function percentiles(of: (exchange: Exchange) => boolean): Record<"p50" | "p95" | "p99", number> {
	const times = under
		.filter(of)
		.map(({ began, ended }) => ended - began)
		.sort((a, b) => a - b);
	const at = (share: number) => Math.round(times[Math.floor(times.length * share)] ?? 0);
	return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

async function publish(): Promise<void> {
	await writeFile(new URL("../../bench/load.json", import.meta.url), `${JSON.stringify(figures, undefined, "\t")}\n`);
	const page = new URL("../../docs/scale.md", import.meta.url);
	const { milliseconds, memoryMegabytes, upstream, cpu } = figures;
	const all = under.length;
	await publishTable(
		"load",
		[
			["under load", ""],
			["connections, seconds", `${connections}, ${seconds}`],
			["answers", `${all} (${Math.round(all / seconds)} a second)`],
			["payments that could be made", `${figures.payments["201"]}`],
			["calls upstream, of which failed on purpose", `${upstream.calls}, ${met.length}`],
			["calls that hung, answers that nothing explains", `${hung}, ${complaints.length}`],
			...Object.entries(milliseconds).map(([what, { p50, p95, p99 }]) => [
				`${what}: p50, p95, p99`,
				`${p50} ms, ${p95} ms, ${p99} ms`,
			]),
			["processor time of workerd for an answer, alarms included", `${cpu.millisecondsAnAnswer} ms`],
			[`load average of the machine, which has ${availableParallelism()} processors`, `${cpu.loadAverage}`],
			["machine, time", `${figures.machine}, ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`],
			["memory of workerd: at most while warming up, afterwards", `${warm} MB, ${memoryMegabytes.afterwards} MB`],
		],
		page,
	);
}

function whole(name: string, text: string | undefined, usual: number): number {
	const value = Number(text ?? usual);
	if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number from 1`);
	return value;
}
