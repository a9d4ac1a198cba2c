/**
 * Types of `flinkspay-edge/order`: orders that a back end signs, so that the browser never chooses an amount. It runs wherever
 * WebCrypto does, without wasm or a network. Not for the browser, since it needs the secret.
 *
 * @module order
 */

import type { PaymentParams, SessionParams } from "./index.js";

/** The body of the Worker's `POST /payments`. The amount is required, since a page must not choose it. */
export type OrderPayment =
	| (PaymentParams & { product?: "interac" })
	| ((
			| Omit<Extract<SessionParams, { product: "e-transfer" }>, "type" | "currency">
			| Omit<Extract<SessionParams, { product: "eft" }>, "type" | "currency" | "direction">
			| Omit<Extract<SessionParams, { product: "geft" }>, "type" | "currency" | "direction">
	  ) & {
			/** Your id for this payment: 1 to 100 characters. */
			referenceId: string;
			/** Canadian dollars as text, above zero. */
			amount: string;
	  });

/** The parameters of an order. */
export interface OrderParams {
	/**
	 * The order's id, 1 to 128 visible ASCII characters, another for each order. The Worker uses it as the idempotency key: one
	 * order is one payment link, however often it is sent.
	 */
	id: string;
	/**
	 * The payment. Each field is read once by its name, also if it is a getter of a class; a field that the product does not
	 * have is refused. The Worker checks the values when the order arrives.
	 */
	payment: OrderPayment;
	/** The Worker's `ORDER_SECRET`: 32 bytes or more in UTF-8. */
	secret: string;
	/** Seconds until the order expires: a whole number from 1 to 86400. Default 900. */
	expiresInSeconds?: number;
}

// An order is a JWT (RFC 7519) with HS256 (RFC 7515). WebCrypto alone.

const DAY_SECONDS = 86_400;
const ORDER_FIELDS = ["id", "payment", "secret", "expiresInSeconds"] as const satisfies (keyof OrderParams)[];
/** More than any class has; a proxy can have endless prototypes. */
const MAX_PROTOTYPES = 100;
const utf8 = new TextEncoder();

/**
 * Signs an order: a JWT (RFC 7519) with HS256, `aud` `flinkspay-edge` and the id as `jti`. It is not encrypted: whoever has
 * it can read and start the payment. Rejects with an {@link OrderError}.
 */
export async function signOrder(params: OrderParams): Promise<string> {
	const [id, payment, secret, expiresInSeconds = 900] = ORDER_FIELDS.map((name) => read(params, name, name));
	if (typeof secret !== "string" || utf8.encode(secret).length < 32) {
		throw new OrderError("secret", "be text of 32 bytes or more: the Worker's ORDER_SECRET");
	}
	if (typeof id !== "string" || !/^[\x21-\x7e]{1,128}$/.test(id)) {
		throw new OrderError("id", "be 1 to 128 visible ASCII characters, another for each order");
	}
	const isWhole = typeof expiresInSeconds === "number" && Number.isInteger(expiresInSeconds);
	if (!isWhole || expiresInSeconds < 1 || expiresInSeconds > DAY_SECONDS) {
		throw new OrderError("expiresInSeconds", `be a whole number from 1 to ${DAY_SECONDS}`);
	}
	const iat = Math.floor(Date.now() / 1000);
	const exp = iat + expiresInSeconds;
	const claims = { aud: "flinkspay-edge", jti: id, iat, exp, payment: paymentOf(payment) };
	const signed = `${encodeJson({ alg: "HS256", typ: "JWT" })}.${encodeJson(claims)}`;
	const algorithm = { name: "HMAC", hash: "SHA-256" };
	const key = await crypto.subtle.importKey("raw", utf8.encode(secret), algorithm, false, ["sign"]);
	return `${signed}.${base64Url(new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8.encode(signed))))}`;
}

/** A parameter is wrong, and nothing was signed. */
export class OrderError extends Error {
	declare readonly code: "invalid_input";
	/** What is wrong: a parameter, such as `secret`, or a field of the payment by its path, such as `payment.payor.email`. */
	declare readonly field: string;

	static {
		Object.defineProperty(OrderError.prototype, "name", { value: "OrderError" });
	}

	/** @internal */
	constructor(field: string, must: string) {
		super(`${field} must ${must}`);
		Object.assign(this, { code: "invalid_input", field });
	}
}

const TEXT = "text";
const FLAG = "true or false";
const JSON_OBJECT = "an object of plain JSON, at most 8 levels deep and without __proto__";
const MAX_LEVELS = 8;

type Rule = typeof TEXT | typeof FLAG | typeof JSON_OBJECT | Shape;
/** The fields that an object may have. */
type Shape = { readonly [name: string]: Rule };
type Json = string | number | boolean | null | Json[] | Fields;
type Fields = { [name: string]: Json | undefined };

const texts = (names: string): Shape => Object.fromEntries(names.split(" ").map((name) => [name, TEXT]));

const ANY = texts("product referenceId amount");
const PAYEE = { account: texts("institutionCode transitNumber accountNumber accountLabel") };
const LANGUAGE = texts("language");
const EFT = {
	...ANY,
	payor: {
		...texts("firstName middleName lastName email phone occupation dateOfBirth"),
		address: texts("addressLine1 addressLine2 unit city province country postalCode"),
	},
	options: {
		notificationPreferences: LANGUAGE,
		showConsentScreen: FLAG,
		limits: texts("minimumAmount maximumAmount"),
		redirectPreferences: JSON_OBJECT,
	},
} as const;

/** The fields of each product. */
const SHAPES: Readonly<Record<string, Shape>> = {
	interac: { ...ANY, ...texts("customerName customerEmail"), clientUris: JSON_OBJECT },
	"e-transfer": {
		...ANY,
		direction: TEXT,
		payor: texts("firstName middleName lastName email"),
		payee: PAYEE,
		options: { notificationPreferences: { ...LANGUAGE, sendInteracLink: FLAG } },
	},
	eft: EFT,
	geft: { ...EFT, payee: PAYEE },
};

/** A copy of the payment, since JSON.stringify skips the getters of a class and turns NaN into null. */
function paymentOf(payment: unknown): Fields {
	const path = "payment";
	if (!isObject(payment, path)) throw new OrderError(path, "be an object: the body of POST /payments");
	const product = fieldOf(payment, "product", TEXT, path);
	const shape = Object.entries(SHAPES).find(([name]) => name === (product ?? "interac"))?.[1];
	if (!shape) throw new OrderError(`${path}.product`, `be one of ${Object.keys(SHAPES).join(", ")}`);
	const fields = fieldsOf(payment, shape, path, { product });
	if (fields.amount === undefined) throw new OrderError(`${path}.amount`, "be given: a page must not choose it");
	return fields;
}

/** Reads the fields of a shape but those that are known already. */
function fieldsOf(object: object, shape: Shape, path: string, known: Fields = {}): Fields {
	const fields = { ...known };
	for (const name of namesOf(object, path)) {
		if (!Object.hasOwn(shape, name)) throw new OrderError(`${path}.${name}`, "not be given: there is no such field");
	}
	for (const [name, rule] of Object.entries(shape)) {
		if (!Object.hasOwn(known, name)) fields[name] = fieldOf(object, name, rule, path);
	}
	// A Map, a Date or a Promise has no fields.
	const hasNone = Object.values(fields).every((field) => field === undefined);
	if (hasNone && attempt(path, () => Object.prototype.toString.call(object)) !== "[object Object]") {
		throw new OrderError(path, "be an object with fields of its own");
	}
	return fields;
}

function fieldOf(object: object, name: string, rule: Rule, parent: string): Json | undefined {
	const path = `${parent}.${name}`;
	const value = read(object, name, path);
	if (value === undefined) return undefined;
	if (rule === TEXT && typeof value === "string") return value;
	if (rule === FLAG && typeof value === "boolean") return value;
	if (rule === JSON_OBJECT && isObject(value, path)) return jsonOf(value, path, 1);
	if (typeof rule !== "object") throw new OrderError(path, `be ${rule}`);
	if (isObject(value, path)) return fieldsOf(value, rule, path);
	throw new OrderError(path, "be an object");
}

/** A copy of plain JSON. A value that JSON.stringify would change is refused; undefined fields are left out, as it does. */
function jsonOf(value: unknown, path: string, level: number): Json {
	if (value === null || typeof value === "string" || typeof value === "boolean") return value;
	if (typeof value === "number" && Number.isFinite(value)) return value;
	if (typeof value !== "object" || level > MAX_LEVELS) throw new OrderError(path, `be ${JSON_OBJECT}`);
	const items: unknown[] | undefined = attempt(path, () => (Array.isArray(value) ? Array.from(value) : undefined));
	if (items) return items.map((item, index) => jsonOf(item, `${path}.${index}`, level + 1));
	if (!attempt(path, () => isPlain(value))) throw new OrderError(path, `be ${JSON_OBJECT}`);
	const copy: Fields = {};
	for (const name of namesOf(value, path)) {
		const at = `${path}.${name}`;
		// Assigning a name of Object.prototype, such as __proto__, may do something else than add a field.
		if (name in Object.prototype) throw new OrderError(at, "not be given");
		const field = read(value, name, at);
		if (field !== undefined) copy[name] = jsonOf(field, at, level + 1);
	}
	return copy;
}

/** Whether it has no class. A plain object of another realm has that realm's Object.prototype. */
function isPlain(value: object): boolean {
	const prototype = Object.getPrototypeOf(value);
	return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function isObject(value: unknown, path: string): value is object {
	return typeof value === "object" && value !== null && !attempt(path, () => Array.isArray(value));
}

function namesOf(object: object, path: string): string[] {
	return attempt(path, () => Object.getOwnPropertyNames(object));
}

function read(object: object, name: string, path: string): unknown {
	return attempt(path, () => (hasProperty(object, name) ? Reflect.get(object, name) : undefined));
}

/** Whether the object or its class has the property, and not only Object.prototype. */
function hasProperty(object: object, name: string): boolean {
	if (!Object.hasOwn(Object.prototype, name)) return true;
	let holder = object;
	for (let level = 0; level < MAX_PROTOTYPES; level += 1) {
		if (Object.hasOwn(holder, name)) return true;
		holder = Object.getPrototypeOf(holder);
		if (holder === null || holder === Object.prototype) return false;
	}
	return false;
}

/** A getter or a proxy may throw, and what it throws may contain anything. */
function attempt<T>(path: string, work: () => T): T {
	try {
		return work();
	} catch {
		throw new OrderError(path, "be readable, and reading it throws");
	}
}

const encodeJson = (value: object) => base64Url(utf8.encode(JSON.stringify(value)));

function base64Url(bytes: Uint8Array): string {
	const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
	return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
