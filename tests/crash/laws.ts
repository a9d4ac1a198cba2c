// What holds whatever dies. What the Worker did is read from the gateway and from the sandbox's own journal, never from
// what the Worker says; what it says is then held against that.

import { isCreate, type Sent } from "./gateway.ts";
import type { Exchange, Json, System } from "./system.ts";

/** How far a status is. None goes back, and none leaves the last. */
const STAGES: readonly (readonly string[])[] = [
	["in_progress"],
	["unknown"],
	["Initiated"],
	["InProgress", "Processing"],
	["Accepted"],
	["Processed"],
	["Settled", "Completed", "Cancelled", "Canceled", "Expired", "Declined", "Failed", "rejected", "not_created"],
];

/** Each law that is broken, in words. */
export async function broken(system: System): Promise<string[]> {
	const { wire } = system.gateway;
	const asks = system.exchanges.filter(({ route }) => route === "ask");
	const byKey = Map.groupBy(asks, ({ key = "" }) => key);
	return [
		...tokens(wire),
		...paymentRequests(wire),
		...cancellations(system),
		...[...byKey].flatMap(([key, asks]) => [...creates(key, asks, wire), ...answers(key, asks, wire)]),
		...views(system),
		...(await stored(system)),
	];
}

/** What starts a payment for this key. */
export function createsOf(key: string, wire: readonly Sent[]): Sent[] {
	return wire.filter(({ step, referenceId }) => isCreate(step) && referenceId === key);
}

/** Those that may have started one: the sandbox has, or the Worker was answered neither 401 nor 429. */
export function openCreatesOf(key: string, wire: readonly Sent[]): Sent[] {
	return createsOf(key, wire).filter(
		({ answered, entry }) => entry?.sessionId !== undefined || (answered !== 401 && answered !== 429),
	);
}

function tokens(wire: readonly Sent[]): string[] {
	const spent = wire.filter(({ step }) => isCreate(step)).map(({ token }) => token);
	return new Set(spent).size === spent.length ? [] : ["a token was sent to start two sessions"];
}

function paymentRequests(wire: readonly Sent[]): string[] {
	const requested = wire.filter(({ step }) => step === "payment_request").map(({ sessionId }) => sessionId);
	return requested.flatMap((sessionId, index) =>
		requested.indexOf(sessionId) === index ? [] : [`a second payment request left for the session ${sessionId}`],
	);
}

/** Where more cancellations left than were asked for, one was sent twice. */
function cancellations({ exchanges, gateway }: System): string[] {
	const asked = exchanges.filter(({ route }) => route === "cancel").length;
	const sent = gateway.wire.filter(({ step }) => step === "cancel").length;
	return sent > asked ? [`${sent} cancellations left of ${asked} that were asked for`] : [];
}

/** One leaves, and another one only after each before it was answered 401 or 429. A call makes two at most. */
function creates(key: string, asks: readonly Exchange[], wire: readonly Sent[]): string[] {
	const sent = createsOf(key, wire);
	const [open] = openCreatesOf(key, wire);
	const complaints = open && open !== sent.at(-1) ? [`${key}: a second create left`] : [];
	const calls = asks.filter(({ replayed, json }) => !replayed && json.code !== "in_progress");
	for (const [index, { at }] of sent.slice(2).entries()) {
		const from = sent[index]?.at ?? 0;
		if (!calls.some(({ began }) => from < began && began < at))
			complaints.push(`${key}: a third create of one call left`);
	}
	return complaints;
}

/** Whether the answer is the key's for ever. Without an id nothing had left; a 409 and a mismatch are no answers. */
function isLast({ status, json }: Exchange): boolean {
	if (json.code === "in_progress" || json.code === "idempotency_mismatch" || json.code === "internal") return false;
	return status > 0 && json.id !== undefined;
}

function answers(key: string, asks: readonly Exchange[], wire: readonly Sent[]): string[] {
	const [first, ...later] = asks.filter(isLast);
	const complaints = asks.flatMap((exchange) => plausible(exchange).map((complaint) => `${key}: ${complaint}`));
	complaints.push(...notSent(key, asks, wire));
	if (first === undefined) return complaints;
	for (const { status, text, body } of later) {
		if (status !== first.status || text !== first.text) complaints.push(`${key}: answered ${first.text}, then ${text}`);
		if (body !== first.body) complaints.push(`${key}: two bodies have one answer`);
	}
	for (const exchange of asks.filter(({ began }) => began > first.ended)) {
		if (exchange.status === 0 || exchange.json.code === "internal") continue;
		const isReplay = isLast(exchange) && exchange.replayed;
		const isOther = exchange.body !== first.body && exchange.json.code === "idempotency_mismatch";
		if (!isReplay && !isOther) complaints.push(`${key}: settled, and then answered ${exchange.text}`);
	}
	const sessions = new Set(createsOf(key, wire).map(({ entry }) => entry?.sessionId));
	const late = wire.filter(
		({ at, step, referenceId, sessionId }) =>
			at > first.ended &&
			((isCreate(step) && referenceId === key) || (step === "payment_request" && sessions.has(sessionId))),
	);
	if (late.length > 0) complaints.push(`${key}: settled, and then ${late.map(({ step }) => step)} left`);
	return [...complaints, ...link(key, first, wire), ...payable(key, first, wire)];
}

/** An answer is one of those that a merchant can do something with. */
function plausible({ status, text, json, retryAfter }: Exchange): string[] {
	if (status === 409 && retryAfter === null) return ["a 409 says nothing of when to come back"];
	if (status >= 500 && json.code === "outcome_unknown" && json.outcome !== "unknown") return [`answered ${text}`];
	return status === 404 ? [`answered ${text}`] : [];
}

/** No caller gets `rejected` or `not_sent` for a payment that the payor can make. */
function payable(key: string, { text, json }: Exchange, wire: readonly Sent[]): string[] {
	if (json.outcome !== "rejected" && json.outcome !== "not_sent") return [];
	const sessions = createsOf(key, wire).filter(({ entry }) => entry?.sessionId !== undefined);
	const isPayable = sessions.some(
		({ step, entry }) =>
			step === "session" ||
			wire.some((sent) => sent.sessionId === entry?.sessionId && sent.entry?.requestId !== undefined),
	);
	return isPayable ? [`${key}: it can be paid, and the caller got ${text}`] : [];
}

/** A link is that of the one session that the sandbox started for the key, and it can be paid. */
function link(key: string, { status, json }: Exchange, wire: readonly Sent[]): string[] {
	if (status !== 201) return [];
	const created = createsOf(key, wire).at(-1);
	const { sessionId, requestId, referenceId, appUrl } = json as Record<string, string | undefined>;
	const complaints: string[] = [];
	if (!created?.entry?.sessionId || created.entry.sessionId !== sessionId || referenceId !== key) {
		complaints.push(`${key}: the session is not the one that the sandbox started`);
	}
	if (!appUrl?.endsWith(`?sessionId=${sessionId}`)) complaints.push(`${key}: the link is another session's`);
	if (created?.step === "initiate") {
		const requested = wire.find((sent) => sent.step === "payment_request" && sent.sessionId === sessionId);
		if (!requestId || requested?.entry?.requestId !== requestId) complaints.push(`${key}: the link cannot be paid`);
	}
	return complaints;
}

/** `not_sent` is true: what had left by then was answered 401 or 429, or left later. */
function notSent(key: string, asks: readonly Exchange[], wire: readonly Sent[]): string[] {
	const left = openCreatesOf(key, wire);
	return asks
		.filter(({ status, json, ended }) => {
			const isNotSent = (status >= 500 || status === 429) && json.outcome === "not_sent" && json.id === undefined;
			return isNotSent && left.some(({ at }) => at < ended);
		})
		.map(({ text }) => `${key}: a create had left, and the caller got ${text}`);
}

/** The status of each payment goes forwards, and only what its payor has paid is `paid`. */
function views({ exchanges, paidAt }: System): string[] {
	const complaints: string[] = [];
	const before = new Map<string, { ended: number; view: Json }>();
	for (const { id = "", began, ended, status, json } of exchanges) {
		if (status !== 200) continue;
		const paid = paidAt.get(String(json.sessionId));
		if (json.paid && !(paid !== undefined && paid < ended)) complaints.push(`${id}: said to be paid`);
		const last = before.get(id);
		if (last && last.ended < began) {
			const [was, is] = [last.view, json].map((view) =>
				STAGES.findIndex((words) => words.includes(String(view.status))),
			);
			if (was === undefined || is === undefined || is < was)
				complaints.push(`${id}: ${last.view.status}, then ${json.status}`);
			if (last.view.final && last.view.status !== json.status) complaints.push(`${id}: final, then ${json.status}`);
			if (last.view.paid && !json.paid) complaints.push(`${id}: paid, then not`);
		}
		if (!last || last.ended < ended) before.set(id, { ended, view: json });
	}
	return complaints;
}

/** No secret and no personal data is stored. A session's id is, which shows that the search works. */
async function stored(system: System): Promise<string[]> {
	const bytes = (await system.stored()).toString("latin1").toLowerCase();
	const has = (text: string) =>
		[text, Buffer.from(text).toString("base64")].some((form) => bytes.includes(form.toLowerCase()));
	const found = [...system.gateway.canaries].filter(has);
	const created = system.exchanges.find(({ status }) => status === 201);
	return [
		...(found.length > 0 ? [`${found.length} tokens or personal data are stored, such as ${found[0]}`] : []),
		...(created && !has(String(created.json.sessionId)) ? ["the search does not see what is stored"] : []),
	];
}
