// A status from Flinks that is not a word of a limited length and form is not passed on: an answer that echoes a person's address
// or a token must not carry it into the view, the list, the timeline, the storage, the log or the merchant's messages.

import assert from "node:assert/strict";
import { test } from "node:test";
import { seededBug } from "./crash/bugs.ts";
import type { Plan } from "./crash/gateway.ts";
import type { Product } from "./crash/scene.ts";
import { bundle } from "./crash/workerd.ts";
import { MINUTE, type Stage, until, withStage } from "./notifications/stage.ts";

const folder = await bundle(seededBug());

/** A text, and the part of it that is searched for. */
const TEXTS: readonly (readonly [name: string, text: string, canary: string])[] = [
	["an e-mail address", "canary.person@example.com", "canary.person"],
	["a token", `Bearer canary${"0123456789abcdef".repeat(2)}`, "canary0123456789abcdef"],
	["60,000 characters", "CanarY".repeat(10_000), "CanarYCanarY"],
	["a line break", "Canary\nbroken", "broken"],
];

/** Puts this in place of Flinks' status in every answer to a read. */
function say(stage: Stage, field: "status" | "statusDetails", word: string): void {
	const rewrite: Plan["rewrite"] = ({ status, content }) => {
		const put = (name: string, value: unknown) => (name === field ? word : value);
		return { status, content: JSON.stringify({ [field]: word, ...JSON.parse(content, put) }) };
	};
	stage.scene.gateway.chance = ({ step }) =>
		step === "status" || step === "session_status"
			? { step, when: "after", act: async () => {}, goesOn: true, rewrite }
			: undefined;
}

/** All that the Worker has sent, logged or stored. */
async function everything(stage: Stage, id: string): Promise<Record<string, string>> {
	return {
		view: (await stage.scene.read(id)).text,
		list: JSON.stringify(await stage.scene.list()),
		timeline: JSON.stringify(await stage.scene.events(id)),
		storage: (await stage.scene.stored()).toString("latin1"),
		log: stage.scene.printed,
		messages: stage.merchant.taken.map(({ body }) => body).join(),
	};
}

for (const product of ["interac", "eft"] as const satisfies readonly Product[]) {
	for (const [name, word, canary] of TEXTS) {
		test(`${product}: a status that is ${name} appears nowhere`, async () => {
			await withStage(folder, {}, async (stage) => {
				const { id, sessionId } = await stage.start(product, "worded");
				say(stage, "status", word);
				await stage.scene.pass(MINUTE);
				if (product === "eft") await stage.scene.hint({ sessionId, status: word, statusDetails: word });
				await stage.scene.pass(MINUTE);
				await until("the message arrives", () => stage.merchant.messagesOf("worded").length > 1);
				for (const [where, text] of Object.entries(await everything(stage, id))) {
					assert.ok(!text.includes(canary), `it is in the ${where}`);
				}
				assert.equal((await stage.scene.read(id)).json.status, "unrecognized");
				assert.equal(stage.merchant.latestDataOf("worded")?.status, "unrecognized");
			});
		});
	}
}

for (const [name, word, canary] of TEXTS) {
	test(`details of a status that are ${name} appear nowhere`, async () => {
		await withStage(folder, {}, async (stage) => {
			const { id, sessionId } = await stage.start("eft", "detailed");
			say(stage, "statusDetails", word);
			stage.scene.play(sessionId, "begin");
			await stage.scene.pass(MINUTE);
			await until("the message arrives", () => stage.hasLatestStatus("detailed", "InProgress"));
			for (const [where, text] of Object.entries(await everything(stage, id))) {
				assert.ok(!text.includes(canary), `they are in the ${where}`);
			}
		});
	});
}

test("a status that no document has is passed on unchanged", async () => {
	await withStage(folder, {}, async (stage) => {
		const { id } = await stage.start("eft", "new-word");
		say(stage, "status", "UnderReview2");
		await stage.scene.pass(MINUTE);
		await until("the message arrives", () => stage.hasLatestStatus("new-word", "UnderReview2"));
		assert.equal((await stage.scene.read(id)).json.status, "UnderReview2");
	});
});
