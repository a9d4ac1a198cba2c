// What a message has the merchant do in their books. It is decided here, at most one credit and one reverse for each payment.
// A merchant who obeys each message once therefore books what Flinks has, however often a message is sent.

import type { Effect } from "../schemas/events.ts";
import type { PaymentStatus } from "./status.ts";

/** How many messages of a payment had an effect: the first is the credit, the second the reverse. */
export type Effects = 0 | 1 | 2;

/** Credit with the first message while it is paid. Reverse with the first one after that while there is no money. */
export function effectOf(effects: Effects, current: PaymentStatus | null): Effect {
	const funds = current?.funds ?? "none";
	if (effects === 0 && current?.paid) return "credit";
	return effects === 1 && (funds === "none" || funds === "returned") ? "reverse" : "none";
}
