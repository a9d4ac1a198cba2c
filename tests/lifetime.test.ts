// One payment from its POST to its purge, in workerd with a clock that is moved: what stays of it, and what each part of
// its life uses of Cloudflare. docs/scale.md has the latter as a table, which `UPDATE_DOCS=1` writes anew.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { signWebhook } from "flinkspay-edge";
import { createSandbox } from "../sandbox/src/sandbox.ts";
import { pollDelayMs } from "../worker/src/ledger/status.ts";
import { Gateway } from "./crash/gateway.ts";
import { bundle, storedDue, Workerd } from "./crash/workerd.ts";
import { BYTES, billTable, type Part, partsOf, shardsTable, type Used, usedTable } from "./lifetime/bill.ts";
import { newSecret } from "./merchant/messages.ts";
import { publishTable, readTable } from "./page-table.ts";
import { serve } from "./serve.ts";

const [SECOND, DAY] = [1_000, 24 * 3_600_000];
const [username, password, apiKey, webhookSecret] = Array.from({ length: 4 }, () => crypto.randomUUID());
const page = new URL("../docs/scale.md", import.meta.url);
const sandbox = createSandbox({ credentials: { username: username ?? "", password: password ?? "" } });
const gateway = new Gateway(sandbox);
const merchant = await serve((request, response) => {
	request.resume().on("end", () => response.end());
});

let workerd: Workerd;
/** How far the Worker's clock is ahead. */
let movedMs = 0;
let origin: string;
let folder: string;

/** A Worker whose ledger is empty. */
async function begin(state: string, bindings: Readonly<Record<string, string>> = {}): Promise<void> {
	await workerd?.kill();
	movedMs = 0;
	workerd = await Workerd.start({
		...{ folder, state },
		bindings: {
			...{ FLINKS_BASE_URL: origin, FLINKS_USERNAME: username ?? "", FLINKS_PASSWORD: password ?? "" },
			...{ API_KEY: apiKey ?? "", FLINKS_WEBHOOK_SECRET: webhookSecret ?? "", LEDGER_SHARDS: "1", MOVED_MS: "0" },
			// Long enough for a busy machine.
			FLINKS_TIMEOUT_MS: "120000",
			...bindings,
		},
	});
}

before(async () => {
	folder = await bundle([], "tests/lifetime/worker.ts");
	origin = await gateway.listen();
});
after(async () => {
	await workerd?.kill();
	gateway.close();
	merchant.close();
});

/** A Worker with one final payment in its ledger: the tables are made, the number of objects is agreed on. */
async function beginUsed(state: string, bindings: Readonly<Record<string, string>> = {}): Promise<void> {
	await begin(state, bindings);
	const { sessionId } = (await pay("first")).json;
	sandbox.play(String(sessionId), "decline");
	await passPoll(0);
	await pass(0);
}

interface Answer {
	status: number;
	text: string;
	json: Record<string, unknown>;
	replayed: boolean;
}

async function call(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
	const response = await fetch(workerd.url + path, {
		method,
		headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json", ...headers },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	const text = await response.text();
	const replayed = response.headers.get("idempotency-replayed") === "true";
	return { status: response.status, text, json: JSON.parse(text), replayed } satisfies Answer;
}

function pay(key: string, product: "interac" | "e-transfer" = "interac"): Promise<Answer> {
	const email = "zephyrine.canary@example.com";
	const payor =
		product === "interac"
			? { customerName: "Zephyrine Canary", customerEmail: email }
			: { product, payor: { firstName: "Zephyrine", lastName: "Canary", email } };
	return call("POST", "/payments", { referenceId: key, amount: "12.50", ...payor }, { "Idempotency-Key": key });
}

/** Moves the clock, and rings the alarm. */
async function pass(ms: number): Promise<void> {
	movedMs += ms;
	await call("GET", `/-/clock?ms=${movedMs}`);
	await call("GET", "/-/alarm");
}

/** Lets the next poll of a payment that was polled so often come due and happen. Alarms may be five seconds late. */
const passPoll = (polls: number) => pass(pollDelayMs(polls, 1) + 5 * SECOND);

async function eventTypes(id: unknown): Promise<unknown[]> {
	const { events } = (await call("GET", `/payments/${id}/events`)).json as { events: { type: string }[] };
	return events.map(({ type }) => type);
}

describe("after RETENTION_DAYS", () => {
	before(() => begin("retention", { RETENTION_DAYS: "30" }));

	test("a payment keeps its ids, its outcome and its statuses, and its key has the same answer", async () => {
		const first = await pay("paid");
		const { id, sessionId, requestId } = first.json;
		sandbox.play(String(sessionId), "accept");
		await passPoll(0);
		sandbox.settle();
		await passPoll(1);
		const known = (await call("GET", `/payments/${id}`)).json;
		assert.deepEqual([known.status, known.amount, known.final], ["Settled", "12.50", true]);

		await pass(29 * DAY);
		assert.equal((await call("GET", `/payments/${id}`)).json.amount, "12.50", "it is purged too early");
		assert.ok((await eventTypes(id)).includes("attempt"));

		await pass(2 * DAY);
		const { amount: _, paidAmount: __, ...rest } = known;
		assert.deepEqual((await call("GET", `/payments/${id}`)).json, rest);
		assert.deepEqual([rest.sessionId, rest.requestId], [sessionId, requestId]);
		assert.deepEqual(await eventTypes(id), ["outcome", "status", "status"]);
		assert.ok(!(await call("GET", `/payments/${id}/events`)).text.includes("12.50"));
		const again = await pay("paid");
		assert.deepEqual([again.status, again.text, again.replayed], [201, first.text, true]);
	});

	test("an unknown payment keeps its resolution", async () => {
		sandbox.fault({ step: "initiate", fault: "500" });
		const first = await pay("lost");
		assert.equal(first.json.code, "outcome_unknown");
		const { id } = first.json;
		await call("POST", `/payments/${id}/resolution`, { outcome: "not_created" });
		await pass(31 * DAY);
		const view = (await call("GET", `/payments/${id}`)).json;
		assert.deepEqual([view.status, view.amount], ["not_created", undefined]);
		assert.deepEqual(await eventTypes(id), ["outcome", "resolution"]);
		const again = await pay("lost");
		assert.deepEqual([again.status, again.text, again.replayed], [502, first.text, true]);
	});

	test("a payment that was never paid is purged too, and is read no more", async () => {
		const { id } = (await pay("never")).json;
		for (let day = 0; day < 9; day++) await pass(DAY);
		const asked = gateway.wire.length;
		await pass(31 * DAY);
		await pass(31 * DAY);
		assert.equal(gateway.wire.length, asked, "Flinks was asked after STATUS_DEADLINE_HOURS");
		assert.equal((await call("GET", `/payments/${id}`)).json.amount, undefined);
	});
});

describe("until the answer", () => {
	before(() => beginUsed("waits"));

	/** Requests and writes in their order, up to the answer. */
	async function inTurn(work: () => Promise<Answer>): Promise<string[]> {
		await usedSoFar();
		await call("GET", "/-/trace");
		assert.ok((await work()).status < 300);
		const trace = (await call("GET", "/-/trace")).json.trace as string[];
		return trace.slice(0, trace.indexOf("answer") + 1);
	}

	test("a payment waits for one write before each request that may create something, and one before the answer", async () => {
		const v1 = await inTurn(() => pay("v1"));
		const [authorize, initiate, request] = [
			"/api/v1/authorize",
			"/api/v1/sessions/initiate",
			"/api/v1/paymentrequests",
		];
		assert.deepEqual(v1, [authorize, "write", initiate, "write", request, "write", "answer"]);
		const v2 = await inTurn(() => pay("v2", "e-transfer"));
		assert.deepEqual(v2, [authorize, "write", "/api/v2/sessions", "write", "answer"]);
		assert.deepEqual(await inTurn(() => pay("v2", "e-transfer")), ["answer"]);
	});

	test("the first poll uses the alarm that was set for the payment", async () => {
		await beginUsed("first-poll");
		const { id } = (await pay("first-poll")).json;
		await usedSoFar();
		const { alarmAt } = (await call("GET", "/-/trace")).json;
		const read = storedDue(folder, "first-poll").find(({ kind, owner }) => kind === "read" && owner === id);
		assert.equal(read?.at, Number(alarmAt) + movedMs);
	});
});

describe("what a payment uses", () => {
	const parts = new Map<Part, Used>();
	const bytes = { beforePurge: 0, afterPurge: 0 };
	const PAYMENTS = 200;

	/** Records what the work used, including what was still running after its answer. */
	async function uses<T>(part: Part, work: () => Promise<T>): Promise<T> {
		const earlier = await usedSoFar();
		const answer = await work();
		const now = await usedSoFar();
		const names = Object.keys(now) as (keyof Used)[];
		parts.set(part, Object.fromEntries(names.map((name) => [name, now[name] - earlier[name]])) as unknown as Used);
		return answer;
	}

	before(async () => {
		await beginUsed("used");
		const age = movedMs;
		const { id, sessionId } = (await uses("a payment: `POST /payments`", () => pay("one"))).json;
		await uses("the same `POST` again", () => pay("one"));
		const read = () => call("GET", `/payments/${id}`);
		await uses("`GET /payments/{id}`, asking Flinks", read);
		await uses("`GET /payments/{id}`, within 30 seconds", read);
		await uses("a poll by the alarm that finds nothing new", () => passPoll(0));
		sandbox.play(String(sessionId), "accept");
		await uses("a poll that finds a change", () => passPoll(1));
		const event = { event: "SessionSetupStatusChanged", when: new Date(Date.now() + movedMs).toISOString() };
		const body = { ...event, sessionId: String(sessionId), status: "Accepted" };
		const signature = signWebhook({ body: JSON.stringify(body), secret: webhookSecret ?? "", scheme: "geft" });
		await uses("a webhook of Flinks, and its poll", () => call("POST", "/webhooks/flinks", body, { ...signature }));
		sandbox.settle();
		await uses("a poll that finds the last change", () => passPoll(3));
		// Now the first payment, which is older by `age`, is purged, and the other is not yet.
		await pass(90 * DAY - movedMs + age / 2);
		// Less than a minute late, or it would be logged.
		await uses("the purge", () => pass(age / 2 + 10 * SECOND));

		await beginUsed("used-with-a-token");
		const other = (await pay("one")).json.id;
		// After eight hours polls are further apart than a token lives, so that none is due together with the read.
		for (let hour = 0; hour < 8; hour++) await pass(3_600 * SECOND);
		movedMs += 300 * SECOND;
		await call("GET", `/-/clock?ms=${movedMs}`);
		await uses("`GET /payments/{id}`, asking Flinks, for a token too", () => call("GET", `/payments/${other}`));

		await beginUsed("used-with-messages", {
			MERCHANT_WEBHOOK_URL: `${merchant.url}/`,
			MERCHANT_WEBHOOK_SECRET: newSecret(),
		});
		await uses("a payment, and a message to the merchant", () => pay("one"));

		await beginUsed("stored");
		const empty = await stored();
		const made = await Promise.all(Array.from({ length: PAYMENTS }, (_, number) => payPatiently(`stored-${number}`)));
		for (const { json } of made) sandbox.play(String(json.sessionId), "accept");
		for (let ring = 0; ring < 4; ring++) await pass(pollDelayMs(0, 0) / 2);
		sandbox.settle();
		for (let ring = 0; ring < 4; ring++) await pass(pollDelayMs(0, 0) * 2);
		bytes.beforePurge = ((await stored()) - empty) / PAYMENTS;
		for (let ring = 0; ring < 5; ring++) await pass(91 * DAY);
		bytes.afterPurge = ((await stored()) - empty) / PAYMENTS;
	});

	test("is what the table in docs/scale.md says", async () => {
		if (process.env.UPDATE_DOCS === "1") await publishTable("used", usedTable(parts), page);
		const published = partsOf(await readTable("used", page));
		assert.deepEqual([...published.keys()].sort(), [...parts.keys()].sort());
		for (const [part, { rowsRead, ...used }] of parts) {
			const { rowsRead: rowsReadSaid = 0, ...usedSaid } = published.get(part) ?? {};
			assert.deepEqual(used, usedSaid, `${part}: run UPDATE_DOCS=1 node --test tests/lifetime.test.ts`);
			// Work that runs beside it may read a few rows more or less.
			assert.ok(Math.abs(rowsRead - rowsReadSaid) <= 8, `${part}: ${rowsRead} rows are read, not ${rowsReadSaid}`);
		}
	});

	test("takes as many bytes as the tables assume", () => {
		for (const [when, measured] of Object.entries(bytes)) {
			const assumed = BYTES[when as keyof typeof BYTES];
			// Ids are random, and so is how full the pages of storage are.
			assert.ok(
				Math.abs(measured / assumed - 1) < 0.15,
				`${when}: ${measured} bytes, and lifetime/bill.ts says ${assumed}`,
			);
		}
	});

	test("gives the tables of docs/scale.md for a million payments a day and for the number of objects", async () => {
		const tables = { bill: billTable(partsOf(await readTable("used", page))), shards: shardsTable() };
		for (const [name, table] of Object.entries(tables)) {
			if (process.env.UPDATE_DOCS === "1") await publishTable(name, table, page);
			assert.deepEqual(await readTable(name, page), table, "run UPDATE_DOCS=1 node --test tests/lifetime.test.ts");
		}
	});
});

/** Asks again while the object is overloaded. */
async function payPatiently(key: string): Promise<Answer> {
	for (;;) {
		const answer = await pay(key);
		if (answer.status !== 503) return answer;
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}

async function stored(): Promise<number> {
	return Number((await call("GET", "/-/bytes")).json.bytes);
}

/** The counts, once background work has ended too. */
async function usedSoFar(): Promise<Used> {
	return (await call("GET", "/-/used")).json as unknown as Used;
}
