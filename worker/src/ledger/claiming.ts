// Has the homes of payments' ids know whose they are, so that webhooks find them. What is due together goes together: each home
// is asked once, and all that it has answered is one write, for under load this is a good part of what a payment costs.

import type { Env } from "../env.ts";
import { tell } from "../telemetry.ts";
import type { Calls } from "./calls.ts";
import { FAILED_PAUSE_MS } from "./errands.ts";
import type { Payments } from "./payments.ts";
import type { Claimed } from "./sessions.ts";
import { type Claim, claimAtHomes } from "./shards.ts";
import type { Told } from "./standing.ts";
import type { Store } from "./store.ts";
import type { Watching } from "./watching.ts";

/** Payments that are asked for together. */
const AT_ONCE = 64;
/** How long others are waited for. */
const GATHER_MS = 2_000;

export class Claiming {
	readonly #env: Env;
	readonly #store: Store;
	readonly #calls: Calls;
	readonly #payments: Payments;
	readonly #watching: Watching;
	readonly #take: (id: string, told: Told) => void;

	/** `take` is what a webhook about a payment is given to. */
	constructor(env: Env, store: Store, calls: Calls, watching: Watching, take: (id: string, told: Told) => void) {
		this.#env = env;
		this.#calls = calls;
		this.#store = store;
		this.#payments = store.payments;
		this.#watching = watching;
		this.#take = take;
	}

	/** Claims the ids of the payments whose turn it is, and takes the webhooks that came before. */
	async run(): Promise<void> {
		const began = Date.now();
		const dueNow = () => this.#store.due.overdue("claim", Math.max(began, Date.now()), AT_ONCE);
		// Those that are under way go along. What webhooks tell of them meanwhile is kept at their homes.
		if (this.#calls.count > 0 && dueNow().length < AT_ONCE) await scheduler.wait(GATHER_MS);
		const due = dueNow();
		const claims = due.flatMap(({ owner }) => this.#idsOf(owner));
		const answers = await claimAtHomes(this.#env, claims);
		const failed = new Set<string>();
		for (const { owner, at } of due) {
			try {
				// It may have got other ids meanwhile.
				if (this.#store.due.at("claim", owner) === at) {
					this.#settle(
						owner,
						answers.filter((_, index) => claims[index]?.paymentId === owner),
					);
				}
			} catch (error) {
				const type = error instanceof Error ? error.name : "unknown";
				tell("flinkspay.errand.failed", { "flinkspay.kind": "claim", "error.type": type }, "ERROR");
				failed.add(owner);
			}
		}
		this.#store.commit(() => {
			for (const { owner, at } of due) {
				if (this.#store.due.at("claim", owner) !== at) continue;
				if (failed.has(owner)) this.#store.due.schedule("claim", owner, Date.now() + FAILED_PAUSE_MS);
				else this.#store.due.drop(owner, "claim");
			}
		});
	}

	/** What the homes have answered about one payment. */
	#settle(id: string, answers: readonly PromiseSettledResult<Claimed>[]): void {
		const claimed = answers.map((answer) => {
			if (answer.status === "rejected") throw answer.reason;
			return answer.value;
		});
		const other = claimed.find(({ owner }) => owner !== id);
		if (other !== undefined) this.#watching.disown(id, other.owner);
		else for (const told of claimed.flatMap(({ webhooks }) => webhooks)) this.#take(id, told);
	}

	#idsOf(paymentId: string): Claim[] {
		const row = this.#payments.byId(paymentId);
		return [row?.sessionId, row?.requestId].flatMap((flinksId) => (flinksId == null ? [] : [{ flinksId, paymentId }]));
	}
}
