// A payment whose status the gateway rewrites on its way from the sandbox, and the messages that the merchant has of it.

import assert from "node:assert/strict";
import type { Answer, Sent } from "../crash/gateway.ts";
import type { AnyProduct, Json } from "../crash/system.ts";
import { type Fixture, MINUTE, until } from "../notifications/fixture.ts";
import type { Message } from "../notifications/merchant.ts";

/** Puts these fields into each answer to a read from now on, in place of the sandbox's. */
export function rewriteReads(fixture: Fixture, fields: Json): void {
	fixture.system.gateway.chance = ({ step }: Sent) => {
		if (!["status", "session_status", "session_details"].includes(step)) return undefined;
		const rewrite = ({ status, content }: Answer) => ({
			status,
			content: JSON.stringify({ ...JSON.parse(content), ...fields }),
		});
		return { step, when: "after", act: async () => {}, goesOn: true, rewrite };
	};
}

/** A payment whose reads have these fields. */
export async function made(fixture: Fixture, product: AnyProduct, key: string, fields: Json) {
	const payment = await fixture.start(product, key);
	rewriteReads(fixture, fields);
	await fixture.system.pass(MINUTE);
	return payment;
}

export const SCHEDULED = { status: "Completed", statusDetails: "EFT0301" };

/** The types and effects of an order's messages, but for its creation. */
export function effectsOf({ merchant }: Fixture, key: string): string[] {
	return merchant
		.messagesOf(key)
		.filter(({ type }) => type !== "payment.created")
		.map(({ type, effect }) => `${type} ${effect}`);
}

export async function untilMessages(fixture: Fixture, key: string, ...all: string[]): Promise<Message[]> {
	await until(`the merchant has ${all}`, () => effectsOf(fixture, key).length >= all.length);
	assert.deepEqual(effectsOf(fixture, key), all);
	return fixture.merchant.messagesOf(key);
}

export async function viewOf({ system }: Fixture, id: string): Promise<Json> {
	const found = (await system.list()).find((view) => view.id === id);
	return found ?? assert.fail("it is not listed");
}
