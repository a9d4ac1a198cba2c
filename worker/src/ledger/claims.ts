// Claims Flinks' ids for the payments of this object at the ids' homes, so that webhooks find the payments. Claims that are
// due together are sent together, one call to each home, and recorded in one write: under load this is a good part of what
// a payment costs.

import type { Env } from "../env.ts";
import { errorName, log } from "../telemetry.ts";
import type { Claim, ClaimResult } from "./api.ts";
import type { Calls } from "./calls.ts";
import { claimAtHomes } from "./client.ts";
import { FAILED_DELAY_MS } from "./jobs.ts";
import type { WebhookContent } from "./status.ts";
import type { Store } from "./store.ts";
import type { Watching } from "./watching.ts";

const BATCH = 64;
/** How long a batch waits for payments that are being started. */
const GATHER_MS = 2_000;

/** Handles a webhook about a payment. */
type TakeWebhook = (id: string, content: WebhookContent) => void;

export class Claims {
	readonly #env: Env;
	readonly #store: Store;
	readonly #calls: Calls;
	readonly #watching: Watching;
	readonly #take: TakeWebhook;

	constructor(env: Env, store: Store, calls: Calls, watching: Watching, take: TakeWebhook) {
		this.#env = env;
		this.#calls = calls;
		this.#store = store;
		this.#watching = watching;
		this.#take = take;
	}

	/** Claims the ids of the payments whose claim is due, and takes the webhooks that came before. */
	async run(): Promise<void> {
		const began = Date.now();
		const dueNow = () => this.#store.due.overdue("claim", Math.max(began, Date.now()), BATCH);
		// Payments that are being started go along. The homes keep their webhooks meanwhile.
		if (this.#calls.count > 0 && dueNow().length < BATCH) await scheduler.wait(GATHER_MS);
		const due = dueNow();
		const claims = due.flatMap(({ owner }) => this.#claimsOf(owner));
		const results = await claimAtHomes(this.#env, claims);
		const failed = new Set<string>();
		for (const { owner, at } of due) {
			try {
				// Another time means that the payment got other ids meanwhile.
				if (this.#store.due.at("claim", owner) === at) {
					this.#apply(
						owner,
						results.filter((_, index) => claims[index]?.paymentId === owner),
					);
				}
			} catch (error) {
				log("flinkspay.job.failed", { "flinkspay.kind": "claim", "error.type": errorName(error) }, "ERROR");
				failed.add(owner);
			}
		}
		this.#store.commit(() => {
			for (const { owner, at } of due) {
				if (this.#store.due.at("claim", owner) !== at) continue;
				if (failed.has(owner)) this.#store.due.schedule("claim", owner, Date.now() + FAILED_DELAY_MS);
				else this.#store.due.drop(owner, "claim");
			}
		});
	}

	#apply(id: string, results: readonly PromiseSettledResult<ClaimResult>[]): void {
		const claimed = results.map((result) => {
			if (result.status === "rejected") throw result.reason;
			return result.value;
		});
		const other = claimed.find(({ owner }) => owner !== id);
		if (other !== undefined) this.#watching.rejectClaim(id, other.owner);
		else for (const content of claimed.flatMap(({ webhooks }) => webhooks)) this.#take(id, content);
	}

	#claimsOf(paymentId: string): Claim[] {
		const row = this.#store.payments.byId(paymentId);
		return [row?.sessionId, row?.requestId].flatMap((flinksId) => (flinksId == null ? [] : [{ flinksId, paymentId }]));
	}
}
