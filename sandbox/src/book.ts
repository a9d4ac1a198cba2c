// The book of the merchant's bank: the money that is really there, whatever the answers and webhooks say. A merchant's own
// book should show the same. The sandbox's own, not one of Flinks' pages; that money is guaranteed from Accepted on is
// documented by docs.flinks.com/api/pay/endpoints/e-transfer/get-payment-requests; for a completed GEFT it is inferred.
import { isPaid, type Payment } from "./payments.ts";
import { isReversible, type Session } from "./session.ts";
import type { Simulator } from "./simulator.ts";
import type { SandboxBookEntry } from "./types.ts";

const NOTHING = "0.00";

/** Every payment: first v1, then v2, each in the order of creation. */
export function bookOf({ payments, sessions }: Simulator): SandboxBookEntry[] {
	return [...payments.all().map(entryOfV1), ...sessions.all().map(entryOfV2)];
}

/** A v1 payment: its money is there from Accepted on. */
export function entryOfV1({ request, sessionId, referenceId, amount }: Payment): SandboxBookEntry {
	const requestId = request && { requestId: request.requestId };
	const money = request && isPaid(request.status) ? amount : NOTHING;
	return { product: "Interac v1", sessionId, ...requestId, referenceId, money, scheduled: NOTHING };
}

/** A v2 session. A regular EFT is scheduled until it is returned, and is never money. */
export function entryOfV2(session: Session): SandboxBookEntry {
	const { product, sessionId, referenceId, amount } = session;
	const present = isReversible(session) ? (amount?.toFixed(2) ?? NOTHING) : NOTHING;
	const [money, scheduled] = product === "EFT" ? [NOTHING, present] : [present, NOTHING];
	return { product, sessionId, referenceId, money, scheduled };
}
