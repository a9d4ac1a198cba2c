// GET /app/?sessionId=: the page that the payor is sent to, where a person plays the payor.
// Follows docs.flinks.com/api/pay/endpoints/e-transfer/post-payment-requests (the launch); v2 sessions need no payment
// request and open at once (docs.flinks.com/api/pay/endpoints/e-transfer).
import { Hono } from "hono";
import { html } from "hono/html";
import { eftScreens } from "./hosted-eft.ts";
import { interacScreens } from "./hosted-interac.ts";
import type { Journaled } from "./journal.ts";
import { type Html, PAGE_HEADERS, page } from "./page.ts";
import type { Payment } from "./payments.ts";
import { isOpen, isWaiting, type Session } from "./session.ts";
import type { Simulator } from "./simulator.ts";

/** The page. */
export function hostedPageRoutes({ payments, sessions }: Simulator): Hono<Journaled> {
	const routes = new Hono<Journaled>();
	routes.get("/app/", (c) => {
		const sessionId = c.req.query("sessionId") ?? "";
		c.var.entry.sessionId = sessionId;
		const session = sessions.find(sessionId);
		const { status, title, content, ...rest } = session ? ofSession(session) : ofPayment(payments.find(sessionId));
		return c.html(page(title, content, rest), status, PAGE_HEADERS);
	});
	return routes;
}

/** A page and the HTTP status of its answer. */
interface HostedPage {
	status: 200 | 404 | 409 | 410;
	title: string;
	content: Html;
	script?: string;
	language?: string;
}

const INTERAC_TITLE = "Pay by Interac e-Transfer (sandbox)";

function ofPayment(payment: Payment | undefined): HostedPage {
	if (!payment) {
		return refusal(404, "We cannot find this payment", "The link is not one of ours. Ask the merchant for a new one.");
	}
	const { request, sessionId, amount, customerName: name, customerEmail: email, referenceId } = payment;
	if (!request) {
		return refusal(409, "This payment is not ready yet", "The merchant has not requested it. Go back and try again.");
	}
	if (request.status !== "Initiated" && request.status !== "Processing") return closed(request.status);
	const payable = { sessionId, amount, name, email, referenceId, atBank: request.status === "Processing" };
	return { status: 200, title: INTERAC_TITLE, content: interacScreens(payable), script: "/app/page.js" };
}

function ofSession(session: Session): HostedPage {
	if (!isOpen(session)) return closed(session.status);
	if (isWaiting(session)) {
		return refusal(409, "One moment", "The merchant decides on the guarantee. Nothing is left to do here.");
	}
	const { sessionId, payor, referenceId, product } = session;
	const amount = session.amount?.toFixed(2) ?? null;
	const atBank = session.status === "InProgress";
	const name = `${payor.firstName} ${payor.lastName}`;
	const payable = { sessionId, amount, name, email: payor.email, referenceId, atBank };
	if (product === "e-Transfer") {
		return { status: 200, title: INTERAC_TITLE, content: interacScreens(payable), script: "/app/page.js" };
	}
	const content = eftScreens(session, payable);
	const french = session.language === "FR";
	const title = french ? "Payer de votre compte bancaire (bac à sable)" : "Pay from a bank account (sandbox)";
	return { status: 200, title, content, script: "/app/eft.js", language: french ? "fr" : "en" };
}

function closed(status: string): HostedPage {
	const text = `Its status is ${status}. Nothing is left to do here; go back to the merchant.`;
	return refusal(410, "This payment is no longer open", text);
}

/** A page that tells the payor why the session cannot be paid. */
function refusal(status: 404 | 409 | 410, title: string, text: string): HostedPage {
	return { status, title, content: html`<h1>${title}</h1><p>${text}</p>` };
}
