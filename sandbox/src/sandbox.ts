/**
 * Types of `flinkspay-edge/sandbox`: a stand-in for Flinks Pay, v1 (Interac e-Transfer request money) and v2 (e-Transfer,
 * EFT, GEFT). It is not Flinks, and no money moves.
 *
 * "Documented" is Flinks' own word; "inferred" is reasoned from several of its pages; "unknown" means that nothing
 * public says, and the default is this sandbox's choice alone.
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
import { readFault } from "./fault-names.ts";
import { withFaults } from "./faults.ts";
import { homeRoutes } from "./home.ts";
import { hostedPageRoutes } from "./hosted-page.ts";
import { interacRoutes } from "./interac.ts";
import { type Journaled, openEntry } from "./journal.ts";
import { assetRoutes } from "./page.ts";
import { Refusal } from "./refusal.ts";
import { sessionRoutes } from "./session-routes.ts";
// These two names end up in the published declarations as they are written here, and users have no .ts.
import type { Sandbox, SandboxOptions } from "./types.js";
import { World } from "./world.ts";

export type * from "./types.js";

/** Makes a sandbox with nothing in it. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
	const world = new World(options);
	const app = routes(world);
	const { webhooks } = world;
	return {
		fetch: (input, init) => answer(app, input, init),
		journal: world.journal,
		emails: world.outbox.sent,
		webhooks: webhooks.log,
		faults: world.faults.pending,
		advance: (ms) => world.advance(ms),
		play: (sessionId, outcome, amount) => world.play(sessionId, outcome, amount).status,
		settle: (to = "Settled", sessionId) => world.settle(to, sessionId),
		reverse: (sessionId, code) => world.reverse(sessionId, code).status,
		correct: (sessionId) => world.correct(sessionId).status,
		book: () => bookOf(world),
		fault: (fault) => world.faults.add(readFault({ ...fault })),
		setWebhook: (webhook) => {
			webhooks.registration = webhook;
		},
		webhookFault: (fault, times = 1) => {
			webhooks.faults.push(...Array.from({ length: times }, () => fault));
		},
		webhooksIdle: () => webhooks.idle(),
	};
}

function routes(world: World): Hono<Journaled> {
	const { settings, clock, tokens, payments, sessions, outbox, journal, faults } = world;
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
	app.route("/", hostedPageRoutes(world));
	app.route("/", controlRoutes(world));
	app.route("/", homeRoutes());
	return app;
}

/** Like the network's fetch, it rejects when its signal fires; what the request has done by then stays done. */
async function answer(app: Hono<Journaled>, input: string | URL | Request, init?: RequestInit): Promise<Response> {
	const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
	signal?.throwIfAborted();
	// A Request goes through as it is: a server's own kind of Request cannot be copied on every runtime.
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
