#!/usr/bin/env node
// The command create-flinkspay-edge, as `npm create flinkspay-edge` runs it: creates a project that deploys the Worker, or
// adds the Worker to an existing project. At a terminal it asks for what no flag says.

import { basename, resolve } from "node:path";
import process from "node:process";
import { cancel, confirm, isCancel, log, text } from "@clack/prompts";
import { Command, InvalidArgumentError } from "commander";
import manifest from "../package.json" with { type: "json" };
import { addTo } from "./add.ts";
import { makeDeployment } from "./deployment.ts";

/** The flags. */
interface Flags {
	add?: true;
	path: string;
	shards: string;
	webhook?: string;
	yes?: true;
}

/** Gives the problem of a value, if it has one. */
type Check = (value: string) => string | undefined;

const SHARDS = `Over how many objects are payments spread (LEDGER_SHARDS)?
16 have room for thousands of payments a day, for years. The number cannot change once there is a payment`;

const program = new Command("create-flinkspay-edge")
	.description("Creates a deployment of flinkspay-edge, the Worker that keeps the credentials of Flinks Pay.")
	.version(manifest.version)
	.argument("[folder]", "the folder of the new or existing project")
	.option("--add", "add the Worker to an existing project: Hono, Next.js on Cloudflare, any Worker")
	.option("--path <path>", "with --add, the path under which the Worker answers", checked(problemOfPath), "/pay")
	.option("--shards <n>", "LEDGER_SHARDS, which cannot change once there is a payment", checked(problemOfShards), "16")
	.option("--webhook <url>", "the address of your back end's receiver on this machine", checked(problemOfUrl))
	.option("--yes", "ask nothing, and use the defaults for missing flags")
	.addHelpText(
		"after",
		"\nExample: npm create flinkspay-edge@latest payments -- --webhook http://127.0.0.1:3000/webhooks",
	)
	.action(run);

try {
	await program.parseAsync();
} catch (error) {
	log.error(error instanceof Error ? error.message : String(error));
	process.exitCode = 1;
}

async function run(given: string | undefined, flags: Flags): Promise<void> {
	const isInteractive = flags.yes === undefined && process.stdin.isTTY && process.stdout.isTTY;
	const answer = (message: string, byDefault: string, problemOf?: Check) =>
		isInteractive ? ask(message, byDefault, problemOf) : byDefault;

	const folder = resolve(given ?? (await answer("Which folder?", flags.add ? "." : "payments")));
	const shards = isGiven("shards") ? flags.shards : await answer(SHARDS, flags.shards, problemOfShards);
	if (flags.add) {
		const path = isGiven("path") ? flags.path : await answer("Under which path?", flags.path, problemOfPath);
		if (isInteractive && !(await isConfirmed(`Change the project in ${folder}?`))) return;
		log.success((await addTo(folder, path, shards, flags.webhook)).join("\n"));
		return;
	}
	await makeDeployment(folder, shards, flags.webhook);
	log.success(`${basename(folder)} is a deployment of flinkspay-edge. Next:

  cd ${folder}
  npm install
  npm test
  npm run dev

Its README.md has a first payment, and what to do about going live.`);
}

function isGiven(name: keyof Flags): boolean {
	return program.getOptionValueSource(name) === "cli";
}

async function ask(message: string, byDefault: string, problemOf?: Check): Promise<string> {
	// A placeholder and no initial value, which would have to be deleted before another one is typed.
	const given = { placeholder: byDefault, defaultValue: byDefault };
	const answer = await text({ message, ...given, validate: (value) => (value ? problemOf?.(value) : undefined) });
	return isCancel(answer) ? stop() : answer;
}

async function isConfirmed(message: string): Promise<boolean> {
	const answer = await confirm({ message });
	return isCancel(answer) ? stop() : answer;
}

function stop(): never {
	cancel("Nothing was written.");
	process.exit(1);
}

function checked(problemOf: Check): (value: string) => string {
	return (value) => {
		const problem = problemOf(value);
		if (problem !== undefined) throw new InvalidArgumentError(problem);
		return value;
	};
}

function problemOfPath(path: string): string | undefined {
	return /^(\/[a-z0-9][\w.~-]*)+$/i.test(path) ? undefined : "It must be a path such as /pay.";
}

function problemOfShards(shards: string): string | undefined {
	return /^[1-9][0-9]{0,2}$/.test(shards) && Number(shards) <= 256 ? undefined : "It must be a number from 1 to 256.";
}

function problemOfUrl(url: string): string | undefined {
	const isUrl = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
	return isUrl ? undefined : "It must be a URL such as http://127.0.0.1:3000/webhooks.";
}
