// A request without a key costs the Worker time in proportion to its length: each route is asked without a key, with headers, paths,
// queries and bodies of 64 KiB that drive bad patterns into trying everything. What counts is the processor's time that
// workerd has used, so that a busy machine changes nothing. Linear work takes milliseconds for that much, quadratic work
// seconds and cubic work hours; the bound lies between, far from either.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { bundle, Workerd } from "./crash/workerd.ts";

const MOST_SECONDS = 0.5;
/** workerd takes some 65,500 characters of a path. */
const LENGTH = 65_000;
const ORIGIN = "https://shop.example.com";
const ID = "0-5f2c1f0e-3a53-4c0e-8a44-3f3b0d3b7a10";

/** What is repeated, and an end at which a pattern fails to match. */
const UNITS = [".", "a.", "a", "-", "/", "=", ",", ";", '"', " ", "\t", "a ", "\u00e9"];
const END = " !";

/** What a header's value begins with where the Worker, or a library of it, parses the rest. */
const HEADERS: Readonly<Record<string, readonly string[]>> = {
	Authorization: ["", "Bearer ", "bearer", "Bearer eyJhbGciOiJIUzI1NiJ9.", "Basic "],
	Cookie: ["", "a="],
	Origin: ["", "https://", ORIGIN],
	"Content-Type": ["", "application/json", "application/json;", "application/json; charset=", "multipart/form-data;"],
	"Idempotency-Key": [""],
	"X-Webhook-Signature": ["", "sha256="],
	"If-None-Match": ["", 'W/"'],
	Accept: ["text/html;q="],
	"User-Agent": [""],
	"Access-Control-Request-Method": [""],
	"Access-Control-Request-Headers": [""],
};

interface Hostile {
	method: string;
	path: string;
	headers?: Readonly<Record<string, string>>;
	body?: string;
}

const secrets = {
	FLINKS_USERNAME: crypto.randomUUID(),
	FLINKS_PASSWORD: crypto.randomUUID(),
	API_KEY: crypto.randomUUID(),
	FLINKS_WEBHOOK_SECRET: crypto.randomUUID(),
	ORDER_SECRET: crypto.randomUUID(),
};

let folder: string;
let worker: Workerd;
/** Each route that is there, with a payment's id where it wants one. */
let routes: Pick<Hostile, "method" | "path">[];

before(async () => {
	folder = await bundle([], "worker/src/index.ts");
	await start();
	const { paths } = (await (await fetch(`${worker.url}/openapi.json`)).json()) as { paths: Record<string, object> };
	const documented = Object.entries(paths).flatMap(([path, methods]) =>
		Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path: path.replace("{id}", ID) })),
	);
	assert.ok(documented.length >= 9);
	routes = [
		...documented,
		...["/operator/", "/operator/operator.js", "/nothing"].map((path) => ({ method: "GET", path })),
		...["/payments", `/payments/${ID}`].map((path) => ({ method: "OPTIONS", path })),
	];
});
after(() => worker?.kill());

async function start(): Promise<void> {
	const bindings = { ...secrets, FLINKS_BASE_URL: "http://127.0.0.1:9", ALLOWED_ORIGINS: ORIGIN, LEDGER_SHARDS: "1" };
	worker = await Workerd.start({ folder, state: "state", bindings });
	// Work that is done once for all requests is done here.
	for (const path of ["/openapi.json", "/payments", `/payments/${ID}`]) {
		await send({ method: "GET", path, headers: { Origin: ORIGIN, Authorization: "Bearer a.b.c" } });
	}
	await send({ method: "POST", path: "/payments", headers: json, body: '{"order":"a.b.c"}' });
	await send({ method: "POST", path: "/webhooks/flinks", headers: { "X-Webhook-Signature": "sha256=00" }, body: "{}" });
}

const json = { Origin: ORIGIN, "Content-Type": "application/json" };

/** Whether the Worker itself has answered, which gives each answer an id; workerd refuses some requests before it. */
function send({ method, path, headers = {}, body = "" }: Hostile): Promise<boolean> {
	return new Promise((resolve) => {
		const asking = request(worker.url, { method, path, headers: { ...headers } }, (response) => {
			response.resume().once("close", () => resolve(response.headers["x-request-id"] !== undefined));
		});
		asking.once("error", () => resolve(false)).end(body);
	});
}

/** What workerd has used of the processors so far, which Linux counts in hundredths of a second. */
function secondsUsed(): number {
	const [, user, system] = /\) (?:\S+ ){11}(\d+) (\d+)/.exec(readFileSync(`/proc/${worker.pid}/stat`, "utf8")) ?? [];
	return (Number(user) + Number(system)) / 100;
}

/** Sends a request. A Worker that has not answered when the time is used up is replaced. */
async function verdictOf(hostile: Hostile): Promise<"cheap" | "dear" | "refused"> {
	const began = secondsUsed();
	const asked = send(hostile);
	let hasAnswered: boolean | undefined;
	void asked.then((answered) => {
		hasAnswered = answered;
	});
	while (hasAnswered === undefined && secondsUsed() - began <= MOST_SECONDS) {
		await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 100))]);
	}
	const isDear = secondsUsed() - began > MOST_SECONDS;
	if (hasAnswered === undefined) {
		await worker.kill();
		await start();
	}
	return isDear ? "dear" : hasAnswered === true ? "cheap" : "refused";
}

/** Tries all, up to a few that are not cheap. */
async function assertCheap(all: Iterable<readonly [what: string, hostile: Hostile]>): Promise<void> {
	const others: string[] = [];
	for (const [what, hostile] of all) {
		const verdict = await verdictOf(hostile);
		if (verdict !== "cheap") others.push(`${verdict}: ${hostile.method} ${hostile.path.slice(0, 60)}, ${what}`);
		if (others.length >= 3) break;
	}
	assert.deepEqual(others, []);
}

function filled(begin: string, unit: string, length = LENGTH): string {
	return begin + unit.repeat(Math.floor((length - begin.length - END.length) / unit.length)) + END;
}

function* withHeader(name: string): Generator<readonly [string, Hostile]> {
	for (const route of routes) {
		for (const begin of HEADERS[name] ?? []) {
			for (const unit of UNITS) {
				// From an allowed origin, so that it goes as far as it can.
				const headers = { Origin: ORIGIN, [name]: filled(begin, unit) };
				yield [`${name}: ${begin}, then ${JSON.stringify(unit)}`, { ...route, headers }];
			}
		}
	}
}

for (const name of Object.keys(HEADERS)) {
	test(`a long header ${name} costs little`, () => assertCheap(withHeader(name)));
}

function inPath(unit: string): string {
	return filled("", unit)
		.replaceAll(/[^!-~]|["\\]/g, encodeURIComponent)
		.slice(0, LENGTH);
}

test("long paths cost little", async () => {
	function* all(): Generator<readonly [string, Hostile]> {
		for (const unit of [...UNITS, "%", "%2F", "..", "../"]) {
			const part = inPath(unit);
			const paths = [
				`/${part}`,
				`/operator/${part}`,
				`/payments/${part}`,
				`/openapi.json/${part}`,
				`/payments/0-${part}`,
			];
			for (const path of [...paths, `/payments/${part.slice(0, -20)}/events`]) {
				for (const method of ["GET", "POST", "OPTIONS"]) yield [`a path of ${unit}`, { method, path }];
			}
		}
	}
	await assertCheap(all());
});

test("long queries cost little", async () => {
	const names = ["status", "delivery", "from", "to", "limit", "cursor"].map((name) => `/payments?${name}=`);
	function* all(): Generator<readonly [string, Hostile]> {
		for (const unit of [...UNITS, "%", "%2F", "&", "a&", "a=&", "status=&", "+"]) {
			for (const begin of [...names, `/payments/${ID}?a=`, "/operator/?a=", "/healthz?a="]) {
				yield [`a query of ${unit}`, { method: "GET", path: (begin + inPath(unit)).slice(0, LENGTH) }];
			}
		}
	}
	await assertCheap(all());
});

test("long bodies cost little", async () => {
	const targets: Hostile[] = [
		{ method: "POST", path: "/payments", headers: json },
		{ method: "POST", path: "/payments", headers: { "Content-Type": "application/json" } },
		{ method: "POST", path: `/payments/${ID}/resolution`, headers: json },
		{ method: "POST", path: "/webhooks/flinks", headers: { "X-Webhook-Signature": `sha256=${"0".repeat(64)}` } },
	];
	// As long as the Worker reads one, and longer.
	function* bodies(): Generator<readonly [string, string]> {
		for (const unit of [...UNITS, "\\", "[", '{"a":', "\\ud800", '"a":1,', "1e", "\n"]) {
			for (const length of [16_000, LENGTH]) yield [`${length} of ${unit}`, filled("", unit, length)];
			// An order may have 8,192 characters.
			const order = JSON.stringify(filled("", unit, 8_192));
			yield [`an order of ${unit}`, `{"order":${order}}`];
			yield [`a token of ${unit}`, `{"order":${JSON.stringify(`eyJhbGciOiJIUzI1NiJ9.${filled("", unit, 8_000)}.a`)}}`];
		}
	}
	function* all(): Generator<readonly [string, Hostile]> {
		for (const [what, body] of bodies()) for (const target of targets) yield [what, { ...target, body }];
	}
	await assertCheap(all());
});
