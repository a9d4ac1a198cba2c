// Verifies a webhook of 2 kB with the client, with the same checks by hand and WebCrypto, and with WebCrypto's HMAC alone, whose
// key is imported for each webhook or kept.

import { signWebhook, verifyWebhook } from "flinkspay-edge";

const secret = "a secret that is shared with nobody";
const event = { event: "SessionSetupStatusChanged", sessionId: "6c376ebd-1670-49e3-9148-26c1360f98d3" };
const more = { status: "Completed", statusDetails: "EFT0301", referenceId: "order-1001" };
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A signed webhook of 2,048 bytes. */
function newWebhook() {
	const base = JSON.stringify({ ...event, ...more, when: new Date().toISOString(), note: "" });
	const body = encoder.encode(base.replace('"note":""', `"note":"${"x".repeat(2048 - base.length)}"`));
	return { body, headers: signWebhook({ body, secret, scheme: "geft" }) };
}

const algorithm = { name: "HMAC", hash: "SHA-256" };
const importKey = () => crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["verify"]);
let key;

/** As one would write it without WebAssembly. */
async function byHand({ body, headers }) {
	const [, hex = ""] = /^sha256=([0-9a-f]{64})$/i.exec(headers["X-Webhook-Signature"] ?? "") ?? [];
	const signature = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
	if (!(await crypto.subtle.verify("HMAC", await importKey(), signature, body)))
		throw new Error("the signature is wrong");
	const { event: type, when, sessionId, status, statusDetails, referenceId } = JSON.parse(decoder.decode(body));
	if (!(Math.abs(Date.parse(when) - Date.now()) <= 300_000))
		throw new Error("the time is not within five minutes of now");
	if (!/^[A-Za-z0-9-]{1,64}$/.test(sessionId) || typeof status !== "string")
		throw new Error("the session or its status is not valid");
	const funds = status === "Completed" && statusDetails === "EFT0301" ? "scheduled" : "none";
	const final = ["Cancelled", "Canceled", "Expired", "Failed"].includes(status);
	return { type, when, sessionId, status, funds, paid: false, final, statusDetails, referenceId };
}

const sides = {
	ours: ({ body, headers }) => verifyWebhook({ body, headers, secrets: [secret], scheme: "geft" }),
	byHand,
	byHandAgain: byHand,
	webCrypto: async ({ body, signature }) => crypto.subtle.verify("HMAC", await importKey(), signature, body),
	webCryptoKeptKey: ({ body, signature }) => crypto.subtle.verify("HMAC", key, signature, body),
};

export default {
	async fetch(request) {
		const { searchParams } = new URL(request.url);
		const side = sides[searchParams.get("side")];
		key ??= await importKey();
		const given = newWebhook();
		if (given.body.length !== 2048) throw new Error(`the body has ${given.body.length} bytes instead of 2048`);
		const text = Object.values(given.headers)[0].replace(/^\w+=/, "");
		given.signature = Uint8Array.from(text.match(/../g), (byte) => Number.parseInt(byte, 16));
		if (!(await side(given))) throw new Error("the webhook does not verify");
		const start = performance.now();
		for (let left = Number(searchParams.get("count")); left > 0; left -= 1) await side(given);
		return Response.json({ ms: performance.now() - start });
	},
};
