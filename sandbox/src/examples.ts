// POST /sandbox/examples: creates a payment without a client, for a first look at the sandbox's own page. Not one of
// Flinks' pages.
import { Hono } from "hono";
import { readObject } from "./body.ts";
import { linkOf } from "./emails.ts";
import { Refusal } from "./refusal.ts";
import { readSession } from "./session-params.ts";
import type { Simulator } from "./simulator.ts";

const PAYOR = { firstName: "Avery", lastName: "Tremblay", email: "avery@example.com" };
const COMMON = { referenceId: "example", direction: "DEBIT", currency: "CAD", payor: PAYOR };

const BODIES: Record<string, Record<string, unknown>> = {
	"e-Transfer": { ...COMMON, type: "e-Transfer", amount: 250 },
	EFT: { ...COMMON, type: "EFT", amount: 80 },
	GEFT: {
		...COMMON,
		...{ type: "EFT", referenceId: "Happy1", options: { guarantee: { enable: true } } },
		payor: { ...PAYOR, firstName: "John", lastName: "Doe" },
	},
};

/** The route of the examples. */
export function exampleRoutes({ payments, sessions, settings }: Simulator): Hono {
	return new Hono().post("/sandbox/examples", async (c) => {
		const { product } = await readObject(c.req);
		if (product === "Interac v1") {
			const customerName = `${PAYOR.firstName} ${PAYOR.lastName}`;
			const params = { referenceId: "example", amount: "12.50", customerName, customerEmail: PAYOR.email };
			const payment = payments.create(params);
			payments.activate(payment, linkOf(c.req.url, payment.sessionId));
			return c.json({ sessionId: payment.sessionId }, 201);
		}
		const body = BODIES[String(product)];
		if (!body) throw new Refusal(400, `product must be Interac v1, ${Object.keys(BODIES).join(", ")}.`);
		const { sessionId } = sessions.create(
			readSession(body, { ...settings, defaultAccount: true, geftAddress: "optional" }),
		);
		return c.json({ sessionId }, 201);
	});
}
