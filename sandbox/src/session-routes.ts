// The routes of v2: sessions for e-Transfer, EFT and GEFT. Follows
// docs.flinks.com/api/pay/endpoints/geft, .../eft/v2 and .../e-transfer.
import { type Context, Hono } from "hono";
import { field, readJson } from "./body.ts";
import { linkOf, type Outbox } from "./emails.ts";
import type { Journaled } from "./journal.ts";
import { reference, type Settings } from "./options.ts";
import { Refusal } from "./refusal.ts";
import type { Session } from "./session.ts";
import { cancelBody, detailsBody, statusBody } from "./session-details.ts";
import { readSession } from "./session-params.ts";
import type { Sessions } from "./sessions.ts";
import { type Tokens, unauthorized } from "./tokens.ts";
import type { SessionProduct } from "./types.ts";

/** The feature that a client needs for each product. The one of EFT is documented; the others are this sandbox's choice. */
const FEATURES: Record<SessionProduct, string> = {
	"e-Transfer": "ETransfer",
	EFT: "RegularEft",
	GEFT: "GuaranteedEft",
};

/** All routes under `/api/v2/sessions`. */
export function sessionRoutes(settings: Settings, tokens: Tokens, sessions: Sessions, outbox: Outbox): Hono<Journaled> {
	const routes = new Hono<Journaled>();

	routes.post("/api/v2/sessions", async (c) => {
		const token = tokens.require(c);
		const body = await readJson(c);
		if (settings.requireClientId && c.var.entry.clientId === undefined) {
			throw new Refusal(400, "The x-client-id header is required.");
		}
		if (settings.tokenSessions === "one" && token.sessionId !== undefined) {
			throw unauthorized("The access token has already started a session.");
		}
		const params = readSession(body, settings);
		if (!settings.products.includes(params.product)) {
			throw new Refusal(403, `The client does not have the feature ${FEATURES[params.product]}.`);
		}
		const session = sessions.create(params);
		const { sessionId, referenceId, amount, payor } = session;
		token.sessionId ??= sessionId;
		c.var.entry.sessionId = sessionId;
		if (params.product === "e-Transfer" && params.sendInteracLink) {
			const name = `${payor.firstName} ${payor.lastName}`;
			const link = linkOf(c.req.url, sessionId);
			outbox.send({ to: payor.email ?? "", name, link, sessionId, referenceId }, amount?.toFixed(2) ?? null);
		}
		return c.json({ sessionId, ...reference(settings, referenceId) }, 201);
	});

	const find = (c: Context<Journaled>, sessionId: string, needsToken = true): Session => {
		if (needsToken) tokens.require(c);
		c.var.entry.sessionId = sessionId;
		return sessions.require(sessionId);
	};

	routes.get("/api/v2/sessions/:sessionId/status", (c) => {
		const session = find(c, c.req.param("sessionId"), settings.statusToken === "required");
		return c.json(statusBody(session, settings));
	});

	routes.get("/api/v2/sessions/:sessionId/details", (c) => {
		return c.json(detailsBody(find(c, c.req.param("sessionId")), settings));
	});

	routes.post("/api/v2/sessions/:sessionId/cancel", (c) => {
		const session = find(c, c.req.param("sessionId"));
		sessions.cancel(session);
		return c.json(cancelBody(session, settings));
	});

	routes.post("/api/v2/sessions/:sessionId/guarantees/confirm", async (c) => {
		tokens.require(c);
		const accepted = readAccepted(await readJson(c), settings);
		const session = find(c, c.req.param("sessionId"));
		sessions.confirm(session, accepted);
		return c.json({ sessionId: session.sessionId, ...reference(settings, session.referenceId) });
	});

	return routes;
}

function readAccepted(body: Record<string, unknown>, { guaranteeAccepted }: Settings): boolean {
	const value = field(body, "guaranteeAccepted");
	if (typeof value === "boolean") return value;
	if (guaranteeAccepted === "boolean_or_text" && (value === "true" || value === "false")) return value === "true";
	throw Refusal.invalid({ guaranteeAccepted: ["must be true or false"] });
}
