// What a message has the merchant do in his books. It is decided here, once for each payment, so that whoever does what he is
// told, and the same message once however often it comes, has in his books what Flinks has.

import type { Effect } from "../schemas.ts";
import type { Standing } from "./standing.ts";

/** How often the merchant was told to do something: to credit the payment is the first, to reverse that the second. */
export type Effects = 0 | 1 | 2;

/**
 * To credit in the first message while it is paid; to reverse that in the first one after it while there is no money, nor is
 * to be.
 */
export function effectOf(effects: Effects, standing: Standing | null): Effect {
	const funds = standing?.funds ?? "none";
	if (effects === 0 && standing?.paid) return "credit";
	return effects === 1 && (funds === "none" || funds === "returned") ? "reverse" : "none";
}
