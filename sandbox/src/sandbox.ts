// A stand-in for Flinks Pay v1 (Interac e-Transfer request money), for tests and for trying things out. It is not
// Flinks, and no money moves. Answers to docs.flinks.com/api/pay/endpoints/e-transfer.
import { Hono } from "hono";
import { authorizeRoutes } from "./authorize.ts";
import { Clock } from "./clock.ts";
import { controlRoutes } from "./control.ts";
import { homeRoutes } from "./home.ts";
import { hostedPageRoutes } from "./hosted-page.ts";
import { interacRoutes } from "./interac.ts";
import { type JournalEntry, type Journaled, openEntry } from "./journal.ts";
import { type SandboxOptions, withDefaults } from "./options.ts";
import { type PaymentStatus, Payments } from "./payments.ts";
import { Refusal } from "./refusal.ts";
import type { Outcome } from "./scenarios.ts";
import { Tokens } from "./tokens.ts";

export type { JournalEntry } from "./journal.ts";
export type { SandboxCredentials, SandboxOptions } from "./options.ts";
export type { PaymentStatus } from "./payments.ts";
export type { Outcome } from "./scenarios.ts";

/** A running sandbox. Its functions may be handed on without it. */
export interface Sandbox {
	/** Answers a request in this process, as the global `fetch` would over the network. */
	fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
	/** Every request under `/api/` and `/app/` in the order of arrival. To empty it, set its length to 0. */
	journal: JournalEntry[];
	/** Moves the clock forward by milliseconds: tokens and payment requests expire by it. */
	advance: (ms: number) => void;
	/** Plays the payor without a browser: the named outcome, or the one that the customer's name stands for. */
	play: (sessionId: string, outcome?: Outcome) => PaymentStatus;
	/** The end of a day: moves accepted payments to `Processed` or on to `Settled` (default); says how many moved. */
	settle: (to?: "Processed" | "Settled") => number;
}

/** Makes a sandbox with nothing in it. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
	const settings = withDefaults(options);
	const clock = new Clock();
	const tokens = new Tokens(clock, settings);
	const payments = new Payments(clock, settings);
	const journal: JournalEntry[] = [];

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
	app.route("/", authorizeRoutes(settings, tokens));
	app.route("/", interacRoutes(settings, tokens, payments));
	app.route("/", hostedPageRoutes(payments));
	app.route("/", controlRoutes(clock, payments, journal));
	app.route("/", homeRoutes());

	return {
		fetch: (input, init) => answer(app, input, init),
		journal,
		advance: (ms) => clock.advance(ms),
		play: (sessionId, outcome) => payments.play(sessionId, outcome).request.status,
		settle: (to = "Settled") => payments.settle(to),
	};
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
