// What the client and the sandbox, which share no code, must agree on: every call of the contract, product by product.
// It runs inside each runtime, with the package under its public names and the sandbox as its `fetch`.

import * as client from "flinkspay-edge";
import { createSandbox, type SandboxOptions } from "flinkspay-edge/sandbox";

/** One case: what it was about, and what was wrong; nothing where it is empty. */
export interface Verdict {
	name: string;
	complaints: string[];
}

const payor = { firstName: "Zoë", lastName: "Tremblay", email: "zoe@example.com" };
const account = { institutionCode: "999", transitNumber: "30265", accountNumber: "9876541" };
const products: Record<client.SessionParams["product"], client.SessionParams> = {
	"e-transfer": { product: "e-transfer", referenceId: "R-1", amount: "250.00", payor, payee: { account } },
	eft: { product: "eft", referenceId: "R-1", amount: "12.50", payor },
	geft: { product: "geft", referenceId: "R-1", amount: "99999.99", payor, payee: { account } },
};
const payment: client.PaymentParams = {
	referenceId: "R-1",
	amount: "12.50",
	customerName: "Zoë Tremblay",
	customerEmail: "zoe@example.com",
};

function world(options: SandboxOptions = {}, more: Partial<client.FlinksPayOptions> = {}) {
	const sandbox = createSandbox(options);
	const pay = new client.FlinksPay({
		baseUrl: "https://pay.example.com",
		username: "sandbox",
		password: "sandbox",
		fetch: (url, init) => sandbox.fetch(url, init),
		...more,
	});
	return { sandbox, pay };
}

type Expect = (what: string, got: unknown, due: unknown) => void;

const cases: Record<string, (expect: Expect) => Promise<void>> = {
	async "an e-mailed request is sent once, and can be paid"(expect) {
		const { sandbox, pay } = world();
		const sent = await pay.sendRequest(payment);
		expect("keys", Object.keys(sent).sort().join(), "referenceId,sessionId");
		expect("e-mails", sandbox.emails.length, 1);
		expect("steps", steps(sandbox), "authorize sendrequest");
	},

	async "a warm token saves a request and is used once"(expect) {
		const { sandbox, pay } = world({}, { warmTokens: 2 });
		expect("ready", (await pay.warm()).ready, 2);
		expect("full", (await pay.warm()).ready, 2);
		expect("fetched", steps(sandbox), "authorize authorize");
		const started = await Promise.all([1, 2, 3].map(() => pay.startPayment(payment)));
		expect("sessions", new Set(started.map(({ sessionId }) => sessionId)).size, 3);
		expect("authorizes", sandbox.journal.filter(({ path }) => path.endsWith("/authorize")).length, 3);
		expect("refused", sandbox.journal.filter(({ status }) => status !== 200).length, 0);
	},

	async "every call takes a warm token"(expect) {
		const { sandbox, pay } = world();
		const authorizes = async (call: () => Promise<unknown>) => {
			await pay.warm(1);
			const before = sandbox.journal.length;
			const told = await outcome(call());
			return [told, ...steps(sandbox).split(" ").slice(before)].join(" ");
		};
		let { sessionId } = await pay.initiateSession(payment);
		expect("v1", await authorizes(() => pay.createPaymentRequest(sessionId)), "done paymentrequests");
		expect("initiate", await authorizes(() => pay.initiateSession(payment)), "done initiate");
		expect("e-mail", await authorizes(() => pay.sendRequest(payment)), "done sendrequest");
		({ sessionId } = await pay.createSession(products.eft));
		expect("v2", await authorizes(() => pay.createSession(products.eft)), "done sessions");
		expect("status", await authorizes(() => pay.getSessionStatus(sessionId)), "done status");
		expect("details", await authorizes(() => pay.getSessionDetails(sessionId)), "done details");
		expect("cancel", await authorizes(() => pay.cancelSession(sessionId)), "done cancel");
	},

	async "those who warm at once do not fetch more than is wanted"(expect) {
		const { sandbox, pay } = world({}, { warmTokens: 3 });
		const ready = await Promise.all([pay.warm(), pay.warm(), pay.warm(2), pay.warm()]);
		expect("fetched", sandbox.journal.length, 3);
		expect("last", ready.at(-1)?.ready, (await pay.warm()).ready);
		expect("more", (await pay.warm(5)).ready, 5);
		expect("nothing", `${(await pay.warm(0)).ready} ${sandbox.journal.length}`, "5 5");
	},

	async "warm tokens that die are dropped"(expect) {
		const { sandbox, pay } = world({ expiresInSeconds: 1 }, { warmTokens: 1 });
		expect("ready", (await pay.warm()).ready, 1);
		await new Promise((resolve) => setTimeout(resolve, 600));
		expect("told", await outcome(pay.initiateSession(payment)), "done");
		expect("steps", steps(sandbox), "authorize authorize initiate");
	},

	async "a refused warm token empties the pool, and a new one takes its place"(expect) {
		const { sandbox, pay } = world({}, { warmTokens: 3 });
		await pay.warm();
		// Longer than Flinks lets them live, on its clock alone.
		sandbox.advance(600_000);
		expect("told", await outcome(pay.startPayment(payment)), "done");
		expect("steps", steps(sandbox), "authorize authorize authorize initiate authorize initiate paymentrequests");
		expect("after", await outcome(pay.createPaymentRequest("unknown")), "not_found payment_request rejected");
		expect("again", steps(sandbox).split(" ").slice(7).join(" "), "authorize paymentrequests");
	},

	async "warming fails as authorize does, and keeps to its count and to close()"(expect) {
		const { sandbox, pay } = world({}, { password: "wrong", warmTokens: 1 });
		expect("refused", await outcome(pay.warm()), "credentials_rejected authorize rejected");
		expect("once", steps(sandbox), "authorize");
		for (const count of [-1, 101, 0.5, Number.NaN, "1", {}, () => 1]) {
			// @ts-expect-error: what JavaScript can pass
			expect(String(count), await outcome(pay.warm(count)), "invalid_input input not_sent");
		}
		const aborted = outcome(pay.warm(1, { signal: AbortSignal.abort() }));
		expect("aborted", await aborted, "aborted authorize not_sent");
		const other = world({}, { warmTokens: 1 }).pay;
		await other.warm();
		other.close();
		expect("closed", await outcome(other.warm()), "closed input not_sent");
	},

	async "waiting ends with the final status"(expect) {
		const { sandbox, pay } = world();
		const { requestId, sessionId } = await pay.startPayment(payment);
		const waiting = pay.waitForPayment(requestId, { intervalMs: 5 });
		sandbox.play(sessionId);
		setTimeout(() => sandbox.settle(), 30);
		const { status, paid, final } = await waiting;
		expect("status", `${status} ${paid} ${final}`, "Settled true true");
	},

	async "waiting ends with its signal"(expect) {
		const { pay } = world();
		const { requestId } = await pay.startPayment(payment);
		const controller = new AbortController();
		setTimeout(() => controller.abort(), 10);
		const told = await outcome(pay.waitForPayment(requestId, { signal: controller.signal }));
		expect("told", told, "aborted status not_sent");
		expect("interval", await outcome(pay.waitForPayment(requestId, { intervalMs: 0 })), "invalid_input input not_sent");
	},

	async "a payment request is cancelled before it is paid, and not after"(expect) {
		const { sandbox, pay } = world();
		const first = await pay.startPayment(payment);
		const cancelled = await pay.cancelPaymentRequest(first.requestId);
		expect("cancelled", cancelled.requestId, first.requestId);
		const { status, paid, final } = await pay.getPaymentRequest(first.requestId);
		expect("status", `${status} ${paid} ${final}`, "Cancelled false true");
		const second = await pay.startPayment(payment);
		sandbox.play(second.sessionId);
		expect("paid", await outcome(pay.cancelPaymentRequest(second.requestId)), "conflict cancel rejected");
	},

	async "an e-Transfer session is paid by its transactions"(expect) {
		const { sandbox, pay } = world({}, { clientId: "merchant-7" });
		const { sessionId, referenceId, appUrl } = await pay.createSession(products["e-transfer"]);
		expect("reference", referenceId, "R-1");
		expect("link", appUrl, `https://pay.example.com/app/?sessionId=${sessionId}`);
		const before = await pay.getSessionStatus(sessionId);
		expect(
			"before",
			`${before.status} ${before.paid} ${before.final} ${before.amount}`,
			"Initiated false false 250.00",
		);
		sandbox.play(sessionId);
		const after = await pay.getSessionDetails(sessionId);
		expect("after", `${after.status} ${after.paid} ${after.final}`, "Completed true true");
		expect("type", `${after.type} ${after.direction} ${after.currency}`, "e-Transfer DEBIT CAD");
	},

	async "EFT sessions are paid once they are scheduled"(expect) {
		for (const product of ["eft", "geft"] as const) {
			const { sandbox, pay } = world();
			const { sessionId } = await pay.createSession(products[product]);
			sandbox.play(sessionId);
			const { status, statusDetails, paid, final, amount } = await pay.getSessionStatus(sessionId);
			const due = `Completed EFT0301 true true ${products[product].amount}`;
			expect(product, `${status} ${statusDetails} ${paid} ${final} ${amount}`, due);
			const details = await pay.getSessionDetails(sessionId);
			expect(`${product} type`, details.type, "EFT");
			expect(`${product} name`, details.payor?.firstName, "Zoë");
		}
	},

	async "what is pending, failed or expired is not paid"(expect) {
		for (const [play, due] of [
			["pad_pending", "Completed EFT0302 false true"],
			["no_guarantee", "Failed EFT0402 false true"],
			["mismatch", "Failed EFT0403 false true"],
			["expire", "Expired EFT0601 false true"],
		] as const) {
			const { sandbox, pay } = world();
			const { sessionId } = await pay.createSession(products.geft);
			sandbox.play(sessionId, play);
			const { status, statusDetails, paid, final } = await pay.getSessionStatus(sessionId);
			expect(play, `${status} ${statusDetails} ${paid} ${final}`, due);
		}
	},

	async "a cancelled session is spelt as its product spells it"(expect) {
		for (const [product, due] of [
			["e-transfer", "Cancelled"],
			["eft", "Canceled EFT0501"],
			["geft", "Canceled EFT0501"],
		] as const) {
			const { pay } = world();
			const { sessionId } = await pay.createSession(products[product]);
			const { status, statusDetails, referenceId } = await pay.cancelSession(sessionId);
			expect(product, [status, statusDetails].filter(Boolean).join(" "), due);
			expect(`${product} reference`, referenceId, "R-1");
			expect(`${product} again`, await outcome(pay.cancelSession(sessionId)), "conflict cancel rejected");
		}
	},

	async "a guarantee is accepted by the merchant"(expect) {
		const { sandbox, pay } = world({ guaranteeConfirm: "wait" });
		const { sessionId } = await pay.createSession(products.geft);
		sandbox.play(sessionId);
		const confirmed = await pay.confirmGuarantee(sessionId, true);
		expect("session", confirmed.sessionId, sessionId);
		const { paid } = await pay.getSessionStatus(sessionId);
		expect("paid", paid, true);
		// @ts-expect-error: what JavaScript can pass
		expect("not a boolean", await outcome(pay.confirmGuarantee(sessionId, "true")), "invalid_input input not_sent");
	},

	async "a product that the account does not have is refused, and nothing is repeated"(expect) {
		const { sandbox, pay } = world({ products: ["e-Transfer"] });
		expect("told", await outcome(pay.createSession(products.eft)), "forbidden session rejected");
		expect("steps", steps(sandbox), "authorize sessions");
	},

	async "each setting of the client meets the switch of the sandbox that it is for"(expect) {
		const started = async (options: SandboxOptions, more: Partial<client.FlinksPayOptions>) => {
			const { pay } = world(options, more);
			return outcome(pay.startPayment(payment));
		};
		expect("201", await started({ initiateStatus: 201 }, {}), "done");
		expect("BearerToken", await started({ tokenHeader: "lenient" }, { tokenHeader: "bearertoken" }), "done");
		expect("strict", await started({}, { tokenHeader: "bearertoken" }), "token_rejected initiate rejected");
		expect("BaseURI", await started({ requireBaseUri: true }, { instance: "toronto" }), "done");
		expect("no BaseURI", await started({ requireBaseUri: true }, {}), "rejected initiate rejected");
		expect("form", await started({}, { credentialsIn: "form" }), "done");
		expect("text", await started({}, { amountAs: "string" }), "done");
		const { pay, sandbox } = world({ requireClientId: true }, { clientId: "merchant-7" });
		expect("client id", await outcome(pay.createSession(products.eft)), "done");
		const { pay: other } = world({ statusBody: "eft" });
		const { requestId } = await other.startPayment(payment);
		expect("other body", (await other.getPaymentRequest(requestId)).status, "Initiated");
		expect("steps", steps(sandbox), "authorize sessions");
	},

	async "a webhook of the sandbox verifies, and none that was changed"(expect) {
		for (const scheme of ["geft", "flinks"] as const) {
			const received: { body: string; headers: Headers }[] = [];
			const { sandbox, pay } = world({
				webhook: { url: "https://shop.example.com/hook", secret: "sign me", scheme },
				webhookFetch: async (_, init) => {
					received.push({ body: await new Response(init.body).text(), headers: new Headers(init.headers) });
					return new Response();
				},
			});
			const { sessionId } = await pay.createSession(products.geft);
			sandbox.play(sessionId);
			await until(() => received.length > 0);
			const [hook] = received;
			if (!hook) return expect(scheme, "nothing", "a webhook");
			const event = client.verifyWebhook({ ...hook, scheme, secrets: ["old", "sign me"] });
			if (event.type !== "SessionSetupStatusChanged") return expect(scheme, event.type, "SessionSetupStatusChanged");
			expect(scheme, `${event.sessionId} ${event.status} ${event.paid}`, `${sessionId} Completed true`);
			const changed = { ...hook, body: hook.body.replace("Completed", "completed"), scheme };
			expect(
				`${scheme} changed`,
				refusal(() => client.verifyWebhook({ ...changed, secrets: ["sign me"] })),
				"webhook_signature",
			);
			const other = scheme === "geft" ? "flinks" : "geft";
			const crossed = { ...hook, scheme: other, secrets: ["sign me"] } as const;
			expect(
				`${scheme} as ${other}`,
				refusal(() => client.verifyWebhook(crossed)),
				"webhook_signature",
			);
		}
	},
};

/** Runs every case. */
export async function suite(): Promise<Verdict[]> {
	const verdicts: Verdict[] = [];
	for (const [name, run] of Object.entries(cases)) {
		const complaints: string[] = [];
		try {
			await run((what, got, due) => {
				if (got !== due) complaints.push(`${what}: ${got}, and not ${due}`);
			});
		} catch (error) {
			complaints.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
		}
		verdicts.push({ name, complaints });
	}
	return verdicts;
}

/** The last parts of the paths that were asked for. */
function steps(sandbox: ReturnType<typeof createSandbox>): string {
	return sandbox.journal.map(({ path }) => path.split("/").pop()).join(" ");
}

async function outcome(call: Promise<unknown>): Promise<string> {
	try {
		await call;
		return "done";
	} catch (error) {
		return error instanceof client.FlinksPayError ? `${error.code} ${error.stage} ${error.outcome}` : String(error);
	}
}

function refusal(work: () => unknown): string {
	try {
		work();
		return "taken";
	} catch (error) {
		return error instanceof client.FlinksPayError ? error.code : String(error);
	}
}

async function until(condition: () => boolean): Promise<void> {
	for (let tries = 0; tries < 200 && !condition(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 5));
}
