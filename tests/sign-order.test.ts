// Signed orders, verified by jose, another implementation of JWT: the Worker gets what the back end signed.

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
	test("is verified by jose with the claims that were signed", async () => {
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
		// Payloads of every length modulo three, with bytes that plain base64 writes with + and /.
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

/** The payment in the claims of an order that was signed with this object. */
async function signed(given: unknown): Promise<unknown> {
	const jwt = await signOrder(Object.assign({ id: "a", payment, secret }, { payment: given }));
	return (await jwtVerify(jwt, key, EXPECTED)).payload.payment;
}

const account = { institutionCode: "001", transitNumber: "00001", accountNumber: "1234567", accountLabel: "Chequing" };
const address = {
	addressLine1: "1 Main St",
	addressLine2: "Floor 2",
	unit: "3",
	city: "Montréal",
	province: "QC",
	country: "Canada",
	postalCode: "H1H1H1",
};
const eftPayor = {
	firstName: "Zoë",
	middleName: "A",
	lastName: "Tremblay",
	email: "zoe@example.com",
	phone: "5145550100",
	occupation: "baker",
	dateOfBirth: "1985-03-15",
	address,
};
const eftOptions = {
	notificationPreferences: { language: "FR" },
	showConsentScreen: false,
	limits: { minimumAmount: "1.00", maximumAmount: "2.00" },
	redirectPreferences: { mode: "JsEvents", deep: [{ a: null, b: [1.5, true] }] },
};
/** Every field that a product has. */
const whole = {
	interac: { product: "interac", ...payment },
	"e-transfer": {
		product: "e-transfer",
		referenceId: "R",
		amount: "1.00",
		direction: "DEBIT",
		payor: { firstName: "Zoë", middleName: "A", lastName: "Tremblay", email: "zoe@example.com" },
		payee: { account },
		options: { notificationPreferences: { sendInteracLink: true, language: "EN" } },
	},
	eft: { product: "eft", referenceId: "R", amount: "1.00", payor: eftPayor, options: eftOptions },
	geft: { product: "geft", referenceId: "R", amount: "1.00", payor: eftPayor, payee: { account }, options: eftOptions },
};

/** The same fields as getters of a class, at every level. */
function inherited(fields: object): object {
	const prototype = Object.create(null);
	for (const [name, value] of Object.entries(fields)) {
		const given = typeof value === "object" && !/clientUris|redirectPreferences/.test(name) ? inherited(value) : value;
		Object.defineProperty(prototype, name, { get: () => given });
	}
	return Object.create(prototype);
}

describe("the payment of an order is read by the names of its fields", () => {
	for (const [product, fields] of Object.entries(whole)) {
		test(`of ${product}: on a plain, a frozen and a proxied object, and as getters of a class`, async () => {
			for (const given of [fields, Object.freeze({ ...fields }), new Proxy(fields, {}), inherited(fields)]) {
				assert.deepEqual(await signed(given), fields);
			}
		});
	}

	test("without fields that all objects inherit, in the payment and in the order", async () => {
		class Cart {
			get amount() {
				return "2.00";
			}
		}
		const { amount: _, clientUris: __, ...others } = whole.interac;
		const inherits = { amount: "1.00", clientUris: { a: 1 }, secret, id: "b" };
		for (const [name, value] of Object.entries(inherits)) {
			Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
		}
		// All fields are read before the first await.
		const [plain, ofClass] = [signed(others), signed(Object.assign(new Cart(), others))];
		const incomplete: OrderParams[] = [Object({ id: "a", payment }), Object({ secret, payment })];
		const unsigned = Promise.allSettled(incomplete.map((given) => signOrder(given)));
		for (const name of Object.keys(inherits)) Reflect.deleteProperty(Object.prototype, name);
		await assert.rejects(plain, { field: "payment.amount" });
		assert.deepEqual(await ofClass, { ...others, amount: "2.00" });
		const [withoutSecret, withoutId] = await unsigned;
		assert.equal(withoutSecret?.status === "rejected" && withoutSecret.reason.field, "secret");
		assert.equal(withoutId?.status === "rejected" && withoutId.reason.field, "id");
	});

	test("of an instance of a class, without its private state", async () => {
		class Cart {
			#cents = 1250;
			readonly referenceId = "R";
			get amount(): string {
				return (this.#cents / 100).toFixed(2);
			}
			toJSON(): object {
				return { amount: "0.01" };
			}
		}
		assert.deepEqual(await signed(new Cart()), { referenceId: "R", amount: "12.50" });
	});

	test("each once, so that the value that was checked is signed", async () => {
		const reads: string[] = [];
		const recorded = (path: string, fields: object): object =>
			new Proxy(fields, {
				get(target, name, receiver) {
					reads.push(`${path}${String(name)}`);
					const value = Reflect.get(target, name, receiver);
					return typeof value === "object" ? recorded(`${path}${String(name)}.`, value) : value;
				},
			});
		await signed(recorded("", whole["e-transfer"]));
		assert.ok(reads.includes("payor.email"));
		assert.deepEqual(reads, [...new Set(reads)]);
	});

	test("without fields that are undefined", async () => {
		const { clientUris, ...rest } = payment;
		assert.deepEqual(await signed({ ...rest, product: undefined, clientUris: undefined }), rest);
		assert.deepEqual(await signed({ ...rest, clientUris: { ...clientUris, none: undefined } }), payment);
	});
});

const withOwn = (name: string) => JSON.parse(`{"${name}": {}}`);
const throws = (name: string) =>
	Object.defineProperty({}, name, {
		enumerable: true,
		get() {
			throw new Error("zoe@example.com");
		},
	});
const revoked = (): object => {
	const { proxy, revoke } = Proxy.revocable({}, {});
	revoke();
	return proxy;
};
const cyclic: { back?: object } = {};
cyclic.back = cyclic;
const eTransfer = whole["e-transfer"];
const { payor } = eTransfer;
const refused: [what: string, path: string, payment: unknown][] = [
	["a function", "payment", () => payment],
	["an object that cannot be looked at", "payment", revoked()],
	["no amount", "payment.amount", { ...payment, amount: undefined }],
	["no amount where one is optional elsewhere", "payment.amount", { ...whole.eft, amount: undefined }],
	["an amount that is a number", "payment.amount", { ...payment, amount: 12.5 }],
	["an amount that is NaN", "payment.amount", { ...payment, amount: Number.NaN }],
	["text that is an object", "payment.amount", { ...payment, amount: Object("12.50") }],
	["null", "payment.customerName", { ...payment, customerName: null }],
	["null for an object", "payment.payor", { ...eTransfer, payor: null }],
	["a list for an object", "payment.payor", { ...eTransfer, payor: [] }],
	["null in an object", "payment.payor.email", { ...eTransfer, payor: { ...payor, email: null } }],
	["a getter that throws", "payment.amount", throws("amount")],
	["a getter of the product that throws", "payment.product", throws("product")],
	["a getter in an object that throws", "payment.payor.email", { ...eTransfer, payor: throws("email") }],
	["an object in it that cannot be looked at", "payment.payor", { ...eTransfer, payor: revoked() }],
	["a product that there is not", "payment.product", { ...payment, product: "card" }],
	["a product by a name that objects have", "payment.product", { ...payment, product: "constructor" }],
	["a product that is no text", "payment.product", { ...payment, product: 1 }],
	["a field that there is not", "payment.ammount", { ...payment, ammount: "1.00" }],
	["a field of another product", "payment.payor", { ...payment, payor }],
	["a payee for an EFT", "payment.payee", { ...whole.eft, payee: { account } }],
	[
		"an occupation for an e-Transfer",
		"payment.payor.occupation",
		{ ...eTransfer, payor: { ...payor, occupation: "x" } },
	],
	["a field by a name that objects have", "payment.toString", { ...payment, toString: "x" }],
	[
		"a flag in words",
		"payment.options.notificationPreferences.sendInteracLink",
		{ ...eTransfer, options: { notificationPreferences: { sendInteracLink: "yes" } } },
	],
	["__proto__", "payment.__proto__", Object.assign(withOwn("__proto__"), payment)],
	["__proto__ in an object", "payment.payor.__proto__", { ...eTransfer, payor: withOwn("__proto__") }],
	["__proto__ in an open object", "payment.clientUris.__proto__", { ...payment, clientUris: withOwn("__proto__") }],
	["__proto__ deeper", "payment.clientUris.a.0.__proto__", { ...payment, clientUris: { a: [withOwn("__proto__")] } }],
	["toString in an open object", "payment.clientUris.toString", { ...payment, clientUris: withOwn("toString") }],
	["a map for an object", "payment.payor", { ...eTransfer, payor: new Map(Object.entries(payor)) }],
	["a date for an object of optional fields", "payment.options", { ...eTransfer, options: new Date() }],
	["a promise for the payment", "payment", Promise.resolve(payment)],
	["null for an open object", "payment.clientUris", { ...payment, clientUris: null }],
	["a list for an open object", "payment.clientUris", { ...payment, clientUris: [] }],
	["NaN in an open object", "payment.clientUris.a", { ...payment, clientUris: { a: Number.NaN } }],
	["a big integer in an open object", "payment.clientUris.a", { ...payment, clientUris: { a: 1n } }],
	["a function in an open object", "payment.clientUris.a", { ...payment, clientUris: { a: () => 1 } }],
	["a hole in a list of an open object", "payment.clientUris.a.0", { ...payment, clientUris: { a: new Array(1) } }],
	["a date in an open object", "payment.clientUris.a", { ...payment, clientUris: { a: new Date() } }],
	[
		"a class in an open object",
		"payment.clientUris.a",
		{ ...payment, clientUris: { a: new URL("https://a.example") } },
	],
	["a getter in an open object that throws", "payment.clientUris.a", { ...payment, clientUris: throws("a") }],
	["an open object that has no end", `payment.clientUris${".back".repeat(8)}`, { ...payment, clientUris: cyclic }],
];

describe("signOrder rejects with the path alone for", () => {
	for (const [what, path, given] of refused) {
		test(what, async () => {
			await assert.rejects(signOrder(Object.assign({ id: "a", payment, secret }, { payment: given })), (error) => {
				assert.ok(error instanceof OrderError, String(error));
				assert.deepEqual([error.code, error.field], ["invalid_input", path]);
				assert.ok(error.message.startsWith(`${path} must`), error.message);
				assert.ok(!error.message.includes("zoe@"));
				return true;
			});
		});
	}
});
