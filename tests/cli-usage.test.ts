// The command flinkspay used wrongly, in front of a host that is not the Worker, or of a Worker that fails.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { linesOf, run, start } from "./cli/command.ts";
import { close, files, fixture, runHere } from "./cli/fixture.ts";
import { type Server, serve } from "./serve.ts";

after(close);

describe("wrong use", () => {
	const cases: [what: string, args: string[], env: Record<string, string>, code: number, says: RegExp][] = [
		["no command", [], {}, 2, /Usage: flinkspay/],
		["help", ["--help"], {}, 0, /Exit codes: 0 done/],
		["the help of a command", ["payments", "--help"], {}, 0, /a secret is never a flag/],
		["an unknown command", ["refund"], {}, 2, /unknown command/],
		["a secret as a flag", ["payments", "--api-key=hunter2"], {}, 2, /^error: unknown option '--api-key'$/m],
		["an unknown flag", ["payments", "--colour"], {}, 2, /unknown option '--colour'/],
		["no address", ["payments"], { WORKER_URL: "" }, 2, /WORKER_URL is not set/],
		["no key", ["payments"], { API_KEY: "" }, 2, /API_KEY is not set/],
		["an address without TLS", ["payments"], { WORKER_URL: "http://pay.example.com" }, 2, /must be https/],
		["an address with a user's name", ["payments", "--worker", "https://a:hunter2@x.example"], {}, 2, /user name/],
		["an address that is no URL", ["payments", "--worker", "here"], {}, 2, /must be https/],
		["a limit that is too high", ["payments", "--limit", "1000"], {}, 2, /invalid_input, field limit/],
		["a receiver on another host without TLS", ["listen", "http://shop.example.com/"], {}, 2, /must be https/],
		["an unknown story", ["trigger", "win"], {}, 2, /Allowed choices are accept/],
		["advance without how far", ["trigger", "advance"], {}, 2, /Give --by/],
		["advance by what is no duration", ["trigger", "advance", "--by", "soon"], {}, 2, /90s, 15m, 72h or 3d/],
		["a port that is no number", ["sandbox", "--port", "x"], {}, 2, /--port x is not a port/],
		["a missing file", ["verify", "nowhere.json"], {}, 2, /nowhere.json cannot be read: ENOENT/],
	];
	for (const [what, args, env, code, says] of cases) {
		test(`exits ${code}: ${what}`, async () => {
			const output = await runHere(args, env);
			assert.equal(output.code, code, output.err);
			assert.match(output.out + output.err, says);
			assert.doesNotMatch(output.out + output.err, /hunter2/);
			if (code !== 0) assert.equal(output.out, "");
		});
	}

	test("exits 1: a key that is not the Worker's", async () => {
		const output = await run(["payments"], { ...fixture.env, API_KEY: "0123456789abcdef0123" });
		assert.equal(output.code, 1);
		assert.match(output.err, /unauthorized: .*API_KEY is not the key of this Worker/);
	});

	test("exits 1: an address that does not answer, or not as the Worker does", async () => {
		const silent = await runHere(["payments", "--worker", "http://127.0.0.1:9"]);
		assert.equal(silent.code, 1);
		assert.match(silent.err, /127\.0\.0\.1:9 does not answer \(.+\)/);
		const other = await runHere(["payments", "--worker", fixture.sandbox.url]);
		assert.equal(other.code, 1);
		assert.match(other.err, /answered 404, but not as the Worker does/);
	});

	test("reads settings from a file, and those of the environment before it", async () => {
		const file = await files.write(
			"vars",
			`WORKER_URL='${fixture.env.WORKER_URL}'\nAPI_KEY='${fixture.env.API_KEY}'\n`,
		);
		assert.equal((await run(["payments", "--env-file", file])).code, 0);
		assert.equal((await run(["payments", "--env-file", file], { API_KEY: "0123456789abcdef0123" })).code, 1);
		const missing = await run(["payments", "--env-file", `${file}-not`]);
		// Node itself looks for it first.
		assert.equal(missing.code, 9);
		assert.match(missing.err, /not found/);
	});
});

describe("a host that is not the Worker, or a Worker that fails", () => {
	/** Starts a fake Worker that gives these answers in turn, the last one again and again; one with `cut` breaks off. */
	async function startFakeWorker(...answers: [status: number, body: string, cut?: "cut"][]) {
		const { promise: repeated, resolve: onRepeat } = Promise.withResolvers<void>();
		let left = answers.length;
		const { url, close } = await serve((_request, response) => {
			if (left-- === 0) onRepeat();
			const [status, body, cut] = (answers.length > 1 ? answers.shift() : answers[0]) ?? [500, ""];
			response.writeHead(status, { "content-type": "application/json" });
			if (cut === undefined) response.end(body);
			else response.write(body, () => response.destroy());
		});
		return { env: { WORKER_URL: url, API_KEY: "0123456789abcdef" }, close, repeated };
	}
	const page = (next: string) => JSON.stringify({ events: [], next, more: false });
	const refused = JSON.stringify({ code: "unauthorized", title: "No." });

	test("an answer that breaks off is requested again by listen, and is an error of one line for other commands", async () => {
		for (const status of [200, 500]) {
			const worker = await startFakeWorker([200, page("0.1")], [status, '{"ev', "cut"], [200, page("0.2")]);
			const listening = start(["listen", "http://127.0.0.1:9/"], worker.env);
			try {
				await listening.says(new RegExp(`answer ${status} of \\S+ broke off`));
				// Whoever asks once more has read the answer before.
				await Promise.race([worker.repeated, listening.ended]);
				listening.child.kill("SIGINT");
				assert.match((await listening.ended).err, /To continue from here: --cursor 0\.2/);
			} finally {
				worker.close();
			}
			const other = await startFakeWorker([status, '{"pay', "cut"]);
			const { code, err } = await run(["payments"], other.env);
			assert.deepEqual([code, /^flinkspay: The answer \d+ of \S+ broke off \(\w+\)\.\n$/.test(err)], [1, true], err);
			other.close();
		}
	});

	test("a refusal ends listen, which prints the cursor to continue from", async () => {
		const worker = await startFakeWorker([200, page("0.1")], [401, refused]);
		const { code, err } = await run(["listen", "http://127.0.0.1:9/"], worker.env);
		assert.equal(code, 1);
		assert.match(err, /To continue from here: --cursor 0\.1\nflinkspay: The Worker answered unauthorized/);
		worker.close();
	});

	test("an answer of 200 with null, {} or a list is an error of one line: that is not the Worker", async () => {
		for (const body of ["null", "{}", "[]", '{"payments":{},"events":{}}']) {
			const worker = await startFakeWorker([200, body]);
			const others = body === "{}" ? [["payments", "1"], ["events"], ["resend", "1"], ["trigger", "accept"]] : [];
			for (const command of [["payments"], ...others]) {
				const { code, err } = await run(command, worker.env);
				const says = /^flinkspay: \S+ answered 200, but not as the Worker does\. Is that the Worker\?\n$/;
				assert.deepEqual([code, says.test(err)], [1, true], `${command}, ${body}: ${err}`);
			}
			worker.close();
		}
	});

	test("control characters in results, problems, reports and JSON are escaped", async () => {
		const evil = "\u001b]0;a\u0007\u001b[2J\u009b31m\u202e\u001b[32m\nflinkspay: fine";
		const shown = "\\u001b]0;a\\u0007\\u001b[2J\\u009b31m\\u202e\\u001b[32m";
		const payment = { id: "1", createdAt: "2026-03-01", status: evil, funds: "none", paid: false, referenceId: evil };
		const list = await startFakeWorker([200, JSON.stringify({ payments: [payment] })]);
		const problem = await startFakeWorker([400, JSON.stringify({ code: "invalid_input", title: evil, detail: evil })]);
		const report = await files.write("evil.csv", `Amount,"${evil}"\n1.00,a\n`);
		for (const [args, { env }] of [
			[["payments"], list],
			[["payments", "--json"], list],
			[["payments"], problem],
			[["reconcile", report], list],
		] as const) {
			const { out, err } = await run(args, env);
			assert.doesNotMatch(`${out}${err}`, /(?!\n)\p{Cc}|\u202e/u);
			assert.ok(`${out}${err}`.includes(shown), `${out}${err}`);
			assert.doesNotMatch(out, /^flinkspay/m);
			if (args[1] === "--json") assert.equal(linesOf({ out })[0].status, evil);
		}
		for (const { close } of [list, problem]) close();
	});

	test("a full disk is a failure with exit code 1", async () => {
		const { promise, resolve } = Promise.withResolvers<number | null>();
		const full = await open("/dev/full", "w");
		const command = fileURLToPath(new URL("../pkg/cli/command.js", import.meta.url));
		spawn(process.execPath, [command, "--help"], { stdio: ["ignore", full.fd, "ignore"] }).once("exit", resolve);
		assert.equal(await promise, 1);
		await full.close();
	});
});

describe("a ledger of which a part does not answer", () => {
	let gaps: Server;
	let env: Record<string, string>;
	before(async () => {
		gaps = await serve((request, response) => {
			const rest = request.url?.startsWith("/events") ? { events: [], next: "0.0", more: false } : { payments: [] };
			response.setHeader("Content-Type", "application/json").end(JSON.stringify({ ...rest, missing: [1, 3] }));
		});
		env = { WORKER_URL: gaps.url };
	});
	after(() => gaps.close());

	test("makes payments and reconcile fail, since the list is incomplete", async () => {
		const report = await files.write("gaps.csv", "Reference ID,Amount,Completed Date\nR1,12.50,2026-11-29\n");
		for (const args of [
			["payments"],
			["payments", "--all"],
			["reconcile", report, "--from", "2026-11-29", "--to", "2026-11-29"],
		]) {
			const { code, out, err } = await runHere(args, env);
			assert.deepEqual([code, out], [1, ""], err);
			assert.match(err, /The list is incomplete: objects 1, 3 of the ledger do not answer\. Try again\./);
		}
	});

	test("makes events warn that changes come later", async () => {
		const { code, err } = await runHere(["events"], env);
		assert.equal(code, 0);
		assert.match(err, /Objects 1, 3 of the ledger do not answer\. Their changes come later: read on\./);
	});
});

describe("sandbox", () => {
	test("serves, and says that it is not Flinks", async () => {
		const serving = start(["sandbox", "--port", "0"]);
		await serving.says(/http:\/\/127\.0\.0\.1:\d+ \(this is not Flinks/);
		const [url = ""] = /http:\S+/.exec(serving.out()) ?? [];
		assert.equal((await fetch(url)).status, 200);
		const { port } = new URL(url);
		const taken = await run(["sandbox", "--port", port]);
		assert.equal(taken.code, 2);
		assert.match(taken.err, /is taken/);
		serving.child.kill("SIGTERM");
		assert.equal((await serving.ended).code, 0);
	});
});
