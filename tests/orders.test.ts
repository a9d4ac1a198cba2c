// What a page may do without a back end between it and the Worker: bring orders that the merchant has signed, from allowed
// origins, and read one payment with its capability. A refused request sends nothing to Flinks.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { SignJWT, UnsecuredJWT } from "jose";
import { type Running, startSandbox, startWorker } from "../tools/processes.ts";
import { journalOf } from "./worker/calls.ts";

const [apiKey, username, password] = Array.from({ length: 3 }, () => crypto.randomUUID());
const secret = `${crypto.randomUUID()}${crypto.randomUUID()}`;
const SHOP = "https://shop.example";
const payment = {
	...{ referenceId: "order-1001", amount: "12.50" },
	...{ customerName: "Zephyrine Canary", customerEmail: "zephyrine.canary@example.com" },
};

let sandbox: Running;
let worker: Running;
/** Without orders. */
let plain: Running;

before(async () => {
	sandbox = await startSandbox({ username: username ?? "", password: password ?? "" });
	const secrets = { FLINKS_USERNAME: username ?? "", FLINKS_PASSWORD: password ?? "", API_KEY: apiKey ?? "" };
	[worker, plain] = await Promise.all([
		startWorker({
			...{ sandboxUrl: sandbox.url, secrets },
			vars: { ORDER_SECRET: secret, ALLOWED_ORIGINS: `${SHOP} https://other.example`, LEDGER_SHARDS: "2" },
		}),
		startWorker({ sandboxUrl: sandbox.url, secrets }),
	]);
});
after(() => Promise.all([worker?.stop(), plain?.stop(), sandbox?.stop()]));

interface Answer {
	status: number;
	headers: Headers;
	text: string;
	json: Record<string, unknown>;
}

async function call(path: string, init: RequestInit, to = worker): Promise<Answer> {
	const response = await fetch(to.url + path, init);
	const text = await response.text();
	return { status: response.status, headers: response.headers, text, json: text === "" ? {} : JSON.parse(text) };
}

interface Order {
	id?: string | undefined;
	claims?: object;
	key?: string;
	audience?: string;
	expires?: number | undefined;
}

const inMinutes = (minutes: number) => Math.floor(Date.now() / 1000) + 60 * minutes;

function sign(given: Order = {}): Promise<string> {
	const { id = crypto.randomUUID(), claims = { payment }, key = secret, audience = "flinkspay-edge" } = given;
	const jwt = new SignJWT({ ...claims }).setProtectedHeader({ alg: "HS256" }).setAudience(audience);
	const expires = "expires" in given ? given.expires : inMinutes(15);
	if (expires !== undefined) jwt.setExpirationTime(expires);
	if (!("id" in given) || given.id !== undefined) jwt.setJti(id);
	return jwt.sign(new TextEncoder().encode(key));
}

function bring(order: unknown, headers: HeadersInit = {}, to = worker): Promise<Answer> {
	const all = { Origin: SHOP, "Content-Type": "application/json", ...headers };
	const sent = Object.entries(all).filter(([, value]) => value !== "");
	return call(
		"/payments",
		{ method: "POST", headers: sent as [string, string][], body: JSON.stringify({ order }) },
		to,
	);
}

/** How many requests to Flinks may have created something. */
async function requests(): Promise<number> {
	return (await journalOf(sandbox).creating()).length;
}

describe("an order", () => {
	test("starts one payment, however often it is brought", async () => {
		const order = await sign();
		const first = await bring(order);
		assert.equal(first.status, 201, first.text);
		assert.deepEqual(Object.keys(first.json).sort(), [
			...["appUrl", "capability", "id", "referenceId", "sessionId", "status"],
		]);
		assert.equal(first.headers.get("access-control-allow-origin"), SHOP);
		assert.equal(first.headers.get("access-control-allow-credentials"), null);
		const count = await requests();
		const again = await bring(order, { Origin: "https://other.example" });
		assert.equal(again.status, 201, again.text);
		assert.equal(again.headers.get("idempotency-replayed"), "true");
		assert.deepEqual({ ...again.json, capability: "" }, { ...first.json, capability: "" });
		assert.equal(await requests(), count);
	});

	test("brought 50 times at once gives one link", async () => {
		const order = await sign();
		const answers = await Promise.all(Array.from({ length: 50 }, () => bring(order)));
		const links = new Set(answers.filter(({ status }) => status === 201).map(({ json }) => json.appUrl));
		assert.equal(links.size, 1);
		assert.ok(answers.every(({ status }) => status === 201 || status === 409));
	});

	test("starts a payment of v2 as well", async () => {
		const eft = { product: "eft", referenceId: "r", amount: "5", payor: { firstName: "Ada", lastName: "Tremblay" } };
		const { status, text } = await bring(await sign({ claims: { payment: eft } }));
		assert.equal(status, 201, text);
	});

	test("and an API key's request with the same key are two payments", async () => {
		const id = crypto.randomUUID();
		const first = await bring(await sign({ id }));
		for (const key of [id, `order${id}`]) {
			const headers = { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json", "Idempotency-Key": key };
			const other = await call("/payments", { method: "POST", headers, body: JSON.stringify(payment) });
			assert.equal(other.status, 201);
			assert.notEqual(other.json.id, first.json.id);
		}
	});
});

describe("sends nothing to Flinks for an order", () => {
	const refused: Record<string, [status: number, code: string, ask: () => Promise<Answer>]> = {
		"signed with another secret": [401, "order_invalid", async () => bring(await sign({ key: `${secret}x` }))],
		unsigned: [
			...([401, "order_invalid"] as const),
			() =>
				bring(new UnsecuredJWT({ payment, jti: "1" }).setAudience("flinkspay-edge").setExpirationTime("1h").encode()),
		],
		expired: [401, "order_invalid", async () => bring(await sign({ expires: inMinutes(-2) }))],
		"that does not expire": [401, "order_invalid", async () => bring(await sign({ expires: undefined }))],
		"without an id": [401, "order_invalid", async () => bring(await sign({ id: undefined }))],
		"with a line end in its id": [401, "order_invalid", async () => bring(await sign({ id: "a\nb" }))],
		"for another audience": [401, "order_invalid", async () => bring(await sign({ audience: "elsewhere" }))],
		"that is a capability": [
			...([401, "order_invalid"] as const),
			async () => bring((await bring(await sign())).json.capability),
		],
		"with another amount in it": [
			...([401, "order_invalid"] as const),
			async () => {
				const [header, claims = "", signature] = (await sign()).split(".");
				const text = atob(claims.replace(/-/g, "+").replace(/_/g, "/")).replace("12.50", "01.00");
				return bring(
					[header, btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, ""), signature].join("."),
				);
			},
		],
		"that is no text": [400, "invalid_input", () => bring({ payment })],
		"that is too long": [400, "invalid_input", () => bring("x".repeat(8_193))],
		"of another origin": [
			403,
			"origin_not_allowed",
			async () => bring(await sign(), { Origin: "https://evil.example" }),
		],
		"of a page without an origin": [403, "origin_not_allowed", async () => bring(await sign(), { Origin: "null" })],
		"of an origin that begins alike": [
			...([403, "origin_not_allowed"] as const),
			async () => bring(await sign(), { Origin: `${SHOP}.evil.example` }),
		],
		"of no page": [401, "unauthorized", async () => bring(await sign(), { Origin: "" })],
		"that no preflight announced": [
			...([415, "unsupported_media_type"] as const),
			async () => bring(await sign(), { "Content-Type": "text/plain" }),
		],
		"with a payment that is none": [
			...([400, "invalid_input"] as const),
			async () => bring(await sign({ claims: { payment: { ...payment, amount: "0" } } })),
		],
		"without an amount": [
			...([400, "invalid_input"] as const),
			async () => {
				const eft = { product: "eft", referenceId: "r", payor: { firstName: "Ada", lastName: "Tremblay" } };
				return bring(await sign({ claims: { payment: eft } }));
			},
		],
		"with a payment nested without end": [
			...([400, "invalid_input"] as const),
			async () => {
				const a = JSON.parse(`${"[".repeat(2_800)}${"]".repeat(2_800)}`);
				const answer = await bring(await sign({ claims: { payment: { ...payment, clientUris: { a } } } }));
				assert.equal(answer.json.field, "order.payment");
				return answer;
			},
		],
		"where there are no orders": [401, "unauthorized", async () => bring(await sign(), {}, plain)],
	};
	for (const [name, [status, code, ask]] of Object.entries(refused)) {
		test(name, async () => {
			// A case that needs a payment first makes one in this call, before the count.
			const answer = await ask();
			assert.deepEqual([answer.status, answer.json.code, answer.json.outcome], [status, code, "not_sent"]);
			const count = await requests();
			await ask().catch(() => {});
			const isMade = name === "that is a capability";
			assert.equal(await requests(), count + (isMade ? 2 : 0));
			assert.equal(
				answer.headers.has("access-control-allow-origin"),
				![401, 403].includes(status) || code === "order_invalid",
			);
		});
	}

	test("with an amount beside it", async () => {
		const count = await requests();
		const init = { method: "POST", headers: { Origin: SHOP, "Content-Type": "application/json" } };
		const answer = await call("/payments", { ...init, body: JSON.stringify({ order: await sign(), amount: "1.00" }) });
		assert.deepEqual([answer.status, answer.json.code], [400, "invalid_input"]);
		assert.equal(await requests(), count);
	});

	test("reused for another amount", async () => {
		const id = crypto.randomUUID();
		assert.equal((await bring(await sign({ id }))).status, 201);
		const count = await requests();
		const answer = await bring(await sign({ id, claims: { payment: { ...payment, amount: "99.00" } } }));
		assert.deepEqual([answer.status, answer.json.code], [422, "idempotency_mismatch"]);
		assert.equal(await requests(), count);
	});
});

describe("the claims of an order", () => {
	const now = () => Math.floor(Date.now() / 1000);
	const good = () => ({ aud: "flinkspay-edge", jti: crypto.randomUUID(), iat: now(), exp: now() + 900, payment });

	/** Signs without jose: claims that no library would write, and in another order. */
	function byHand(claims: object, header: object = { typ: "JWT", kid: "1", alg: "HS256" }): string {
		const part = (json: object) => Buffer.from(JSON.stringify(json)).toString("base64url");
		const signed = `${part(header)}.${part({ ...good(), ...claims })}`;
		return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
	}

	for (const [name, claims] of Object.entries({
		"of a library that signs nbf, by a clock that is ahead": () => ({ nbf: now() + 2, iat: now() + 50 }),
		"of a clock that is behind": () => ({ nbf: now() - 900, iat: now() - 900, exp: now() - 20 }),
		"for several audiences": () => ({ aud: ["elsewhere", "flinkspay-edge"] }),
		"with unknown claims": () => ({ iss: "shop", sub: "cart", scope: { a: 1 } }),
		"without iat": () => ({ iat: undefined }),
		"for a week": () => ({ exp: now() + 7 * 86_400 }),
		"with fractions of seconds": () => ({ iat: now() + 0.5, exp: now() + 90.25 }),
	})) {
		test(`${name} are accepted`, async () => {
			const { status, text } = await bring(byHand(claims()));
			assert.equal(status, 201, text);
		});
	}

	test("an id that is a number is the same as its digits", async () => {
		const jti = Math.floor(Math.random() * 2 ** 50);
		const first = await bring(byHand({ jti }));
		assert.equal(first.status, 201, first.text);
		const again = await bring(byHand({ jti: String(jti) }));
		assert.deepEqual([again.json.id, again.headers.get("idempotency-replayed")], [first.json.id, "true"]);
	});

	const wrong: Readonly<Record<string, readonly unknown[]>> = {
		exp: [
			...[undefined, null, "soon", String(now() + 900), (now() + 900) * 1000, now() - 120, 253_402_300_799, {}],
			...[now() + 7 * 86_400 + 3_600, -1, 0],
		],
		nbf: ["now", now() + 300, now() * 1000, null],
		iat: ["now", now() + 300, now() * 1000, null],
		jti: [undefined, null, "", "a b", "a\nb", "x".repeat(129), 1.5, 2 ** 60, [], {}, true],
		aud: [undefined, null, "", "elsewhere", ["elsewhere"], 1],
		payment: [undefined, null, "12.50", 12.5],
	};
	for (const [claim, values] of Object.entries(wrong)) {
		test(`a wrong ${claim} is named, with what it must be`, async () => {
			const count = await requests();
			for (const value of values) {
				const { status, json } = await bring(byHand({ [claim]: value }));
				assert.deepEqual(
					[status, json.code, json.field],
					[401, "order_invalid", `order.${claim}`],
					JSON.stringify(value),
				);
				assert.match(
					String(json.detail),
					claim === "exp" ? /^(exp must be|The order has expired)/ : new RegExp(`^${claim} must be`),
				);
			}
			assert.equal(await requests(), count);
		});
	}

	test("without a valid signature are not named in the answer", async () => {
		const [header, claims] = byHand({ exp: "soon" }).split(".");
		const { json } = await bring(`${header}.${claims}.${"A".repeat(43)}`);
		assert.deepEqual([json.code, json.field], ["order_invalid", undefined]);
		for (const alg of ["none", "HS384", "RS256", "hs256"]) {
			const other = await bring(byHand({}, { alg }));
			assert.deepEqual([other.status, other.json.code, other.json.field], [401, "order_invalid", undefined], alg);
		}
	});

	test("a payment without an amount is refused with the field's name", async () => {
		const eft = { product: "eft", referenceId: "r", payor: { firstName: "Ada", lastName: "Tremblay" } };
		const { status, json } = await bring(byHand({ payment: eft }));
		assert.deepEqual([status, json.code, json.field], [400, "invalid_input", "order.payment.amount"]);
	});
});

describe("a preflight", () => {
	const preflight = (path: string, origin: string) =>
		call(path, {
			method: "OPTIONS",
			headers: {
				Origin: origin,
				"Access-Control-Request-Method": "POST",
				"Access-Control-Request-Headers": "content-type",
			},
		});

	test("from an allowed origin is answered 204", async () => {
		for (const path of ["/payments", "/payments/1-abc"]) {
			const { status, headers } = await preflight(path, SHOP);
			assert.equal(status, 204);
			assert.equal(headers.get("access-control-allow-origin"), SHOP);
			assert.equal(headers.get("vary")?.includes("Origin"), true);
			assert.match(headers.get("access-control-allow-headers") ?? "", /content-type/i);
			assert.equal(headers.get("access-control-allow-credentials"), null);
		}
	});

	test("from another origin, or for another path, is answered 405", async () => {
		for (const [path, origin] of [
			["/payments", "https://evil.example"],
			["/payments/1-abc", "https://evil.example"],
			["/payments/1-abc/cancel", SHOP],
			["/payments/1-abc/events", SHOP],
			["/webhooks/flinks", SHOP],
		] as const) {
			const { status, headers } = await preflight(path, origin);
			assert.equal(status, 405);
			assert.equal(headers.get("access-control-allow-origin"), null);
		}
	});
});

describe("a capability", () => {
	const read = (id: unknown, capability: unknown, init: RequestInit = {}) =>
		call(`/payments/${id}`, { headers: { Origin: SHOP, Authorization: `Bearer ${capability}` }, ...init });

	test("reads the status of its one payment, and no more of it", async () => {
		const { json } = await bring(await sign());
		const answer = await read(json.id, json.capability);
		assert.equal(answer.status, 200, answer.text);
		assert.deepEqual(answer.json, {
			...{ id: json.id, referenceId: payment.referenceId },
			...{ status: "Initiated", funds: "none", paid: false, final: false },
		});
		assert.equal(answer.headers.get("access-control-allow-origin"), SHOP);
	});

	test("reads its payment by an id in another case", async () => {
		const { json } = await bring(await sign());
		const answer = await read(String(json.id).toUpperCase(), json.capability);
		assert.deepEqual([answer.status, answer.json.id], [200, json.id]);
	});

	test("allows nothing else", async () => {
		const [one, other] = [(await bring(await sign())).json, (await bring(await sign())).json];
		const count = await requests();
		assert.equal((await read(other.id, one.capability)).status, 401);
		for (const path of ["events", "cancel", "resolution", "resend"]) {
			const init = path === "events" ? {} : { method: "POST", body: "{}" };
			assert.equal((await read(`${one.id}/${path}`, one.capability, init)).status, 401);
		}
		const headers = { Origin: SHOP, Authorization: `Bearer ${one.capability}` };
		assert.equal((await call("/payments", { headers })).status, 401, "the list");
		assert.equal((await read(one.id, await sign())).status, 401, "an order is none");
		const forged = await new SignJWT()
			.setProtectedHeader({ alg: "HS256" })
			.setAudience("flinkspay-edge/payment")
			.setSubject(String(one.id))
			.setExpirationTime("1h")
			.sign(new TextEncoder().encode(`${secret}x`));
		assert.equal((await read(one.id, forged)).status, 401);
		assert.equal(await requests(), count);
	});
});
