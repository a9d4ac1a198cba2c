/**
 * Types of `flinkspay-edge/sandbox`: a stand-in for Flinks Pay, v1 (Interac e-Transfer request money) and v2 (e-Transfer,
 * EFT, GEFT). It is not Flinks, and no money moves.
 *
 * "Documented" is what Flinks' pages say; "inferred" is concluded from several of its pages; "unknown" is what no public
 * page says, so that the default is this sandbox's choice.
 *
 * ```ts
 * const sandbox = createSandbox();
 * const pay = new FlinksPay({ baseUrl: "https://sandbox.test", username: "sandbox", password: "sandbox", fetch: sandbox.fetch });
 * const { sessionId, requestId } = await pay.startPayment(params);
 * sandbox.play(sessionId, "accept");
 * (await pay.getPaymentRequest(requestId)).paid; // true
 * ```
 *
 * @module sandbox
 */

import { Hono } from "hono";
import { authorizeRoutes } from "./authorize.ts";
import { bookOf } from "./book.ts";
import { controlRoutes } from "./control.ts";
import { withFaults } from "./fault-injection.ts";
import { readFault } from "./fault-settings.ts";
import { homeRoutes } from "./home.ts";
import { hostedPageRoutes } from "./hosted-page.ts";
import { interacRoutes } from "./interac.ts";
import { type Journaled, openEntry } from "./journal.ts";
import { assetRoutes } from "./page.ts";
import { Refusal } from "./refusal.ts";
import { sessionRoutes } from "./session-routes.ts";
import { Simulator } from "./simulator.ts";
// These two paths stay as they are in the published declarations, where there are no .ts files.
import type { Sandbox, SandboxOptions } from "./types.js";

export type * from "./types.js";

/** Creates an empty sandbox. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
	const simulator = new Simulator(options);
	const app = routes(simulator);
	const { webhooks } = simulator;
	return {
		fetch: (input, init) => fetchFrom(app, input, init),
		journal: simulator.journal,
		emails: simulator.outbox.sent,
		webhooks: webhooks.log,
		faults: simulator.faults.pending,
		advance: (ms) => simulator.advance(ms),
		play: (sessionId, outcome, amount) => simulator.play(sessionId, outcome, amount).status,
		settle: (to = "Settled", sessionId) => simulator.settle(to, sessionId),
		reverse: (sessionId, code) => simulator.reverse(sessionId, code).status,
		correct: (sessionId) => simulator.correct(sessionId).status,
		book: () => bookOf(simulator),
		fault: (fault) => simulator.faults.add(readFault({ ...fault })),
		setWebhook: (webhook) => {
			webhooks.registration = webhook;
		},
		webhookFault: (fault, times = 1) => {
			webhooks.faults.push(...Array.from({ length: times }, () => fault));
		},
		webhooksIdle: () => webhooks.idle(),
	};
}

function routes(simulator: Simulator): Hono<Journaled> {
	const { settings, clock, tokens, payments, sessions, outbox, journal, faults } = simulator;
	const app = new Hono<Journaled>();
	app.onError((error) => {
		if (error instanceof Refusal) return error.toResponse();
		throw error;
	});
	app.notFound(() => new Refusal(404, "The sandbox has no such route.").toResponse());
	app.use("/api/*", async (c, next) => {
		await next();
		c.header("Cache-Control", "no-store");
		if (settings.dateOffsetSeconds !== 0) {
			c.header("Date", new Date(Date.now() + settings.dateOffsetSeconds * 1000).toUTCString());
		}
		if (settings.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, settings.latencyMs));
	});
	for (const journaled of ["/api/*", "/app/*"]) {
		app.use(journaled, async (c, next) => {
			const entry = openEntry(c.req.raw, clock.now());
			journal.push(entry);
			c.set("entry", entry);
			await next();
			entry.status = c.res.status;
		});
	}
	app.use("/api/*", (c, next) =>
		settings.redirectTo === ""
			? next()
			: Promise.resolve(c.redirect(`${settings.redirectTo}${new URL(c.req.url).pathname}`, 307)),
	);
	app.use("/api/*", withFaults(faults, tokens));
	app.route("/", authorizeRoutes(settings, tokens));
	app.route("/", interacRoutes(settings, tokens, payments, outbox));
	app.route("/", sessionRoutes(settings, tokens, sessions, outbox));
	app.route("/", assetRoutes());
	app.route("/", hostedPageRoutes(simulator));
	app.route("/", controlRoutes(simulator));
	app.route("/", homeRoutes());
	return app;
}

/** Like the global `fetch`, it rejects when the signal aborts. The request may have had its effect by then. */
async function fetchFrom(app: Hono<Journaled>, input: string | URL | Request, init?: RequestInit): Promise<Response> {
	const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
	signal?.throwIfAborted();
	// A Request is passed on as it is: on some runtimes a server's own kind of Request cannot be copied.
	const request = input instanceof Request && !init ? input : new Request(input, init);
	const response = Promise.resolve(app.fetch(request));
	if (!signal) return response;
	let stop = () => {};
	const aborted = new Promise<never>((_, reject) => {
		stop = () => reject(signal.reason);
		signal.addEventListener("abort", stop, { once: true });
	});
	return Promise.race([response, aborted]).finally(() => signal.removeEventListener("abort", stop));
}
