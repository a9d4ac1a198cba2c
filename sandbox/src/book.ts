// The book of the merchant's bank: what is really there, whatever the answers and webhooks say. A merchant's own book should
// come to the same. The sandbox's own, not one of Flinks' pages; that money is guaranteed from Accepted on is documented by
// docs.flinks.com/api/pay/endpoints/e-transfer/get-payment-requests, and that a completed GEFT is guaranteed is inferred.
import { isPaid, type Session as Payment } from "./payments.ts";
import { isReversible, type Session } from "./session.ts";
import type { SandboxBookEntry } from "./types.ts";
import type { World } from "./world.ts";

const NOTHING = "0.00";

/** Every payment: v1 and then v2, each in the order of creation. */
export function bookOf({ payments, sessions }: World): SandboxBookEntry[] {
	return [...payments.all().map(entryOfV1), ...sessions.all().map(entryOfV2)];
}

/** A payment of v1: the money is there from Accepted on. */
export function entryOfV1({ request, sessionId, referenceId, amount }: Payment): SandboxBookEntry {
	const requestId = request && { requestId: request.requestId };
	const money = request && isPaid(request.status) ? amount : NOTHING;
	return { product: "Interac v1", sessionId, ...requestId, referenceId, money, scheduled: NOTHING };
}

/** A session of v2. The debit of a regular EFT is scheduled until it comes back, and never money. */
export function entryOfV2(session: Session): SandboxBookEntry {
	const { product, sessionId, referenceId, amount } = session;
	const there = isReversible(session) ? (amount?.toFixed(2) ?? NOTHING) : NOTHING;
	const [money, scheduled] = product === "EFT" ? [NOTHING, there] : [there, NOTHING];
	return { product, sessionId, referenceId, money, scheduled };
}
