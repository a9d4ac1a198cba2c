// No credential, token, key, name or e-mail address leaks: canaries are sent through the whole table of faults and
// through the Worker, and searched for in all that comes out.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import process from "node:process";
import { after, before, describe, it, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Running, startWorker } from "../tools/processes.ts";
import { type Canaries, forms, type Leak, newCanaries, Scanner, textsOf } from "./canaries/scan.ts";
import { cells, columns, type Step } from "./faults/table.ts";
import { type Part, type Played, type Received, startUpstream, type Upstream } from "./faults/upstream.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);
const canaries = newCanaries();
const scanner = new Scanner(canaries);

const allSteps: readonly Step[] = Object.values(columns).flat();
const afterAuthorize = allSteps.filter((step) => step !== "authorize");
const creating: readonly Step[] = ["initiate", "sendrequest", "session"];

type AllowedPlace = readonly [part: string, belongs: readonly (keyof Canaries)[]];

/** Where each canary may be: the step and the part of its request. */
const allowedPlaces: readonly AllowedPlace[] = [
	["authorize header authorization", ["username", "password"]],
	...afterAuthorize.map((step): AllowedPlace => [`${step} header authorization`, ["token"]]),
	...creating.map((step): AllowedPlace => [`${step} body`, ["customerName", "customerEmail"]]),
];

/** The canaries of a request that are where they may not be. */
function leaksInRequest({ step, path, headers, body }: Received): Leak[] {
	const parts = [
		[`${step} path`, path],
		...Object.entries(headers).map(([name, value]) => [`${step} header ${name}`, value]),
		[`${step} body`, body],
	];
	return parts.flatMap(([part = "", text = ""]) => {
		const belongs = allowedPlaces.find(([place]) => place === part)?.[1] ?? [];
		return scanner.scan(part, text).filter(({ canary }) => !belongs.includes(canary));
	});
}

/** Asserts that each canary was really sent, where it belongs. */
function assertAllSent(received: readonly Received[], steps: readonly Step[]): void {
	const basic = `Basic ${Buffer.from(`${canaries.username}:${canaries.password}`).toString("base64")}`;
	const of = (step: Step) => received.filter((request) => request.step === step);
	for (const step of steps) assert.ok(of(step).length > 0, step);
	for (const { headers } of of("authorize")) assert.equal(headers.authorization, basic);
	for (const { headers, step } of received) {
		if (step !== "authorize") assert.ok(headers.authorization?.startsWith(`Bearer ${canaries.token}`), step);
	}
	for (const { body } of creating.flatMap(of)) {
		const { customerName, customerEmail, payor } = JSON.parse(body);
		const [name, email] = [payor?.firstName ?? customerName, payor?.email ?? customerEmail];
		assert.deepEqual([name, email], [canaries.customerName, canaries.customerEmail]);
	}
}

describe("the search", () => {
	/** Asserts that a leak is found in that form. */
	function mustFind(what: string, canary: keyof Canaries, form: string, text: string): void {
		const found = scanner.scan(what, text).some((leak) => leak.canary === canary && leak.form === form);
		assert.ok(found, `${what}: a leak of ${canary}, ${form}, was not seen`);
	}

	const planted = (Object.keys(canaries) as (keyof Canaries)[]).flatMap((canary) =>
		Object.entries(forms).map(([form, write]) => ({ canary, form, text: write(canaries[canary]) })),
	);

	it("finds nothing in text without a canary", () => {
		const other = newCanaries();
		assert.deepEqual(scanner.scan("others", Object.values(other).join()), []);
	});

	it("finds a leak in each place of an error, an event or a result", () => {
		for (const { canary, form, text } of planted) {
			for (const [place, thing] of Object.entries(leaky(text))) mustFind(place, canary, form, textsOf(thing));
		}
	});

	it("finds a canary within the base64 of a longer text", () => {
		for (const [canary, text] of Object.entries(canaries)) {
			for (const before of ["", "a", "ab", "abc"]) {
				const hidden = Buffer.from(`${before}${text} and more`).toString("base64");
				assert.ok(scanner.scan("", hidden).some((leak) => leak.canary === canary));
				assert.ok(scanner.scan("", hidden.replaceAll("+", "-").replaceAll("/", "_")).length > 0);
			}
		}
	});

	it("finds half of a canary", () => {
		for (const [canary, text] of Object.entries(canaries)) {
			const half = (text.match(/[a-z2-9]{24}/)?.[0] ?? "").slice(0, 12);
			assert.deepEqual([...new Set(scanner.scan("", `..${half}..`).map((leak) => leak.canary))], [canary]);
		}
	});

	it("finds a leak in each part of a request where it does not belong", () => {
		const clean: Received = { step: "initiate", method: "POST", path: "/", headers: {}, body: "", at: 0 };
		for (const { canary, form, text } of planted) {
			const requests: Received[] = [
				{ ...clean, path: `/${text}` },
				{ ...clean, headers: { "x-other": text } },
				{ ...clean, step: "payment_request", body: text },
				{ ...clean, step: "authorize", body: text },
				...(allowedPlaces[0]?.[1].includes(canary) ? [{ ...clean, headers: { authorization: text } }] : []),
			];
			for (const request of requests) {
				assert.ok(leaksInRequest(request).some((leak) => leak.canary === canary && leak.form === form));
			}
		}
	});

	it("finds a leak in what a process prints", async () => {
		for (const stream of ["log", "error"]) {
			const script = `console.${stream}(process.env.TEXT)`;
			const texts = planted.map(({ text }) => text).join("\n");
			const printed = await run(process.execPath, ["-e", script], { env: { ...process.env, TEXT: texts } });
			for (const { canary, form } of planted) mustFind(stream, canary, form, printed.stdout + printed.stderr);
		}
	});
});

/** Things that leak a text, each in a place of its own. */
function leaky(text: string): Record<string, unknown> {
	const plain = () => new Error("plain");
	return {
		message: new Error(`before ${text} after`),
		stack: Object.assign(plain(), { stack: `Error: plain\n    at ${text}` }),
		cause: new Error("plain", { cause: new Error(text) }),
		"cause that is text": new Error("plain", { cause: text }),
		field: Object.assign(plain(), { detail: text }),
		"hidden field": Object.defineProperty(plain(), "hidden", { value: text, enumerable: false }),
		symbol: Object.assign(plain(), { [Symbol("hidden")]: text }),
		"field of a field": Object.assign(plain(), { response: { headers: new Map([["authorization", text]]) } }),
		toJSON: Object.assign(plain(), { toJSON: () => ({ text }) }),
		toString: Object.assign(plain(), { toString: () => text }),
		event: { stage: "initiate", attempt: 1, note: text },
		result: { sessionId: text },
	};
}

describe("the whole table of faults", () => {
	let upstream: Upstream;
	before(async () => {
		upstream = await startUpstream(cells, canaries.token);
	});
	after(() => upstream.stop());

	it("leaks nothing into errors, events, results, output or another part of a request", async (t) => {
		const { stdout, stderr } = await run(process.execPath, ["tests/canaries/node.ts"], {
			cwd: root,
			env: { ...process.env, UPSTREAM: upstream.url, CANARIES: JSON.stringify(canaries) },
			maxBuffer: 16 * 1_048_576,
		});
		assert.deepEqual(scanner.scan("stdout", stdout), []);
		assert.deepEqual(scanner.scan("stderr", stderr), []);
		const { cells: ran, wrong, looked, leaks } = JSON.parse(stdout);
		assert.deepEqual({ ran, wrong, leaks }, { ran: cells.length, wrong: [], leaks: [] });
		const failing = cells.filter(({ end, unlike }) => (unlike.node?.end ?? end).code !== "ok").length;
		// A cell whose time limit was too short for its fault runs again, and has one error more.
		assert.ok(looked.error >= failing);
		assert.equal(looked.result, cells.length - failing);

		const received = upstream.parts.flatMap((part) => part.received);
		assertAllSent(received, allSteps);
		assert.deepEqual(received.flatMap(leaksInRequest), []);
		t.diagnostic(`${looked.error} errors, ${looked.event} events and ${received.length} requests were searched`);
	});
});

/** The faults for the Worker: one of each kind, and those that echo the request. */
const failures = [
	...["reset after the request", "closed within a body of known length", "garbage", "silence", "gzip bomb"],
	...["HTML that says it is JSON", "the request in place of JSON", "JSON text", "vital key: null", "extra fields"],
	...["status 302", "status 400", "status 401", "status 403", "status 404", "status 409", "status 418", "status 425"],
	...["429, Retry-After two days", "status 500", "status 503", "status 600"],
];
const steps = ["authorize", "initiate", "payment_request", "status"] as const;

describe("the Worker", () => {
	let upstream: Upstream;
	let part: Played;
	let worker: Running;
	const good: Part = { fault: "extra fields", step: "authorize", call: "startPayment", times: 0 };

	before(async () => {
		upstream = await startUpstream([good], canaries.token);
		part = upstream.parts[0] ?? assert.fail();
		worker = await startWorker({
			sandboxUrl: part.url,
			// Short, since each silence lasts as long; long enough for a good answer on a busy machine.
			vars: { FLINKS_TIMEOUT_MS: "4000", FLINKS_DEADLINE_MS: "8000" },
			secrets: { FLINKS_USERNAME: canaries.username, FLINKS_PASSWORD: canaries.password, API_KEY: canaries.apiKey },
		});
	});
	after(() => Promise.all([worker.stop(), upstream.stop()]));

	/** All that an answer says, in one text. */
	async function ask(path: string, init: RequestInit = {}): Promise<{ status: number; text: string; body: string }> {
		const headers = { authorization: `Bearer ${canaries.apiKey}`, ...init.headers };
		const response = await fetch(worker.url + path, { ...init, headers });
		const body = await response.text();
		return { status: response.status, text: [response.statusText, ...response.headers, body].join("\n"), body };
	}

	function pay(more: Record<string, string> = {}) {
		const { customerName, customerEmail } = canaries;
		const params = { referenceId: "order-1", amount: "12.50", customerName, customerEmail, ...more };
		const headers = { "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
		return ask("/payments", { method: "POST", headers, body: JSON.stringify(params) });
	}

	/** One answer of the Worker while Flinks fails at that step. */
	async function failing(fault: string, step: Step): Promise<{ status: number; text: string }> {
		const isRead = step === "status";
		part.play(good);
		const id = isRead ? JSON.parse((await pay()).body).id : undefined;
		part.play({ fault, step, call: isRead ? "getPaymentRequest" : "startPayment", times: Number.POSITIVE_INFINITY });
		return isRead ? ask(`/payments/${id}`) : pay();
	}

	it("leaks nothing into answers and logs, whatever fails", async (t: TestContext) => {
		const leaks: Leak[] = [];
		for (const fault of failures) {
			for (const step of steps) {
				const { status, text } = await failing(fault, step);
				assert.equal(status < 400, fault === "extra fields", `${fault} at ${step}: ${status} ${text}`);
				leaks.push(...scanner.scan(`${fault} at ${step}`, text));
			}
		}
		assert.deepEqual(leaks, []);
		assertAllSent(part.received, steps);
		assert.deepEqual(part.received.flatMap(leaksInRequest), []);
		t.diagnostic(`${failures.length * steps.length} answers and ${worker.output().length} characters of log`);
	});

	it("leaks nothing into the answers to bad requests", async () => {
		const { customerName, customerEmail, apiKey } = canaries;
		const json = { "content-type": "application/json", "idempotency-key": "k" };
		const answers = [
			await pay({ amount: "no" }),
			await pay({ referenceId: "" }),
			await pay({ customerName: "", customerEmail }),
			await pay({ customerEmail: `${customerEmail}@`, customerName }),
			await ask("/payments", { method: "POST", headers: json, body: `{${customerName}${customerEmail}` }),
			await ask("/payments", { method: "POST", headers: { ...json, authorization: `Bearer ${apiKey}x` } }),
		];
		const leaks = answers.flatMap(({ text }, index) => scanner.scan(`bad request ${index}`, text));
		assert.ok(answers.every(({ status }) => status >= 400));
		assert.deepEqual(leaks, []);
	});

	it("leaks nothing into GET /config", async () => {
		const { status, text, body } = await ask("/config");
		assert.equal(status, 200);
		assert.ok(body.includes(part.url), "it shows what is not secret");
		assert.deepEqual(scanner.scan("settings", text), []);
	});

	it("leaks nothing into its log, where a planted leak is found", async () => {
		part.play(good);
		const other = newCanaries();
		const others = new Scanner(other);
		const found = (leaks: Leak[]) => [...new Set(leaks.map(({ canary }) => canary))];
		// The Worker repeats the reference in its answer, and wrangler logs the path: the search finds both.
		const answer = await pay({ referenceId: other.customerName });
		assert.deepEqual(found(others.scan("answer", answer.text)), ["customerName"]);
		await ask(`/${encodeURIComponent(other.customerEmail)}`);
		const deadline = Date.now() + 60_000;
		while (others.scan("log", worker.output()).length === 0 && Date.now() < deadline) await pause(20);
		assert.deepEqual(found(others.scan("log", worker.output())), ["customerEmail"]);
		// Lines come in order, so by now the log has all that came before.
		assert.deepEqual(scanner.scan("the log", worker.output()), []);
	});
});

describe("the built files", () => {
	it("hold no path of the machine that built them, and no canary", async () => {
		const entries = await readdir(`${root}pkg`, { recursive: true, withFileTypes: true });
		const files = entries.filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath}/${entry.name}`);
		assert.ok(files.some((file) => file.endsWith(".wasm")));
		for (const file of files) {
			const text = await readFile(file, "latin1");
			assert.deepEqual(scanner.scan(file, text), []);
			for (const folder of [root, "/.cargo/"]) {
				assert.ok(!text.includes(folder), `${file} names ${folder}, a folder of the machine that built it`);
			}
		}
	});
});
