// The Worker's bindings: each wrong one is named with what to do about it, turns off its own feature alone, and is shown at
// GET /config; every documented one reaches the Worker from .dev.vars; no secret's value is shown.

import assert from "node:assert/strict";
import { timingSafeEqual } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, describe, mock, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createReceiver } from "flinkspay-edge/merchant";
import { type Running, startSandbox, startWorker, startWorkerd } from "../tools/processes.ts";
import { keyOf } from "../worker/src/auth.ts";
import { BINDINGS, type Binding } from "../worker/src/bindings.ts";
import type { Env } from "../worker/src/env.ts";
import { ProblemError } from "../worker/src/problem.ts";
import { needed, newClient, type Settings, setInCode, settingsOf } from "../worker/src/settings.ts";
import { configWith } from "./deploy/config.ts";

declare global {
	interface SubtleCrypto {
		/** The platform's own; Node has it under another name. */
		timingSafeEqual(one: ArrayBuffer, other: ArrayBuffer): boolean;
	}
}

const root = fileURLToPath(new URL("..", import.meta.url));
const names = Object.keys(BINDINGS) as Binding[];
const secretNames = names.filter((name) => BINDINGS[name][0] === "secret");

const newSecret = () => crypto.randomUUID().replaceAll("-", "");
const newSigningSecret = () => `whsec_${btoa(newSecret())}`;

/** A valid value for each binding that is text. The password has each character that .dev.vars could misread. */
const RIGHT: Readonly<Record<string, string>> = {
	FLINKS_BASE_URL: "https://pay.example.com",
	FLINKS_USERNAME: newSecret(),
	FLINKS_PASSWORD: `${newSecret()} it's#1 "two" $HOME \\n é=`,
	API_KEY: newSecret(),
	LEDGER_SHARDS: "2",
	STATUS_DEADLINE_HOURS: "100",
	RETENTION_DAYS: "30",
	RETURN_DAYS_EFT: "10",
	RETURN_DAYS_GEFT: "0",
	RETURN_DAYS_E_TRANSFER: "365",
	RETURN_DAYS_INTERAC: "1",
	GUARANTEE_POLICY: "accept",
	FLINKS_GUARANTEE_EVENT: "Guarantee.Offered-1",
	FLINKS_WEBHOOK_SECRET: newSecret(),
	FLINKS_WEBHOOK_SCHEME: "geft",
	FLINKS_WEBHOOK_HEADER: "X-Webhook-Signature",
	MERCHANT_WEBHOOK_URL: `https://shop.example/hooks?token=${newSecret()}`,
	MERCHANT_WEBHOOK_SECRET: newSigningSecret(),
	ALLOWED_ORIGINS: "https://shop.example, http://127.0.0.1:8789",
	ORDER_SECRET: newSecret(),
	API_KEY_PREVIOUS: newSecret(),
	FLINKS_WEBHOOK_SECRET_PREVIOUS: newSecret(),
	MERCHANT_WEBHOOK_SECRET_PREVIOUS: newSigningSecret(),
	FLINKS_INSTANCE: "https://instance.example",
	FLINKS_CLIENT_ID: "client",
	FLINKS_TIMEOUT_MS: "4000",
	FLINKS_DEADLINE_MS: "9000",
	FLINKS_CREDENTIALS_IN: "basic",
	FLINKS_BASIC_ENCODING: "raw",
	FLINKS_TOKEN_HEADER: "authorization",
	FLINKS_AMOUNT_AS: "number",
	FLINKS_LARGEST_GEFT_AMOUNT: "100000.00",
	FLINKS_WARM_TOKENS: "0",
};

/** Values that each binding must not have. */
const WRONG: Readonly<Record<Binding, readonly unknown[]>> = {
	FLINKS_BASE_URL: [undefined, "", "pay.example.com", "http://pay.example.com", "https://pay.example.com/api", 1],
	FLINKS_USERNAME: [undefined, "", "us:er", "user\n"],
	FLINKS_PASSWORD: [undefined, "", "pass\u0000word", {}],
	FLINKS_INSTANCE: ["a\r\nb"],
	FLINKS_TIMEOUT_MS: ["0", "-1", "1.5", "8s", "1e3", " 8", 0.5],
	FLINKS_DEADLINE_MS: ["0", "25s"],
	FLINKS_CREDENTIALS_IN: ["Basic", "header"],
	FLINKS_BASIC_ENCODING: ["utf8"],
	FLINKS_TOKEN_HEADER: ["Authorization"],
	FLINKS_AMOUNT_AS: ["text"],
	FLINKS_WARM_TOKENS: ["-1", "101", "1.5", "x"],
	FLINKS_CLIENT_ID: ["a\r\nb"],
	API_KEY: [undefined, "", "a", "fifteen-letters", `${newSecret()}\n`, `${newSecret()} x`],
	API_KEY_PREVIOUS: ["a", `${newSecret()}\n`],
	LEDGER: [undefined, "text"],
	LEDGER_SHARDS: ["0", "257", "x"],
	STATUS_DEADLINE_HOURS: ["0", "1.5", "8761", "7d"],
	RETENTION_DAYS: ["0", "-1", "3651"],
	RETURN_DAYS_EFT: ["-1", "366", "30d", "030"],
	RETURN_DAYS_GEFT: ["1.5"],
	RETURN_DAYS_E_TRANSFER: ["x"],
	RETURN_DAYS_INTERAC: [" 1"],
	GUARANTEE_POLICY: ["yes", "Accept"],
	FLINKS_GUARANTEE_EVENT: ["two words", "a".repeat(65)],
	FLINKS_LARGEST_GEFT_AMOUNT: ["0", "1e5", "100,000", "-1"],
	FLINKS_WEBHOOK_SECRET: [{}],
	FLINKS_WEBHOOK_SECRET_PREVIOUS: [{}],
	FLINKS_WEBHOOK_SCHEME: ["GEFT"],
	FLINKS_WEBHOOK_HEADER: ["a b"],
	MERCHANT_WEBHOOK_URL: ["http://shop.example", "shop.example", "https://user@shop.example"],
	MERCHANT_WEBHOOK_SECRET: [
		...["whsec_", "whsec_YQ==", btoa("x".repeat(24)), `whsec_${"!".repeat(32)}`],
		...[23, 65].map((bytes) => `whsec_${btoa("x".repeat(bytes))}`),
	],
	MERCHANT_WEBHOOK_SECRET_PREVIOUS: ["whsec_"],
	ORDER_SECRET: ["short", "x".repeat(31)],
	ALLOWED_ORIGINS: [
		...["*", "https://*.shop.example", "shop.example", "https://shop.example/", "https://shop.example/cart", ","],
		"https://shop.example,*",
	],
	RATE_LIMITER: ["100"],
};

/** The features that can be off, and a binding that turns each off. */
const OBJECTS = { LEDGER: {}, RATE_LIMITER: { limit: async () => ({ success: true }) } };

// The Worker's own log is checked below.
mock.method(console, "error", () => {});

const read = (env: Record<string, unknown>) => settingsOf({ ...OBJECTS, ...RIGHT, ...env } as Env);
const faultsOf = ({ faults }: Settings) => faults.map(({ binding, fault }) => `${binding} ${fault}`);

describe("a binding", () => {
	test("that is valid is read", () => {
		const { faults, client, merchantWebhook, orders, rateLimiter } = read({});
		assert.deepEqual(faults, []);
		const { timeoutMs, password, largestGeftAmount } = needed(client);
		assert.deepEqual([timeoutMs, password, largestGeftAmount], [4000, RIGHT.FLINKS_PASSWORD, "100000.00"]);
		const { returnMs, guaranteePolicy, guaranteeEvent } = read({});
		const days = Object.fromEntries(Object.entries(returnMs).map(([product, ms]) => [product, ms / 86_400_000]));
		assert.deepEqual(days, { eft: 10, geft: 0, "e-transfer": 365, interac: 1 });
		assert.deepEqual([guaranteePolicy, guaranteeEvent], ["accept", "Guarantee.Offered-1"]);
		for (const feature of [merchantWebhook, orders, rateLimiter]) assert.equal(feature.is, "on");
		assert.ok(newClient({ ...OBJECTS, ...RIGHT } as Env));
	});

	test("is read once for a host, and a key is hashed once", async (t) => {
		crypto.subtle.timingSafeEqual = (one, other) => timingSafeEqual(new Uint8Array(one), new Uint8Array(other));
		let reads = 0;
		const env = new Proxy({ ...OBJECTS, ...RIGHT } as Env, {
			get: (bindings, name) => {
				reads += 1;
				return Reflect.get(bindings, name);
			},
		});
		const { API_KEY, API_KEY_PREVIOUS } = RIGHT;
		assert.equal(await keyOf(env, API_KEY), "API_KEY");
		const [readBefore, digest] = [reads, t.mock.method(crypto.subtle, "digest")];
		assert.equal(await keyOf(env, API_KEY), "API_KEY");
		assert.equal(await keyOf(env, API_KEY_PREVIOUS), "API_KEY_PREVIOUS");
		assert.equal(await keyOf(env, `${API_KEY}a`), undefined);
		assert.deepEqual([reads - readBefore, digest.mock.callCount()], [0, 3]);
	});

	test("that is empty counts as unset", () => {
		const required = ["FLINKS_BASE_URL", "FLINKS_USERNAME", "FLINKS_PASSWORD", "API_KEY"];
		const empty = Object.fromEntries(
			Object.keys(RIGHT).map((name) => [name, required.includes(name) ? RIGHT[name] : ""]),
		);
		const settings = read(empty);
		assert.deepEqual(settings.faults, []);
		assert.deepEqual([settings.merchantWebhook.is, settings.orders.is], ["unset", "unset"]);
		assert.deepEqual([needed(settings.shards), settings.retentionMs], [16, 90 * 86_400_000]);
		assert.deepEqual(settings.returnMs, { eft: 30 * 86_400_000, geft: 0, "e-transfer": 0, interac: 0 });
		assert.deepEqual([settings.guaranteePolicy, settings.guaranteeEvent], ["ask", undefined]);
	});

	test("that is a number in `vars` is the same as its text, zero too", () => {
		const { faults, returnMs, shards } = read({ RETURN_DAYS_EFT: 0, LEDGER_SHARDS: 8, FLINKS_WARM_TOKENS: 0 });
		assert.deepEqual([faults, returnMs.eft, needed(shards)], [[], 0, 8]);
	});

	test("that is empty counts as unset in code too", () => {
		setInCode({ LEDGER_SHARDS: "", RETENTION_DAYS: "", MERCHANT_WEBHOOK_URL: "" });
		const { faults, shards, retentionMs, merchantWebhook } = read({
			...{ LEDGER_SHARDS: undefined, RETENTION_DAYS: "", MERCHANT_WEBHOOK_URL: undefined },
			...{ MERCHANT_WEBHOOK_SECRET: undefined, MERCHANT_WEBHOOK_SECRET_PREVIOUS: undefined },
		});
		assert.deepEqual([faults, needed(shards), retentionMs], [[], 16, 90 * 86_400_000]);
		assert.equal(merchantWebhook.is, "unset");
	});

	for (const name of names) {
		test(`${name} that cannot be used is named, with what it must be`, () => {
			for (const value of WRONG[name]) {
				const { faults } = read({ [name]: value });
				const [fault] = faults;
				assert.deepEqual(
					faults.map(({ binding }) => binding),
					[name],
					JSON.stringify(value),
				);
				assert.equal(fault?.fault, value === undefined || value === "" ? "is missing" : "is not valid");
				assert.match(fault?.remedy ?? "", /^It must be .*\./);
			}
		});
	}

	test("about money that cannot be used has its default", () => {
		const { returnMs, guaranteePolicy, guaranteeEvent } = read({
			...{ RETURN_DAYS_EFT: "never", GUARANTEE_POLICY: "maybe", FLINKS_GUARANTEE_EVENT: "?" },
		});
		assert.deepEqual([returnMs.eft, guaranteePolicy, guaranteeEvent], [30 * 86_400_000, "ask", undefined]);
	});

	test("that a payment needs is named in its 503", () => {
		for (const [name, setting] of [
			["FLINKS_PASSWORD", "client"],
			["FLINKS_TIMEOUT_MS", "client"],
			["API_KEY", "apiKeys"],
			["LEDGER_SHARDS", "shards"],
			["LEDGER", "ledger"],
		] as const) {
			assert.throws(
				() => needed<unknown>(read({ [name]: "\u0000" })[setting]),
				(error) =>
					error instanceof ProblemError &&
					error.facts.field === name &&
					error.facts.detail?.startsWith(`The binding ${name} is not valid. It must be`),
			);
		}
	});

	test("that needs a missing one is refused, and the remedy names both", () => {
		const halves: [gone: string[], faults: string[], feature: (settings: Settings) => string][] = [
			[["MERCHANT_WEBHOOK_URL"], ["MERCHANT_WEBHOOK_SECRET"], ({ merchantWebhook }) => merchantWebhook.is],
			[
				["MERCHANT_WEBHOOK_SECRET"],
				["MERCHANT_WEBHOOK_URL", "MERCHANT_WEBHOOK_SECRET_PREVIOUS"],
				({ merchantWebhook }) => merchantWebhook.is,
			],
			[["ORDER_SECRET"], ["ALLOWED_ORIGINS"], ({ orders }) => orders.is],
			[["ALLOWED_ORIGINS"], ["ORDER_SECRET"], ({ orders }) => orders.is],
			[["FLINKS_WEBHOOK_SECRET"], ["FLINKS_WEBHOOK_SECRET_PREVIOUS"], () => "off"],
			[["FLINKS_GUARANTEE_EVENT"], ["GUARANTEE_POLICY"], () => "off"],
		];
		for (const [gone, faults, feature] of halves) {
			const settings = read(Object.fromEntries(gone.map((name) => [name, ""])));
			assert.deepEqual(
				faultsOf(settings),
				faults.map((name) => `${name} is set without its counterpart`),
			);
			assert.equal(feature(settings), "off");
			assert.match(settings.faults[0]?.remedy ?? "", new RegExp(`^Set ${gone[0]} too, or remove `));
			// Nothing else is off.
			for (const setting of [settings.client, settings.apiKeys, settings.shards]) assert.ok("value" in setting);
		}
	});

	test("with origins separates them by commas and spaces", () => {
		for (const text of [
			"https://a.example https://b.example",
			"https://a.example,https://b.example",
			"https://a.example , https://b.example,",
		]) {
			const { orders } = read({ ALLOWED_ORIGINS: text });
			assert.deepEqual(orders.is === "on" && orders.value.origins, ["https://a.example", "https://b.example"]);
		}
	});
});

describe("the list of bindings", () => {
	test("is that of worker/README.md", async () => {
		const page = await readFile(`${root}worker/README.md`, "utf8");
		const [, section = ""] = /## Bindings\n([\s\S]*?)\n## /.exec(page) ?? [];
		const rows = [...section.matchAll(/^\| (`[^|]+) \| ([^|]+) \|/gm)];
		const documented = rows.flatMap(([, cell = "", kind = ""]) =>
			[...cell.matchAll(/`(\w+)`/g)].map(([, name]) => [name, /^(var|secret)/.exec(kind)?.[0] ?? "object"]),
		);
		assert.deepEqual(documented.sort(), names.map((name) => [name, BINDINGS[name][0]]).sort());
	});

	test("has all vars of wrangler.jsonc, and those alone", async () => {
		const text = (await readFile(`${root}worker/wrangler.jsonc`, "utf8")).replaceAll(/^\s*\/\/.*$/gm, "");
		const { vars } = JSON.parse(text) as { vars: Record<string, string> };
		assert.deepEqual(Object.keys(vars).sort(), names.filter((name) => BINDINGS[name][0] === "var").sort());
		assert.ok(Object.values(vars).every((value) => value === ""));
	});

	test("wants the MERCHANT_WEBHOOK_SECRET that the package's receiver takes", () => {
		const receiverWith = (secret: unknown) =>
			createReceiver({
				...{ secrets: [String(secret)], store: { read: async () => undefined, swap: async () => true } },
				...{ onCredit: () => {}, onReverse: () => {} },
			});
		const of = (bytes: number) => `whsec_${btoa("x".repeat(bytes))}`;
		for (const secret of [RIGHT.MERCHANT_WEBHOOK_SECRET, of(24), of(25), of(64)]) {
			assert.deepEqual(faultsOf(read({ MERCHANT_WEBHOOK_SECRET: secret })), []);
			assert.ok(receiverWith(secret));
		}
		for (const secret of WRONG.MERCHANT_WEBHOOK_SECRET) {
			assert.throws(() => receiverWith(secret), { name: "TypeError", message: /secrets\[0\]/ }, String(secret));
		}
	});

	test("has a valid value in this test for each text", () => {
		assert.deepEqual(Object.keys(RIGHT).sort(), names.filter((name) => BINDINGS[name][0] !== "object").sort());
	});
});

interface Configuration {
	version: string;
	features: Record<string, string>;
	bindings: { name: string; state: string; value?: string; why?: string; meanwhile?: string }[];
}

const payment = {
	...{ referenceId: "order-1001", amount: "12.50" },
	...{ customerName: "Ada Tremblay", customerEmail: "ada@example.com" },
};

async function configurationOf(worker: Running, key = RIGHT.API_KEY): Promise<Configuration> {
	const response = await fetch(`${worker.url}/config`, { headers: { Authorization: `Bearer ${key}` } });
	const text = await response.text();
	assert.equal(response.status, 200, text);
	answers.push(text);
	return JSON.parse(text);
}

async function pay(
	worker: Running,
	headers: Record<string, string> = {},
): Promise<{ status: number; json: Record<string, unknown> }> {
	const response = await fetch(`${worker.url}/payments`, {
		method: "POST",
		headers: {
			...{ Authorization: `Bearer ${RIGHT.API_KEY}`, "Content-Type": "application/json" },
			...{ "Idempotency-Key": crypto.randomUUID(), ...headers },
		},
		body: JSON.stringify(payment),
	});
	const text = await response.text();
	answers.push(text);
	return { status: response.status, json: JSON.parse(text) };
}

/** The text of all answers. */
const answers: string[] = [];

function noSecretIsIn(texts: readonly string[]): void {
	for (const name of secretNames) {
		const value = RIGHT[name] ?? "";
		for (const form of [value, JSON.stringify(value).slice(1, -1), btoa(unescape(encodeURIComponent(value)))]) {
			assert.ok(!texts.some((text) => text.includes(form)), `the value of ${name} is shown`);
		}
	}
}

describe(".dev.vars", () => {
	let worker: Running;
	let sandbox: Running;

	before(async () => {
		sandbox = await startSandbox({ username: RIGHT.FLINKS_USERNAME ?? "", password: RIGHT.FLINKS_PASSWORD ?? "" });
		const { folder } = await configWith("ratelimits");
		// As .dev.vars.example says: single quotes, or backquotes where the value has one.
		const quoted = (value: string) => (value.includes("'") ? `\`${value}\`` : `'${value}'`);
		const lines = Object.entries({ ...RIGHT, FLINKS_BASE_URL: sandbox.url }).map(
			([name, value]) => `${name}=${quoted(value)}\n`,
		);
		await writeFile(`${root}${folder}/.dev.vars`, lines.join(""), { mode: 0o600 });
		worker = await startWorkerd({ name: "the Worker with .dev.vars", folder, readyAt: "/healthz" });
	});
	after(() => Promise.all([worker?.stop(), sandbox?.stop()]));

	test("gives the Worker every documented binding as it was written", async () => {
		const { bindings, features } = await configurationOf(worker);
		assert.deepEqual(
			bindings.map(({ name, state, why }) => [name, state, why]).sort(),
			names.map((name) => [name, "set", undefined]).sort(),
		);
		for (const { name, value } of bindings) {
			const isShown = BINDINGS[name as Binding][0] === "var";
			const whole = name === "FLINKS_BASE_URL" ? sandbox.url : RIGHT[name];
			assert.equal(value, isShown ? whole?.split("?")[0] : undefined, name);
		}
		assert.deepEqual(new Set(Object.values(features)), new Set(["on"]));
	});

	test("gives the Worker a password with all kinds of quotes, with which Flinks accepts a payment", async () => {
		const { status, json } = await pay(worker);
		assert.equal(status, 201, JSON.stringify(json));
	});
});

describe("a deployment with half of everything", () => {
	let worker: Running;
	const some = (...which: string[]) => Object.fromEntries(which.map((name) => [name, RIGHT[name] ?? ""]));

	before(async () => {
		worker = await startWorkerd({
			...{ name: "the Worker with half of everything", folder: "worker", readyAt: "/healthz" },
			bindings: {
				...some("FLINKS_BASE_URL", "MERCHANT_WEBHOOK_URL"),
				// A user name in the wrong binding.
				...{ STATUS_DEADLINE_HOURS: "7d", RETENTION_DAYS: RIGHT.FLINKS_USERNAME ?? "", RATE_LIMITER: "100" },
				FLINKS_WEBHOOK_SCHEME: "none",
			},
			secrets: {
				...some("FLINKS_USERNAME", "API_KEY", "ORDER_SECRET", "MERCHANT_WEBHOOK_SECRET_PREVIOUS"),
				API_KEY_PREVIOUS: "short",
			},
		});
	});
	after(() => worker?.stop());

	test("shows at GET /config what is wrong, why, and what is off", async () => {
		const { version, features, bindings } = await configurationOf(worker);
		assert.match(version, /^\d+\.\d+\.\d+$/);
		assert.deepEqual(features, {
			...{ payments: "off", flinksWebhook: "off", merchantWebhook: "off", orders: "off" },
			...{ statusDeadline: "off", retention: "off", rateLimit: "off" },
		});
		const wrong = bindings.filter(({ why }) => why !== undefined);
		assert.deepEqual(wrong.map(({ name, state }) => `${name} ${state}`).sort(), [
			...["API_KEY_PREVIOUS refused", "FLINKS_PASSWORD unset", "FLINKS_WEBHOOK_SCHEME refused"],
			...["MERCHANT_WEBHOOK_SECRET_PREVIOUS refused", "MERCHANT_WEBHOOK_URL refused", "ORDER_SECRET refused"],
			...["RATE_LIMITER refused", "RETENTION_DAYS refused", "STATUS_DEADLINE_HOURS refused"],
		]);
		for (const { why, meanwhile, value } of wrong) {
			assert.match(why ?? "", /^is (missing|not valid|set without its counterpart)\. (It must|Set) /);
			assert.match(meanwhile ?? "", /^[A-Z].*\.$/);
			assert.equal(value, undefined, "what is refused may be a secret in the wrong place");
		}
	});

	test("names the binding that a payment needs, and answers all other routes", async () => {
		const { status, json } = await pay(worker);
		assert.deepEqual([status, json.code, json.field], [503, "misconfigured", "FLINKS_PASSWORD"]);
		assert.match(
			String(json.detail),
			/is missing\. It must be the password that Flinks gave you.* wrangler secret put/,
		);
		const headers = { Authorization: `Bearer ${RIGHT.API_KEY}` };
		assert.equal((await fetch(`${worker.url}/payments`, { headers })).status, 200);
		const read = await fetch(`${worker.url}/payments/0-${crypto.randomUUID()}`, { headers });
		assert.equal(read.status, 404);
		assert.equal((await fetch(`${worker.url}/operator/`)).status, 200);
	});

	test("shows GET /config to no caller without the key", async () => {
		for (const key of [RIGHT.FLINKS_USERNAME, "short", "", undefined]) {
			const headers: Record<string, string> = key === undefined ? {} : { Authorization: `Bearer ${key}` };
			const response = await fetch(`${worker.url}/config`, { headers });
			assert.equal(response.status, 401);
		}
	});

	test("logs each wrong binding once, however often it is asked", async () => {
		await Promise.all(Array.from({ length: 5 }, () => configurationOf(worker)));
		const lines = worker
			.output()
			.split("\n")
			.filter((line) => line.includes("flinkspay.setting.refused"));
		const fields = lines.map((line) => /"flinkspay\.field":"(\w+)"/.exec(line)?.[1]);
		assert.equal(fields.length, 9);
		assert.equal(new Set(fields).size, 9);
	});

	test("shows no secret's value in any answer or log", () => noSecretIsIn([...answers, worker.output()]));
});

describe("features that are off", () => {
	let worker: Running;
	let sandbox: Running;
	const password = newSecret();

	before(async () => {
		sandbox = await startSandbox({ username: RIGHT.FLINKS_USERNAME ?? "", password });
		worker = await startWorker({
			sandboxUrl: sandbox.url,
			vars: { MERCHANT_WEBHOOK_URL: "https://shop.example/hooks", ALLOWED_ORIGINS: "https://shop.example" },
			secrets: {
				...{ FLINKS_USERNAME: RIGHT.FLINKS_USERNAME ?? "", FLINKS_PASSWORD: password, API_KEY: RIGHT.API_KEY ?? "" },
				MERCHANT_WEBHOOK_SECRET_PREVIOUS: newSigningSecret(),
			},
		});
	});
	after(() => Promise.all([worker?.stop(), sandbox?.stop()]));

	test("do not keep a payment from being made and read", async () => {
		const { status, json } = await pay(worker);
		assert.equal(status, 201, JSON.stringify(json));
		const headers = { Authorization: `Bearer ${RIGHT.API_KEY}` };
		assert.equal((await fetch(`${worker.url}/payments/${json.id}`, { headers })).status, 200);
	});

	test("answer an order with 503 and the binding, which its page may read", async () => {
		const headers = { Origin: "https://shop.example", "Content-Type": "application/json" };
		const body = JSON.stringify({ order: "a.b.c" });
		const response = await fetch(`${worker.url}/payments`, { method: "POST", headers, body });
		const { code, field } = (await response.json()) as Record<string, unknown>;
		assert.deepEqual([response.status, code, field], [503, "misconfigured", "ALLOWED_ORIGINS"]);
		assert.equal(response.headers.get("access-control-allow-origin"), "https://shop.example");
		const other = await fetch(`${worker.url}/payments`, {
			...{ method: "POST", body, headers: { ...headers, Origin: "https://evil.example" } },
		});
		assert.equal(other.status, 403);
	});

	test("answer a capability with 503, and not as if it had expired", async () => {
		const ask = (token: string) =>
			fetch(`${worker.url}/payments/0-${crypto.randomUUID()}`, {
				headers: { Origin: "https://shop.example", Authorization: `Bearer ${token}` },
			});
		assert.equal((await ask("a.b.c")).status, 503);
		assert.equal((await ask("abc")).status, 401);
		assert.equal((await ask(RIGHT.API_KEY ?? "")).status, 404);
	});
});
