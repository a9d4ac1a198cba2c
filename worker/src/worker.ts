/**
 * Types of `flinkspay-edge/worker`: the Worker that keeps the credentials of Flinks Pay and the payments, as a
 * project of three files. Its routes and bindings are in `worker/README.md` of the repository. The types of the
 * platform are those that `wrangler types` writes.
 *
 * @module worker
 */

import type { DurableObject } from "cloudflare:workers";
import type { PaymentMessage } from "flinkspay-edge/merchant";
import { createApp } from "./app.ts";
// The published declarations keep this name as it is written, and users have no .ts.
import type { WorkerVars } from "./bindings.js";
import { Ledger as TheLedger } from "./ledger/ledger.ts";
import { type MessageHook, setInCode } from "./settings.ts";

export type { WorkerVars } from "./bindings.js";

/** The settings of a deployment in code. All are optional. `Env` is the type of your bindings, which hooks get. */
export interface WorkerOptions<Env extends object = object> {
	/**
	 * The path that the Worker is mounted under, such as `"/pay"`. Default: the root. Requests to other paths are
	 * answered 404, so answer those before. Leave it out where the path is already removed, as Hono's `app.mount` does.
	 */
	basePath?: string;
	/** Settings that are not secrets, by the names of their bindings. A binding overrides them. */
	vars?: WorkerVars;
	/**
	 * Called with each change of a payment in place of `MERCHANT_WEBHOOK_URL`, which must not be set then. It has the
	 * same guarantees: at least once, in order for each payment, and attempts over three days where it throws, rejects,
	 * or takes longer than 15 seconds. Of an error, only the name is logged, and the payment's timeline has the failed
	 * attempt. `createReceiver` of `flinkspay-edge/merchant` turns at least once into once: `onMessage: (message) =>
	 * receiver.take(message)`. Default: only the endpoint is sent messages.
	 */
	onMessage?: (message: PaymentMessage, env: Env) => unknown;
}

/** The part of the platform's context that frameworks such as Hono pass on. */
export type HandedOn = Pick<ExecutionContext, "waitUntil" | "passThroughOnException" | "props">;

/** Answers requests. */
export interface Worker {
	/** `env` has the bindings. `ctx` may be what a framework passes on. */
	fetch(request: Request, env: object, ctx: HandedOn): Promise<Response>;
}

/** The class of the Durable Objects that store payments. `wrangler.jsonc` names it. */
export const Ledger: new (ctx: DurableObjectState, env: object) => DurableObject = TheLedger;
export type Ledger = DurableObject;

/**
 * The Worker. There is one in a deployment.
 *
 * @throws {TypeError} Where the base path is not one, or an option or a setting is unknown.
 */
export function createWorker<Env extends object = object>(options: WorkerOptions<Env> = {}): Worker {
	const { basePath = "", vars = {}, onMessage, ...others } = options;
	// A misspelt `vars` would leave `LEDGER_SHARDS` at its default, which cannot be changed after the first payment.
	for (const name of Object.keys(others))
		throw new TypeError(`createWorker has no option ${name}: use basePath, vars or onMessage.`);
	const base = String(basePath).replace(/\/$/, "");
	// A host removes "." and ".." from a URL, so no request would ever reach such a path.
	if (!/^(\/(?!\.{1,2}(\/|$))[\w.~-]+)*$/.test(base))
		throw new TypeError(`basePath is ${basePath}, which is no path. Give one such as "/pay".`);
	if (onMessage !== undefined && typeof onMessage !== "function") throw new TypeError("onMessage must be a function.");
	// The hook gets the Worker's bindings, whose type the caller has given.
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
