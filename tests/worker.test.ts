// The Worker in workerd, over HTTP, in front of the sandbox.

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
	previousKey,
	wrongPassword,
} from "./worker/calls.ts";

const { FLINKS_USERNAME: username, FLINKS_PASSWORD: password } = credentials;
const sandbox = await startSandbox({ username, password });
const secrets = { ...credentials, API_KEY: apiKey };
const [worker, unconfigured, locked] = await Promise.all([
	startWorker({
		sandboxUrl: sandbox.url,
		secrets,
		// Long enough for 200 payments at once on a busy machine.
		vars: { API_KEY_PREVIOUS: previousKey, FLINKS_TIMEOUT_MS: "90000", FLINKS_DEADLINE_MS: "100000" },
	}),
	// Without FLINKS_PASSWORD.
	startWorker({ sandboxUrl: sandbox.url, secrets: { FLINKS_USERNAME: username, API_KEY: apiKey } }),
	// With a password that the sandbox refuses.
	startWorker({ sandboxUrl: sandbox.url, secrets: { ...secrets, FLINKS_PASSWORD: wrongPassword } }),
]);
const { call, pay, read } = callsTo(worker);
const { journal, creating, createsNothing } = journalOf(sandbox);
after(() => Promise.all([sandbox, worker, unconfigured, locked].map((one) => one.stop())));

describe("payments", () => {
	test("are started, paid and read", async () => {
		const created = await pay({
			body: { ...params, product: "interac", clientUris: { redirect: "https://x.example" } },
		});
		assert.equal(created.status, 201, created.text);
		const { id, requestId, sessionId, referenceId, appUrl, status } = created.json;
		const fields = Object.keys(created.json).sort();
		assert.equal(fields.join(), "appUrl,id,referenceId,requestId,sessionId,status");
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

test("every answer is in the OpenAPI document, no secret is in any answer or log, and no payor is in any log", () =>
	assertAnswersAndLogs(worker, unconfigured, locked));

function routesOf(doc: OpenApi): string[] {
	return Object.entries(doc.paths)
		.flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
		.sort();
}
