// The Worker as it ships, but for the ledger: all that it checks is checked, and the client is asked directly.

import type { FlinksPay } from "flinkspay-edge";
import type { Env } from "../../worker/src/env.ts";
import app from "../../worker/src/index.ts";
import { start } from "../../worker/src/ledger/products.ts";
import type { Ask } from "../../worker/src/ledger/starting.ts";
import { newClient } from "../../worker/src/settings.ts";

let client: FlinksPay | undefined;

export default {
	fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
		client ??= newClient(env);
		const pay = client;
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
		const LEDGER = { getByName: () => ({ create }) } as unknown as Env["LEDGER"];
		return app.fetch(request, { ...env, LEDGER }, ctx);
	},
};
