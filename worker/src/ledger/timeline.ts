// All that happened to a payment, the oldest first. Nobody's name and nothing secret is in it.

import type { PaymentEvent, Resolution } from "../schemas.ts";

/** What stays when the rest is purged: what became of a payment, who said so, and ids of Flinks' that only it has. */
const KEPT = [
	"outcome",
	"status",
	"resolution",
	"mismatch",
	"guarantee",
	"abandoned",
	"claim_refused",
	"late_answer",
] satisfies PaymentEvent["type"][];

export class Timeline {
	readonly #sql: SqlStorage;

	constructor(sql: SqlStorage) {
		this.#sql = sql;
	}

	appendEvent(paymentId: string, event: PaymentEvent, at = Date.now()): void {
		this.#sql.exec(
			`INSERT INTO events (payment_id, number, at, event)
			SELECT ?1, COALESCE(MAX(number), 0) + 1, ?2, ?3 FROM events WHERE payment_id = ?1`,
			...[paymentId, at, JSON.stringify(event)],
		);
	}

	of(paymentId: string): (PaymentEvent & { at: number })[] {
		const rows = this.#sql.exec<{ at: number; event: string }>(
			"SELECT at, event FROM events WHERE payment_id = ? ORDER BY number",
			paymentId,
		);
		return rows.toArray().map(({ at, event }) => ({ at, ...(JSON.parse(event) as PaymentEvent) }));
	}

	/** The last thing that somebody has found of an unknown payment. */
	lastResolution(paymentId: string): (Resolution & { type: "resolution" }) | undefined {
		return this.of(paymentId).findLast((event) => event.type === "resolution");
	}

	/** Whether the last event of its type is the same. */
	repeats(paymentId: string, event: PaymentEvent): boolean {
		const [last] = this.#sql
			.exec<{ event: string }>(
				"SELECT event FROM events WHERE payment_id = ? AND event ->> 'type' = ? ORDER BY number DESC LIMIT 1",
				...[paymentId, event.type],
			)
			.toArray();
		return last?.event === JSON.stringify(event);
	}

	forget(paymentId: string): void {
		this.#sql.exec("DELETE FROM events WHERE payment_id = ?", paymentId);
	}

	purge(paymentId: string): void {
		const kept = KEPT.map((type) => `'${type}'`).join();
		this.#sql.exec(`DELETE FROM events WHERE payment_id = ? AND event ->> 'type' NOT IN (${kept})`, paymentId);
		// Amounts go from what stays.
		this.#sql.exec(
			`UPDATE events SET event = json_remove(event, '$.amount', '$.found')
			WHERE payment_id = ? AND (event ->> 'amount' IS NOT NULL OR event ->> 'found' IS NOT NULL)`,
			paymentId,
		);
	}
}
