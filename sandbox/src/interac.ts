// Interac e-Transfer request money, v1: a session, its payment request, its status.
// Answers to docs.flinks.com/api/pay/endpoints/e-transfer/sessions-initiate, sessions-sendrequest,
// post-payment-requests and get-payment-requests.
import { type Context, Hono } from "hono";
import { field, readJson } from "./body.ts";
import { linkOf, type Outbox } from "./emails.ts";
import { initiateParams, sendRequestParams } from "./interac-params.ts";
import type { Journaled } from "./journal.ts";
import { reference, type Settings } from "./options.ts";
import { type ActiveSession, amountTold, type Payments, type SessionParams } from "./payments.ts";
import { Refusal } from "./refusal.ts";
import { type Tokens, unauthorized } from "./tokens.ts";

/** All of its routes. */
export function interacRoutes(settings: Settings, tokens: Tokens, payments: Payments, outbox: Outbox): Hono<Journaled> {
	const routes = new Hono<Journaled>();

	/** What initiate and sendrequest have in common: the token is spent on a new session. */
	const create = async (c: Context<Journaled>, read: (body: Record<string, unknown>) => SessionParams) => {
		const token = tokens.require(c);
		const body = await readJson(c);
		if (token.sessionId !== undefined) throw unauthorized("The access token has already started a session.");
		const session = payments.createSession(read(body));
		token.sessionId = session.sessionId;
		c.var.entry.sessionId = session.sessionId;
		return session;
	};

	routes.post("/api/v1/sessions/initiate", async (c) => {
		const { sessionId, referenceId } = await create(c, initiateParams);
		return c.json({ sessionId, referenceId }, settings.initiateStatus);
	});

	routes.post("/api/v1/sessions/sendrequest", async (c) => {
		const session = await create(c, (body) => sendRequestParams(body, settings));
		const { sessionId, referenceId, customerName: name, customerEmail: to, amount } = session;
		const link = linkOf(c.req.url, sessionId);
		// Inferred: Flinks makes the payment request itself, since a link that nobody can pay would be useless.
		if (settings.sendRequestPayable) payments.activate(session, link);
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
		const session = payments.session(sessionId);
		if (!session) throw new Refusal(404, "There is no such session.");
		if (session.request && settings.repeatPaymentRequest === "conflict") {
			throw new Refusal(409, "The session already has a payment request.");
		}
		const { requestId } = session.request ?? payments.activate(session, linkOf(c.req.url, sessionId)).request;
		c.var.entry.requestId = requestId;
		return c.json({ requestId });
	});

	const find = (c: Context<Journaled>, requestId: string): ActiveSession => {
		tokens.require(c);
		c.var.entry.requestId = requestId;
		const session = payments.byRequest(requestId);
		if (!session) throw new Refusal(404, "There is no such payment request.");
		c.var.entry.sessionId = session.sessionId;
		return session;
	};
	const status = (session: ActiveSession) =>
		settings.statusBody === "interac" ? interacStatus(session, settings) : eftStatus(session);

	routes.get("/api/v1/paymentrequests/:requestId", (c) => c.json(status(find(c, c.req.param("requestId")))));

	// Its path is documented for EFT; that Interac's is the same is inferred, and so is the answer.
	if (settings.interacCancel) {
		routes.post("/api/v1/paymentrequests/:requestId/cancel", (c) => {
			const session = find(c, c.req.param("requestId"));
			payments.cancel(session);
			return c.json(status(session));
		});
	}

	return routes;
}

/** The body of the Interac page, in exactly its mixture of cases. */
function interacStatus(session: ActiveSession, settings: Settings) {
	const { requestId, status, link } = session.request;
	const { referenceId } = reference(settings, session.referenceId);
	const named = referenceId === undefined ? {} : { ReferenceId: referenceId };
	return { requestId, status, ...named, PaymentLink: link, ...otherAmount(session) };
}

/** The body that a newer rendering of the same page shows. */
function eftStatus(session: ActiveSession) {
	const { requestId, status, number } = session.request;
	return { id: requestId, status, paymentReferenceNumber: number, ...otherAmount(session) };
}

/** No page lists an amount here: it is named only from where it has differed, also once it is right again. */
function otherAmount(session: ActiveSession): { amount?: number } {
	return session.differs === undefined ? {} : { amount: amountTold(session) };
}
