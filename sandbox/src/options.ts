// What a sandbox can be told, and its defaults. Where Flinks' public pages are silent or disagree, the behaviour is a
// switch here and not a guess inside the code. Answers to docs.flinks.com/api/pay/endpoints as a whole.
import type { SandboxOptions } from "./types.ts";

/** The options with every default filled in. */
export type Settings = Required<Omit<SandboxOptions, "webhook">> & Pick<SandboxOptions, "webhook">;

/** Fills in the defaults. */
export function withDefaults(options: SandboxOptions): Settings {
	return {
		credentials: { username: "sandbox", password: "sandbox" },
		expiresInSeconds: 299,
		requestExpiresInSeconds: 900,
		initiateStatus: 200,
		repeatPaymentRequest: "conflict",
		statusBody: "interac",
		tokenHeader: "strict",
		requireBaseUri: false,
		latencyMs: 0,
		sendRequestUris: "both",
		sendRequestPayable: true,
		interacCancel: true,
		repeatCancel: "conflict",
		missingReferenceId: "null",
		products: ["e-Transfer", "EFT", "GEFT"],
		tokenSessions: "one",
		requireClientId: false,
		sessionExpiresInSeconds: 900,
		statusToken: "required",
		eTransferDirection: "DEBIT",
		sessionAmount: "number",
		defaultAccount: true,
		geftAddress: "optional",
		guaranteeAccepted: "boolean",
		guaranteeConfirm: "auto",
		accountNumber: "masked",
		eTransferStatusDetails: "omitted",
		detailsStatusDetails: false,
		initiatedTransactions: "none",
		webhookFetch: (url, init) => globalThis.fetch(url, init),
		...options,
	};
}

/** The reference of a session in an answer. */
export function reference(settings: Settings, referenceId: string | null): { referenceId?: string | null } {
	return referenceId === null && settings.missingReferenceId === "omitted" ? {} : { referenceId };
}
