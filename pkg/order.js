// Signs orders: what a back end allows one browser to pay, as a JWT (RFC 7519) with HS256 (RFC 7515). WebCrypto alone.

const DAY_SECONDS = 86_400;
const utf8 = new TextEncoder();

export class OrderError extends Error {
	static {
		OrderError.prototype.name = "OrderError";
	}

	constructor(field, message) {
		super(message);
		this.code = "invalid_input";
		this.field = field;
	}
}

export async function signOrder({ id, payment, secret, expiresInSeconds = 900 }) {
	if (typeof secret !== "string" || utf8.encode(secret).length < 32) {
		throw new OrderError("secret", "secret must be text of 32 bytes or more: the Worker's ORDER_SECRET");
	}
	if (typeof id !== "string" || !/^[\x21-\x7e]{1,128}$/.test(id)) {
		throw new OrderError("id", "id must be 1 to 128 visible ASCII characters, another for each order");
	}
	if (typeof payment !== "object" || payment === null || Array.isArray(payment)) {
		throw new OrderError("payment", "payment must be an object: the body of POST /payments");
	}
	if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < 1 || expiresInSeconds > DAY_SECONDS) {
		throw new OrderError("expiresInSeconds", `expiresInSeconds must be a whole number from 1 to ${DAY_SECONDS}`);
	}
	const iat = Math.floor(Date.now() / 1000);
	const claims = { aud: "flinkspay-edge", jti: id, iat, exp: iat + expiresInSeconds, payment };
	const signed = `${ofJson({ alg: "HS256", typ: "JWT" })}.${ofJson(claims)}`;
	const algorithm = { name: "HMAC", hash: "SHA-256" };
	const key = await crypto.subtle.importKey("raw", utf8.encode(secret), algorithm, false, ["sign"]);
	return `${signed}.${base64Url(new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8.encode(signed))))}`;
}

const ofJson = (value) => base64Url(utf8.encode(JSON.stringify(value)));

function base64Url(bytes) {
	const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
	return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
