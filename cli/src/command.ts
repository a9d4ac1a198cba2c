#!/usr/bin/env node
// The command flinkspay, for a merchant's engineer at a terminal.

import { Command, CommanderError } from "commander";
import { isFlinksPayError } from "flinkspay-edge";
import manifest from "../../pkg/package.json" with { type: "json" };
import { doctorCommand } from "./doctor.ts";
import { eventsCommand } from "./events.ts";
import { Failure } from "./failure.ts";
import { listenCommand } from "./listen.ts";
import { note } from "./output.ts";
import { paymentsCommand, resendCommand } from "./payments.ts";
import { reconcileCommand } from "./reconcile.ts";
import { sandboxCommand } from "./sandbox.ts";
import { triggerCommand } from "./trigger.ts";
import { verifyCommand } from "./verify.ts";
import { messageOf } from "./worker.ts";

const program = new Command("flinkspay")
	.version(manifest.version)
	.description("Flinks Pay from a terminal: the Worker's payments and messages, the sandbox, and reconciliation.")
	.addHelpText("after", "\nExit codes: 0 done, 1 something is wrong, 2 wrong use.")
	.addCommand(doctorCommand())
	.addCommand(paymentsCommand())
	.addCommand(eventsCommand())
	.addCommand(resendCommand())
	.addCommand(listenCommand())
	.addCommand(verifyCommand())
	.addCommand(triggerCommand())
	.addCommand(reconcileCommand())
	.addCommand(sandboxCommand());

for (const command of [program, ...program.commands]) {
	command.exitOverride().configureOutput({
		// A secret that was given as a flag by mistake must not be printed.
		outputError: (text, write) => write(text.replace(/(--[\w-]+)=[^']*/, "$1")),
	});
}
// A reader such as `head` may close the pipe: that is not an error.
process.stdout.on("error", (error) => {
	if (messageOf(error) === "EPIPE") process.exit();
	note(`flinkspay: cannot write to stdout: ${messageOf(error)}`);
	process.exit(1);
});

try {
	await program.parseAsync();
} catch (error) {
	if (error instanceof CommanderError) {
		process.exitCode = error.exitCode === 0 ? 0 : 2;
	} else if (error instanceof Failure || isFlinksPayError(error)) {
		note(`flinkspay: ${error.message}`);
		process.exitCode = error instanceof Failure ? error.exitCode : 2;
	} else throw error;
}
