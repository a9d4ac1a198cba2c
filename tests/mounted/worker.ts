// A merchant's own app, which has the Worker under a path, in either way that docs/deploy.md shows.

import { createWorker } from "flinkspay-edge/worker";
import { Hono } from "hono";

export { Ledger } from "flinkspay-edge/worker";

const pay = createWorker({ basePath: "/pay" });

/** The error for options from JavaScript, which no compiler has checked. */
function refusalOf(options: object): string {
	try {
		createWorker(options);
		return "";
	} catch (error) {
		return String(error);
	}
}

export default new Hono<{ Bindings: object }>()
	.get("/", (c) => c.text("the shop"))
	.post("/refusal", async (c) => c.text(refusalOf(await c.req.json())))
	.all("/pay/*", (c) => pay.fetch(c.req.raw, c.env, c.executionCtx))
	.mount("/mounted", createWorker().fetch);
