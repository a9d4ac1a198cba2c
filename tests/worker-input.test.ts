// What the Worker refuses before it sends anything to Flinks, and what it accepts at its limits.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { startSandbox, startWorker } from "../tools/processes.ts";
import {
	apiKey,
	assertAnswersAndLogs,
	assertProblem,
	callsTo,
	credentials,
	journalOf,
	type OpenApi,
	params,
} from "./worker/calls.ts";

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
	...["\u0600", "\u06dd", "\u070f", "\u0890", "\u08e2", "\u{110bd}", "\u{13430}", "\u{1bca0}", "\u{1d159}"],
	// Separators of lines and paragraphs.
	...["a\u2028b", "order\u2029"],
	// Characters that change the direction of text.
	...["\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\u200e", "\u200f"].map(
		(turning) => `order-1001${turning}x`,
	),
	"\u061cx",
];

/** Names of people. */
const names = ["علی‌رضا", "क्‍ष", "Zoë Đặng", "山田太郎", "𠮷野家", "👨‍👩‍👧", "O’Brien-Núñez, Jr.", "é", "أحمد", "דוד"];

const { FLINKS_USERNAME: username, FLINKS_PASSWORD: password } = credentials;
const sandbox = await startSandbox({ username, password });
const worker = await startWorker({
	sandboxUrl: sandbox.url,
	secrets: { ...credentials, API_KEY: apiKey },
	// Long enough for a busy machine.
	vars: { FLINKS_TIMEOUT_MS: "90000", FLINKS_DEADLINE_MS: "100000" },
});
const { call, pay, read } = callsTo(worker);
const { createsNothing } = journalOf(sandbox);
after(() => Promise.all([sandbox.stop(), worker.stop()]));

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
			...[
				"\u200b",
				"\u200c",
				"\u200d",
				"\u2060",
				"\u00ad",
				"\u202e",
				"\ufeff",
				"\u{e0061}",
				"\u06dd",
				"\u3164",
				"\u2800",
				"\ufe0f",
				"\u034f",
				"\u{1d159}",
			].flatMap((format) => [
				...[
					`ada${format}@example.com`,
					`${format}ada@example.com`,
					`ada@exam${format}ple.com`,
					`ada@example.com${format}`,
				],
			]),
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

	test("accepts a name by the pattern of the OpenAPI document", async () => {
		const doc = (await call(worker, "/openapi.json")).json as unknown as OpenApi;
		const { pattern = "" } = doc.components.schemas.InteracParams?.properties?.customerName ?? {};
		const name = new RegExp(pattern, "u");
		for (const text of wrongText) {
			const isShort = typeof text === "string" && text.length < 256;
			if (isShort && text.isWellFormed()) assert.doesNotMatch(text, name, JSON.stringify(text));
		}
		for (const text of names) assert.match(text, name);
	});
});

test("every answer is in the OpenAPI document, no secret is in any answer or log, and no payor is in any log", () =>
	assertAnswersAndLogs(worker));
