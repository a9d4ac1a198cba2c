// A status that has changed, as the parts of the sandbox that care are told of it: what
// docs.flinks.com/guides/pay/geft/webhooks/session-status says that an event is about.

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

/** Is told of every change, after it has happened. */
export type Notify = (change: StatusChange) => void;

/** Is told that a session waits for the client's decision on a guarantee: whether it still does, and how to end it. */
export type Ask = (change: StatusChange, question: { waits: () => boolean; fail: () => void }) => void;
