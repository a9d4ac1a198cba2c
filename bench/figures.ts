// From what was measured to the table: each figure against its goal. One that is not met stays, with the reason.

import type { Figures as Open } from "../tests/load/open-table.ts";
import { type Size, WEIGHT } from "./parts.ts";

/** All that a run has measured. */
export interface Measured {
	machine: string;
	date: string;
	/** Of the machine, in the course of the run. */
	loadAverage: number[];
	seconds: number;
	/** One value for each round, by what was measured. */
	samples: Record<string, number[]>;
	memory: Record<"initial" | "afterThousand" | "afterPayments" | "afterFailures", Held> & { failures: number };
	tokens: string[][];
	/** Of `npm run size`, `npm run load` and `npm run load:open`, where they have run. */
	size: Pick<Size, "carried"> | undefined;
	underFaults: { seconds: number; connections: number; hung: number; unexplained: number } | undefined;
	open: Pick<Open, "sizes"> | undefined;
}

/** By the wasm instance. */
export interface Held {
	bytes: number;
	/** How many values of the host it has room for. */
	values: number;
}

/** One line of the table. */
export interface Figure {
	figure: string;
	unit: string;
	ours: number;
	handWritten?: number;
	/** The second time that the same JavaScript was measured. */
	handWrittenAgain?: number;
	peer?: number;
	/** What `ratio` compares with, where that is not hand-written JavaScript. */
	against?: { name: string; value: number };
	ratio?: number;
	goal: string;
	/** Nothing where there is no goal. */
	met?: boolean;
	/** What is striven for beyond the goal, and whether it was reached. */
	strive?: { value: string; met: boolean };
	/** Why not, and what was tried. */
	reason?: string;
}

/** Where the time goes that a figure misses by. A reason is shown only while its figure is not met. */
const REASONS: Readonly<Record<string, string>> = {
	cpu: "strings, properties and microtasks across the boundary: each header, field and await is a call of its own",
	instant: "the client's own work, as above, over a network that takes no time",
	webhook: "HMAC-SHA-256 in wasm, which has no instructions for it, against native code that has",
	startup: "the module's size",
	open: "polls and payments share an object's one thread",
	ledger: "the Worker's own checks (Hono with validation by a schema, two hashes of the API key) beside the client",
	memory: "slots of values that were not given back",
	size: WEIGHT,
	slow: "the client's own work and timers beside the network",
};

export function middle(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function figures({ samples, memory, size, underFaults, open }: Measured): Figure[] {
	const of = (name: string) => middle(samples[name] ?? []);
	// A round's own ratio: what slowed the machine in that round slowed both.
	const ratio = (one: string, other: string) =>
		middle((samples[one] ?? []).map((value, round) => value / (samples[other]?.[round] ?? Number.NaN)));
	const sides = (prefix: string) => ({
		ours: of(`${prefix} ours`),
		handWritten: of(`${prefix} handWritten`),
		handWrittenAgain: of(`${prefix} handWrittenAgain`),
		peer: of(`${prefix} peer`),
		ratio: ratio(`${prefix} ours`, `${prefix} handWritten`),
	});
	const atMost = (most: number, value: number, strive?: number) => ({
		goal: `at most ${most} x`,
		met: value <= most,
		...(strive === undefined ? {} : { strive: { value: `${strive} x`, met: value <= strive } }),
	});

	const constant = (what: keyof Held) => {
		const { afterThousand: first, afterPayments, afterFailures } = memory;
		return { goal: "constant", met: afterPayments[what] === first[what] && afterFailures[what] === first[what] };
	};

	const warm = ratio("slow warm", "slow bareWarm");
	const cold = ratio("slow ours", "slow bare");
	const found: (Figure & { why: string })[] = [
		{
			figure: "a payment, 50 ms for each call, cold, in workerd",
			unit: "ms",
			...sides("slow"),
			against: { name: "its 3 round trips alone", value: of("slow bare") },
			ratio: cold,
			...atMost(1.03, cold),
			why: "slow",
		},
		{
			figure: "the same with a warm token",
			unit: "ms",
			ours: of("slow warm"),
			against: { name: "its 2 round trips alone", value: of("slow bareWarm") },
			ratio: warm,
			...atMost(1.03, warm),
			why: "slow",
		},
	];
	for (const at of [1, 64]) {
		const prefix = `instant ${at}`;
		const own = sides(prefix);
		found.push({
			figure: `a payment, instant upstream, ${at} at once, in workerd`,
			unit: "ms",
			...own,
			...atMost(1.15, own.ratio, 1.1),
			why: "instant",
		});
	}
	for (const [where, prefix] of [
		["Node.js", "cpu"],
		["workerd", "cpu in workerd"],
	] as const) {
		const own = sides(prefix);
		const figure = `own work for a payment, fetch stubbed, in ${where}`;
		found.push({ figure, unit: "us", ...own, ...atMost(8, own.ratio, 6), why: "cpu" });
	}
	const startup = { ours: of("startup compileAndInstantiate"), peer: of("startup peer") };
	const webhook = ratio("webhook ours", "webhook byHand");
	found.push(
		{
			figure: "compile and instantiate in workerd; of the peer, to run its module",
			unit: "ms",
			...startup,
			goal: "below 3 ms",
			met: startup.ours < 3,
			why: "startup",
		},
		{
			figure: "a webhook of 2 kB, in workerd; by hand over WebCrypto",
			unit: "us",
			ours: of("webhook ours"),
			handWritten: of("webhook byHand"),
			ratio: webhook,
			...atMost(1.5, webhook),
			why: "webhook",
		},
		...[
			{ name: "WebCrypto's HMAC alone, its key imported each time", sample: "webhook webCrypto" },
			{ name: "WebCrypto's HMAC alone, its key kept", sample: "webhook webCryptoKeptKey" },
		].map(({ name, sample }) => ({
			figure: "the same",
			unit: "us",
			ours: of("webhook ours"),
			against: { name, value: of(sample) },
			ratio: ratio("webhook ours", sample),
			goal: "none",
			why: "webhook",
		})),
		{
			figure: "memory of a new instance",
			unit: "KiB",
			ours: memory.initial.bytes / 1024,
			goal: "at most 256 KiB",
			met: memory.initial.bytes <= 256 * 1024,
			why: "memory",
		},
		{
			figure: "memory after 100,000 payments, and as many failures",
			unit: "KiB",
			ours: memory.afterFailures.bytes / 1024,
			against: { name: "after 1,000 payments", value: memory.afterThousand.bytes / 1024 },
			...constant("bytes"),
			why: "memory",
		},
		{
			figure: "room for values of the host after the same",
			unit: "values",
			ours: memory.afterFailures.values,
			against: { name: "after 1,000 payments", value: memory.afterThousand.values },
			...constant("values"),
			why: "memory",
		},
	);
	const p99 = ratio("worker direct p99", "worker proxy p99");
	const wholeP99 = ratio("worker withoutLedger p99", "worker proxy p99");
	const compared = (unit: string) => ({ name: "a bare proxy", value: of(`worker proxy ${unit}`) });
	found.push(
		{
			figure: "a Worker that asks the client directly, 64 at once: p99",
			unit: "ms",
			ours: of("worker direct p99"),
			against: compared("p99"),
			ratio: p99,
			...atMost(1.25, p99),
			why: "cpu",
		},
		{
			figure: "the Worker without its ledger, 64 at once: p99",
			unit: "ms",
			ours: of("worker withoutLedger p99"),
			against: compared("p99"),
			ratio: wholeP99,
			...atMost(1.25, wholeP99),
			why: "ledger",
		},
		{
			figure: "the Worker with its ledger, 64 at once: p99",
			unit: "ms",
			ours: of("worker withLedger p99"),
			against: compared("p99"),
			ratio: ratio("worker withLedger p99", "worker proxy p99"),
			goal: "none",
			why: "ledger",
		},
	);
	for (const [worker, who] of [
		["direct", "a Worker that asks the client directly"],
		["withoutLedger", "the Worker without its ledger"],
		["withLedger", "the Worker with its ledger"],
	]) {
		found.push({
			figure: `${who}, 64 at once`,
			unit: "payments/s",
			ours: of(`worker ${worker} payments`),
			against: compared("payments"),
			ratio: ratio(`worker ${worker} payments`, "worker proxy payments"),
			goal: "none",
			why: "ledger",
		});
	}
	if (underFaults) {
		const { seconds, connections, hung, unexplained } = underFaults;
		found.push({
			figure: `the Worker, ${connections} at once for ${seconds / 60} minutes, 5 % faults: hung or unexplained (\`npm run load\`)`,
			unit: "answers",
			ours: hung + unexplained,
			goal: "0",
			met: hung + unexplained === 0,
			why: "ledger",
		});
	}
	const most = open?.sizes.at(-1);
	if (most?.paced) {
		const [ours, empty] = most.paced.payment.p99;
		found.push({
			figure: `a payment, p99, in an object with ${most.payments.toLocaleString("en")} open ones (\`npm run load:open\`)`,
			...{ unit: "ms", ours, against: { name: "an empty object", value: empty }, ratio: ours / empty },
			...atMost(1.5, ours / empty),
			why: "open",
		});
	}
	if (size) {
		const { name, ours, goal, met, strive } = size.carried;
		found.push({
			figure: `${name} (\`npm run size\`)`,
			unit: "kB",
			ours: ours / 1_000,
			goal: `at most ${goal / 1_000} kB`,
			met,
			strive: { value: `${strive / 1_000} kB`, met: ours <= strive },
			why: "size",
		});
	}
	return found.map(({ why, ...figure }) => {
		const reason = REASONS[why];
		return figure.met === false && reason ? { ...figure, reason } : figure;
	});
}

function verdict({ met, strive, reason }: Figure): string {
	if (met === undefined) return "";
	if (!met) return `not met: ${reason}`;
	return strive === undefined ? "met" : `met; striving for ${strive.value}: ${strive.met ? "met" : "not yet"}`;
}

/** The README's table, the head first. */
export function rowsOf(results: readonly Figure[], { machine, date, loadAverage, seconds }: Measured): string[][] {
	const number = (value: number | undefined, digits = value !== undefined && value < 10 ? 2 : 1) =>
		value === undefined ? "" : value >= 1_000 ? Math.round(value).toLocaleString("en") : value.toFixed(digits);
	const rows = results.map((one) => [
		one.figure,
		`${number(one.ours)} ${one.unit}`,
		one.handWritten === undefined
			? ""
			: `${number(one.handWritten)}${one.handWrittenAgain === undefined ? "" : `, again ${number(one.handWrittenAgain)}`}`,
		number(one.peer),
		one.against === undefined ? "" : `${one.against.name}: ${number(one.against.value)}`,
		one.ratio === undefined ? "" : `${number(one.ratio, 2)} x`,
		one.goal,
		verdict(one),
	]);
	const least = Math.min(...loadAverage);
	const about = `${machine}, ${date.slice(0, 16).replace("T", " ")} UTC, ${seconds} s, load average ${least} to ${Math.max(...loadAverage)}`;
	return [
		["figure", "ours", "hand-written", "peer", "against", "ratio", "goal", ""],
		...rows,
		["machine and time", about, "", "", "", "", "", ""],
	];
}
