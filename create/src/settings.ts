// The settings of this machine alone: credentials of the sandbox, and secrets made here and now.

import { randomBytes } from "node:crypto";

/** What a `.dev.vars` says, line by line; the messages to the back end are on where it has an address. */
export function devVars(webhook?: string): Record<string, string> {
	const vars = {
		FLINKS_BASE_URL: "http://127.0.0.1:8788",
		FLINKS_USERNAME: "sandbox",
		FLINKS_PASSWORD: "sandbox",
		API_KEY: randomBytes(32).toString("hex"),
	};
	if (webhook === undefined) return vars;
	const secret = `whsec_${randomBytes(32).toString("base64")}`;
	return { ...vars, MERCHANT_WEBHOOK_URL: webhook, MERCHANT_WEBHOOK_SECRET: secret };
}

/** As dotenv reads it, and a shell. */
export function linesOf(vars: Readonly<Record<string, string>>): string {
	return Object.entries(vars)
		.map(([name, value]) => `${name}="${value}"\n`)
		.join("");
}
