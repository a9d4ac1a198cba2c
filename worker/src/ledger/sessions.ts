// Whose a session is. The object that the hash of an id of Flinks' leads to, its home, knows which payment has it, so that
// webhooks find the payment, and no two payments have one id. Webhooks that come before are kept there, within a bound.

import type { Claim } from "./shards.ts";
import { detailsOf, type Told, wordOf } from "./standing.ts";
import type { Store } from "./store.ts";

/** What a home answers to a claim. */
export interface Claimed {
	flinksId: string;
	/** The payment that has the id: the one that asked, or another one that was there before. */
	owner: string;
	/** The webhooks that came before. */
	webhooks: Told[];
}

/** How many webhooks are kept that no payment has claimed yet, and how long. */
const [MOST_UNCLAIMED, UNCLAIMED_MS] = [1_000, 7 * 24 * 3_600_000];

export class Sessions {
	readonly #store: Store;
	/** Whether a webhook may be kept; nothing until somebody has looked. */
	#mayHaveUnclaimed: boolean | undefined;

	constructor(store: Store) {
		this.#store = store;
	}

	/** Makes ids payments', unless other ones have them. */
	claimAll(claims: readonly Claim[]): Claimed[] {
		return claims.map((claim) => this.#claim(claim));
	}

	/** Takes an id from a payment that it turned out not to be of. */
	release(flinksId: string, paymentId: string): void {
		this.#store.sql.exec("DELETE FROM claims WHERE flinks_id = ? AND payment_id = ?", flinksId, paymentId);
	}

	/** The payment that a webhook is about; where nobody knows it yet, the webhook is kept for whoever claims it. */
	receive(sessionId: string, told: Told): string | undefined {
		const owner = this.#owner(sessionId);
		if (owner !== undefined) return owner;
		const now = Date.now();
		const [status, details, event] = columnsOf(told);
		this.#mayHaveUnclaimed = true;
		this.#store.commit(() => {
			this.#store.sql.exec(
				"INSERT INTO unclaimed (session_id, status, status_details, event, at) VALUES (?, ?, ?, ?, ?)",
				...[sessionId, status, details, event, now],
			);
			this.#store.sql.exec(
				"DELETE FROM unclaimed WHERE number <= (SELECT MAX(number) FROM unclaimed) - ?",
				MOST_UNCLAIMED,
			);
			this.#store.due.scheduleOnce("forget", "", now + UNCLAIMED_MS);
		});
		return undefined;
	}

	/** Drops the webhooks that nobody has claimed in time. */
	forgetUnclaimed(now: number): void {
		this.#store.commit(() => {
			const { sql, due } = this.#store;
			sql.exec("DELETE FROM unclaimed WHERE at <= ?", now - UNCLAIMED_MS);
			const { at } = sql.exec<{ at: number | null }>("SELECT MIN(at) AS at FROM unclaimed").one();
			if (at === null) due.drop("", "forget");
			else due.schedule("forget", "", at + UNCLAIMED_MS);
		});
	}

	#claim({ flinksId, paymentId }: Claim): Claimed {
		const { sql } = this.#store;
		const insert = "INSERT OR IGNORE INTO claims (flinks_id, payment_id) VALUES (?, ?)";
		const isNew = sql.exec(insert, flinksId, paymentId).rowsWritten > 0;
		const owner = isNew ? paymentId : (this.#owner(flinksId) ?? paymentId);
		return { flinksId, owner, webhooks: this.#unclaimedOf(flinksId) };
	}

	#unclaimedOf(flinksId: string): Told[] {
		const { sql } = this.#store;
		// Nearly always there is none, and a claim is a part of each payment.
		this.#mayHaveUnclaimed ??=
			sql.exec<{ last: number | null }>("SELECT MAX(number) AS last FROM unclaimed").one().last !== null;
		if (!this.#mayHaveUnclaimed) return [];
		return sql
			.exec<{ status: string; details: string; event: string | null }>(
				"SELECT status, status_details AS details, event FROM unclaimed WHERE session_id = ? ORDER BY number",
				flinksId,
			)
			.toArray()
			.map(({ status, details, event }): Told => {
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

function columnsOf(told: Told): [status: string, details: string, event: string | null] {
	if ("event" in told) return ["", "", told.event];
	const { status, statusDetails } = told;
	return [wordOf(status), statusDetails === undefined ? "" : detailsOf(statusDetails), null];
}
