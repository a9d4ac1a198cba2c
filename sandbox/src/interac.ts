// Interac e-Transfer request money, v1: a session, its payment request, its status.
// Answers to docs.flinks.com/api/pay/endpoints/e-transfer/sessions-initiate, post-payment-requests and
// get-payment-requests.
import { Hono } from "hono";
import { field, mediaType, readObject } from "./body.ts";
import type { Journaled } from "./journal.ts";
import type { Settings } from "./options.ts";
import type { ActiveSession, Payments, SessionParams } from "./payments.ts";
import { Refusal } from "./refusal.ts";
import { type Tokens, unauthorized } from "./tokens.ts";

/** The three routes. */
export function interacRoutes(settings: Settings, tokens: Tokens, payments: Payments): Hono<Journaled> {
	const routes = new Hono<Journaled>();

	routes.post("/api/v1/sessions/initiate", async (c) => {
		const token = tokens.require(c);
		if (mediaType(c.req) !== "application/json") throw new Refusal(415, "The body must be application/json.");
		const body = await readObject(c.req);
		c.var.entry.body = body;
		if (token.sessionId !== undefined) throw unauthorized("The access token has already started a session.");
		const session = payments.createSession(readParams(body));
		token.sessionId = session.sessionId;
		c.var.entry.sessionId = session.sessionId;
		const { sessionId, referenceId } = session;
		return c.json({ sessionId, referenceId }, settings.initiateStatus);
	});

	routes.post("/api/v1/paymentrequests", async (c) => {
		const token = tokens.require(c);
		if (mediaType(c.req) !== "application/json") throw new Refusal(415, "The body must be application/json.");
		const body = await readObject(c.req);
		c.var.entry.body = body;
		const sessionId = field(body, "sessionId");
		if (typeof sessionId !== "string") throw invalid({ sessionId: ["is required"] });
		c.var.entry.sessionId = sessionId;
		if (token.sessionId !== undefined && token.sessionId !== sessionId) {
			throw unauthorized("The access token has started another session.");
		}
		const session = payments.session(sessionId);
		if (!session) throw new Refusal(404, "There is no such session.");
		if (session.request && settings.repeatPaymentRequest === "conflict") {
			throw new Refusal(409, "The session already has a payment request.");
		}
		const link = `${new URL(c.req.url).origin}/app/?sessionId=${sessionId}`;
		const { requestId } = session.request ?? payments.activate(session, link).request;
		c.var.entry.requestId = requestId;
		return c.json({ requestId });
	});

	routes.get("/api/v1/paymentrequests/:requestId", (c) => {
		tokens.require(c);
		const requestId = c.req.param("requestId");
		c.var.entry.requestId = requestId;
		const session = payments.byRequest(requestId);
		if (!session) throw new Refusal(404, "There is no such payment request.");
		c.var.entry.sessionId = session.sessionId;
		return c.json(settings.statusBody === "interac" ? interacStatus(session) : eftStatus(session));
	});

	return routes;
}

/** The body of the Interac page, in exactly its mixture of cases. */
function interacStatus({ request, referenceId }: ActiveSession) {
	return { requestId: request.requestId, status: request.status, ReferenceId: referenceId, PaymentLink: request.link };
}

/** The body that a newer rendering of the same page shows. */
function eftStatus({ request }: ActiveSession) {
	return { id: request.requestId, status: request.status, paymentReferenceNumber: request.number };
}

function readParams(body: Record<string, unknown>): SessionParams {
	const errors: Record<string, string[]> = {};
	const text = (name: string): string => {
		const value = field(body, name);
		if (typeof value === "string" && value.trim() !== "") return value;
		errors[name] = [value === undefined || value === null ? "is required" : "must be text"];
		return "";
	};
	const referenceId = text("referenceId");
	const amount = dollars(field(body, "amount"));
	if (amount === undefined) errors.amount = ["must be above zero, with two decimals at most"];
	const customerName = text("customerName");
	const customerEmail = text("customerEmail");
	const clientUris = field(body, "clientURIs") ?? {};
	if (typeof clientUris !== "object" || Array.isArray(clientUris)) errors.clientURIs = ["must be an object"];
	if (amount === undefined || Object.keys(errors).length > 0) throw invalid(errors);
	return { referenceId, amount, customerName, customerEmail };
}

/** A number or numeric text (inferred: the pages disagree on the type), as text with two decimals. */
function dollars(amount: unknown): string | undefined {
	if (typeof amount !== "number" && typeof amount !== "string") return undefined;
	const match = /^(0|[1-9]\d*)(?:\.(\d{1,2}))?$/.exec(String(amount));
	const text = match && `${match[1]}.${(match[2] ?? "").padEnd(2, "0")}`;
	return text && /[1-9]/.test(text) ? text : undefined;
}

function invalid(errors: Record<string, string[]>): Refusal {
	return new Refusal(400, `Not valid: ${Object.keys(errors).join(", ")}.`, { errors });
}
