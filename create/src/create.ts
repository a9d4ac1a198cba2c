#!/usr/bin/env node
// The command create-flinkspay-edge, as `npm create flinkspay-edge` runs it: makes a project that is a deployment of the
// Worker, or puts the Worker into one that exists. What it may be told by flags it asks for at a terminal.

import { basename, resolve } from "node:path";
import process from "node:process";
import { cancel, confirm, isCancel, log, text } from "@clack/prompts";
import { Command, InvalidArgumentError } from "commander";
import manifest from "../package.json" with { type: "json" };
import { addTo } from "./add.ts";
import { makeDeployment } from "./deployment.ts";

/** What the flags say. */
interface Flags {
	add?: true;
	path: string;
	shards: string;
	webhook?: string;
	yes?: true;
}

const SHARDS = `Over how many objects are payments spread (LEDGER_SHARDS)?
16 has room for thousands of payments a day, for years. It cannot change once there is a payment`;

const program = new Command("create-flinkspay-edge")
	.description("Makes a deployment of flinkspay-edge, the Worker that keeps the credentials of Flinks Pay.")
	.version(manifest.version)
	.argument("[folder]", "where the project is to be, or is")
	.option("--add", "put the Worker into the project that is there: Hono, Next.js on Cloudflare, any Worker")
	.option("--path <path>", "with --add, the path that it answers under", checked(faultOfPath), "/pay")
	.option("--shards <n>", "LEDGER_SHARDS, which cannot change once there is a payment", checked(faultOfShards), "16")
	.option("--webhook <url>", "on this machine, where your back end is told of payments", checked(faultOfUrl))
	.option("--yes", "ask nothing: what no flag says stays as it is by default")
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
	const asks = flags.yes === undefined && process.stdin.isTTY && process.stdout.isTTY;
	const answer = (message: string, usual: string, faultOf?: (value: string) => string | undefined) =>
		asks ? asked(message, usual, faultOf) : usual;

	const folder = resolve(given ?? (await answer("Which folder?", flags.add ? "." : "payments")));
	const shards = flagged("shards") ? flags.shards : await answer(SHARDS, flags.shards, faultOfShards);
	if (flags.add) {
		const path = flagged("path") ? flags.path : await answer("Under which path?", flags.path, faultOfPath);
		if (asks && !(await agreed(`Change the project in ${folder}?`))) return;
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

function flagged(name: keyof Flags): boolean {
	return program.getOptionValueSource(name) === "cli";
}

async function asked(message: string, usual: string, faultOf?: (value: string) => string | undefined): Promise<string> {
	// Shown, and not written already: what is typed would stand behind it.
	const given = { placeholder: usual, defaultValue: usual };
	const answer = await text({ message, ...given, validate: (value) => (value ? faultOf?.(value) : undefined) });
	return isCancel(answer) ? stop() : answer;
}

async function agreed(message: string): Promise<boolean> {
	const answer = await confirm({ message });
	return isCancel(answer) ? stop() : answer;
}

function stop(): never {
	cancel("Nothing was written.");
	process.exit(1);
}

function checked(faultOf: (value: string) => string | undefined): (value: string) => string {
	return (value) => {
		const fault = faultOf(value);
		if (fault !== undefined) throw new InvalidArgumentError(fault);
		return value;
	};
}

function faultOfPath(path: string): string | undefined {
	return /^(\/[a-z0-9][\w.~-]*)+$/i.test(path) ? undefined : "It must be a path such as /pay.";
}

function faultOfShards(shards: string): string | undefined {
	return /^[1-9][0-9]{0,2}$/.test(shards) && Number(shards) <= 256 ? undefined : "It must be a number from 1 to 256.";
}

function faultOfUrl(url: string): string | undefined {
	const isUrl = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
	return isUrl ? undefined : "It must be a URL such as http://127.0.0.1:3000/webhooks.";
}
