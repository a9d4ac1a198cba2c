// The routes that a test or the hosted page moves the sandbox by. The sandbox's own, not one of Flinks' pages.
import { Hono } from "hono";
import { readObject } from "./body.ts";
import type { Clock } from "./clock.ts";
import type { JournalEntry } from "./journal.ts";
import type { Payments } from "./payments.ts";
import { Refusal } from "./refusal.ts";
import { OUTCOMES, type Outcome } from "./scenarios.ts";

/** All routes under `/sandbox/`. None of them is written into the journal. */
export function controlRoutes(clock: Clock, payments: Payments, journal: JournalEntry[]): Hono {
	const routes = new Hono();

	routes.post("/sandbox/sessions/:sessionId/play", async (c) => {
		const { outcome } = await readObject(c.req);
		if (outcome !== undefined && !isOutcome(outcome)) {
			throw new Refusal(400, `outcome must be one of ${OUTCOMES.join(", ")}.`);
		}
		const { sessionId, request } = payments.play(c.req.param("sessionId"), outcome);
		return c.json({ sessionId, requestId: request.requestId, status: request.status });
	});

	routes.post("/sandbox/settle", async (c) => {
		const { to = "Settled" } = await readObject(c.req);
		if (to !== "Processed" && to !== "Settled") throw new Refusal(400, "to must be Processed or Settled.");
		return c.json({ moved: payments.settle(to) });
	});

	routes.post("/sandbox/advance", async (c) => {
		const { ms } = await readObject(c.req);
		if (typeof ms !== "number" || !Number.isFinite(ms) || ms < 0) {
			throw new Refusal(400, "ms must be a number of milliseconds, 0 or more.");
		}
		clock.advance(ms);
		return c.json({ now: clock.now() });
	});

	routes.get("/sandbox/journal", (c) => c.json(journal));

	routes.delete("/sandbox/journal", (c) => {
		journal.length = 0;
		return c.body(null, 204);
	});

	return routes;
}

function isOutcome(value: unknown): value is Outcome {
	return OUTCOMES.some((outcome) => outcome === value);
}
