// Storage of an earlier version can always be opened: today's Worker starts on it, and answers each key, shows each payment and
// sends each message as that version would have.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { SignJWT } from "jose";
import { createSandbox } from "../sandbox/src/sandbox.ts";
import { FeedPage, Message } from "../worker/src/schemas/events.ts";
import { seededBug } from "./crash/bugs.ts";
import { Gateway, isCreate } from "./crash/gateway.ts";
import type { Json } from "./crash/system.ts";
import { bundle, storedAlarms, Workerd } from "./crash/workerd.ts";
import { newSecret } from "./merchant/messages.ts";
import {
	type PastPayment,
	restore,
	type Snapshot,
	setClockBack,
	setSchema,
	snapshotOf,
} from "./migrations/snapshot.ts";
import { serve } from "./serve.ts";

/** What each snapshot is called, and the schema that its storage says it has. */
const SNAPSHOTS = { "0.1.0": 0, "schema-2": 2 };
const HOUR_MS = 3_600_000;

const secrets = {
	FLINKS_USERNAME: crypto.randomUUID(),
	FLINKS_PASSWORD: crypto.randomUUID(),
	FLINKS_WEBHOOK_SECRET: crypto.randomUUID(),
	API_KEY: crypto.randomUUID(),
	MERCHANT_WEBHOOK_SECRET: newSecret(),
	ORDER_SECRET: crypto.randomUUID(),
	ALLOWED_ORIGINS: "https://shop.example.com",
};
const authorization = { Authorization: `Bearer ${secrets.API_KEY}` };

/** The messages that the merchant was sent. */
const delivered: { id: string; message: { type: string; effect?: string; data: Json } }[] = [];
const merchant = await serve(async (request, response) => {
	delivered.push({ id: String(request.headers["webhook-id"]), message: JSON.parse(await text(request)) });
	response.writeHead(204).end();
});

// It also answers reads of the snapshots' payments.
const sandbox = createSandbox({
	credentials: { username: secrets.FLINKS_USERNAME, password: secrets.FLINKS_PASSWORD },
});
const saidByFlinks = Object.assign(
	{},
	...Object.keys(SNAPSHOTS).map((name) => snapshotOf(name).flinks),
) as Snapshot["flinks"];
const flinks: typeof sandbox.fetch = async (input, init) => {
	const answer = saidByFlinks[new URL(String(input)).pathname];
	return answer === undefined ? sandbox.fetch(input, init) : Response.json(answer);
};
const gateway = new Gateway({ ...sandbox, fetch: flinks });

let folder: string;
let bindings: Record<string, string>;
before(async () => {
	folder = await bundle(seededBug());
	bindings = {
		...{ ...secrets, FLINKS_BASE_URL: await gateway.listen(), LEDGER_SHARDS: "3" },
		MERCHANT_WEBHOOK_URL: `${merchant.url}/hooks`,
	};
});
after(() => {
	gateway.close();
	merchant.close();
});

/** A Worker on the snapshot's storage. */
class Restored {
	static #count = 0;
	readonly #workerd: Workerd;
	/** How far its clock is from the real one. */
	#movedMs: number;

	private constructor(workerd: Workerd, movedMs: number) {
		this.#workerd = workerd;
		this.#movedMs = movedMs;
	}

	static async start(
		snapshot: Snapshot,
		movedMs: number,
		other: Readonly<Record<string, string>> = {},
	): Promise<Restored> {
		const state = `restored-${Restored.#count++}`;
		await restore(snapshot, join(folder, state));
		return Restored.startOn(state, movedMs, other);
	}

	/** Starts on storage that is already restored. */
	static async startOn(
		state: string,
		movedMs: number,
		other: Readonly<Record<string, string>> = {},
	): Promise<Restored> {
		const settings = { folder, state, bindings: { ...bindings, MOVED_MS: String(movedMs), ...other } };
		return new Restored(await Workerd.start(settings), movedMs);
	}

	end(): Promise<void> {
		return this.#workerd.kill();
	}

	fetch(path: string, init: RequestInit = {}): Promise<Response> {
		return fetch(this.#workerd.url + path, init);
	}

	async get(path: string): Promise<Json> {
		return (await (await this.fetch(path, { headers: authorization })).json()) as Json;
	}

	async post(path: string, body: string, headers: Readonly<Record<string, string>> = authorization) {
		const init = { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body };
		const response = await this.fetch(path, init);
		const replayed = response.headers.get("Idempotency-Replayed") === "true";
		const retryAfter = response.headers.get("Retry-After") ?? undefined;
		return { status: response.status, replayed, retryAfter, json: (await response.json()) as Json };
	}

	ask({ key = "", ...past }: PastPayment, body = past.body) {
		return this.post("/payments", body, { ...authorization, "Idempotency-Key": key });
	}

	async list(query = ""): Promise<Json[]> {
		const all: Json[] = [];
		for (let cursor = ""; ; ) {
			const { payments, next } = await this.get(`/payments?limit=100${query}${cursor}`);
			all.push(...(payments as Json[]));
			if (next === undefined) return all;
			cursor = `&cursor=${next}`;
		}
	}

	async feed(query = "limit=100"): Promise<FeedPage["events"]> {
		const all: FeedPage["events"] = [];
		for (let cursor = ""; ; ) {
			const { events, next, more } = FeedPage.parse(await this.get(`/events?${query}${cursor}`));
			all.push(...events);
			if (!more) return all;
			cursor = `&cursor=${next}`;
		}
	}

	async events({ view }: PastPayment): Promise<Json[]> {
		return (await this.get(`/payments/${view?.id}/events`)).events as Json[];
	}

	/** Sends a webhook as Flinks does. */
	async hint(sessionId: string, statusDetails: string): Promise<number> {
		const when = new Date(Date.now() + this.#movedMs).toISOString();
		const event = { event: "SessionSetupStatusChanged", when, sessionId, referenceId: null, amount: null };
		const body = JSON.stringify({ ...event, status: "InProgress", statusDetails });
		const mac = createHmac("sha256", secrets.FLINKS_WEBHOOK_SECRET).update(body).digest("hex").toUpperCase();
		return (await this.post("/webhooks/flinks", body, { "X-Webhook-Signature": `sha256=${mac}` })).status;
	}

	/** Moves its clock to a time, and rings the alarms until something holds. */
	async laterUntil(at: number, holds: () => boolean | Promise<boolean>): Promise<void> {
		this.#movedMs = at - Date.now();
		await this.fetch(`/-/clock?ms=${this.#movedMs}`);
		for (let tries = 0; tries < 1_200; tries++) {
			await this.fetch("/-/alarm");
			if (await holds()) return;
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
		assert.fail("it does not hold");
	}
}

/**
 * An earlier version's view as today's version shows it: a scheduled EFT is not paid, and neither it nor an undocumented
 * status of v2 is final. Whether an e-Transfer is final, its next read says.
 */
function ofToday(view: Json): Json {
	const { final, ...rest } = view;
	if (view.product === "eft" && view.statusDetails === "EFT0301") return { ...rest, paid: false, final: false };
	if (view.product === "e-transfer" && view.paid === true) return rest;
	return view.product === "e-transfer" && view.status === "Settled" ? { ...rest, final: false } : view;
}

/** Asserts that all fields of `past` are found unchanged; there may be more. */
function assertKept(found: Json | undefined, past: Json | undefined, what: string): void {
	const same = Object.fromEntries(Object.keys(past ?? {}).map((name) => [name, found?.[name]]));
	assert.deepEqual(same, past, what);
}

for (const [name, schema] of Object.entries(SNAPSHOTS)) {
	describe(`storage of ${name}`, () => {
		const snapshot = snapshotOf(name);
		const TAKEN_AT = Date.parse(snapshot.takenAt);
		const keyed = snapshot.payments.filter(({ key }) => key !== undefined);
		const known = snapshot.payments.filter(({ view }) => view !== undefined);
		const forgotten = snapshot.payments.filter(({ view }) => view === undefined);
		/** Payments that Flinks has, and whose details are not purged. */
		const created = known.filter(
			({ what, view }) => view?.status !== "unknown" && view?.sessionId !== undefined && !what.includes("purged"),
		);

		describe("its payments", () => {
			let worker: Restored;
			// An hour before the snapshot was taken, so that nothing is due.
			before(async () => {
				delivered.length = 0;
				gateway.wire.length = 0;
				worker = await Restored.start(snapshot, TAKEN_AT - HOUR_MS - Date.now());
			});
			after(() => worker?.end());

			test("are all listed", async () => {
				const listed = new Map((await worker.list()).map((view) => [view.id, view]));
				assert.equal(listed.size, known.length);
				// A payment that the earlier version had stopped polling is read once more, and its last message is sent.
				for (const { what, view: { readAt: _, delivery: __, ...past } = {} } of known) {
					assertKept(listed.get(String(past.id)), ofToday(past), what);
				}
			});

			test("are found by status and by delivery", async () => {
				for (const name of ["status", "delivery"] as const) {
					for (const word of new Set(known.flatMap(({ view }) => view?.[name] ?? []))) {
						const found = new Set((await worker.list(`&${name}=${word}`)).map(({ id }) => id));
						for (const { what, view } of known) {
							if (view?.[name] === word) assert.ok(found.has(view.id), `${word}: ${what}`);
						}
					}
				}
			});

			test("have their timelines", async () => {
				for (const past of known) {
					const events = await worker.events(past);
					for (const [index, event] of (past.events ?? []).entries()) assertKept(events[index], event, past.what);
				}
			});

			test("have their changes among the events, each with its effect", async () => {
				const events = await worker.feed();
				assert.ok(events.length > 0);
				for (const { what, view, messages = [] } of known) {
					const own = events.filter(({ data }) => data.id === view?.id);
					const numbers = own.map(({ sequence }) => sequence);
					assert.deepEqual(
						numbers,
						numbers.toSorted((a, b) => a - b),
						what,
					);
					for (const { id } of messages)
						assert.ok(
							own.some((event) => event.id === id),
							what,
						);
					const credits = own.filter(({ effect }) => effect === "credit");
					const isPaid = own.some(({ data }) => data.paid);
					assert.equal(credits.length, Number(isPaid), what);
				}
			});

			test("have the answers to their keys, and answer another body with a mismatch", async () => {
				const another = JSON.stringify({
					...{ referenceId: "another", amount: "1.00", customerName: "Payor", customerEmail: "payor@example.com" },
				});
				for (const past of keyed.filter(({ answer }) => answer !== undefined)) {
					const { what, answer } = past;
					const { status, replayed, retryAfter, json } = await worker.ask(past);
					assert.deepEqual([status, replayed, retryAfter], [answer?.status, true, answer?.retryAfter], what);
					assertKept(json, answer?.json, what);
					const mismatch = await worker.ask(past, another);
					assert.deepEqual([mismatch.status, mismatch.json.code], [422, "idempotency_mismatch"], what);
				}
			});

			test("are not created at Flinks again", () => {
				assert.deepEqual(
					gateway.wire.filter(({ step }) => isCreate(step) || step === "payment_request"),
					[],
				);
			});

			test("leave a key free when no request that creates had left", async () => {
				assert.ok(forgotten.length > 0);
				for (const past of forgotten) {
					const { status, replayed } = await worker.ask(past);
					assert.deepEqual([status, replayed], [201, false], past.what);
				}
			});

			test("have their messages sent to the merchant who did not get them", async () => {
				const waiting = known.flatMap(({ view, messages = [] }) => messages.map((message) => ({ view, ...message })));
				const pending = waiting.filter(({ state }) => state === "pending");
				const has = (id: string) => delivered.some((message) => message.id === id);
				// Later than the next try of each.
				await worker.laterUntil(TAKEN_AT + 30 * HOUR_MS, () => pending.every(({ id }) => has(id)));
				const dead = waiting.filter(({ state }) => state === "dead");
				assert.ok(dead.length > 0 && dead.every(({ id }) => !has(id)));
				for (const id of new Set(dead.map(({ view }) => view?.id))) await worker.post(`/payments/${id}/resend`, "");
				await worker.laterUntil(TAKEN_AT + 30 * HOUR_MS, () => dead.every(({ id }) => has(id)));
				for (const { id, type, data, view } of waiting) {
					const { message } = delivered.find((message) => message.id === id) ?? {};
					assert.equal(message?.type, type);
					const { amount, ...rest } = ofToday(data);
					// The purge deletes the amount in messages too.
					assertKept(message?.data, view?.amount === undefined ? rest : { ...rest, amount }, id);
				}
				// A payment's messages come in order, unless one was dead.
				for (const { messages = [] } of known) {
					if (messages.some(({ state }) => state === "dead")) continue;
					const places = messages.map(({ id }) => delivered.findIndex((message) => message.id === id));
					assert.deepEqual(
						places,
						places.toSorted((a, b) => a - b),
					);
				}
				// A payment that the crash interrupted is unknown, and the merchant is sent a message about it.
				for (const { what, view } of known.filter(({ what }) => /had left when the Worker died/.test(what))) {
					if (view?.status !== "unknown") continue;
					assert.ok(
						delivered.some(({ message }) => message.type === "payment.unknown" && message.data.id === view?.id),
						what,
					);
				}
			});

			test("are read at Flinks as before", async () => {
				for (const { what, view } of known) {
					const { readAt: _, delivery: __, ...past } = view ?? {};
					assertKept(await worker.get(`/payments/${past.id}`), ofToday(past), what);
				}
			});

			test("are paid as before, but for a scheduled EFT", async () => {
				const listed = new Map((await worker.list()).map((view) => [view.id, view]));
				const fundsOf = (part: string, product: string) =>
					known
						.filter(({ what, view }) => what.includes(part) && view?.product === product)
						.map(({ view }) => listed.get(view?.id)?.funds);
				const found = (status: string, product: string) =>
					known
						.filter(({ view }) => view?.status === status && view.product === product && view.paid === true)
						.map(({ view }) => listed.get(view?.id)?.funds);
				assert.deepEqual([...new Set(found("Settled", "interac"))], ["settled"]);
				assert.deepEqual([...new Set(found("Accepted", "interac"))], ["guaranteed"]);
				assert.deepEqual([...new Set(found("Completed", "eft"))], ["scheduled"]);
				assert.deepEqual([...new Set(found("Completed", "geft"))], ["guaranteed"]);
				assert.ok(found("Completed", "e-transfer").every((funds) => funds === "guaranteed" || funds === "settled"));
				for (const funds of fundsOf("read as Failed", "interac")) assert.equal(funds, "returned");
				for (const { view } of known) {
					const { paid, funds } = listed.get(view?.id) ?? {};
					assert.equal(paid, funds === "guaranteed" || funds === "settled");
				}
			});

			test("are credited once when the merchant had no message that they are paid", () => {
				for (const { view } of known) {
					const effects = delivered
						.filter(({ message }) => message.data.id === view?.id)
						.map(({ message }) => message.effect);
					assert.ok(effects.every((effect) => effect !== undefined));
					assert.ok(effects.filter((effect) => effect !== "none").length <= 1, `${effects}`);
				}
				for (const { what, view } of known.filter(({ what }) => what.includes("says paid waits"))) {
					const credits = delivered.filter(
						({ message }) => message.data.id === view?.id && message.effect === "credit",
					);
					assert.equal(credits.length, view?.product === "interac" ? 1 : 0, what);
					for (const { message } of credits) assert.equal(message.data.paidAmount, view?.amount);
				}
			});

			test("have messages as the OpenAPI document describes them", () => {
				for (const { message } of delivered) assert.deepEqual(Message.parse(message), message);
			});

			test("are found by webhooks", async () => {
				assert.ok(created.length > 0);
				for (const past of created) {
					assert.equal(await worker.hint(String(past.view?.sessionId), "EFT0198"), 200);
					const last = (await worker.events(past)).findLast(({ type }) => type === "webhook");
					assert.deepEqual([last?.status, last?.statusDetails], ["InProgress", "EFT0198"], past.what);
				}
			});

			test("are found by webhooks whose ids are in another case", async () => {
				for (const past of created) {
					const sessionId = String(past.view?.sessionId);
					const other = sessionId === sessionId.toLowerCase() ? sessionId.toUpperCase() : sessionId.toLowerCase();
					assert.equal(await worker.hint(other, "EFT0199"), 200);
					const last = (await worker.events(past)).findLast(({ type }) => type === "webhook");
					assert.equal(last?.statusDetails, "EFT0199", past.what);
				}
			});

			test("can be resolved when they are unknown", async () => {
				const [past] = known.filter(({ foundAtFlinks }) => foundAtFlinks !== undefined);
				assert.ok(past);
				const path = `/payments/${past.view?.id}`;
				await worker.post(`${path}/resolution`, JSON.stringify({ outcome: "created", ...past.foundAtFlinks }));
				const isRead = async () => (await worker.get(path)).status === "Completed";
				await worker.laterUntil(TAKEN_AT + 31 * HOUR_MS, isRead);
				assert.equal((await worker.ask(past)).status, 502);
			});
		});

		test("gives each payment's changes in their order although the clock went back", async () => {
			const state = `clock-${name}`;
			await restore(snapshot, join(folder, state));
			setClockBack(join(folder, state));
			const worker = await Restored.startOn(state, TAKEN_AT - HOUR_MS - Date.now());
			try {
				const events = await worker.feed();
				assert.ok(events.some(({ sequence }) => sequence > 1));
				for (const id of new Set(events.map(({ data }) => data.id))) {
					const own = events.filter(({ data }) => data.id === id);
					const numbers = own.map(({ sequence }) => sequence);
					assert.deepEqual(
						numbers,
						numbers.toSorted((a, b) => a - b),
					);
					// A feed of one payment, one event a page, has them too; there may be newer ones.
					const alone = await worker.feed(`paymentId=${id}&limit=1`);
					assert.deepEqual(alone.slice(0, own.length), own);
				}
			} finally {
				await worker.end();
			}
		});

		test("gives an order that a page brings again its payment", async () => {
			// The Worker checks a token's expiry by the real clock.
			const worker = await Restored.start(snapshot, 0);
			try {
				const orders = known.filter(({ jti }) => jti !== undefined);
				assert.ok(orders.length > 0);
				for (const { what, jti = "", body, answer } of orders) {
					const order = await new SignJWT({ payment: JSON.parse(body) })
						.setProtectedHeader({ alg: "HS256" })
						.setAudience("flinkspay-edge")
						.setJti(jti)
						.setExpirationTime("10 minutes")
						.sign(new TextEncoder().encode(secrets.ORDER_SECRET));
					const headers = { Origin: secrets.ALLOWED_ORIGINS };
					const { status, replayed, json } = await worker.post("/payments", JSON.stringify({ order }), headers);
					assert.deepEqual([status, replayed], [answer?.status, true], what);
					assertKept(json, answer?.json, what);
				}
			} finally {
				await worker.end();
			}
		});

		test("refuses another number of objects", async () => {
			const worker = await Restored.start(snapshot, 0, { LEDGER_SHARDS: "4" });
			try {
				for (const past of keyed) {
					const { status, json } = await worker.ask(past);
					assert.deepEqual([status, json.code, json.field], [503, "misconfigured", "LEDGER_SHARDS"], past.what);
				}
			} finally {
				await worker.end();
			}
		});

		test("is refused when it is of a newer version, and is complete when that version is deployed again", async () => {
			const state = `newer-${name}`;
			await restore(snapshot, join(folder, state));
			setSchema(join(folder, state), 99);
			const older = await Restored.startOn(state, 0);
			try {
				const refused: [what: string, status: number, json: Json][] = [];
				for (const past of keyed) {
					const { status, json } = await older.ask(past);
					refused.push([`key: ${past.what}`, status, json]);
				}
				for (const { view } of known) {
					for (const path of [`/payments/${view?.id}`, `/payments/${view?.id}/events`]) {
						const response = await older.fetch(path, { headers: authorization });
						refused.push([path, response.status, (await response.json()) as Json]);
					}
					for (const [what, body] of Object.entries({
						cancel: "",
						resend: "",
						resolution: '{"outcome":"not_created"}',
					})) {
						const { status, json } = await older.post(`/payments/${view?.id}/${what}`, body);
						refused.push([what, status, json]);
					}
				}
				refused.push(["list", 503, await older.get("/payments")]);
				for (const [what, status, json] of refused) {
					// The outcome of the key's payment cannot be read.
					assert.deepEqual([status, json.code, json.outcome], [503, "misconfigured", "unknown"], what);
					assert.match(String(json.detail), /newer version.*schema 99.*Deploy that version again/, what);
				}
				// Flinks sends a webhook again after a 503.
				for (const { view } of created) assert.equal(await older.hint(String(view?.sessionId), "EFT0198"), 503);
				// After each alarm, another one is set for the newer version.
				await older.fetch("/-/alarm");
				const alarms = storedAlarms(folder, state);
				assert.equal(alarms.size, 3);
				for (const at of alarms.values()) assert.ok(at > Date.now());
				assert.equal((await older.fetch("/healthz")).status, 200);
			} finally {
				await older.end();
			}
			setSchema(join(folder, state), schema);
			const newer = await Restored.startOn(state, TAKEN_AT - HOUR_MS - Date.now());
			try {
				assert.equal((await newer.list()).length, known.length);
				for (const past of keyed.filter(({ answer }) => answer !== undefined)) {
					const { status, replayed } = await newer.ask(past);
					assert.deepEqual([status, replayed], [past.answer?.status, true], past.what);
				}
			} finally {
				await newer.end();
			}
		});
	});
}
