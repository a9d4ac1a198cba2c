// `npm run test:slow -- api`: schemathesis against the Worker in workerd, in front of the sandbox: every request that the OpenAPI
// document allows, and those that it forbids, with all of its checks. Arguments are passed on to it.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { startSandbox, startWorker } from "../../tools/processes.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

const credentials = { FLINKS_USERNAME: crypto.randomUUID(), FLINKS_PASSWORD: crypto.randomUUID() };
const apiKey = crypto.randomUUID();
const sandbox = await startSandbox({ username: credentials.FLINKS_USERNAME, password: credentials.FLINKS_PASSWORD });
const worker = await startWorker({
	sandboxUrl: sandbox.url,
	secrets: { ...credentials, API_KEY: apiKey },
	// The document has the amounts that any deployment may take.
	vars: { FLINKS_WEBHOOK_SECRET: crypto.randomUUID(), FLINKS_LARGEST_GEFT_AMOUNT: "9999999999999.99" },
});
const { status } = spawnSync(
	fileURLToPath(new URL("../../target/schemathesis/bin/schemathesis", import.meta.url)),
	[
		...["--config-file", `${here}schemathesis.toml`, "run", `${worker.url}/openapi.json`, "--checks", "all"],
		...["--header", `Authorization:Bearer ${apiKey}`, "--no-color", ...process.argv.slice(2)],
	],
	// It keeps what it finds where it runs.
	{
		stdio: "inherit",
		cwd: fileURLToPath(new URL("../../target/schemathesis", import.meta.url)),
		env: { ...process.env, SCHEMATHESIS_HOOKS: `${here}hooks.py`, PYTHONDONTWRITEBYTECODE: "1" },
	},
);
await Promise.all([worker.stop(), sandbox.stop()]);
process.exit(status ?? 1);
