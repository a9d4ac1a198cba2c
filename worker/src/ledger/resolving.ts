// Resolutions: what a person found at Flinks about an unknown payment. The id is looked up and compared before it is
// bound. A resolution may be taken back while nothing is paid. The key keeps its answer.

import type { Env } from "../env.ts";
import { ProblemError } from "../problem.ts";
import type { Resolution } from "../schemas/payment.ts";
import { callLedger, claimAtHome } from "./client.ts";
import { findMismatch } from "./mismatch.ts";
import type { Outbox } from "./outbox.ts";
import type { PaymentRow } from "./payment.ts";
import { inProgress, notPossible } from "./problems.ts";
import { homeOf } from "./shards.ts";
import { INITIATED, pollDelayMs, type StatusRead } from "./status.ts";
import type { Store } from "./store.ts";
import type { Watching } from "./watching.ts";

export class Resolving {
	readonly #env: Env;
	readonly #store: Store;
	readonly #outbox: Outbox;
	readonly #watching: Watching;
	/** Payments with a resolution under way. */
	readonly #underWay = new Set<string>();

	constructor(env: Env, store: Store, outbox: Outbox, watching: Watching) {
		this.#env = env;
		this.#store = store;
		this.#outbox = outbox;
		this.#watching = watching;
	}

	/** Records a resolution. The same one again changes nothing. */
	async resolve(row: PaymentRow, resolution: Resolution, by: string): Promise<void> {
		const { id } = row;
		if (this.#underWay.has(id)) throw inProgress(row);
		this.#underWay.add(id);
		const before = this.#store.timeline.lastResolution(id);
		try {
			await this.#resolve(row, before, resolution, by);
		} finally {
			const ids = [before, resolution].flatMap((one) => (one === undefined ? [] : idsOf(one)));
			await this.#releaseUnused(id, ids).finally(() => this.#underWay.delete(id));
		}
	}

	/** Whether a payment has one of Flinks' ids, or is about to. */
	has(id: string, flinksId: string): boolean {
		if (this.#underWay.has(id)) return true;
		const row = this.#store.payments.byId(id);
		return [row?.sessionId, row?.requestId].some((known) => known?.toLowerCase() === flinksId.toLowerCase());
	}

	async #resolve(row: PaymentRow, before: Resolution | undefined, resolution: Resolution, by: string): Promise<void> {
		if (before !== undefined && isSame(before, resolution)) return;
		if (before === undefined && row.state !== "unknown")
			throw notPossible(row, "The payment cannot be resolved: only an `unknown` one can.");
		this.#refusePaid(row);
		if (resolution.outcome !== "created") return this.#write(row, before, resolution, by, undefined);
		const found = await this.#fetchStatus(row, resolution);
		await this.#claim(row, idsOf(resolution));
		this.#refusePaid(this.#store.payments.byId(row.id) ?? row);
		this.#write(row, before, resolution, by, found);
	}

	/** A read may have shown meanwhile that it is paid. */
	#refusePaid(row: PaymentRow): void {
		if (row.current?.paid) throw notPossible(row, "The payment is paid, so its resolution cannot be changed.");
	}

	async #fetchStatus(row: PaymentRow, { sessionId, requestId }: Resolution): Promise<StatusRead> {
		const { id, product } = row;
		const field = product === "interac" ? "requestId" : "sessionId";
		if ({ requestId, sessionId }[field] === undefined) {
			throw new ProblemError("invalid_input", {
				field,
				id,
				detail: `${field} is missing. Give the one that Flinks has for the payment.`,
			});
		}
		const ids = { sessionId: sessionId ?? null, requestId: requestId ?? null };
		// Compares the ids alone, whatever the payment's state was.
		const candidate = { ...row, ...ids, current: null, mismatch: null, effects: 0 as const };
		const found = await this.#watching.fetchStatus(candidate).catch((error) => {
			if (!(error instanceof ProblemError) || error.code !== "not_found") throw error;
			throw notPossible(row, `Flinks does not know this ${field}. Check it and try again.`);
		});
		const mismatchFound = findMismatch(candidate, found);
		if (mismatchFound === undefined) return found;
		const other = mismatchFound.what === "amount" ? "amount" : "referenceId";
		throw notPossible(row, `At Flinks this ${field} has another ${other}. Check that it is this payment's.`);
	}

	#write(
		{ id, sessionId: known }: PaymentRow,
		before: Resolution | undefined,
		resolution: Resolution,
		by: string,
		found: StatusRead | undefined,
	): void {
		const { outcome, ...ids } = resolution;
		// A session that the payment's own start has seen stays; one from an earlier resolution goes.
		const seen = known === null || known === before?.sessionId ? undefined : known;
		this.#store.commit(() => {
			const { due } = this.#store;
			this.#store.payments.resolve(id, outcome, { ...ids, sessionId: ids.sessionId ?? seen });
			this.#store.timeline.appendEvent(id, { type: "resolution", ...resolution, by });
			due.drop(id, "read", "hinted");
			if (found !== undefined) {
				this.#store.payments.change(id, { current: INITIATED });
				due.schedule("read", id, Date.now() + pollDelayMs(0, Math.random()));
				// The ids are claimed already. The claim takes the webhooks that came before.
				due.schedule("claim", id, Date.now());
				this.#store.payments.countRead(id, { readAt: Date.now() });
			}
			this.#outbox.enqueueMessage(id, "payment.resolved");
			if (found === undefined) return;
			this.#watching.applyRead(id, found);
			if ((this.#store.payments.byId(id)?.hints.length ?? 0) > 0) due.schedule("hinted", id, Date.now());
		});
	}

	/** Each of Flinks' ids belongs to one payment. */
	async #claim(row: PaymentRow, ids: readonly string[]): Promise<void> {
		for (const flinksId of ids) {
			const { owner } = await claimAtHome(this.#env, flinksId, row.id);
			if (owner !== row.id)
				throw notPossible(row, `${flinksId} belongs to the payment ${owner}. Check that it is this payment's.`);
		}
	}

	/** Takes back claims of ids that the payment does not have. */
	async #releaseUnused(id: string, ids: readonly string[]): Promise<void> {
		const row = this.#store.payments.byId(id);
		const kept = [row?.sessionId, row?.requestId].map((known) => known?.toLowerCase());
		for (const flinksId of ids.filter((one) => !kept.includes(one.toLowerCase()))) {
			const home = await homeOf(this.#env, flinksId);
			await callLedger(this.#env, home.shard, (ledger) => ledger.release(home.flinksId, id));
		}
	}
}

function idsOf({ sessionId, requestId }: Resolution): string[] {
	return [sessionId, requestId].filter((flinksId) => flinksId !== undefined);
}

function isSame(one: Resolution, other: Resolution): boolean {
	return one.outcome === other.outcome && one.requestId === other.requestId && one.sessionId === other.sessionId;
}
