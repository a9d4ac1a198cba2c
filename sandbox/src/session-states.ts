// The statuses of a v2 session and the outcomes that lead to them. Answers to
// docs.flinks.com/api/pay/endpoints/geft/sessions-status for EFT and GEFT. InProgress is named by
// docs.flinks.com/guides/pay/geft/webhooks/session-status alone: its statusDetails are unknown, and those of e-Transfer
// too. What the name check found is shown by docs.flinks.com/api/pay/endpoints/geft/sessions-details.
import type { Outcome, PaymentStatus, SessionProduct, SessionStatus } from "./types.ts";

/** What an outcome changes. */
export interface SessionState {
	status: SessionStatus;
	statusDetails: string | null;
	/** How well the names match, 0 to 100; `null` before they are compared. */
	nameMatch: number | null;
}

const NEW = { status: "Initiated", nameMatch: null } as const;

/** A session that has just been created. */
export const INITIATED: Record<SessionProduct, SessionState> = {
	"e-Transfer": { ...NEW, statusDetails: null },
	EFT: { ...NEW, statusDetails: "EFT0101" },
	GEFT: { ...NEW, statusDetails: "EFT0101" },
};

/** EFT and GEFT. */
export const EFT_ENDS: Partial<Record<Outcome, SessionState>> = {
	begin: { status: "InProgress", statusDetails: null, nameMatch: null },
	accept: { status: "Completed", statusDetails: "EFT0301", nameMatch: 95 },
	pad_pending: { status: "Completed", statusDetails: "EFT0302", nameMatch: 95 },
	login_failed: { status: "Failed", statusDetails: "EFT0401", nameMatch: null },
	no_guarantee: { status: "Failed", statusDetails: "EFT0402", nameMatch: 95 },
	mismatch: { status: "Failed", statusDetails: "EFT0403", nameMatch: 20 },
	low_balance: { status: "Failed", statusDetails: "EFT0404", nameMatch: 95 },
	cancel: { status: "Canceled", statusDetails: "EFT0501", nameMatch: null },
	expire: { status: "Expired", statusDetails: "EFT0601", nameMatch: null },
};

/** An e-Transfer has a transaction beside its status, with the nine statuses of v1 (inferred). */
export const E_TRANSFER_ENDS: Partial<Record<Outcome, { state: SessionState; transaction: PaymentStatus }>> = {
	begin: end("InProgress", "Processing"),
	accept: end("Completed", "Accepted"),
	decline: end("Failed", "Declined"),
	mismatch: end("Failed", "Failed"),
	cancel: end("Cancelled", "Cancelled"),
	expire: end("Expired", "Expired"),
};

function end(status: SessionStatus, transaction: PaymentStatus) {
	return { state: { status, statusDetails: null, nameMatch: null }, transaction };
}
