// The Worker in workerd, over HTTP, in front of the sandbox, or of an upstream that fails on demand.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { after, before, describe, test } from "node:test";
import type { JournalEntry } from "../sandbox/src/types.ts";
import { type Running, startSandbox, startWorker } from "./processes.ts";

const HOST = "127.0.0.1";
const apiKey = crypto.randomUUID();
const previousKey = crypto.randomUUID();
const credentials = { FLINKS_USERNAME: crypto.randomUUID(), FLINKS_PASSWORD: crypto.randomUUID() };
const wrongPassword = crypto.randomUUID();
const payor = { customerName: "Zephyrine Canary", customerEmail: "zephyrine.canary@example.com" };
const params = { referenceId: "order-1001", amount: "12.50", ...payor };

/** Values that are not one line of visible text. */
const wrongText = [
	undefined,
	null,
	"",
	" ",
	7,
	true,
	{},
	[],
	"x".repeat(256),
	"a\nb",
	"a\u0000b",
	"\ud800",
	"\ufffd",
	// Invisible characters.
	...["\u200b", "\u200d", "\u00ad\u2060", " \u3164 ", "\u115f", "\ufe0f", "\u2800", "\u{e0061}", "\ufeff", "\u034f"],
	// Characters that change the direction of text.
	...["\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\u200e", "\u200f"].map(
		(turning) => `order-1001${turning}x`,
	),
	"\u061cx",
];

/** Names of people. */
const names = ["علی‌رضا", "क्‍ष", "Zoë Đặng", "山田太郎", "𠮷野家", "👨‍👩‍👧", "O’Brien-Núñez, Jr.", "é", "أحمد", "דוד"];

let sandbox: Running;
/** With every binding. */
let worker: Running;
/** Without FLINKS_PASSWORD. */
let unconfigured: Running;
/** With a password that the sandbox refuses. */
let locked: Running;
/** In front of the upstream that fails on demand. */
let unlucky: Running;

before(async () => {
	const { FLINKS_USERNAME: username, FLINKS_PASSWORD: password } = credentials;
	sandbox = await startSandbox({ username, password });
	const sandboxUrl = sandbox.url;
	const secrets = { ...credentials, API_KEY: apiKey };
	[worker, unconfigured, locked, unlucky] = await Promise.all([
		startWorker({
			sandboxUrl,
			secrets,
			// Long enough for 200 payments at once on a busy machine.
			vars: { API_KEY_PREVIOUS: previousKey, FLINKS_TIMEOUT_MS: "90000", FLINKS_DEADLINE_MS: "100000" },
		}),
		startWorker({ sandboxUrl, secrets: { FLINKS_USERNAME: username, API_KEY: apiKey } }),
		startWorker({ sandboxUrl, secrets: { ...secrets, FLINKS_PASSWORD: wrongPassword } }),
		startWorker({
			sandboxUrl: await upstream.listen(),
			secrets,
			vars: { FLINKS_TIMEOUT_MS: "2000", FLINKS_DEADLINE_MS: "9000" },
		}),
	]);
});

after(async () => {
	await Promise.all([sandbox, worker, unconfigured, locked, unlucky].map((one) => one?.stop()));
	upstream.close();
});

// --- Requests and answers ----------------------------------------------------------------------------------------

/** Every answer, for the checks of all of them. */
const allAnswers: { method: string; path: string; status: number; text: string }[] = [];

interface Answer {
	status: number;
	headers: Headers;
	text: string;
	json: Record<string, unknown>;
}

async function call(to: Running, path: string, init: RequestInit = {}): Promise<Answer> {
	const response = await fetch(to.url + path, { redirect: "manual", signal: AbortSignal.timeout(110_000), ...init });
	const text = await response.text();
	allAnswers.push({ method: init.method ?? "GET", path, status: response.status, text });
	const json = (/json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : {}) as Answer["json"];
	return { status: response.status, headers: response.headers, text, json };
}

interface Ask {
	to?: Running;
	headers?: Readonly<Record<string, string | undefined>>;
	body?: unknown;
	text?: RequestInit["body"];
}

/** `POST /payments`. A header that is `undefined` is left out; `text` is sent in place of `body` as it is. */
function pay({ to = worker, headers = {}, body = params, text }: Ask = {}): Promise<Answer> {
	const all = {
		Authorization: `Bearer ${apiKey}`,
		"Content-Type": "application/json",
		"Idempotency-Key": crypto.randomUUID(),
		...headers,
	};
	const sent = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
	const init = { method: "POST", headers: new Headers(sent.map(([name, value]) => [name, value])), duplex: "half" };
	return call(to, "/payments", { ...init, body: text ?? JSON.stringify(body) } as RequestInit);
}

function read(id: string, to = worker): Promise<Answer> {
	return call(to, `/payments/${id}`, { headers: { Authorization: `Bearer ${apiKey}` } });
}

/** Asserts what every error answer has, and what this one is to have. */
function assertProblem(
	answer: Answer,
	expected: { status: number; code: string; outcome?: string; field?: string; referenceId?: string; id?: string },
): void {
	const { status, headers, json } = answer;
	const { type, title, instance, detail, ...rest } = json;
	assert.deepEqual(rest, { outcome: "not_sent", ...expected });
	assert.equal(status, expected.status);
	assert.equal(type, `urn:flinkspay-edge:problem:${expected.code}`);
	assert.equal(typeof title, "string");
	assert.ok(detail === undefined || typeof detail === "string");
	assert.equal(headers.get("content-type"), "application/problem+json");
	assert.equal(headers.get("cache-control"), "no-store");
	const requestId = headers.get("x-request-id") ?? "";
	assert.match(requestId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
	assert.equal(instance, `urn:uuid:${requestId}`);
	assert.equal(headers.get("access-control-allow-origin"), null);
}

async function journal(): Promise<JournalEntry[]> {
	return (await (await fetch(`${sandbox.url}/sandbox/journal`)).json()) as JournalEntry[];
}

/** The requests to the sandbox that may create something. Polls run too, and they authorize. */
async function creating(): Promise<JournalEntry[]> {
	return (await journal()).filter(({ method, path }) => method === "POST" && path !== "/api/v1/authorize");
}

/** Asserts that during the act no request that may create something reaches the sandbox. */
async function createsNothing(act: () => Promise<void>): Promise<void> {
	const { length } = await creating();
	await act();
	assert.equal((await creating()).length, length);
}

// --- The sandbox behind it ---------------------------------------------------------------------------------------

describe("payments", () => {
	test("are started, paid and read", async () => {
		const created = await pay({
			body: { ...params, product: "interac", clientUris: { redirect: "https://x.example" } },
		});
		assert.equal(created.status, 201, created.text);
		const { id, requestId, sessionId, referenceId, appUrl, status } = created.json;
		assert.deepEqual(Object.keys(created.json).sort(), [
			"appUrl",
			"id",
			"referenceId",
			"requestId",
			"sessionId",
			"status",
		]);
		assert.match(String(id), /^\d{1,2}-[0-9a-f-]{36}$/);
		assert.equal(referenceId, "order-1001");
		assert.equal(status, "Initiated");
		assert.equal(appUrl, `${sandbox.url}/app/?sessionId=${sessionId}`);
		assert.equal(created.headers.get("cache-control"), "no-store");
		assert.ok(created.headers.get("x-request-id"));

		await fetch(`${sandbox.url}/sandbox/sessions/${sessionId}/play`, {
			method: "POST",
			headers: { "Content-Type": "application/json" },
			body: "{}",
		});
		const paid = await read(String(id));
		assert.equal(paid.status, 200);
		const { createdAt, readAt, ...known } = paid.json;
		assert.deepEqual(known, {
			...{ id, product: "interac", requestId, sessionId, referenceId, amount: "12.50" },
			...{ status: "Accepted", funds: "guaranteed", paid: true, paidAmount: "12.50", final: false },
		});
		assert.ok(Date.parse(String(createdAt)) <= Date.parse(String(readAt)));
		assert.equal(paid.headers.get("cache-control"), "no-store");

		const sent = (await journal()).find(
			(entry) => entry.path === "/api/v1/sessions/initiate" && entry.sessionId === sessionId,
		);
		assert.deepEqual(sent?.body, { ...params, amount: 12.5, clientURIs: { redirect: "https://x.example" } });
	});

	test("send clientUris unchanged", async () => {
		const text = JSON.stringify(params).replace("{", '{"clientUris":{"prototype":{"a":1},"b":[null,2]},');
		const { status, json } = await pay({ text });
		assert.equal(status, 201);
		const sent = (await journal()).find((entry) => entry.body?.referenceId && entry.sessionId === json.sessionId);
		assert.equal(JSON.stringify(sent?.body?.clientURIs), '{"prototype":{"a":1},"b":[null,2]}');
	});

	test("are refused with the path of a key that JavaScript would lose", async () => {
		for (const name of ["__proto__", "constructor"]) {
			const text = JSON.stringify(params).replace("{", `{"clientUris":{"b":{"${name}":{"a":1}}},`);
			const { status, json } = await pay({ text });
			assert.deepEqual([status, json.code, json.field], [400, "invalid_input", `clientUris.b.${name}`]);
		}
	});

	test("do not mix when 200 start at once, and no token starts two sessions", async () => {
		const { length } = await creating();
		const asked = Array.from({ length: 200 }, (_, i) => ({ ...params, referenceId: `many-${i}` }));
		const answers = await Promise.all(asked.map((body) => pay({ body })));
		for (const [i, answer] of answers.entries()) {
			assert.equal(answer.status, 201, answer.text);
			assert.equal(answer.json.referenceId, `many-${i}`);
		}
		assert.equal(new Set(answers.map(({ json }) => json.sessionId)).size, 200);
		assert.equal(new Set(answers.map(({ json }) => json.requestId)).size, 200);

		const entries = (await creating()).slice(length);
		const initiated = entries.filter((entry) => entry.path === "/api/v1/sessions/initiate");
		const requested = entries.filter((entry) => entry.path === "/api/v1/paymentrequests");
		assert.equal(entries.length, 400);
		assert.equal(requested.length, 200);
		const sessionOf = new Map(initiated.map((entry) => [entry.token, entry.sessionId]));
		assert.equal(sessionOf.size, 200, "a token was sent to initiate twice");
		for (const { token, sessionId } of requested) assert.equal(sessionOf.get(token), sessionId);
		const referenceOf = new Map(initiated.map((entry) => [entry.sessionId, entry.body?.referenceId]));
		const requestOf = new Map(requested.map((entry) => [entry.sessionId, entry.requestId]));
		for (const { json } of answers) {
			assert.equal(referenceOf.get(String(json.sessionId)), json.referenceId);
			assert.equal(requestOf.get(String(json.sessionId)), json.requestId);
		}
	});

	test("are read by their id in any case", async () => {
		const { json } = await pay();
		const { status, json: view } = await read(String(json.id).toUpperCase());
		assert.deepEqual([status, view.id], [200, json.id]);
	});

	test("are not found by an unknown id", () =>
		createsNothing(async () => {
			for (const id of [crypto.randomUUID(), `3-${crypto.randomUUID()}`, `16-${crypto.randomUUID()}`, "abc"]) {
				assertProblem(await read(id), { status: 404, code: "not_found", id });
			}
		}));
});

describe("without the API key", () => {
	test("healthz answers, and needs no binding", async () => {
		for (const to of [worker, unconfigured]) {
			const { status, json, headers } = await call(to, "/healthz");
			assert.equal(status, 200);
			assert.deepEqual(json, { status: "ok" });
			assert.ok(headers.get("x-request-id"));
		}
	});

	test("the OpenAPI document is complete", async () => {
		const { status, json } = await call(worker, "/openapi.json");
		assert.equal(status, 200);
		const doc = json as unknown as OpenApi;
		assert.equal(doc.openapi, "3.1.0");
		assert.deepEqual(routesOf(doc), [
			...[
				"get /config",
				"get /events",
				"get /healthz",
				"get /openapi.json",
				"get /payments",
				"get /payments/{id}",
				"get /payments/{id}/events",
			],
			...[
				"post /payments",
				"post /payments/{id}/cancel",
				"post /payments/{id}/guarantee",
				"post /payments/{id}/resend",
				"post /payments/{id}/resolution",
			],
			"post /webhooks/flinks",
		]);
		assert.equal(doc.components.securitySchemes.apiKey?.scheme, "bearer");
		const { $ref } = doc.webhooks.payment.post.requestBody.content["application/json"].schema;
		assert.equal($ref, "#/components/schemas/Message");

		for (const reference of JSON.stringify(doc).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
			const found = String(reference[1])
				.split("/")
				.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], doc);
			assert.ok(found, `${reference[1]} is missing`);
		}
		for (const [path, methods] of Object.entries(doc.paths)) {
			for (const operation of Object.values(methods)) {
				const scheme = path.startsWith("/webhooks") ? "webhookSignature" : "apiKey";
				const [first] = operation.security ?? [];
				assert.deepEqual(first, /^.(payments|events|webhooks|config)/.test(path) ? { [scheme]: [] } : undefined);
				for (const [code, { content, headers }] of Object.entries(operation.responses)) {
					assert.ok(headers["X-Request-Id"] && headers["Cache-Control"]);
					if (Number(code) < 400) continue;
					assert.deepEqual(content, {
						"application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
					});
					assert.equal("Retry-After" in headers, ["409", "429", "503"].includes(code));
					assert.equal("WWW-Authenticate" in headers, code === "401");
				}
			}
		}
		const create = doc.paths["/payments"]?.post;
		assert.deepEqual(Object.keys(create?.responses ?? {}), [
			...["201", "400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "502", "503", "504"],
		]);
		assert.deepEqual(
			create?.parameters?.map(({ name, in: place, required }) => [name, place, required]),
			[["Idempotency-Key", "header", false]],
		);
		const requiredOf = (name: string) => {
			const schema = doc.components.schemas[name];
			assert.equal(schema?.additionalProperties, false);
			return schema.required;
		};
		assert.deepEqual(requiredOf("InteracParams"), ["referenceId", "amount", "customerName", "customerEmail"]);
		for (const name of ["ETransferParams", "EftParams", "GeftParams"]) {
			assert.deepEqual(requiredOf(name), ["product", "referenceId", "payor"]);
		}
		// Every pattern is valid, and matches its example.
		let patterns = 0;
		const visit = (at: unknown): void => {
			if (typeof at !== "object" || at === null) return;
			const { pattern, example } = at as { pattern?: unknown; example?: unknown };
			if (typeof pattern === "string") {
				patterns += 1;
				if (example !== undefined) assert.match(String(example), new RegExp(pattern, "u"));
				assert.doesNotMatch("", new RegExp(pattern, "u"));
			}
			Object.values(at).forEach(visit);
		};
		visit(doc);
		assert.ok(patterns > 40, `${patterns}`);
		// The document's pattern for a name accepts what the Worker accepts.
		const { pattern = "" } = doc.components.schemas.InteracParams?.properties?.customerName ?? {};
		const name = new RegExp(pattern, "u");
		for (const text of wrongText) {
			const isShort = typeof text === "string" && text.length < 256;
			if (isShort && text.isWellFormed()) assert.doesNotMatch(text, name, JSON.stringify(text));
		}
		for (const text of names) assert.match(text, name);
	});
});

describe("the API key", () => {
	test("is accepted, and so is the previous one", async () => {
		for (const authorization of [`Bearer ${apiKey}`, `bearer ${apiKey}`, `Bearer ${previousKey}`]) {
			assert.equal((await pay({ headers: { Authorization: authorization } })).status, 201);
		}
		// Without API_KEY_PREVIOUS the previous key is refused.
		const answer = await pay({ to: locked, headers: { Authorization: `Bearer ${previousKey}` } });
		assert.equal(answer.status, 401);
	});

	test("is required before anything else is checked", () =>
		createsNothing(async () => {
			const wrong = [
				undefined,
				"",
				"Bearer",
				"Bearer ",
				`Basic ${btoa(`:${apiKey}`)}`,
				apiKey,
				`Bearer ${apiKey}x`,
				`Bearer ${apiKey.slice(1)}`,
				`Bearer ${apiKey} ${apiKey}`,
				`Bearer ${apiKey.toUpperCase()}!`,
				`Bearer ${crypto.randomUUID()}`,
			];
			for (const authorization of wrong) {
				for (const ask of [{}, { text: "{" }, { text: "x".repeat(17 * 1024) }]) {
					const answer = await pay({ ...ask, headers: { Authorization: authorization, "Idempotency-Key": undefined } });
					assertProblem(answer, { status: 401, code: "unauthorized" });
					assert.equal(answer.headers.get("www-authenticate"), "Bearer");
				}
			}
			assertProblem(await call(worker, `/payments/${crypto.randomUUID()}`), { status: 401, code: "unauthorized" });
		}));
});

describe("before it sends anything, the Worker", () => {
	const invalid = (field?: string) => ({
		status: 400,
		code: "invalid_input",
		...(field === undefined ? {} : { field }),
	});

	test("refuses an Idempotency-Key that is missing or malformed", () =>
		createsNothing(async () => {
			for (const key of [undefined, "", "k".repeat(256), "a b", "a\tb", "clé"]) {
				assertProblem(await pay({ headers: { "Idempotency-Key": key } }), invalid("Idempotency-Key"));
			}
		}));

	test("accepts an Idempotency-Key at its limits", async () => {
		for (const key of ["!", "~".repeat(255)]) {
			assert.equal((await pay({ headers: { "Idempotency-Key": key } })).status, 201);
		}
	});

	const wrong: Readonly<Record<string, readonly unknown[]>> = {
		product: [null, "", "card", "Interac", 1],
		referenceId: wrongText,
		amount: [
			...[undefined, null, true, {}, [], 12.5, 12, 0, "", " ", "0", "0.00", "-1", "+1", "1.234", "1e3", "1,50", ".5"],
			...["5.", "01", "1 ", "1\n", "Infinity", "NaN", "0x10", "１", "12345678901234", "12345678901234.00"],
		],
		customerName: wrongText,
		customerEmail: [
			...wrongText,
			...["ada", "ada@", "@example.com", "ada@example", "a b@example.com", "a@b@example.com", "a..b@example.com"],
			...[
				"ada@-x.com",
				"ada@x-.com",
				"ada@.com",
				"ada@example.com.",
				"Ada <ada@example.com>",
				"a@e.com\r\nBcc: b@e.com",
			],
			...[`${"a".repeat(65)}@example.com`, `ada@${"x".repeat(252)}.com`],
			...["\u200b", "\u200c", "\u200d", "\u2060", "\u00ad", "\u202e", "\ufeff", "\u{e0061}", "\u06dd"].flatMap(
				(format) => [
					...[
						`ada${format}@example.com`,
						`${format}ada@example.com`,
						`ada@exam${format}ple.com`,
						`ada@example.com${format}`,
					],
				],
			),
		],
		clientUris: [null, "x", 1, [], [{}], JSON.parse(`${'{"a":'.repeat(9)}1${"}".repeat(9)}`)],
	};
	test("accepts names as people write them", async () => {
		for (const customerName of names) {
			const { status, text } = await pay({ body: { ...params, customerName, referenceId: customerName } });
			assert.equal(status, 201, `${customerName}: ${text}`);
		}
	});

	for (const [field, values] of Object.entries(wrong)) {
		test(`refuses a wrong ${field}`, () =>
			createsNothing(async () => {
				for (const value of values) {
					const answer = await pay({ body: { ...params, [field]: value } });
					// An error of the client's own checks has the payment's referenceId, and the path within an object.
					const { referenceId, field: path, ...json } = answer.json;
					assert.ok(referenceId === undefined || referenceId === params.referenceId);
					assertProblem({ ...answer, json: { ...json, field: String(path).split(".")[0] } }, invalid(field));
				}
			}));
	}

	test("refuses an amount that is a number with the reason", async () => {
		const { json } = await pay({ body: { ...params, amount: 12.5 } });
		assert.match(String(json.detail), /must be text/);
	});

	test("refuses an unknown field", () =>
		createsNothing(async () => {
			for (const key of ["clientURIs", "customername", "__proto__", "constructor"]) {
				const text = JSON.stringify(params).replace("{", `{${JSON.stringify(key)}:{},`);
				assertProblem(await pay({ text }), invalid(key));
			}
		}));

	test("does not repeat a field's name that may hold personal data", () =>
		createsNothing(async () => {
			const { json } = await pay({ body: { ...params, "customerEmail=ada@example.com": "" } });
			assert.deepEqual([json.code, json.field], ["invalid_input", undefined]);
			assert.ok(!JSON.stringify(json).includes("ada@example.com"));
		}));

	test("refuses a body that is not a JSON object", () =>
		createsNothing(async () => {
			const broken = ["", "{", '{"a":}', "undefined", `${JSON.stringify(params)}x`, `\ufeff${JSON.stringify(params)}`];
			for (const text of broken) assertProblem(await pay({ text }), invalid());
			const latin1 = Buffer.from(JSON.stringify({ ...params, customerName: "Zoë" }), "latin1");
			assertProblem(await pay({ text: latin1 }), invalid());
			for (const body of [null, [], "text", 1]) assertProblem(await pay({ body }), invalid());
			assertProblem(await pay({ text: "[".repeat(16 * 1024) }), invalid());
			for (const [open, close] of [
				["[", "]"],
				['{"a":', "}"],
			] as const) {
				for (const levels of [100, 2_000, 2_700]) {
					const deep = `${open.repeat(levels)}1${close.repeat(levels)}`;
					assertProblem(await pay({ text: deep }), invalid());
					assertProblem(await pay({ text: JSON.stringify(params).replace("{", `{"clientUris":${deep},`) }), invalid());
				}
			}
			const most = `${"[".repeat(8_000)}${"]".repeat(8_000)}`;
			assertProblem(await pay({ text: most }), invalid());
			assertProblem(
				await pay({ text: JSON.stringify(params).replace("{", `{"clientUris":{"a":${most}},`) }),
				invalid(),
			);
		}));

	test("refuses another media type", () =>
		createsNothing(async () => {
			const types = ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/ld+json"];
			for (const type of [undefined, "", ...types, "application/json; charset=latin1"]) {
				const answer = await pay({ headers: { "Content-Type": type } });
				assertProblem(answer, { status: 415, code: "unsupported_media_type" });
			}
		}));

	test("accepts a charset of UTF-8", async () => {
		for (const type of ["application/json;charset=utf-8", 'Application/JSON; charset="UTF-8"']) {
			assert.equal((await pay({ headers: { "Content-Type": type } })).status, 201);
		}
	});

	test("refuses more than 16 KiB, with or without a Content-Length", () =>
		createsNothing(async () => {
			for (const text of ["x".repeat(17 * 1024), JSON.stringify(params).padEnd(16 * 1024 + 1)]) {
				for (const body of [text, new Blob([text]).stream()]) {
					assertProblem(await pay({ text: body }), { status: 413, code: "payload_too_large" });
				}
			}
		}));

	test("accepts 16 KiB", async () => {
		const text = JSON.stringify(params).padEnd(16 * 1024);
		for (const body of [text, new Blob([text]).stream()]) assert.equal((await pay({ text: body })).status, 201);
	});

	test("refuses an id that is malformed", () =>
		createsNothing(async () => {
			for (const id of ["a_b", "a.b", "a%2Fb", "a%20b", "x".repeat(65), "%ff"]) {
				const answer = await read(id);
				assertProblem(answer, invalid("id"));
			}
		}));

	test("refuses a path or a method that does not exist", () =>
		createsNothing(async () => {
			const headers = { Authorization: `Bearer ${apiKey}` };
			for (const path of ["/", "/payments/", "/payments/a/b", "/Payments", "/healthz/", "/webhooks", "/.env"]) {
				assertProblem(await call(worker, path, { headers }), { status: 404, code: "not_found" });
			}
			const allowed = {
				"/payments": "POST, GET, HEAD",
				"/payments/abc": "GET, HEAD",
				"/payments/abc/events": "GET, HEAD",
				"/payments/abc/cancel": "POST",
				"/payments/abc/resolution": "POST",
				"/payments/abc/resend": "POST",
				"/webhooks/flinks": "POST",
				"/healthz": "GET, HEAD",
				"/openapi.json": "GET, HEAD",
			};
			for (const [path, allow] of Object.entries(allowed)) {
				for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
					if (allow.split(", ").includes(method)) continue;
					const answer = await call(worker, path, { method, headers: { ...headers, Origin: "https://shop.example" } });
					assertProblem(answer, { status: 405, code: "method_not_allowed" });
					assert.equal(answer.headers.get("allow"), allow);
				}
			}
		}));
});

describe("a wrong deployment", () => {
	test("names a missing binding", () =>
		createsNothing(async () => {
			const missing = { status: 503, code: "misconfigured", field: "FLINKS_PASSWORD" };
			assertProblem(await pay({ to: unconfigured }), missing);
			// Routes that do not ask Flinks still answer.
			assertProblem(await read("abc", unconfigured), { status: 404, code: "not_found", id: "abc" });
			// A caller without the key does not learn it.
			const answer = await pay({ to: unconfigured, headers: { Authorization: undefined } });
			assertProblem(answer, { status: 401, code: "unauthorized" });
		}));

	test("tries refused credentials once", async () => {
		await createsNothing(async () => {
			assertProblem(await pay({ to: locked }), {
				...{ status: 502, code: "credentials_rejected", outcome: "not_sent", referenceId: params.referenceId },
			});
		});
		const refused = (await journal()).filter(({ path, status }) => path === "/api/v1/authorize" && status === 401);
		assert.equal(refused.length, 1);
	});
});

// --- An upstream that fails on demand ----------------------------------------------------------------------------

type Stage = "authorize" | "initiate" | "payment_request" | "status";
type Reply = { status: number; headers?: Record<string, string>; body?: string } | "hang" | "drop";

/** Answers as Flinks does, except at the stages in `broken`. */
const upstream = new (class {
	broken: Partial<Record<Stage, Reply>> = {};
	seen: Stage[] = [];
	readonly #server = createServer((request, response) => {
		const stage = stageOf(request.method ?? "", request.url ?? "");
		this.seen.push(stage);
		request.resume().on("end", () => this.#answer(stage, response));
	});

	async listen(): Promise<string> {
		this.#server.listen(0, HOST);
		await once(this.#server, "listening");
		const address = this.#server.address();
		assert.ok(address !== null && typeof address === "object");
		return `http://${HOST}:${address.port}`;
	}

	close(): void {
		this.#server.close();
		this.#server.closeAllConnections();
	}

	#answer(stage: Stage, response: ServerResponse): void {
		const good = {
			authorize: { access_token: crypto.randomUUID(), token_type: "bearer", expires_in: 299 },
			initiate: { sessionId: crypto.randomUUID() },
			payment_request: { requestId: crypto.randomUUID() },
			status: { status: "Mystery" },
		}[stage];
		const reply = this.broken[stage] ?? { status: 200, body: JSON.stringify(good) };
		if (reply === "hang") return;
		if (reply === "drop") return void response.destroy();
		response.writeHead(reply.status, { "Content-Type": "application/json", ...reply.headers });
		response.end(reply.body ?? '{"message":"upstream-canary"}');
	}
})();

function stageOf(method: string, path: string): Stage {
	if (path === "/api/v1/authorize") return "authorize";
	if (path === "/api/v1/sessions/initiate") return "initiate";
	return method === "POST" ? "payment_request" : "status";
}

describe("an upstream that fails", () => {
	const redirect = { status: 302, headers: { Location: "https://upstream-canary.example/" } };
	const unknown = { status: 502, code: "outcome_unknown", outcome: "unknown" };
	const refused = (code: string) => ({ status: 422, code, outcome: "rejected" });
	const cases: [Stage, Reply, { status: number; code: string; outcome: string }, retryAfter?: string][] = [
		["authorize", { status: 401 }, { status: 502, code: "credentials_rejected", outcome: "not_sent" }],
		["authorize", { status: 400 }, { status: 502, code: "rejected", outcome: "not_sent" }],
		["authorize", { status: 403 }, { status: 502, code: "forbidden", outcome: "not_sent" }],
		["authorize", { status: 404 }, { status: 502, code: "not_found", outcome: "not_sent" }],
		["authorize", { status: 503 }, { status: 502, code: "upstream_unavailable", outcome: "not_sent" }],
		["authorize", "drop", { status: 502, code: "network", outcome: "not_sent" }],
		["authorize", "hang", { status: 504, code: "timeout", outcome: "not_sent" }],
		["authorize", redirect, { status: 502, code: "unexpected_redirect", outcome: "not_sent" }],
		["authorize", { status: 200 }, { status: 502, code: "upstream_protocol", outcome: "not_sent" }],
		[
			"authorize",
			{ status: 429, headers: { "Retry-After": "7200" } },
			{ status: 429, code: "rate_limited", outcome: "not_sent" },
			"7200",
		],
		["initiate", { status: 400 }, refused("rejected")],
		["initiate", { status: 401 }, refused("token_rejected")],
		["initiate", { status: 403 }, refused("forbidden")],
		["initiate", { status: 404 }, { status: 404, code: "not_found", outcome: "rejected" }],
		["initiate", { status: 409 }, refused("conflict")],
		["initiate", { status: 422 }, refused("rejected")],
		["initiate", { status: 429 }, { status: 429, code: "rate_limited", outcome: "not_sent" }, "30"],
		["initiate", { status: 408 }, unknown],
		["initiate", { status: 500 }, unknown],
		["initiate", redirect, unknown],
		["initiate", { status: 200, body: "<html>upstream-canary" }, unknown],
		["initiate", "drop", unknown],
		["initiate", "hang", unknown],
		["payment_request", { status: 400 }, refused("rejected")],
		["payment_request", { status: 503 }, unknown],
		["payment_request", { status: 200, body: "{}" }, unknown],
		["payment_request", "drop", unknown],
		["status", { status: 404 }, { status: 404, code: "not_found", outcome: "rejected" }],
		["status", { status: 400 }, refused("rejected")],
		["status", { status: 500 }, { status: 502, code: "upstream_unavailable", outcome: "not_sent" }],
		["status", redirect, { status: 502, code: "unexpected_redirect", outcome: "not_sent" }],
		["status", { status: 200 }, { status: 502, code: "upstream_protocol", outcome: "not_sent" }],
		["status", "hang", { status: 504, code: "timeout", outcome: "not_sent" }],
	];
	for (const [stage, reply, expected, retryAfter] of cases) {
		const how = typeof reply === "string" ? reply : `${reply.status} ${reply.body ?? ""}`.trim();
		test(`${stage}: ${how} is ${expected.status} ${expected.code}`, async () => {
			const isRead = stage === "status";
			upstream.broken = {};
			const id = isRead ? String((await pay({ to: unlucky })).json.id) : undefined;
			upstream.broken = { [stage]: reply };
			upstream.seen = [];
			const answer = await (id === undefined ? pay({ to: unlucky }) : read(id, unlucky));
			const { id: named, ...json } = answer.json;
			assertProblem({ ...answer, json }, { ...expected, referenceId: params.referenceId });
			// A payment that cannot exist is forgotten, and has no id.
			const isForgotten = !isRead && expected.outcome === "not_sent";
			assert.equal(named, isForgotten ? undefined : (id ?? named));
			assert.equal(typeof named, isForgotten ? "undefined" : "string");
			assert.equal(answer.headers.get("retry-after"), retryAfter ?? null);
			assert.equal(answer.text.includes("upstream-canary"), false);
			if (expected.outcome === "unknown") {
				assert.equal(upstream.seen.filter((seen) => seen === stage).length, 1, "it was retried");
			}
		});
	}

	test("an undocumented status is handed on and is not paid", async () => {
		upstream.broken = {};
		const { json: created } = await pay({ to: unlucky });
		const { status, json } = await read(String(created.id), unlucky);
		assert.equal(status, 200);
		assert.deepEqual([json.status, json.paid, json.final], ["Mystery", false, false]);
	});
});

// --- All answers -------------------------------------------------------------------------------------------------

interface OpenApi {
	openapi: string;
	paths: Record<string, Record<string, Operation>>;
	webhooks: { payment: { post: { requestBody: { content: { "application/json": { schema: { $ref: string } } } } } } };
	components: {
		schemas: Record<
			string,
			{ additionalProperties?: unknown; required?: string[]; properties?: Record<string, { pattern?: string }> }
		>;
		securitySchemes: Record<string, { scheme: string }>;
	};
}

interface Operation {
	security?: object[];
	parameters?: { name: string; in: string; required: boolean }[];
	responses: Record<string, { headers: Record<string, unknown>; content: unknown }>;
}

function routesOf(doc: OpenApi): string[] {
	return Object.entries(doc.paths)
		.flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
		.sort();
}

describe("all answers and logs", () => {
	test("every answer is in the OpenAPI document", async () => {
		const doc = (await call(worker, "/openapi.json")).json as unknown as OpenApi;
		const undocumented = allAnswers.filter(({ method, path, status }) => {
			const route = doc.paths[path.replace(/^\/payments\/[^/]+/, "/payments/{id}").replace(/\?.*/, "")];
			const operation = route?.[method.toLowerCase()];
			return operation !== undefined && !(status in operation.responses);
		});
		assert.deepEqual(undocumented, []);
	});

	test("no secret is in any answer or log, and no payor is in any log", () => {
		const secrets = [apiKey, previousKey, wrongPassword, ...Object.values(credentials)];
		const encoded = secrets.flatMap((secret) => [secret, btoa(`${credentials.FLINKS_USERNAME}:${secret}`)]);
		const logs = [worker, unconfigured, locked, unlucky].map((one) => one.output());
		assert.ok(
			logs.every((log) => /POST \/payments/.test(log)),
			"the logs are empty",
		);
		const texts = [...allAnswers.map(({ text }) => text), ...logs];
		for (const secret of encoded) assert.equal(texts.filter((text) => text.includes(secret)).length, 0);
		for (const personal of [...Object.values(payor), params.referenceId, "/app/?sessionId"]) {
			assert.equal(logs.filter((log) => log.includes(personal)).length, 0, personal);
		}
	});
});
