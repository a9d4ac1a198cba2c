/**
 * Types of `flinkspay-edge/worker`: the Worker that keeps the credentials of Flinks Pay and the payments, as a project of
 * three files. Its routes and bindings are in `worker/README.md` of the repository. The types of the platform are those that
 * `wrangler types` writes.
 *
 * @module worker
 */

import type { DurableObject } from "cloudflare:workers";
import type { PaymentMessage } from "flinkspay-edge/merchant";
import { createApp } from "./app.ts";
// The name ends up in the published declarations as it is written here, and users have no .ts.
import type { WorkerVars } from "./bindings.js";
import { Ledger as TheLedger } from "./ledger/ledger.ts";
import { type MessageHook, setInCode } from "./settings.ts";

export type { WorkerVars } from "./bindings.js";

/** How a deployment is set up in code. All of it may be left out. `Env` is the type of your bindings, which hooks are given. */
export interface WorkerOptions<Env extends object = object> {
	/**
	 * Where it stands, such as `"/pay"`, in a Worker that has other paths too. Default: at the root. Requests to other paths
	 * are answered 404: what else there is asks first. Leave it out where the path has been taken away before, as Hono's
	 * `app.mount` does.
	 */
	basePath?: string;
	/** Settings that are no secrets, by the names of their bindings. What a binding says goes before it. */
	vars?: WorkerVars;
	/**
	 * WebhookContent of each change of a payment in place of `MERCHANT_WEBHOOK_URL`, which must not be set then: with the same
	 * promises, at least once, in order for each payment, and for three days again where it throws, rejects, or has not
	 * ended after 15 seconds. An error stays here: the log has its name, the payment's timeline that a try has failed.
	 * `createReceiver` of `flinkspay-edge/merchant` makes once of at least once: `onMessage: (message) =>
	 * receiver.take(message)`. Default: the endpoint alone is told.
	 */
	onMessage?: (message: PaymentMessage, env: Env) => unknown;
}

/** What frameworks, such as Hono, have of the platform's context. */
export type HandedOn = Pick<ExecutionContext, "waitUntil" | "passThroughOnException" | "props">;

/** Answers requests. */
export interface Worker {
	/** `env` has the bindings. Of `ctx` it needs no more than a framework hands on. */
	fetch(request: Request, env: object, ctx: HandedOn): Promise<Response>;
}

/** The Durable Objects that payments live in: `wrangler.jsonc` names the class. */
export const Ledger: new (ctx: DurableObjectState, env: object) => DurableObject = TheLedger;
export type Ledger = DurableObject;

/**
 * A Worker that keeps the credentials of Flinks Pay, and the payments in its ledger. There is one in a deployment.
 *
 * @throws {TypeError} Of a base path that is none, or an option or a setting that there is not.
 */
export function createWorker<Env extends object = object>(options: WorkerOptions<Env> = {}): Worker {
	const { basePath = "", vars = {}, onMessage, ...others } = options;
	// A misspelt `vars` would leave `LEDGER_SHARDS` at its default, which cannot be changed once there is a payment.
	for (const name of Object.keys(others)) throw new TypeError(`createWorker has no option ${name}.`);
	const base = String(basePath).replace(/\/$/, "");
	// A host takes "." and ".." out of what is asked for, so nothing would ever be asked under them.
	if (!/^(\/(?!\.{1,2}(\/|$))[\w.~-]+)*$/.test(base))
		throw new TypeError(`basePath must be a path such as "/pay", and is ${basePath}`);
	if (onMessage !== undefined && typeof onMessage !== "function") throw new TypeError("onMessage must be a function.");
	// The bindings are those of the Worker, of which the caller has said what type they have.
	setInCode(vars, onMessage as MessageHook<object> | undefined);
	const app = createApp(base);
	return {
		async fetch(request, env, ctx) {
			if (base === "") return app.fetch(request, env, ctx);
			const url = new URL(request.url);
			if (!url.pathname.startsWith(`${base}/`)) return new Response("Not found", { status: 404 });
			url.pathname = url.pathname.slice(base.length);
			return app.fetch(new Request(url, request), env, ctx);
		},
	};
}
