// flinkspay doctor: what the Worker's doctor finds out, at a terminal. It says what it will send, and asks first.

import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { confirm, isCancel } from "@clack/prompts";
import { Command } from "commander";
import { isFlinksPayError } from "flinkspay-edge";
import { BINDINGS } from "../../worker/src/bindings.ts";
import { type Account, examine, planOf, type Report } from "../../worker/src/doctor.ts";

/** What ends the command with exit code 2: wrong use. */
class WrongUse extends Error {}

interface Options {
	envFile?: string;
	yes?: true;
	json?: true;
}

/** The command `doctor`. Exit codes: 0 all is settled, 1 something is wrong, 2 wrong use. */
export function doctorCommand(): Command {
	return new Command("doctor")
		.description("find out which settings your host of Flinks wants; it creates nothing")
		.option("--env-file <file>", "where FLINKS_BASE_URL, FLINKS_USERNAME and so on stand, before the environment")
		.option("--yes", "do not ask before sending")
		.option("--json", "print the report as JSON")
		.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
		.action(async (options: Options) => {
			try {
				process.exitCode = await run(options);
			} catch (error) {
				if (!(error instanceof WrongUse) && !isFlinksPayError(error)) throw error;
				process.stderr.write(`flinkspay doctor: ${error.message}\n`);
				process.exitCode = 2;
			}
		});
}

async function run({ envFile, yes, json }: Options): Promise<0 | 1 | 2> {
	const account = accountIn(environment(envFile));
	process.stderr.write(planFor(account));
	if (!yes) {
		if (!process.stdin.isTTY) throw new WrongUse("this is no terminal to ask at: say --yes.");
		const answer = await confirm({ message: "Send it?", output: process.stderr });
		if (isCancel(answer) || !answer) return 2;
	}
	const report = await examine(account);
	process.stdout.write(json ? `${JSON.stringify(report, null, "\t")}\n` : textOf(report));
	return report.ok ? 0 : 1;
}

function environment(file: string | undefined): NodeJS.Dict<string> {
	if (file === undefined) return process.env;
	try {
		return { ...process.env, ...parseEnv(readFileSync(file, "utf8")) };
	} catch {
		throw new WrongUse(`${file} cannot be read.`);
	}
}

/** An empty value counts as unset, as it does in the Worker. */
function accountIn(env: NodeJS.Dict<string>): Account {
	const needed = (name: "FLINKS_BASE_URL" | "FLINKS_USERNAME" | "FLINKS_PASSWORD") => {
		const value = env[name];
		if (!value)
			throw new WrongUse(
				`${name} is missing. Set it, or name a file that has it by --env-file. It must ${BINDINGS[name].must}.`,
			);
		return value;
	};
	const { FLINKS_INSTANCE: instance, FLINKS_CLIENT_ID: clientId } = env;
	return {
		...{ baseUrl: needed("FLINKS_BASE_URL"), username: needed("FLINKS_USERNAME"), password: needed("FLINKS_PASSWORD") },
		...(instance ? { instance } : {}),
		...(clientId ? { clientId } : {}),
	};
}

function planFor(account: Account): string {
	const { authorizations, refused, reads } = planOf(account);
	return `This creates nothing at ${account.baseUrl}. One after the other it sends, at most:
  ${authorizations} times your credentials to /api/v1/authorize; up to ${refused} of them may be refused, and it stops at any sign of a lock-out
  ${reads} times a question about a payment or a session that nobody has, 2 of them with a token that does not exist
`;
}

function textOf({ problems, settled, unknown, devVars, wrangler, steps }: Report): string {
	const seen = steps.map(({ method, path, sent, status, failure, contentType = "", fields = [], redirectsTo }) =>
		[method, path, `(${sent.join(", ")}):`, status ?? failure, contentType, fields.join(" "), redirectsTo]
			.join(" ")
			.trim(),
	);
	const parts = {
		...{ "Wrong:": problems, "Settled:": settled, "Still open:": unknown, "What was seen:": seen },
		...{ "For .dev.vars:": devVars, "For a deployment:": wrangler },
	};
	return Object.entries(parts)
		.filter(([, lines]) => lines.length > 0)
		.map(([title, lines]) => `${title}\n${lines.map((line) => `  ${line}\n`).join("")}`)
		.join("\n");
}
