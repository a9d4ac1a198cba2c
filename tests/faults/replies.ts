// What the upstream can do in place of a good answer, each under the name that the table knows it by. Bytes and
// behaviour alone: table.ts has what the client must make of it.

import { gzipSync } from "node:zlib";
import { type Step, statuses } from "./table.ts";

/** What a fault knows of the request that it answers. */
export interface Asked {
	step: Step;
	/** The keys and values of the good answer. */
	good: Record<string, unknown>;
	/** The request as it came, credentials and all. A hostile upstream sends it back wherever there is room. */
	echo: string;
	/** The address of another host, which the client must not visit. */
	elsewhere: string;
}

/** What is sent, and what becomes of the connection then. */
export interface Reply {
	bytes: Uint8Array;
	next: "close" | "keep" | "hold" | "reset" | "drip" | "endless";
	/** Milliseconds before the first byte. */
	afterMs?: number;
}

/** When the upstream begins to misbehave, and how. */
export type Fault =
	| { from: "connecting"; does: "refuse" | "reset" | "speak plainly" }
	| { from: "request headers"; does: "reset" }
	| { from: "answer"; reply: (asked: Asked) => Reply };

/** The key of each good answer that the client cannot do without. */
const VITAL: Readonly<Record<Step, string>> = {
	authorize: "access_token",
	initiate: "sessionId",
	session: "sessionId",
	sendrequest: "sessionId",
	payment_request: "requestId",
	cancel: "status",
	guarantee: "sessionId",
	status: "status",
	session_status: "status",
	session_details: "status",
};
const KIB = 1_024;
const INSTANT = new Date("1994-11-06T08:49:37Z").toUTCString();

type Headers = Readonly<Record<string, string>>;
type Body = string | Uint8Array;

const JSON_TYPE: Headers = { "content-type": "application/json" };

function head(status: number | string, headers: Headers): string {
	const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
	return `HTTP/1.1 ${status}\r\n${lines.join("")}connection: close\r\n\r\n`;
}

function bytes(...parts: Body[]): Uint8Array {
	return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}

export function answer(status: number | string, headers: Headers, body: Body): Reply {
	const length = String(Buffer.byteLength(body));
	return { bytes: bytes(head(status, { ...headers, "content-length": length }), body), next: "close" };
}

export function goodAnswer(good: Record<string, unknown>): Reply {
	return answer("200 OK", JSON_TYPE, JSON.stringify(good));
}

const faults: Record<string, Fault> = {};

function fault(name: string, reply: (asked: Asked) => Reply): void {
	faults[name] = { from: "answer", reply };
}

/** A fault whose whole answer is 200, JSON by its header, and this. */
function body(name: string, make: (asked: Asked) => Body, headers: Headers = JSON_TYPE): void {
	fault(name, (asked) => answer("200 OK", headers, make(asked)));
}

/** A fault that changes keys of the good answer; `undefined` leaves one out. */
function keys(name: string, change: (asked: Asked) => Record<string, unknown>): void {
	body(name, (asked) => JSON.stringify({ ...asked.good, ...change(asked) }));
}

// The connection.

faults.refused = { from: "connecting", does: "refuse" };
faults["reset before the request"] = { from: "connecting", does: "reset" };
faults["no TLS where it is due"] = { from: "connecting", does: "speak plainly" };
faults["reset within the request"] = { from: "request headers", does: "reset" };

const nothing = new Uint8Array();
const half = (good: Record<string, unknown>) => JSON.stringify(good).slice(0, 20);
const padded = (good: Record<string, unknown>, length: number) => JSON.stringify(good).padEnd(length);

fault("reset after the request", () => ({ bytes: nothing, next: "reset" }));
fault("reset after the request, on a kept connection", () => ({ bytes: nothing, next: "reset" }));
fault("closed after the request", () => ({ bytes: nothing, next: "close" }));
fault("closed within the status line", () => ({ bytes: bytes("HTTP/1.1 20"), next: "close" }));
fault("closed within the headers", () => ({ bytes: bytes("HTTP/1.1 200 OK\r\ncontent-ty"), next: "close" }));
fault("closed within a body of known length", ({ good }) => ({
	bytes: bytes(head("200 OK", { ...JSON_TYPE, "content-length": "1000" }), JSON.stringify(good)),
	next: "close",
}));
fault("closed within a chunk", ({ good }) => ({
	bytes: bytes(head("200 OK", { ...JSON_TYPE, "transfer-encoding": "chunked" }), "ff\r\n", half(good)),
	next: "close",
}));
fault("closed before the last chunk", ({ good }) => {
	const text = JSON.stringify(good);
	const chunk = `${text.length.toString(16)}\r\n${text}\r\n`;
	return { bytes: bytes(head("200 OK", { ...JSON_TYPE, "transfer-encoding": "chunked" }), chunk), next: "close" };
});
fault("reset within the body", ({ good }) => ({
	bytes: bytes(head("200 OK", { ...JSON_TYPE, "content-length": "1000" }), half(good)),
	next: "reset",
}));
fault("chunk size that is no number", ({ good }) => ({
	bytes: bytes(head("200 OK", { ...JSON_TYPE, "transfer-encoding": "chunked" }), "zz\r\n", JSON.stringify(good)),
	next: "close",
}));
fault("garbage", ({ echo }) => ({ bytes: bytes("\x16\x03\x01 this is not HTTP ", echo), next: "close" }));
fault("body without a status line", ({ good }) => ({ bytes: bytes(JSON.stringify(good)), next: "close" }));
fault("status code that is no number", ({ good }) => answer("2x0 OK", JSON_TYPE, JSON.stringify(good)));
fault("two lengths", ({ good }) => {
	const text = JSON.stringify(good);
	const lengths = { ...JSON_TYPE, "content-length": String(text.length), "Content-Length": "5" };
	return { bytes: bytes(head("200 OK", lengths), text), next: "close" };
});
fault("header of 1 MiB", ({ good }) =>
	answer("200 OK", { ...JSON_TYPE, "x-filler": "x".repeat(KIB * KIB) }, JSON.stringify(good)),
);

// Time.

fault("silence", () => ({ bytes: nothing, next: "hold" }));
fault("stalled within the headers", () => ({ bytes: bytes("HTTP/1.1 200 OK\r\ncontent-ty"), next: "hold" }));
fault("stalled within the body", ({ good }) => ({
	bytes: bytes(head("200 OK", { ...JSON_TYPE, "content-length": "1000" }), half(good)),
	next: "hold",
}));
fault("dripped from the first byte", ({ good }) => ({
	...answer("200 OK", JSON_TYPE, padded(good, 1_000)),
	next: "drip",
}));
fault("dripped body", ({ good }) => {
	const text = padded(good, 1_000);
	return { bytes: bytes(head("200 OK", { ...JSON_TYPE, "content-length": "1000" }), text), next: "drip" };
});
fault("late", ({ good }) => ({ ...goodAnswer(good), afterMs: 600 }));
fault("token dead on arrival", ({ good }) => ({ ...goodAnswer({ ...good, expires_in: 1 }), afterMs: 700 }));

// Size, and compression.

const zipped: Headers = { ...JSON_TYPE, "content-encoding": "gzip" };

body("64 KiB", ({ good }) => padded(good, 64 * KIB));
body("64 KiB and a byte", ({ good }) => padded(good, 64 * KIB + 1));
fault("endless body", ({ good }) => ({
	bytes: bytes(head("200 OK", JSON_TYPE), JSON.stringify(good)),
	next: "endless",
}));
body("gzip", ({ good }) => gzipSync(JSON.stringify(good)), zipped);
body("gzip bomb", ({ good }) => gzipSync(padded(good, 32 * KIB * KIB)), zipped);
body("gzip that is none", ({ good }) => JSON.stringify(good), zipped);

// Statuses. Text in a refusal must not get out of the client, least of all an echo of the request.

for (const status of statuses) {
	fault(`status ${status}`, (asked) => refusal(status, asked));
}

function refusal(status: number, { good, echo, elsewhere }: Asked, headers: Headers = {}): Reply {
	const location: Headers = status >= 300 && status < 400 ? { location: elsewhere } : {};
	if (status === 204 || status === 205 || status === 304) {
		return answer(`${status} x`, { ...JSON_TYPE, ...location, ...headers }, "");
	}
	const text = status < 300 ? JSON.stringify(good) : JSON.stringify({ ...good, title: echo });
	return answer(`${status} x`, { ...JSON_TYPE, ...location, ...headers, "x-echo": encodeURIComponent(echo) }, text);
}

const waits = {
	"1 second": () => "1",
	"100 seconds": () => "100",
	"two days": () => "172800",
	"more digits than fit": () => "9".repeat(40),
	"a date two seconds ahead": () => new Date(Date.now() + 2_000).toUTCString(),
	"a date in the past": () => INSTANT,
	"a date far ahead": () => "Fri, 31 Dec 9999 23:59:59 GMT",
	nonsense: () => "soon",
	"a negative number": () => "-5",
	"a fraction": () => "1.5",
};
for (const status of [408, 429, 503]) {
	for (const [name, wait] of Object.entries(waits)) {
		fault(`${status}, Retry-After ${name}`, (asked) => refusal(status, asked, { "retry-after": wait() }));
	}
}

// A body that is not needed must not be waited for.
for (const status of [302, 400, 500]) {
	for (const next of ["hold", "endless"] as const) {
		fault(`status ${status}, body ${next === "hold" ? "stalled" : "endless"}`, ({ elsewhere }) => {
			const location: Headers = status === 302 ? { location: elsewhere } : {};
			return { bytes: bytes(head(`${status} x`, { ...JSON_TYPE, ...location }), "{"), next };
		});
	}
}

for (const status of [100, 102, 103]) {
	fault(`${status} before the answer`, ({ good }) => ({
		bytes: bytes(`HTTP/1.1 ${status} x\r\n\r\n`, goodAnswer(good).bytes),
		next: "close",
	}));
}
fault("101 in place of the answer", () => ({
	bytes: bytes("HTTP/1.1 101 x\r\nupgrade: other\r\nconnection: upgrade\r\n\r\n"),
	next: "close",
}));

// The content type.

const html = "<!doctype html><title>Sign in</title>";
body("HTML", ({ echo }) => `${html}${echo}`, { "content-type": "text/html" });
body("HTML that says it is JSON", ({ echo }) => `${html}${echo}`);
body("empty", () => "");
body("empty without a type", () => "", {});
body("no type", ({ good }) => JSON.stringify(good), {});
for (const type of ["text/plain", "application/octet-stream", "application/jsonx"]) {
	body(`type ${type}`, ({ good }) => JSON.stringify(good), { "content-type": type });
}
for (const type of ["application/json; charset=utf-8", "APPLICATION/JSON", "application/problem+json", "text/json"]) {
	body(`type ${type}`, ({ good }) => JSON.stringify(good), { "content-type": type });
}

// The text.

const deep = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;

body("byte order mark", ({ good }) => bytes(Uint8Array.of(0xef, 0xbb, 0xbf), JSON.stringify(good)));
body("bytes that are no UTF-8", ({ good }) => {
	const text = JSON.stringify({ ...good, extra: "#" });
	return bytes(text.slice(0, -2).replace("#", ""), Uint8Array.of(0xff, 0xfe), '"}');
});
body("UTF-16", ({ good }) => Buffer.from(`\ufeff${JSON.stringify(good)}`, "utf16le"));
body("half of the JSON", ({ good }) => half(good));
body("the request in place of JSON", ({ echo }) => echo);
body("JSON and more", ({ good, echo }) => `${JSON.stringify(good)}${echo}`);
body("JSON null", () => "null");
body("JSON number", () => "7");
body("JSON text", ({ echo }) => JSON.stringify(echo));
body("JSON list of the answer", ({ good }) => JSON.stringify([good]));
body("JSON object without keys", () => "{}");
body("ten thousand levels", () => deep(10_000));
body("ten thousand levels in a field", ({ good }) => `${JSON.stringify(good).slice(0, -1)},"extra":${deep(10_000)}}`);
body("duplicate keys, the last good", ({ step, good }) => `{"${VITAL[step]}":null,${JSON.stringify(good).slice(1)}`);
body("duplicate keys, the last bad", ({ step, good }) => `${JSON.stringify(good).slice(0, -1)},"${VITAL[step]}":null}`);
keys("extra fields", ({ echo }) => ({ extra: echo, more: [1, { deeper: null }], constructor: 1, __proto: { a: 1 } }));
body("a __proto__ field", ({ good }) => `${JSON.stringify(good).slice(0, -1)},"__proto__":{"polluted":true}}`);
body("keys in capitals", ({ good }) => recased(good, (key) => key.toUpperCase()));
body("keys in Pascal case", ({ good }) => recased(good, (key) => key.charAt(0).toUpperCase() + key.slice(1)));

function recased(good: Record<string, unknown>, recase: (key: string) => string): string {
	return JSON.stringify(Object.fromEntries(Object.entries(good).map(([key, value]) => [recase(key), value])));
}

// The values.

/** Values of a wrong type, by name. */
const strangers: Readonly<Record<string, unknown>> = {
	missing: undefined,
	null: null,
	number: 7,
	boolean: true,
	list: ["a"],
	object: { a: "b" },
	"empty text": "",
};
for (const [name, value] of Object.entries(strangers)) {
	keys(`vital key: ${name}`, ({ step }) => ({ [VITAL[step]]: value }));
}

/** Texts that are no id. */
const badIds = ["../x", "a/b", "a?b", "a#b", "a%2fb", "a.b", "a b", "a\n", "a\u0000", "é", "😀", "a".repeat(65)];
for (const id of badIds) {
	keys(`id ${idName(id)}`, ({ good }) => ("sessionId" in good ? { sessionId: id } : { requestId: id }));
}
keys("id of 64 characters", ({ good }) => ({ ["sessionId" in good ? "sessionId" : "requestId"]: "a".repeat(64) }));
keys("requestId named id", ({ good }) => ({ requestId: undefined, id: good.requestId }));

function idName(id: string): string {
	return id.length > 64 ? "of 65 characters" : JSON.stringify(id);
}

keys("requestId of another", () => ({ requestId: "another" }));
keys("requestId missing", () => ({ requestId: undefined }));
keys("requestId null", () => ({ requestId: null }));
keys("requestId in capitals", ({ good }) => ({ requestId: String(good.requestId).toUpperCase() }));
keys("undocumented status", () => ({ status: "Paid in full!" }));
keys("status in small letters", () => ({ status: "settled" }));

const tokens = {
	"with CR LF": "a\r\nx-injected: 1",
	"with a space": "a b",
	"with an emoji": "a😀",
	"with a comma": "a,b",
	"of = alone": "=",
	"of 10 KB": "a".repeat(10_000),
};
for (const [name, token] of Object.entries(tokens)) keys(`token ${name}`, () => ({ access_token: token }));
keys("token of 8 KiB", ({ good }) => ({ access_token: String(good.access_token).padEnd(8 * KIB, "a") }));
for (const [name, value] of Object.entries({ ...strangers, mac: "mac" })) {
	keys(`token_type ${name}`, () => ({ token_type: value }));
}
keys("token_type BEARER", () => ({ token_type: "BEARER" }));
for (const text of ["-1", "0", "1.5", '"299"', "null", "true", "[299]", "1e400"]) {
	body(`expires_in ${text}`, ({ good }) => JSON.stringify(good).replace(/"expires_in":299/, `"expires_in":${text}`));
}
for (const text of ["299.0", "1e9"]) {
	body(`expires_in ${text}`, ({ good }) => JSON.stringify(good).replace(/"expires_in":299/, `"expires_in":${text}`));
}
keys("expires_in missing", () => ({ expires_in: undefined }));

export function faultNamed(name: string): Fault {
	const found = Object.hasOwn(faults, name) ? faults[name] : undefined;
	if (found === undefined) throw new Error(`there is no fault "${name}"`);
	return found;
}

export const faultNames: readonly string[] = Object.keys(faults);
