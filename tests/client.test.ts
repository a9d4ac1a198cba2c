// The client in Node, as users import it, against the sandbox over HTTP. What was sent is in the sandbox's journal.

import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { inspect } from "node:util";
import { FlinksPay, type FlinksPayOptions, fundsOf, isFlinksPayError, type PaymentParams } from "flinkspay-edge";
import { client, control, failure, params, password, sandbox, seen, username } from "./client/sandbox.ts";

after(sandbox.stop);

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
