// The settings of this machine: the sandbox's credentials, and new secrets.

import { randomBytes } from "node:crypto";

/** The variables of a `.dev.vars`. With `webhook`, the Worker sends messages to that address. */
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

/** The lines of a file that dotenv and a shell can read. */
export function linesOf(vars: Readonly<Record<string, string>>): string {
	return Object.entries(vars)
		.map(([name, value]) => `${name}="${value}"\n`)
		.join("");
}
