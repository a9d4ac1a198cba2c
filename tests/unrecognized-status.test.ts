// A status from Flinks that is not a word of a limited length and form is not passed on: an answer that echoes a person's address
// or a token must not carry it into the view, the list, the timeline, the storage, the log or the merchant's messages.

import assert from "node:assert/strict";
import { test } from "node:test";
import { seededBug } from "./crash/bugs.ts";
import type { Plan } from "./crash/gateway.ts";
import type { Product } from "./crash/system.ts";
import { bundle } from "./crash/workerd.ts";
import { type Fixture, MINUTE, until, withFixture } from "./notifications/fixture.ts";

const folder = await bundle(seededBug());

/** A text, and the part of it that is searched for. */
const TEXTS: readonly (readonly [name: string, text: string, canary: string])[] = [
	["an e-mail address", "canary.person@example.com", "canary.person"],
	["a token", `Bearer canary${"0123456789abcdef".repeat(2)}`, "canary0123456789abcdef"],
	["60,000 characters", "CanarY".repeat(10_000), "CanarYCanarY"],
	["a line break", "Canary\nbroken", "broken"],
];

/** Puts this in place of Flinks' status in every answer to a read. */
function say(fixture: Fixture, field: "status" | "statusDetails", word: string): void {
	const rewrite: Plan["rewrite"] = ({ status, content }) => {
		const put = (name: string, value: unknown) => (name === field ? word : value);
		return { status, content: JSON.stringify({ [field]: word, ...JSON.parse(content, put) }) };
	};
	fixture.system.gateway.chance = ({ step }) =>
		step === "status" || step === "session_status"
			? { step, when: "after", act: async () => {}, goesOn: true, rewrite }
			: undefined;
}

/** All that the Worker has sent, logged or stored. */
async function everything(fixture: Fixture, id: string): Promise<Record<string, string>> {
	return {
		view: (await fixture.system.read(id)).text,
		list: JSON.stringify(await fixture.system.list()),
		timeline: JSON.stringify(await fixture.system.events(id)),
		storage: (await fixture.system.stored()).toString("latin1"),
		log: fixture.system.printed,
		messages: fixture.merchant.taken.map(({ body }) => body).join(),
	};
}

for (const product of ["interac", "eft"] as const satisfies readonly Product[]) {
	for (const [name, word, canary] of TEXTS) {
		test(`${product}: a status that is ${name} appears nowhere`, async () => {
			await withFixture(folder, {}, async (fixture) => {
				const { id, sessionId } = await fixture.start(product, "worded");
				say(fixture, "status", word);
				await fixture.system.pass(MINUTE);
				if (product === "eft") await fixture.system.hint({ sessionId, status: word, statusDetails: word });
				await fixture.system.pass(MINUTE);
				await until("the message arrives", () => fixture.merchant.messagesOf("worded").length > 1);
				for (const [where, text] of Object.entries(await everything(fixture, id))) {
					assert.ok(!text.includes(canary), `it is in the ${where}`);
				}
				assert.equal((await fixture.system.read(id)).json.status, "unrecognized");
				assert.equal(fixture.merchant.latestDataOf("worded")?.status, "unrecognized");
			});
		});
	}
}

for (const [name, word, canary] of TEXTS) {
	test(`details of a status that are ${name} appear nowhere`, async () => {
		await withFixture(folder, {}, async (fixture) => {
			const { id, sessionId } = await fixture.start("eft", "detailed");
			say(fixture, "statusDetails", word);
			fixture.system.play(sessionId, "begin");
			await fixture.system.pass(MINUTE);
			await until("the message arrives", () => fixture.hasLatestStatus("detailed", "InProgress"));
			for (const [where, text] of Object.entries(await everything(fixture, id))) {
				assert.ok(!text.includes(canary), `they are in the ${where}`);
			}
		});
	});
}

test("a status that no document has is passed on unchanged", async () => {
	await withFixture(folder, {}, async (fixture) => {
		const { id } = await fixture.start("eft", "new-word");
		say(fixture, "status", "UnderReview2");
		await fixture.system.pass(MINUTE);
		await until("the message arrives", () => fixture.hasLatestStatus("new-word", "UnderReview2"));
		assert.equal((await fixture.system.read(id)).json.status, "UnderReview2");
	});
});
