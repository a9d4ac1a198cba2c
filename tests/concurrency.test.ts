// Many calls on one client: a thousand at once that must not mix, and ten thousand that must leave nothing behind.
// The upstream is a function with seeded randomness, so that all that is counted is the client's.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type * as Package from "flinkspay-edge";
import { Chance } from "./crash/chance.ts";

let client: typeof Package;
/** What the wasm instance holds. */
let memory: WebAssembly.Memory;
let references: WebAssembly.Table;
let collectGarbage: () => void;

before(async () => {
	// Not through the package's entry, which keeps the instance to itself.
	const at = (path: string) => new URL(`../pkg/${path}`, import.meta.url);
	const glue = await import(at("wasm/flinkspay_edge.js").href);
	const exported = glue.initSync({ module: readFileSync(at("wasm/flinkspay_edge_bg.wasm")) });
	memory = exported.memory;
	references = exported.__wbindgen_externrefs;
	client = await import(at("index.js").href);
	setFlagsFromString("--expose-gc");
	collectGarbage = runInNewContext("gc");
});

type Behaviour = (url: string) => Promise<"answer" | "fail" | "refuse">;

/** Flinks as a function: sessions carry the reference, requests the session, so that mixed answers show. */
function upstream(behave: Behaviour) {
	let tokens = 0;
	const starts = new Map<string, string>();
	const complaints: string[] = [];
	const answer = (url: string, init: RequestInit): unknown => {
		if (url.endsWith("/authorize")) return { access_token: `t${++tokens}`, token_type: "bearer", expires_in: 299 };
		const token = new Headers(init.headers).get("authorization") ?? "";
		const body = JSON.parse(String(init.body));
		if (url.endsWith("/initiate")) {
			if (starts.has(token)) complaints.push(`${token} started two sessions`);
			starts.set(token, `s-${body.referenceId}`);
			return { sessionId: `s-${body.referenceId}`, referenceId: body.referenceId };
		}
		if (starts.get(token) !== body.sessionId) complaints.push(`${token} was sent with ${body.sessionId}`);
		starts.delete(token);
		return { requestId: `r-${body.sessionId}` };
	};
	const fetch = async (url: string, init: RequestInit): Promise<Response> => {
		const done = answer(url, init);
		const now = await behave(url);
		init.signal?.throwIfAborted();
		if (now === "fail") throw new TypeError("lost");
		if (now === "refuse") return new Response("<p>no</p>", { status: 503, headers: { "retry-after": "0" } });
		return Response.json(done);
	};
	return { fetch, complaints };
}

function clientOn(fetch: Package.FlinksPayOptions["fetch"]): Package.FlinksPay {
	return new client.FlinksPay({
		baseUrl: "https://pay.example.com",
		username: "u",
		password: "p",
		timeoutMs: 600_000,
		deadlineMs: 600_000,
		...(fetch ? { fetch } : {}),
	});
}

function params(referenceId: string): Package.PaymentParams {
	return { referenceId, amount: "1.00", customerName: "Zoë", customerEmail: "z@example.com" };
}

describe("a thousand calls at once", () => {
	it("do not mix, whatever happens to each", async () => {
		const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
		const chance = new Chance(seed);
		const { fetch, complaints } = upstream(async () => {
			await pause(chance.next() * 40);
			const dice = chance.next();
			return dice < 0.1 ? "fail" : dice < 0.2 ? "refuse" : "answer";
		});
		const pay = clientOn(fetch);
		const counts: Record<string, number> = {};
		const calls = Array.from({ length: 1000 }, async (_, number) => {
			const reference = `R${number}`;
			const controller = new AbortController();
			if (chance.is(0.2)) setTimeout(() => controller.abort(), chance.next() * 100);
			const result = await pay.startPayment(params(reference), { signal: controller.signal }).then(
				(started) => {
					assert.equal(started.requestId, `r-s-${reference}`);
					return `started ${started.referenceId}`;
				},
				(error) => {
					assert.ok(error.sessionId === undefined || error.sessionId === `s-${reference}`);
					return `${error.code} ${error.referenceId}`;
				},
			);
			assert.ok(result.endsWith(` ${reference}`), result);
			const kind = result.split(" ")[0] ?? "";
			counts[kind] = (counts[kind] ?? 0) + 1;
		});
		await Promise.all(calls);
		assert.deepEqual(complaints, [], `SEED=${seed}`);
		const seen = Object.keys(counts).sort();
		assert.deepEqual(seen, ["aborted", "network", "started", "upstream_unavailable"], `SEED=${seed}`);
	});
});

/** What is held after garbage collection. */
async function measure() {
	// Twice, with a turn between them: finalisers run after the first.
	collectGarbage();
	await pause(10);
	collectGarbage();
	return {
		wasmBytes: memory.buffer.byteLength,
		references: references.length,
		heapBytes: process.memoryUsage().heapUsed,
		resources: process.getActiveResourcesInfo().filter((name) => name !== "Immediate").length,
	};
}

/** Makes calls, a hundred at once. */
async function run(count: number, call: (index: number) => Promise<unknown>): Promise<void> {
	for (let done = 0; done < count; done += 100) {
		await Promise.all(Array.from({ length: 100 }, (_, index) => call(index)));
	}
}

/** A few bytes left by each would show. */
const CALLS = 10_000;

/** The first run grows memory to its working size; the second must not grow it. */
async function leavesNothing(call: (index: number) => Promise<unknown>): Promise<void> {
	await run(2_000, call);
	const before = await measure();
	await run(CALLS, call);
	const after = await measure();
	assert.equal(after.wasmBytes, before.wasmBytes, "the wasm's memory grew");
	assert.ok(after.wasmBytes <= 4 * 2 ** 20, `the wasm holds ${after.wasmBytes} bytes`);
	assert.equal(after.references, before.references, "the wasm holds more of the host's values");
	assert.equal(after.resources, before.resources, "timers or sockets were left");
	// The upstream of these tests remembers the sessions of payments that failed; that is all.
	const grown = (after.heapBytes - before.heapBytes) / CALLS;
	assert.ok(grown < 40, `${grown.toFixed(1)} bytes of heap for each call`);
}

describe("ten thousand payments", () => {
	it("leave no memory, handle, timer or listener behind", async () => {
		let number = 0;
		const { fetch } = upstream(async (url) => {
			number += 1;
			// Authorize would be tried again, after a pause.
			if (url.endsWith("/authorize")) return "answer";
			return number % 17 === 0 ? "fail" : number % 19 === 0 ? "refuse" : "answer";
		});
		const pay = clientOn(fetch);
		const { signal } = new AbortController();
		await leavesNothing((index) => pay.startPayment(params(`${number}-${index}`), { signal }).catch(() => {}));
	});
});

describe("ten thousand failures", () => {
	it("leave nothing behind, whatever fails", async () => {
		const json = { headers: { "content-type": "application/json" } };
		const endings: (() => Promise<Response>)[] = [
			async () => Promise.reject(new TypeError("lost")),
			async () => new Response("<p>no</p>", { status: 503 }),
			async () => new Response(null, { status: 302, headers: { location: "https://example.com" } }),
			async () => new Response("{", json),
			async () => new Response(Uint8Array.of(0xff), json),
			async () => new Response("null", json),
			async () => Response.json({ sessionId: 5 }),
		];
		const token = { access_token: "t", token_type: "bearer", expires_in: 299 };
		const thrown = () => {
			throw new RangeError("the caller's own");
		};
		endings.push(thrown);
		const clients = endings.map((end) =>
			clientOn((url) => (String(url).endsWith("/authorize") ? Promise.resolve(Response.json(token)) : end())),
		);
		const codes = new Set<string>();
		await leavesNothing(async (index) => {
			const pay = clients[index % clients.length];
			const amount = index === 0 ? "0" : "1.00";
			const hooks = { onEvent: thrown, ...(index === 1 ? { beforeSend: thrown } : {}) };
			await assert.rejects(
				async () => pay?.startPayment({ ...params("R1"), amount }, hooks),
				({ code }: Package.FlinksPayError) => Boolean(codes.add(code)),
			);
		});
		const expected = ["aborted", "invalid_input", "network", "unexpected_redirect", "upstream_protocol"];
		assert.deepEqual([...codes].sort(), [...expected, "upstream_unavailable"]);
	});
});

describe("ten thousand inputs that throw while they are read", () => {
	it("leave nothing behind", async () => {
		const pay = clientOn(() => Promise.reject(new TypeError("nothing is sent")));
		const thrown = () => {
			throw new RangeError("the caller's own");
		};
		const customerName = { toJSON: thrown } as never;
		const clientUris = new Proxy({}, { ownKeys: thrown });
		const webhook = { scheme: "geft", secrets: ["k"], body: "{}" } as const;
		const given: [() => unknown, code: string][] = [
			[() => pay.startPayment({ ...params("R1"), customerName }), "invalid_input"],
			[() => pay.startPayment({ ...params("R1"), clientUris }), "invalid_input"],
			[() => pay.startPayment(new Proxy(params("R1"), { ownKeys: thrown })), "invalid_input"],
			[() => client.verifyWebhook({ ...webhook, headers: { get: thrown } as never }), "webhook_signature"],
			[() => client.verifyWebhook({ ...webhook, headers: new Proxy({}, { ownKeys: thrown }) }), "invalid_input"],
		];
		await leavesNothing(async (index) => {
			const [give, code] = given[index % given.length] ?? [];
			await assert.rejects(async () => give?.(), { code });
		});
	});
});
