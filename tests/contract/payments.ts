// The contract's cases about payments of v1, and what is sent with every call.

import * as client from "flinkspay-edge";
import { createSandbox, type SandboxOptions } from "flinkspay-edge/sandbox";
import { type Cases, credentials, outcome, payment, products, steps } from "./sandboxes.ts";

export const payments: Cases = {
	async "an e-mailed request is sent once, and can be paid"(expect, open) {
		const { sandbox, pay } = await open();
		const sent = await pay.sendRequest(payment);
		expect("keys", Object.keys(sent).sort().join(), "referenceId,sessionId");
		expect("e-mails", (await sandbox.emails()).length, 1);
		expect("steps", await steps(sandbox), "authorize sendrequest");
	},

	async "waiting ends with the final status"(expect, open) {
		const { sandbox, pay } = await open();
		const { requestId, sessionId } = await pay.startPayment(payment);
		const waiting = pay.waitForPayment(requestId, { intervalMs: 5 });
		await sandbox.play(sessionId);
		await sandbox.settle();
		const { status, funds, paid, final } = await waiting;
		expect("status", `${status} ${funds} ${paid} ${final}`, "Settled settled true true");
	},

	async "a payment request is cancelled before it is paid, and not after"(expect, open) {
		const { sandbox, pay } = await open();
		const first = await pay.startPayment(payment);
		const cancelled = await pay.cancelPaymentRequest(first.requestId);
		expect("cancelled", cancelled.requestId, first.requestId);
		const { status, funds, paid, final } = await pay.getPaymentRequest(first.requestId);
		expect("status", `${status} ${funds} ${paid} ${final}`, "Cancelled none false true");
		const second = await pay.startPayment(payment);
		await sandbox.play(second.sessionId);
		expect("paid", await outcome(pay.cancelPaymentRequest(second.requestId)), "conflict cancel rejected");
	},

	async "each setting of the client meets the switch of the sandbox that it is for"(expect, open) {
		const started = async (options: SandboxOptions, more: Partial<client.FlinksPayOptions>) => {
			const { pay } = await open(options, more);
			return outcome(pay.startPayment(payment));
		};
		expect("201", await started({ initiateStatus: 201 }, {}), "done");
		expect("BearerToken", await started({ tokenHeader: "lenient" }, { tokenHeader: "bearertoken" }), "done");
		expect("strict", await started({}, { tokenHeader: "bearertoken" }), "token_rejected initiate rejected");
		expect("BaseURI", await started({ requireBaseUri: true }, { instance: "toronto" }), "done");
		expect("no BaseURI", await started({ requireBaseUri: true }, {}), "rejected initiate rejected");
		expect("form", await started({}, { credentialsIn: "form" }), "done");
		expect("text", await started({}, { amountAs: "string" }), "done");
		const { pay, sandbox } = await open({ requireClientId: true }, { clientId: "merchant-7" });
		expect("client id", await outcome(pay.createSession(products.eft)), "done");
		const { pay: other } = await open({ statusBody: "eft" });
		const { requestId } = await other.startPayment(payment);
		expect("other body", (await other.getPaymentRequest(requestId)).status, "Initiated");
		expect("steps", await steps(sandbox), "authorize sessions");
	},

	async "a payment takes three requests, and is paid and settled"(expect, open) {
		const { sandbox, pay } = await open();
		const { sessionId, requestId, referenceId, appUrl } = await pay.startPayment(payment);
		expect("steps", await steps(sandbox), "authorize initiate paymentrequests");
		expect("reference", referenceId, "R-1");
		expect("link", appUrl, `${sandbox.url}/app/?sessionId=${sessionId}`);
		await sandbox.play(sessionId);
		const accepted = await pay.getPaymentRequest(requestId);
		expect("accepted", `${accepted.status} ${accepted.funds} ${accepted.final}`, "Accepted guaranteed false");
		await sandbox.settle();
		const settled = await pay.getPaymentRequest(requestId);
		expect("settled", `${settled.status} ${settled.funds} ${settled.final}`, "Settled settled true");
	},

	async "a session is made payable later, with a token of its own"(expect, open) {
		const { sandbox, pay } = await open();
		const { sessionId } = await pay.initiateSession(payment);
		expect("payable", (await pay.createPaymentRequest(sessionId)).requestId.length > 0, true);
		const tokens = new Set((await sandbox.journal()).map(({ token }) => token));
		expect("tokens", tokens.size, 2);
	},

	async "what is sent is what was given"(expect, open) {
		const { sandbox, pay } = await open();
		await pay.startPayment({ ...payment, customerName: "Zoë “O’Neil” 李 🍁", amount: "0.10" });
		const [authorize, initiate] = await sandbox.journal();
		expect("credentials", authorize?.credentials, "basic");
		expect("name", initiate?.body?.customerName, "Zoë “O’Neil” 李 🍁");
		expect("amount", initiate?.body?.amount, 0.1);
		expect("token", initiate?.tokenHeader, "authorization");
	},

	async "every request says who sends it"(expect, open) {
		const { sandbox, pay } = await open();
		const { requestId } = await pay.startPayment(payment);
		await pay.getPaymentRequest(requestId);
		await pay.createSession(products.eft);
		// A browser sends its own, and would have to ask by preflight before a page could set it.
		const isBrowser = globalThis.navigator?.userAgent?.startsWith("Mozilla/") ?? false;
		for (const { path, userAgent = "" } of await sandbox.journal()) {
			expect(path, (isBrowser ? /^Mozilla\// : /^flinkspay-edge\/\d+\.\d+\.\d+$/).test(userAgent), true);
		}
	},

	async "forty payments at once get a session, a request and a token each"(expect, open) {
		const { sandbox, pay } = await open();
		const wanted = Array.from({ length: 40 }, (_, index) => ({ ...payment, referenceId: `R-${index}` }));
		const started = await Promise.all(wanted.map((params) => pay.startPayment(params)));
		expect(
			"references",
			started.map(({ referenceId }) => referenceId).join(),
			wanted.map(({ referenceId }) => referenceId).join(),
		);
		expect("sessions", new Set(started.map(({ sessionId }) => sessionId)).size, 40);
		expect("requests", new Set(started.map(({ requestId }) => requestId)).size, 40);
		const journal = await sandbox.journal();
		const initiated = new Map(
			journal.filter(({ path }) => path.endsWith("/initiate")).map((entry) => [entry.token, entry.sessionId]),
		);
		expect("tokens", initiated.size, 40);
		const requests = journal.filter(({ path }) => path.endsWith("/paymentrequests"));
		expect("crossed", requests.filter(({ token, sessionId }) => initiated.get(token) !== sessionId).length, 0);
	},

	async "events report each attempt"(expect, open) {
		const events: client.AttemptEvent[] = [];
		const { pay } = await open({}, { onEvent: (event) => events.push(event) });
		await pay.startPayment(payment);
		const attempts = events.map(({ stage, attempt, status, outcome }) => `${stage} ${attempt} ${status} ${outcome}`);
		expect("attempts", attempts.join(), "authorize 1 200 ok,initiate 1 200 ok,payment_request 1 200 ok");
		expect("no secret", /sandbox|Zo|R-1/.test(JSON.stringify(events)), false);
	},

	async "a host's own fetch is used, and the sandbox is one"(expect) {
		const { fetch, play, journal } = createSandbox();
		const more = { fetch, allowCredentialsInBrowser: true };
		const pay = new client.FlinksPay({ baseUrl: "https://pay.example.com", ...credentials, ...more });
		const { sessionId, requestId } = await pay.startPayment(payment);
		play(sessionId);
		expect("paid", (await pay.getPaymentRequest(requestId)).paid, true);
		expect("calls", journal.length, 5);
	},
};
