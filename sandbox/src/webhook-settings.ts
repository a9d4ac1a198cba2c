// The registration of a webhook, and the faults of webhooks. Flinks registers an address by hand and answers with a secret:
// docs.flinks.com/guides/pay/geft/webhooks/client-setup.
import { Refusal } from "./refusal.ts";
import type { SandboxWebhook, WebhookFault } from "./types.ts";

/** The faults of webhooks, by their public names. */
export const WEBHOOK_FAULTS = ["duplicate", "reorder", "drop", "bad_signature"] as const;

export function isWebhookFault(value: unknown): value is WebhookFault {
	return WEBHOOK_FAULTS.some((fault) => fault === value);
}

/** Reads a registration from a request's body. */
export function readWebhook(body: Record<string, unknown>): SandboxWebhook {
	const { url, secret, scheme = "geft", headerName, interac = false, guaranteeEvent, fault } = body;
	const errors: Record<string, string[]> = {};
	if (typeof url !== "string" || !/^https?:$/.test(protocolOf(url))) errors.url = ["must be an http or https address"];
	if (typeof secret !== "string" || secret === "") errors.secret = ["must be text"];
	if (scheme !== "geft" && scheme !== "flinks") errors.scheme = ["must be geft or flinks"];
	if (headerName !== undefined && !/^[\w-]+$/.test(String(headerName))) errors.headerName = ["must name a header"];
	if (typeof interac !== "boolean") errors.interac = ["must be true or false"];
	if (guaranteeEvent !== undefined && (typeof guaranteeEvent !== "string" || guaranteeEvent === "")) {
		errors.guaranteeEvent = ["must be text"];
	}
	if (fault !== undefined && !isWebhookFault(fault)) errors.fault = [`must be one of ${WEBHOOK_FAULTS.join(", ")}`];
	if (Object.keys(errors).length > 0) throw Refusal.invalid(errors);
	return {
		url: String(url),
		secret: String(secret),
		scheme: scheme === "flinks" ? "flinks" : "geft",
		interac: interac === true,
		...(headerName === undefined ? {} : { headerName: String(headerName) }),
		...(guaranteeEvent === undefined ? {} : { guaranteeEvent: String(guaranteeEvent) }),
		...(isWebhookFault(fault) ? { fault } : {}),
	};
}

function protocolOf(url: string): string {
	return URL.canParse(url) ? new URL(url).protocol : "";
}
