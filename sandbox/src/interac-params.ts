// Reads and checks the bodies of initiate and sendrequest: each field of
// docs.flinks.com/api/pay/endpoints/e-transfer/sessions-initiate and sessions-sendrequest.
import { field } from "./body.ts";
import type { Settings } from "./options.ts";
import type { PaymentParams } from "./payments.ts";
import { Refusal } from "./refusal.ts";

/** Reads the body of initiate. Every field but `clientURIs` is required. */
export function initiateParams(body: Record<string, unknown>): PaymentParams {
	return readParams(body, true, ["clientURIs"]);
}

/** Reads the body of sendrequest. `referenceId` is optional, and the redirect field has another name. */
export function sendRequestParams(body: Record<string, unknown>, { sendRequestUris }: Settings): PaymentParams {
	return readParams(body, false, sendRequestUris === "both" ? ["clientUrls", "clientURIs"] : ["clientUrls"]);
}

function readParams(body: Record<string, unknown>, needsReference: boolean, redirects: string[]): PaymentParams {
	const errors: Record<string, string[]> = {};
	const text = (name: string): string => {
		const value = field(body, name);
		if (typeof value === "string" && value.trim() !== "") return value;
		errors[name] = [value === undefined || value === null ? "is required" : "must be text"];
		return "";
	};
	const noReference = !needsReference && (field(body, "referenceId") ?? null) === null;
	const referenceId = noReference ? null : text("referenceId");
	const amount = dollars(field(body, "amount"));
	if (amount === undefined) errors.amount = ["must be above zero, with two decimals at most"];
	const customerName = text("customerName");
	const customerEmail = text("customerEmail");
	for (const name of redirects) {
		const uris = field(body, name) ?? {};
		if (typeof uris !== "object" || Array.isArray(uris)) errors[name] = ["must be an object"];
	}
	if (amount === undefined || Object.keys(errors).length > 0) throw Refusal.invalid(errors);
	return { referenceId, amount, customerName, customerEmail };
}

/** A number or numeric text (inferred: the pages disagree on the type) as text with two decimals. */
function dollars(amount: unknown): string | undefined {
	if (typeof amount !== "number" && typeof amount !== "string") return undefined;
	const match = /^(0|[1-9]\d*)(?:\.(\d{1,2}))?$/.exec(String(amount));
	const text = match && `${match[1]}.${(match[2] ?? "").padEnd(2, "0")}`;
	return text && /[1-9]/.test(text) ? text : undefined;
}
