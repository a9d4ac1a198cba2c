// What must hold of all that was answered under load: each answer is explained by what the upstream did to that payment,
// by the gateway's wire and the sandbox's journal, and nothing was asked of it twice.

import type { Step } from "../../sandbox/src/types.ts";
import { isCreate, type Sent } from "../crash/gateway.ts";
import type { Exchange } from "./callers.ts";
import type { Fault, Faults } from "./upstream-faults.ts";

/** How often the client asks for a token or a status before it gives up. */
const TRIES = 3;
/** Faults after which a request's outcome is unknown. */
const AMBIGUOUS: readonly (Fault | undefined)[] = ["500", "dropped", "lost", "slow"];
/** The client's codes for an upstream that fails where nothing could be created. */
const UPSTREAM = ["rate_limited", "network", "upstream_unavailable", "timeout", "deadline_exceeded"];

type Json = Record<string, string | undefined>;
interface Failed {
	at: number;
	used: boolean;
}

export class Laws {
	/** Each answer that nothing explains, and each law that is broken, in words. */
	readonly complaints: string[] = [];
	readonly #faults: Faults;
	readonly #creates: Map<string | undefined, Sent[]>;
	readonly #requests: Map<string | undefined, Sent[]>;
	readonly #reads: Map<string | undefined, Sent[]>;
	readonly #asks: Map<string | undefined, Exchange[]>;
	/** Requests for a token that failed. Each of them explains one answer at most. */
	readonly #authorizations: Failed[];
	/** What Flinks calls a payment, by the Worker's id. */
	readonly #flinksIds = new Map<string | undefined, string | undefined>();

	constructor(exchanges: readonly Exchange[], wire: readonly Sent[], faults: Faults) {
		this.#faults = faults;
		const of = (...steps: Step[]) => wire.filter(({ step }) => steps.includes(step));
		this.#creates = Map.groupBy(
			wire.filter(({ step }) => isCreate(step)),
			({ referenceId }) => referenceId,
		);
		this.#requests = Map.groupBy(of("payment_request"), ({ sessionId }) => sessionId);
		this.#reads = Map.groupBy(of("status", "session_status"), ({ requestId, sessionId }) => requestId ?? sessionId);
		this.#asks = Map.groupBy(
			exchanges.filter(({ key }) => key !== undefined),
			({ key }) => key,
		);
		this.#authorizations = of("authorize")
			.map((sent) => faults.of(sent))
			.filter(({ fault }) => fault !== undefined)
			.map(({ at }) => ({ at, used: false }));
		for (const [key, asks] of this.#asks) this.#judge(String(key), asks);
		for (const read of exchanges.filter(({ route }) => route === "read")) this.#judgeRead(read);
	}

	#judge(key: string, asks: readonly Exchange[]): void {
		const creates = this.#creates.get(key) ?? [];
		// What was refused before there was a session leaves the key free.
		const refused = creates.filter((sent) => sent.entry?.status === 401 || this.#isTooMany(sent));
		if (creates.length > 1 + refused.length) {
			this.complaints.push(`${key}: ${creates.length} creates left`);
		}
		const session = creates.find(({ entry }) => entry?.sessionId)?.entry?.sessionId;
		const requests = session === undefined ? [] : (this.#requests.get(session) ?? []);
		if (requests.length > 1) this.complaints.push(`${key}: ${requests.length} payment requests left`);
		const settled = new Set(asks.filter(isSettled).map(({ status, text }) => `${status} ${text}`));
		if (settled.size > 1) this.complaints.push(`${key}: answered ${[...settled].join(", then ")}`);
		for (const exchange of asks) {
			if (!this.#explains(exchange, asks, creates, requests))
				this.complaints.push(`${key}: unexplained: ${inWords(exchange)}`);
		}
	}

	#explains(
		exchange: Exchange,
		asks: readonly Exchange[],
		creates: readonly Sent[],
		requests: readonly Sent[],
	): boolean {
		const { code, outcome, ...ids } = jsonOf(exchange);
		const faults = [...creates, ...requests].map((sent) => this.#faults.of(sent).fault);
		if (exchange.status === 201) {
			this.#flinksIds.set(ids.id, ids.requestId ?? ids.sessionId);
			const isOwn = creates.at(-1)?.entry?.sessionId === ids.sessionId;
			return isOwn && requests.at(-1)?.entry?.requestId === ids.requestId;
		}
		if (code === "in_progress") return asks.some((other) => other !== exchange && overlap(other, exchange));
		if (outcome === "unknown") return code === "outcome_unknown" && faults.some((fault) => AMBIGUOUS.includes(fault));
		if (outcome === "rejected") return code === "rate_limited" && faults.includes("429");
		if (outcome !== "not_sent" || !UPSTREAM.includes(String(code))) return false;
		const left = creates.filter((sent) => this.#faults.of(sent).at <= exchange.ended);
		const last = left.at(-1);
		if (code === "rate_limited" && last && this.#isTooMany(last) && within(this.#faults.of(last).at, exchange))
			return true;
		return left.every((sent) => this.#isTooMany(sent)) && this.#takeAuthorizations(exchange);
	}

	#isTooMany(sent: Sent): boolean {
		return this.#faults.of(sent).fault === "429";
	}

	#judgeRead(exchange: Exchange): void {
		if (exchange.status === 200) return;
		const { code } = jsonOf(exchange);
		const reads = this.#reads.get(this.#flinksIds.get(exchange.id)) ?? [];
		const failed = reads.map((sent) => this.#faults.of(sent)).filter(({ fault, at }) => fault && within(at, exchange));
		const isExplained =
			UPSTREAM.includes(String(code)) && (failed.length >= TRIES || this.#takeAuthorizations(exchange));
		if (!isExplained) this.complaints.push(`${exchange.id}: unexplained: ${inWords(exchange)}`);
	}

	/** Whether enough requests for a token failed during the call, which explain no other answer. */
	#takeAuthorizations(exchange: Exchange): boolean {
		const failed = this.#authorizations.filter(({ at, used }) => !used && within(at, exchange)).slice(0, TRIES);
		if (failed.length < TRIES) return false;
		for (const one of failed) one.used = true;
		return true;
	}
}

/** Whether the key keeps this answer for ever. */
function isSettled(exchange: Exchange): boolean {
	const { code, id } = jsonOf(exchange);
	return id !== undefined && code !== "in_progress";
}

function jsonOf({ status, text }: Exchange): Json {
	return status === 0 ? {} : (JSON.parse(text) as Json);
}

function overlap(one: Exchange, other: Exchange): boolean {
	return one.began < other.ended && other.began < one.ended;
}

function within(at: number, { began, ended }: Exchange): boolean {
	return began <= at && at <= ended;
}

function inWords({ route, status, text }: Exchange): string {
	return `${route} ${status} ${text.slice(0, 300)}`;
}
