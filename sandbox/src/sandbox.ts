// A stand-in for Flinks Pay: v1 (Interac e-Transfer request money) and v2 (e-Transfer, EFT, GEFT), for tests and for
// trying things out. It is not Flinks, and no money moves. Answers to docs.flinks.com/api/pay/endpoints.
import { Hono } from "hono";
import { authorizeRoutes } from "./authorize.ts";
import { controlRoutes } from "./control.ts";
import type { SandboxEmail } from "./emails.ts";
import { readFault, type SandboxFault } from "./fault-names.ts";
import { withFaults } from "./faults.ts";
import { homeRoutes } from "./home.ts";
import { hostedPageRoutes } from "./hosted-page.ts";
import { interacRoutes } from "./interac.ts";
import { type JournalEntry, type Journaled, openEntry } from "./journal.ts";
import type { SandboxOptions } from "./options.ts";
import type { PaymentStatus } from "./payments.ts";
import { Refusal } from "./refusal.ts";
import type { Outcome } from "./scenarios.ts";
import { sessionRoutes } from "./session-routes.ts";
import type { SessionStatus } from "./session-states.ts";
import type { SandboxWebhook, WebhookFault } from "./webhook-settings.ts";
import type { WebhookDelivery } from "./webhooks.ts";
import { World } from "./world.ts";

export type { SandboxEmail } from "./emails.ts";
export type { FaultName, SandboxFault, Step } from "./fault-names.ts";
export type { JournalEntry } from "./journal.ts";
export type { SandboxCredentials, SandboxOptions, SessionProduct } from "./options.ts";
export type { PaymentStatus } from "./payments.ts";
export type { Outcome } from "./scenarios.ts";
export type { SessionStatus } from "./session-states.ts";
export type { SandboxWebhook, WebhookEvent, WebhookFault } from "./webhook-settings.ts";
export type { WebhookDelivery } from "./webhooks.ts";

/** A running sandbox. Its functions may be handed on without it. */
export interface Sandbox {
	/** Answers a request in this process, as the global `fetch` would over the network. */
	fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
	/** Every request under `/api/` and `/app/` in the order of arrival. To empty it, set its length to 0. */
	journal: JournalEntry[];
	/** Every e-mail that Flinks would have sent, in order. To empty it, set its length to 0. */
	emails: SandboxEmail[];
	/** Every webhook that was due, in order, with the receiver's answer. To empty it, set its length to 0. */
	webhooks: WebhookDelivery[];
	/** The faults that calls have yet to meet. To switch them off, set its length to 0. */
	faults: SandboxFault[];
	/** Moves the clock forward by milliseconds: tokens, payment requests and sessions expire by it. */
	advance: (ms: number) => void;
	/**
	 * Plays the payor without a browser: the named outcome, or the one that the customer's name or the persona's
	 * reference stands for. `amount` is what a payor types where a v2 session has none.
	 */
	play: (sessionId: string, outcome?: Outcome, amount?: number) => PaymentStatus | SessionStatus;
	/** The end of a day: moves accepted payments to `Processed` or on to `Settled` (default); says how many moved. */
	settle: (to?: "Processed" | "Settled") => number;
	/** Switches a fault on. */
	fault: (fault: SandboxFault) => void;
	/** Sends webhooks there from now on, or nowhere. */
	setWebhook: (webhook?: SandboxWebhook) => void;
	/** Spoils the next webhooks. */
	webhookFault: (fault: WebhookFault, times?: number) => void;
	/** Resolves when every webhook that is under way has been answered or has failed. */
	webhooksIdle: () => Promise<void>;
}

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
		advance: (ms) => world.clock.advance(ms),
		play: (sessionId, outcome, amount) => world.play(sessionId, outcome, amount).status,
		settle: (to = "Settled") => world.settle(to),
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
	app.use("/api/*", withFaults(faults, tokens));
	app.route("/", authorizeRoutes(settings, tokens));
	app.route("/", interacRoutes(settings, tokens, payments, outbox));
	app.route("/", sessionRoutes(settings, tokens, sessions, outbox));
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
