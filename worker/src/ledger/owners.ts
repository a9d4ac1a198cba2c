// The owner of each Flinks session and payment request: this object is the home of those ids whose hash leads to it. It
// knows which payment has claimed an id, so that webhooks find the payment and no two payments have one id. It keeps
// webhooks that come before the claim, within a bound.

import type { Claim, ClaimResult } from "./api.ts";
import { detailsOf, type WebhookContent, wordOf } from "./status.ts";
import type { Store } from "./store.ts";

/** How many unclaimed webhooks are kept, and how long. */
const [MAX_UNCLAIMED, UNCLAIMED_MS] = [1_000, 7 * 24 * 3_600_000];

export class Owners {
	readonly #store: Store;
	/** Whether there may be an unclaimed webhook; undefined until the table was read. */
	#mayHaveUnclaimed: boolean | undefined;

	constructor(store: Store) {
		this.#store = store;
	}

	/** Claims ids for payments, unless another payment owns them. */
	claimAll(claims: readonly Claim[]): ClaimResult[] {
		return claims.map((claim) => this.#claim(claim));
	}

	/** Takes back the claim of a payment. */
	release(flinksId: string, paymentId: string): void {
		this.#store.sql.exec("DELETE FROM claims WHERE flinks_id = ? AND payment_id = ?", flinksId, paymentId);
	}

	/** The payment that a webhook is about. Without an owner the webhook is kept for the payment that will claim it. */
	receive(sessionId: string, content: WebhookContent): string | undefined {
		const owner = this.#owner(sessionId);
		if (owner !== undefined) return owner;
		const now = Date.now();
		const [status, details, event] = columnsOf(content);
		this.#mayHaveUnclaimed = true;
		this.#store.commit(() => {
			this.#store.sql.exec(
				"INSERT INTO unclaimed (session_id, status, status_details, event, at) VALUES (?, ?, ?, ?, ?)",
				...[sessionId, status, details, event, now],
			);
			this.#store.sql.exec(
				"DELETE FROM unclaimed WHERE number <= (SELECT MAX(number) FROM unclaimed) - ?",
				MAX_UNCLAIMED,
			);
			this.#store.due.scheduleOnce("forget", "", now + UNCLAIMED_MS);
		});
		return undefined;
	}

	/** Deletes webhooks that no payment has claimed in time. */
	forgetUnclaimed(now: number): void {
		this.#store.commit(() => {
			const { sql, due } = this.#store;
			sql.exec("DELETE FROM unclaimed WHERE at <= ?", now - UNCLAIMED_MS);
			const { at } = sql.exec<{ at: number | null }>("SELECT MIN(at) AS at FROM unclaimed").one();
			if (at === null) due.drop("", "forget");
			else due.schedule("forget", "", at + UNCLAIMED_MS);
		});
	}

	#claim({ flinksId, paymentId }: Claim): ClaimResult {
		const { sql } = this.#store;
		const insert = "INSERT OR IGNORE INTO claims (flinks_id, payment_id) VALUES (?, ?)";
		const isNew = sql.exec(insert, flinksId, paymentId).rowsWritten > 0;
		const owner = isNew ? paymentId : (this.#owner(flinksId) ?? paymentId);
		return { flinksId, owner, webhooks: this.#unclaimedOf(flinksId) };
	}

	#unclaimedOf(flinksId: string): WebhookContent[] {
		const { sql } = this.#store;
		// Each payment makes a claim, and there is hardly ever an unclaimed webhook, so the table is not read each time.
		this.#mayHaveUnclaimed ??=
			sql.exec<{ last: number | null }>("SELECT MAX(number) AS last FROM unclaimed").one().last !== null;
		if (!this.#mayHaveUnclaimed) return [];
		return sql
			.exec<{ status: string; details: string; event: string | null }>(
				"SELECT status, status_details AS details, event FROM unclaimed WHERE session_id = ? ORDER BY number",
				flinksId,
			)
			.toArray()
			.map(({ status, details, event }): WebhookContent => {
				if (event !== null) return { event };
				return { status, ...(details === "" ? {} : { statusDetails: details }) };
			});
	}

	#owner(flinksId: string): string | undefined {
		return this.#store.sql
			.exec<{ owner: string }>("SELECT payment_id AS owner FROM claims WHERE flinks_id = ?", flinksId)
			.toArray()[0]?.owner;
	}
}

function columnsOf(content: WebhookContent): [status: string, details: string, event: string | null] {
	if ("event" in content) return ["", "", content.event];
	const { status, statusDetails } = content;
	return [wordOf(status), statusDetails === undefined ? "" : detailsOf(statusDetails), null];
}
