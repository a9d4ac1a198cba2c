// What a sandbox can be told, and its defaults. Where Flinks' public pages are silent or disagree, the behaviour is a
// switch here and not a guess inside the code. Answers to docs.flinks.com/api/pay/endpoints as a whole.
import type { SandboxOptions } from "./types.ts";

/** The options with every default filled in. */
export type Settings = Required<Omit<SandboxOptions, "webhook">> & Pick<SandboxOptions, "webhook">;

const CREDENTIALS = ["username", "password"];
const WEBHOOK = ["url", "secret", "scheme", "headerName", "interac", "interacBody", "guaranteeEvent", "fault"];

/** Fills in the defaults. */
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
	refuseOthers("", options, [...Object.keys(defaults), "webhook"]);
	refuseOthers("credentials.", options.credentials ?? {}, CREDENTIALS);
	if (options.webhook) refuseOthers("webhook.", options.webhook, WEBHOOK);
	return { ...defaults, ...options };
}

/** A misspelt option would leave its default in place, and the test that set it none the wiser. */
function refuseOthers(path: string, given: object, known: readonly string[]): void {
	const misspelt = Object.keys(given).find((name) => !known.includes(name));
	if (misspelt === undefined) return;
	throw new TypeError(`createSandbox: ${path}${misspelt} is not known here: there are ${known.join(", ")}.`);
}

/** The reference of a session in an answer. */
export function reference(settings: Settings, referenceId: string | null): { referenceId?: string | null } {
	return referenceId === null && settings.missingReferenceId === "omitted" ? {} : { referenceId };
}
