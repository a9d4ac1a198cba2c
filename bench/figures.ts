// From what was measured to the tables: each figure against its goal, and what it means. One that is not met stays, with
// the reason. Where what was held against each other differs by no more than the same measured twice, there is no verdict.

import type { Figures as Open } from "../tests/load/open-table.ts";
import { WEIGHT } from "./parts.ts";
import { noiseOf, ratios, type Spread, spread } from "./spread.ts";

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
	/** The tables of docs/scale.md. */
	tokens: string[][];
	reads: string[][];
	/** Bytes that a Worker carries, by who it carries. */
	carried: Readonly<Record<"ours" | "handWritten" | "peer" | "stripe", number>>;
	/** Of `npm run test:slow -- load` and `npm run test:slow -- backlog`, where they have run. */
	underFaults: { seconds: number; connections: number; hung: number; unexplained: number } | undefined;
	open: Pick<Open, "sizes"> | undefined;
	/** Of a payment that is final after ten minutes, as `docs/scale.md` has it. */
	rowsWritten: number;
}

/** By the wasm instance. */
export interface Held {
	bytes: number;
	/** How many values of the host it has room for. */
	values: number;
}

/** One line of the table of goals. */
export interface Figure {
	figure: string;
	unit: string;
	ours: Spread;
	/** What it is held against. */
	against?: Spread & { name: string };
	/** Of the rounds' own ratios. */
	ratio?: Spread;
	/** By how much what it is held against differs from itself. */
	noise?: number;
	goal: string;
	/** Nothing where there is no goal, and where no difference was seen. */
	met?: boolean;
	/** What is striven for beyond the goal, and whether it was reached. */
	strive?: { value: string; met: boolean };
	/** Why not, and what was tried. */
	reason?: string;
	/** For a user, in plain words. */
	means: string;
}

/** One line of the table of all who were measured. */
export interface Compared {
	what: string;
	unit: string;
	sides: Partial<Record<"ours" | "handWritten" | "handWrittenAgain" | "peer" | "stripe", Spread>>;
	noise?: number;
}

/** Where the time goes that a figure misses by. A reason is shown only while its figure is not met. */
const REASONS = {
	cpu: "strings, properties and microtasks across the boundary: each field and each await is a call of its own",
	instant: "the client's own work, as below, over a network that takes no time",
	webhook: "HMAC-SHA-256 in wasm, which has no instructions for it, against native code that has",
	startup: "the module's size",
	open: "polls and payments share an object's one thread",
	rows: "a poll writes when the next one is, so that no crash asks at once again, and an alarm; a change writes the payment, its index and its place in the feed",
	ledger:
		"the Worker's own checks (Hono, a schema, hashes) beside the client, which costs most: see the own work in workerd",
	memory: "slots of values that were not given back",
	size: WEIGHT,
	slow: "the client's own work and timers beside the network",
	faults: "see bench/load.json",
};

/** What is asked of a ratio. */
interface Limit {
	most: number;
	strive?: number;
}

/** Two that were measured in the same rounds. */
interface Pair {
	figure: string;
	unit: string;
	ours: string;
	against: string;
	/** The second measuring of what it is held against, and the first. */
	twice: readonly [string, string];
	name: string;
	limit?: Limit;
	why: keyof typeof REASONS;
	means: (told: Told) => string;
}

/** What a pair says in plain words. */
interface Told {
	ours: number;
	against: number;
	isSeen: boolean;
	/** As much longer, or that no difference was seen. */
	longer: (unit: string) => string;
}

/** Where the same differs by so much from itself, what is not seen may well be there. */
const TOO_NOISY = 0.25;

const BY_HAND = "hand-written";
const PROXY = "a bare proxy";

export function figures({ samples, memory, carried, underFaults, open, rowsWritten }: Measured): Figure[] {
	const value = (name: string) => spread(samples[name] ?? []);
	const pairs = [...slow(), ...instant(), ...ownWork()].map((pair) => paired(samples, pair));
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
		...webhooks().map((pair) => paired(samples, pair)),
		...memories(memory),
		...workers().map((pair) => paired(samples, pair)),
		...(underFaults ? [faults(underFaults)] : []),
		...openOnes(open),
		rows(rowsWritten),
		weight(carried),
	];
}

function paired(samples: Measured["samples"], pair: Pair): Figure {
	const { figure, unit, name, limit, why } = pair;
	const [ours, against] = [spread(samples[pair.ours] ?? []), spread(samples[pair.against] ?? [])];
	const ratio = spread(ratios(samples[pair.ours], samples[pair.against]));
	const [first, again] = pair.twice;
	const noise = noiseOf(samples[first], samples[again]);
	const isSeen = !isWithin(noise, ratio);
	const longer: Told["longer"] = (unit) => {
		const difference = ours.value - against.value;
		if (!isSeen && noise > TOO_NOISY) return "perhaps longer (the noise hides it) than";
		if (!isSeen || difference === 0) return "not visibly longer than";
		return `${number(Math.abs(difference))} ${unit} ${difference > 0 ? "longer" : "shorter"} than`;
	};
	const met = ratio.value <= (limit?.most ?? Number.NaN);
	const means = pair.means({ ours: ours.value, against: against.value, isSeen, longer });
	const shared = { figure, unit, ours, against: { name, ...against }, ratio, noise, means };
	if (limit === undefined) return { ...shared, goal: "none" };
	const { most, strive } = limit;
	return {
		...{ ...shared, goal: `at most ${most} x` },
		...(isSeen ? { met } : {}),
		...(strive === undefined ? {} : { strive: { value: `${strive} x`, met: ratio.value <= strive } }),
		...(isSeen && !met ? { reason: REASONS[why] } : {}),
	};
}

function slow(): Pair[] {
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

/** What was measured of both, and of hand-written JavaScript twice. */
function byHand(prefix: string): Pick<Pair, "ours" | "against" | "twice" | "name"> {
	const [ours, against] = [`${prefix} ours`, `${prefix} handWritten`];
	return { ours, against, twice: [against, `${prefix} handWrittenAgain`], name: BY_HAND };
}

function instant(): Pair[] {
	return [1, 64].map((at) => ({
		...{ ...byHand(`instant ${at}`), unit: "ms", limit: { most: 1.15, strive: 1.1 }, why: "instant" },
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
		...{ ...byHand(prefix), unit: "us", limit: { most: 8, strive: 6 }, why: "cpu" },
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
			name: "by hand over WebCrypto",
			means: ({ longer }) => `to check a webhook takes ${longer("us")} over WebCrypto, and needs no await`,
		},
		{
			...{ ...shared, figure: "the same", against: "webhook webCrypto" },
			name: "WebCrypto's HMAC alone, its key imported each time",
			means: ({ against }) => `native code needs ${number(against)} us for the HMAC alone`,
		},
		{
			...{ ...shared, figure: "the same", against: "webhook webCryptoKeptKey" },
			name: "WebCrypto's HMAC alone, its key kept",
			means: ({ against }) => `and ${number(against)} us with a key that is kept`,
		},
	];
}

function memories(memory: Measured["memory"]): Figure[] {
	const { initial, afterThousand: first, afterPayments, afterFailures: last } = memory;
	const constant = (what: keyof Held, unit: string, figure: string, per: number): Figure => {
		const met = afterPayments[what] === first[what] && last[what] === first[what];
		return {
			...{ figure, unit, ours: { value: last[what] / per } },
			against: { name: "after 1,000 payments", value: first[what] / per },
			...{ goal: "constant", met, ...(met ? {} : { reason: REASONS.memory }) },
			means: met ? "an isolate may live as long as it likes" : "an isolate grows with its payments",
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
		constant("values", "values", "room for values of the host after the same", 1),
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
		{ worker: "direct", who: "a Worker that asks the client directly", why: "cpu", limit },
		{ worker: "withoutLedger", who: "the Worker without its ledger", why: "ledger", limit },
		{ worker: "withLedger", who: "the Worker with its ledger", why: "ledger" },
	] as const;
	return [
		...all.map(
			({ worker, who, ...more }): Pair => ({
				...{ ...shared(worker, "p99"), unit: "ms", figure: `${who}, 64 at once: p99`, ...more },
				means: ({ longer }) => `of 64 who pay at once the slowest hundredth waits ${longer("ms")} behind a proxy`,
			}),
		),
		...all.map(
			({ worker, who, why }): Pair => ({
				...{ ...shared(worker, "payments"), unit: "payments/s", figure: `${who}, 64 at once`, why },
				means: ({ ours, against, isSeen }) =>
					`${number(ours)} payments a second where callers and upstream are too; ${isSeen ? `a proxy has ${number(against)}` : "no visible difference from a proxy"}`,
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

/** Of the object with the most payments that are not final: the worse of while nothing is due and while it polls them. */
function openOnes(open: Measured["open"]): Figure[] {
	const most = open?.sizes.at(-1);
	if (most?.paced === undefined) return [];
	const ratio = ([ours, empty]: readonly [number, number]) => ours / empty;
	const [idle, polling] = [most.idle.p99, most.paced.payment.p99];
	const [ours, empty] = ratio(idle) > ratio(polling) ? idle : polling;
	const met = ours / empty <= 1.5;
	return [
		{
			figure: `a payment, p99, in an object with ${most.payments.toLocaleString("en")} open ones (\`npm run test:slow -- backlog\`)`,
			...{ unit: "ms", ours: { value: ours }, against: { name: "an empty object", value: empty } },
			...{ ratio: { value: ours / empty }, goal: "at most 1.5 x", met, ...(met ? {} : { reason: REASONS.open }) },
			means: `beside so many a new payment takes ${number(ours)} ms at most, but for one in a hundred`,
		},
	];
}

/** Nearly all that a payment costs at Cloudflare. */
function rows(written: number): Figure {
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
		means: `a million payments a month write ${written} million rows, at $1.00 a million after the first 50`,
	};
}

function weight({ ours, stripe }: Measured["carried"]): Figure {
	const [goal, strive] = [80, 68];
	const kB = ours / 1_000;
	const met = kB <= goal;
	return {
		...{ figure: "what a Worker carries for the client, minified, gzip -9", unit: "kB", ours: { value: kB } },
		...{ goal: `at most ${goal} kB`, met, strive: { value: `${strive} kB`, met: kB <= strive } },
		...(met ? {} : { reason: REASONS.size }),
		means: `a deployment uploads ${number(kB)} kB more; with stripe-node ${number(stripe / 1_000)} kB`,
	};
}

/** All who were measured, by what was measured of them. */
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

/** Units of what is counted, and has no fractions. */
const COUNTED: readonly string[] = ["answers", "rows", "values"];

function number(value: number, digits = value < 10 ? 2 : 1): string {
	return value >= 200 ? Math.round(value).toLocaleString("en") : value.toFixed(digits);
}

/** As `8.43 ms (8.10 to 8.92)`, with the middle half of the rounds where they differ. */
function told({ value, from = value, to = value }: Spread, unit: string): string {
	const digits = COUNTED.includes(unit) ? 0 : undefined;
	const [middle, least, most] = [value, from, to].map((one) => number(one, digits));
	return `${middle} ${unit}${least === most ? "" : ` (${least} to ${most})`}`;
}

function percent(noise: number): string {
	return `${number(noise * 100, 1)} %`;
}

function verdict({ goal, met, noise, strive, reason }: Figure): string {
	if (goal === "none") return "";
	if (met === undefined) return `${goal}: ${(noise ?? 0) > TOO_NOISY ? "too noisy to tell" : "no difference seen"}`;
	if (!met) return `${goal}: not met: ${reason}`;
	return strive === undefined
		? `${goal}: met`
		: `${goal}: met; striving for ${strive.value}: ${strive.met ? "met" : "not yet"}`;
}

/** Not where nothing was measured: then nothing is within anything. */
function isWithin(noise: number, { value }: Spread): boolean {
	return Math.abs(value - 1) <= noise;
}

function ratioOf({ ratio, noise = Number.NaN }: Figure): string {
	if (ratio === undefined) return "";
	return isWithin(noise, ratio) ? `within the noise of ${percent(noise)}` : told(ratio, "x");
}

/** The table of goals in docs/figures.md, the head first. */
export function rowsOf(results: readonly Figure[], about: Measured): string[][] {
	const rows = results.map((one) => [
		one.figure,
		told(one.ours, one.unit),
		one.against === undefined ? "" : `${one.against.name}: ${told(one.against, one.unit)}`,
		...[ratioOf(one), verdict(one), one.means],
	]);
	const { machine, date, loadAverage, seconds } = about;
	const load = `load average ${Math.min(...loadAverage)} to ${Math.max(...loadAverage)}`;
	const when = `${machine}, ${date.slice(0, 16).replace("T", " ")} UTC, ${seconds} s, ${load}`;
	return [
		["figure", "ours", "held against", "ratio", "goal", "what it means"],
		...rows,
		["machine and time", "", "", "", "", when],
	];
}

/** The table of all who were measured in docs/figures.md, the head first. */
export function comparedRowsOf(compared: readonly Compared[]): string[][] {
	const columns = ["ours", "handWritten", "handWrittenAgain", "peer", "stripe"] as const;
	return [
		["", "ours", "hand-written", "the same again", "`@rizwannur/flinks`", "`stripe`", "noise"],
		...compared.map(({ what, unit, sides, noise }) => [
			what,
			...columns.map((side) => (sides[side] === undefined ? "" : told(sides[side], unit))),
			noise === undefined ? "" : percent(noise),
		]),
	];
}
