// Guarantees: a Next Best Offer (docs.flinks.com/changelog/2026-01 and
// docs.flinks.com/guides/pay/geft/test-scenarios), and the client's decision
// (docs.flinks.com/api/pay/endpoints/geft/guarantee-confirm).
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SandboxWebhook } from "../src/sandbox.ts";
import { GEFT, start } from "./calls.ts";

const HAPPY2 = { ...GEFT, referenceId: "Happy2", amount: 1000, payor: { firstName: "Steve", lastName: "Diamond" } };

/** A sandbox whose webhooks get these answers in turn, and then the last one again. */
function asked(answers: number[], webhook: Partial<SandboxWebhook> = {}) {
	const events: Record<string, unknown>[] = [];
	const setup = start({
		webhook: { url: "https://shop.example/webhooks", secret: "not-so-secret", ...webhook },
		webhookFetch: async (_, { body }) => {
			events.push(JSON.parse(Buffer.from(body as Uint8Array).toString("utf8")));
			const status = (answers.length > 1 ? answers.shift() : answers[0]) ?? 200;
			if (status === 0) throw new Error("nobody there");
			return new Response(null, { status });
		},
	});
	return { ...setup, events };
}

test("Happy2 gets an offer for another amount, which all answers have from then on", async () => {
	const { open, sandbox, events } = asked([200]);
	const { sessionId, readStatus, readDetails } = await open(HAPPY2);
	assert.equal((await readStatus()).amount, 1000);
	assert.equal(sandbox.play(sessionId), "Completed");
	await sandbox.webhooksIdle();
	assert.deepEqual([(await readStatus()).amount, (await readStatus()).statusDetails], [800, "EFT0301"]);
	const details = await readDetails();
	assert.deepEqual([details.amount, Object(details.guaranteeDetails).highestDebitAmountToGuarantee], [800, 800]);
	assert.deepEqual([events[0]?.amount, events[0]?.statusDetails], [800, "EFT0301"]);
	assert.equal(sandbox.book()[0]?.money, "800.00");
});

test("an offer is 80 % of the amount, rounded down to the cent", async () => {
	const { open, sandbox } = start();
	for (const [asked, offered] of [
		[0.02, 0.01],
		[0.29, 0.23],
		[19.99, 15.99],
		[1.15, 0.92],
		[99999.99, 79999.99],
	]) {
		const { sessionId, readStatus } = await open({ ...HAPPY2, amount: asked });
		sandbox.play(sessionId);
		assert.equal((await readStatus()).amount, offered);
	}
	const typed = await open({ ...HAPPY2, amount: undefined });
	sandbox.play(typed.sessionId, undefined, 50);
	assert.equal((await typed.readStatus()).amount, 40);
	const nothing = await open({ ...HAPPY2, amount: 0.01 });
	sandbox.play(nothing.sessionId);
	assert.equal((await nothing.readStatus()).statusDetails, "EFT0402");
});

test("an offer outside the limits fails the session with EFT0402", async () => {
	const { open, sandbox, create, token } = start();
	for (const [limits, code, amount] of [
		[{ minimumAmount: 800 }, "EFT0301", 800],
		[{ maximumAmount: 800 }, "EFT0301", 800],
		[{ minimumAmount: 800.01 }, "EFT0402", 1000],
		[{ maximumAmount: 799.99 }, "EFT0402", 1000],
	] as const) {
		const { sessionId, readStatus, readDetails } = await open({ ...HAPPY2, options: { ...GEFT.options, limits } });
		const all = { minimumAmount: null, maximumAmount: null, ...limits };
		assert.deepEqual(Object((await readDetails()).options).limits, all);
		sandbox.play(sessionId);
		const read = await readStatus();
		assert.deepEqual([read.statusDetails, read.amount], [code, amount]);
		const { guaranteeOffered } = Object((await readDetails()).guaranteeDetails);
		assert.equal(guaranteeOffered, code === "EFT0301");
	}
	const wrong = await create(await token(), {
		...HAPPY2,
		options: { ...GEFT.options, limits: { maximumAmount: "9" } },
	});
	assert.deepEqual([wrong.status, Object.keys(Object(wrong.body.errors))], [400, ["options.limits.maximumAmount"]]);
});

test("the session and hosted page are French for Happy3, and for a session that asks for FR", async () => {
	const { open, sandbox } = start();
	const page = async (sessionId: string) => (await sandbox.fetch(`http://x.test/app/?sessionId=${sessionId}`)).text();
	const alex = { ...GEFT, referenceId: "Happy3", payor: { firstName: "Alex", lastName: "Rider" } };
	const french = { ...GEFT, options: { ...GEFT.options, notificationPreferences: { language: "FR" } } };
	for (const [body, language] of [
		[alex, "FR"],
		[french, "FR"],
		[GEFT, "EN"],
	] as const) {
		const { sessionId, readDetails } = await open(body);
		assert.equal(Object(Object((await readDetails()).options).notificationPreferences).language, language);
		const shown = await page(sessionId);
		assert.match(shown, language === "FR" ? /<html lang="fr-CA">/ : /<html lang="en-CA">/);
		assert.match(shown, language === "FR" ? /Choisissez votre banque/ : /Choose your bank/);
	}
});

test("a waiting guarantee sends a webhook once when it is answered with success", async () => {
	for (const [webhook, name] of [
		[{}, "GuaranteeDecisionRequired"],
		[{ guaranteeEvent: "GuaranteeOffered" }, "GuaranteeOffered"],
	] as const) {
		const { open, sandbox, events } = asked([200], webhook);
		const { sessionId, readStatus, confirm } = await open({ ...GEFT, payor: { firstName: "A", lastName: "Waiting" } });
		assert.equal(sandbox.play(sessionId), "InProgress");
		await sandbox.webhooksIdle();
		const { when, ...event } = events[0] ?? {};
		const due = { event: name, sessionId, referenceId: "USER12345", amount: 500, status: "InProgress" };
		assert.deepEqual([events.length, event], [1, { ...due, statusDetails: null }]);
		assert.ok(!Number.isNaN(Date.parse(String(when))));
		assert.match(sandbox.webhooks[0]?.headers["X-Webhook-Signature"] ?? "", /^sha256=[0-9A-F]{64}$/);
		assert.equal(sandbox.webhooks[0]?.event, name);
		assert.deepEqual([(await readStatus()).status, sandbox.book()[0]?.money], ["InProgress", "0.00"]);
		await confirm(true);
		assert.deepEqual([(await readStatus()).statusDetails, sandbox.book()[0]?.money], ["EFT0301", "500.00"]);
	}
});

test("the payor has no outcome left while a guarantee waits", async () => {
	const { open, sandbox } = start();
	const waiting = async () => {
		const session = await open();
		sandbox.play(session.sessionId, "guarantee_waits");
		return session;
	};
	const { sessionId } = await waiting();
	assert.throws(() => sandbox.play(sessionId, "accept"), /cannot become/);
	const page = await sandbox.fetch(`http://x.test/app/?sessionId=${sessionId}`);
	assert.deepEqual([page.status, /merchant decides/.test(await page.text())], [409, true]);
	assert.equal(sandbox.play(sessionId, "guarantee_accepted"), "Completed");
	assert.equal(sandbox.play((await waiting()).sessionId, "guarantee_refused"), "Failed");
	assert.equal(sandbox.play((await waiting()).sessionId, "cancel"), "Canceled");
	const early = await open();
	assert.throws(() => sandbox.play(early.sessionId, "guarantee_accepted"), /cannot become/);
	await early.confirm(true);
	assert.equal(sandbox.play(early.sessionId, "guarantee_waits"), "Completed");
});

test("guaranteeConfirm wait makes every guarantee wait, also that of an offer", async () => {
	const { open, sandbox } = start({ guaranteeConfirm: "wait" });
	const { sessionId, readStatus, confirm } = await open(HAPPY2);
	assert.equal(sandbox.play(sessionId), "InProgress");
	await confirm(true);
	assert.deepEqual([(await readStatus()).amount, sandbox.book()[0]?.money], [800, "800.00"]);
});

test("guarantee_refused fails the session, with a guarantee that was offered", async () => {
	const { open, sandbox } = start();
	const { sessionId, readDetails, readStatus } = await open({
		...GEFT,
		payor: { firstName: "A", lastName: "Refused" },
	});
	assert.equal(sandbox.play(sessionId), "Failed");
	const { guaranteeOffered, guaranteeAccepted } = Object((await readDetails()).guaranteeDetails);
	assert.deepEqual([guaranteeOffered, guaranteeAccepted, (await readStatus()).statusDetails], [true, false, "EFT0402"]);
});

test("the session fails after three failed deliveries and waits after fewer", async () => {
	for (const [answers, sent, status] of [
		[[500, 401, 0, 200], ["asks", "asks", "asks", "Failed"], "Failed"],
		[[500, 0, 204], ["asks", "asks", "asks"], "InProgress"],
		[[404, 200], ["asks", "asks"], "InProgress"],
	] as const) {
		const { open, sandbox, events } = asked([...answers]);
		const { sessionId, readStatus } = await open();
		sandbox.play(sessionId, "guarantee_waits");
		await sandbox.webhooksIdle();
		assert.deepEqual(
			events.map((one) => (one.event === "GuaranteeDecisionRequired" ? "asks" : one.status)),
			sent,
		);
		assert.equal((await readStatus()).status, status);
	}
});

test("failed deliveries do not undo a decision that has come meanwhile", async () => {
	const decided: (() => Promise<unknown>)[] = [];
	const { open, sandbox } = start({
		webhook: { url: "https://shop.example/webhooks", secret: "s" },
		webhookFetch: async () => {
			await decided.shift()?.();
			return new Response(null, { status: 500 });
		},
	});
	const { sessionId, readStatus, confirm } = await open();
	decided.push(() => confirm(true));
	sandbox.play(sessionId, "guarantee_waits");
	await sandbox.webhooksIdle();
	assert.equal((await readStatus()).statusDetails, "EFT0301");
	assert.equal(sandbox.webhooks.filter(({ event }) => event === "GuaranteeDecisionRequired").length, 1);
});

test("each try takes a fault of its own: dropped three times, the session fails", async () => {
	for (const [times, tries, status] of [
		[2, 3, "InProgress"],
		[3, 3, "Failed"],
	] as const) {
		const { open, sandbox, events } = asked([200]);
		const { sessionId, readStatus } = await open();
		sandbox.webhookFault("drop", times);
		assert.equal(sandbox.play(sessionId, "guarantee_waits"), "InProgress");
		await sandbox.webhooksIdle();
		const asks = sandbox.webhooks.filter(({ event }) => event === "GuaranteeDecisionRequired");
		assert.deepEqual([asks.length, events.length, (await readStatus()).status], [tries, 1, status]);
	}
});
