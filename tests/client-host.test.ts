// The client in Node and what its host gives it: hooks, a fetch, signals, frozen prototypes, values of another realm, and a
// task queue that stops.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { getEventListeners, setMaxListeners } from "node:events";
import process from "node:process";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { inspect, promisify } from "node:util";
import { runInNewContext } from "node:vm";
import { FlinksPay, FlinksPayError, signWebhook, verifyWebhook } from "flinkspay-edge";
import { client, failure, params, sandbox, seen } from "./client/sandbox.ts";
import { until } from "./contract/sandboxes.ts";

const run = promisify(execFile);
const scripts = fileURLToPath(new URL("client/", import.meta.url));
after(sandbox.stop);

describe("the hooks of a call", () => {
	it("beforeSend is called before each request leaves, onEvent once it is over", async () => {
		const hookCalls: string[] = [];
		const pay = client({ onEvent: ({ stage }) => hookCalls.push(`client: ${stage} over`) });
		const { sessionId } = await pay.startPayment(params(), {
			beforeSend: ({ stage, sessionId }) => hookCalls.push(`${stage} ${sessionId ?? "without a session"}`),
			onEvent: ({ stage, outcome }) => hookCalls.push(`${stage} is ${outcome}`),
		});
		assert.deepEqual(hookCalls, [
			...["authorize without a session", "authorize is ok", "client: authorize over"],
			...["initiate without a session", "initiate is ok", "client: initiate over"],
			...[`payment_request ${sessionId}`, "payment_request is ok", "client: payment_request over"],
		]);
	});

	for (const at of ["authorize", "initiate", "payment_request"]) {
		it(`nothing is sent after beforeSend has thrown at ${at}`, async () => {
			const { result, journal } = await seen(() =>
				failure(() =>
					client().startPayment(params(), {
						beforeSend: ({ stage }) => {
							if (stage === at) throw new Error("the disk is full");
						},
					}),
				),
			);
			assert.deepEqual([result.code, result.stage, result.outcome], ["aborted", at, "not_sent"]);
			assert.equal(journal.length, ["authorize", "initiate", "payment_request"].indexOf(at));
		});
	}

	it("nothing is sent when beforeSend aborts the call", async () => {
		const controller = new AbortController();
		const { result, journal } = await seen(() =>
			failure(() =>
				client().startPayment(params(), {
					signal: controller.signal,
					beforeSend: ({ stage }) => stage === "initiate" && controller.abort(),
				}),
			),
		);
		assert.deepEqual([result.code, result.stage, result.outcome], ["aborted", "initiate", "not_sent"]);
		assert.deepEqual(
			journal.map(({ path }) => path),
			["/api/v1/authorize"],
		);
	});

	it("a signal ends the call at once although an attempt that timed out fails late", async () => {
		const controller = new AbortController();
		let tries = 0;
		const fetch = (_: string, init: RequestInit = {}) =>
			new Promise<Response>((_resolve, reject) => {
				tries += 1;
				const last = tries === 3;
				const late = () => {
					reject(new TypeError("late"));
					if (last) setTimeout(() => controller.abort(), 20);
				};
				init.signal?.addEventListener("abort", () => setTimeout(late, 20));
			});
		const pay = client({ timeoutMs: 20, fetch: fetch as typeof globalThis.fetch });
		// After three attempts it waits for a minute, in which the third one fails.
		const waiting = failure(() => pay.waitForPayment("r-1", { intervalMs: 60_000, signal: controller.signal })).then(
			({ code }) => code,
		);
		let timer: ReturnType<typeof setTimeout> | undefined;
		const tooLong = new Promise((resolve) => {
			timer = setTimeout(resolve, 120_000, "it waits on");
		});
		assert.equal(await Promise.race([waiting, tooLong]), "aborted");
		assert.equal(tries, 3);
		clearTimeout(timer);
		pay.close();
	});

	it("a hook that is no function is refused", async () => {
		for (const field of ["beforeSend", "onEvent"]) {
			const { result, journal } = await seen(() =>
				failure(() => client().startPayment(params(), { [field]: "log" } as never)),
			);
			assert.ok(result.code === "invalid_input");
			assert.deepEqual([result.field, journal], [field, []]);
		}
	});
});

describe("a fetch of the caller's that misbehaves", () => {
	const cyclic = new Error("cyclic");
	cyclic.cause = cyclic;
	const revoked = Proxy.revocable(new Error("revoked"), {});
	revoked.revoke();
	const throwing = { get: () => assert.fail("a getter") };
	// A promise that settles while `then` is called, and twice.
	const hasty = Object.assign(Promise.resolve(), {
		// biome-ignore lint/suspicious/noThenProperty: that is what is tried.
		then: (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => {
			resolve(undefined);
			reject(undefined);
		},
	});
	const gives: Record<string, () => unknown> = {
		"an error that is its own cause": () => Promise.reject(cyclic),
		"a proxy that was revoked": () => Promise.reject(revoked.proxy),
		"a proxy that throws": () => Promise.reject(new Proxy(new Error("x"), throwing)),
		"a promise with a then of its own": () => hasty,
		"pieces whose buffer is transferred away": () => {
			const bytes = new TextEncoder().encode('{"access_token":"t"');
			const read = async () => {
				queueMicrotask(() => structuredClone(bytes.buffer, { transfer: [bytes.buffer] }));
				return { done: false, value: bytes };
			};
			const body = { getReader: () => ({ read, cancel: async () => {} }) };
			return Promise.resolve({ status: 200, headers: new Headers({ "content-type": "application/json" }), body });
		},
	};
	for (const [what, give] of Object.entries(gives)) {
		it(`fails its own call alone: ${what}`, async () => {
			const bystander = client().startPayment(params());
			const { code } = await failure(() =>
				client({ fetch: give as typeof fetch, timeoutMs: 500 }).startPayment(params()),
			);
			assert.notEqual(code, "instance_lost");
			assert.ok((await bystander).appUrl);
		});
	}

	it("leaves no trace in the error of what it gave in place of an answer", async () => {
		const token = `token-${crypto.randomUUID()}`;
		for (const given of [{ access_token: token }, token, Object.assign(new RangeError("x"), { token })]) {
			for (const fetch of [async () => given, async () => Promise.reject(given)]) {
				const error = await failure(() => client({ fetch: fetch as never }).startPayment(params()));
				assert.ok(!inspect(error, { showHidden: true, depth: null }).includes(token));
			}
		}
	});
});

describe("a signal that many calls share", () => {
	const hangs = () => client({ fetch: () => new Promise(() => {}) });
	const fifty = (pay: FlinksPay, signal: AbortSignal) =>
		Array.from({ length: 50 }, () => failure(() => pay.startPayment(params(), { signal })));

	it("has one listener, ends all calls, and has no listener afterwards", async () => {
		const { signal, ...controller } = withAbort();
		// As Node.js 20 has it for every signal: it warns of the eleventh listener.
		setMaxListeners(10, signal);
		const warnings: Error[] = [];
		const warn = (warning: Error) => warnings.push(warning);
		process.on("warning", warn);
		const calls = [...fifty(hangs(), signal), ...fifty(hangs(), signal)];
		await pause();
		assert.equal(getEventListeners(signal, "abort").length, 1);
		controller.abort("all of them");
		for (const { code, cause } of await Promise.all(calls)) {
			assert.deepEqual([code, cause], ["aborted", "all of them"]);
		}
		process.off("warning", warn);
		assert.deepEqual([getEventListeners(signal, "abort").length, warnings], [0, []]);
	});

	it("ends running calls after others are over, and later calls", async () => {
		const { signal, ...controller } = withAbort();
		const listeners = () => getEventListeners(signal, "abort").length;
		const [first, second] = [hangs(), hangs()];
		const [firsts, seconds] = [fifty(first, signal), fifty(second, signal)];
		await pause();
		first.close();
		for (const { code } of await Promise.all(firsts)) assert.equal(code, "closed");
		assert.equal(listeners(), 1);
		second.close();
		for (const { code } of await Promise.all(seconds)) assert.equal(code, "closed");
		assert.equal(listeners(), 0);
		const later = fifty(hangs(), signal);
		await pause();
		controller.abort();
		for (const { code } of await Promise.all(later)) assert.equal(code, "aborted");
		assert.equal(listeners(), 0);
	});

	/** Until the calls are under way. */
	function pause(): Promise<void> {
		return new Promise((resolve) => setTimeout(resolve, 10));
	}

	function withAbort(): { signal: AbortSignal; abort: (reason?: unknown) => void } {
		const controller = new AbortController();
		return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
	}
});

for (const frozen of ["Error", "Object", "Function", "Promise", "Array", "all"]) {
	it(`the package works and fails as ever when prototypes are frozen before its import: ${frozen}`, async () => {
		const { stdout } = await run(process.execPath, [`${scripts}frozen-before-import.mjs`, frozen]);
		assert.deepEqual(JSON.parse(stdout), [
			"R",
			["FlinksPayError", "invalid_input", "amount"],
			["FlinksPayError", "network", "lost"],
			["OrderError", "invalid_input", "id"],
		]);
	});
}

it("errors, parameters and webhooks of another realm are read", async () => {
	const lost = runInNewContext('Object.assign(new TypeError("lost", { cause: new Error("inner") }), { code: "E" })');
	const error = await failure(() => client({ fetch: () => Promise.reject(lost) }).startPayment(params()));
	const cause = error.cause as Error & { code: string };
	assert.deepEqual([cause.name, cause.message, cause.code], ["TypeError", "lost", "E"]);
	assert.equal((cause.cause as Error).message, "inner");

	const given = runInNewContext("({ ...given, clientUris: { more: [1] } })", { given: params() });
	assert.ok((await client().startPayment(given)).appUrl);

	const body = JSON.stringify({ sessionId: "s-1", status: "Completed" });
	const signature = Object.values(signWebhook({ body, secret: "k", scheme: "flinks" }))[0];
	const webhook = runInNewContext(
		`({
			body: new Uint8Array(bytes),
			headers: new Map([["x-flinks-signature", signature]]),
			secrets: ["k"],
			scheme: "flinks",
		})`,
		{ bytes: [...new TextEncoder().encode(body)], signature },
	);
	assert.equal(verifyWebhook(webhook).type, "SessionSetupStatusChanged");
});

it("no field's name loses the instance when prototypes are frozen", async () => {
	const { stdout } = await run(process.execPath, [`${scripts}frozen-after-import.mjs`]);
	const refused = ["invalid_input", "clientUris.toString"];
	assert.deepEqual(JSON.parse(stdout), [refused, { more: 3 }, ["invalid_input", "header"], "r"]);
});

it("a client that is built while the instance is lost works or fails with instance_lost", async () => {
	const { queueMicrotask } = globalThis;
	const held = client({ fetch: () => new Promise(() => {}), timeoutMs: 20, deadlineMs: 20 });
	const call = failure(() => held.startPayment(params()));
	globalThis.queueMicrotask = () => {};
	const build = () => {
		try {
			return client();
		} catch (error) {
			return error as FlinksPayError;
		}
	};
	const built = await call.then(build);
	globalThis.queueMicrotask = queueMicrotask;
	assert.equal((await call).code, "instance_lost");
	if (built instanceof FlinksPay) assert.ok((await built.startPayment(params())).appUrl);
	else assert.ok(built instanceof FlinksPayError && built.code === "instance_lost");
	assert.ok((await client().startPayment(params())).appUrl);
});

it("a call whose instance stops fails with instance_lost, and the next call works", async () => {
	const { queueMicrotask } = globalThis;
	const answers: (() => void)[] = [];
	const held = client({ fetch: () => new Promise(() => {}), timeoutMs: 20, deadlineMs: 20 });
	const { signal } = new AbortController();
	const call = failure(() => held.startPayment(params(), { signal }));
	globalThis.queueMicrotask = () => answers.push(() => {});
	// Until the timeout has fired, to which the instance cannot react.
	await until(async () => answers.length > 0);
	globalThis.queueMicrotask = queueMicrotask;
	assert.ok(answers.length > 0);
	assert.equal((await call).code, "instance_lost");
	assert.equal(getEventListeners(signal, "abort").length, 0);
	assert.ok((await client().startPayment(params())).appUrl);
});
