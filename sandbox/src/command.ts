#!/usr/bin/env node
// The command flinkspay-sandbox: serves the sandbox on this machine alone. The sandbox's own, not one of Flinks' pages.
import { parseArgs } from "node:util";
import { HOST, readPort, serve } from "./serve.ts";

const HELP = `Usage: flinkspay-sandbox [--port 8788]

Serves a stand-in for Flinks Pay, v1 and v2, on ${HOST}. It is not Flinks, and no money moves.

  --port <n>   the port, or 0 for any free port (default 8788)
  --help       show this text

FLINKS_USERNAME and FLINKS_PASSWORD set the credentials that it accepts (default: sandbox, sandbox).
`;

try {
	const { values } = parseArgs({ options: { port: { type: "string", default: "8788" }, help: { type: "boolean" } } });
	if (values.help) process.stdout.write(HELP);
	else await serve(readPort(values.port));
} catch (error) {
	process.stderr.write(`flinkspay-sandbox: ${error instanceof Error ? error.message : String(error)}\n`);
	process.exit(1);
}
