// The common options of the commands: JSON, a file of settings, and the Worker.

import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { Failure } from "./failure.ts";
import { messageOf, Worker } from "./worker.ts";

/** Options of every command. */
export interface CommonOptions {
	json?: true;
}

/** Options of every command that calls the Worker. */
export interface WorkerOptions extends CommonOptions {
	worker?: string;
}

/** A command with `--json`, `--env-file` and an example in its help. */
export function commandOf(name: string, description: string, example: string): Command {
	return new Command(name)
		.description(description)
		.option("--json", "JSON lines on stdout, for scripts")
		.option("--env-file <file>", "a file of settings, such as .dev.vars; the environment has priority")
		.addHelpText("after", `\nExample:\n  $ flinkspay ${example}`)
		.hook("preAction", (command) => readSettings(command.opts<{ envFile?: string }>().envFile));
}

/** A command that calls the Worker. */
export function workerCommand(name: string, description: string, example: string): Command {
	return commandOf(name, description, example)
		.option("--worker <url>", "the Worker's address (default: WORKER_URL)")
		.addHelpText("after", "\nThe Worker's key is API_KEY in the environment or the file: a secret is never a flag.");
}

/** The Worker of the settings. Throws a `Failure` that names a missing setting. */
export function workerOf({ worker }: WorkerOptions): Worker {
	const address = needed("WORKER_URL", worker ?? process.env.WORKER_URL, "the Worker's address, or give --worker");
	return new Worker(urlOf(address, "The Worker's address"), needed("API_KEY", process.env.API_KEY, "the Worker's key"));
}

/** Reads an address for secrets or payments: https, or http on this machine. */
export function urlOf(text: string, what: string): URL {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	const isLocal = url && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
	if (!url || !(url.protocol === "https:" || (isLocal && url.protocol === "http:")) || url.username || url.password) {
		throw new Failure(`${what} must be https://…, or http:// on this machine, without a user name.`, 2);
	}
	return url;
}

/** The bytes of a file. */
export async function bytesOf(file: string): Promise<Buffer> {
	try {
		return await readFile(file);
	} catch (error) {
		throw new Failure(`${file} cannot be read: ${messageOf(error)}`, 2);
	}
}

function needed(name: string, value: string | undefined, what: string): string {
	if (!value)
		throw new Failure(`${name} is not set. Set it in the environment, or in a file for --env-file: ${what}.`, 2);
	return value;
}

function readSettings(file: string | undefined): void {
	try {
		if (file !== undefined) process.loadEnvFile(file);
	} catch (error) {
		throw new Failure(`--env-file ${file} cannot be read: ${messageOf(error)}`, 2);
	}
}
