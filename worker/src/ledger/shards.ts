// Which object of the ledger a payment lives in, and how it is asked.

import type { Env } from "../env.ts";
import { misconfigured, ProblemError, type Reply } from "../problem.ts";
import { needed, settingsOf } from "../settings.ts";
import type { Ledger } from "./ledger.ts";
import type { Claimed } from "./sessions.ts";

/** The calls that one object may make to another, and the Worker to each. */
export type LedgerCalls = Pick<
	Ledger,
	| "agreedShards"
	| "cancel"
	| "claimAll"
	| "create"
	| "decide"
	| "events"
	| "examine"
	| "feed"
	| "has"
	| "latest"
	| "list"
	| "read"
	| "receiveWebhook"
	| "release"
	| "replay"
	| "resend"
	| "resolve"
	| "takeWebhook"
>;

const UTF8 = new TextEncoder();
/** Each byte as it is written. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** SHA-256 as hex: what stands in the ledger for an idempotency key. */
export async function hash(text: string): Promise<string> {
	let hex = "";
	for (const byte of new Uint8Array(await crypto.subtle.digest("SHA-256", UTF8.encode(text)))) hex += HEX[byte];
	return hex;
}

/** The object that the hash of a key or of an id of Flinks' leads to. */
export function shardOf(env: Env, hashed: string): number {
	return Number.parseInt(hashed.slice(0, 8), 16) % needed(settingsOf(env).shards);
}

/** The object that knows whose an id of Flinks' is, and the id as it is known there: Flinks reads ids in any case. */
export async function homeOf(env: Env, flinksId: string): Promise<{ shard: number; flinksId: string }> {
	const lower = flinksId.toLowerCase();
	return { shard: shardOf(env, await hash(lower)), flinksId: lower };
}

/** The object that a payment's id names. */
export async function shardOfPayment(env: Env, id: string): Promise<number> {
	const text = /^(0|[1-9]\d{0,2})-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.exec(id)?.[1];
	const shards = needed(settingsOf(env).shards);
	if (text !== undefined && Number(text) < shards) return Number(text);
	// With fewer objects than there were, it would be in one of those that are not asked any more.
	const { shards: agreed } =
		text === undefined ? { shards } : await ask(env, 0, (first) => first.agreedShards(undefined));
	if (agreed !== undefined && agreed !== shards) throw wrongShards(shards, agreed);
	throw new ProblemError("not_found", { id });
}

/** LEDGER_SHARDS has been changed. */
export function wrongShards(shards: number, agreed: number): ProblemError {
	const fault = `is ${shards}, and was ${agreed} when the first payment was made: it cannot change after that`;
	return misconfigured("LEDGER_SHARDS", fault);
}

/** One object of the ledger. After it has thrown, a new one of these is needed. */
function ledgerOf(env: Env, shard: number): LedgerCalls {
	const namespace = needed(settingsOf(env).ledger) as DurableObjectNamespace<Ledger>;
	// What crosses is plain data, which arrives as it was; the types of stubs would wrap it.
	return namespace.getByName(nameOf(shard)) as unknown as LedgerCalls;
}

/** What an object is called. */
export function nameOf(shard: number): string {
	return `shard-${shard}`;
}

/**
 * Asks an object of the ledger. One that died meanwhile is asked once more, whether or not it says that this is worth a
 * try: it knows by its rows what it had done. That does not go for a question that must not be asked `twice`. One that is
 * overloaded is left alone.
 */
export async function ask<T>(
	env: Env,
	shard: number,
	question: (ledger: LedgerCalls) => Promise<Reply<T>>,
	{ twice = true } = {},
): Promise<T> {
	for (let isFirst = true; ; isFirst = false) {
		try {
			const answer = await question(ledgerOf(env, shard));
			if ("ok" in answer) return answer.ok;
			throw new ProblemError(answer.problem.code, answer.problem.facts);
		} catch (error) {
			if (error instanceof ProblemError) throw error;
			const { overloaded } = error as { overloaded?: boolean };
			// What has died over the question may have sent something before.
			const outcome = isFirst ? "not_sent" : "unknown";
			if (overloaded) throw new ProblemError("overloaded", { outcome, headers: { "Retry-After": "5" } });
			if (!twice || !isFirst) throw error;
		}
	}
}

/** An id of Flinks' that is to be known as a payment's. */
export interface Claim {
	flinksId: string;
	paymentId: string;
}

/** Has the homes of ids know whose they are, unless other payments have them. Each home is asked once for all of its own. */
export async function claimAtHomes(env: Env, claims: readonly Claim[]): Promise<PromiseSettledResult<Claimed>[]> {
	const homes = await Promise.all(claims.map(({ flinksId }) => homeOf(env, flinksId)));
	const answers = new Map<number, Promise<Claimed[]>>();
	for (const shard of new Set(homes.map((home) => home.shard))) {
		const own = claims.flatMap(({ paymentId }, index) => {
			const { shard: home, flinksId } = homes[index] ?? {};
			return home === shard && flinksId !== undefined ? [{ flinksId, paymentId }] : [];
		});
		answers.set(
			shard,
			ask(env, shard, (ledger) => ledger.claimAll(own)),
		);
	}
	return Promise.allSettled(
		claims.map(async ({ paymentId }, index) => {
			const { shard = 0, flinksId = "" } = homes[index] ?? {};
			const claimed = (await answers.get(shard))?.find((one) => one.flinksId === flinksId);
			return claimed?.owner === paymentId ? claimed : claimAtHome(env, flinksId, paymentId);
		}),
	);
}

/** Has the home of an id know whose it is, also where a resolution that was cut short has left a claim behind. */
export async function claimAtHome(env: Env, id: string, paymentId: string): Promise<Claimed> {
	const { shard, flinksId } = await homeOf(env, id);
	const claim = async () => {
		const [claimed] = await ask(env, shard, (ledger) => ledger.claimAll([{ flinksId, paymentId }]));
		if (claimed === undefined) throw new ProblemError("internal");
		return claimed;
	};
	const claimed = await claim();
	if (claimed.owner === paymentId) return claimed;
	const owners = await shardOfPayment(env, claimed.owner);
	const { has } = await ask(env, owners, (ledger) => ledger.has(claimed.owner, flinksId));
	if (has) return claimed;
	await ask(env, shard, (ledger) => ledger.release(flinksId, claimed.owner));
	return claim();
}
