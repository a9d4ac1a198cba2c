// The Worker under the base path that a request names.

import { createWorker } from "../../worker/src/worker.ts";

export { Ledger } from "../../worker/src/worker.ts";

export default {
	async fetch(request: Request, env: object, ctx: ExecutionContext): Promise<Response> {
		try {
			const worker = createWorker({ basePath: request.headers.get("X-Base-Path") ?? "" });
			return await worker.fetch(request, env, ctx);
		} catch (error) {
			return new Response(String(error), { status: 500 });
		}
	},
};
