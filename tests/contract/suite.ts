// What the client and the sandbox, which share no code, must agree on: every call of the contract, product by product,
// and what each runtime might do differently. It runs unmodified inside each runtime, with the package under its public
// names, over real HTTP. `tests/contract/bench.ts` has the sandboxes.

import * as client from "flinkspay-edge";
import { type CreditedPayment, createReceiver } from "flinkspay-edge/merchant";
import { createSandbox, type Sandbox, type SandboxOptions } from "flinkspay-edge/sandbox";

/** One case, and what was wrong in it. */
export interface Verdict {
	name: string;
	complaints: string[];
}

const credentials = { username: "sandbox", password: "sandbox" };
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

/** A sandbox behind HTTP, by the names of {@link Sandbox}. */
interface Remote {
	url: string;
	play(...given: Parameters<Sandbox["play"]>): Promise<void>;
	settle(): Promise<void>;
	advance(ms: number): Promise<void>;
	fault(given: Parameters<Sandbox["fault"]>[0]): Promise<void>;
	journal(): Promise<Sandbox["journal"]>;
	emails(): Promise<Sandbox["emails"]>;
	webhooks(): Promise<Sandbox["webhooks"]>;
}

/** Opens a sandbox for one case. */
type OpenSandbox = (
	options?: SandboxOptions,
	more?: Partial<client.FlinksPayOptions>,
) => Promise<{ sandbox: Remote; pay: client.FlinksPay }>;

function openerAt(bench: string): OpenSandbox {
	const post = async (path: string, body: unknown) => {
		const init = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
		const response = await fetch(bench + path, init);
		if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
		return response.json();
	};
	return async (options = {}, more = {}) => {
		const { id, url } = await post("/sandboxes", options);
		const call = (name: keyof Sandbox, ...given: unknown[]) => post(`/sandboxes/${id}`, { name, given });
		const sandbox: Remote = {
			url,
			play: (...given) => call("play", ...given),
			settle: () => call("settle"),
			advance: (ms) => call("advance", ms),
			fault: (given) => call("fault", given),
			journal: () => call("journal"),
			emails: () => call("emails"),
			webhooks: () => call("webhooks"),
		};
		const pay = new client.FlinksPay({ baseUrl: url, ...credentials, allowCredentialsInBrowser: true, ...more });
		return { sandbox, pay };
	};
}

type Expect = (what: string, got: unknown, due: unknown) => void;

const cases: Record<string, (expect: Expect, open: OpenSandbox) => Promise<void>> = {
	async "an e-mailed request is sent once, and can be paid"(expect, open) {
		const { sandbox, pay } = await open();
		const sent = await pay.sendRequest(payment);
		expect("keys", Object.keys(sent).sort().join(), "referenceId,sessionId");
		expect("e-mails", (await sandbox.emails()).length, 1);
		expect("steps", await steps(sandbox), "authorize sendrequest");
	},

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
		const { sandbox, pay } = await open({ expiresInSeconds: 1 }, { warmTokens: 1 });
		expect("ready", (await pay.warm()).ready, 1);
		await new Promise((resolve) => setTimeout(resolve, 600));
		expect("end", await outcome(pay.initiateSession(payment)), "done");
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

	async "waiting ends with the final status"(expect, open) {
		const { sandbox, pay } = await open();
		const { requestId, sessionId } = await pay.startPayment(payment);
		const waiting = pay.waitForPayment(requestId, { intervalMs: 5 });
		await sandbox.play(sessionId);
		await sandbox.settle();
		const { status, funds, paid, final } = await waiting;
		expect("status", `${status} ${funds} ${paid} ${final}`, "Settled settled true true");
	},

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

	async "an e-Transfer session is paid by its transactions"(expect, open) {
		const { sandbox, pay } = await open({}, { clientId: "merchant-7" });
		const { sessionId, referenceId, appUrl } = await pay.createSession(products["e-transfer"]);
		expect("reference", referenceId, "R-1");
		expect("link", appUrl, `${sandbox.url}/app/?sessionId=${sessionId}`);
		const before = await pay.getSessionStatus(sessionId);
		expect(
			"before",
			`${before.status} ${before.funds} ${before.paid} ${before.final} ${before.amount}`,
			"Initiated none false false 250.00",
		);
		await sandbox.play(sessionId);
		for (const options of [{ product: "e-transfer" as const }, {}]) {
			const { status, funds, paid, final } = await pay.getSessionDetails(sessionId, options);
			expect("after", `${status} ${funds} ${paid} ${final}`, "Completed guaranteed true false");
		}
		const after = await pay.getSessionDetails(sessionId);
		expect("type", `${after.type} ${after.direction} ${after.currency}`, "e-Transfer DEBIT CAD");
	},

	async "an EFT that is scheduled is money where it is guaranteed, and nowhere else"(expect, open) {
		for (const [product, funds] of [
			["eft", "scheduled false false"],
			["geft", "guaranteed true true"],
		] as const) {
			const { sandbox, pay } = await open();
			const { sessionId } = await pay.createSession(products[product]);
			await sandbox.play(sessionId);
			const read = await pay.getSessionStatus(sessionId, { product });
			const { status, statusDetails, amount } = read;
			expect(product, `${status} ${statusDetails} ${amount}`, `Completed EFT0301 ${products[product].amount}`);
			expect(`${product} funds`, `${read.funds} ${read.paid} ${read.final}`, funds);
			const kept = client.fundsOf(read, { product });
			expect(`${product} kept`, `${kept.funds} ${kept.paid} ${kept.final}`, funds);
			const unsaid = await pay.getSessionStatus(sessionId);
			expect(`${product} unsaid`, `${unsaid.funds} ${unsaid.paid} ${unsaid.final}`, "scheduled false false");
			const details = await pay.getSessionDetails(sessionId);
			expect(`${product} type`, details.type, "EFT");
			expect(`${product} name`, Object(details.payor).firstName, "Zoë");
		}
	},

	async "what is pending, failed or expired is not paid"(expect, open) {
		for (const [play, due] of [
			["pad_pending", "Completed EFT0302 none false false"],
			["no_guarantee", "Failed EFT0402 none false true"],
			["mismatch", "Failed EFT0403 none false true"],
			["expire", "Expired EFT0601 none false true"],
		] as const) {
			const { sandbox, pay } = await open();
			const { sessionId } = await pay.createSession(products.geft);
			await sandbox.play(sessionId, play);
			const { status, statusDetails, funds, paid, final } = await pay.getSessionStatus(sessionId, { product: "geft" });
			expect(play, `${status} ${statusDetails} ${funds} ${paid} ${final}`, due);
		}
	},

	async "a cancelled session is spelt as its product spells it"(expect, open) {
		for (const [product, due] of [
			["e-transfer", "Cancelled"],
			["eft", "Canceled EFT0501"],
			["geft", "Canceled EFT0501"],
		] as const) {
			const { pay } = await open();
			const { sessionId } = await pay.createSession(products[product]);
			const { status, statusDetails, referenceId } = await pay.cancelSession(sessionId);
			expect(product, [status, statusDetails].filter(Boolean).join(" "), due);
			expect(`${product} reference`, referenceId, "R-1");
			expect(`${product} again`, await outcome(pay.cancelSession(sessionId)), "conflict cancel rejected");
		}
	},

	async "a guarantee is accepted by the merchant"(expect, open) {
		const { sandbox, pay } = await open({ guaranteeConfirm: "wait" });
		const { sessionId } = await pay.createSession(products.geft);
		await sandbox.play(sessionId);
		const confirmed = await pay.confirmGuarantee(sessionId, true);
		expect("session", confirmed.sessionId, sessionId);
		const { funds } = await pay.getSessionStatus(sessionId, { product: "geft" });
		expect("funds", funds, "guaranteed");
		// @ts-expect-error: what JavaScript can pass
		expect("not a boolean", await outcome(pay.confirmGuarantee(sessionId, "true")), "invalid_input input not_sent");
	},

	async "a product that the account does not have is refused, and nothing is repeated"(expect, open) {
		const { sandbox, pay } = await open({ products: ["e-Transfer"] });
		expect("end", await outcome(pay.createSession(products.eft)), "forbidden session rejected");
		expect("steps", await steps(sandbox), "authorize sessions");
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

	async "a webhook of the sandbox verifies, and none that was changed"(expect, open) {
		for (const scheme of ["geft", "flinks"] as const) {
			const webhook = { url: "https://shop.example.com/hook", secret: "sign me", scheme };
			const { sandbox, pay } = await open({ webhook });
			const { sessionId } = await pay.createSession(products.geft);
			await sandbox.play(sessionId);
			const [sent] = await sandbox.webhooks();
			if (!sent) return expect(scheme, "nothing", "a webhook");
			const hook = { body: sent.body, headers: new Headers(sent.headers) };
			const event = client.verifyWebhook({ ...hook, scheme, secrets: ["old", "sign me"] });
			if (event.type !== "SessionSetupStatusChanged") return expect(scheme, event.type, "SessionSetupStatusChanged");
			expect(scheme, `${event.sessionId} ${event.status} ${event.funds}`, `${sessionId} Completed scheduled`);
			expect(`${scheme} funds`, client.fundsOf(event, { product: "geft" }).funds, "guaranteed");
			const bytes = new TextEncoder().encode(sent.body);
			expect(
				`${scheme} as bytes`,
				client.verifyWebhook({ ...hook, body: bytes, scheme, secrets: ["sign me"] }).type,
				event.type,
			);
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

	async "a webhook that was signed here verifies here"(expect) {
		const body = '{"event":"PaymentMade"}';
		const headers = client.signWebhook({ body, secret: "clé", scheme: "flinks" });
		expect("names", Object.keys(headers).join(), "X-Flinks-Signature");
		const event = client.verifyWebhook({ body, headers, secrets: ["clé"], scheme: "flinks" });
		expect("type", event.type, "unknown");
		const other = { "Flinks-Authenticity-Key": headers["X-Flinks-Signature"] };
		const again = client.verifyWebhook({ body, headers: other, secrets: ["clé"], scheme: "flinks" });
		expect("in the other header", again.type, "unknown");
		const error = refusal(() => client.verifyWebhook({ body, headers: {}, secrets: ["clé"], scheme: "flinks" }));
		expect("unsigned", error, "webhook_signature");
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

	async "a token that was refused is replaced once"(expect, open) {
		const { sandbox, pay } = await open();
		await sandbox.fault({ step: "initiate", fault: "token_expired" });
		expect("end", await outcome(pay.initiateSession(payment)), "done");
		expect("steps", await steps(sandbox), "authorize initiate authorize initiate");
	},

	async "an answer that cannot be read is no answer"(expect, open) {
		for (const fault of ["empty", "html", "not_json"] as const) {
			const { sandbox, pay } = await open();
			await sandbox.fault({ step: "initiate", fault });
			expect(fault, await outcome(pay.initiateSession(payment)), "upstream_protocol initiate unknown");
		}
	},

	async "a body that does not end is cut at the step's limit"(expect, open) {
		const { sandbox, pay } = await open({}, { timeoutMs: 1000 });
		await sandbox.fault({ step: "payment_request", fault: "slow_body", delayMs: 6000 });
		const error = await failure(pay.startPayment(payment));
		expect("end", `${error.code} ${error.stage} ${error.outcome}`, "timeout payment_request unknown");
		expect("reference", error.referenceId, "R-1");
		expect("session", typeof error.sessionId, "string");
	},

	async "a whole call is cut at its deadline"(expect, open) {
		const { pay } = await open({ latencyMs: 3000 }, { deadlineMs: 200 });
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

	async "events report each attempt"(expect, open) {
		const events: client.AttemptEvent[] = [];
		const { pay } = await open({}, { onEvent: (event) => events.push(event) });
		await pay.startPayment(payment);
		const attempts = events.map(({ stage, attempt, status, outcome }) => `${stage} ${attempt} ${status} ${outcome}`);
		expect("attempts", attempts.join(), "authorize 1 200 ok,initiate 1 200 ok,payment_request 1 200 ok");
		expect("no secret", /sandbox|Zo|R-1/.test(JSON.stringify(events)), false);
	},

	async "a closed client ends what runs and refuses the rest"(expect, open) {
		const { pay } = await open({ latencyMs: 3000 });
		const running = outcome(pay.startPayment(payment));
		await new Promise((resolve) => setTimeout(resolve, 10));
		pay.close();
		expect("running", await running, "closed authorize not_sent");
		expect("later", await outcome(pay.startPayment(payment)), "closed input not_sent");
	},

	async "a merchant's receiver credits once what the Worker has signed, and nothing else"(expect) {
		const kept = new Map<string, string>();
		const credited: string[] = [];
		const key = crypto.getRandomValues(new Uint8Array(24));
		const payments = createReceiver({
			secrets: [`whsec_${base64(key)}`],
			store: {
				read: async (id) => kept.get(id),
				swap: async (id, before, after) => (kept.get(id) ?? "") === before && kept.set(id, after).size > 0,
			},
			onCredit: ({ referenceId, paidAmount }) => credited.push(`${referenceId} ${paidAmount}`),
			onReverse() {},
		});
		const data: CreditedPayment = {
			...{ id: "3-1", product: "geft", referenceId: "Nº 1", amount: "12.50", paidAmount: "10.00", status: "Completed" },
			...{ funds: "guaranteed", paid: true, final: false, createdAt: new Date().toISOString() },
		};
		const body = JSON.stringify({ type: "payment.updated", sequence: 2, effect: "credit", data });
		const deliver = async (text: string) => {
			const timestamp = String(Math.floor(Date.now() / 1000));
			const hmac = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
			const mac = await crypto.subtle.sign("HMAC", hmac, new TextEncoder().encode(`msg_1.${timestamp}.${body}`));
			const signature = `v1,${base64(new Uint8Array(mac))}`;
			const headers = { "webhook-id": "msg_1", "webhook-timestamp": timestamp, "webhook-signature": signature };
			const init = { method: "POST", headers, body: text };
			const { status } = await payments.fetch(new Request("https://shop.example/webhooks/payments", init));
			return status;
		};
		expect("first", await deliver(body), 204);
		expect("again", await deliver(body), 204);
		expect("forged", await deliver(body.replace("10.00", "12.50")), 401);
		expect("large", await deliver(body.padEnd(70_000)), 413);
		expect("read", (await payments.fetch(new Request("https://shop.example/"))).status, 405);
		expect("credited", credited.join(), "Nº 1 10.00");
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

/** What the cases are about, in their order. */
export const caseNames: readonly string[] = Object.keys(cases);

/** Runs every case, with sandboxes from the bench at this origin. */
export async function suite(bench: string): Promise<Verdict[]> {
	const verdicts: Verdict[] = [];
	for (const [name, run] of Object.entries(cases)) {
		const complaints: string[] = [];
		try {
			await run((what, got, due) => {
				if (got !== due) complaints.push(`${what}: ${got}, and not ${due}`);
			}, openerAt(bench));
		} catch (error) {
			complaints.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
		}
		verdicts.push({ name, complaints });
	}
	return verdicts;
}

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));

/** The last parts of the paths that were asked for. */
async function steps(sandbox: Remote): Promise<string> {
	return (await sandbox.journal()).map(({ path }) => path.split("/").pop()).join(" ");
}

async function outcome(call: Promise<unknown>): Promise<string> {
	try {
		await call;
		return "done";
	} catch (error) {
		return error instanceof client.FlinksPayError ? `${error.code} ${error.stage} ${error.outcome}` : String(error);
	}
}

async function failure(call: Promise<unknown>): Promise<client.FlinksPayError> {
	try {
		await call;
	} catch (error) {
		if (error instanceof client.FlinksPayError) return error;
		throw error;
	}
	throw new Error("the call did not fail");
}

/** Work that throws, as a call that rejects. */
async function attempt(work: () => unknown): Promise<unknown> {
	return work();
}

function refusal(work: () => unknown): string {
	try {
		work();
		return "taken";
	} catch (error) {
		return error instanceof client.FlinksPayError ? error.code : String(error);
	}
}

/** Waits for two minutes at most; then the case itself complains. */
async function until(condition: () => Promise<boolean>): Promise<void> {
	for (let tries = 0; tries < 12_000 && !(await condition()); tries += 1) {
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}
