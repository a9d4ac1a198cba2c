import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { createSandbox } from "flinkspay-edge/sandbox";
import { defineConfig } from "vitest/config";

const sandbox = createSandbox();
const bindings = {
	FLINKS_BASE_URL: "https://flinks.test",
	FLINKS_USERNAME: "sandbox",
	FLINKS_PASSWORD: "sandbox",
	API_KEY: crypto.randomUUID(),
};

export default defineConfig({
	plugins: [
		cloudflareTest({
			wrangler: { configPath: "./wrangler.jsonc" },
			// The sandbox answers every request of the Worker to another host.
			miniflare: { bindings, outboundService: (request) => sandbox.fetch(request.url, request) },
		}),
	],
	// The first run of a busy machine takes longer than five seconds.
	test: { silent: "passed-only", testTimeout: 60_000 },
});
