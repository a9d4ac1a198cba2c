// `npm start`: builds, starts the sandbox, the Worker and the shop, says where they are, and runs until it is stopped.

import { isFree, runToEnd, startStack } from "./processes.ts";

const PORTS = { worker: 8787, sandbox: 8788, shop: 8789 };
const NAMES = { worker: "the Worker", sandbox: "the sandbox", shop: "the example shop" };

for (const who of /** @type {const} */ (["worker", "sandbox", "shop"])) {
	if (!(await isFree(PORTS[who]))) end(`Port ${PORTS[who]} of 127.0.0.1 is taken; ${NAMES[who]} needs it.`);
}

/** @type {import("./processes.ts").Stack | undefined} */
let stack;
let stopping = false;
async function leave() {
	stopping = true;
	// Before the stack is there, leaving is enough: the processes that have started end with this one.
	await stack?.stop();
	process.exit(0);
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, leave);
// A signal to npm alone ends npm and its shell and never arrives here.
const parent = process.ppid;
setInterval(() => process.ppid === parent || leave(), 500).unref();

const build = await runToEnd(["tools/build.mjs"]);
if (build.code !== 0) end(`The build failed.\n${build.output}`);

try {
	stack = await startStack(PORTS);
	console.log(`${banner(stack)}\n`);
	await stack.failed;
} catch (error) {
	// A signal ends the processes one after the other; that is no failure.
	if (!stopping) {
		await stack?.stop();
		end(error instanceof Error ? error.message : String(error));
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
Operator ${workerUrl}/operator/   what is going on; sign in with the API key below

Make a payment:

  curl ${workerUrl}/payments -H 'Authorization: Bearer ${apiKey}' -H 'Idempotency-Key: ${crypto.randomUUID()}' \\
    -H 'Content-Type: application/json' \\
    -d '{"referenceId":"order-1001","amount":"12.50","customerName":"Ada Tremblay","customerEmail":"ada@example.com"}'

Ctrl-C stops all three.`;
}

/**
 * @param {string} why
 * @returns {never}
 */
function end(why) {
	console.error(why);
	process.exit(1);
}
