// One random run about money: payments of each product over some weeks, with offers, guarantees that wait, returns,
// reversals and answers that name another amount, under webhooks that are lost, doubled and late, and a Worker that dies.
// At the end time passes, and the merchant's book must be the bank's, to the cent.

import { Refusal } from "../../sandbox/src/refusal.ts";
import type { Outcome } from "../../sandbox/src/sandbox.ts";
import { GUARANTEE_EVENT } from "../../tools/processes.ts";
import { Chance } from "../crash/chance.ts";
import { createsOf } from "../crash/laws.ts";
import type { AnyProduct, How, Json } from "../crash/system.ts";
import { FeedReader, feedComplaints } from "../notifications/feed.ts";
import { DAY, Fixture, HOUR, MINUTE, SECOND } from "../notifications/fixture.ts";
import { bankBook, merchantBook } from "./book.ts";

/** What a run came to. */
interface Verdict {
	complaints: string[];
	/** What was tried, in order. */
	schedule: string[];
	figures: { payments: number; messages: number; credits: number; reversals: number; deaths: number };
}

interface Payment {
	key: string;
	product: AnyProduct;
}

const PRODUCTS: readonly AnyProduct[] = ["interac", "e-transfer", "eft", "geft", "geft"];
/** What a payor, a bank or Flinks does. The sandbox refuses what a product does not have, and then nothing happens. */
const OUTCOMES: readonly Outcome[] = [
	...([
		"accept",
		"accept",
		"accept",
		"accept",
		"next_best_offer",
		"guarantee_waits",
		"return_later",
		"differs",
	] as const),
	...(["begin", "pad_pending", "cancel"] as const),
];
/** Reads go on for as long as a run may take. */
const RETURN_DAYS = {
	RETURN_DAYS_INTERAC: "365",
	RETURN_DAYS_E_TRANSFER: "365",
	RETURN_DAYS_EFT: "365",
	RETURN_DAYS_GEFT: "365",
};

/** Makes one run and looks at what was left. */
export async function run(folder: string, seed: number): Promise<Verdict> {
	const chance = new Chance(seed);
	const fixture = await Fixture.open(folder, {
		...{ FLINKS_DEADLINE_MS: "5000", FLINKS_GUARANTEE_EVENT: GUARANTEE_EVENT },
		...{ ...RETURN_DAYS, GUARANTEE_POLICY: chance.of(["ask", "accept", "refuse"]) },
	});
	try {
		const weeks = new Weeks(fixture, chance, seed);
		const complaints = await weeks.live();
		const { system, merchant } = fixture;
		const idsWith = (effect: string) =>
			new Set(merchant.taken.filter((one) => one.effect === effect).map(({ id }) => id));
		const [credits, reversals] = [idsWith("credit").size, idsWith("reverse").size];
		const figures = { payments: weeks.payments.length, messages: merchant.taken.length, credits, reversals };
		return { complaints, schedule: weeks.schedule, figures: { ...figures, deaths: system.deaths } };
	} finally {
		await fixture.close();
	}
}

class Weeks {
	readonly schedule: string[] = [];
	readonly payments: readonly Payment[];
	readonly #fixture: Fixture;
	readonly #chance: Chance;
	readonly #reader: FeedReader;

	constructor(fixture: Fixture, chance: Chance, seed: number) {
		this.#fixture = fixture;
		this.#reader = new FeedReader(fixture.system);
		this.#chance = chance;
		this.payments = Array.from({ length: 2 + chance.below(4) }, (_, index) => {
			return { key: `${seed}-${index}`, product: chance.of(PRODUCTS) };
		});
	}

	/** Gives what is wrong at the end. */
	async live(): Promise<string[]> {
		for (const { product, key } of this.payments)
			if (this.#chance.is(0.6)) await this.#fixture.system.ask(product, key);
		for (let count = 24 + this.#chance.below(16); count > 0; count--) {
			await this.#next();
			// The Worker may be dead.
			await this.#reader.readPage().catch(() => {});
		}
		await this.#mend();
		return this.#judge();
	}

	/** What happens next. It draws the same number of dice whatever has happened so far. */
	async #next(): Promise<void> {
		const chance = this.#chance;
		const { system, merchant } = this.#fixture;
		const [kind, payment, outcome] = [chance.next(), chance.of(this.payments), chance.of(OUTCOMES)];
		const [writes, how] = [1 + chance.below(12), chance.of<How>(["lost", "kept", "reset", "thrown"])];
		const spoil = chance.of(["duplicate", "reorder", "drop", "drop"] as const);
		const ms = chance.of([40 * SECOND, 10 * MINUTE, 7 * HOUR, DAY, 4 * DAY]);
		const mode = chance.of(["up", "down"] as const);
		const accepted = chance.is(0.5);
		const act = (what: string, run: () => unknown) => {
			this.schedule.push(what);
			return run();
		};
		const { key, product } = payment;
		if (kind < 0.16) await act(`ask ${key} (${product})`, () => system.ask(product, key));
		else if (kind < 0.46) await act(`${key}: ${outcome}`, () => this.#each(payment, (id) => system.play(id, outcome)));
		else if (kind < 0.52)
			await act(`${key} is taken back`, () => this.#each(payment, (id) => system.sandbox.reverse(id)));
		else if (kind < 0.57)
			await act("the end of a day", () => system.sandbox.settle(accepted ? "Processed" : "Settled"));
		else if (kind < 0.61) await act(`decisions: ${accepted}`, () => this.#decide(accepted));
		else if (kind < 0.66) await act(`the next webhook: ${spoil}`, () => system.sandbox.webhookFault(spoil));
		else if (kind < 0.74) await act(`stop after ${writes} writes, ${how}`, () => system.stopAfter(writes, how));
		else if (kind < 0.8) await act(`the merchant ${mode}`, () => Object.assign(merchant, { mode }));
		else if (kind < 0.84) await act(`send ${key} again`, () => this.#resend(key));
		else if (kind < 0.97) await act(`${ms / SECOND} s pass`, () => system.pass(ms));
		else await act("die", system.restart);
	}

	/** Acts on each session of a payment; what Flinks refuses does not happen. */
	async #each(payment: Payment, act: (sessionId: string) => unknown): Promise<void> {
		const sent = createsOf(payment.key, this.#fixture.system.gateway.wire);
		for (const sessionId of sent.flatMap(({ entry }) => entry?.sessionId ?? [])) {
			try {
				act(sessionId);
			} catch (error) {
				if (!(error instanceof Refusal)) throw error;
			}
		}
		await this.#fixture.system.sandbox.webhooksIdle();
	}

	async #decide(accepted: boolean): Promise<void> {
		const { system } = this.#fixture;
		try {
			for (const { id } of await system.list("&status=guarantee_waiting")) {
				await system.call("POST", `/payments/${id}/guarantee`, { accepted });
			}
		} catch {
			// The Worker has died.
		}
	}

	async #resend(key: string): Promise<void> {
		const { system } = this.#fixture;
		const ids = new Set(
			system.exchanges.filter((exchange) => exchange.key === key).flatMap(({ json }) => json.id ?? []),
		);
		for (const id of ids) await system.call("POST", `/payments/${id}/resend`).catch(() => {});
	}

	/** Nothing goes wrong any more, a person does what is left to one, and time passes. */
	async #mend(): Promise<void> {
		const { system, merchant } = this.#fixture;
		merchant.mode = "up";
		system.sandbox.faults.length = 0;
		await system.stopAfter(0, "kept");
		await this.#fixture.restartWith({});
		for (const payment of this.payments) {
			await this.#each(payment, (id) => system.sandbox.correct(id));
			const { json } = await system.ask(payment.product, payment.key);
			if (json.code === "outcome_unknown") await system.resolve(String(json.id), this.#found(payment));
		}
		await this.#decide(true);
		for (const ms of [MINUTE, 5 * MINUTE, HOUR, 7 * HOUR, DAY, 2 * DAY, DAY]) await system.pass(ms);
		// Payments that are not polled any more after STATUS_DEADLINE_HOURS are read by a request.
		for (const { id } of await system.list()) await system.read(String(id));
		for (const { id } of await system.list("&delivery=dead")) await system.call("POST", `/payments/${id}/resend`);
		await system.pass(MINUTE);
		await system.pass(DAY);
		await system.quiet();
	}

	/** What the operator finds at Flinks. */
	#found({ key, product }: Payment): Json {
		const { wire } = this.#fixture.system.gateway;
		const sessionId = createsOf(key, wire).find(({ entry }) => entry?.sessionId)?.entry?.sessionId;
		const requested = wire.find((sent) => sent.step === "payment_request" && sent.sessionId === sessionId);
		const requestId = requested?.entry?.requestId;
		if (sessionId === undefined || (product === "interac" && requestId === undefined))
			return { outcome: "not_created" };
		return { outcome: "created", sessionId, ...(requestId === undefined ? {} : { requestId }) };
	}

	async #judge(): Promise<string[]> {
		const { system, merchant } = this.#fixture;
		const [bank, book] = [bankBook(system.sandbox), merchantBook(merchant.taken)];
		const other = merchantBook(await new FeedReader(system).readAll());
		const views = await system.list();
		const viewOf = (key: string) => JSON.stringify(views.find(({ referenceId }) => referenceId === key));
		const complaints = await feedComplaints(system, merchant, this.#reader);
		if (merchant.forged > 0) complaints.push(`${merchant.forged} messages have a wrong signature`);
		for (const { key } of this.payments) {
			if (other[key] !== book[key]) complaints.push(`${key}: by the events the book has ${other[key] ?? "nothing"}`);
			if (book[key] === bank[key]) continue;
			complaints.push(
				`${key}: the bank has ${bank[key] ?? "nothing"}, the book ${book[key] ?? "nothing"}: ${viewOf(key)}`,
			);
		}
		for (const { referenceId, paid, paidAmount } of views) {
			const key = String(referenceId);
			if ((paid ? paidAmount : undefined) === bank[key]) continue;
			complaints.push(`${key}: the bank has ${bank[key] ?? "nothing"}, and the Worker says ${viewOf(key)}`);
		}
		return complaints;
	}
}
