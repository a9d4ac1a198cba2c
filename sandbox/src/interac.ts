// Interac e-Transfer request money, v1: a session, its payment request, its status.
// Follows docs.flinks.com/api/pay/endpoints/e-transfer/sessions-initiate, sessions-sendrequest,
// post-payment-requests and get-payment-requests.
import { type Context, Hono } from "hono";
import { field, readJson } from "./body.ts";
import { linkOf, type Outbox } from "./emails.ts";
import { initiateParams, sendRequestParams } from "./interac-params.ts";
import type { Journaled } from "./journal.ts";
import { reference, type Settings } from "./options.ts";
import { type ActivePayment, answeredAmount, type PaymentParams, type Payments } from "./payments.ts";
import { Refusal } from "./refusal.ts";
import { type Tokens, unauthorized } from "./tokens.ts";

/** All routes of v1 but authorize. */
export function interacRoutes(settings: Settings, tokens: Tokens, payments: Payments, outbox: Outbox): Hono<Journaled> {
	const routes = new Hono<Journaled>();

	/** The common part of initiate and sendrequest: a new session, for which the token is spent. */
	const create = async (c: Context<Journaled>, read: (body: Record<string, unknown>) => PaymentParams) => {
		const token = tokens.require(c);
		const body = await readJson(c);
		if (token.sessionId !== undefined) throw unauthorized("The access token has already started a session.");
		const payment = payments.create(read(body));
		token.sessionId = payment.sessionId;
		c.var.entry.sessionId = payment.sessionId;
		return payment;
	};

	routes.post("/api/v1/sessions/initiate", async (c) => {
		const { sessionId, referenceId } = await create(c, initiateParams);
		return c.json({ sessionId, referenceId }, settings.initiateStatus);
	});

	routes.post("/api/v1/sessions/sendrequest", async (c) => {
		const payment = await create(c, (body) => sendRequestParams(body, settings));
		const { sessionId, referenceId, customerName: name, customerEmail: to, amount } = payment;
		const link = linkOf(c.req.url, sessionId);
		// Inferred: Flinks creates the payment request itself, since the link would be useless without one.
		if (settings.sendRequestPayable) payments.activate(payment, link);
		outbox.send({ to, name, link, sessionId, referenceId }, amount);
		return c.json({ sessionId, ...reference(settings, referenceId) }, settings.initiateStatus);
	});

	routes.post("/api/v1/paymentrequests", async (c) => {
		const token = tokens.require(c);
		const body = await readJson(c);
		const sessionId = field(body, "sessionId");
		if (typeof sessionId !== "string") throw Refusal.invalid({ sessionId: ["is required"] });
		c.var.entry.sessionId = sessionId;
		if (token.sessionId !== undefined && token.sessionId !== sessionId) {
			throw unauthorized("The access token has started another session.");
		}
		const payment = payments.find(sessionId);
		if (!payment) throw new Refusal(404, "There is no such session.");
		if (payment.request && settings.repeatPaymentRequest === "conflict") {
			throw new Refusal(409, "The session already has a payment request.");
		}
		const { requestId } = payment.request ?? payments.activate(payment, linkOf(c.req.url, sessionId)).request;
		c.var.entry.requestId = requestId;
		return c.json({ requestId });
	});

	const find = (c: Context<Journaled>, requestId: string): ActivePayment => {
		tokens.require(c);
		c.var.entry.requestId = requestId;
		const payment = payments.byRequest(requestId);
		if (!payment) throw new Refusal(404, "There is no such payment request.");
		c.var.entry.sessionId = payment.sessionId;
		return payment;
	};
	const status = (payment: ActivePayment) =>
		settings.statusBody === "interac" ? interacStatus(payment, settings) : eftStatus(payment);

	routes.get("/api/v1/paymentrequests/:requestId", (c) => c.json(status(find(c, c.req.param("requestId")))));

	// The path is documented for EFT; that Interac has it too is inferred, and so is the answer.
	if (settings.interacCancel) {
		routes.post("/api/v1/paymentrequests/:requestId/cancel", (c) => {
			const payment = find(c, c.req.param("requestId"));
			payments.cancel(payment);
			return c.json(status(payment));
		});
	}

	return routes;
}

/** The body that the page of Interac shows, in its own mixture of upper and lower case. */
function interacStatus(payment: ActivePayment, settings: Settings) {
	const { requestId, status, link } = payment.request;
	const { referenceId } = reference(settings, payment.referenceId);
	const given = referenceId === undefined ? {} : { ReferenceId: referenceId };
	return { requestId, status, ...given, PaymentLink: link, ...otherAmount(payment) };
}

/** The body that a newer version of the same page shows. */
function eftStatus(payment: ActivePayment) {
	const { requestId, status, number } = payment.request;
	return { id: requestId, status, paymentReferenceNumber: number, ...otherAmount(payment) };
}

/** No page lists an amount here, so that only an amount that differs, or did, is in the answer. */
function otherAmount(payment: ActivePayment): { amount?: number } {
	return payment.differs === undefined ? {} : { amount: answeredAmount(payment) };
}
