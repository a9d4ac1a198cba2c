// The Worker as it ships. workerd by itself has no static files, so that of the operator's page is this one.

import app from "../../worker/src/index.ts";

export { Ledger } from "../../worker/src/index.ts";

const ASSETS = { fetch: async () => new Response("a page") };
let bindings: Readonly<Record<string, unknown>> | undefined;

export default {
	fetch(request: Request, env: Readonly<Record<string, unknown>>, ctx: ExecutionContext): Response | Promise<Response> {
		bindings ??= { ...env, ASSETS };
		return app.fetch(request, bindings, ctx);
	},
};
