// The doctor: against every kind of host that the sandbox can play it finds the settings that work, creates nothing, and
// sends credentials no more often than it says. As a function, as the command, and behind `GET /config?check=1`.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { getRequestListener } from "@hono/node-server";
import { FlinksPay, type FlinksPayError, type FlinksPayOptions } from "flinkspay-edge";
import { createSandbox, type Sandbox, type SandboxOptions } from "../sandbox/src/sandbox.ts";
import { freePort, type Running, startWorker } from "../tools/processes.ts";
import { examine, planOf } from "../worker/src/doctor.ts";
import type { Account } from "../worker/src/doctor-requests.ts";
import type { CheckReport } from "../worker/src/schemas/configuration.ts";
import { publishTable, readTable } from "./page-table.ts";
import { serve } from "./serve.ts";

const PAGE = new URL("../docs/doctor.md", import.meta.url);
const COMMAND = fileURLToPath(new URL("../pkg/cli/command.js", import.meta.url));
/** The oldest of the package's runtimes. */
const NODE_20 = fileURLToPath(new URL("../target/runtimes/node_modules/node20/bin/node", import.meta.url));

const newPassword = () => crypto.randomUUID().replaceAll("-", "");
const CREDENTIALS = {
	plain: { username: "merchant-7", password: newPassword() },
	special: { username: "märchant 7+é", password: `${newPassword()}:%+&é=` },
	"with a colon": { username: "merchant:7", password: newPassword() },
};

/** The switches that matter to the doctor, and what the merchant was given. */
const SWITCHES = {
	credentialsIn: ["either", "basic", "form"],
	basicEncoding: ["raw", "rfc6749"],
	tokenHeader: ["strict", "lenient", "bearertoken", "by_version"],
	requireBaseUri: [false, true],
	requireClientId: [false, "always"],
	credentials: ["plain", "special", "with a colon"],
	"instance and client id": ["not given", "given"],
} as const;
type Kind = { [Name in keyof typeof SWITCHES]: (typeof SWITCHES)[Name][number] };

const kinds = Object.entries(SWITCHES).reduce<object[]>(
	(some, [name, values]) => some.flatMap((one) => [...values].map((value) => ({ ...one, [name]: value }))),
	[{}],
) as Kind[];

/** A host, an account there, and all tokens that it has issued. */
function hostOf(options: SandboxOptions, credentials = CREDENTIALS.plain) {
	const sandbox = createSandbox({ credentials, ...options });
	const tokens: string[] = [];
	const fetch = async (url: string, init: RequestInit) => {
		const response = await sandbox.fetch(url, init);
		const body = await response.clone().text();
		const [, token] = /"access_token":"([^"]+)"/.exec(body) ?? [];
		if (token !== undefined) tokens.push(token);
		return response;
	};
	const account: Account = { baseUrl: "https://flinks.test", ...credentials, fetch };
	return { sandbox, account, tokens };
}

function optionsOf({ settings }: CheckReport): Partial<FlinksPayOptions> {
	const names = {
		FLINKS_CREDENTIALS_IN: "credentialsIn",
		FLINKS_BASIC_ENCODING: "basicEncoding",
		FLINKS_TOKEN_HEADER: "tokenHeader",
		FLINKS_INSTANCE: "instance",
		FLINKS_CLIENT_ID: "clientId",
	} as const;
	const entries = Object.entries(names) as [keyof typeof names, string][];
	return Object.fromEntries(
		entries.flatMap(([name, option]) => (settings[name] === undefined ? [] : [[option, settings[name]]])),
	);
}

/** The statuses of reads of unknown ids, by a client with the settings that were found. */
async function readWith(report: CheckReport, { baseUrl, username, password, fetch }: Account) {
	const pay = new FlinksPay({ baseUrl, username, password, ...(fetch && { fetch }), ...optionsOf(report) });
	const statusOf = (call: Promise<unknown>) =>
		call.then(
			() => 200,
			(error: FlinksPayError) => error.status,
		);
	const id = crypto.randomUUID();
	const read = [await statusOf(pay.getPaymentRequest(id)), await statusOf(pay.getSessionStatus(id))];
	pay.close();
	return read;
}

/** Asserts that nothing was created and no more was sent than planned; counts what was sent. */
function assertWithinPlan({ journal }: Sandbox, account: Account) {
	const plan = planOf(account);
	const posts = journal.filter(({ method }) => method !== "GET");
	assert.ok(
		posts.every(({ method, path }) => method === "POST" && path === "/api/v1/authorize"),
		"something was sent to create",
	);
	const refused = posts.filter(({ status }) => status !== 200).length;
	assert.ok(posts.length <= plan.authorizations, `${posts.length} authorizations`);
	assert.ok(refused <= plan.refused, `${refused} refused`);
	assert.ok(journal.length - posts.length <= plan.reads, `${journal.length - posts.length} reads`);
	return { authorizations: posts.length, refused };
}

function assertNoSecret(text: string, { username, password }: Account, tokens: readonly string[] = []) {
	for (const secret of [username, password, ...tokens]) {
		for (const form of [secret, encodeURIComponent(secret), btoa(unescape(encodeURIComponent(secret)))]) {
			assert.ok(!text.toLowerCase().includes(form.toLowerCase()), "a secret is shown");
		}
	}
}

/** The settings that work with a host, or nothing where none do. */
function credentialsFor(kind: Kind): Partial<FlinksPayOptions> | undefined {
	const { credentialsIn, basicEncoding, credentials } = kind;
	const isBasic = credentialsIn !== "form";
	if (isBasic && credentials === "plain") return { credentialsIn: "basic" };
	if (isBasic && (basicEncoding === "rfc6749" || credentials !== "with a colon"))
		return { credentialsIn: "basic", basicEncoding };
	return credentialsIn === "basic" ? undefined : { credentialsIn: "form" };
}

describe(`each of ${kinds.length} kinds of host`, () => {
	interface Found {
		kind: Kind;
		ok: boolean;
		authorizations: number;
		refused: number;
	}
	const found: Found[] = [];

	for (const kind of kinds) {
		const { credentials, "instance and client id": given, ...options } = kind;
		test(JSON.stringify(kind), async () => {
			const { sandbox, account, tokens } = hostOf(options, CREDENTIALS[credentials]);
			if (given === "given") Object.assign(account, { instance: "toronto", clientId: "client-7" });
			const report = await examine(account);
			const counts = assertWithinPlan(sandbox, account);
			assertNoSecret(JSON.stringify(report), account, tokens);

			const way = credentialsFor(kind);
			const isGiven = given === "given";
			const lacksInstance = options.requireBaseUri && !isGiven;
			const lacksClientId = options.requireClientId === "always" && !isGiven;
			const isSplit = options.tokenHeader === "by_version";
			const ok = way !== undefined && !lacksInstance && !lacksClientId && !isSplit;
			assert.equal(report.ok, ok, report.problems.join("\n"));
			found.push({ kind, ok, ...counts });
			if (way === undefined) {
				assert.deepEqual(report.settings, {});
				assert.match(report.problems.join(), /in every way there is/);
				return;
			}
			const isBearerToken = options.tokenHeader === "bearertoken" || isSplit;
			assert.deepEqual(optionsOf(report), {
				...way,
				tokenHeader: isBearerToken ? "bearertoken" : "authorization",
				// Of v1, whose settings these are where the two differ, no client id is known.
				...(isGiven ? { instance: "toronto", clientId: "client-7" } : {}),
			});
			// The token is taken even where other settings are missing.
			const [v1, v2] = await readWith(report, account);
			assert.equal(v1, lacksInstance ? 400 : 404);
			assert.equal(v2, isSplit ? 401 : lacksInstance || lacksClientId ? 400 : 404);
			const problems = report.problems.join("\n");
			assert.equal(/FLINKS_INSTANCE \(not given\)/.test(problems), lacksInstance || lacksClientId);
			assert.equal(/FLINKS_CLIENT_ID \(not given\)/.test(problems), lacksInstance || lacksClientId);
			assert.equal(/v1 and v2 want different settings/.test(problems), isSplit);
		});
	}

	test("is in the table of docs/doctor.md", async () => {
		const rows = Object.entries(SWITCHES).flatMap(([name, values]) =>
			values.map((value) => {
				const these = found.filter(({ kind }) => kind[name as keyof Kind] === value);
				return [
					...[`\`${name}\`: ${JSON.stringify(value)}`, `${these.length}`, `${these.filter(({ ok }) => ok).length}`],
					...[`${these.filter(({ ok }) => !ok).length}`, `${Math.max(...these.map((one) => one.authorizations))}`],
					`${Math.max(...these.map((one) => one.refused))}`,
				];
			}),
		);
		const head = ["the host's switch, or what was given", "hosts", "settled", "not settled, and reported"];
		const table = [[...head, "authorizations, at most", "refused, at most"], ...rows];
		if (process.env.UPDATE_DOCS) await publishTable("kinds of host", table, PAGE);
		assert.deepEqual(await readTable("kinds of host", PAGE), table);
	});
});

describe("a host", () => {
	/** Examines the host, within the plan and without showing a secret. */
	async function examined(host: ReturnType<typeof hostOf>) {
		const report = await examine(host.account);
		assertNoSecret(JSON.stringify(report), host.account, host.tokens);
		return { ...assertWithinPlan(host.sandbox, host.account), report, problems: report.problems.join("\n") };
	}

	test("that refuses the password is sent it once in every way", async () => {
		const host = hostOf({ credentials: { username: "merchant-7", password: "another" } }, CREDENTIALS.plain);
		for (const credentials of [CREDENTIALS.plain, CREDENTIALS.special]) {
			Object.assign(host.account, credentials);
			host.sandbox.journal.length = 0;
			const { problems, authorizations, report } = await examined(host);
			assert.equal(authorizations, credentials === CREDENTIALS.plain ? 2 : 3);
			assert.match(problems, /form fields: (401, )+401\)\. FLINKS_USERNAME or FLINKS_PASSWORD is wrong/);
			assert.deepEqual([report.ok, report.settings, report.wrangler], [false, {}, []]);
		}
	});

	for (const lockOutStatus of [429, 403] as const) {
		test(`that locks out with ${lockOutStatus} is left alone at once`, async () => {
			const host = hostOf({ lockOutAfter: 1, lockOutStatus, credentials: { username: "x", password: "y" } });
			Object.assign(host.account, CREDENTIALS.special);
			const { problems, authorizations } = await examined(host);
			assert.deepEqual([authorizations, host.sandbox.journal.length], [2, 2]);
			assert.match(problems, /as by a lock-out or a firewall\. Nothing more was sent/);
		});
	}

	test("that answers as a lock-out would is left alone at once, and its text is not repeated", async () => {
		for (const [status, says] of [
			[401, "The user merchant-7 is LOCKED out"],
			[403, "closed for today"],
			[423, "closed for today"],
			[429, "closed for today"],
		] as const) {
			let asked = 0;
			const fetch = async () => {
				asked++;
				return Response.json({ error: says }, { status });
			};
			const report = await examine({ baseUrl: "https://flinks.test", ...CREDENTIALS.special, fetch });
			assert.deepEqual([asked, report.steps[0]?.looksLocked], [1, true], `${status}`);
			assert.ok(!JSON.stringify(report).includes(says));
		}
	});

	test("that asks for fewer reads is left alone at once", async () => {
		const host = hostOf({});
		host.sandbox.fault({ step: "status", fault: "429" });
		const { problems } = await examined(host);
		assert.match(problems, /GET \/api\/v1\/paymentrequests\/\S+ was answered 429/);
		assert.equal(host.sandbox.journal.length, 2);
	});

	test("that is down, or has no DNS name, is reported with the runtime's error code", async () => {
		for (const [baseUrl, word] of [
			[`http://127.0.0.1:${await freePort()}`, /\(ECONNREFUSED\)/],
			["https://flinks.invalid", /\((ENOTFOUND|EAI_AGAIN)\)/],
		] as const) {
			const report = await examine({ baseUrl, ...CREDENTIALS.plain });
			assert.match(report.problems.join(), word);
			assert.equal(report.steps.length, 1);
		}
	});

	test("that does not answer is waited for, but not for ever", async () => {
		const host = hostOf({});
		host.sandbox.fault({ step: "authorize", fault: "timeout_before" });
		const { problems, authorizations } = await examined(host);
		assert.match(problems, /no answer in time/);
		assert.equal(authorizations, 1);
	});

	test("that answers with a proxy's page is not taken for Flinks Pay", async () => {
		const host = hostOf({});
		host.sandbox.fault({ step: "authorize", fault: "html" });
		const { problems, report } = await examined(host);
		assert.match(problems, /answered 200 with text\/html, which is no answer of Flinks Pay/);
		assert.doesNotMatch(JSON.stringify(report), /Gateway/);
	});

	test("that redirects is not followed", async () => {
		const host = hostOf({ redirectTo: "https://login.example" });
		const { problems } = await examined(host);
		assert.match(problems, /answered 307, a redirect to https:\/\/login\.example, which is never followed/);
		assert.equal(host.sandbox.journal.length, 1);
	});

	test("whose clock is an hour off is reported, and its settings too", async () => {
		for (const dateOffsetSeconds of [3600, -3600]) {
			const { problems, report } = await examined(hostOf({ dateOffsetSeconds }));
			assert.match(problems, /differ by 3[56]\d\d s: webhooks would be refused/);
			assert.equal(report.settings.FLINKS_TOKEN_HEADER, "authorization");
		}
		const { report } = await examined(hostOf({ dateOffsetSeconds: 2 }));
		assert.equal(report.ok, true);
	});

	test("that answers any token alike settles no header", async () => {
		const host = hostOf({});
		const { fetch } = host.account;
		host.account.fetch = async (url, init) =>
			init.method === "POST" && fetch ? fetch(url, init) : new Response(null, { status: 404 });
		const { problems, report } = await examined(host);
		assert.match(problems, /^FLINKS_TOKEN_HEADER is not settled/);
		assert.match(report.unknown.join(), /v1: an invented token was answered 404, too/);
		assert.equal(report.settings.FLINKS_TOKEN_HEADER, undefined);
	});

	test("that echoes credentials and tokens in every name that is reported has none of them reported", async () => {
		// Of letters alone, as names of fields are.
		const letters = () => newPassword().replaceAll(/[0-9]/g, "x").toUpperCase();
		const host = hostOf({}, { username: letters(), password: letters() });
		const { fetch, username, password } = host.account;
		let asked = 0;
		host.account.fetch = async (url, init) => {
			if (init.method === "POST" && fetch) return fetch(url, init);
			const given = [...host.tokens, username, password];
			const body = JSON.stringify(Object.fromEntries(given.map((name) => [name, 1])));
			const one = given[asked++ % given.length];
			const headers = { "content-type": `application/${one}+json`, location: `https://${one}.example` };
			return new Response(body, { status: asked % 2 === 0 ? 404 : 307, headers });
		};
		const { report } = await examined(host);
		assert.ok(report.steps.some(({ redirectsTo }) => redirectsTo === "(not shown)"));
	});

	test("that echoes the Authorization header has none of it reported", async () => {
		// So that Base64 of it has letters alone, as names of fields are.
		let [username, password, basic] = ["", "", ""];
		while (!/^[A-Za-z]+$/.test(basic)) {
			[username, password] = [newPassword().slice(0, 6), newPassword().slice(0, 5)];
			basic = btoa(`${username}:${password}`);
		}
		const host = hostOf({}, { username, password });
		host.account.fetch = async () => {
			const headers = { "content-type": `application/${basic}+json` };
			return new Response(JSON.stringify({ [basic]: 1 }), { status: 401, headers });
		};
		const { report } = await examined(host);
		assert.deepEqual(report.steps[0]?.fields, ["(not shown)"]);
		assert.equal(report.steps[0]?.contentType, "(not shown)");
	});

	test("whose token never ends is not read to its end", async () => {
		const host = hostOf({});
		let size = 0;
		host.account.fetch = async (_url, { signal }) => {
			const body = new ReadableStream({
				type: "bytes",
				async pull(controller) {
					await new Promise(setImmediate);
					if (signal?.aborted) return controller.error(signal.reason);
					size += 16_384;
					controller.enqueue(new Uint8Array(16_384).fill(0x20));
				},
			});
			return new Response(body, { headers: { "content-type": "application/json" } });
		};
		const { report } = await examined(host);
		assert.match(report.problems.join(), /is no answer of Flinks Pay/);
		assert.ok(size < 1_000_000, `${size} bytes were read`);
	});

	test("whose address is not allowed gets no request", async () => {
		const account = { baseUrl: "http://pay.example.com", ...CREDENTIALS.plain };
		await assert.rejects(async () => examine(account), { code: "invalid_config", field: "baseUrl" });
	});
});

/** Serves a sandbox on this machine. */
async function served(options: SandboxOptions): Promise<{ sandbox: Sandbox; url: string; stop(): void }> {
	const sandbox = createSandbox(options);
	const listener = getRequestListener((request) => sandbox.fetch(request), { overrideGlobalObjects: false });
	const { url, close } = await serve(listener);
	return { sandbox, url, stop: close };
}

for (const { name, program } of [
	{ name: "this Node", program: process.execPath },
	{ name: "Node 20", program: NODE_20 },
]) {
	describe(`flinkspay doctor on ${name}`, () => {
		const credentials = CREDENTIALS.special;
		let host: Awaited<ReturnType<typeof served>>;
		let folder: string;

		before(async () => {
			host = await served({ credentials, credentialsIn: "form", tokenHeader: "bearertoken", requireBaseUri: true });
			folder = await mkdtemp(join(tmpdir(), "flinkspay-edge-doctor-"));
		});
		after(async () => {
			host?.stop();
			await rm(folder, { recursive: true, force: true });
		});

		async function doctor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
			const child = spawn(program, [COMMAND, "doctor", ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
			const [out, err] = await Promise.all([child.stdout.toArray(), child.stderr.toArray(), once(child, "close")]);
			const [stdout, stderr] = [Buffer.concat(out).toString(), Buffer.concat(err).toString()];
			assertNoSecret(stdout + stderr, { baseUrl: host.url, ...credentials });
			return { code: child.exitCode, stdout, stderr };
		}
		const environment = () => ({
			...{ FLINKS_BASE_URL: host.url, FLINKS_USERNAME: credentials.username, FLINKS_PASSWORD: credentials.password },
		});

		test("finds from .dev.vars what the host wants, as docs/doctor.md has it", async () => {
			const [, line = ""] = /^npx flinkspay doctor (.+)$/m.exec(await readFile(PAGE, "utf8")) ?? [];
			const file = join(folder, ".dev.vars");
			const lines = Object.entries({ ...environment(), FLINKS_INSTANCE: "toronto" });
			await writeFile(file, lines.map(([name, value]) => `${name}='${value}'\n`).join(""), { mode: 0o600 });
			const { code, stdout, stderr } = await doctor(["--yes", ...line.replace(".dev.vars", file).split(" ")]);
			assert.equal(code, 0, stdout + stderr);
			assert.match(stderr, /6 requests with your credentials to \/api\/v1\/authorize; up to 3 may be refused/);
			const wanted = ["FLINKS_CREDENTIALS_IN='form'", "FLINKS_TOKEN_HEADER='bearertoken'", "FLINKS_INSTANCE='toronto'"];
			for (const line of wanted) assert.ok(stdout.includes(line), stdout);
			assert.match(stdout, /npx wrangler secret put FLINKS_PASSWORD/);
			assert.match(stdout, /"vars": \{"FLINKS_BASE_URL"/);
		});

		test("prints the report as JSON, and exits 1 where something is missing", async () => {
			const { code, stdout } = await doctor(["--yes", "--json"], environment());
			const report = JSON.parse(stdout) as CheckReport;
			assert.equal(code, 1);
			assert.match(report.problems.join(), /FLINKS_INSTANCE \(not given\)/);
			assert.equal(report.settings.FLINKS_TOKEN_HEADER, "bearertoken");
		});

		test("sends nothing without a yes", async () => {
			const before = host.sandbox.journal.length;
			const { code, stdout, stderr } = await doctor([], environment());
			assert.deepEqual([code, stdout, host.sandbox.journal.length], [2, "", before]);
			assert.match(stderr, /This creates nothing at http.*Give --yes/s);
		});

		test("exits 2 when it is used wrongly, and prints what to do", async () => {
			for (const [args, env, says] of [
				[["--yes"], {}, /FLINKS_BASE_URL is not set\. Set it/],
				[["--yes"], { ...environment(), FLINKS_PASSWORD: "" }, /FLINKS_PASSWORD is not set/],
				[["--yes"], { ...environment(), FLINKS_BASE_URL: "http://pay.example.com" }, /baseUrl must be the origin/],
				[
					["--yes"],
					{ ...environment(), FLINKS_BASE_URL: `https://merchant:${credentials.password}@pay.example.com` },
					/with no user name/,
				],
				[["--password", "x"], environment(), /unknown option '--password'/],
			] as const) {
				const { code, stderr } = await doctor(args, env);
				assert.deepEqual([code, says.test(stderr)], [2, true], stderr);
			}
			// Node looks for an option of this name itself, wherever it stands, and ends with 9.
			const { code, stderr } = await doctor(["--yes", "--env-file", join(folder, "none")]);
			assert.ok(code === 2 || code === 9, `${code}`);
			assert.match(stderr, /none(:| cannot be read)/);
		});
	});
}

describe("GET /config?check=1", () => {
	const apiKey = newPassword();
	const credentials = CREDENTIALS.special;
	let host: Awaited<ReturnType<typeof served>>;
	let worker: Running;

	before(async () => {
		host = await served({ credentials, basicEncoding: "rfc6749", tokenHeader: "bearertoken" });
		worker = await startWorker({
			sandboxUrl: host.url,
			vars: { FLINKS_INSTANCE: "toronto" },
			secrets: { API_KEY: apiKey, FLINKS_USERNAME: credentials.username, FLINKS_PASSWORD: credentials.password },
		});
	});
	after(async () => {
		await worker?.stop();
		host?.stop();
	});

	const get = (query: string, key = apiKey) =>
		fetch(`${worker.url}/config${query}`, { headers: { Authorization: `Bearer ${key}` } });

	test("requires the key, and refuses any other query", async () => {
		assert.equal((await get("?check=1", "another")).status, 401);
		for (const query of ["?check=0", "?check=", "?check=1&check=1", "?check=true", "?Check=1", "?check=1&x=1"]) {
			assert.equal((await get(query)).status, 400, query);
		}
		const plain = await get("");
		assert.equal(((await plain.json()) as { check?: CheckReport }).check, undefined);
		assert.equal(host.sandbox.journal.length, 0);
	});

	test("finds what the host wants for one request, and answers 429 to others at the same time", async () => {
		const all = await Promise.all(Array.from({ length: 5 }, () => get("?check=1")));
		const good = all.filter(({ status }) => status === 200);
		assert.equal(good.length, 1);
		const text = (await good[0]?.text()) ?? "";
		const { check } = JSON.parse(text) as { check: CheckReport };
		assert.equal(check.ok, true, text);
		assert.deepEqual(optionsOf(check), {
			...{ credentialsIn: "basic", basicEncoding: "rfc6749", tokenHeader: "bearertoken", instance: "toronto" },
		});
		for (const other of all.filter((one) => !good.includes(one))) {
			assert.equal(other.status, 429);
			const wait = Number(other.headers.get("retry-after"));
			assert.ok(wait > 0 && wait <= 60, `${wait}`);
		}
		const account = { baseUrl: host.url, ...credentials, instance: "toronto" };
		assertWithinPlan(host.sandbox, account);
		assertNoSecret(text + worker.output(), account);
	});

	test("answers 429 a moment later, to the curl line of docs/doctor.md", async () => {
		const before = host.sandbox.journal.length;
		const [line = ""] = /^curl .+$/m.exec(await readFile(PAGE, "utf8")) ?? [];
		const env = { PATH: process.env.PATH ?? "", WORKER: worker.url, API_KEY: apiKey };
		const child = spawn("bash", ["-euc", line], { env, stdio: ["ignore", "pipe", "ignore"] });
		const [out] = await Promise.all([child.stdout.toArray(), once(child, "close")]);
		assert.equal(JSON.parse(Buffer.concat(out).toString()).code, "rate_limited");
		assert.equal(host.sandbox.journal.length, before);
	});
});
