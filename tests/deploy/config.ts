// The Worker's configuration with what docs/deploy.md shows added to it, so that its snippets are tried unchanged.

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What the tests look at of a wrangler.jsonc. */
export interface Config {
	main: string;
	ratelimits?: { simple: { limit: number } }[];
	env?: Record<string, unknown>;
}

/**
 * Puts the snippet that begins with this key into a copy of worker/wrangler.jsonc; gives the folder it is in, from the root. The
 * snippet's rate limit can be another one, since a test can only exceed a small one however slow the machine is.
 */
export async function configWith(key: string, limit?: number): Promise<{ folder: string; config: Config }> {
	const page = await readFile(`${root}docs/deploy.md`, "utf8");
	const snippets = [...page.matchAll(/^```jsonc\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => JSON.parse(`{${text}}`));
	const snippet = snippets.find((one) => key in one);
	if (snippet === undefined) throw new Error(`docs/deploy.md has no snippet with ${key}`);
	const shipped = (await readFile(`${root}worker/wrangler.jsonc`, "utf8")).replaceAll(/^\s*\/\/.*$/gm, "");
	const config: Config = { ...JSON.parse(shipped), ...snippet, main: "../../worker/src/index.ts" };
	if (limit !== undefined) for (const { simple } of config.ratelimits ?? []) simple.limit = limit;
	const folder = `target/deploy-${key}${limit === undefined ? "" : `-${limit}`}`;
	await rm(root + folder, { recursive: true, force: true });
	await mkdir(root + folder, { recursive: true });
	await writeFile(`${root}${folder}/wrangler.jsonc`, JSON.stringify(config, undefined, "\t"));
	return { folder, config };
}
