// flinkspay sandbox: the same as flinkspay-sandbox.

import type { Command } from "commander";
import { readPort, serve } from "flinkspay-edge-sandbox/serve";
import { Failure } from "./failure.ts";
import { commandOf } from "./options.ts";
import { messageOf } from "./worker.ts";

/** `flinkspay sandbox` */
export function sandboxCommand(): Command {
	return commandOf("sandbox", "serve a stand-in for Flinks Pay on this machine; no money moves", "sandbox --port 8788")
		.option("--port <n>", "the port, or 0 for any free port", "8788")
		.addHelpText(
			"after",
			"\nFLINKS_USERNAME and FLINKS_PASSWORD set the credentials that it accepts (default: sandbox).",
		)
		.action(async ({ port }: { port: string }) => {
			try {
				await serve(readPort(port));
			} catch (error) {
				throw new Failure(messageOf(error), 2);
			}
		});
}
