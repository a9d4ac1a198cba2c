// Who may ask: whoever has the API key. Checked before anything of the body is read.

import type { MiddlewareHandler } from "hono";
import { binding, checkConfig } from "./config.ts";
import type { App, Env } from "./env.ts";
import { misconfigured, ProblemError } from "./problem.ts";

// What RFC 6750 lets a bearer token be made of.
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/** Lets a request with the API key pass; the previous key passes too while it is set. */
export const withApiKey: MiddlewareHandler<App> = async (c, next) => {
	if (binding(c.env, "API_KEY") === undefined) throw misconfigured("API_KEY", "is missing");
	const given = /^bearer +(\S+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
	const name = given === undefined ? undefined : await keyOf(given, c.env);
	if (name === undefined) throw new ProblemError("unauthorized", { headers: { "WWW-Authenticate": "Bearer" } });
	c.set("keyName", name);
	checkConfig(c.env);
	await next();
};

/** A key that no request could present, such as one with a line end after it, is a fault of the deployment. */
function apiKey(env: Env, name: string): string | undefined {
	const key = binding(env, name);
	if (key === undefined) return undefined;
	if (typeof key !== "string" || !TOKEN.test(key)) throw misconfigured(name, "is not valid");
	return key;
}

/**
 * The name of the key that was given. It compares digests, which are of one length, and all of them, so that the time
 * tells neither a key's length nor which it was.
 */
async function keyOf(given: string, env: Env): Promise<string | undefined> {
	const digest = await sha256(given);
	let found: string | undefined;
	for (const name of ["API_KEY", "API_KEY_PREVIOUS"]) {
		const key = apiKey(env, name);
		if (key !== undefined && crypto.subtle.timingSafeEqual(digest, await sha256(key))) found ??= name;
	}
	return found;
}

function sha256(text: string): Promise<ArrayBuffer> {
	return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
}
