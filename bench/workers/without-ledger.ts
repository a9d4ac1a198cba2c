// The Worker as it ships, but for the ledger: all that it checks is checked, and the client is asked directly.

import type { Env } from "../../worker/src/env.ts";
import app from "../../worker/src/index.ts";
import { start } from "../../worker/src/ledger/products.ts";
import type { Ask } from "../../worker/src/ledger/starting.ts";
import { newClient } from "../../worker/src/settings.ts";

let given: Env | undefined;

export default {
	fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
		// One object for the isolate's life, as hosts give one.
		given ??= withoutLedger(env);
		return app.fetch(request, given, ctx);
	},
};

function withoutLedger(env: Env): Env {
	const create = async ({ params }: Ask) => {
		const started = await start(pay, params, {});
		const payment = {
			id: `0-${crypto.randomUUID()}`,
			referenceId: params.referenceId,
			...started,
			status: "Initiated",
		};
		return { ok: { payment, replayed: false } };
	};
	const given = { ...env, LEDGER: { getByName: () => ({ create }) } };
	const pay = newClient(given);
	return given;
}
