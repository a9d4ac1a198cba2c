// The ledger as its callers see it: the Worker in workerd in front of the sandbox. What Flinks was asked is in the
// sandbox's journal. Crashes are in crash/.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { signWebhook } from "flinkspay-edge";
import type { JournalEntry } from "../sandbox/src/sandbox.ts";
import { type Running, startSandbox, startWorker } from "../tools/processes.ts";
import { until } from "./notifications/fixture.ts";

const [apiKey, previousKey, webhookSecret, previousSecret] = Array.from({ length: 4 }, () => crypto.randomUUID());
const [username, password] = [crypto.randomUUID(), crypto.randomUUID()];
const person = { firstName: "Zephyrine", lastName: "Canary" };
const params = {
	interac: { amount: "12.50", customerName: "Zephyrine Canary", customerEmail: "zephyrine.canary@example.com" },
	"e-transfer": { amount: "12.50", payor: { ...person, email: "zephyrine.canary@example.com" } },
	eft: { payor: person },
	geft: { amount: "12.50", payor: person, options: { showConsentScreen: true } },
} as const;
type Product = keyof typeof params;
const PRODUCTS = Object.keys(params) as Product[];

let sandbox: Running;
let worker: Running;

before(async () => {
	sandbox = await startSandbox({ username, password });
	worker = await startWorker({
		sandboxUrl: sandbox.url,
		secrets: { FLINKS_USERNAME: username, FLINKS_PASSWORD: password, API_KEY: apiKey ?? "" },
		vars: {
			API_KEY_PREVIOUS: previousKey ?? "",
			FLINKS_WEBHOOK_SECRET: webhookSecret ?? "",
			FLINKS_WEBHOOK_SECRET_PREVIOUS: previousSecret ?? "",
			// The test of a lost cancellation waits this long.
			FLINKS_TIMEOUT_MS: "4000",
			LEDGER_SHARDS: "3",
		},
	});
});
after(() => Promise.all([worker?.stop(), sandbox?.stop()]));

interface Answer {
	status: number;
	headers: Headers;
	text: string;
	json: Record<string, unknown>;
}

async function call(method: string, path: string, body?: unknown, headers: HeadersInit = {}): Promise<Answer> {
	const init = {
		method,
		headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json", ...headers },
		signal: AbortSignal.timeout(60_000),
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	};
	const response = await fetch(worker.url + path, init);
	const text = await response.text();
	return { status: response.status, headers: response.headers, text, json: JSON.parse(text) };
}

interface Asked {
	product?: Product;
	key?: string;
	more?: object;
}

function pay({ product = "interac", key = crypto.randomUUID(), more = {} }: Asked = {}): Promise<Answer> {
	const body = { product, referenceId: `order-${key.slice(0, 8)}`, ...params[product], ...more };
	return call("POST", "/payments", body, { "Idempotency-Key": key });
}

async function created(product: Product = "interac"): Promise<{ id: string; sessionId: string }> {
	const { status, text, json } = await pay({ product });
	assert.equal(status, 201, text);
	return { id: String(json.id), sessionId: String(json.sessionId) };
}

async function control(path: string, body: object): Promise<void> {
	const headers = { "Content-Type": "application/json" };
	const response = await fetch(`${sandbox.url}/sandbox${path}`, {
		method: "POST",
		headers,
		body: JSON.stringify(body),
	});
	assert.ok(response.ok, `${path}: ${await response.text()}`);
}

async function journal(): Promise<JournalEntry[]> {
	return (await (await fetch(`${sandbox.url}/sandbox/journal`)).json()) as JournalEntry[];
}

async function requestsDuring(work: () => Promise<unknown>): Promise<string[]> {
	const { length } = await journal();
	await work();
	return (await journal()).slice(length).map(({ path }) => path);
}

async function eventsOf(id: string): Promise<Record<string, unknown>[]> {
	const { status, json, text } = await call("GET", `/payments/${id}/events`);
	assert.equal(status, 200, text);
	return json.events as Record<string, unknown>[];
}

/** A payment whose outcome is unknown, since Flinks' answer was empty. */
async function unknown(product: Product, step = product === "interac" ? "initiate" : "session") {
	await control("/faults", { step, fault: "empty" });
	const key = crypto.randomUUID();
	const answer = await pay({ product, key });
	assert.deepEqual([answer.status, answer.json.code, answer.json.outcome], [502, "outcome_unknown", "unknown"]);
	return { key, answer, id: String(answer.json.id) };
}

describe("one key, one answer", () => {
	test("a name is the same in each form that Unicode has for it", async () => {
		const key = crypto.randomUUID();
		const named = (form: "NFC" | "NFD") => pay({ key, more: { customerName: "Zoé Lévêque".normalize(form) } });
		const first = await named("NFC");
		assert.equal(first.status, 201, first.text);
		const again = await named("NFD");
		assert.deepEqual([again.status, again.text], [201, first.text]);
		assert.equal((await pay({ key, more: { customerName: "Zoe Leveque" } })).status, 422);
	});

	test("a reference is found in each form that Unicode has for it", async () => {
		const reference = `Zoé-${crypto.randomUUID()}`;
		for (const stored of ["NFC", "NFD"] as const) {
			const { json } = await pay({ more: { referenceId: `${stored}-${reference}`.normalize(stored) } });
			for (const typed of ["NFC", "NFD"] as const) {
				const query = encodeURIComponent(`${stored}-${reference}`.normalize(typed));
				const { payments } = (await call("GET", `/payments?referenceId=${query}`)).json as {
					payments: { id: string }[];
				};
				assert.deepEqual(
					payments.map(({ id }) => id),
					[json.id],
					`${stored} by ${typed}`,
				);
			}
		}
	});

	test("an invalid amount is a mismatch with the same body without an amount", async () => {
		const key = crypto.randomUUID();
		const first = await pay({ product: "eft", key, more: { amount: undefined } });
		assert.equal(first.status, 201, first.text);
		const other = await pay({ product: "eft", key, more: { amount: 99 } });
		assert.deepEqual([other.status, other.json.code], [422, "idempotency_mismatch"]);
	});

	for (const product of PRODUCTS) {
		test(`${product}: the same key again sends nothing to Flinks`, async () => {
			const key = crypto.randomUUID();
			const first = await pay({ product, key });
			assert.equal(first.status, 201, first.text);
			assert.equal(first.headers.get("idempotency-replayed"), null);
			const sent = await requestsDuring(async () => {
				const again = await pay({ product, key });
				assert.deepEqual([again.status, again.text], [201, first.text]);
				assert.equal(again.headers.get("idempotency-replayed"), "true");
			});
			assert.deepEqual(sent, []);
			assert.equal("requestId" in first.json, product === "interac");
		});
	}

	test("the same payment in another notation gets the same answer", async () => {
		const key = crypto.randomUUID();
		const first = await pay({ key, more: { clientUris: { a: 1, b: { c: 2, d: 3 } } } });
		const again = await call(
			"POST",
			"/payments",
			{
				clientUris: { b: { d: 3, c: 2 }, a: 1 },
				customerName: params.interac.customerName,
				amount: "12.5",
				customerEmail: params.interac.customerEmail,
				referenceId: first.json.referenceId,
			},
			{ "Idempotency-Key": key },
		);
		assert.deepEqual([again.status, again.text], [201, first.text]);
	});

	const others = [
		{ amount: "12.51" },
		{ referenceId: "order-2" },
		{ customerName: "Zephyrine Canari" },
		{ customerEmail: "zephyrine@example.com" },
		{ clientUris: {} },
		{ product: "eft", ...params.eft, amount: "12.50", customerName: undefined, customerEmail: undefined },
	];
	for (const more of others) {
		test(`another payment is refused: ${JSON.stringify(more)}`, async () => {
			const key = crypto.randomUUID();
			const { json: first } = await pay({ key });
			const sent = await requestsDuring(async () => {
				const { status, json } = await pay({ key, more });
				assert.deepEqual([status, json.code, json.outcome], [422, "idempotency_mismatch", "not_sent"]);
				assert.equal(json.id, first.id);
			});
			assert.deepEqual(sent, []);
		});
	}

	test("two keys with the same body are two payments", async () => {
		const more = { referenceId: "order-1" };
		const [one, other] = await Promise.all([pay({ more }), pay({ more })]);
		assert.deepEqual([one.status, other.status], [201, 201]);
		assert.notEqual(one.json.sessionId, other.json.sessionId);
	});

	test("200 requests at once with one key are one sequence and one link", async () => {
		const key = crypto.randomUUID();
		const answers: Answer[] = [];
		const sent = await requestsDuring(async () => {
			answers.push(...(await Promise.all(Array.from({ length: 200 }, () => pay({ key })))));
		});
		assert.deepEqual(sent, ["/api/v1/authorize", "/api/v1/sessions/initiate", "/api/v1/paymentrequests"]);
		const good = answers.filter(({ status }) => status === 201);
		assert.ok(good.length > 0);
		assert.equal(new Set(good.map(({ text }) => text)).size, 1);
		for (const { status, json, headers } of answers.filter(({ status }) => status !== 201)) {
			assert.deepEqual([status, json.code, headers.get("retry-after")], [409, "in_progress", "1"]);
			assert.equal(json.id, good[0]?.json.id);
		}
	});

	test("Flinks' refusal is answered again with the same body", async () => {
		const key = crypto.randomUUID();
		await control("/faults", { step: "payment_request", fault: "429", retryAfter: 7 });
		const first = await pay({ key });
		assert.deepEqual([first.status, first.json.code, first.headers.get("retry-after")], [429, "rate_limited", "7"]);
		const sent = await requestsDuring(async () => {
			const again = await pay({ key });
			assert.deepEqual([again.status, again.text, again.headers.get("retry-after")], [429, first.text, "7"]);
			assert.equal(again.headers.get("idempotency-replayed"), "true");
		});
		assert.deepEqual(sent, []);
		const read = await call("GET", `/payments/${first.json.id}`);
		assert.deepEqual([read.json.status, read.json.paid, read.json.final], ["rejected", false, true]);
	});

	test("an unknown outcome is answered again with the same body", async () => {
		const { key, answer, id } = await unknown("interac");
		assert.equal(answer.json.referenceId, `order-${key.slice(0, 8)}`);
		const sent = await requestsDuring(async () => {
			const again = await pay({ key });
			assert.deepEqual([again.status, again.text], [502, answer.text]);
			assert.equal(again.headers.get("idempotency-replayed"), "true");
			const read = await call("GET", `/payments/${id}`);
			assert.deepEqual([read.status, read.json.status, read.json.final], [200, "unknown", false]);
		});
		assert.deepEqual(sent, []);
	});

	test("a key is free again when no request had left that could create a payment", async () => {
		const key = crypto.randomUUID();
		await control("/faults", { step: "authorize", fault: "503", times: 3 });
		const failed = await pay({ key });
		assert.deepEqual([failed.status, failed.json.outcome, failed.json.id], [502, "not_sent", undefined]);
		const answer = await pay({ key, more: { amount: "99.00" } });
		assert.deepEqual([answer.status, answer.headers.get("idempotency-replayed")], [201, null]);
	});
});

describe("one payment", () => {
	test("is read at most every 30 seconds", async () => {
		const { id, sessionId } = await created();
		assert.equal((await requestsDuring(() => call("GET", `/payments/${id}`))).length, 2);
		await control(`/sessions/${sessionId}/play`, {});
		const sent = await requestsDuring(async () => {
			assert.equal((await call("GET", `/payments/${id}`)).json.status, "Initiated");
		});
		assert.deepEqual(sent, []);
	});

	const money = { funds: "guaranteed", paid: true };
	const done: Record<Product, object> = {
		interac: { status: "Accepted", ...money, final: false },
		"e-transfer": { status: "Completed", ...money, final: false },
		// A bank may return it for days.
		eft: { status: "Completed", statusDetails: "EFT0301", funds: "scheduled", paid: false, final: false },
		geft: { status: "Completed", statusDetails: "EFT0301", ...money, final: true },
	};
	for (const product of PRODUCTS) {
		test(`${product}: has the documented funds once its payor has paid`, async () => {
			const { id, sessionId } = await created(product);
			await control(`/sessions/${sessionId}/play`, { amount: 12.5 });
			const { json } = await call("GET", `/payments/${id}`);
			const { status, statusDetails, funds, paid, final } = json;
			const details = statusDetails === undefined ? {} : { statusDetails };
			assert.deepEqual({ status, ...details, funds, paid, final }, done[product]);
			assert.deepEqual([json.product, json.paidAmount, json.amountDiffers], [product, "12.50", undefined]);
		});
	}

	for (const product of PRODUCTS) {
		test(`${product}: is cancelled, once`, async () => {
			const { id } = await created(product);
			const first = await call("POST", `/payments/${id}/cancel`);
			assert.equal(first.status, 200, first.text);
			assert.match(String(first.json.status), /^Cancell?ed$/);
			assert.deepEqual([first.json.paid, first.json.final], [false, true]);
			const sent = await requestsDuring(async () => {
				assert.equal((await call("POST", `/payments/${id}/cancel`)).status, 200);
			});
			assert.deepEqual(sent, []);
			const cancel = (await eventsOf(id)).find(({ type }) => type === "cancel");
			assert.equal(cancel?.by, "API_KEY");
		});
	}

	test("cannot be cancelled when it is settled", async () => {
		const { id, sessionId } = await created();
		await control(`/sessions/${sessionId}/play`, {});
		await control("/settle", { sessionId });
		assert.equal((await call("GET", `/payments/${id}`)).json.status, "Settled");
		const sent = await requestsDuring(async () => {
			const { status, json } = await call("POST", `/payments/${id}/cancel`);
			assert.deepEqual([status, json.code, json.id], [409, "not_possible", id]);
		});
		assert.deepEqual(sent, []);
	});

	test("is read soon after a cancellation whose answer is lost", async () => {
		const { id } = await created();
		await control("/faults", { step: "cancel", fault: "timeout_after" });
		const { status, json } = await call("POST", `/payments/${id}/cancel`);
		assert.deepEqual([status, json.code, json.id], [502, "outcome_unknown", id]);
		await until("it is cancelled", async () => {
			const page = await call("GET", "/payments?status=Cancelled&limit=100");
			return (page.json.payments as { id: string }[]).find((payment) => payment.id === id);
		});
	});

	test("has each attempt, each status and who did what in its timeline, without the payor's name", async () => {
		const { id, sessionId } = await created();
		await control(`/sessions/${sessionId}/play`, {});
		await call("GET", `/payments/${id}`);
		const events = await eventsOf(id);
		const attempt = { type: "attempt", attempt: 1, httpStatus: 200, outcome: "ok" };
		assert.deepEqual(
			events.map(({ at: _, durationMs: __, ...event }) => event),
			[
				{ ...attempt, stage: "authorize" },
				{ ...attempt, stage: "initiate" },
				{ ...attempt, stage: "payment_request" },
				{ type: "outcome", outcome: "created" },
				{ type: "status", status: "Accepted", funds: "guaranteed", paid: true, final: false, amount: "12.50" },
			],
		);
		const times = events.map(({ at }) => Date.parse(String(at)));
		assert.deepEqual(times, times.toSorted());
		const text = JSON.stringify(events);
		for (const secret of [apiKey, password, "Zephyrine", "canary"]) assert.ok(!text.includes(String(secret)));
	});
});

describe("an unknown payment", () => {
	for (const product of ["interac", "eft"] as const) {
		test(`${product}: is watched once it is resolved to what the operator found at Flinks`, async () => {
			const { id, key, answer } = await unknown(product, product === "interac" ? "payment_request" : "session");
			const at = (await journal()).findLast(({ path }) => /paymentrequests$|v2\/sessions$/.test(path));
			const sessionId = String(at?.sessionId);
			const ids = product === "interac" ? { requestId: at?.requestId } : { sessionId };
			const nothing = await call("POST", `/payments/${id}/resolution`, { outcome: "created" });
			assert.deepEqual([nothing.status, nothing.json.field], [400, Object.keys(ids)[0]]);

			const previous = { Authorization: `Bearer ${previousKey}` };
			const resolved = await call("POST", `/payments/${id}/resolution`, { outcome: "created", ...ids }, previous);
			assert.equal(resolved.status, 200, resolved.text);
			const event = (await eventsOf(id)).find(({ type }) => type === "resolution");
			assert.deepEqual([event?.by, event?.outcome], ["API_KEY_PREVIOUS", "created"]);
			assert.ok(Math.abs(Date.parse(String(event?.at)) - Date.now()) < 600_000);

			await control(`/sessions/${sessionId}/play`, { amount: 5 });
			const done = await until("its money is seen", async () => {
				const { json } = await call("GET", `/payments/${id}`);
				if (json.funds !== "none") return json;
				// A read may have come just before the payment; a webhook causes another.
				await hook({ sessionId, status: "Completed", statusDetails: crypto.randomUUID() });
				return undefined;
			});
			assert.equal(done.funds, product === "eft" ? "scheduled" : "guaranteed");

			const again = await pay({ product, key });
			assert.deepEqual([again.status, again.text], [502, answer.text], "the key's answer stays");
		});
	}

	test("keeps its key when it is resolved as not created", async () => {
		const { id, key } = await unknown("interac");
		const resolve = (body: object) => call("POST", `/payments/${id}/resolution`, body);
		const resolved = await resolve({ outcome: "not_created" });
		assert.deepEqual([resolved.status, resolved.json.status, resolved.json.final], [200, "not_created", true]);
		assert.equal((await resolve({ outcome: "not_created" })).status, 200, "the same again");
		const other = await resolve({ outcome: "created", requestId: crypto.randomUUID() });
		assert.deepEqual([other.status, other.json.code], [409, "not_possible"]);
		assert.equal((await pay({ key })).status, 502);
	});

	test("cannot be resolved when its outcome is known", async () => {
		const { id } = await created();
		const { status, json } = await call("POST", `/payments/${id}/resolution`, { outcome: "not_created" });
		assert.deepEqual([status, json.code], [409, "not_possible"]);
	});
});

describe("the list", () => {
	test("pages over all objects, the newest first, each once", async () => {
		const from = new Date().toISOString();
		const ids = [];
		for (let count = 0; count < 12; count++) ids.unshift((await created()).id);
		const to = new Date(Date.now() + 1).toISOString();
		const seen: string[] = [];
		let next: string | undefined;
		do {
			const query = new URLSearchParams({ from, to, limit: "5", ...(next === undefined ? {} : { cursor: next }) });
			const { status, json, text } = await call("GET", `/payments?${query}`);
			assert.equal(status, 200, text);
			const page = json as { payments: { id: string; createdAt: string }[]; next?: string };
			seen.push(...page.payments.map(({ id }) => id));
			next = page.next;
			assert.ok(seen.length <= 12);
		} while (next !== undefined);
		assert.deepEqual(seen, ids);
		assert.ok(new Set(ids.map((id) => id.split("-")[0])).size > 1, "all were in one object");
		const none = await call("GET", `/payments?${new URLSearchParams({ from: to })}`);
		assert.deepEqual(none.json.payments, []);
	});

	test("says how the + of an offset is written", async () => {
		for (const name of ["from", "to"]) {
			for (const offset of ["+00:00", "+05:30"]) {
				const { status, json } = await call("GET", `/payments?${name}=2026-01-01T00:00:00${offset}`);
				assert.deepEqual([status, json.code, json.field], [400, "invalid_input", name]);
				assert.match(String(json.detail), /write \+ as %2B, or use Z/);
			}
			for (const time of ["2026-01-01T00:00:00%2B00:00", "2026-01-01T00:00:00-05:00", "2026-01-01T00:00:00Z"]) {
				assert.equal((await call("GET", `/payments?${name}=${time}`)).status, 200, time);
			}
			const { json } = await call("GET", `/payments?${name}=yesterday`);
			assert.equal(json.detail, "must be a time such as 2026-01-01T00:00:00Z");
		}
	});

	test("filters the payments of unknown outcome", async () => {
		const { id } = await unknown("geft");
		await created();
		const { json } = await call("GET", "/payments?status=unknown&limit=100");
		const found = json.payments as { id: string; status: string }[];
		assert.ok(found.some((payment) => payment.id === id));
		assert.ok(found.every(({ status }) => status === "unknown"));
	});
});

// --- What Flinks sends of itself ---------------------------------------------------------------------------------

interface Hook {
	sessionId: string;
	status: string;
	statusDetails?: string | undefined;
	secret?: string | undefined;
	headers?: Record<string, string>;
}

async function hook({ sessionId, status, statusDetails, secret = webhookSecret, headers }: Hook): Promise<number> {
	const event = {
		event: "SessionSetupStatusChanged",
		when: new Date().toISOString(),
		sessionId,
		status,
		statusDetails,
	};
	const body = JSON.stringify(event);
	const signed = headers ?? signWebhook({ body, secret: secret ?? "", scheme: "geft" });
	const response = await fetch(`${worker.url}/webhooks/flinks`, { method: "POST", body, headers: signed });
	await response.body?.cancel();
	return response.status;
}

describe("a webhook", () => {
	test("has the status read at Flinks, and its own status is not believed", async () => {
		const { id, sessionId } = await created("geft");
		await call("GET", `/payments/${id}`);
		// The status in the webhook is false.
		assert.equal(await hook({ sessionId, status: "Completed", statusDetails: "EFT0301" }), 200);
		await until("the webhook is in the timeline", async () =>
			(await eventsOf(id)).some(({ type }) => type === "webhook") ? true : undefined,
		);
		await new Promise((resolve) => setTimeout(resolve, 500));
		assert.equal((await call("GET", `/payments/${id}`)).json.paid, false);

		await control(`/sessions/${sessionId}/play`, {});
		assert.equal(await hook({ sessionId, status: "Completed", statusDetails: "EFT0302", secret: previousSecret }), 200);
		const json = await until("it is paid", async () => {
			const { json } = await call("GET", `/payments/${id}`);
			return json.paid ? json : undefined;
		});
		assert.deepEqual([json.status, json.final], ["Completed", true]);
	});

	test("that comes again changes nothing", async () => {
		const { id, sessionId } = await created("eft");
		for (let count = 0; count < 3; count++) assert.equal(await hook({ sessionId, status: "Failed" }), 200);
		const webhooks = (await eventsOf(id)).filter(({ type }) => type === "webhook");
		assert.equal(webhooks.length, 1);
	});

	test("about an unknown session is answered 200", async () => {
		assert.equal(await hook({ sessionId: crypto.randomUUID(), status: "Completed" }), 200);
	});

	test("without a valid signature is refused", async () => {
		const { id, sessionId } = await created("eft");
		for (const headers of [{}, { "X-Webhook-Signature": "sha256=00" }, { "X-Webhook-Signature": "" }]) {
			assert.equal(await hook({ sessionId, status: "Completed", headers }), 401);
		}
		assert.equal(await hook({ sessionId, status: "Completed", secret: crypto.randomUUID() }), 401);
		assert.ok(!(await eventsOf(id)).some(({ type }) => type === "webhook"));
	});
});
