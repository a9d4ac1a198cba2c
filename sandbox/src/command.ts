#!/usr/bin/env node
// The command flinkspay-sandbox: serves the sandbox on this machine alone. It is not Flinks, and says so.
// The sandbox's own, not one of Flinks' pages.
import { parseArgs } from "node:util";
import { createAdaptorServer } from "@hono/node-server";
import { createSandbox } from "./sandbox.ts";

const HOST = "127.0.0.1";
const HELP = `Usage: flinkspay-sandbox [--port 8788]

Serves a stand-in for Flinks Pay, v1 and v2, on ${HOST}. It is not Flinks, and no money moves.

  --port <n>   the port, 0 for any that is free (default 8788)
  --help       this text

FLINKS_USERNAME and FLINKS_PASSWORD set the credentials that it accepts (default sandbox and sandbox).
`;

/** The port to listen on, or nothing when only the help was asked for. */
function readPort(): number | undefined {
	const { values } = parseArgs({ options: { port: { type: "string", default: "8788" }, help: { type: "boolean" } } });
	if (values.help) return undefined;
	const port = Number(values.port);
	if (!/^\d{1,5}$/.test(values.port) || port > 65535) throw new Error(`--port ${values.port} is not a port`);
	return port;
}

function fail(why: string): never {
	process.stderr.write(`flinkspay-sandbox: ${why}\n`);
	process.exit(1);
}

function serve(port: number): void {
	const { FLINKS_USERNAME: username = "sandbox", FLINKS_PASSWORD: password = "sandbox" } = process.env;
	const sandbox = createSandbox({ credentials: { username, password } });
	const server = createAdaptorServer({ fetch: (request) => sandbox.fetch(request), overrideGlobalObjects: false });
	server.on("error", (error: NodeJS.ErrnoException) =>
		fail(error.code === "EADDRINUSE" ? `port ${port} of ${HOST} is taken` : error.message),
	);
	server.listen(port, HOST, () => {
		const address = server.address();
		const bound = typeof address === "object" && address ? address.port : port;
		process.stdout.write(`Flinks Pay sandbox on http://${HOST}:${bound} (this is not Flinks, and no money moves)\n`);
	});
	// Kept-alive connections would hold the process up; there is nothing in it that is worth waiting for.
	for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(0));
}

try {
	const port = readPort();
	if (port === undefined) process.stdout.write(HELP);
	else serve(port);
} catch (error) {
	fail(error instanceof Error ? error.message : String(error));
}
