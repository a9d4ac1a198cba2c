// The contract's cases about wrong input and settings, answers that cannot be read, limits in time, and calls that are aborted.

import * as client from "flinkspay-edge";
import { attempt, type Cases, credentials, failure, outcome, payment, steps, until } from "./sandboxes.ts";

export const failures: Cases = {
	async "waiting ends with its signal"(expect, open) {
		const { sandbox, pay } = await open();
		const { requestId } = await pay.startPayment(payment);
		const controller = new AbortController();
		const ended = outcome(pay.waitForPayment(requestId, { signal: controller.signal }));
		await until(async () => (await sandbox.journal()).length === 5);
		controller.abort();
		expect("end", await ended, "aborted status not_sent");
		expect("interval", await outcome(pay.waitForPayment(requestId, { intervalMs: 0 })), "invalid_input input not_sent");
	},

	async "a body of empty pieces ends, though no timer has its turn"(expect, open) {
		let pieces = 0;
		const body = () =>
			new ReadableStream({
				pull(stream) {
					pieces += 1;
					stream.enqueue(new Uint8Array(0));
				},
			});
		const fetch = async () => new Response(body(), { headers: { "content-type": "application/json" } });
		const { pay } = await open({}, { fetch });
		const ended = await pay.startPayment(payment).then(
			() => "done",
			(error) => `${error.code} ${error.stage} ${error.outcome}`,
		);
		expect("end", ended, "upstream_protocol authorize not_sent");
		expect("pieces", pieces <= 1_010, true);
	},

	async "wrong credentials are tried once, and are in no error"(expect, open) {
		const { sandbox, pay } = await open({}, { password: "not-the-password" });
		const error = await failure(pay.startPayment(payment));
		expect(
			"end",
			`${error.code} ${error.stage} ${error.outcome} ${error.status}`,
			"credentials_rejected authorize rejected 401",
		);
		expect("steps", await steps(sandbox), "authorize");
		const printed = [JSON.stringify(error), String(error), error.stack, JSON.stringify(pay), String(pay)].join();
		expect("printed", printed.includes("not-the-password"), false);
	},

	async "what creates nothing is repeated, and what may have created something is not"(expect, open) {
		const { sandbox, pay } = await open();
		await sandbox.fault({ step: "authorize", fault: "503" });
		expect("authorize", await outcome(pay.initiateSession(payment)), "done");
		expect("twice", await steps(sandbox), "authorize authorize initiate");
		await sandbox.fault({ step: "initiate", fault: "503" });
		const error = await failure(pay.startPayment(payment));
		expect(
			"initiate",
			`${error.code} ${error.stage} ${error.outcome} ${error.retryable}`,
			"upstream_unavailable initiate unknown false",
		);
		expect("reference", error.referenceId, "R-1");
		expect("once", (await steps(sandbox)).split(" ").length, 5);
	},

	async "an answer that cannot be read is no answer"(expect, open) {
		for (const fault of ["empty", "html", "not_json"] as const) {
			const { sandbox, pay } = await open();
			await sandbox.fault({ step: "initiate", fault });
			expect(fault, await outcome(pay.initiateSession(payment)), "upstream_protocol initiate unknown");
		}
	},

	async "a body that does not end is cut at the step's limit"(expect, open) {
		for (let timeoutMs = 1_000; ; timeoutMs *= 2) {
			const { sandbox, pay } = await open({}, { timeoutMs });
			await sandbox.fault({ step: "payment_request", fault: "slow_body", delayMs: 6 * timeoutMs });
			const error = await failure(pay.startPayment(payment));
			// On a busy machine an earlier step may reach the limit, which is then doubled.
			if (error.stage !== "payment_request" && timeoutMs < 10_000) continue;
			expect("end", `${error.code} ${error.stage} ${error.outcome}`, "timeout payment_request unknown");
			expect("reference", error.referenceId, "R-1");
			expect("session", typeof error.sessionId, "string");
			return;
		}
	},

	async "a whole call is cut at its deadline"(expect, open) {
		const { sandbox, pay } = await open({}, { deadlineMs: 200 });
		// It has no end of its own.
		await sandbox.fault({ step: "authorize", fault: "timeout_before" });
		expect("end", await outcome(pay.startPayment(payment)), "deadline_exceeded authorize not_sent");
	},

	async "the upstream's Retry-After is reported"(expect, open) {
		const { sandbox, pay } = await open();
		await sandbox.fault({ step: "initiate", fault: "429", retryAfter: 120 });
		const error = await failure(pay.initiateSession(payment));
		expect(
			"end",
			`${error.code} ${error.outcome} ${error.retryable} ${error.retryAfterMs}`,
			"rate_limited rejected true 120000",
		);
	},

	async "a call ends with its signal, before and after it has left"(expect, open) {
		const { sandbox, pay } = await open();
		const early = outcome(pay.startPayment(payment, { signal: AbortSignal.abort() }));
		expect("before", await early, "aborted authorize not_sent");
		expect("nothing sent", await steps(sandbox), "");
		await sandbox.fault({ step: "initiate", fault: "timeout_after" });
		const controller = new AbortController();
		const late = outcome(pay.startPayment(payment, { signal: controller.signal }));
		await until(async () => (await steps(sandbox)).includes("initiate"));
		controller.abort();
		expect("after", await late, "aborted initiate unknown");
	},

	async "bad input is refused with its field, and nothing is sent"(expect, open) {
		const { sandbox, pay } = await open();
		for (const [field, given] of Object.entries({ amount: 12.5, customerEmail: "zoe@", referenceId: "" })) {
			const error = await failure(pay.startPayment({ ...payment, [field]: given }));
			expect(
				field,
				`${error.code} ${"field" in error && error.field} ${error.outcome}`,
				`invalid_input ${field} not_sent`,
			);
		}
		expect("id", await outcome(pay.getPaymentRequest("../sessions")), "invalid_input input not_sent");
		expect("nothing sent", await steps(sandbox), "");
	},

	async "bad settings are refused with their field"(expect) {
		const valid = { baseUrl: "https://pay.example.com", ...credentials, allowCredentialsInBrowser: true };
		for (const [field, given] of Object.entries({
			baseUrl: "http://pay.example.com",
			username: "a\nb",
			timeoutMs: 0,
		})) {
			const error = await failure(attempt(() => new client.FlinksPay({ ...valid, [field]: given })));
			expect(
				field,
				`${error.code} ${"field" in error && error.field} ${error.stage}`,
				`invalid_config ${field} config`,
			);
		}
	},

	async "a window is given no credentials unless that is allowed"(expect) {
		const isWindow = "document" in globalThis;
		const building = attempt(() => new client.FlinksPay({ baseUrl: "https://pay.example.com", ...credentials }));
		expect("end", await outcome(building), isWindow ? "invalid_config config not_sent" : "done");
	},

	async "a closed client ends what runs and refuses the rest"(expect, open) {
		const { sandbox, pay } = await open({}, { timeoutMs: 120_000, deadlineMs: 120_000 });
		await sandbox.fault({ step: "authorize", fault: "timeout_before" });
		const running = outcome(pay.startPayment(payment));
		await until(async () => (await steps(sandbox)) === "authorize");
		pay.close();
		expect("running", await running, "closed authorize not_sent");
		expect("later", await outcome(pay.startPayment(payment)), "closed input not_sent");
	},
};
