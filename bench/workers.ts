// Starts the Workers that are measured, and calls them.

import { readFile } from "node:fs/promises";
import { type BenchWorker, bundle, startWorkers } from "./workerd.ts";

type Upstream = Readonly<Record<"instant" | "slow", string>>;
interface Timing {
	/** Of all payments together. */
	ms: number;
	/** Of each payment, in whole milliseconds, since workerd's clock has no fractions. */
	times: number[];
}

export const API_KEY = "a-key-for-benchmarks";

export async function startAll(upstream: Upstream) {
	const side = (name: string): BenchWorker => ({
		source: {
			text: `import { newSide } from "./sides/${name}.js";
				import { serve } from "./workers/serve.js";
				export default serve(newSide);`,
		},
	});
	const bindings = {
		...{ FLINKS_BASE_URL: upstream.instant, FLINKS_USERNAME: "merchant", FLINKS_PASSWORD: "password" },
		API_KEY,
	};
	const origins = await startWorkers({
		ours: side("ours"),
		handWritten: side("hand-written"),
		handWrittenAgain: side("hand-written"),
		peer: side("peer"),
		bare: side("bare"),
		webhook: { source: { entry: "bench/workers/webhook.js" } },
		startup: {
			source: { entry: "bench/workers/startup.js" },
			compiles: true,
			files: {
				"ours.txt": (await bundle('export { initSync } from "flinkspay-edge/slim";', "client")).text,
				"peer.txt": (await bundle('export * from "@rizwannur/flinks";', "peer")).text,
				"stripe.txt": (await bundle('export { default } from "stripe";', "stripe")).text,
				"flinkspay.bin": await readFile(new URL(import.meta.resolve("flinkspay-edge/flinkspay.wasm"))),
			},
		},
		proxy: { source: { entry: "bench/workers/proxy.ts" }, bindings },
		direct: { source: { entry: "bench/workers/direct.ts" }, bindings },
		withoutLedger: { source: { entry: "bench/workers/without-ledger.ts" }, bindings },
		withLedger: { source: { entry: "worker/src/index.ts" }, bindings, hasLedger: true },
	});
	const call = async (worker: string, query: Record<string, string | number>, path = "/"): Promise<Timing> => {
		const search = new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)]));
		const response = await fetch(`${origins[worker]}${path}?${search}`);
		const text = await response.text();
		if (!response.ok) throw new Error(`the Worker ${worker} answered ${response.status}: ${text.slice(0, 500)}`);
		return JSON.parse(text);
	};
	return { origins, call };
}
