// The client in Node, as users import it, against the sandbox over HTTP. What was sent is in the sandbox's journal.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { getEventListeners, setMaxListeners } from "node:events";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { inspect, promisify } from "node:util";
import { runInNewContext } from "node:vm";
import {
	FlinksPay,
	FlinksPayError,
	type FlinksPayOptions,
	fundsOf,
	isFlinksPayError,
	type PaymentParams,
	signWebhook,
	verifyWebhook,
} from "flinkspay-edge";
import type { JournalEntry } from "../sandbox/src/sandbox.ts";
import { type Running, startSandbox } from "./processes.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const username = "canary-user";
const password = `canary-${crypto.randomUUID()}`;
let sandbox: Running;

before(async () => {
	sandbox = await startSandbox({ username, password });
});
after(() => sandbox.stop());

function client(options: Partial<FlinksPayOptions> = {}): FlinksPay {
	return new FlinksPay({ baseUrl: sandbox.url, username, password, ...options });
}

function params(more: Partial<PaymentParams> = {}): PaymentParams {
	return {
		referenceId: `order-${crypto.randomUUID()}`,
		amount: "12.50",
		customerName: "Zoë O'Neil",
		customerEmail: "zoe@example.com",
		...more,
	};
}

async function control(method: string, path: string, body?: unknown): Promise<Response> {
	const json = { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
	const response = await fetch(`${sandbox.url}/sandbox${path}`, { method, ...(body === undefined ? {} : json) });
	assert.ok(response.ok, `${method} ${path}: ${response.status}`);
	return response;
}

/** What the sandbox saw while `work` ran. */
async function seen<T>(work: () => Promise<T>): Promise<{ result: T; journal: JournalEntry[] }> {
	await control("DELETE", "/journal");
	const result = await work();
	const journal = (await (await control("GET", "/journal")).json()) as JournalEntry[];
	return { result, journal };
}

async function failure(work: () => unknown): Promise<FlinksPayError> {
	try {
		await work();
	} catch (error) {
		assert.ok(error instanceof FlinksPayError, inspect(error));
		return error;
	}
	assert.fail("the call did not fail");
}

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

describe("a payment", () => {
	it("is started, paid and settled", async () => {
		const pay = client();
		const { result: started, journal } = await seen(() => pay.startPayment(params({ referenceId: "User1234" })));
		assert.deepEqual(
			journal.map(({ method, path, status }) => `${method} ${path} ${status}`),
			["POST /api/v1/authorize 200", "POST /api/v1/sessions/initiate 200", "POST /api/v1/paymentrequests 200"],
		);
		assert.deepEqual(Object.keys(started).sort(), ["appUrl", "referenceId", "requestId", "sessionId"]);
		assert.equal(started.appUrl, `${sandbox.url}/app/?sessionId=${started.sessionId}`);
		assert.equal((await fetch(started.appUrl)).status, 200);

		const asked = await pay.getPaymentRequest(started.requestId);
		assert.deepEqual(
			{ ...asked, paymentLink: undefined },
			{
				requestId: started.requestId,
				referenceId: "User1234",
				status: "Initiated",
				funds: "none",
				paid: false,
				final: false,
				paymentLink: undefined,
			},
		);
		await control("POST", `/sessions/${started.sessionId}/play`, { outcome: "accept" });
		const paid = await pay.getPaymentRequest(started.requestId);
		assert.deepEqual([paid.status, paid.funds, paid.paid, paid.final], ["Accepted", "guaranteed", true, false]);
		await control("POST", "/settle", {});
		const settled = await pay.getPaymentRequest(started.requestId);
		assert.deepEqual([settled.status, settled.funds, settled.paid, settled.final], ["Settled", "settled", true, true]);
		const { rank, ...meaning } = fundsOf(settled, { product: "interac", before: paid.funds });
		assert.deepEqual(meaning, { funds: "settled", paid: true, final: true });
		assert.ok((rank ?? 0) > (fundsOf(paid, { product: "interac" }).rank ?? 0));
		const returned = fundsOf({ status: "Failed" }, { product: "interac", before: settled.funds });
		assert.deepEqual([returned.funds, returned.paid, returned.final], ["returned", false, true]);
	});

	it("can be made payable later, with a token of its own", async () => {
		const pay = client();
		const session = await pay.initiateSession(params());
		assert.equal((await fetch(`${sandbox.url}/app/?sessionId=${session.sessionId}`)).ok, false);
		const { result, journal } = await seen(() => pay.createPaymentRequest(session.sessionId));
		assert.match(result.requestId, /^[A-Za-z0-9-]+$/);
		assert.deepEqual(
			journal.map(({ path }) => path),
			["/api/v1/authorize", "/api/v1/paymentrequests"],
		);
		const again = await failure(() => pay.createPaymentRequest(session.sessionId));
		assert.deepEqual(
			[again.code, again.stage, again.outcome, again.sessionId],
			["conflict", "payment_request", "rejected", session.sessionId],
		);
	});

	it("sends what its options say: credentials in a form, BaseURI, the amount as text", async () => {
		const form = await seen(() => client({ credentialsIn: "form", instance: "toronto" }).startPayment(params()));
		assert.equal(form.journal[0]?.credentials, "form");
		assert.equal(form.journal[1]?.baseUri, "toronto");
		const text = await seen(() => client({ amountAs: "string" }).startPayment(params({ amount: "0.1" })));
		assert.equal(text.journal[1]?.body?.amount, "0.10");
	});
});

describe("bad input", () => {
	const cases: [field: string, given: object][] = [
		["referenceId", { referenceId: undefined }],
		["referenceId", { referenceId: 7 }],
		["amount", { amount: undefined }],
		["amount", { amount: 12.5 }],
		["amount", { amount: "0" }],
		["amount", { amount: "-1" }],
		["amount", { amount: "1.234" }],
		["amount", { amount: "1e3" }],
		["customerName", { customerName: undefined }],
		["customerName", { customerName: {} }],
		["customerEmail", { customerEmail: undefined }],
		["customerEmail", { customerEmail: "zoe@" }],
		["clientUris", { clientUris: "https://shop.example/" }],
	];
	for (const [field, given] of cases) {
		it(`is refused and nothing is sent: ${inspect(given)}`, async () => {
			const { result: error, journal } = await seen(() => failure(() => client().startPayment(params(given))));
			assert.deepEqual(
				[error.code, "field" in error && error.field, error.stage, error.outcome],
				["invalid_input", field, "input", "not_sent"],
			);
			assert.deepEqual(journal, []);
		});
	}

	for (const id of ["", "../sessions", "a/b", "a?b", "a%2fb", "a".repeat(65)]) {
		it(`is refused as an id: ${JSON.stringify(id)}`, async () => {
			const pay = client();
			const { result: errors, journal } = await seen(() =>
				Promise.all([failure(() => pay.getPaymentRequest(id)), failure(() => pay.createPaymentRequest(id))]),
			);
			assert.deepEqual(
				errors.map((error) => [error.code, "field" in error && error.field]),
				[
					["invalid_input", "requestId"],
					["invalid_input", "sessionId"],
				],
			);
			assert.deepEqual(journal, []);
		});
	}

	for (const baseUrl of ["http://pay.example.com", "https://user:pw@pay.example.com", "https://pay.example.com/api"]) {
		it(`is refused as a base URL: ${baseUrl}`, async () => {
			const error = await failure(() => client({ baseUrl }));
			assert.deepEqual(
				[error.code, "field" in error && error.field, error.stage, error.outcome],
				["invalid_config", "baseUrl", "config", "not_sent"],
			);
		});
	}
});

describe("a client", () => {
	it("shows no credentials when it is printed", () => {
		const pay = client();
		for (const printed of [inspect(pay, { showHidden: true, depth: 9 }), JSON.stringify(pay), String(pay)]) {
			assert.ok(!printed.includes("canary"), printed);
		}
	});

	it("is closed by using, and then refuses calls", async () => {
		const pay = client();
		pay[Symbol.dispose]();
		const error = await failure(() => pay.getPaymentRequest("r-1"));
		assert.deepEqual([error.code, error.outcome], ["closed", "not_sent"]);
	});

	it("takes a getter that throws for a field that is missing, and works on", async () => {
		const pay = client();
		const given = Object.defineProperty(params(), "amount", {
			get() {
				throw new TypeError("mine");
			},
		});
		const error = await failure(() => pay.startPayment(given));
		assert.deepEqual([error.code, "field" in error && error.field], ["invalid_input", "amount"]);
		assert.ok((await pay.startPayment(params())).sessionId);
	});
});

describe("an error", () => {
	const fetches = (fetch: FlinksPayOptions["fetch"]) => client({ fetch: fetch as typeof globalThis.fetch });

	it("has the caller's line in its stack", async () => {
		const { stack } = await failure(() => fetches(() => Promise.reject(new TypeError("lost"))).startPayment(params()));
		assert.match(stack ?? "", /client\.test\.ts/);
	});

	it("has its message in JSON, and not its cause", async () => {
		const error = await failure(() => fetches(() => Promise.reject(new TypeError("lost"))).startPayment(params()));
		const { name, message, code, outcome, cause } = JSON.parse(JSON.stringify(error));
		assert.deepEqual(
			[name, message, code, outcome, cause],
			["FlinksPayError", error.message, "network", "not_sent", undefined],
		);
		assert.ok(error.cause instanceof Error && error.cause.message === "lost");
		assert.ok(!Object.keys(error).includes("cause"));
	});

	it("is recognized by its fields where its class is lost", async () => {
		const error = await failure(() => client().startPayment(params({ amount: "0" })));
		assert.ok(isFlinksPayError(JSON.parse(JSON.stringify(error))) && isFlinksPayError({ ...error, message: "" }));
		for (const other of [undefined, null, "invalid_input", new Error("x"), { code: "invalid_input" }]) {
			assert.equal(isFlinksPayError(other), false);
		}
	});

	it("names by its cause whether the caller's signal timed out or was aborted", async () => {
		const hangs = fetches(() => new Promise(() => {}));
		const timedOut = await failure(() => hangs.startPayment(params(), { signal: AbortSignal.timeout(5) }));
		assert.deepEqual([timedOut.code, (timedOut.cause as Error).name], ["aborted", "TimeoutError"]);
		const aborted = await failure(() => hangs.startPayment(params(), { signal: AbortSignal.abort() }));
		assert.deepEqual([aborted.code, (aborted.cause as Error).name], ["aborted", "AbortError"]);
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

describe("options", () => {
	it("are read from accessors, each once", async () => {
		const read: string[] = [];
		class Settings {
			baseUrl = sandbox.url;
			username = username;
			password = password;
			get credentialsIn(): "form" {
				read.push("credentialsIn");
				return "form";
			}
		}
		const { journal } = await seen(() => new FlinksPay(new Settings()).initiateSession(params()));
		assert.deepEqual(read, ["credentialsIn"]);
		assert.equal(journal[0]?.credentials, "form");
	});

	it("are refused by name, misspelt ones too", async () => {
		const refused = async (options: object) => {
			const error = await failure(() => new FlinksPay({ baseUrl: sandbox.url, username, password, ...options }));
			return error.code === "invalid_config" && error.field;
		};
		assert.equal(await refused({ tokenheader: "bearertoken" }), "tokenheader");
		assert.equal(await refused({ instance: null }), "instance");
		assert.equal(await refused({ timeoutMs: Number.NaN }), "timeoutMs");
		assert.equal(await refused({ password: "half a character: \ud800" }), "password");
		assert.equal(await refused({ "\ud800": 1 }), "\ufffd");
	});

	it("of a call are an object, and not its signal", async () => {
		const error = await failure(() => client().startPayment(params(), AbortSignal.abort() as object));
		assert.ok(error.code === "invalid_input" && error.field === "options");
	});
});

it("an object that JSON would write as {} is refused", async () => {
	for (const odd of [new Map([["a", 1]]), new Set(["a"]), new Number(5), /a/, new URLSearchParams("a=1")]) {
		const clientUris = { redirect: odd } as unknown as PaymentParams["clientUris"] & object;
		const error = await failure(() => client().startPayment(params({ clientUris })));
		assert.ok(error.code === "invalid_input" && error.field === "clientUris.redirect");
	}
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

describe("a method that is called without its client", () => {
	const pay = new FlinksPay({ baseUrl: "https://pay.example.com", username, password });
	const { startPayment, close } = pay;
	const reactive = new Proxy(pay, {});

	const rejecting: Record<string, () => Promise<unknown>> = {
		"without one": () => startPayment(params()),
		"on text": () => startPayment.call("pay" as never, params()),
		"on a proxy": () => reactive.startPayment(params()),
		"on what inherits from one": () => (Object.create(pay) as FlinksPay).startPayment(params()),
	};
	for (const [how, call] of Object.entries(rejecting)) {
		it(`rejects, and does not throw: ${how}`, async () => {
			const promise = call();
			const error = await failure(() => promise);
			assert.deepEqual(
				[error.code, "field" in error && error.field, error.outcome],
				["invalid_input", "this", "not_sent"],
			);
			assert.match(error.message, /pay\.startPayment.*markRaw/);
		});
	}

	it("throws the same where it returns no promise", () => {
		for (const call of [() => close(), () => reactive.close(), () => reactive[Symbol.dispose]()]) {
			assert.throws(call, { name: "FlinksPayError", code: "invalid_input", message: /pay\.close.*markRaw/ });
		}
	});
});

for (const frozen of ["Error", "Object", "Function", "Promise", "Array", "all"]) {
	it(`the package works and fails as ever when prototypes are frozen before its import: ${frozen}`, async () => {
		const script = `
			const all = Object.getOwnPropertyNames(globalThis).map((name) => globalThis[name]);
			const classes = "${frozen}" === "all" ? all.filter((value) => value?.prototype) : [globalThis["${frozen}"]];
			for (const { prototype } of classes) Object.freeze(prototype);
			await import("flinkspay-edge/launcher");
			const { FlinksPay } = await import("flinkspay-edge");
			const { signOrder } = await import("flinkspay-edge/order");
			const { createSandbox } = await import("flinkspay-edge/sandbox");
			const payment = { referenceId: "R", amount: "1.00", customerName: "Zoë", customerEmail: "z@example.com" };
			const client = (fetch) =>
				new FlinksPay({ baseUrl: "https://pay.example.com", username: "sandbox", password: "sandbox", fetch });
			const lost = () => Promise.reject(new TypeError("lost"));
			const fieldsOf = ({ name, code, field, cause }) => [name, code, field ?? cause.message];
			console.log(JSON.stringify([
				(await client(createSandbox().fetch).startPayment(payment)).referenceId,
				await client(lost).startPayment({ ...payment, amount: "0" }).catch(fieldsOf),
				await client(lost).startPayment(payment).catch(fieldsOf),
				await signOrder({ id: "", payment, secret: "s".repeat(32) }).catch(fieldsOf),
			]));`;
		const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { cwd: root });
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
	const script = `
		import { FlinksPay, signWebhook } from "flinkspay-edge";
		const named = JSON.parse('{"toString":1,"constructor":2,"more":3}');
		const answers = {
			authorize: { access_token: "t", token_type: "bearer", expires_in: 299 },
			initiate: { sessionId: "s", toString: 1 },
			paymentrequests: { requestId: "r" },
			details: { status: "Completed", payor: named },
		};
		const fetch = async (url) => Response.json(answers[url.split("/").at(-1)]);
		for (const of of [Object, Array, Function, Error, Promise]) Object.freeze(of.prototype);
		const pay = new FlinksPay({ baseUrl: "https://pay.example.com", username: "u", password: "p", fetch });
		const params = { referenceId: "R", amount: "1.00", customerName: "Z", customerEmail: "z@example.com" };
		const resultOf = (work) => work.catch(({ code, field }) => [code, field]);
		console.log(JSON.stringify([
			await resultOf(pay.startPayment({ ...params, clientUris: named })),
			await resultOf(pay.getSessionDetails("s").then(({ payor }) => payor)),
			await resultOf((async () => signWebhook({ scheme: "geft", secret: "k", body: "", header: "toString" }))()),
			await resultOf(pay.startPayment({ ...params, clientUris: { more: 3 } }).then(({ requestId }) => requestId)),
		]));`;
	const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { cwd: root });
	const refused = ["invalid_input", "clientUris.toString"];
	assert.deepEqual(JSON.parse(stdout), [refused, { more: 3 }, ["invalid_input", "header"], "r"]);
});

it("a client that is built while the instance is lost works or fails with instance_lost", async () => {
	const { queueMicrotask } = globalThis;
	const held = client({ fetch: () => new Promise(() => {}), timeoutMs: 20, deadlineMs: 20 });
	const call = failure(() => held.startPayment(params()));
	globalThis.queueMicrotask = () => {};
	let built: FlinksPay | FlinksPayError | undefined;
	call.then(() => {
		try {
			built = client();
		} catch (error) {
			built = error as FlinksPayError;
		}
	});
	await new Promise((resolve) => setTimeout(resolve, 1_200));
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
	await new Promise((resolve) => setTimeout(resolve, 200));
	globalThis.queueMicrotask = queueMicrotask;
	assert.ok(answers.length > 0);
	assert.equal((await call).code, "instance_lost");
	assert.equal(getEventListeners(signal, "abort").length, 0);
	assert.ok((await client().startPayment(params())).appUrl);
});
