// The statuses of a v2 session and the outcomes that lead to them. Follows
// docs.flinks.com/api/pay/endpoints/geft/sessions-status for EFT and GEFT. Only
// docs.flinks.com/guides/pay/geft/webhooks/session-status has InProgress, so its statusDetails are unknown; those of
// e-Transfer are unknown too. docs.flinks.com/api/pay/endpoints/geft/sessions-details shows the result of the name check.
import type { Outcome, PaymentStatus, SessionProduct, SessionStatus } from "./types.ts";

/** The fields that an outcome changes. */
export interface SessionState {
	status: SessionStatus;
	statusDetails: string | null;
	/** How well the names match, 0 to 100; `null` before they are compared. */
	nameMatch: number | null;
}

const NEW = { status: "Initiated", nameMatch: null } as const;

/** The state of a new session. */
export const INITIATED: Record<SessionProduct, SessionState> = {
	"e-Transfer": { ...NEW, statusDetails: null },
	EFT: { ...NEW, statusDetails: "EFT0101" },
	GEFT: { ...NEW, statusDetails: "EFT0101" },
};

/** The states that the outcomes of EFT and GEFT lead to. */
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

/** The same for an e-Transfer, whose transaction has the nine statuses of v1 (inferred). */
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
