// What a million payments a day use and cost, from what one uses: the tables of docs/scale.md. Prices and limits are those
// of Cloudflare's pages, which the page names with their dates.

import { pollDelayMs } from "../../worker/src/ledger/status.ts";

/** What Cloudflare counts. */
export interface Used {
	/** Of the Worker. */
	requests: number;
	/** Calls of objects and rings of their alarm. */
	objectRequests: number;
	/** To Flinks, or to the merchant's endpoint. */
	subrequests: number;
	rowsRead: number;
	rowsWritten: number;
	/** Lines of the log, and the platform's own for each request. */
	logEvents: number;
}

/** The parts of a payment's life that are measured. */
export const PARTS = [
	"a payment: `POST /payments`",
	"the same `POST` again",
	"`GET /payments/{id}`, asking Flinks",
	"`GET /payments/{id}`, asking Flinks, for a token too",
	"`GET /payments/{id}`, within 30 seconds",
	"a poll by the alarm that finds nothing new",
	"a poll that finds a change",
	"a poll that finds the last change",
	"a webhook of Flinks, and its poll",
	"the purge",
	"a payment, and a message to the merchant",
] as const;
export type Part = (typeof PARTS)[number];

/** Bytes that a payment takes in storage, indexes and what is free in its pages included; the test measures them. */
export const BYTES = { beforePurge: 4_300, afterPurge: 4_100 };

const PAYMENTS_A_DAY = 1_000_000;
const [DAYS, SECONDS_A_DAY] = [30, 86_400];
const [RETENTION_DAYS, YEARS] = [90, 5];
/** What one request to Flinks may take: an assumption, since nothing public says. */
const UPSTREAM_SECONDS = 0.3;
/** Payments that an object reads at once: the width of that lane in `jobs.ts`. */
const ALARM_WIDTH = 3;
/** Polls a second of one object: each is one request, since reads share a token. */
const POLLS_A_SECOND = ALARM_WIDTH / UPSTREAM_SECONDS;
/** How long reads share a token: Flinks' 299 seconds less the client's margin. */
const TOKEN_SECONDS = 269;
/** How much more than the average comes in the busiest hour. */
const PEAK = 5;
/** What Cloudflare lets one object store. */
const BYTES_AN_OBJECT = 10e9;
/** Connections that may wait for an answer at once, by Cloudflare. */
const CONNECTIONS = 6;
/** Processor time for a request: an assumption on the high side, see the processor time under load. */
const CPU_MS = 5;

/** US dollars for a million, and millions that each month includes. */
const PRICES = {
	requests: { each: 0.3, included: 10 },
	cpuMilliseconds: { each: 0.02, included: 30 },
	objectRequests: { each: 0.15, included: 1 },
	gigabyteSeconds: { each: 12.5, included: 0.4 },
	rowsRead: { each: 0.001, included: 25_000 },
	rowsWritten: { each: 1, included: 50 },
	logEvents: { each: 0.6, included: 20 },
} as const;
const STORAGE = { each: 0.2, included: 5 };
const SUBSCRIPTION = 5;

const FATES = { "10 minutes": 600, "a day": SECONDS_A_DAY, "7 days, never paid": 7 * SECONDS_A_DAY };

export function usedTable(parts: ReadonlyMap<Part, Used>): string[][] {
	const rows = PARTS.map((part) => {
		const { requests, objectRequests, subrequests, rowsRead, rowsWritten, logEvents } = of(parts, part);
		return [part, ...[requests, objectRequests, subrequests, rowsRead, rowsWritten, logEvents].map(String)];
	});
	return [["", "requests", "object requests", "subrequests", "rows read", "rows written", "log events"], ...rows];
}

/** The same table, read from the page. */
export function partsOf([, ...rows]: string[][]): ReadonlyMap<Part, Used> {
	return new Map(
		rows.map(([part, ...cells]) => {
			const [requests = 0, objectRequests = 0, subrequests = 0, rowsRead = 0, rowsWritten = 0, logEvents = 0] =
				cells.map(Number);
			return [part as Part, { requests, objectRequests, subrequests, rowsRead, rowsWritten, logEvents }];
		}),
	);
}

/** The table of what a million payments a day cost, by how long a payment is watched. */
export function billTable(parts: ReadonlyMap<Part, Used>): string[][] {
	const columns = Object.entries(FATES).map(([fate, seconds]) => bill(parts, fate, seconds));
	const names = Object.keys(columns[0] ?? {});
	return [
		["a payment is final after", ...Object.keys(FATES)],
		...names.map((name) => [name, ...columns.map((column) => column[name] ?? "")]),
	];
}

/** The table of how many payments a day a number of objects is enough for. */
export function shardsTable(): string[][] {
	const thousands = (payments: number) => (Math.floor(payments / 1_000) * 1_000).toLocaleString("en");
	const rows = [16, 64, 128, 256].map((shards) => {
		const stored = (shards * BYTES_AN_OBJECT) / (YEARS * 365 * BYTES.afterPurge);
		const polled = (shards * POLLS_A_SECOND * SECONDS_A_DAY) / pollsIn(SECONDS_A_DAY);
		return [`${shards}`, thousands(stored), thousands(polled)];
	});
	const room = `payments a day that there is room for, for ${YEARS} years`;
	return [["`LEDGER_SHARDS`", room, "payments a day, final within a day, that polls keep up with"], ...rows];
}

function bill(parts: ReadonlyMap<Part, Used>, fate: string, seconds: number): Record<string, string> {
	const polls = pollsIn(seconds);
	const pollsASecond = (PAYMENTS_A_DAY * polls) / SECONDS_A_DAY;
	const gigabytes = (PAYMENTS_A_DAY * RETENTION_DAYS * BYTES.beforePurge) / 1e9;
	const keptAYear = PAYMENTS_A_DAY * 365 * BYTES.afterPurge;
	const shards = shardsFor(pollsASecond, gigabytes * 1e9 + keptAYear);
	const tokens = readTokens(shards, polls + 1);
	const isPaid = fate !== "7 days, never paid";
	const sum = (name: keyof Used) => usedIn(parts, name, { polls, tokens, isPaid });
	const month = (name: keyof Used) => (sum(name) * PAYMENTS_A_DAY * DAYS) / 1e6;
	const dollars = {
		requests: price("requests", month("requests")),
		cpu: price("cpuMilliseconds", month("requests") * CPU_MS),
		objectRequests: price("objectRequests", month("objectRequests")),
		duration: price("gigabyteSeconds", (shards * DAYS * SECONDS_A_DAY * 0.128) / 1e6),
		rowsWritten: price("rowsWritten", month("rowsWritten")),
		rowsRead: price("rowsRead", month("rowsRead")),
		logs: price("logEvents", month("logEvents")),
		storage: Math.max(0, gigabytes - STORAGE.included) * STORAGE.each,
	};
	const total = Object.values(dollars).reduce((a, b) => a + b, SUBSCRIPTION);
	return {
		"polls for a payment": `${polls}`,
		"polls a second, on average": pollsASecond.toFixed(0),
		"objects that the first year wants": `${shards}`,
		"subrequests for a payment": sum("subrequests").toFixed(1),
		"of which for tokens that read, at most": tokens.toFixed(2),
		"object requests for a payment": sum("objectRequests").toFixed(0),
		"rows read, rows written for a payment": `${sum("rowsRead").toFixed(0)}, ${sum("rowsWritten").toFixed(0)}`,
		"stored when the first are purged": `${gigabytes.toFixed(0)} GB, ${(gigabytes / shards).toFixed(1)} GB an object`,
		"left by the purges of a year": `${(keptAYear / 1e9).toFixed(0)} GB`,
		"requests and processor time, a month": money(dollars.requests + dollars.cpu),
		"object requests": money(dollars.objectRequests),
		"objects' duration, never at rest": money(dollars.duration),
		"rows written": money(dollars.rowsWritten),
		"rows read": money(dollars.rowsRead),
		"the log, all of it": money(dollars.logs),
		storage: money(dollars.storage),
		"storage, more for each year of purged ones": money((keptAYear / 1e9) * STORAGE.each),
		"together, with the plan": money(total),
		"for a thousand payments": `$${((total * 1_000) / (PAYMENTS_A_DAY * DAYS)).toFixed(3)}`,
	};
}

/** Rows that are written for a payment that is final after ten minutes. */
export function rowsWritten(parts: ReadonlyMap<Part, Used>): number {
	return usedIn(parts, "rowsWritten", { polls: pollsIn(FATES["10 minutes"]), tokens: 0, isPaid: true });
}

/** What a payment uses from its POST to its purge, with this many polls and tokens for reads. */
function usedIn(
	parts: ReadonlyMap<Part, Used>,
	name: keyof Used,
	{ polls, tokens, isPaid }: { polls: number; tokens: number; isPaid: boolean },
): number {
	const life: [Part, number][] = [
		["a payment: `POST /payments`", 1],
		["`GET /payments/{id}`, asking Flinks", 1 - tokens],
		["`GET /payments/{id}`, asking Flinks, for a token too", tokens],
		["a poll by the alarm that finds nothing new", isPaid ? polls - 2 : polls],
		["a poll that finds a change", isPaid ? 1 : 0],
		["a poll that finds the last change", isPaid ? 1 : 0],
		["the purge", 1],
	];
	// The parts are measured with one object; among many, a payment's second id may belong to another one, which is asked too.
	const more: Partial<Used> = { objectRequests: 1, logEvents: 1 };
	return life.reduce((total, [part, times]) => total + of(parts, part)[name] * times, more[name] ?? 0);
}

/**
 * Tokens for the reads of one payment: one for each read where reads are rare, and else, for each object and each life of a
 * token, as many as reads run at once when a token expires.
 */
function readTokens(shards: number, reads: number): number {
	const livesADay = SECONDS_A_DAY / TOKEN_SECONDS;
	return Math.min(reads, (shards * livesADay * ALARM_WIDTH) / PAYMENTS_A_DAY);
}

/** Polls within this many seconds; the last one finds the final status. */
export function pollsIn(seconds: number): number {
	let polls = 0;
	for (let at = 0; at < seconds; polls += 1) at += pollDelayMs(polls, 0.5) / 1_000;
	return polls;
}

/**
 * The number of objects, a power of two, with which the alarms keep up, six connections for an object are enough in the
 * busiest hour, and the storage fits.
 */
function shardsFor(pollsASecond: number, stored: number): number {
	const byAlarm = pollsASecond / POLLS_A_SECOND;
	const payments = (PAYMENTS_A_DAY / SECONDS_A_DAY) * PEAK;
	const byConnections = ((payments * 3 + pollsASecond) * UPSTREAM_SECONDS) / CONNECTIONS;
	return 2 ** Math.ceil(Math.log2(Math.max(byAlarm, byConnections, stored / BYTES_AN_OBJECT)));
}

function price(what: keyof typeof PRICES, millions: number): number {
	const { each, included } = PRICES[what];
	return Math.max(0, millions - included) * each;
}

function money(dollars: number): string {
	return `$${dollars.toFixed(0)}`;
}

function of(parts: ReadonlyMap<Part, Used>, part: Part): Used {
	const used = parts.get(part);
	if (used === undefined) throw new Error(`${part} was not measured`);
	return used;
}
