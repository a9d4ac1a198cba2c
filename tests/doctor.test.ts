// The doctor: against every kind of host that the sandbox can stand for it finds the settings that work, creates nothing, and
// sends credentials no more often than it says. As a function, as the command, and behind `GET /config?check=1`.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { getRequestListener } from "@hono/node-server";
import { FlinksPay, type FlinksPayError, type FlinksPayOptions } from "flinkspay-edge";
import { createSandbox, type Sandbox, type SandboxOptions } from "../sandbox/src/sandbox.ts";
import { type Account, examine, planOf, type Report } from "../worker/src/doctor.ts";
import { freePort, type Running, startWorker } from "./processes.ts";
import { publishTable, readTable } from "./readme-table.ts";

const PAGE = new URL("../docs/doctor.md", import.meta.url);
const COMMAND = fileURLToPath(new URL("../pkg/cli/command.js", import.meta.url));

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

/** A host, whom to ask there, and all tokens that it has given. */
function hostOf(options: SandboxOptions, credentials = CREDENTIALS.plain) {
	const sandbox = createSandbox({ credentials, ...options });
	const tokens: string[] = [];
	const fetch = async (url: string, init: RequestInit) => {
		const response = await sandbox.fetch(url, init);
		if (url.endsWith("/authorize") && response.ok) tokens.push((await response.clone().json()).access_token);
		return response;
	};
	const account: Account = { baseUrl: "https://flinks.test", ...credentials, fetch };
	return { sandbox, account, tokens };
}

function optionsOf({ settings }: Report): Partial<FlinksPayOptions> {
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

/** The statuses that a client with the settings found is answered when it reads what nobody has. */
async function readWith(report: Report, { baseUrl, username, password, fetch }: Account) {
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

/** Nothing was created, and nothing was sent more often than was said. */
function wasModest({ journal }: Sandbox, account: Account) {
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

function tellsNoSecret(text: string, { username, password }: Account, tokens: readonly string[] = []) {
	for (const secret of [username, password, ...tokens]) {
		for (const form of [secret, encodeURIComponent(secret), btoa(unescape(encodeURIComponent(secret)))]) {
			assert.ok(!text.includes(form), "a secret is told");
		}
	}
}

/** What works with a host, or nothing where no client can be set so. */
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
			const counts = wasModest(sandbox, account);
			tellsNoSecret(JSON.stringify(report), account, tokens);

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
			// Whatever is missing besides, the token is taken.
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
		const head = ["the host's switch, or what was given", "hosts", "settled", "what is missing is told"];
		const table = [[...head, "authorizations, at most", "refused, at most"], ...rows];
		if (process.env.UPDATE_DOCS) await publishTable("kinds of host", table, PAGE);
		assert.deepEqual(await readTable("kinds of host", PAGE), table);
	});
});
