// The options of a sandbox and their defaults. Where Flinks' public pages are silent or disagree, the behaviour is a switch
// here. Follows docs.flinks.com/api/pay/endpoints as a whole.
import type { SandboxOptions } from "./types.ts";

/** The options with all defaults. */
export type Settings = Required<Omit<SandboxOptions, "webhook">> & Pick<SandboxOptions, "webhook">;

const CREDENTIALS = ["username", "password"];
const WEBHOOK = ["url", "secret", "scheme", "headerName", "interac", "interacBody", "guaranteeEvent", "fault"];

/** Fills in the defaults. Throws a `TypeError` for an unknown option. */
export function withDefaults(options: SandboxOptions): Settings {
	const defaults = {
		credentials: { username: "sandbox", password: "sandbox" },
		expiresInSeconds: 299,
		requestExpiresInSeconds: 900,
		initiateStatus: 200,
		repeatPaymentRequest: "conflict",
		statusBody: "interac",
		credentialsIn: "either",
		basicEncoding: "raw",
		lockOutAfter: 0,
		lockOutStatus: 429,
		tokenHeader: "strict",
		requireBaseUri: false,
		latencyMs: 0,
		dateOffsetSeconds: 0,
		redirectTo: "",
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
	} satisfies Settings;
	refuseUnknown("", options, [...Object.keys(defaults), "webhook"]);
	refuseUnknown("credentials.", options.credentials ?? {}, CREDENTIALS);
	if (options.webhook) refuseUnknown("webhook.", options.webhook, WEBHOOK);
	return { ...defaults, ...options };
}

/** A misspelt option would silently leave its default in place. */
function refuseUnknown(path: string, given: object, known: readonly string[]): void {
	const unknown = Object.keys(given).find((name) => !known.includes(name));
	if (unknown === undefined) return;
	throw new TypeError(`createSandbox: unknown option ${path}${unknown}. Use one of ${known.join(", ")}.`);
}

/** The `referenceId` in an answer. */
export function reference(settings: Settings, referenceId: string | null): { referenceId?: string | null } {
	return referenceId === null && settings.missingReferenceId === "omitted" ? {} : { referenceId };
}
