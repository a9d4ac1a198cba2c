// A change of a status, and the callbacks for it. Follows
// docs.flinks.com/guides/pay/geft/webhooks/session-status for what an event is about.

/** A status that has just changed. */
export interface StatusChange {
	readonly product: "Interac v1" | "e-Transfer" | "EFT" | "GEFT";
	readonly sessionId: string;
	readonly requestId?: string;
	readonly referenceId: string | null;
	readonly amount: number | null;
	readonly status: string;
	readonly statusDetails: string | null;
}

/** Called after every change. */
export type OnStatusChange = (change: StatusChange) => void;

/** Called when a session waits for the client's decision on a guarantee. `fail` ends the session without one. */
export type OnDecisionNeeded = (change: StatusChange, session: { isWaiting: () => boolean; fail: () => void }) => void;
