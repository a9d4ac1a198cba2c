// The routes by which a test, the hosted page and the sandbox's own page control the sandbox. Not one of Flinks' pages.
import { Hono } from "hono";
import { readObject } from "./body.ts";
import { bookOf } from "./book.ts";
import { exampleRoutes } from "./examples.ts";
import { readFault } from "./fault-settings.ts";
import { Refusal } from "./refusal.ts";
import { OUTCOMES } from "./scenarios.ts";
import type { Simulator } from "./simulator.ts";
import { stateOf } from "./state.ts";
import type { Outcome } from "./types.ts";
import { isWebhookFault, readWebhook, WEBHOOK_FAULTS } from "./webhook-settings.ts";

/** All routes under `/sandbox/`. The journal does not record them. */
export function controlRoutes(simulator: Simulator): Hono {
	const { clock, journal, faults, webhooks, outbox } = simulator;
	const routes = new Hono();

	// The sandbox runs on a developer's machine: a page of another origin must not control it.
	routes.use("/sandbox/*", async (c, next) => {
		const site = c.req.header("sec-fetch-site");
		if (site !== undefined && site !== "same-origin" && site !== "none") {
			throw new Refusal(403, "The control routes are not for other origins.");
		}
		await next();
		c.header("Cache-Control", "no-store");
	});

	routes.post("/sandbox/sessions/:sessionId/play", async (c) => {
		const { outcome, amount } = await readObject(c.req);
		if (outcome !== undefined && !isOutcome(outcome)) {
			throw new Refusal(400, `outcome must be one of ${OUTCOMES.join(", ")}.`);
		}
		if (amount !== undefined && !(typeof amount === "number" && amount > 0 && amount < 100_000)) {
			throw new Refusal(400, "amount must be a number from 0.01 to 99999.99.");
		}
		return c.json(simulator.play(c.req.param("sessionId"), outcome, amount));
	});

	routes.post("/sandbox/sessions/:sessionId/reverse", async (c) => {
		const { code } = await readObject(c.req);
		if (code !== undefined && typeof code !== "string") throw new Refusal(400, "code must be three digits, as text.");
		return c.json(simulator.reverse(c.req.param("sessionId"), code));
	});

	routes.post("/sandbox/sessions/:sessionId/correct", (c) => c.json(simulator.correct(c.req.param("sessionId"))));

	routes.get("/sandbox/book", (c) => c.json(bookOf(simulator)));

	routes.post("/sandbox/settle", async (c) => {
		const { to = "Settled", sessionId } = await readObject(c.req);
		if (to !== "Processed" && to !== "Settled") throw new Refusal(400, "to must be Processed or Settled.");
		if (sessionId !== undefined && typeof sessionId !== "string") throw new Refusal(400, "sessionId must be text.");
		return c.json({ moved: simulator.settle(to, sessionId) });
	});

	routes.post("/sandbox/advance", async (c) => {
		const { ms } = await readObject(c.req);
		if (typeof ms !== "number" || !Number.isFinite(ms) || ms < 0) {
			throw new Refusal(400, "ms must be a number of milliseconds, 0 or more.");
		}
		simulator.advance(ms);
		return c.json({ now: clock.now() });
	});

	for (const [name, list] of [
		["journal", journal],
		["emails", outbox.sent],
		["webhooks", webhooks.log],
		["faults", faults.pending],
	] as const) {
		routes.get(`/sandbox/${name}`, (c) => c.json(list));
		routes.delete(`/sandbox/${name}`, (c) => {
			list.length = 0;
			return c.body(null, 204);
		});
	}

	routes.post("/sandbox/faults", async (c) => {
		const fault = readFault(await readObject(c.req));
		faults.add(fault);
		return c.json(fault, 201);
	});

	routes.route("/", webhookControl(simulator)).route("/", exampleRoutes(simulator));
	return routes.get("/sandbox/state", (c) => c.json(stateOf(simulator)));
}

/** The routes that register a webhook and switch faults on for the next ones. */
function webhookControl({ webhooks }: Simulator): Hono {
	const routes = new Hono();

	routes.put("/sandbox/webhook", async (c) => {
		webhooks.registration = readWebhook(await readObject(c.req));
		const { secret: _, ...shown } = webhooks.registration;
		return c.json(shown);
	});

	routes.delete("/sandbox/webhook", (c) => {
		webhooks.registration = undefined;
		return c.body(null, 204);
	});

	routes.post("/sandbox/webhooks/fault", async (c) => {
		const { fault, times = 1 } = await readObject(c.req);
		if (!isWebhookFault(fault)) throw new Refusal(400, `fault must be one of ${WEBHOOK_FAULTS.join(", ")}.`);
		if (typeof times !== "number" || !Number.isInteger(times) || times < 1 || times > 1000) {
			throw new Refusal(400, "times must be a whole number from 1 to 1000.");
		}
		for (let count = 0; count < times; count++) webhooks.faults.push(fault);
		return c.json({ pending: webhooks.faults }, 201);
	});

	routes.delete("/sandbox/webhooks/fault", (c) => {
		webhooks.faults.length = 0;
		return c.body(null, 204);
	});

	return routes;
}

function isOutcome(value: unknown): value is Outcome {
	return OUTCOMES.some((outcome) => outcome === value);
}
