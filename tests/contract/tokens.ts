// The contract's cases about access tokens: shared, warm, refused and replaced.

import { type Cases, outcome, payment, products, steps } from "./sandboxes.ts";

export const tokens: Cases = {
	async "a warm token saves a request and is used once"(expect, open) {
		const { sandbox, pay } = await open({}, { warmTokens: 2 });
		expect("ready", (await pay.warm()).ready, 2);
		expect("full", (await pay.warm()).ready, 2);
		expect("fetched", await steps(sandbox), "authorize authorize");
		const started = await Promise.all([1, 2, 3].map(() => pay.startPayment(payment)));
		expect("sessions", new Set(started.map(({ sessionId }) => sessionId)).size, 3);
		expect("authorizes", (await sandbox.journal()).filter(({ path }) => path.endsWith("/authorize")).length, 3);
		expect("refused", (await sandbox.journal()).filter(({ status }) => status !== 200).length, 0);
	},

	async "every call takes a warm token, but a read that has one"(expect, open) {
		const { sandbox, pay } = await open();
		const authorizes = async (call: () => Promise<unknown>) => {
			await pay.warm(1);
			const before = (await sandbox.journal()).length;
			const ended = await outcome(call());
			return [ended, ...(await steps(sandbox)).split(" ").slice(before)].join(" ");
		};
		let { sessionId } = await pay.initiateSession(payment);
		expect("v1", await authorizes(() => pay.createPaymentRequest(sessionId)), "done paymentrequests");
		expect("initiate", await authorizes(() => pay.initiateSession(payment)), "done initiate");
		expect("e-mail", await authorizes(() => pay.sendRequest(payment)), "done sendrequest");
		({ sessionId } = await pay.createSession(products.eft));
		expect("v2", await authorizes(() => pay.createSession(products.eft)), "done sessions");
		expect("status", await authorizes(() => pay.getSessionStatus(sessionId)), "done status");
		expect(
			"details, with the token that has read",
			await authorizes(() => pay.getSessionDetails(sessionId)),
			"done details",
		);
		expect("cancel", await authorizes(() => pay.cancelSession(sessionId)), "done cancel");
	},

	async "reads share a token, and each replaces one that is refused"(expect, open) {
		const events: string[] = [];
		const { sandbox, pay } = await open({}, { onEvent: ({ stage }) => events.push(stage) });
		const { requestId } = await pay.startPayment(payment);
		const reads = () => [pay.getPaymentRequest(requestId), pay.getPaymentRequest(requestId)];
		const tokens = async () =>
			(await sandbox.journal()).filter(({ method }) => method === "GET").map(({ token }) => token);
		await pay.getPaymentRequest(requestId);
		await Promise.all(reads());
		expect("shared", (await tokens()).join(), "token-2,token-2,token-2");
		expect("events", events.slice(3).sort().join(), "authorize,status,status,status");

		// Longer than Flinks lets it live, on its clock alone.
		await sandbox.advance(600_000);
		await Promise.all(reads());
		const later = (await tokens()).slice(3);
		expect("refused, and replaced", later.sort().join(), "token-2,token-2,token-3,token-4");
		await Promise.all(reads());
		expect("shared again", new Set((await tokens()).slice(7)).size, 1);
		await pay.startPayment(payment);
		expect("of its own", (await sandbox.journal()).at(-1)?.token, "token-5");
	},

	async "calls of warm at once do not fetch more tokens than are wanted"(expect, open) {
		const { sandbox, pay } = await open({}, { warmTokens: 3 });
		await Promise.all([pay.warm(), pay.warm(), pay.warm(2), pay.warm()]);
		expect("fetched", (await sandbox.journal()).length, 3);
		expect("ready", (await pay.warm()).ready, 3);
		expect("more", (await pay.warm(5)).ready, 5);
		expect("nothing", `${(await pay.warm(0)).ready} ${(await sandbox.journal()).length}`, "5 5");
	},

	async "warm tokens that die are dropped"(expect, open) {
		const { sandbox, pay } = await open({}, { warmTokens: 1 });
		expect("ready", (await pay.warm()).ready, 1);
		const { now } = Date;
		// Longer than Flinks lets it live, on the client's clock alone.
		Date.now = () => now() + 300_000;
		expect("end", await outcome(pay.initiateSession(payment)), "done");
		Date.now = now;
		expect("steps", await steps(sandbox), "authorize authorize initiate");
	},

	async "a refused warm token empties the pool, and a new one takes its place"(expect, open) {
		const { sandbox, pay } = await open({}, { warmTokens: 3 });
		await pay.warm();
		// Longer than Flinks lets them live, on its clock alone.
		await sandbox.advance(600_000);
		expect("end", await outcome(pay.startPayment(payment)), "done");
		expect("steps", await steps(sandbox), "authorize authorize authorize initiate authorize initiate paymentrequests");
		expect("after", await outcome(pay.createPaymentRequest("unknown")), "not_found payment_request rejected");
		expect("again", (await steps(sandbox)).split(" ").slice(7).join(" "), "authorize paymentrequests");
	},

	async "warming fails as authorize does, and keeps to its count and to close()"(expect, open) {
		const { sandbox, pay } = await open({}, { password: "wrong", warmTokens: 1 });
		expect("refused", await outcome(pay.warm()), "credentials_rejected authorize rejected");
		expect("once", await steps(sandbox), "authorize");
		for (const count of [-1, 101, 0.5, Number.NaN, "1", {}, () => 1]) {
			// @ts-expect-error: what JavaScript can pass
			expect(String(count), await outcome(pay.warm(count)), "invalid_input input not_sent");
		}
		const aborted = outcome(pay.warm(1, { signal: AbortSignal.abort() }));
		expect("aborted", await aborted, "aborted authorize not_sent");
		const other = (await open({}, { warmTokens: 1 })).pay;
		await other.warm();
		other.close();
		expect("closed", await outcome(other.warm()), "closed input not_sent");
	},

	async "a token that was refused is replaced once"(expect, open) {
		const { sandbox, pay } = await open();
		await sandbox.fault({ step: "initiate", fault: "token_expired" });
		expect("end", await outcome(pay.initiateSession(payment)), "done");
		expect("steps", await steps(sandbox), "authorize initiate authorize initiate");
	},
};
