// Makes the tables of docs/figures.md from the measurements: each figure with its goal and what it means. A goal that is not met
// has the reason beside it. If two sides differ by no more than one side measured twice (the noise), there is no verdict.

import type { Figures as Open } from "../tests/load/open-table.ts";
import { WEIGHT } from "./parts.ts";
import { noiseOf, ratios, type Spread, spread } from "./spread.ts";

/** The measurements of one run. */
export interface Measured {
	machine: string;
	date: string;
	/** Of the machine, several times during the run. */
	loadAverage: number[];
	seconds: number;
	/** The values of all rounds, by measurement and side: `instant 64 handWritten`. */
	samples: Record<string, number[]>;
	memory: Record<"initial" | "afterThousand" | "afterPayments" | "afterFailures", MemoryUse> & { failures: number };
	/** The tables of docs/scale.md. */
	tokens: string[][];
	reads: string[][];
	/** Bytes that each side adds to a Worker. */
	carried: Readonly<Record<"ours" | "handWritten" | "peer" | "stripe", number>>;
	/** Of the last `npm run test:slow -- load` and `npm run test:slow -- backlog`, if they have run. */
	underFaults: { seconds: number; connections: number; hung: number; unexplained: number } | undefined;
	open: Pick<Open, "sizes"> | undefined;
	/** For a payment that is final after ten minutes, from docs/scale.md. */
	rowsWritten: number;
}

/** What a wasm instance holds. */
export interface MemoryUse {
	bytes: number;
	/** How many JavaScript values it has slots for. */
	values: number;
}

/** One line of the table of goals. */
export interface Figure {
	figure: string;
	unit: string;
	ours: Spread;
	/** What ours is compared with. */
	against?: Spread & { name: string };
	/** The median of the rounds' ratios. */
	ratio?: Spread;
	/** By how much a side, measured twice, differs from itself. */
	noise?: number;
	goal: string;
	/** Missing if there is no goal, or if the difference is within the noise. */
	met?: boolean;
	/** A harder goal that is wanted and not required. */
	stretch?: { value: string; met: boolean };
	/** Why the goal is not met. */
	reason?: string;
	means: string;
}

/** One line of the table of all sides. */
export interface Compared {
	what: string;
	unit: string;
	sides: Partial<Record<"ours" | "handWritten" | "handWrittenAgain" | "peer" | "stripe", Spread>>;
	noise?: number;
}

/** Why a goal may not be met. A reason is shown only while its goal is not met. */
const REASONS = {
	cpu: "each field and each await is a call across the boundary between wasm and JavaScript",
	instant: "the client's own work (see below) counts fully where the network takes no time",
	webhook: "HMAC-SHA-256 runs in wasm, which has no instructions for it, and WebCrypto is native code that uses them",
	startup: "the module's size",
	open: "polls and payments share the one thread of an object",
	rows: "each poll writes an alarm and the time of the next poll, so that no crash repeats a poll at once; each change writes the payment, its index and its place in the feed",
	ledger:
		"the Worker's own checks (Hono, a schema, hashes) add to the client, which costs most: see own work in workerd",
	memory: "the module did not free everything",
	size: WEIGHT,
	slow: "the client's own work and timers add to the network",
	faults: "see bench/load.json",
};

/** The goal of a ratio. */
interface Limit {
	most: number;
	stretch?: number;
}

/** Two sides that were measured in the same rounds. */
interface Pair {
	figure: string;
	unit: string;
	ours: string;
	against: string;
	/** The side that was measured twice, first and second, for the noise. */
	twice: readonly [string, string];
	name: string;
	limit?: Limit;
	why: keyof typeof REASONS;
	means: (values: PairValues) => string;
}

interface PairValues {
	ours: number;
	against: number;
	isSeen: boolean;
	/** "1.00 ms longer than", or that the difference is within the noise. */
	longer: (unit: string) => string;
}

/** With more noise than this, "no difference seen" would say nothing. */
const TOO_NOISY = 0.25;

const BY_HAND = "hand-written";
const PROXY = "a bare proxy";

export function figures({ samples, memory, carried, underFaults, open, rowsWritten }: Measured): Figure[] {
	const value = (name: string) => spread(samples[name] ?? []);
	const pairs = [...slowUpstream(), ...instantUpstream(), ...ownWork()].map((pair) => compare(samples, pair));
	const startup = value("startup compileAndInstantiate");
	const compiled = startup.value < 3;
	return [
		...pairs,
		{
			...{
				figure: "compile and instantiate, in workerd",
				unit: "ms",
				ours: startup,
				goal: "below 3 ms",
				met: compiled,
			},
			...(compiled ? {} : { reason: REASONS.startup }),
			means: `the first payment of a new isolate waits ${number(startup.value)} ms for the module, once`,
		},
		...webhooks().map((pair) => compare(samples, pair)),
		...memories(memory),
		...workers().map((pair) => compare(samples, pair)),
		...(underFaults ? [faults(underFaults)] : []),
		...openPayments(open),
		billedRows(rowsWritten),
		weight(carried),
	];
}

function compare(samples: Measured["samples"], pair: Pair): Figure {
	const { figure, unit, name, limit, why } = pair;
	const [ours, against] = [spread(samples[pair.ours] ?? []), spread(samples[pair.against] ?? [])];
	const ratio = spread(ratios(samples[pair.ours], samples[pair.against]));
	const [first, again] = pair.twice;
	const noise = noiseOf(samples[first], samples[again]);
	const isSeen = !isWithin(noise, ratio);
	const longer: PairValues["longer"] = (unit) => {
		if (!isSeen) return `about as long (within the noise of ${percent(noise)}) as`;
		const difference = ours.value - against.value;
		return `${number(Math.abs(difference))} ${unit} ${difference > 0 ? "longer" : "shorter"} than`;
	};
	const met = ratio.value <= (limit?.most ?? Number.NaN);
	const means =
		!isSeen && noise > TOO_NOISY
			? `the noise of ${percent(noise)} hides any difference`
			: pair.means({ ours: ours.value, against: against.value, isSeen, longer });
	const shared = { figure, unit, ours, against: { name, ...against }, ratio, noise, means };
	if (limit === undefined) return { ...shared, goal: "none" };
	const { most, stretch } = limit;
	return {
		...{ ...shared, goal: `at most ${most} x` },
		...(isSeen ? { met } : {}),
		...(stretch === undefined ? {} : { stretch: { value: `${stretch} x`, met: ratio.value <= stretch } }),
		...(isSeen && !met ? { reason: REASONS[why] } : {}),
	};
}

function slowUpstream(): Pair[] {
	const shared = {
		unit: "ms",
		why: "slow",
		limit: { most: 1.03 },
		twice: ["slow handWritten", "slow handWrittenAgain"],
	} as const;
	const means =
		(trips: number): Pair["means"] =>
		({ longer }) =>
			`a payment that costs ${trips} x 50 ms of network takes ${longer("ms")} the network alone`;
	return [
		{
			...{ ...shared, figure: "a payment, 50 ms for each call, cold, in workerd", name: "its 3 round trips alone" },
			...{ ours: "slow ours", against: "slow bare", means: means(3) },
		},
		{
			...{ ...shared, figure: "the same with a warm token", name: "its 2 round trips alone" },
			...{ ours: "slow warm", against: "slow bareWarm", means: means(2) },
		},
	];
}

/** Ours compared with hand-written JavaScript, which was measured twice. */
function byHand(prefix: string): Pick<Pair, "ours" | "against" | "twice" | "name"> {
	const [ours, against] = [`${prefix} ours`, `${prefix} handWritten`];
	return { ours, against, twice: [against, `${prefix} handWrittenAgain`], name: BY_HAND };
}

function instantUpstream(): Pair[] {
	return [1, 64].map((at) => ({
		...{ ...byHand(`instant ${at}`), unit: "ms", limit: { most: 1.15, stretch: 1.1 }, why: "instant" },
		figure: `a payment, instant upstream, ${at} at once, in workerd`,
		means: ({ ours, longer }) =>
			at === 1
				? `over a network that takes no time a payment takes ${longer("ms")} by hand`
				: `${number(1_000 / ours)} payments a second; each takes ${longer("ms")} by hand`,
	}));
}

function ownWork(): Pair[] {
	const places = [
		["Node.js", "cpu"],
		["workerd", "cpu in workerd"],
	] as const;
	return places.map(([where, prefix]) => ({
		...{ ...byHand(prefix), unit: "us", limit: { most: 8, stretch: 6 }, why: "cpu" },
		figure: `own work for a payment, fetch stubbed, in ${where}`,
		// A thousand microseconds are a millisecond.
		means: ({ longer }) => `a thousand payments keep the processor busy for ${longer("ms")} by hand`,
	}));
}

function webhooks(): Pair[] {
	const shared = {
		unit: "us",
		ours: "webhook ours",
		why: "webhook",
		twice: ["webhook byHand", "webhook byHandAgain"],
	} as const;
	return [
		{
			...{ ...shared, figure: "a webhook of 2 kB, in workerd", against: "webhook byHand", limit: { most: 1.5 } },
			name: "by hand with WebCrypto",
			means: ({ longer }) => `checking a webhook takes ${longer("us")} with WebCrypto, and needs no await`,
		},
		{
			...{ ...shared, figure: "the same", against: "webhook webCrypto" },
			name: "WebCrypto's HMAC alone, its key imported each time",
			means: ({ against }) => `native code needs ${number(against)} us for the HMAC alone`,
		},
		{
			...{ ...shared, figure: "the same", against: "webhook webCryptoKeptKey" },
			name: "WebCrypto's HMAC alone, its key kept",
			means: ({ against }) => `native code that keeps the key needs ${number(against)} us`,
		},
	];
}

function memories(memory: Measured["memory"]): Figure[] {
	const { initial, afterThousand: first, afterPayments, afterFailures: last } = memory;
	const constant = (what: keyof MemoryUse, unit: string, figure: string, per: number): Figure => {
		const met = afterPayments[what] === first[what] && last[what] === first[what];
		return {
			...{ figure, unit, ours: { value: last[what] / per } },
			against: { name: "after 1,000 payments", value: first[what] / per },
			...{ goal: "constant", met, ...(met ? {} : { reason: REASONS.memory }) },
			means: met ? "an isolate does not grow with its payments" : "an isolate grows with its payments",
		};
	};
	const met = initial.bytes <= 256 * 1024;
	return [
		{
			...{ figure: "memory of a new instance", unit: "KiB", ours: { value: initial.bytes / 1024 } },
			...{ goal: "at most 256 KiB", met, ...(met ? {} : { reason: REASONS.memory }) },
			means: `${number((initial.bytes / (128 * 1024 * 1024)) * 100)} % of the 128 MB of an isolate`,
		},
		constant("bytes", "KiB", "memory after 100,000 payments, and as many failures", 1024),
		constant("values", "values", "slots for JavaScript values after the same", 1),
	];
}

function workers(): Pair[] {
	const shared = (worker: string, unit: string) =>
		({
			...{ ours: `worker ${worker} ${unit}`, against: `worker proxy ${unit}`, name: PROXY },
			twice: [`worker proxy ${unit}`, `worker proxyAgain ${unit}`],
		}) as const;
	const limit = { most: 1.25 };
	const all = [
		{ worker: "direct", who: "a Worker that only calls the client", why: "cpu", limit },
		{ worker: "withoutLedger", who: "the Worker without its ledger", why: "ledger", limit },
		{ worker: "withLedger", who: "the Worker with its ledger", why: "ledger" },
	] as const;
	return [
		...all.map(
			({ worker, who, ...more }): Pair => ({
				...{ ...shared(worker, "p99"), unit: "ms", figure: `${who}, 64 at once: p99`, ...more },
				means: ({ longer }) => `of 64 payments at once, the slowest 1 % take ${longer("ms")} through a proxy`,
			}),
		),
		...all.map(
			({ worker, who, why }): Pair => ({
				...{ ...shared(worker, "payments"), unit: "payments/s", figure: `${who}, 64 at once`, why },
				means: ({ ours, against, isSeen }) =>
					`${number(ours)} payments a second on a machine that also runs the callers and the upstream; ${isSeen ? `a proxy makes ${number(against)}` : "no visible difference from a proxy"}`,
			}),
		),
	];
}

function faults({ seconds, connections, hung, unexplained }: NonNullable<Measured["underFaults"]>): Figure {
	const count = hung + unexplained;
	const met = count === 0;
	return {
		figure: `the Worker, ${connections} at once for ${seconds / 60} minutes, 5 % faults: hung or unexplained (\`npm run test:slow -- load\`)`,
		...{ unit: "answers", ours: { value: count }, goal: "0", met, ...(met ? {} : { reason: REASONS.faults }) },
		means: met ? "every call ends, and each failure has a fault that explains it" : "not every failure is explained",
	};
}

/** Of the object with the most open payments: with nothing due or while it polls, whichever is worse. */
function openPayments(open: Measured["open"]): Figure[] {
	const most = open?.sizes.at(-1);
	if (most?.paced === undefined) return [];
	const ratio = ([ours, empty]: readonly [number, number]) => ours / empty;
	const [idle, polling] = [most.idle.p99, most.paced.payment.p99];
	const [ours, empty] = ratio(idle) > ratio(polling) ? idle : polling;
	const met = ours / empty <= 1.5;
	return [
		{
			figure: `p99 of a payment in an object with ${most.payments.toLocaleString("en")} open payments (\`npm run test:slow -- backlog\`)`,
			...{ unit: "ms", ours: { value: ours }, against: { name: "an empty object", value: empty } },
			...{ ratio: { value: ours / empty }, goal: "at most 1.5 x", met, ...(met ? {} : { reason: REASONS.open }) },
			means: `with so many open payments, 99 % of new ones take at most ${number(ours)} ms`,
		},
	];
}

/** The rows written are nearly all that a payment costs at Cloudflare. */
function billedRows(written: number): Figure {
	const most = 29;
	const met = written <= most;
	return {
		figure: "rows written for a payment that is final after ten minutes, alarms included (`docs/scale.md`)",
		...{
			unit: "rows",
			ours: { value: written },
			goal: `at most ${most}`,
			met,
			...(met ? {} : { reason: REASONS.rows }),
		},
		means: `a million payments a month write ${written} million rows; after the first 50 million, a million costs $1.00`,
	};
}

function weight({ ours, stripe }: Measured["carried"]): Figure {
	const [goal, stretch] = [80, 68];
	const kB = ours / 1_000;
	const met = kB <= goal;
	return {
		...{ figure: "what a Worker carries for the client, minified, gzip -9", unit: "kB", ours: { value: kB } },
		...{ goal: `at most ${goal} kB`, met, stretch: { value: `${stretch} kB`, met: kB <= stretch } },
		...(met ? {} : { reason: REASONS.size }),
		means: `a deployment grows by ${number(kB)} kB; with stripe-node by ${number(stripe / 1_000)} kB`,
	};
}

/** What was measured of more sides than two. */
export function comparisons({ samples, carried }: Measured): Compared[] {
	const NAMES = ["ours", "handWritten", "handWrittenAgain", "peer"] as const;
	const timed = (what: string, unit: string, prefix: string): Compared => ({
		...{ what, unit },
		sides: Object.fromEntries(NAMES.map((name) => [name, spread(samples[`${prefix} ${name}`] ?? [])])),
		noise: noiseOf(samples[`${prefix} handWritten`], samples[`${prefix} handWrittenAgain`]),
	});
	const started = (name: string) => spread(samples[`startup ${name}`] ?? []);
	return [
		timed("a payment, 50 ms for each call, cold, in workerd", "ms", "slow"),
		timed("a payment, instant upstream, 1 at once, in workerd", "ms", "instant 1"),
		timed("a payment, instant upstream, 64 at once, in workerd", "ms", "instant 64"),
		timed("own work for a payment, in Node.js", "us", "cpu"),
		timed("own work for a payment, in workerd", "us", "cpu in workerd"),
		{
			what: "start-up: compile, instantiate, run the JavaScript, in workerd",
			unit: "ms",
			sides: { ours: started("compileAndInstantiate"), peer: started("peer"), stripe: started("stripe") },
		},
		{
			what: "size: what a Worker carries, minified, gzip -9",
			unit: "kB",
			sides: Object.fromEntries(Object.entries(carried).map(([side, bytes]) => [side, { value: bytes / 1_000 }])),
		},
	];
}

/** Units that have no fractions. */
const COUNTED: readonly string[] = ["answers", "rows", "values"];

function number(value: number, digits = value < 10 ? 2 : 1): string {
	return value >= 200 ? Math.round(value).toLocaleString("en") : value.toFixed(digits);
}

/** "8.43 ms (8.10 to 8.92)": the median, and the middle half of the rounds if they differ. */
function formatSpread({ value, from = value, to = value }: Spread, unit: string): string {
	const digits = COUNTED.includes(unit) ? 0 : undefined;
	const [middle, least, most] = [value, from, to].map((one) => number(one, digits));
	return `${middle} ${unit}${least === most ? "" : ` (${least} to ${most})`}`;
}

function percent(noise: number): string {
	return `${number(noise * 100, 1)} %`;
}

function verdict({ goal, met, noise, stretch, reason }: Figure): string {
	if (goal === "none") return "";
	if (met === undefined) return `${goal}: ${(noise ?? 0) > TOO_NOISY ? "too noisy to tell" : "no difference seen"}`;
	if (!met) return `${goal}: not met: ${reason}`;
	return stretch === undefined
		? `${goal}: met`
		: `${goal}: met; stretch goal ${stretch.value}: ${stretch.met ? "met" : "not met"}`;
}

/** False if nothing was measured, since the noise is then not a number. */
function isWithin(noise: number, { value }: Spread): boolean {
	return Math.abs(value - 1) <= noise;
}

function ratioOf({ ratio, noise = Number.NaN }: Figure): string {
	if (ratio === undefined) return "";
	return isWithin(noise, ratio) ? `within the noise of ${percent(noise)}` : formatSpread(ratio, "x");
}

/** The table of goals in docs/figures.md, its head first. */
export function rowsOf(results: readonly Figure[], about: Measured): string[][] {
	const rows = results.map((one) => [
		one.figure,
		formatSpread(one.ours, one.unit),
		one.against === undefined ? "" : `${one.against.name}: ${formatSpread(one.against, one.unit)}`,
		...[ratioOf(one), verdict(one), one.means],
	]);
	const { machine, date, loadAverage, seconds } = about;
	const load = `load average ${Math.min(...loadAverage)} to ${Math.max(...loadAverage)}`;
	const when = `${machine}, ${date.slice(0, 16).replace("T", " ")} UTC, ${seconds} s, ${load}`;
	return [
		["figure", "ours", "compared with", "ratio", "goal", "what it means"],
		...rows,
		["machine and time", "", "", "", "", when],
	];
}

/** The table of all sides in docs/figures.md, its head first. */
export function comparedRowsOf(compared: readonly Compared[]): string[][] {
	const columns = ["ours", "handWritten", "handWrittenAgain", "peer", "stripe"] as const;
	return [
		["", "ours", "hand-written", "hand-written, again", "`@rizwannur/flinks`", "`stripe`", "noise"],
		...compared.map(({ what, unit, sides, noise }) => [
			what,
			...columns.map((side) => (sides[side] === undefined ? "" : formatSpread(sides[side], unit))),
			noise === undefined ? "" : percent(noise),
		]),
	];
}
