// `npm start` builds, starts the sandbox, the Worker and the shop, prints their addresses, and runs until it is stopped.

import { isFree, runToEnd, startStack } from "./processes.ts";
import { fail } from "./steps.mjs";

const PORTS = { worker: 8787, sandbox: 8788, shop: 8789 };
const NAMES = { worker: "The Worker", sandbox: "The sandbox", shop: "The example shop" };

for (const who of /** @type {const} */ (["worker", "sandbox", "shop"])) {
	if (!(await isFree(PORTS[who])))
		fail(`${NAMES[who]} cannot use port ${PORTS[who]} of 127.0.0.1: it is taken. Stop the program that uses it.`);
}

/** @type {import("./processes.ts").Stack | undefined} */
let stack;
let stopping = false;
async function stop() {
	stopping = true;
	// Processes that have started before the whole stack has end with this one.
	await stack?.stop();
	process.exit(0);
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
// A signal to npm alone ends npm and its shell but does not reach this process.
const parent = process.ppid;
setInterval(() => process.ppid === parent || stop(), 500).unref();

console.log("Building: about a minute, the first time longer.");
const build = await runToEnd(["tools/build.mjs"]);
if (build.code !== 0) fail(`The build failed.\n${build.output}`);

try {
	stack = await startStack(PORTS);
	console.log(`${banner(stack)}\n`);
	await stack.failed;
} catch (error) {
	// While it is being stopped, a process that ends is no failure.
	if (!stopping) {
		await stack?.stop();
		fail(error instanceof Error ? error.message : String(error));
	}
}

/**
 * @param {import("./processes.ts").Stack} stack
 * @returns {string}
 */
function banner({ sandboxUrl, workerUrl, shopUrl, apiKey }) {
	return `
Sandbox  ${sandboxUrl}   stands in for Flinks Pay: no money moves
Worker   ${workerUrl}   keeps the credentials, answers the API (${workerUrl}/openapi.json)
Shop     ${shopUrl}   a merchant's page: buy something here
Operator ${workerUrl}/operator/   shows all payments; sign in with the API key below

Make a payment:

  curl ${workerUrl}/payments -H 'Authorization: Bearer ${apiKey}' -H 'Idempotency-Key: ${crypto.randomUUID()}' \\
    -H 'Content-Type: application/json' \\
    -d '{"referenceId":"order-1001","amount":"12.50","customerName":"Ada Tremblay","customerEmail":"ada@example.com"}'

Ctrl-C stops all three.`;
}
