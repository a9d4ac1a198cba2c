// The Worker under a path, which also lists the routes of its app.

import { createApp } from "../../worker/src/app.ts";
import { createWorker } from "../../worker/src/worker.ts";

export { Ledger } from "../../worker/src/worker.ts";

const worker = createWorker({ basePath: "/pay" });

export default {
	fetch(request: Request, env: object, ctx: ExecutionContext): Promise<Response> | Response {
		if (new URL(request.url).pathname !== "/-/routes") return worker.fetch(request, env, ctx);
		// Middleware, which Hono lists as ALL, is not a route.
		const routes = createApp("").routes.filter(({ method }) => method !== "ALL");
		return Response.json(routes.map(({ method, path }) => `${method.toLowerCase()} ${path}`));
	},
};
