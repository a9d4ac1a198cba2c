// All that happened to a payment, the oldest first. Nobody's name and nothing secret is in it.

import type { PaymentEvent, Resolution } from "../schemas.ts";
import type { Happened } from "./payment.ts";
import type { Payments } from "./payments.ts";

/** What stays when the rest is purged: what became of a payment, who said so, and ids of Flinks' that only it has. */
const KEPT: readonly PaymentEvent["type"][] = [
	"outcome",
	"status",
	"resolution",
	"mismatch",
	"guarantee",
	"abandoned",
	"claim_refused",
	"late_answer",
];
/** What a payment's row has room for by far, and nobody needs. The oldest go that would be purged first. */
const MOST_EVENTS = 1_000;

/** All changes belong to a transaction. */
export class Timeline {
	readonly #payments: Payments;

	constructor(payments: Payments) {
		this.#payments = payments;
	}

	appendEvent(paymentId: string, event: PaymentEvent, at = Date.now()): void {
		const events = [...this.of(paymentId), { at, ...event }];
		const oldest = events.length > MOST_EVENTS ? events.find(({ type }) => !KEPT.includes(type)) : undefined;
		this.#payments.change(paymentId, { events: events.filter((event) => event !== oldest) });
	}

	of(paymentId: string): readonly Happened[] {
		return this.#payments.events(paymentId);
	}

	/** The last thing that somebody has found of an unknown payment. */
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

	/** Amounts go from what stays. */
	purge(paymentId: string): void {
		const kept = this.of(paymentId).filter(({ type }) => KEPT.includes(type));
		this.#payments.change(paymentId, { events: kept.map(withoutAmounts) });
	}
}

function withoutAmounts(event: Happened): Happened {
	if (event.type === "status") {
		const { amount: _, ...rest } = event;
		return rest;
	}
	if (event.type !== "mismatch") return event;
	const { found: _, ...rest } = event;
	return rest;
}
