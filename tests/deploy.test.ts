// What is deployed, and the guide to it: the bundle as wrangler would send it, and the snippets and curl lines of
// docs/deploy.md, in their order there.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile, rm } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createSandbox } from "../sandbox/src/sandbox.ts";
import { Gateway } from "./crash/gateway.ts";
import { bundle, Workerd } from "./crash/workerd.ts";
import { configWith } from "./deploy/config.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);
const secrets = {
	...{ FLINKS_USERNAME: crypto.randomUUID(), FLINKS_PASSWORD: crypto.randomUUID() },
	API_KEY: crypto.randomUUID(),
};

/** The output of wrangler's dry run of deploying this folder's configuration. */
async function dryRun(folder: string, ...args: string[]): Promise<string> {
	const { stdout } = await run(
		process.execPath,
		[
			...[`${root}node_modules/wrangler/bin/wrangler.js`, "deploy", "--dry-run", "--cwd", root + folder],
			...["--outdir", `${root}target/deployed`, ...args],
		],
		// The environment in which a person deploys may have the secrets.
		{ env: { ...process.env, ...secrets, WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" } },
	);
	return stdout;
}

describe("what is deployed", () => {
	let output: string;
	before(async () => {
		await rm(`${root}target/deployed`, { recursive: true, force: true });
		output = await dryRun("worker", "--metafile");
	});

	test("is small enough for any plan", (t) => {
		const [size, kibibytes] = /gzip: ([\d.]+) KiB/.exec(output) ?? [];
		t.diagnostic(/Total Upload: .*/.exec(output)?.[0] ?? "");
		assert.ok(size && Number(kibibytes) < 1_024, output);
	});

	test("is the Worker, the client and the libraries that both name, and nothing of the tests or the sandbox", async () => {
		const meta = JSON.parse(await readFile(`${root}target/deployed/bundle-meta.json`, "utf8"));
		const sources = Object.keys(meta.inputs).map((path) =>
			path.replace(/^(\.\.\/)?node_modules\/((@[^/]+\/)?[^/]+).*/, "$2"),
		);
		const strangers = new Set(
			sources.filter(
				(path) =>
					!/^(src\/|public\/operator\/|\.\.\/pkg\/|package\.json\b)/.test(path) &&
					!path.startsWith("wrangler-modules-watch:"),
			),
		);
		assert.deepEqual([...strangers].sort(), [
			...["@asteasolutions/zod-to-openapi", "@hono/zod-openapi", "@hono/zod-validator", "@stablelib/base64"],
			...["fast-sha256", "hono", "jose", "standardwebhooks", "tinyqueue", "zod"],
		]);
		assert.ok(sources.filter((path) => path.startsWith("../pkg/")).every((path) => !path.includes("sandbox")));
	});

	test("has no secret in it", async () => {
		const names = await readdir(`${root}target/deployed`);
		const contents = await Promise.all(names.map((name) => readFile(`${root}target/deployed/${name}`, "latin1")));
		const all = [output, ...contents].join("\n");
		assert.ok(all.includes("FLINKS_PASSWORD"), "the search does not see what is deployed");
		for (const secret of Object.values(secrets)) assert.ok(!all.includes(secret));
	});
});

describe("docs/deploy.md", () => {
	for (const [name, shards] of [
		["sandbox", "1"],
		["production", "64"],
	] as const) {
		test(`has an environment ${name} that wrangler deploys`, async () => {
			const { folder } = await configWith("env");
			const output = await dryRun(folder, "--env", name);
			assert.match(output, /env\.LEDGER \(Ledger\)\s+Durable Object/);
			assert.match(output, new RegExp(`env\\.LEDGER_SHARDS \\("${shards}"\\)`));
			assert.match(output, /env\.FLINKS_BASE_URL \("https:/);
		});
	}

	describe("its curl lines", () => {
		const sandbox = createSandbox({
			credentials: { username: secrets.FLINKS_USERNAME, password: secrets.FLINKS_PASSWORD },
		});
		const gateway = new Gateway(sandbox);
		const ran: string[] = [];
		let lines: string[];
		let workerd: Workerd;

		before(async () => {
			const page = await readFile(`${root}docs/deploy.md`, "utf8");
			lines = [...page.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].flatMap(([, text = ""]) =>
				text.split(/^(?= *curl )/m).filter((line) => /^ *curl /.test(line)),
			);
			workerd = await Workerd.start({
				...{ folder: await bundle([], "worker/src/index.ts"), state: "deploy" },
				bindings: { ...secrets, FLINKS_BASE_URL: await gateway.listen(), LEDGER_SHARDS: "2" },
			});
		});
		after(async () => {
			await workerd?.kill();
			gateway.close();
		});

		/** Runs the one line that has this text, with these variables set. */
		async function curl(text: string, variables: Record<string, string> = {}): Promise<Record<string, unknown>> {
			const fitting = lines.filter((line) => line.includes(text));
			assert.equal(fitting.length, 1, `${fitting.length} lines have ${text}`);
			ran.push(...fitting);
			const { API_KEY } = secrets;
			const env = { ...process.env, WORKER: workerd.url, API_KEY, ...variables };
			const { stdout } = await run("bash", ["-euc", fitting[0] ?? ""], { env });
			return JSON.parse(stdout);
		}

		/** A payment whose answer was lost, and what Flinks has of it. */
		async function unknown(key: string): Promise<{ id: string; requestId: string }> {
			sandbox.fault({ step: "payment_request", fault: "not_json" });
			const payor = { customerName: "Ada Tremblay", customerEmail: "ada@example.com" };
			const { id = "", code } = await pay(key, payor);
			assert.equal(code, "outcome_unknown");
			return { id, requestId: gateway.wire.at(-1)?.entry?.requestId ?? "" };
		}

		async function pay(key: string, more: object): Promise<Record<string, string>> {
			const response = await fetch(`${workerd.url}/payments`, {
				method: "POST",
				headers: {
					...{ Authorization: `Bearer ${secrets.API_KEY}`, "Content-Type": "application/json" },
					"Idempotency-Key": key,
				},
				body: JSON.stringify({ referenceId: key, amount: "12.50", ...more }),
			});
			return (await response.json()) as Record<string, string>;
		}

		test("check the Worker, and make, read and cancel a payment", async () => {
			assert.deepEqual(await curl("/healthz"), { status: "ok" });
			const { features } = (await curl("/config")) as { features: Record<string, string> };
			assert.equal(features.payments, "on");
			const { id, appUrl } = await curl("Idempotency-Key");
			assert.match(String(appUrl), /\/app\/\?sessionId=/);
			const view = await curl('/payments/$ID"', { ID: String(id) });
			assert.deepEqual([view.id, view.status], [id, "Initiated"]);
			const cancelled = await curl("/cancel", { ID: String(id) });
			assert.equal(cancelled.status, "Cancelled");
		});

		test("find and resolve unknown payments", async () => {
			const { id, requestId } = await unknown("found");
			const { payments } = (await curl("status=unknown")) as { payments: { id: string }[] };
			assert.deepEqual(
				payments.map((payment) => payment.id),
				[id],
			);
			const { events } = (await curl("/events", { ID: id })) as { events: Record<string, unknown>[] };
			const last = events.findLast(({ outcome, type }) => type === "attempt" && outcome === "unknown");
			assert.equal(last?.stage, "payment_request");
			const found = await curl('outcome\\":\\"created', { ID: id, REQUEST_ID: requestId });
			assert.deepEqual([found.status, found.requestId], ["Initiated", requestId]);

			const other = await unknown("not-found");
			assert.equal((await curl("not_created", { ID: other.id })).status, "not_created");
		});

		test("list what a person looks at, and accept a guarantee", async () => {
			for (const query of ["status=mismatch", "funds=returned", "status=guarantee_waiting"]) {
				assert.deepEqual(await curl(query), { payments: [] });
			}
			const { payments } = (await curl("referenceId=order-1001")) as { payments: { referenceId: string }[] };
			assert.deepEqual(
				payments.map(({ referenceId }) => referenceId),
				["order-1001"],
			);
			const payor = { firstName: "Ada", lastName: "Tremblay", email: "ada@example.com" };
			const { id = "", sessionId = "" } = await pay("guaranteed", { product: "geft", payor });
			sandbox.play(sessionId, "guarantee_waits");
			const decided = await curl("/guarantee", { ID: id });
			assert.deepEqual([decided.guarantee, decided.funds, decided.paid], ["accepted", "guaranteed", true]);
		});

		test("have all been run", () =>
			assert.deepEqual(
				lines.filter((line) => !ran.includes(line)),
				[],
			));
	});
});
