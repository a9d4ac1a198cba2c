// Calls to the objects of the ledger.

import type { Env } from "../env.ts";
import { ProblemError, type Reply } from "../problem.ts";
import { needed, settingsOf } from "../settings.ts";
import type { Claim, ClaimResult, LedgerApi } from "./api.ts";
import { notFound } from "./problems.ts";
import { homeOf, nameOf, wrongShards } from "./shards.ts";

/** A stub of one object. After it has thrown, a new one is needed. */
function stubOf(env: Env, shard: number): LedgerApi {
	// What crosses is plain data and arrives as it was. The platform's own types of stubs would wrap it.
	const namespace = needed(settingsOf(env).ledger) as { getByName(name: string): LedgerApi };
	return namespace.getByName(nameOf(shard));
}

/**
 * Calls an object of the ledger. Where the object died during the call, it is called once more, whether or not the platform
 * says that this is worth a try: its rows say what it had done. A call that must not be made twice sets `twice: false`. An
 * overloaded object is left alone.
 */
export async function callLedger<T>(
	env: Env,
	shard: number,
	call: (ledger: LedgerApi) => Promise<Reply<T>>,
	{ twice = true } = {},
): Promise<T> {
	for (let isFirst = true; ; isFirst = false) {
		try {
			const reply = await call(stubOf(env, shard));
			if ("ok" in reply) return reply.ok;
			throw new ProblemError(reply.problem.code, reply.problem.facts);
		} catch (error) {
			if (error instanceof ProblemError) throw error;
			const { overloaded } = error as { overloaded?: boolean };
			// The object that died during the first call may have sent something.
			const outcome = isFirst ? "not_sent" : "unknown";
			if (overloaded) throw new ProblemError("overloaded", { outcome, headers: { "Retry-After": "5" } });
			if (!twice || !isFirst) throw error;
		}
	}
}

/** The object that a payment's id names. */
export async function shardOfPayment(env: Env, id: string): Promise<number> {
	const text = /^(0|[1-9]\d{0,2})-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.exec(id)?.[1];
	const shards = needed(settingsOf(env).shards);
	if (text !== undefined && Number(text) < shards) return Number(text);
	// Where LEDGER_SHARDS was lowered, the payment is in an object that is not called any more.
	const { shards: agreed } =
		text === undefined ? { shards } : await callLedger(env, 0, (first) => first.agreedShards(undefined));
	if (agreed !== undefined && agreed !== shards) throw wrongShards(shards, agreed);
	throw notFound(id);
}

/** Claims ids at their homes, with one call to each home. */
export async function claimAtHomes(env: Env, claims: readonly Claim[]): Promise<PromiseSettledResult<ClaimResult>[]> {
	const homes = await Promise.all(
		claims.map(async ({ flinksId, paymentId }) => ({ ...(await homeOf(env, flinksId)), paymentId })),
	);
	const replies = new Map(
		Array.from(
			Map.groupBy(homes, ({ shard }) => shard),
			([shard, own]) => [shard, callLedger(env, shard, (ledger) => ledger.claimAll(own))] as const,
		),
	);
	return Promise.allSettled(
		homes.map(async ({ shard, flinksId, paymentId }) => {
			const result = (await replies.get(shard))?.find((one) => one.flinksId === flinksId);
			return result?.owner === paymentId ? result : claimAtHome(env, flinksId, paymentId);
		}),
	);
}

/** Claims one id at its home. A claim that an interrupted resolution left behind is taken back first. */
export async function claimAtHome(env: Env, id: string, paymentId: string): Promise<ClaimResult> {
	const { shard, flinksId } = await homeOf(env, id);
	const claim = async () => {
		const [result] = await callLedger(env, shard, (ledger) => ledger.claimAll([{ flinksId, paymentId }]));
		if (result === undefined) throw new ProblemError("internal");
		return result;
	};
	const result = await claim();
	if (result.owner === paymentId) return result;
	const ownerShard = await shardOfPayment(env, result.owner);
	const { has } = await callLedger(env, ownerShard, (ledger) => ledger.has(result.owner, flinksId));
	if (has) return result;
	await callLedger(env, shard, (ledger) => ledger.release(flinksId, result.owner));
	return claim();
}
