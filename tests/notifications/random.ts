// One random run: a few payments over some days, and everything that can fail between a change at Flinks and its message to
// the merchant, in an order that a seed draws. At the end all faults stop and time passes.

import type { Outcome } from "../../sandbox/src/sandbox.ts";
import type { Step } from "../../sandbox/src/types.ts";
import { Chance } from "../crash/chance.ts";
import type { When } from "../crash/gateway.ts";
import { createsOf } from "../crash/laws.ts";
import type { Hint, How, Json, Product } from "../crash/system.ts";
import { FeedReader, feedComplaints } from "./feed.ts";
import { DAY, DEADLINE, Fixture, HOUR, MINUTE, SECOND, until } from "./fixture.ts";
import { missingAlarms, missingMessages, overdue } from "./laws.ts";

export interface Verdict {
	complaints: string[];
	/** What was tried, in order. */
	schedule: string[];
	figures: Figures;
}

/** How much of what a run is about happened. */
interface Figures {
	payments: number;
	messages: number;
	webhooks: number;
	deaths: number;
	requests: number;
}

interface Act {
	what: string;
	run: () => Promise<unknown>;
}

interface Payment {
	key: string;
	product: Product;
	/** By the sandbox's clock: when it was first asked for, and when it changed last, and into what. */
	askedAt: number;
	changedAt: number;
	changedTo: string;
}

/** A webhook that the Worker has taken. */
interface Taken {
	sessionId: string;
	status: string;
	at: number;
}

const STEPS: Record<Product, readonly Step[]> = {
	interac: ["authorize", "initiate", "payment_request", "status"],
	eft: ["authorize", "session", "session_status"],
};
/** Bindings that are wrong for a while. */
const MISTAKES: readonly Readonly<Record<string, string>>[] = [
	{ MERCHANT_WEBHOOK_SECRET: "cannot be used" },
	{ MERCHANT_WEBHOOK_SECRET: "" },
	{ STATUS_DEADLINE_HOURS: "7d" },
	{ RETENTION_DAYS: "x" },
	{ FLINKS_TIMEOUT_MS: "abc" },
];
const OUTCOMES: readonly Outcome[] = ["accept", "accept", "accept", "cancel", "begin", "pad_pending"];
/** Flinks' words for an outcome of an EFT. */
const WORDS: Partial<Record<Outcome, Omit<Hint, "sessionId">>> = {
	accept: { status: "Completed", statusDetails: "EFT0301" },
	cancel: { status: "Canceled", statusDetails: "EFT0501" },
	pad_pending: { status: "Completed", statusDetails: "EFT0302" },
};

export async function run(folder: string, seed: number): Promise<Verdict> {
	const fixture = await Fixture.open(folder, { FLINKS_DEADLINE_MS: "5000" });
	try {
		const days = new Days(fixture, seed);
		const complaints = await days.live();
		const { system, merchant } = fixture;
		const figures = {
			payments: days.payments.length,
			messages: merchant.taken.length,
			webhooks: system.sandbox.webhooks.length + days.byHand,
			deaths: system.deaths,
			requests: system.gateway.wire.length,
		};
		return { complaints, schedule: days.schedule, figures };
	} finally {
		await fixture.close();
	}
}

class Days {
	readonly schedule: string[] = [];
	readonly payments: Payment[];
	/** Webhooks that were sent besides those of the sandbox. */
	byHand = 0;
	readonly #fixture: Fixture;
	readonly #chance: Chance;
	readonly #reader: FeedReader;
	readonly #taken: Taken[] = [];
	/** Work that is not awaited. */
	readonly #pending: Promise<unknown>[] = [];
	/** How far the sandbox's clock is from the real one. */
	#passedMs = 0;

	constructor(fixture: Fixture, seed: number) {
		this.#fixture = fixture;
		this.#chance = new Chance(seed);
		this.#reader = new FeedReader(fixture.system);
		this.payments = Array.from({ length: 2 + this.#chance.below(3) }, (_, index) => ({
			...{ key: `${seed}-${index}`, product: this.#chance.of<Product>(["interac", "eft", "eft"]) },
			...{ askedAt: 0, changedAt: 0, changedTo: "" },
		}));
	}

	/** Runs it, and gives the laws that are broken at the end. */
	async live(): Promise<string[]> {
		for (let count = 14 + this.#chance.below(10); count > 0; count--) {
			const { what, run } = this.#draw();
			this.schedule.push(what);
			await run();
			// The Worker may have died, or its bindings may be wrong.
			await this.#reader.readPage().catch(() => {});
		}
		await this.#mend();
		return this.#judge();
	}

	/** What happens next. It draws as many random numbers whatever has happened so far. */
	#draw(): Act {
		const chance = this.#chance;
		const payment = chance.of(this.payments);
		const { key, product } = payment;
		const { system, merchant } = this.#fixture;
		const [kind, outcome, word] = [chance.next(), chance.of(OUTCOMES), chance.of(["accept", "cancel"] as const)];
		const [writes, how] = [1 + chance.below(12), chance.of<How>(["lost", "kept", "kept", "reset", "thrown"])];
		const [step, when] = [chance.of(STEPS[product]), chance.of<When>(["before", "after", "answered"])];
		const mistake = chance.of(MISTAKES);
		const mode = chance.of(["up", "down", "hangs"] as const);
		const spoil = chance.of(["duplicate", "reorder", "drop", "bad_signature"] as const);
		const ms = chance.of([4 * SECOND, 40 * SECOND, 10 * MINUTE, 2 * HOUR, 7 * HOUR, 30 * HOUR, 8 * DAY]);
		const skewMs = chance.of([-2 * HOUR, -40 * SECOND, 40 * SECOND, 2 * HOUR]);
		const act = (what: string, run: () => unknown): Act => ({ what, run: async () => run() });
		if (kind < 0.2) return act(`ask ${key} (${product})`, () => this.#ask(payment));
		if (kind < 0.32) return act(`the payor of ${key}: ${outcome}`, () => this.#play(payment, outcome));
		if (kind < 0.37) return act(`the webhook about ${key} comes before ${word}`, () => this.#early(payment, word));
		if (kind < 0.41) return act(`webhooks about ${key}: ${word}, another, ${word}`, () => this.#again(payment, word));
		if (kind < 0.45) return act(`the next webhook: ${spoil}`, () => system.sandbox.webhookFault(spoil));
		if (kind < 0.47) return act("a webhook about an unknown session", () => this.#hint(crypto.randomUUID(), word));
		if (kind < 0.55) return act(`stop after ${writes} writes, ${how}`, () => system.stopAfter(writes, how));
		if (kind < 0.6) return act(`die at ${step}, ${when}`, () => system.plan({ step, when, act: system.restart }));
		if (kind < 0.63) return act(`lose ${step}, ${when}`, () => system.plan({ step, when, act: async () => {} }));
		if (kind < 0.7) return act(`bindings: ${JSON.stringify(mistake)}`, () => this.#fixture.restartWith(mistake));
		if (kind < 0.73) return act("bindings: mended", () => this.#fixture.restartWith({}));
		if (kind < 0.81) {
			return act(`the merchant ${mode}`, () => {
				merchant.mode = mode;
				merchant.cut();
			});
		}
		if (kind < 0.83) return act("the end of a day", () => this.#settle());
		if (kind < 0.85) return act(`send ${key} again`, () => this.#resend(key));
		if (kind < 0.87) return act(`the Worker's clock ${skewMs / SECOND} s off`, () => this.#skew(skewMs));
		if (kind < 0.98) return act(`${ms / SECOND} s pass`, () => this.#pass(ms));
		return act("die", system.restart);
	}

	async #ask(payment: Payment): Promise<Json> {
		payment.askedAt ||= this.#now();
		return (await this.#fixture.system.ask(payment.product, payment.key)).json;
	}

	#play(payment: Payment, outcome: Outcome): void {
		for (const sessionId of this.#sessionsOf(payment)) {
			this.#fixture.system.play(sessionId, outcome);
			payment.changedAt = this.#now();
			payment.changedTo = WORDS[outcome]?.status ?? "";
		}
	}

	async #early(payment: Payment, outcome: "accept" | "cancel"): Promise<void> {
		const [sessionId] = this.#sessionsOf(payment);
		// No page describes a webhook about v1's payments.
		if (sessionId === undefined || payment.product !== "eft") return;
		await this.#hint(sessionId, outcome);
		await this.#pass(3 * SECOND);
		this.#fixture.system.sandbox.webhookFault("drop");
		this.#play(payment, outcome);
	}

	/** A webhook a minute before its change, another one between, and the same one again after it. */
	async #again(payment: Payment, outcome: "accept" | "cancel"): Promise<void> {
		const [sessionId] = this.#sessionsOf(payment);
		// No page describes a webhook about v1's payments.
		if (sessionId === undefined || payment.product !== "eft") return;
		await this.#hint(sessionId, outcome);
		await this.#hint(sessionId, "pad_pending");
		await this.#pass(MINUTE);
		this.#fixture.system.sandbox.webhookFault("drop");
		this.#play(payment, outcome);
		await this.#hint(sessionId, outcome);
	}

	async #hint(sessionId: string, outcome: Outcome): Promise<void> {
		const word = WORDS[outcome] ?? { status: "Completed" };
		const at = this.#now();
		this.byHand += 1;
		if ((await this.#fixture.system.hint({ sessionId, ...word })) === 200) {
			this.#taken.push({ sessionId, status: word.status, at });
		}
	}

	#settle(): void {
		this.#fixture.system.sandbox.settle();
		for (const payment of this.payments) {
			if (payment.product !== "interac") continue;
			payment.changedAt = this.#now();
			payment.changedTo = "";
		}
	}

	async #resend(key: string): Promise<void> {
		const { system } = this.#fixture;
		for (const { json } of system.exchanges.filter((exchange) => exchange.key === key && exchange.json.id)) {
			await system.call("POST", `/payments/${json.id}/resend`).catch(() => {});
		}
	}

	/** Moves the Worker's clock away from the sandbox's, until the end of the run. */
	#skew(ms: number): Promise<void> {
		return this.#fixture.system.moveClock(this.#passedMs + ms);
	}

	/** Moves the clocks. An alarm is not awaited while the merchant hangs. */
	async #pass(ms: number): Promise<void> {
		const { system, merchant } = this.#fixture;
		this.#passedMs += ms;
		if (merchant.mode !== "hangs") return system.pass(ms);
		await system.shift(ms);
		this.#pending.push(system.ringAlarm());
		await new Promise((resolve) => setTimeout(resolve, 50));
	}

	#now(): number {
		return Date.now() + this.#passedMs;
	}

	#sessionsOf({ key }: Payment): string[] {
		return createsOf(key, this.#fixture.system.gateway.wire).flatMap(({ entry }) => entry?.sessionId ?? []);
	}

	/** Stops all faults, repeats each key, and does what is left to the operator. */
	async #mend(): Promise<void> {
		const { system, merchant } = this.#fixture;
		merchant.mode = "up";
		merchant.cut();
		system.gateway.plans.length = 0;
		system.sandbox.faults.length = 0;
		await system.stopAfter(0, "kept");
		await Promise.all(this.#pending);
		await system.sandbox.webhooksIdle();
		system.movedMs = this.#passedMs;
		await this.#fixture.restartWith({});
		for (const payment of this.payments) {
			const { code, id } = await this.#ask(payment);
			if (code === "outcome_unknown") await system.resolve(String(id), this.#found(payment));
		}
		for (const ms of [MINUTE, 5 * MINUTE, HOUR, 7 * HOUR, 14 * HOUR, 24 * HOUR]) await this.#pass(ms);
		for (const { id } of await system.list("&delivery=dead")) await system.call("POST", `/payments/${id}/resend`);
		await this.#pass(MINUTE);
		await this.#pass(24 * HOUR);
	}

	/** What the operator finds at Flinks. */
	#found({ key, product }: Payment): Json {
		const { wire } = this.#fixture.system.gateway;
		const sessionId = createsOf(key, wire).find(({ entry }) => entry?.sessionId)?.entry?.sessionId;
		const requested = wire.find((sent) => sent.step === "payment_request" && sent.sessionId === sessionId);
		const requestId = requested?.entry?.requestId;
		if (sessionId === undefined || (product === "interac" && requestId === undefined)) {
			return { outcome: "not_created" };
		}
		return { outcome: "created", sessionId, ...(requestId === undefined ? {} : { requestId }) };
	}

	async #judge(): Promise<string[]> {
		const { system, merchant } = this.#fixture;
		// For eight hours the platform's alarms alone wake the Worker.
		await system.sleep(8 * HOUR);
		const left = await until("nothing is due", () => overdue(system).length === 0).then(
			() => [],
			() => overdue(system),
		);
		const payments = this.payments.map((payment) => ({ ...payment, isKnowable: this.#isKnowable(payment) }));
		const unread = await feedComplaints(system, merchant, this.#reader);
		return [...left, ...missingAlarms(system), ...unread, ...(await missingMessages(system, merchant, payments))];
	}

	/** Whether the Worker can know the status: it changed while it was watched, or a webhook has said so. */
	#isKnowable(payment: Payment): boolean {
		const { askedAt, changedAt, changedTo } = payment;
		// The Worker polls every six hours, and its clock may be two hours ahead.
		if (changedAt < askedAt + DEADLINE - 9 * HOUR) return true;
		const sessions = this.#sessionsOf(payment);
		const ofSandbox = this.#fixture.system.sandbox.webhooks
			.filter(({ answer }) => answer === 200)
			.map(({ sessionId, status, at }) => ({ sessionId, status, at }));
		return [...this.#taken, ...ofSandbox]
			.filter(({ sessionId }) => sessions.includes(sessionId))
			.some(({ status, at }) => at >= changedAt || (status === changedTo && at >= changedAt - 5 * SECOND));
	}
}
