// What a webhook registration says, and what can go wrong with a webhook on purpose. Flinks registers an address by
// hand and answers with a secret: docs.flinks.com/guides/pay/geft/webhooks/client-setup.
import { Refusal } from "./refusal.ts";

/** What can be done to a webhook on purpose. */
export const WEBHOOK_FAULTS = ["duplicate", "reorder", "drop", "bad_signature"] as const;

/** One of {@link WEBHOOK_FAULTS}. `reorder` holds an event back until the next one has been sent. */
export type WebhookFault = (typeof WEBHOOK_FAULTS)[number];

/** An event as it is about to be written into a webhook's body. */
export interface WebhookEvent {
	event: string;
	/** When the status changed, as ISO 8601. */
	when: string;
	sessionId: string;
	/** Of Interac v1 alone. */
	requestId?: string;
	referenceId: string | null;
	amount: number | null;
	status: string;
	statusDetails: string | null;
}

/** Where webhooks go, and how they are signed. */
export interface SandboxWebhook {
	url: string;
	/** The key of the signature: its UTF-8 bytes. */
	secret: string;
	/**
	 * `"geft"`: `sha256=` and upper-case hex in `X-Webhook-Signature`. `"flinks"`: Base64 in `X-Flinks-Signature`. Both
	 * documented, for different families of webhooks. Default `"geft"`.
	 */
	scheme?: "geft" | "flinks";
	/** The signature's header, where it is not the scheme's own. Pages disagree for `"flinks"`. */
	headerName?: string;
	/** Whether Interac e-Transfer, v1 and v2, has webhooks too. Documented to exist, nothing more; default `false`. */
	interac?: boolean;
	/** Makes the body of an Interac webhook, whose shape is unknown. Default: the fields of the event as they are. */
	interacBody?: (event: WebhookEvent) => unknown;
	/** Done to every event. Default: nothing. */
	fault?: WebhookFault;
}

export function isWebhookFault(value: unknown): value is WebhookFault {
	return WEBHOOK_FAULTS.some((fault) => fault === value);
}

/** A registration that came over HTTP. */
export function readWebhook(body: Record<string, unknown>): SandboxWebhook {
	const { url, secret, scheme = "geft", headerName, interac = false, fault } = body;
	const errors: Record<string, string[]> = {};
	if (typeof url !== "string" || !/^https?:$/.test(protocolOf(url))) errors.url = ["must be an http or https address"];
	if (typeof secret !== "string" || secret === "") errors.secret = ["must be text"];
	if (scheme !== "geft" && scheme !== "flinks") errors.scheme = ["must be geft or flinks"];
	if (headerName !== undefined && !/^[\w-]+$/.test(String(headerName))) errors.headerName = ["must name a header"];
	if (typeof interac !== "boolean") errors.interac = ["must be true or false"];
	if (fault !== undefined && !isWebhookFault(fault)) errors.fault = [`must be one of ${WEBHOOK_FAULTS.join(", ")}`];
	if (Object.keys(errors).length > 0) throw Refusal.invalid(errors);
	return {
		url: String(url),
		secret: String(secret),
		scheme: scheme === "flinks" ? "flinks" : "geft",
		interac: interac === true,
		...(headerName === undefined ? {} : { headerName: String(headerName) }),
		...(isWebhookFault(fault) ? { fault } : {}),
	};
}

function protocolOf(url: string): string {
	return URL.canParse(url) ? new URL(url).protocol : "";
}
