// Signed orders, read by another implementation of JWT: what a Worker takes is what a back end meant.

import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { describe, mock, test } from "node:test";
import { OrderError, type OrderParams, signOrder } from "flinkspay-edge/order";
import { errors, jwtVerify } from "jose";

const secret = randomBytes(32).toString("base64");
const key = new TextEncoder().encode(secret);
const EXPECTED = { audience: "flinkspay-edge", algorithms: ["HS256"] };
const payment = {
	referenceId: "order-1001",
	amount: "12.50",
	customerName: "Zoë Tremblay-Đặng 🍵",
	customerEmail: "zoe@example.com",
	clientUris: { back: "https://shop.example/?a=~~~>>>???" },
};

describe("an order", () => {
	test("is read by jose as it was meant", async () => {
		const before = Math.floor(Date.now() / 1000);
		const jwt = await signOrder({ id: "cart-7", payment, secret });
		const { payload, protectedHeader } = await jwtVerify(jwt, key, EXPECTED);
		const { iat = 0, exp = 0, ...claims } = payload;
		assert.deepEqual(protectedHeader, { alg: "HS256", typ: "JWT" });
		assert.deepEqual(claims, { aud: "flinkspay-edge", jti: "cart-7", payment });
		assert.ok(iat >= before && iat <= Date.now() / 1000, "iat is in whole seconds, and now");
		assert.equal(exp - iat, 900);
	});

	test("is a compact JWS: three parts of base64url without padding, the signature over the first two", async () => {
		// Payloads of every length modulo three, with bytes that plain base64 would write with + and /.
		for (const id of ["a", "ab", "abc", "~".repeat(128)]) {
			const jwt = await signOrder({ id, payment, secret });
			assert.match(jwt, /^[\w-]+\.[\w-]+\.[\w-]{43}$/);
			const [header = "", claims = "", signature] = jwt.split(".");
			assert.equal(Buffer.from(header, "base64url").toString(), '{"alg":"HS256","typ":"JWT"}');
			assert.equal(JSON.parse(Buffer.from(claims, "base64url").toString()).jti, id);
			assert.equal(signature, createHmac("sha256", secret).update(`${header}.${claims}`).digest("base64url"));
		}
	});

	test("is refused once it has expired, under another secret, and with another amount", async () => {
		mock.timers.enable({ apis: ["Date"], now: 1_700_000_000_000 });
		try {
			const jwt = await signOrder({ id: "a", payment, secret, expiresInSeconds: 60 });
			mock.timers.setTime(1_700_000_059_000);
			await jwtVerify(jwt, key, EXPECTED);
			mock.timers.setTime(1_700_000_060_000);
			await assert.rejects(jwtVerify(jwt, key, EXPECTED), errors.JWTExpired);
			mock.timers.setTime(1_700_000_000_000);
			await assert.rejects(jwtVerify(jwt, randomBytes(32), EXPECTED), errors.JWSSignatureVerificationFailed);
			const [header = "", claims = "", signature] = jwt.split(".");
			const cheaper = Buffer.from(claims, "base64url").toString().replace("12.50", "00.01");
			const forged = [header, Buffer.from(cheaper).toString("base64url"), signature].join(".");
			await assert.rejects(jwtVerify(forged, key, EXPECTED), errors.JWSSignatureVerificationFailed);
		} finally {
			mock.timers.reset();
		}
	});

	test("takes a secret by its bytes", async () => {
		await signOrder({ id: "a", payment, secret: "é".repeat(16) });
		await assert.rejects(signOrder({ id: "a", payment, secret: "é".repeat(15) }), { field: "secret" });
	});

	const good: OrderParams = { id: "cart-7", payment, secret };
	const wrong: [field: string, values: unknown[]][] = [
		["secret", [undefined, "", "x".repeat(31), new Uint8Array(32)]],
		["id", [undefined, "", "x".repeat(129), "a b", "é", "a\n", 7]],
		["payment", [undefined, null, "12.50", []]],
		["expiresInSeconds", [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "900", 86_401, null]],
	];
	for (const [field, values] of wrong) {
		test(`is not signed with a bad ${field}, and the error holds no secret`, async () => {
			for (const value of values) {
				await assert.rejects(signOrder(Object.assign({ ...good }, { [field]: value })), (error) => {
					assert.ok(error instanceof OrderError && error.name === "OrderError");
					assert.deepEqual([error.code, error.field], ["invalid_input", field]);
					assert.ok(error.message.startsWith(`${field} must be`));
					assert.ok(!error.message.includes(secret));
					return true;
				});
			}
		});
	}
});
