// What the types promise and what they refuse, for the compiler alone: nothing here runs. A line under `@ts-expect-error`
// that compiles is an error, so each refusal is a test.

import type { IncomingMessage } from "node:http";
import {
	type ErrorCode,
	FlinksPay,
	FlinksPayError,
	type Funds,
	fundsOf,
	isFlinksPayError,
	type KnownPaymentStatus,
	type PaymentRequestStatus,
	type SentFlinksPayError,
	type SessionEvent,
	type SessionParams,
	type SessionStatus,
	verifyWebhook,
	type WebhookEvent,
	type WebhookHeaders,
} from "flinkspay-edge";
import type wasm from "flinkspay-edge/flinkspay.wasm";
import type { OrderPayment } from "flinkspay-edge/order";
import { initSync } from "flinkspay-edge/slim";

/** True where two types are the same, `any` and `never` included. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function holds<Statement extends true>(): Statement;

declare const pay: FlinksPay;
const valid = { baseUrl: "https://pay.example.com", username: "user", password: "secret" };
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };
const payor = { firstName: "Zoë", lastName: "Tremblay", email: "zoe@example.com" };

export function settings(): void {
	new FlinksPay(valid);
	using closing = new FlinksPay({ ...valid, timeoutMs: 1000, credentialsIn: "form", fetch: globalThis.fetch });
	closing.close();
	// @ts-expect-error: there is no default for the credentials
	new FlinksPay({ baseUrl: valid.baseUrl });
	// @ts-expect-error: a setting that does not exist
	new FlinksPay({ ...valid, timeout: 1000 });
	// @ts-expect-error: milliseconds are a number
	new FlinksPay({ ...valid, timeoutMs: "1000" });
	// @ts-expect-error: not one of the words
	new FlinksPay({ ...valid, tokenHeader: "cookie" });
	// @ts-expect-error: an unset option is left out, and not undefined
	new FlinksPay({ ...valid, instance: undefined });
}

export async function payments(): Promise<void> {
	const started = await pay.startPayment(order, { signal: AbortSignal.timeout(1000) });
	holds<Same<typeof started.requestId, string>>();
	// @ts-expect-error: a number cannot hold every amount of cents
	await pay.startPayment({ ...order, amount: 12.5 });
	// @ts-expect-error: Flinks compares the name with the account's
	await pay.startPayment({ referenceId: "order-1001", amount: "12.50", customerEmail: "zoe@example.com" });
	const initiated = await pay.initiateSession(order);
	// @ts-expect-error: it cannot be paid yet
	initiated.appUrl;
	// @ts-expect-error: a payment request is asked for by its own id
	await pay.getPaymentRequest(initiated);
}

export function orders(): OrderPayment[] {
	const asked = { referenceId: "order-1001", amount: "12.50" };
	const payor = { firstName: "Zoë", lastName: "Li", email: "zoe@example.com" };
	const payee = { account: { institutionCode: "003", transitNumber: "00001", accountNumber: "1234567" } };
	return [
		order,
		{ ...asked, product: "e-transfer", payor, direction: "CREDIT" },
		{ ...asked, product: "geft", payor, payee },
		// @ts-expect-error: a page must not choose the amount
		{ referenceId: "order-1001", product: "eft", payor },
		// @ts-expect-error: the Worker takes no type
		{ ...asked, product: "eft", type: "EFT", payor },
		// @ts-expect-error: nor a currency
		{ ...asked, product: "e-transfer", currency: "CAD", payor },
		// @ts-expect-error: nor a direction of an EFT
		{ ...asked, product: "geft", direction: "DEBIT", payor },
		// @ts-expect-error: a regular EFT has no payee
		{ ...asked, product: "eft", payor, payee },
	];
}

export function statusOfPayment(payment: PaymentRequestStatus): void {
	if (payment.paid) holds<Same<typeof payment.status, "Accepted" | "Processed" | "Settled">>();
	if (payment.paid && payment.final) holds<Same<typeof payment.status, "Settled">>();
	if (payment.final && !payment.paid) {
		holds<Same<typeof payment.status, "Cancelled" | "Canceled" | "Expired" | "Declined" | "Failed">>();
	}
	// Text that no page documents is text, and never paid.
	const text: string = payment.status;
	const unpaid: PaymentRequestStatus = { requestId: "r", status: text, funds: "none", paid: false, final: false };
	const guaranteed = { requestId: "r", funds: "guaranteed", paid: true } as const;
	// @ts-expect-error: only three words are paid
	const undocumented: PaymentRequestStatus = { ...guaranteed, status: text, final: false };
	// @ts-expect-error: a declined payment is not paid
	const declined: PaymentRequestStatus = { ...guaranteed, status: "Declined", final: true };
	const known: KnownPaymentStatus[] = ["Initiated", "Settled"];
	void [unpaid, undocumented, declined, known];
	if (payment.funds === "settled") holds<Same<typeof payment.status, "Settled">>();
	if (payment.funds === "none") holds<Same<typeof payment.paid, false>>();
}

export function statusOfSession(current: SessionStatus): void {
	if (current.paid) {
		holds<Same<typeof current.status, "Completed">>();
		holds<Same<typeof current.funds, "guaranteed" | "settled">>();
	}
	if (current.funds === "scheduled") {
		holds<Same<typeof current.paid, false>>();
		holds<Same<typeof current.final, false>>();
	}
	const session = { sessionId: "s", status: "Completed", final: true } as const;
	// @ts-expect-error: a session that failed is not paid
	const failed: SessionStatus = { ...session, status: "Failed", funds: "guaranteed", paid: true };
	// @ts-expect-error: a scheduled debit is not paid
	const scheduled: SessionStatus = { ...session, funds: "scheduled", paid: true };
	// @ts-expect-error: a scheduled debit is not final
	const over: SessionStatus = { ...session, funds: "scheduled", paid: false };
	void [failed, scheduled, over];
}

export async function funds(event: SessionEvent): Promise<void> {
	const meaning = fundsOf(event, { product: "geft", before: "scheduled" });
	holds<Same<typeof meaning.funds, Funds>>();
	if (meaning.paid) holds<Same<typeof meaning.funds, "guaranteed" | "settled">>();
	if (meaning.funds === "returned") holds<Same<typeof meaning.final, true>>();
	await pay.getSessionStatus("session", { product: "geft", signal: AbortSignal.timeout(1000) });
	await pay.getSessionDetails("session", { product: "e-transfer" });
	// @ts-expect-error: a payment request of v1 is no session
	await pay.getSessionStatus("session", { product: "interac" });
	// @ts-expect-error: it is known already
	await pay.getPaymentRequest("request", { product: "geft" });
	// @ts-expect-error: an answer has a status
	fundsOf({ statusDetails: "EFT0301" });
	// @ts-expect-error: a word that funds have not
	fundsOf({ status: "Settled" }, { before: "paid" });
}

export async function sessions(params: SessionParams): Promise<void> {
	holds<Same<typeof params.payor.middleName, string | undefined>>();
	if (params.product !== "e-transfer") holds<Same<typeof params.payor.occupation, string | undefined>>();
	if (params.product !== "eft") holds<"payee" extends keyof typeof params ? true : false>();
	await pay.createSession({ product: "geft", amount: "12.50", payor });
	// @ts-expect-error: a product that does not exist
	await pay.createSession({ product: "card", payor });
	// @ts-expect-error: an EFT has no payee of its own
	await pay.createSession({ product: "eft", payor, payee: { account: {} } });
	// @ts-expect-error: an occupation is for EFT and GEFT
	await pay.createSession({ product: "e-transfer", payor: { ...payor, occupation: "baker" } });
	// @ts-expect-error: an e-Transfer says where its link goes
	await pay.createSession({ product: "e-transfer", payor: { firstName: "Zoë", lastName: "Tremblay" } });
	// @ts-expect-error: a boolean, and not a word
	await pay.confirmGuarantee("session", "yes");
}

export function errors(error: unknown): void {
	// @ts-expect-error: its type is unknown
	error.code;
	if (!(error instanceof FlinksPayError)) return;
	const sent: SentFlinksPayError = error.toJSON();
	void sent;
	holds<Same<typeof error.outcome, "not_sent" | "rejected" | "unknown">>();
	holds<Same<typeof error.code, ErrorCode>>();
	// @ts-expect-error: only bad settings and bad input have a field
	error.field;
	if (error.code === "invalid_input" || error.code === "invalid_config") holds<Same<typeof error.field, string>>();
	// @ts-expect-error: a code that does not exist
	if (error.code === "declined") return;
	// @ts-expect-error: errors are read-only
	error.retryable = true;
	// @ts-expect-error: errors are made by the package alone
	new FlinksPayError("no");
}

export function errorsThatWereSent(error: unknown): string | undefined {
	if (!isFlinksPayError(error)) return undefined;
	holds<Same<typeof error.outcome, "not_sent" | "rejected" | "unknown">>();
	holds<Same<typeof error.message, string>>();
	if (error.code === "invalid_input") holds<Same<typeof error.field, string>>();
	// @ts-expect-error: an error that was sent has no methods
	error.toJSON();
	// @ts-expect-error: it may have no stack
	const stack: string = error.stack;
	return stack;
}

/** An error that was not sent still has its methods. */
export function errorsAsTheyAre(error: FlinksPayError | TypeError): object {
	return isFlinksPayError(error) ? error.toJSON() : error;
}

/** An incomplete list of the codes does not compile. */
export const remedies: Record<ErrorCode, string> = {
	invalid_config: "mend the setting in `field`",
	invalid_input: "mend the parameter in `field`",
	closed: "make a new client",
	aborted: "",
	deadline_exceeded: "",
	timeout: "",
	network: "",
	credentials_rejected: "mend the credentials",
	token_rejected: "",
	forbidden: "ask Flinks for the product",
	rejected: "",
	not_found: "",
	conflict: "",
	rate_limited: "wait for `retryAfterMs`",
	upstream_unavailable: "",
	upstream_protocol: "",
	unexpected_redirect: "mend `baseUrl`",
	not_ready: "",
	instance_lost: "",
	webhook_signature: "",
};

export function webhooks(request: Request, node: IncomingMessage, body: Uint8Array): string {
	const secrets = ["old", "new"];
	const event: WebhookEvent = verifyWebhook({ body, headers: request.headers, secrets, scheme: "geft" });
	// @ts-expect-error: the scheme is never guessed
	verifyWebhook({ body, headers: request.headers, secrets });
	// @ts-expect-error: JSON that was parsed does not verify
	verifyWebhook({ body: { event: "" }, headers: request.headers, secrets, scheme: "geft" });
	const kept: WebhookHeaders[] = [
		...[request.headers, Object.fromEntries(request.headers), new Map(request.headers), [...request.headers]],
		...[request.headers.entries(), node.headers, node.headersDistinct, node.rawHeaders],
	];
	for (const headers of kept) verifyWebhook({ body, headers, secrets, scheme: "geft" });
	// @ts-expect-error: a promise is awaited
	verifyWebhook({ body, headers: Promise.resolve(request.headers), secrets, scheme: "geft" });
	// @ts-expect-error: the headers of the request, and not the request
	verifyWebhook({ body, headers: request, secrets, scheme: "geft" });
	// @ts-expect-error: several secrets, for rotation
	verifyWebhook({ body, headers: request.headers, secrets: "one", scheme: "geft" });
	if (event.type === "unknown") {
		holds<Same<typeof event.body, unknown>>();
		// @ts-expect-error: an unknown event may have any field
		const about: string = event.sessionId;
		return about;
	}
	// @ts-expect-error: a known event has fields, and no body
	event.body;
	return event.sessionId;
}

export function slim(module: typeof wasm, bytes: Uint8Array<ArrayBuffer>): void {
	holds<Same<typeof wasm, WebAssembly.Module>>();
	initSync({ module });
	initSync({ module: bytes });
	// @ts-expect-error: the module is passed by name
	initSync(module);
}
