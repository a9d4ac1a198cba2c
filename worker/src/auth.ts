// Who may ask: whoever has the API key. Checked before anything of the body is read.

import type { MiddlewareHandler } from "hono";
import type { App, Env } from "./env.ts";
import { ProblemError } from "./problem.ts";
import { type ApiKey, needed, settingsOf } from "./settings.ts";

/** No key and no capability is as long as this. */
const MOST_OF_A_HEADER = 8_192;

/** A key as what is given is compared with it. */
interface Digest {
	name: ApiKey["name"];
	digest: ArrayBuffer;
}

/** By the keys of the settings, which do not change while an isolate lives. */
const digests = new WeakMap<readonly ApiKey[], readonly Digest[]>();

/** Lets a request with the API key pass; the previous key passes too while it is set. */
export const withApiKey: MiddlewareHandler<App> = async (c, next) => {
	const name = await keyOf(c.env, bearerOf(c.req.header("Authorization")));
	if (name === undefined) throw new ProblemError("unauthorized", { headers: { "WWW-Authenticate": "Bearer" } });
	c.set("keyName", name);
	await next();
};

/** What stands after `Bearer`. Anybody may send anything here: it is read once, from its start to its end. */
export function bearerOf(header = ""): string | undefined {
	const space = header.indexOf(" ");
	const isBearer = space >= 0 && header.length <= MOST_OF_A_HEADER && /^bearer$/i.test(header.slice(0, space));
	return isBearer ? header.slice(space).trim() : undefined;
}

/**
 * The name of the key that was given. It compares digests, which are of one length, and all of them, so that the time
 * tells neither a key's length nor which it was.
 */
export async function keyOf(env: Env, given: string | undefined): Promise<ApiKey["name"] | undefined> {
	const keys = needed(settingsOf(env).apiKeys);
	if (given === undefined) return undefined;
	const digest = await sha256(given);
	let found: ApiKey["name"] | undefined;
	for (const key of await digestsOf(keys)) {
		if (crypto.subtle.timingSafeEqual(digest, key.digest)) found ??= key.name;
	}
	return found;
}

/** Made once for a deployment's keys. What is kept is no promise, since no request may wait for another one's. */
async function digestsOf(keys: readonly ApiKey[]): Promise<readonly Digest[]> {
	const known = digests.get(keys);
	if (known !== undefined) return known;
	const made = await Promise.all(keys.map(async ({ name, key }) => ({ name, digest: await sha256(key) })));
	digests.set(keys, made);
	return made;
}

function sha256(text: string): Promise<ArrayBuffer> {
	return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
}
