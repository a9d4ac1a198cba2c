// The timeline of a payment: its events, the oldest first, without names and secrets.

import type { PaymentEvent } from "../schemas/events.ts";
import type { Resolution } from "../schemas/payment.ts";
import type { StoredEvent } from "./payment.ts";
import type { Payments } from "./payments.ts";

/** The events that are never purged: results, who recorded them, and Flinks' ids that are nowhere else. */
const KEPT_TYPES: readonly PaymentEvent["type"][] = [
	"outcome",
	"status",
	"resolution",
	"mismatch",
	"guarantee",
	"abandoned",
	"claim_refused",
	"late_answer",
];
/**
 * More events than a payment needs, and far fewer than its row has room for. Beyond it the oldest event goes that would
 * be purged.
 */
const MAX_EVENTS = 1_000;

/** All changes need a transaction. */
export class Timeline {
	readonly #payments: Payments;

	constructor(payments: Payments) {
		this.#payments = payments;
	}

	appendEvent(paymentId: string, event: PaymentEvent, at = Date.now()): void {
		const events = [...this.of(paymentId), { at, ...event }];
		const oldest = events.length > MAX_EVENTS ? events.find(({ type }) => !KEPT_TYPES.includes(type)) : undefined;
		this.#payments.change(paymentId, { events: events.filter((event) => event !== oldest) });
	}

	of(paymentId: string): readonly StoredEvent[] {
		return this.#payments.events(paymentId);
	}

	lastResolution(paymentId: string): (Resolution & { type: "resolution" }) | undefined {
		return this.of(paymentId).findLast((event) => event.type === "resolution");
	}

	/** Whether the last event of its type is the same. */
	repeats(paymentId: string, event: PaymentEvent): boolean {
		const last = this.of(paymentId).findLast(({ type }) => type === event.type);
		if (last === undefined) return false;
		const { at: _, ...same } = last;
		return JSON.stringify(same) === JSON.stringify(event);
	}

	/** Deletes the events that are not kept, and the amounts of the others. */
	purge(paymentId: string): void {
		const kept = this.of(paymentId).filter(({ type }) => KEPT_TYPES.includes(type));
		this.#payments.change(paymentId, { events: kept.map(withoutAmounts) });
	}
}

function withoutAmounts(event: StoredEvent): StoredEvent {
	if (event.type === "status") {
		const { amount: _, ...rest } = event;
		return rest;
	}
	if (event.type !== "mismatch") return event;
	const { found: _, ...rest } = event;
	return rest;
}
