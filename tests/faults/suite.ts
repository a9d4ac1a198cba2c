// Every cell of the table, run by a client against the upstream. The same code runs in each runtime; the upstream is a
// process outside, which reports what it saw.

import type * as Package from "flinkspay-edge";
import { type Call, type Cell, cells, columns, type End, type Runtime, type Step } from "./table.ts";
import type { Sight } from "./upstream.ts";

/** One cell, with what was wrong in it, or why this runtime cannot run it. */
export interface Verdict {
	name: string;
	complaints: string[];
	cannot?: string;
}

export interface Settings {
	client: typeof Package;
	/** The address of the upstream's control. */
	upstream: string;
	runtime: Runtime;
	/** Which cells: from this one up to that one, the end not included. Default: all. */
	from?: number;
	to?: number;
	/** Credentials and payor. Default: plain ones. */
	people?: People;
	/** Called with all that comes out of the client. */
	watch?: (what: "error" | "event" | "result" | "client", thing: unknown) => void;
}

/** Whose names the requests carry. */
export interface People {
	username: string;
	password: string;
	customerName: string;
	customerEmail: string;
}

/** How many cells run side by side. */
const BOUND = 64;
/** Where a cell is not about time nothing may be cut short, however busy the machine. */
const PLENTY_MS = 60_000;
/** After this a promise counts as one that never settles. */
const SETTLE_MS = 4 * PLENTY_MS;
/** A call that its caller has ended is over long before a limit of its own would end it. */
const AT_ONCE_MS = PLENTY_MS / 2;
/** No time limit is made longer than this. */
const LONGEST_LIMIT_MS = 60_000;

const defaultPeople: People = {
	username: "user",
	password: "password",
	customerName: "Zoë O'Neil",
	customerEmail: "zoe@example.com",
};

export async function suite(settings: Settings): Promise<Verdict[]> {
	const urls: string[] = await (await fetch(settings.upstream)).json();
	const { from = 0, to = cells.length } = settings;
	const verdicts: Verdict[] = [];
	let next = from;
	const work = async () => {
		while (next < to) {
			const index = next;
			next += 1;
			const cell = cells[index];
			const url = urls[index];
			if (cell === undefined || url === undefined) throw new Error(`there is no cell ${index}`);
			verdicts[index - from] = await verdictOf(settings, cell, url, `${settings.upstream}/${index}`);
		}
	};
	await Promise.all(Array.from({ length: BOUND }, work));
	return verdicts;
}

/** A cell whose time limit ended it before its fault runs again, with twice the limit. */
async function verdictOf(settings: Settings, cell: Cell, url: string, control: string): Promise<Verdict> {
	const { verdict, endedEarly } = await runCell(settings, cell, url, control);
	const { act, ...limits } = cell.limits;
	const longer = Object.fromEntries(Object.entries(limits).map(([name, ms]) => [name, 2 * ms]));
	if (!endedEarly || Object.values(longer).some((ms) => ms > LONGEST_LIMIT_MS)) return verdict;
	const newUrl: string = await (await fetch(`${control}/again`)).json();
	return verdictOf(settings, { ...cell, limits: { ...longer, ...(act && { act }) } }, newUrl, control);
}

interface Ran {
	verdict: Verdict;
	/** Whether a time limit ended the call before the fault had happened as often as it must. */
	endedEarly: boolean;
}

async function runCell(settings: Settings, cell: Cell, url: string, control: string): Promise<Ran> {
	const unlike = cell.unlike[settings.runtime];
	if (unlike && !unlike.end) {
		return { verdict: { name: cell.name, complaints: [], cannot: unlike.because }, endedEarly: false };
	}
	const { end, hits } = { ...cell, ...unlike };
	const complaints: string[] = [];
	const expect = (what: string, got: unknown, due: unknown) => {
		if (got !== due) complaints.push(`${what}: ${JSON.stringify(got)}, and not ${JSON.stringify(due)}`);
	};
	const run = new Run(settings, cell, url, control);
	const result = await run.outcome();
	const sight: Sight = await (await fetch(control)).json();
	if (result.error === undefined) {
		expect("code", "value" in result ? "ok" : "never settled", end.code);
		if ("value" in result && end.code === "ok") checkValue(cell, result.value, url, expect);
	} else {
		checkError(settings, cell, end, result.error, expect);
	}
	checkEvents(cell, end, run.events, expect);
	for (const step of Object.values(columns).flat()) {
		expect(`hits of ${step}`, sight.hits[step] ?? 0, hits[step] ?? 0);
	}
	const again = cell.step === "initiate" ? end.tries * ((end.sends ?? 1) - 1) : 0;
	expect("sessions with a token that was used", sight.doubled, again);
	expect("visits to another host", sight.elsewhere, 0);
	expect("connections left open", sight.open, 0);
	// Timers and clocks of two processes may differ by some milliseconds.
	if (sight.gapMs !== undefined) expect("waited", sight.gapMs >= cell.waitsMs - 20, true);
	if (run.settledLate) complaints.push(`it did not settle within ${AT_ONCE_MS} ms of its end`);
	const isLimited = cell.limits.timeoutMs !== undefined || cell.limits.deadlineMs !== undefined;
	const wasReached = (sight.hits[cell.step] ?? 0) >= (hits[cell.step] ?? 0);
	const wasCutBefore = run.events.some(({ stage, outcome }) => stage !== cell.step && outcome !== "ok");
	return {
		verdict: { name: cell.name, complaints: [...complaints, ...sight.complaints] },
		endedEarly: isLimited && (!wasReached || wasCutBefore),
	};
}

type Expect = (what: string, got: unknown, due: unknown) => void;
type Result = { value: unknown; error?: undefined } | { error: unknown } | { error?: undefined };

/** One call and what came of it. */
class Run {
	readonly events: Package.AttemptEvent[] = [];
	settledLate = false;
	#settings: Settings;
	#cell: Cell;
	#url: string;
	#control: string;
	#sawStep: () => void = () => {};
	#stepSeen = new Promise<void>((resolve) => {
		this.#sawStep = resolve;
	});

	constructor(settings: Settings, cell: Cell, url: string, control: string) {
		this.#settings = settings;
		this.#cell = cell;
		this.#url = url;
		this.#control = control;
	}

	async outcome(): Promise<Result> {
		const { people = defaultPeople, watch, client } = this.#settings;
		const { act, timeoutMs = PLENTY_MS, deadlineMs = 3 * PLENTY_MS } = this.#cell.limits;
		const pay = new client.FlinksPay({
			...{ baseUrl: this.#url, username: people.username, password: people.password },
			...{ timeoutMs, deadlineMs, instance: "instance" },
			onEvent: (event) => {
				watch?.("event", event);
				this.events.push(event);
				if (event.stage === this.#cell.step) this.#sawStep();
			},
		});
		const controller = new AbortController();
		const stop = () => (act?.does === "abort" ? controller.abort() : pay.close());
		if (act?.when === "before") stop();
		const settled = start(pay, this.#cell.call, people, controller.signal).then(
			(value): Result => ({ value }),
			(error: unknown): Result => ({ error }),
		);
		if (act && act.when !== "before") await this.#stopInTime(act.when, stop, settled);
		const result = await within(SETTLE_MS, settled, {});
		watch?.("error" in result && result.error !== undefined ? "error" : "result", Object.values(result)[0]);
		watch?.("client", pay);
		pay.close();
		// Long enough for a try that comes all the same.
		if (act?.when === "pausing") await new Promise((resolve) => setTimeout(resolve, 1_200));
		return result;
	}

	/** Ends the call when it is time, and looks whether that was the end of it. */
	async #stopInTime(when: "asked" | "pausing", stop: () => void, settled: Promise<Result>): Promise<void> {
		await (when === "asked" ? fetch(`${this.#control}/asked`) : this.#stepSeen);
		// What was asked has arrived at the upstream; the first bytes of its answer may have arrived here.
		await new Promise((resolve) => setTimeout(resolve, 100));
		stop();
		this.settledLate = (await within(AT_ONCE_MS, settled, undefined)) === undefined;
	}
}

function start(pay: Package.FlinksPay, call: Call, people: People, signal: AbortSignal): Promise<unknown> {
	const { customerName, customerEmail } = people;
	const params = { referenceId: REFERENCE, amount: "12.50", customerName, customerEmail };
	switch (call) {
		case "startPayment":
			return pay.startPayment(params, { signal });
		case "initiateSession":
			return pay.initiateSession(params, { signal });
		case "createPaymentRequest":
			return pay.createPaymentRequest(SESSION, { signal });
		case "getPaymentRequest":
			return pay.getPaymentRequest(REQUEST, { signal });
		case "sendRequest":
			return pay.sendRequest(params, { signal });
		case "createSession":
			return pay.createSession(sessionParams(people), { signal });
		case "getSessionStatus":
			return pay.getSessionStatus(SESSION, { signal });
		case "getSessionDetails":
			return pay.getSessionDetails(SESSION, { signal });
		case "cancelSession":
			return pay.cancelSession(SESSION, { signal });
		case "confirmGuarantee":
			return pay.confirmGuarantee(SESSION, true, { signal });
	}
}

function sessionParams({ customerName, customerEmail }: People): Package.SessionParams {
	const payor = { firstName: customerName, lastName: "Tremblay", email: customerEmail };
	return { product: "e-transfer", referenceId: REFERENCE, amount: "12.50", payor };
}

const REFERENCE = "reference";
const SESSION = "session-given";
const REQUEST = "request-given";

function checkValue({ call }: Cell, value: unknown, url: string, expect: Expect): void {
	const given = value as Record<string, unknown>;
	const keys: Record<Call, string> = {
		startPayment: "appUrl referenceId requestId sessionId",
		initiateSession: "referenceId sessionId",
		createPaymentRequest: "requestId",
		getPaymentRequest: "final funds paid referenceId requestId status",
		sendRequest: "referenceId sessionId",
		createSession: "appUrl referenceId sessionId",
		getSessionStatus: "final funds paid referenceId sessionId status statusDetails",
		getSessionDetails: "final funds paid referenceId sessionId status statusDetails",
		cancelSession: "referenceId sessionId status",
		confirmGuarantee: "referenceId sessionId",
	};
	expect("keys of the result", Object.keys(given).sort().join(" "), keys[call]);
	if (call === "startPayment") expect("appUrl", given.appUrl, `${url}/app/?sessionId=${given.sessionId}`);
	if (call === "getPaymentRequest") {
		expect("requestId", given.requestId, REQUEST);
		// No undocumented status counts as paid.
		expect("funds", given.funds, given.status === "Settled" ? "settled" : "none");
		expect("paid", given.paid, given.status === "Settled");
		expect("final", given.final, given.status === "Settled");
	}
}

function checkError({ client }: Settings, { call, step }: Cell, end: End, error: unknown, expect: Expect): void {
	expect("is a FlinksPayError", error instanceof client.FlinksPayError, true);
	expect("is an Error", error instanceof Error, true);
	const given = error as Package.FlinksPayError;
	expect("code", given.code, end.code);
	expect("stage", given.stage, end.stage ?? step);
	expect("outcome", given.outcome, end.outcome);
	expect("retryable", given.retryable, end.retryable);
	expect("status", given.status, end.status);
	const { least, most } =
		typeof end.retryAfterMs === "object" ? end.retryAfterMs : { least: end.retryAfterMs, most: end.retryAfterMs };
	const isWithin = least !== undefined && most !== undefined && least <= Number(given.retryAfterMs);
	if (!isWithin || Number(given.retryAfterMs) > most) expect("retryAfterMs", given.retryAfterMs, least);
	// Before a call has begun nothing of it is known.
	const named = end.stage === "input" ? undefined : { reference: referenceOf(call), session: sessionOf(call, step) };
	expect("referenceId", given.referenceId, named?.reference);
	expect("has a sessionId", given.sessionId !== undefined, named?.session ?? false);
}

function referenceOf(call: Call): string | undefined {
	const isGiven = ["startPayment", "initiateSession", "sendRequest", "createSession"].includes(call);
	return isGiven ? REFERENCE : undefined;
}

/** Whether the session is known when a step fails. */
function sessionOf(call: Call, step: Step): boolean {
	const isGiven = call !== "getPaymentRequest" && referenceOf(call) === undefined;
	return isGiven || step === "payment_request";
}

/** One event for each request, with the try's number and what became of it. */
function checkEvents({ step }: Cell, end: End, events: Package.AttemptEvent[], expect: Expect): void {
	const ofStep = events.filter(({ stage }) => stage === step);
	expect("tries", ofStep.length, end.tries);
	expect("numbers of the tries", ofStep.map(({ attempt }) => attempt).join(), numbers(end.tries));
	const last = ofStep.at(-1);
	if (last && end.code !== "aborted" && end.code !== "closed") {
		expect("outcome of the last event", last.outcome, end.outcome);
		if (end.code !== "ok") expect("status of the last event", last.status, end.status);
	}
	expect("events with a token's age at authorize", events.filter(hasAgeAtAuthorize).length, 0);
}

function hasAgeAtAuthorize({ stage, tokenAgeMs }: Package.AttemptEvent): boolean {
	return (stage === "authorize") === (tokenAgeMs !== undefined);
}

function numbers(count: number): string {
	return Array.from({ length: count }, (_, index) => index + 1).join();
}

/** What a promise gives, or something else after so many milliseconds. */
async function within<T, Other>(ms: number, promise: Promise<T>, otherwise: Other): Promise<T | Other> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<Other>((resolve) => {
		timer = setTimeout(() => resolve(otherwise), ms);
	});
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
