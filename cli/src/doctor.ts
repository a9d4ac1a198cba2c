// flinkspay doctor: the Worker's doctor at a terminal. It prints what it will send, and asks before it sends.

import { confirm, isCancel } from "@clack/prompts";
import type { Command } from "commander";
import { FlinksPay } from "flinkspay-edge";
import { BINDINGS } from "flinkspay-edge-worker/src/bindings.ts";
import { examine, planOf } from "flinkspay-edge-worker/src/doctor.ts";
import type { Account } from "flinkspay-edge-worker/src/doctor-requests.ts";
import type { CheckReport } from "flinkspay-edge-worker/src/schemas/configuration.ts";
import { Failure } from "./failure.ts";
import { type CommonOptions, commandOf } from "./options.ts";
import { print } from "./output.ts";

/** The ids of the reads, which belong to no payment. */
const UNKNOWN_ID = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/;

interface Options extends CommonOptions {
	yes?: true;
}

/** `flinkspay doctor` */
export function doctorCommand(): Command {
	return commandOf(
		"doctor",
		"find out which settings your host of Flinks needs; it creates nothing",
		"doctor --env-file .dev.vars",
	)
		.option("--yes", "do not ask before sending")
		.action(async ({ yes, json }: Options) => {
			const account = accountIn(process.env);
			// Refuses an address with a password in it before the address is printed.
			new FlinksPay(account).close();
			process.stderr.write(planFor(account));
			if (!yes && !(await isAgreed())) throw new Failure("Nothing was sent.", 2);
			const report = await examine(account);
			print(report, linesOf(report), json);
			if (!report.ok) process.exitCode = 1;
		});
}

async function isAgreed(): Promise<boolean> {
	if (!process.stdin.isTTY) throw new Failure("stdin is not a terminal, so there is no way to confirm. Give --yes.", 2);
	const answer = await confirm({ message: "Send it?", output: process.stderr });
	return !isCancel(answer) && answer;
}

/** An empty value counts as unset, as it does in the Worker. */
function accountIn(env: NodeJS.Dict<string>): Account {
	const needed = (name: "FLINKS_BASE_URL" | "FLINKS_USERNAME" | "FLINKS_PASSWORD") => {
		const value = env[name];
		if (value) return value;
		throw new Failure(`${name} is not set. Set it, or use --env-file. It must ${BINDINGS[name][1]}.`, 2);
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
	return `This creates nothing at ${account.baseUrl}. It sends, one after the other, at most:
  ${authorizations} requests with your credentials to /api/v1/authorize; up to ${refused} may be refused, and it stops at any sign of a lock-out
  ${reads} reads of a payment or a session that does not exist, 2 of them with a token that does not exist
`;
}

function linesOf({ problems, settled, unknown, devVars, wrangler, steps }: CheckReport): string[] {
	const answers = steps.map(({ method, path, sent, status, failure, contentType = "", fields = [], redirectsTo }) =>
		[
			method,
			path.replace(UNKNOWN_ID, "…"),
			`(${sent.join(", ")}):`,
			status ?? failure,
			contentType,
			fields.join(" "),
			redirectsTo,
		]
			.join(" ")
			.trim(),
	);
	const parts = {
		...{ "Wrong:": problems, "Settled:": settled, "Still open:": unknown, "Answers:": answers },
		...{ "For .dev.vars:": devVars, "For a deployment:": wrangler },
	};
	return Object.entries(parts)
		.filter(([, lines]) => lines.length > 0)
		.flatMap(([title, lines], place) => [...(place > 0 ? [""] : []), title, ...lines.map((line) => `  ${line}`)]);
}
