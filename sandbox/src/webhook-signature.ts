// The two signatures that Flinks documents: docs.flinks.com/guides/pay/geft/webhooks/client-setup (upper-case hex) and
// docs.flinks.com/guides/webhooks/hmac-validation (Base64). Both are HMAC-SHA256 over the bytes of the body.
import type { SandboxWebhook } from "./types.ts";

/** The header of the signature, and its value. */
export async function signature(
	{ scheme = "geft", headerName }: SandboxWebhook,
	secret: string,
	body: BufferSource,
): Promise<[name: string, value: string]> {
	const algorithm = { name: "HMAC", hash: "SHA-256" };
	const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), algorithm, false, ["sign"]);
	const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, body));
	if (scheme === "flinks") return [headerName ?? "X-Flinks-Signature", btoa(String.fromCharCode(...mac))];
	const hex = Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join("");
	return [headerName ?? "X-Webhook-Signature", `sha256=${hex.toUpperCase()}`];
}
