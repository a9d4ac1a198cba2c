// A payment whose status the gateway rewrites on its way from the sandbox, and the messages that the merchant has of it.

import assert from "node:assert/strict";
import type { Answer, Sent } from "../crash/gateway.ts";
import type { AnyProduct, Json } from "../crash/scene.ts";
import type { Message } from "../notifications/merchant.ts";
import { MINUTE, type Stage, until } from "../notifications/stage.ts";

/** Puts these fields into each answer to a read from now on, in place of the sandbox's. */
export function rewriteReads(stage: Stage, fields: Json): void {
	stage.scene.gateway.chance = ({ step }: Sent) => {
		if (!["status", "session_status", "session_details"].includes(step)) return undefined;
		const rewrite = ({ status, content }: Answer) => ({
			status,
			content: JSON.stringify({ ...JSON.parse(content), ...fields }),
		});
		return { step, when: "after", act: async () => {}, goesOn: true, rewrite };
	};
}

/** A payment whose reads have these fields. */
export async function made(stage: Stage, product: AnyProduct, key: string, fields: Json) {
	const payment = await stage.start(product, key);
	rewriteReads(stage, fields);
	await stage.scene.pass(MINUTE);
	return payment;
}

export const SCHEDULED = { status: "Completed", statusDetails: "EFT0301" };

/** The types and effects of an order's messages, but for its creation. */
export function heard({ merchant }: Stage, key: string): string[] {
	return merchant
		.messagesOf(key)
		.filter(({ type }) => type !== "payment.created")
		.map(({ type, effect }) => `${type} ${effect}`);
}

export async function untilHeard(stage: Stage, key: string, ...all: string[]): Promise<Message[]> {
	await until(`the merchant has ${all}`, () => heard(stage, key).length >= all.length);
	assert.deepEqual(heard(stage, key), all);
	return stage.merchant.messagesOf(key);
}

export async function viewOf({ scene }: Stage, id: string): Promise<Json> {
	const found = (await scene.list()).find((view) => view.id === id);
	return found ?? assert.fail("it is not listed");
}
