// Which object of the ledger has a payment, and which has one of Flinks' ids.

import type { Env } from "../env.ts";
import { misconfigured, type ProblemError } from "../problem.ts";
import { needed, settingsOf } from "../settings.ts";

const UTF8 = new TextEncoder();
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** SHA-256 in hex. The ledger stores this in place of an idempotency key. */
export async function hash(text: string): Promise<string> {
	let hex = "";
	for (const byte of new Uint8Array(await crypto.subtle.digest("SHA-256", UTF8.encode(text)))) hex += HEX[byte];
	return hex;
}

/** The object that the hash of an idempotency key or of one of Flinks' ids leads to. */
export function shardOf(env: Env, hashed: string): number {
	return Number.parseInt(hashed.slice(0, 8), 16) % needed(settingsOf(env).shards);
}

/** The home of one of Flinks' ids: the object that knows its owner. Flinks reads ids in any case, so the key is lower case. */
export async function homeOf(env: Env, flinksId: string): Promise<{ shard: number; flinksId: string }> {
	const lower = flinksId.toLowerCase();
	return { shard: shardOf(env, await hash(lower)), flinksId: lower };
}

export function nameOf(shard: number): string {
	return `shard-${shard}`;
}

/** LEDGER_SHARDS has been changed. */
export function wrongShards(shards: number, agreed: number): ProblemError {
	const fault = `is ${shards}, but was ${agreed} when the first payment was made, and cannot change after that`;
	return misconfigured("LEDGER_SHARDS", fault, `Set it to ${agreed} again.`);
}
