// The contract's cases about sessions of v2, webhooks, and a merchant's receiver.

import * as client from "flinkspay-edge";
import { type CreditedPayment, createReceiver } from "flinkspay-edge/merchant";
import { type Cases, outcome, products, refusal, steps } from "./sandboxes.ts";

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));

export const sessions: Cases = {
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
};
