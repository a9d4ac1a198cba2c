// Flinks' webhooks at the ledger: a webhook causes a read, and its own status is not believed.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { call, control, created, eventsOf, hook, previousSecret, startLedger } from "./ledger/fixture.ts";
import { until } from "./notifications/fixture.ts";

startLedger();

describe("a webhook", () => {
	test("has the status read at Flinks, and its own status is not believed", async () => {
		const { id, sessionId } = await created("geft");
		await call("GET", `/payments/${id}`);
		// The status in the webhook is false.
		assert.equal(await hook({ sessionId, status: "Completed", statusDetails: "EFT0301" }), 200);
		await until("the webhook is in the timeline", async () => (await webhooksOf(id)).length > 0);
		await new Promise((resolve) => setTimeout(resolve, 500));
		assert.equal((await call("GET", `/payments/${id}`)).json.paid, false);

		await control(`/sessions/${sessionId}/play`, {});
		assert.equal(await hook({ sessionId, status: "Completed", statusDetails: "EFT0302", secret: previousSecret }), 200);
		const json = await until("it is paid", async () => {
			const { json } = await call("GET", `/payments/${id}`);
			return json.paid ? json : undefined;
		});
		assert.deepEqual([json.status, json.final], ["Completed", true]);
	});

	test("that comes again changes nothing", async () => {
		const { id, sessionId } = await created("eft");
		const again = async () => assert.equal(await hook({ sessionId, status: "Failed" }), 200);
		await again();
		// A webhook that comes before its session is claimed is kept elsewhere, and written once it is.
		await until("the webhook is in the timeline", async () => (await webhooksOf(id)).length > 0);
		for (let count = 0; count < 3; count++) await again();
		assert.equal((await webhooksOf(id)).length, 1);
	});

	test("about an unknown session is answered 200", async () => {
		assert.equal(await hook({ sessionId: crypto.randomUUID(), status: "Completed" }), 200);
	});

	test("without a valid signature is refused", async () => {
		const { id, sessionId } = await created("eft");
		for (const headers of [{}, { "X-Webhook-Signature": "sha256=00" }, { "X-Webhook-Signature": "" }]) {
			assert.equal(await hook({ sessionId, status: "Completed", headers }), 401);
		}
		assert.equal(await hook({ sessionId, status: "Completed", secret: crypto.randomUUID() }), 401);
		assert.deepEqual(await webhooksOf(id), []);
	});
});

async function webhooksOf(id: string): Promise<unknown[]> {
	return (await eventsOf(id)).filter(({ type }) => type === "webhook");
}
