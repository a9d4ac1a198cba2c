// Answers /pay/ with flinkspay-edge, and everything else with the main module that was here before.

import { createWorker } from "flinkspay-edge/worker";
import app from "./main.js";

export { Ledger } from "flinkspay-edge/worker";
export * from "./main.js";

const pay = createWorker({ basePath: "/pay" });

export default {
	...app,
	fetch(request, env, ctx) {
		const isPayment = new URL(request.url).pathname.startsWith("/pay/");
		return isPayment ? pay.fetch(request, env, ctx) : app.fetch(request, env, ctx);
	},
};
