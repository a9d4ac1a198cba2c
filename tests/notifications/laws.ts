// What holds at the end, whatever failed: the merchant knows of each payment what Flinks knows, and the Worker has nothing left
// to do. What Flinks knows, a separate client asks of the sandbox.

import { FlinksPay } from "flinkspay-edge";
import { createsOf } from "../crash/laws.ts";
import { credentials, type Product, type System } from "../crash/system.ts";
import type { Merchant, Message } from "./merchant.ts";

/** Each law that is broken, in words. Nothing here causes a message to the merchant. */
export async function missingMessages(
	system: System,
	merchant: Merchant,
	payments: readonly { key: string; product: Product; isKnowable: boolean }[],
): Promise<string[]> {
	const views = await system.list();
	const complaints = merchant.forged > 0 ? [`${merchant.forged} messages have a wrong signature`] : [];
	for (const { key, product, isKnowable } of payments) {
		const view = views.find(({ referenceId }) => referenceId === key);
		if (view === undefined) {
			complaints.push(`${key}: it is not listed`);
			continue;
		}
		const known = `${view.status} ${view.paid} ${view.final}`;
		const word = merchant.latestDataOf(key);
		const heard = word && `${word.status} ${word.paid} ${word.final}`;
		if (heard !== known) complaints.push(`${key}: the Worker knows ${known}, and the merchant has heard ${heard}`);
		const truth = isKnowable ? await atFlinks(system, key, product) : undefined;
		if (truth !== undefined && `${view.status} ${view.paid}` !== truth) {
			complaints.push(`${key}: Flinks says ${truth}, and the Worker knows ${known}`);
		}
		complaints.push(...numbers(key, merchant), ...books(key, merchant), ...unpaid(system, merchant.messagesOf(key)));
		const { json } = await system.read(String(view.id));
		const read = `${json.status} ${json.paid} ${json.final}`;
		if (isKnowable && read !== known) complaints.push(`${key}: listed as ${known}, and read as ${read}`);
	}
	return complaints;
}

/** What is due in the past, in words. */
export function overdue(system: System): string[] {
	const now = system.now();
	return system
		.due()
		.filter(({ at }) => at <= now)
		.map(({ kind, owner, at }) => `${kind} of ${owner} has been due for ${now - at} ms`);
}

/** Objects with something to do that the platform will not ring in time. */
export function missingAlarms(system: System): string[] {
	const alarms = system.alarms();
	const first = new Map(
		system
			.due()
			.map(({ object, at }) => [object, at] as const)
			.toReversed(),
	);
	return [...first].flatMap(([object, at]) => {
		const alarm = alarms.get(object);
		// The two clocks are read one after the other.
		if (alarm !== undefined && alarm <= at + 1_000) return [];
		return [`${object.slice(0, 8)} has something to do at ${at}, and its alarm is set to ${alarm}`];
	});
}

async function atFlinks({ sandbox, gateway }: System, key: string, product: Product): Promise<string | undefined> {
	const pay = new FlinksPay({ baseUrl: "http://127.0.0.1", ...credentials, fetch: sandbox.fetch });
	const sessionId = createsOf(key, gateway.wire).find(({ entry }) => entry?.sessionId)?.entry?.sessionId;
	if (sessionId === undefined) return undefined;
	if (product === "eft") {
		const { status, paid } = await pay.getSessionStatus(sessionId);
		return `${status} ${paid}`;
	}
	const requested = gateway.wire.find((sent) => sent.step === "payment_request" && sent.sessionId === sessionId);
	const requestId = requested?.entry?.requestId;
	if (requestId === undefined) return undefined;
	const { status, paid } = await pay.getPaymentRequest(requestId);
	return `${status} ${paid}`;
}

/** Each message has a number of its own, and is the same when it comes again. */
function numbers(key: string, merchant: Merchant): string[] {
	const heard = merchant.messagesOf(key);
	const all = heard.map(({ sequence }) => sequence);
	if (!all.every((number) => Number.isSafeInteger(number))) return [`${key}: messages without a number: ${all}`];
	const complaints = new Set(all).size === all.length ? [] : [`${key}: two messages have one number: ${all}`];
	const changed = merchant.taken.some(({ id, body }) => heard.some((other) => other.id === id && other.body !== body));
	return changed ? [...complaints, `${key}: a message that came again is another`] : complaints;
}

/** The messages' effects, each done once, make the merchant's books agree with what is paid. */
function books(key: string, merchant: Merchant): string[] {
	const inOrder = merchant.messagesOf(key).toSorted((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0));
	const effects = inOrder.map(({ effect }) => effect).filter((effect) => effect !== "none");
	const isPaid = merchant.latestDataOf(key)?.paid ?? false;
	const expected = isPaid ? ["credit"] : ["", "credit,reverse"];
	return expected.includes(effects.join())
		? []
		: [`${key}: paid is ${isPaid}, and the messages' effects are ${effects}`];
}

/** No message says that a payment is paid before its payor has paid. */
function unpaid({ paidAt }: System, heard: readonly Message[]): string[] {
	return heard
		.filter(({ at, data }) => data.paid && !((paidAt.get(String(data.sessionId)) ?? Number.POSITIVE_INFINITY) < at))
		.map(({ data }) => `${data.referenceId}: a message says that it is paid before it was`);
}
