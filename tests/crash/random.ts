// One random run: a few payments, and everything that can happen to them in an order that a seed draws. The seed draws
// what is tried and when; which of two things that run at the same time comes first is workerd's and the machine's.

import type { Outcome } from "../../sandbox/src/sandbox.ts";
import type { FaultName, Step } from "../../sandbox/src/types.ts";
import { Chance } from "./chance.ts";
import type { When } from "./gateway.ts";
import { broken, createsOf, openCreatesOf } from "./laws.ts";
import { type Exchange, type How, type Json, type Product, System } from "./system.ts";

/** What a run came to. */
export interface Verdict {
	complaints: string[];
	/** What was tried, in order. */
	schedule: string[];
	/** How the keys ended, how often the Worker died, and how many requests left it. */
	figures: Figures;
}

interface Figures {
	created: number;
	unknown: number;
	rejected: number;
	deaths: number;
	requests: number;
}

interface Payment {
	key: string;
	product: Product;
}

interface Act {
	what: string;
	run: () => Promise<unknown>;
}

/** Short, so that a run is, and in this proportion to each other. */
const LIMITS = { FLINKS_TIMEOUT_MS: "250", FLINKS_DEADLINE_MS: "1500" };

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const STEPS: Record<Product, readonly Step[]> = {
	interac: ["authorize", "initiate", "payment_request", "status", "cancel"],
	eft: ["authorize", "session", "session_status", "cancel"],
};
const FAULTS: readonly FaultName[] = [
	...(["429", "500", "503", "timeout_before", "timeout_after", "slow_body", "empty", "html", "not_json"] as const),
	...(["token_expired", "token_expired"] as const),
];

/** Makes one run and looks at what was left. */
export async function run(folder: string, seed: number): Promise<Verdict> {
	const chance = new Chance(seed);
	const system = await System.open(folder, LIMITS);
	try {
		const payments = Array.from({ length: 2 + chance.below(3) }, (_, index): Payment => {
			return { key: `${seed}-${index}`, product: chance.of(["interac", "eft"]) };
		});
		const schedule: string[] = [];
		const pending: Promise<unknown>[] = [];
		for (let count = 14 + chance.below(10); count > 0; count--) {
			const { what, run } = draw(chance, system, payments);
			const isAwaited = chance.is(0.5);
			const pauseMs = chance.below(12);
			schedule.push(isAwaited ? what : `${what}, not awaited`);
			const done = run();
			if (isAwaited) await done;
			else pending.push(done, new Promise((resolve) => setTimeout(resolve, pauseMs)));
			if (!isAwaited) await pending.at(-1);
		}
		await Promise.all(pending);
		const ends = await settle(system, payments);
		const complaints = [...ends.complaints, ...(await broken(system))];
		const { deaths, gateway } = system;
		return { complaints, schedule, figures: { ...ends.figures, deaths, requests: gateway.wire.length } };
	} finally {
		await system.close();
	}
}

/** What happens next. It draws the same number of dice whatever has happened so far. */
function draw(chance: Chance, system: System, payments: readonly Payment[]): Act {
	const { key, product } = chance.of(payments);
	const [kind, body, patience, step] = [
		chance.next(),
		chance.is(0.12) ? 2 : 1,
		chance.below(40),
		chance.of(STEPS[product]),
	];
	const [writes, how] = [1 + chance.below(12), chance.of<How>(["lost", "kept", "kept", "reset"])];
	const when = chance.of<When>(["before", "after", "answered"]);
	const fault = chance.of(FAULTS);
	const outcome = chance.of<Outcome>(["accept", "accept", "cancel", "expire", "begin", "pad_pending"]);
	const movedMs = chance.of([-2 * HOUR, -40 * SECOND, 0, 0, 40 * SECOND, 2 * HOUR, 2_400 * HOUR]);
	const spoil = chance.of(["duplicate", "reorder", "drop", "bad_signature"] as const);
	const act = (what: string, run: () => unknown): Act => ({ what, run: async () => run() });
	const known = () => idsOf(system, key);
	if (kind < 0.34) return act(`ask ${key} (${product}, body ${body})`, () => system.ask(product, key, body));
	if (kind < 0.42) {
		const hurry = () => system.ask(product, key, body, AbortSignal.timeout(patience));
		return act(`ask ${key} (${product}, body ${body}) for ${patience} ms`, hurry);
	}
	if (kind < 0.5) return act(`stop after ${writes} writes, ${how}`, () => system.stopAfter(writes, how));
	if (kind < 0.59) {
		return act(`die at ${step}, ${when}`, () => system.plan({ step, when, act: system.restart }));
	}
	if (kind < 0.64) return act(`lose ${step}, ${when}`, () => system.plan({ step, when, act: async () => {} }));
	if (kind < 0.7) return act(`${fault} at ${step}`, () => system.sandbox.fault({ step, fault, delayMs: 50 }));
	if (kind < 0.76) return act(`read ${key}`, () => Promise.all(known().map((id) => system.read(id))));
	if (kind < 0.81) return act(`cancel ${key}`, () => Promise.all(known().map((id) => system.cancel(id))));
	if (kind < 0.85)
		return act(`resolve ${key}`, () => Promise.all(known().map((id) => resolve(system, key, product, id))));
	if (kind < 0.9) return act(`the payor of ${key}: ${outcome}`, () => play(system, key, outcome));
	if (kind < 0.92) return act(`the next webhook: ${spoil}`, () => system.sandbox.webhookFault(spoil));
	if (kind < 0.95) return act(`the clock ${movedMs / SECOND} s from the real one`, () => system.moveClock(movedMs));
	if (kind < 0.98) return act("the alarm rings", () => system.ringAlarm());
	return act("die", system.restart);
}

/** The ids that callers have got for a key. */
function idsOf(system: System, key: string): string[] {
	const ids = system.exchanges.flatMap((exchange) =>
		exchange.key === key && exchange.json.id ? [String(exchange.json.id)] : [],
	);
	return [...new Set(ids)];
}

function play(system: System, key: string, outcome: Outcome): void {
	for (const { entry } of createsOf(key, system.gateway.wire)) {
		if (entry?.sessionId !== undefined) system.play(entry.sessionId, outcome);
	}
}

/** The operator looks the payment up at Flinks and resolves it. */
function resolve(system: System, key: string, product: Product, id: string): Promise<Exchange> {
	return system.resolve(id, resolutionOf(system, key, product));
}

function resolutionOf(system: System, key: string, product: Product): Json {
	const { wire } = system.gateway;
	const sessionId = createsOf(key, wire).find(({ entry }) => entry?.sessionId)?.entry?.sessionId;
	const requested = wire.find((sent) => sent.step === "payment_request" && sent.sessionId === sessionId);
	const requestId = requested?.entry?.requestId;
	if (sessionId === undefined || (product === "interac" && requestId === undefined)) return { outcome: "not_created" };
	return { outcome: "created", sessionId, ...(requestId === undefined ? {} : { requestId }) };
}

/** The Worker dies once more, then nothing goes wrong any more, not even for lack of time, and each key is asked for again. */
async function settle(system: System, payments: readonly Payment[]) {
	system.gateway.plans.length = 0;
	system.sandbox.faults.length = 0;
	await system.restartWith({});
	await system.sandbox.webhooksIdle();
	const complaints: string[] = [];
	const figures = { created: 0, unknown: 0, rejected: 0 };
	for (const { key, product } of payments) {
		const hadTried = createsOf(key, system.gateway.wire).length > 0;
		const hadLeft = openCreatesOf(key, system.gateway.wire).length > 0;
		let end = await system.ask(product, key);
		if (end.json.code === "idempotency_mismatch") end = await system.ask(product, key, 2);
		const outcome = end.status === 201 ? "created" : end.json.code === "outcome_unknown" ? "unknown" : "rejected";
		// Recorded as sent, with a death before it left or after its refusal: that too is unknown.
		const replays = hadTried ? ["unknown", "rejected"] : ["unknown"];
		const isExpected = end.replayed ? hadLeft || replays.includes(outcome) : !hadLeft && outcome === "created";
		if (!isExpected)
			complaints.push(`${key}: ${hadLeft ? "a create" : "nothing"} had left, and it ends with ${end.text}`);
		figures[outcome] += 1;
		const id = String(end.json.id);
		await system.read(id);
		if ((await system.events(id)).length === 0) complaints.push(`${key}: it has no timeline`);
	}
	const listed = (await system.list()).map(({ referenceId }) => String(referenceId)).sort();
	const expected = payments.map(({ key }) => key).sort();
	if (listed.join() !== expected.join()) complaints.push(`listed are ${listed}`);
	return { complaints, figures };
}
