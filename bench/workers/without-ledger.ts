// The Worker as it ships but without the ledger: it makes all checks and calls the client directly.

import type { Env } from "../../worker/src/env.ts";
import app from "../../worker/src/index.ts";
import type { CreateRequest } from "../../worker/src/ledger/api.ts";
import { start } from "../../worker/src/ledger/products.ts";
import { newClient } from "../../worker/src/settings.ts";

let changedEnv: Env | undefined;

export default {
	fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
		// The same object for each request, as workerd does it.
		changedEnv ??= withoutLedger(env);
		return app.fetch(request, changedEnv, ctx);
	},
};

function withoutLedger(env: Env): Env {
	const create = async ({ params }: CreateRequest) => {
		const started = await start(pay, params, {});
		const payment = {
			id: `0-${crypto.randomUUID()}`,
			referenceId: params.referenceId,
			...started,
			status: "Initiated",
		};
		return { ok: { payment, replayed: false } };
	};
	const changed = { ...env, LEDGER: { getByName: () => ({ create }) } };
	const pay = newClient(changed);
	return changed;
}
