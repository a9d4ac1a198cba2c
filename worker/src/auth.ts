// Authentication by the API key, before anything of the body is read.

import type { MiddlewareHandler } from "hono";
import type { App, Env } from "./env.ts";
import { ProblemError } from "./problem.ts";
import { type ApiKey, needed, settingsOf } from "./settings.ts";

/** Longer than any API key or capability. */
const MAX_HEADER_LENGTH = 8_192;

/** The digest of a key, which a given key is compared with. */
interface Digest {
	name: ApiKey["name"];
	digest: ArrayBuffer;
}

/** The digests of each list of keys in the settings, which do not change during an isolate's life. */
const digests = new WeakMap<readonly ApiKey[], readonly Digest[]>();

/** Lets a request with the API key pass; the previous key passes too while it is set. */
export const withApiKey: MiddlewareHandler<App> = async (c, next) => {
	const name = await keyOf(c.env, bearerOf(c.req.header("Authorization")));
	if (name === undefined) {
		throw new ProblemError("unauthorized", {
			detail: "The Authorization header has no valid key. Send Bearer and this deployment's API_KEY.",
			headers: { "WWW-Authenticate": "Bearer" },
		});
	}
	c.set("keyName", name);
	await next();
};

/** The token after `Bearer`. Anybody may send anything here, so the header is read once from start to end. */
export function bearerOf(header = ""): string | undefined {
	const space = header.indexOf(" ");
	const isBearer = space >= 0 && header.length <= MAX_HEADER_LENGTH && /^bearer$/i.test(header.slice(0, space));
	return isBearer ? header.slice(space).trim() : undefined;
}

/**
 * The name of a given key. It compares digests, which have one length, and always all of them, so that the time reveals
 * neither a key's length nor which key it was.
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

/** Computed once for each list of keys. The cache holds no promise, since no request may wait for another one. */
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
