// What a person has found at Flinks of a payment that nobody knew about. It is looked up and compared before it is bound, may
// be taken back while nothing is paid, and changes nothing of what the key's callers are answered.

import type { Env } from "../env.ts";
import { ProblemError } from "../problem.ts";
import type { Resolution } from "../schemas.ts";
import type { Outbox } from "./outbox.ts";
import type { PaymentRow } from "./payment.ts";
import type { Payments } from "./payments.ts";
import { inProgress, notPossible } from "./problems.ts";
import { ask, claimAtHome, homeOf } from "./shards.ts";
import { INITIATED, pauseMs, type StatusRead } from "./standing.ts";
import type { Store } from "./store.ts";
import type { Timeline } from "./timeline.ts";
import type { Watching } from "./watching.ts";
import { misfitOf } from "./whose.ts";

export class Resolving {
	readonly #env: Env;
	readonly #store: Store;
	readonly #payments: Payments;
	readonly #timeline: Timeline;
	readonly #outbox: Outbox;
	readonly #watching: Watching;
	/** Payments that somebody resolves now. */
	readonly #underWay = new Set<string>();

	constructor(env: Env, store: Store, payments: Payments, timeline: Timeline, outbox: Outbox, watching: Watching) {
		this.#env = env;
		this.#store = store;
		this.#payments = payments;
		this.#timeline = timeline;
		this.#outbox = outbox;
		this.#watching = watching;
	}

	/** Writes down what somebody has found. The same once more changes nothing. */
	async resolve(row: PaymentRow, resolution: Resolution, by: string): Promise<void> {
		const { id } = row;
		if (this.#underWay.has(id)) throw inProgress(row);
		this.#underWay.add(id);
		const before = this.#timeline.lastResolution(id);
		try {
			await this.#resolve(row, before, resolution, by);
		} finally {
			const ids = [before, resolution].flatMap((one) => (one === undefined ? [] : idsOf(one)));
			await this.#release(id, ids).finally(() => this.#underWay.delete(id));
		}
	}

	/** Whether an id of Flinks' is a payment's, or may be in a moment. */
	has(id: string, flinksId: string): boolean {
		if (this.#underWay.has(id)) return true;
		const row = this.#payments.byId(id);
		return [row?.sessionId, row?.requestId].some((known) => known?.toLowerCase() === flinksId.toLowerCase());
	}

	async #resolve(row: PaymentRow, before: Resolution | undefined, resolution: Resolution, by: string): Promise<void> {
		if (before !== undefined && isSame(before, resolution)) return;
		if (before === undefined && row.state !== "unknown")
			throw notPossible(row, "Only an unknown payment can be resolved.");
		this.#refusePaid(row);
		if (resolution.outcome !== "created") return this.#write(row, before, resolution, by, undefined);
		const found = await this.#lookUp(row, resolution);
		await this.#claim(row, idsOf(resolution));
		this.#refusePaid(this.#payments.byId(row.id) ?? row);
		this.#write(row, before, resolution, by, found);
	}

	/** A read may have shown it meanwhile. */
	#refusePaid(row: PaymentRow): void {
		if (row.standing?.paid) throw notPossible(row, "It is paid, so that it cannot be resolved otherwise.");
	}

	async #lookUp(row: PaymentRow, { sessionId, requestId }: Resolution): Promise<StatusRead> {
		const { id, product } = row;
		const field = product === "interac" ? "requestId" : "sessionId";
		if ({ requestId, sessionId }[field] === undefined) {
			throw new ProblemError("invalid_input", { field, id, detail: `The ${field} that Flinks has is needed.` });
		}
		const ids = { sessionId: sessionId ?? null, requestId: requestId ?? null };
		// Whose it is, whatever became of it before.
		const asked = { ...row, ...ids, standing: null, mismatch: null, effects: 0 as const };
		const found = await this.#watching.lookUp(asked).catch((error) => {
			if (!(error instanceof ProblemError) || error.code !== "not_found") throw error;
			throw notPossible(row, `Flinks does not know this ${field}.`);
		});
		const misfit = misfitOf(asked, found);
		if (misfit === undefined) return found;
		const what = misfit.what === "amount" ? "is for another amount" : "belongs to another referenceId";
		throw notPossible(row, `At Flinks this ${field} ${what}.`);
	}

	#write(
		{ id, sessionId: known }: PaymentRow,
		before: Resolution | undefined,
		resolution: Resolution,
		by: string,
		found: StatusRead | undefined,
	): void {
		const { outcome, ...ids } = resolution;
		// What the sequence itself had seen stays; what a resolution before this one said goes.
		const seen = known === null || known === before?.sessionId ? undefined : known;
		this.#store.commit(() => {
			const { due } = this.#store;
			this.#payments.resolve(id, outcome, { ...ids, sessionId: ids.sessionId ?? seen });
			this.#timeline.appendEvent(id, { type: "resolution", ...resolution, by });
			due.drop(id, "read", "hinted");
			if (found !== undefined) {
				this.#payments.change(id, { standing: INITIATED });
				due.schedule("read", id, Date.now() + pauseMs(0, Math.random()));
				// It has the ids already; what webhooks have told of them before is taken.
				due.schedule("claim", id, Date.now());
				this.#payments.recordAsked(id, { readAt: Date.now() });
			}
			this.#outbox.enqueueMessage(id, "payment.resolved");
			if (found !== undefined) this.#watching.learn(id, found);
		});
	}

	/** An id of Flinks' belongs to one payment. */
	async #claim(row: PaymentRow, ids: readonly string[]): Promise<void> {
		for (const flinksId of ids) {
			const { owner } = await claimAtHome(this.#env, flinksId, row.id);
			if (owner !== row.id) throw notPossible(row, `${flinksId} belongs to the payment ${owner}.`);
		}
	}

	/** Lets go of those that the payment does not have now. */
	async #release(id: string, ids: readonly string[]): Promise<void> {
		const row = this.#payments.byId(id);
		const kept = [row?.sessionId, row?.requestId].map((known) => known?.toLowerCase());
		for (const flinksId of ids.filter((one) => !kept.includes(one.toLowerCase()))) {
			const home = await homeOf(this.#env, flinksId);
			await ask(this.#env, home.shard, (ledger) => ledger.release(home.flinksId, id));
		}
	}
}

function idsOf({ sessionId, requestId }: Resolution): string[] {
	return [sessionId, requestId].filter((flinksId) => flinksId !== undefined);
}

function isSame(one: Resolution, other: Resolution): boolean {
	return one.outcome === other.outcome && one.requestId === other.requestId && one.sessionId === other.sessionId;
}
