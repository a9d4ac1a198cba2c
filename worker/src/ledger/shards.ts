// Which object of the ledger a payment lives in, and how it is asked.

import { settingsOf } from "../config.ts";
import type { Env } from "../env.ts";
import { misconfigured, ProblemError, type Reply } from "../problem.ts";
import type { Ledger } from "./ledger.ts";

/** SHA-256 as hex: what stands in the ledger for an idempotency key. */
export async function hash(text: string): Promise<string> {
	const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
	return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The object that the hash of a key or of a session's id leads to. */
export function shardOf(env: Env, hashed: string): number {
	return Number.parseInt(hashed.slice(0, 8), 16) % settingsOf(env).shards;
}

/** The object that a payment's id names; nothing for what is no id of ours. */
export function shardOfId(env: Env, id: string): number | undefined {
	const shard = /^(0|[1-9]\d{0,2})-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.exec(id)?.[1];
	return shard !== undefined && Number(shard) < settingsOf(env).shards ? Number(shard) : undefined;
}

/** One object of the ledger. After it has thrown, a new one of these is needed. */
export function ledgerOf(env: Env, shard: number): DurableObjectStub<Ledger> {
	const namespace = env.LEDGER as DurableObjectNamespace<Ledger> | undefined;
	if (namespace === undefined) throw misconfigured("LEDGER", "is missing");
	return namespace.getByName(`shard-${shard}`);
}

/**
 * Asks an object of the ledger. One that died meanwhile is asked once more, whether or not it says that this is worth a
 * try: it knows by its rows what it had done. That does not go for a question that must not be asked `twice`. One that is
 * overloaded is left alone.
 */
export async function ask<T>(
	env: Env,
	shard: number,
	question: (ledger: DurableObjectStub<Ledger>) => Promise<unknown>,
	{ twice = true } = {},
): Promise<T> {
	for (let isFirst = true; ; isFirst = false) {
		try {
			const answer = (await question(ledgerOf(env, shard))) as Reply<T>;
			if ("ok" in answer) return answer.ok;
			throw new ProblemError(answer.problem.code, answer.problem.facts);
		} catch (error) {
			if (error instanceof ProblemError) throw error;
			const { overloaded } = error as { overloaded?: boolean };
			if (overloaded) throw new ProblemError("overloaded", { headers: { "Retry-After": "5" } });
			if (!twice || !isFirst) throw error;
		}
	}
}
