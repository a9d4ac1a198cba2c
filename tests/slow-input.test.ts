// Input that nobody has authenticated costs time in proportion to its length, whatever it is made of: every place of a
// request that a stranger fills, with 64 KiB of what parsers stumble over.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { after, before, describe, test } from "node:test";
import { bundle, type Edit, Workerd } from "./crash/workerd.ts";

const SIZE = 64 * 1024 - 64;
/**
 * What one request may take of the processor, in seconds. All take some hundredths; an expression that goes back over 64 KiB
 * for each of its characters takes about ten, and a cubic one days.
 */
const MOST_SECONDS = 1;
const TICKS_PER_SECOND = 100;
const ORIGIN = "https://shop.example";

const bindings = {
	...{ FLINKS_BASE_URL: "http://127.0.0.1:1", FLINKS_USERNAME: "user", FLINKS_PASSWORD: crypto.randomUUID() },
	...{ API_KEY: crypto.randomUUID(), FLINKS_WEBHOOK_SECRET: crypto.randomUUID(), LEDGER_SHARDS: "1" },
	...{ ORDER_SECRET: crypto.randomUUID(), ALLOWED_ORIGINS: ORIGIN },
};

/** What long inputs are made of. */
const FILLERS = [
	...[".", " ", "a", "a.", ". ", ",", " ,", ";", "=", '"', "\\", "/", "../", "-", "_", "%", "%25", "%ff", "&a=", "é"],
	...["[", '{"a":', "Bearer ", "t=", "0", "?", "#", "*", "(", "\t"],
];

interface Hostile {
	path: string;
	method?: string;
	headers?: Record<string, string>;
	body?: string;
}

const page = { Origin: ORIGIN, "Content-Type": "application/json" };
const post = { path: "/payments", method: "POST" };
const inPath = (text: string) => encodeURI(text).replace(/[?#]/g, encodeURIComponent).slice(0, SIZE);
// Header values are bytes.
const inHeader = (text: string) => Buffer.from(text).toString("latin1").slice(0, SIZE);

/** Every place that a stranger fills, on every route that reads it. */
const PLACES: Readonly<Record<string, (text: string) => Hostile>> = {
	"a path": (text) => ({ path: inPath(`/${text}`) }),
	"a payment's path": (text) => ({ path: inPath(`/payments/${text}`) }),
	"the path below a payment": (text) => ({ path: inPath(`/payments/1/${text}`) }),
	"the operator's path": (text) => ({ path: inPath(`/operator/${text}`) }),
	"a query": (text) => ({ path: `/payments?${inPath(text)}` }),
	"the value in a query": (text) => ({ path: `/healthz?status=${inPath(text)}` }),
	"a method that is not known there": (text) => ({ path: inPath(`/payments/${text}`), method: "DELETE" }),
	"what stands for a key": (text) => ({ path: "/payments", headers: { Authorization: inHeader(`Bearer ${text} x`) } }),
	"what stands for a capability": (text) => ({
		...{ path: "/payments/1-abc", headers: { ...page, Authorization: inHeader(`Bearer ${text}.${text}.${text}`) } },
	}),
	Authorization: (text) => ({ ...post, headers: { Authorization: inHeader(text) } }),
	Origin: (text) => ({ ...post, headers: { ...page, Origin: inHeader(`${ORIGIN}${text}`) }, body: "{}" }),
	"Content-Type": (text) => ({
		...{ ...post, headers: { ...page, "Content-Type": inHeader(`application/json${text}x`) }, body: "{}" },
	}),
	"the headers that a page asks for": (text) => ({
		path: "/payments",
		method: "OPTIONS",
		headers: { ...page, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": inHeader(text) },
	}),
	"a webhook's signature": (text) => ({
		...{ path: "/webhooks/flinks", method: "POST", headers: { "X-Webhook-Signature": inHeader(text) }, body: "{}" },
	}),
	"a webhook's body": (text) => ({ path: "/webhooks/flinks", method: "POST", body: text }),
	"an order's body": (text) => ({ ...post, headers: page, body: text.slice(0, 16_000) }),
	"an order": (text) => ({ ...post, headers: page, body: JSON.stringify({ order: text.slice(0, 8_000) }) }),
	"an order's claims": (text) => {
		const part = Buffer.from(text.slice(0, 2_900)).toString("base64url");
		return { ...post, headers: page, body: JSON.stringify({ order: `${part}.${part}.${part}` }) };
	},
	"a body that is too large": (text) => ({ ...post, headers: page, body: text }),
	"another body": (text) => ({ ...post, body: text }),
};

function send(to: Workerd, { path, method = "GET", headers = {}, body }: Hostile): Promise<number> {
	return new Promise((resolve, reject) => {
		const sent = request(to.url + path, { method, headers, signal: AbortSignal.timeout(300_000) }, (response) => {
			response.resume().on("end", () => resolve(response.statusCode ?? 0));
		});
		sent.on("error", reject).end(body);
	});
}

/** Seconds of the processor that it has used. A machine that is busy with other things adds none. */
async function secondsOf({ pid }: Workerd): Promise<number> {
	const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /, "").split(" ");
	return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function costOf(to: Workerd, hostile: Hostile): Promise<{ status: number; seconds: number }> {
	const before = await secondsOf(to);
	const status = await send(to, hostile);
	return { status, seconds: (await secondsOf(to)) - before };
}

async function start(edits: readonly Edit[] = [], other: Record<string, string> = {}): Promise<Workerd> {
	const folder = await bundle(edits, "worker/src/index.ts");
	const workerd = await Workerd.start({ folder, state: "slow", bindings: { ...bindings, ...other } });
	// The first request pays for the start.
	await send(workerd, { path: "/payments/1" });
	return workerd;
}

const long = (filler: string) => filler.repeat(Math.ceil(SIZE / filler.length)).slice(0, SIZE);

describe("what strangers send", () => {
	let workerd: Workerd;
	before(async () => {
		workerd = await start();
	});
	after(() => workerd?.kill());

	for (const [place, hostile] of Object.entries(PLACES)) {
		test(`${place} of 64 KiB is read once`, async () => {
			for (const filler of FILLERS) {
				const { status, seconds } = await costOf(workerd, hostile(long(filler)));
				assert.ok(seconds < MOST_SECONDS, `${JSON.stringify(filler)} takes ${seconds} s`);
				assert.ok(status < 500 || place === "the operator's path", `${JSON.stringify(filler)}: ${status}`);
			}
		});
	}
});

test("a webhook's signature in the other scheme is read once", async () => {
	const workerd = await start([], { FLINKS_WEBHOOK_SCHEME: "flinks" });
	try {
		for (const filler of FILLERS) {
			const headers = { "X-Flinks-Signature": inHeader(long(filler)) };
			const hostile = { path: "/webhooks/flinks", method: "POST", headers, body: "{}" };
			const { status, seconds } = await costOf(workerd, hostile);
			assert.ok(status === 401 && seconds < MOST_SECONDS, `${JSON.stringify(filler)} takes ${seconds} s: ${status}`);
		}
	} finally {
		await workerd.kill();
	}
});

describe("the measure sees", () => {
	const read = "const isBearer = space >= 0 && header.length <= MOST_OF_A_HEADER &&";
	for (const [name, expression] of [
		["a quadratic expression", "/( +)$/"],
		["a cubic one", "/^bearer +(\\S+\\.\\S+\\.\\S+)$/i"],
	] as const) {
		test(name, async () => {
			const replace = `const isBearer = space >= 0 && !${expression}.test(header) &&`;
			const workerd = await start([{ file: "worker/src/auth.ts", find: read, replace }]);
			try {
				const text = name === "a cubic one" ? ".".repeat(2_000) : " ".repeat(32_000);
				const Authorization = `Bearer ${text} x`;
				const { seconds } = await costOf(workerd, { path: "/config", headers: { Authorization } });
				assert.ok(seconds > MOST_SECONDS, `${seconds} s`);
			} finally {
				await workerd.kill();
			}
		});
	}
});
