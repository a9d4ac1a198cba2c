// The command flinkspay as it is installed, a child process on the oldest Node, against the Worker in workerd and the sandbox.
// `UPDATE_DOCS=1` writes its output into docs/command.md, which must have it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { signWebhook } from "flinkspay-edge";
import { createReceiver } from "flinkspay-edge/merchant";
import { Webhook } from "standardwebhooks";
import { endOf, startOf } from "../cli/src/report.ts";
import { type Node, type Output, Receiver, run, Stage, scratch, start } from "./cli/stage.ts";

const page = fileURLToPath(new URL("../docs/command.md", import.meta.url));
const shown = new Map<string, string>();
let stage: Stage;
let files: Awaited<ReturnType<typeof scratch>>;

before(async () => {
	[stage, files] = await Promise.all([Stage.open(), scratch()]);
});
after(() => Promise.all([stage?.close(), files?.remove()]));

/** Runs the command against the stage's Worker. */
async function runHere(args: readonly string[], more: Record<string, string> = {}, node?: Node): Promise<Output> {
	const output = await run(args, { ...stage.env, ...more }, node);
	const secret = stage.env.API_KEY ?? "";
	assert.ok(!`${output.out}${output.err}`.includes(secret), "it prints a secret");
	assert.doesNotMatch(output.err, /^\s+at /m, "it shows a stack");
	return output;
}

/** The JSON lines of stdout, of which nothing else is there. */
function linesOf({ out }: { out: string }) {
	return out
		.split("\n")
		.filter((line) => line !== "")
		.map((line) => JSON.parse(line));
}

/** Keeps a command's output for the page, without what differs each time. */
function show(line: string, { out, err }: Output, replace: Record<string, string> = {}): void {
	let text = `$ flinkspay ${line}\n${out}${err}`;
	for (const [found, put] of Object.entries(replace)) text = text.replaceAll(found, put);
	const ids = new Map<string, string>();
	text = text
		.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "2026-11-29T15:00:00.000Z")
		.replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, (id) => {
			const number = ids.get(id) ?? String(ids.size + 1).padStart(8, "0");
			ids.set(id, number);
			return `${number}-3a53-4c0e-8a44-3f3b0d3b7a10`;
		})
		.replaceAll(/\b\d{1,2}(?=-0{7})/g, "3")
		.replaceAll(/--cursor \S+/g, "--cursor 0.4.0.2.1")
		.replaceAll(/durationMs=\d+/g, "durationMs=52");
	shown.set(line, text);
}

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
		const output = await run(["payments"], { ...stage.env, API_KEY: "0123456789abcdef0123" });
		assert.equal(output.code, 1);
		assert.match(output.err, /unauthorized: .*API_KEY is not the key of this Worker/);
	});

	test("exits 1: an address that does not answer, or not as the Worker does", async () => {
		const silent = await runHere(["payments", "--worker", "http://127.0.0.1:9"]);
		assert.equal(silent.code, 1);
		assert.match(silent.err, /127\.0\.0\.1:9 does not answer \(.+\)/);
		const other = await runHere(["payments", "--worker", stage.sandbox.url]);
		assert.equal(other.code, 1);
		assert.match(other.err, /answered 404, but not as the Worker does/);
	});

	test("reads settings from a file, and those of the environment before it", async () => {
		const file = await files.write("vars", `WORKER_URL='${stage.env.WORKER_URL}'\nAPI_KEY='${stage.env.API_KEY}'\n`);
		assert.equal((await run(["payments", "--env-file", file])).code, 0);
		assert.equal((await run(["payments", "--env-file", file], { API_KEY: "0123456789abcdef0123" })).code, 1);
		const missing = await run(["payments", "--env-file", `${file}-not`]);
		// Node itself looks for it first.
		assert.equal(missing.code, 9);
		assert.match(missing.err, /not found/);
	});
});

describe("a host that is not the Worker, or a Worker that fails", () => {
	/** Starts a fake Worker that gives these answers in turn; one with `cut` breaks off. */
	async function startFakeWorker(...answers: [status: number, body: string, cut?: "cut"][]) {
		const server = createServer((_request, response) => {
			const [status, body, cut] = (answers.length > 1 ? answers.shift() : answers[0]) ?? [500, ""];
			response.writeHead(status, { "content-type": "application/json" });
			if (cut === undefined) response.end(body);
			else response.write(body, () => response.destroy());
		}).listen(0, "127.0.0.1");
		await once(server, "listening");
		const env = {
			WORKER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
			API_KEY: "0123456789abcdef",
		};
		return { env, close: () => server.close().closeAllConnections() };
	}
	const page = (next: string) => JSON.stringify({ events: [], next, more: false });
	const refused = JSON.stringify({ code: "unauthorized", title: "No." });

	test("an answer that breaks off is requested again by listen, and is an error of one line for other commands", async () => {
		for (const status of [200, 500]) {
			const worker = await startFakeWorker([200, page("0.1")], [status, '{"ev', "cut"], [200, page("0.2")]);
			const listening = start(["listen", "http://127.0.0.1:9/"], worker.env);
			await listening.says(new RegExp(`answer ${status} of \\S+ broke off`));
			await new Promise((resolve) => setTimeout(resolve, 1_500));
			listening.child.kill("SIGINT");
			assert.match((await listening.ended).err, /To continue from here: --cursor 0\.2/);
			worker.close();
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

describe("payments, events and resend", () => {
	let id: string;

	before(async () => {
		id = String((await stage.pay("order-1001")).id);
		await stage.pay("order-1002", { amount: "80.00", isPaid: false });
	});

	test("payments lists page by page, and by filter", async () => {
		const list = await runHere(["payments", "--json"]);
		assert.equal(list.code, 0);
		assert.deepEqual(
			linesOf(list).map((one) => one.referenceId),
			["order-1002", "order-1001"],
		);
		assert.equal(linesOf(list)[1].id, id);
		const first = await runHere(["payments", "--limit", "1", "--json"]);
		assert.equal(linesOf(first).length, 1);
		const [, cursor = ""] = /--cursor (\S+)/.exec(first.err) ?? [];
		assert.equal(
			linesOf(await runHere(["payments", "--limit", "1", "--cursor", cursor, "--json"]))[0].referenceId,
			"order-1001",
		);
		assert.equal(linesOf(await runHere(["payments", "--all", "--limit", "1", "--json"])).length, 2);
		for (const [flag, value, count] of [
			["--reference-id", "order-1001", 1],
			["--funds", "guaranteed", 1],
			["--status", "unknown", 0],
			["--from", "2999-01-01T00:00:00Z", 0],
			["--to", "2999-01-01T00:00:00Z", 2],
			["--delivery", "dead", 0],
		] as const) {
			assert.equal(linesOf(await runHere(["payments", flag, value, "--json"])).length, count, flag);
		}
		show("payments", await runHere(["payments"]));
		assert.match((await runHere(["payments"])).out, /Accepted \(guaranteed\) {2}12\.50 {2}order-1001/);
	});

	test("payments with an id prints that payment and its timeline", async () => {
		const one = await runHere(["payments", id]);
		assert.match(one.out, /^funds +guaranteed$/m);
		assert.match(one.out, /outcome {2}outcome=created/);
		show(`payments ${id}`, one);
		const [json] = linesOf(await runHere(["payments", id, "--json"]));
		assert.equal(json.paid, true);
		assert.equal(json.events[0].type, "attempt");
	});

	test("payments with an unknown id exits 1", async () => {
		const none = await runHere(["payments", "3-5f2c1f0e-3a53-4c0e-8a44-3f3b0d3b7a10"]);
		assert.equal(none.code, 1);
		assert.match(none.err, /The Worker answered not_found/);
	});

	test("events prints changes, and the cursor to continue from", async () => {
		const all = await runHere(["events", "--all", "--limit", "1", "--json"]);
		assert.deepEqual(
			linesOf(all).map(({ type, data }) => `${type} ${data.referenceId}`),
			["payment.created order-1001", "payment.updated order-1001", "payment.created order-1002"],
		);
		const [, cursor = ""] = /--cursor (\S+)/.exec(all.err) ?? [];
		assert.equal((await runHere(["events", "--cursor", cursor, "--json"])).out, "");
		const credits = await runHere(["events", "--type", "payment.updated"]);
		assert.match(credits.out, /^payment\.updated #2, credit {2}.*order-1001/);
		show("events", await runHere(["events"]));
		assert.equal(linesOf(await runHere(["events", "--payment-id", id, "--json"])).length, 2);
	});

	test("resend exits 1 without an endpoint", async () => {
		const output = await runHere(["resend", id]);
		assert.equal(output.code, 1);
		assert.match(output.err, /not_possible|misconfigured/);
	});

	for (const node of [22, 24] as const) {
		test(`payments runs on Node ${node}`, async () =>
			assert.equal(linesOf(await runHere(["payments", "--json"], {}, node)).length, 2));
	}
});

describe("a ledger of which a part does not answer", () => {
	const gaps = createServer((request, response) => {
		const rest = request.url?.startsWith("/events") ? { events: [], next: "0.0", more: false } : { payments: [] };
		response.setHeader("Content-Type", "application/json").end(JSON.stringify({ ...rest, missing: [1, 3] }));
	});
	let env: Record<string, string>;
	before(async () => {
		await once(gaps.listen(0, "127.0.0.1"), "listening");
		const { port } = gaps.address() as AddressInfo;
		env = { WORKER_URL: `http://127.0.0.1:${port}` };
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

describe("trigger", () => {
	const at = (args: string[]) => runHere(["trigger", "--sandbox", stage.sandbox.url, ...args]);

	test("makes a payment and plays its payor", async () => {
		for (const [story, product, status] of [
			["accept", "interac", "Accepted"],
			["decline", "interac", "Declined"],
			["pad_pending", "eft", "Completed"],
			["no_guarantee", "geft", "Failed"],
			["return_later", "eft", "Completed"],
			["settle", "interac", "Settled"],
		] as const) {
			const output = await at([story, "--json"]);
			assert.equal(output.code, 0, output.err);
			const [{ paymentId }] = linesOf(output);
			const known = await stage.ask("GET", `/payments/${paymentId}`);
			assert.deepEqual([known.product, known.status], [product, status], story);
		}
	});

	test("reverses a payment that the Worker knows as paid", async () => {
		const [{ paymentId, status }] = linesOf(await at(["reverse", "--json"]));
		const known = await stage.ask("GET", `/payments/${paymentId}`);
		assert.deepEqual([status, known.status, known.paid], ["Failed", "Accepted", true]);
	});

	test("prints the payment that it has played", async () => {
		const output = await at(["accept"]);
		assert.match(output.out, /^paymentId \S+ {2}sessionId \S+ {2}requestId \S+ {2}status Accepted$/m);
		show("trigger accept", output);
	});

	test("plays an existing payment", async () => {
		const { id, sessionId } = await stage.pay("order-1003", { isPaid: false });
		const accepted = await at(["accept", String(id)]);
		assert.match(accepted.out, /status Accepted/);
		assert.match((await at(["settle", String(id)])).out, /moved 1/);
		assert.match((await at(["reverse", String(sessionId)])).out, /status Failed/);
		const late = await at(["accept", String(sessionId)]);
		assert.equal(late.code, 1);
		assert.match(late.err, /The sandbox at .* answered 409/);
	});

	test("moves the clock", async () => {
		const output = await at(["advance", "--by", "15m", "--json"]);
		assert.ok(linesOf(output)[0].now - Date.now() > 800_000);
	});

	test("creates no payment when the Worker is not in front of this sandbox", async () => {
		const before = linesOf(await runHere(["payments", "--all", "--json"])).length;
		const output = await runHere(["trigger", "accept"]);
		assert.equal(output.code, 1);
		assert.match(output.err, /No payment was created: FLINKS_BASE_URL of the Worker is http/);
		assert.equal(linesOf(await runHere(["payments", "--all", "--json"])).length, before);
	});

	test("creates no payment when --sandbox names the Worker's own host of Flinks", async () => {
		const calls: string[] = [];
		const host = createServer((request, response) => {
			calls.push(`${request.method} ${request.url}`);
			const bindings = [{ name: "FLINKS_BASE_URL", value: `http://${request.headers.host}` }];
			const isConfig = request.url === "/config";
			response.writeHead(isConfig ? 200 : 404, { "content-type": "application/json" });
			response.end(JSON.stringify(isConfig ? { bindings } : { message: "no such path" }));
		}).listen(0, "127.0.0.1");
		await once(host, "listening");
		const url = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
		const output = await run(["trigger", "accept", "--sandbox", url], { WORKER_URL: url, API_KEY: "0123456789abcdef" });
		host.close().closeAllConnections();
		assert.equal(output.code, 1);
		assert.match(output.err, /answered 404: Is that the sandbox\?/);
		assert.deepEqual(calls, ["GET /config", "POST /sandbox/advance"]);
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

describe("listen", () => {
	test("loses nothing and keeps the order, while the receiver and the Worker go away and come back", async () => {
		const receiver = await Receiver.open();
		const listening = start(["listen", receiver.url, "--json"], {
			...stage.env,
			MERCHANT_WEBHOOK_SECRET: receiver.secret,
		});
		await listening.says("Listening");
		await stage.pay("listen-1");
		await receiver.has(2);
		await receiver.goAway();
		await stage.pay("listen-2");
		await listening.says('"answer":"no answer"');
		await receiver.comeBack();
		await receiver.has(4);
		// A refused message holds up its own payment alone.
		let refuse = true;
		receiver.answer = ({ data, sequence }) => (refuse && data.referenceId === "listen-3" && sequence === 1 ? 500 : 204);
		await stage.pay("listen-3");
		await stage.pay("listen-4");
		await receiver.has(6);
		refuse = false;
		await receiver.has(8);
		await stage.kill();
		await listening.says("Trying again");
		await stage.revive();
		await stage.pay("listen-5");
		await receiver.has(10);
		listening.child.kill("SIGINT");
		const { code, out, err } = await listening.ended;
		assert.equal(code, 0, err);
		const taken = receiver.taken.map(({ message: { data, sequence } }) => `${data.referenceId} ${sequence}`);
		for (const [number] of [1, 2, 3, 4, 5].entries()) {
			const own = taken.filter((one) => one.startsWith(`listen-${number + 1} `));
			assert.deepEqual(own, [`listen-${number + 1} 1`, `listen-${number + 1} 2`]);
		}
		assert.equal(new Set(receiver.taken.map(({ id }) => id)).size, 10);
		assert.deepEqual(taken.slice(4, 6), ["listen-4 1", "listen-4 2"]);
		assert.equal(
			linesOf({ out }).filter(({ taken, event }) => taken && /^listen-/.test(event.data.referenceId)).length,
			10,
		);
		assert.ok(!err.includes(receiver.secret));

		// From where it ended.
		const [, cursor = ""] = /To continue from here: --cursor (\S+)/.exec(err) ?? [];
		await stage.pay("listen-6");
		const again = start(["listen", receiver.url, "--cursor", cursor], {
			...{ ...stage.env, MERCHANT_WEBHOOK_SECRET: receiver.secret },
		});
		await receiver.has(12);
		await again.says(/204 {2}payment\.updated #2, credit/);
		again.child.kill("SIGTERM");
		const output = await again.ended;
		show(`listen http://localhost:3000/webhooks --cursor 0.4.0.2.1`, output);
		assert.deepEqual(
			receiver.taken.slice(10).map(({ message }) => message.data.referenceId),
			["listen-6", "listen-6"],
		);
		await receiver.goAway();
	});

	test("prints the cursor after the last message that the receiver took", async () => {
		const receiver = await Receiver.open();
		await receiver.goAway();
		const env = { ...stage.env, MERCHANT_WEBHOOK_SECRET: receiver.secret };
		const listening = start(["listen", receiver.url], env);
		await listening.says("Listening");
		await stage.pay("listen-7");
		await listening.says("no answer, to be sent again");
		listening.child.kill("SIGTERM");
		const [, cursor = ""] = /To continue from here: --cursor (\S+)/.exec((await listening.ended).err) ?? [];
		await receiver.comeBack();
		const again = start(["listen", receiver.url, "--cursor", cursor], env);
		await receiver.has(2);
		again.child.kill("SIGTERM");
		await again.ended;
		assert.deepEqual(
			receiver.taken.map(({ message: { data, sequence } }) => `${data.referenceId} ${sequence}`),
			["listen-7 1", "listen-7 2"],
		);
		await receiver.goAway();
	});

	test("signs with a new secret, which it prints, when none is set", async () => {
		const receiver = await Receiver.open();
		const listening = start(["listen", receiver.url], stage.env);
		await listening.says("Listening");
		assert.match(listening.err(), /new secret, for your receiver: whsec_[\w+/]{43}=/);
		assert.equal(listening.out(), "");
		listening.child.kill("SIGINT");
		assert.equal((await listening.ended).code, 0);
		await receiver.goAway();
	});

	test("prints why the receiver refused a message", async () => {
		const others = {
			secrets: [`whsec_${Buffer.from("o".repeat(24)).toString("base64")}`],
			onCredit() {},
			onReverse() {},
		};
		const payments = createReceiver({ ...others, store: { read: () => "", swap: () => true } });
		const server = createServer((request, response) => payments.node(request, response)).listen(0, "127.0.0.1");
		await once(server, "listening");
		const { port } = server.address() as AddressInfo;
		const listening = start(["listen", `http://127.0.0.1:${port}/`], stage.env);
		await listening.says("Listening");
		await stage.pay("listen-8");
		await listening.says("401 (No matching signature found.), to be sent again  payment.created #1");
		listening.child.kill("SIGINT");
		await listening.ended;
		server.close();
	});

	test("ends when the Worker refuses, and when the secret is malformed", async () => {
		const other = { ...stage.env, API_KEY: "0123456789abcdef0123" };
		assert.equal((await run(["listen", "http://localhost:9/"], other)).code, 1);
		const output = await runHere(["listen", "http://localhost:9/"], { MERCHANT_WEBHOOK_SECRET: "whsec_ not Base64" });
		assert.equal(output.code, 2);
		assert.match(output.err, /It must be whsec_ and Base64/);
		const cursor = await runHere(["listen", "http://localhost:9/", "--cursor", "0.0"]);
		assert.equal(cursor.code, 1);
		assert.match(cursor.err, /field cursor/);
	});
});

describe("verify", () => {
	const merchant = `whsec_${Buffer.from("m".repeat(24)).toString("base64")}`;
	const flinks = "the secret that Flinks has";
	const env = { MERCHANT_WEBHOOK_SECRET: merchant, FLINKS_WEBHOOK_SECRET: flinks };
	const when = "2026-11-29T15:00:00Z";
	const body = '{"type":"payment.updated","data":{"name":"Zoë","amount":"12.50"}}';
	const event = `{ "event": "SessionSetupStatusChanged", "when": "${when}", "sessionId": "s-1", "status": "Completed" }`;
	const seconds = String(Date.parse(when) / 1000);
	const standard = (content = body, secret = merchant) => ({
		...{ "webhook-id": "msg_1", "webhook-timestamp": seconds },
		"webhook-signature": new Webhook(secret).sign("msg_1", new Date(when), content),
	});
	const ofFlinks = (scheme: "geft" | "flinks", secret = flinks) => ({
		...signWebhook({ body: event, secret, scheme }),
	});
	const hexOf = (signature: string) => Buffer.from(signature, "base64").toString("hex");
	const signature = standard()["webhook-signature"];
	const geft = ofFlinks("geft")["X-Webhook-Signature"] ?? "";
	const general = ofFlinks("flinks")["X-Flinks-Signature"] ?? "";

	interface Case {
		body?: string;
		headers: Record<string, string>;
		more?: string[];
		env?: Record<string, string>;
		/** The parts that are wrong; none in a genuine message. */
		wrong?: string[];
		says?: RegExp;
	}
	const other = `whsec_${Buffer.from("o".repeat(24)).toString("base64")}`;
	const cases: Record<string, Case> = {
		"the Worker's": { headers: standard(), says: /Genuine: scheme standard, header webhook-signature/ },
		"the Worker's, by the previous secret": {
			headers: standard(body, other),
			env: { MERCHANT_WEBHOOK_SECRET_PREVIOUS: other },
		},
		geft: { body: event, headers: ofFlinks("geft"), says: /Genuine: scheme geft/ },
		flinks: { body: event, headers: ofFlinks("flinks"), says: /Genuine: scheme flinks/ },
		"flinks, the other header": { body: event, headers: { "flinks-authenticity-key": general } },
		"a custom header": {
			...{ body: event, headers: { "X-Mine": general } },
			env: { FLINKS_WEBHOOK_HEADER: "X-Mine", FLINKS_WEBHOOK_SCHEME: "flinks" },
		},
		"no header": { headers: { Accept: "*/*" }, wrong: ["header"], says: /The headers are: accept/ },
		"no id": { headers: { ...standard(), "webhook-id": "" }, wrong: ["header"], says: /webhook-id is missing/ },
		"no timestamp": {
			headers: { ...standard(), "webhook-timestamp": "" },
			wrong: ["header"],
			says: /timestamp is missing/,
		},
		"a timestamp in words": {
			headers: { ...standard(), "webhook-timestamp": when },
			wrong: ["timestamp"],
			says: /seconds/,
		},
		"the body parsed and written again": {
			...{ body: JSON.stringify(JSON.parse(body), null, 2), headers: standard(), wrong: ["body"] },
			says: /parsed and written again/,
		},
		"the body with a line break": {
			body: `${body}\n`,
			headers: standard(),
			wrong: ["body"],
			says: /line break was added/,
		},
		"the body with other line breaks": {
			...{ body: "a\r\nb", headers: standard("a\nb"), wrong: ["body"], says: /line breaks were changed/ },
		},
		"a body that is not written as the Worker writes it": {
			body: `${body} {`,
			headers: standard(),
			wrong: ["body"],
			says: /not as the Worker/,
		},
		"another secret": { headers: standard(body, other), wrong: ["secret"], says: /secret that of this environment/ },
		"the secret as text, not decoded": {
			headers: {
				...standard(),
				"webhook-signature": new Webhook(merchant, { format: "raw" }).sign("msg_1", new Date(when), body),
			},
			...{ wrong: ["secret"], says: /decoded from Base64/ },
		},
		"hex where Base64 is": {
			headers: { ...standard(), "webhook-signature": `v1,${hexOf(signature.slice(3))}` },
			...{ wrong: ["encoding"], says: /The signature is hex\. It must be Base64\./ },
		},
		"hex, and the body written again": {
			...{ body: JSON.stringify(JSON.parse(body), null, 2), wrong: ["body", "encoding"] },
			headers: { ...standard(), "webhook-signature": `v1,${hexOf(signature.slice(3))}` },
		},
		"no version": {
			headers: { ...standard(), "webhook-signature": signature.slice(3) },
			wrong: ["prefix"],
			says: /v1,/,
		},
		"geft in Base64": {
			...{
				body: event,
				headers: { "X-Webhook-Signature": `sha256=${general}` },
				wrong: ["encoding"],
				says: /The signature is Base64\. It must be hex\./,
			},
		},
		"geft without its prefix": {
			...{ body: event, headers: { "X-Webhook-Signature": geft.slice(7) }, wrong: ["prefix"], says: /sha256=/ },
		},
		"flinks in hex": {
			body: event,
			headers: { "X-Flinks-Signature": hexOf(general) },
			wrong: ["encoding"],
			says: /The signature is hex\. It must be Base64\./,
		},
		"flinks, another secret": {
			body: event,
			headers: ofFlinks("flinks", "another"),
			wrong: ["secret"],
			says: /may have been written again/,
		},
		"a secret with a line break": {
			...{ body: event, headers: ofFlinks("geft"), env: { FLINKS_WEBHOOK_SECRET: `${flinks}\n` } },
			...{ wrong: ["secret"], says: /white space/ },
		},
		"the Worker's, stale": {
			headers: standard(),
			more: ["--at", "2026-11-29T15:05:01Z"],
			wrong: ["timestamp"],
			says: /301 s too old/,
		},
		"the Worker's, within five minutes": { headers: standard(), more: ["--at", "2026-11-29T15:05:00Z"] },
		"geft, of the future": {
			...{
				body: event,
				headers: ofFlinks("geft"),
				more: ["--at", "2026-11-29T14:54:59Z"],
				wrong: ["timestamp"],
				says: /too early/,
			},
		},
		"flinks, which has no timestamp": {
			body: event,
			headers: ofFlinks("flinks"),
			more: ["--at", "2030-01-01T00:00:00Z"],
		},
	};
	for (const [
		what,
		{ body: content = body, headers, more = ["--at", when], env: further, wrong = [], says },
	] of Object.entries(cases)) {
		test(`finds ${wrong.length === 0 ? "nothing" : wrong.join(" and ")} wrong: ${what}`, async () => {
			const file = await files.write("body", content);
			const saved = await files.write("headers", JSON.stringify(headers));
			const args = ["verify", file, "--headers", saved, ...more];
			const output = await run([...args, "--json"], { ...env, ...further });
			assert.equal(output.code, wrong.length === 0 ? 0 : 1, output.err);
			const [verdict] = linesOf(output);
			assert.deepEqual(Object.keys(verdict.wrong), wrong);
			assert.equal(verdict.valid, wrong.length === 0);
			const people = await run(args, { ...env, ...further });
			if (says) assert.match(people.out, says);
			for (const secret of [merchant, flinks, other]) assert.ok(!people.out.includes(secret));
			if (what === "the body parsed and written again") show("verify body.json --headers headers.txt", people);
		});
	}

	test("takes headers as lines, from a file and from flags", async () => {
		const file = await files.write("body", body);
		const [first = "", ...others] = Object.entries(standard()).map(([name, value]) => `${name}: ${value}`);
		const saved = await files.write("headers", `POST /webhooks HTTP/1.1\r\n${others.join("\r\n")}\r\n`);
		const output = await run(["verify", file, "--headers", saved, "-H", first, "--at", when], env);
		assert.equal(output.code, 0, output.out + output.err);
	});

	test("takes the current time without --at", async () => {
		const file = await files.write("body", body);
		const now = new Date();
		const time = String(Math.floor(now.getTime() / 1000));
		const args = ["-H", "webhook-id: msg_1", "-H", `webhook-timestamp: ${time}`];
		const signed = `webhook-signature: ${new Webhook(merchant).sign("msg_1", now, body)}`;
		assert.equal((await run(["verify", file, ...args, "-H", signed], env)).code, 0);
	});

	test("exits 2 for malformed headers", async () => {
		const env = { MERCHANT_WEBHOOK_SECRET: merchant };
		for (const [args, says] of [
			[["--headers", await files.write("broken.json", "{")], /begin with \{ and are not JSON/],
			[["-H", "webhook-id: €"], /a character that no header may have/],
		] as const) {
			const output = await runHere(["verify", await files.write("any.json", "{}"), ...args], env);
			assert.equal(output.code, 2);
			assert.match(output.err, says);
		}
	});

	test("exits 2 without the secret", async () => {
		const file = await files.write("body", body);
		const output = await run([
			"verify",
			file,
			"-H",
			"webhook-id: a",
			"-H",
			"webhook-timestamp: 1",
			"-H",
			"webhook-signature: v1,a",
		]);
		assert.equal(output.code, 2);
		assert.match(output.err, /MERCHANT_WEBHOOK_SECRET is not set/);
	});
});

describe("reconcile", () => {
	// Today in the time zone of reports, which is another day than UTC's for some hours.
	const today = new Date().toLocaleDateString("sv-SE", { timeZone: "America/Toronto" });
	const header = "Request ID,Reference ID,Amount,Customer Name,Request Created Date\r\n";
	const rowOf = (id = "", reference = "", amount = "12.50", day = today) =>
		`${id},${reference},"${amount}","Tremblay, ""A""",${day}\r\n`;
	const days = ["--from", today, "--to", today];

	async function reconcile(text: string | Uint8Array, more: string[] = [], name = "report.csv"): Promise<Output> {
		return runHere(["reconcile", await files.write(name, text), ...more]);
	}
	const kindsOf = (output: Output) => linesOf(output).map(({ finding, referenceId }) => `${finding} ${referenceId}`);

	test("prints each kind of finding", async () => {
		const matched = await stage.pay("books-matched");
		const differs = await stage.pay("books-differs");
		await stage.pay("books-left-out");
		const named = await stage.pay("books-named");
		const unpaid = await stage.pay("books-unpaid", { isPaid: false });
		const byReference = await stage.pay("books-by-reference", { amount: "1234.50" });
		await stage.lose("payment_request");
		const unknown = await stage.pay("books-unknown");
		assert.equal(unknown.code, "outcome_unknown");
		const rows = [
			rowOf(String(matched.requestId).toUpperCase(), "books-matched"),
			rowOf(differs.requestId, "books-differs", "$12.51"),
			rowOf(unpaid.requestId, "books-unpaid"),
			rowOf("", "books-by-reference", "1,234.50"),
			rowOf(crypto.randomUUID(), "books-elsewhere"),
			rowOf(matched.requestId, "books-matched"),
			rowOf(named.requestId, "books-other-name"),
		];
		const text = `\ufeff${header}${rows.join("")}`;
		const output = await reconcile(text, ["--json"]);
		assert.equal(output.code, 1, output.err);
		const kinds = kindsOf(output).filter((kind) => kind.includes("books-"));
		assert.deepEqual(kinds.sort(), [
			"duplicate books-matched",
			"matched books-by-reference",
			"matched books-matched",
			"missing_here books-elsewhere",
			"missing_there books-left-out",
			"other_amount books-differs",
			"other_reference books-other-name",
			"other_status books-unpaid",
			"unknown books-unknown",
		]);
		const lines = linesOf(output).map(({ line, referenceId }) => [referenceId, line]);
		assert.deepEqual(
			lines.find(([reference]) => reference === "books-elsewhere"),
			["books-elsewhere", 6],
		);
		assert.equal(byReference.referenceId, "books-by-reference");
		const people = await reconcile(text);
		assert.ok(!people.out.includes("\nmatched"));
		const booksAlone = people.out.split("\n").filter((line) => line.includes("books-"));
		show(
			"reconcile report.csv",
			{ ...people, out: `${booksAlone.join("\n")}\n`, err: "" },
			{ [`${await files.write("report.csv", text)}`]: "report.csv" },
		);
	});

	test("resolves unknown payments by the report, after a question or --yes", async () => {
		const [{ id }] = linesOf(await runHere(["payments", "--status", "unknown", "--json"]));
		const { requestId } = await (await fetch(`${stage.sandbox.url}/sandbox/state`))
			.json()
			.then(
				({ payments }: { payments: { referenceId: string; requestId: string }[] }) =>
					payments.find(({ referenceId }) => referenceId === "books-unknown") ?? { requestId: "" },
			);
		const text = header + rowOf(requestId, "books-unknown");
		const asked = await reconcile(text, ["--resolve"]);
		assert.equal(asked.code, 2);
		assert.match(asked.err, /Give --yes/);
		const noId = await reconcile(header + rowOf("", "books-unknown"), ["--resolve", "--yes", "--json"]);
		assert.match(noId.out, /the row has no requestId/);
		const wrong = await reconcile(header + rowOf(crypto.randomUUID(), "books-unknown"), [
			"--resolve",
			"--yes",
			"--json",
		]);
		assert.equal(wrong.code, 1);
		assert.match(wrong.out, /The Worker answered/);
		assert.equal((await stage.ask("GET", `/payments/${id}`)).status, "unknown");
		const other = await reconcile(header + rowOf(requestId, "books-unknown", "99.00"), [
			"--resolve",
			"--yes",
			"--json",
		]);
		assert.match(other.out, /other_amount/);
		assert.equal((await stage.ask("GET", `/payments/${id}`)).status, "unknown");
		const settled = await reconcile(text, ["--resolve", "--yes", "--json"]);
		assert.match(settled.out, /resolved by the report/);
		assert.equal((await stage.ask("GET", `/payments/${id}`)).status, "Initiated");
	});

	test("takes a report of other columns, and its statuses of paid rows, with --map", async () => {
		const mapping = { amount: "Montant", referenceId: "Votre no", status: "État", money: ["Réglé"] };
		const map = await files.write("map.json", JSON.stringify(mapping));
		const text = "Votre no;x,Montant,État\nbooks-matched,12.50,Réglé\nbooks-unpaid,12.50,Échoué\n".replace(";x", "");
		const output = await reconcile(text, ["--map", map, "--json", ...days]);
		assert.deepEqual(kindsOf(output).slice(0, 2), ["matched books-matched", "matched books-unpaid"]);
		const swapped = text.replace("12.50,Réglé", "12.50,Échoué");
		assert.equal(kindsOf(await reconcile(swapped, ["--map", map, "--json", ...days]))[0], "other_status books-matched");
	});

	test("leaves two unknown payments of one reference to a person", async () => {
		for (let count = 0; count < 2; count++) {
			await stage.lose("payment_request");
			await stage.pay("books-which");
		}
		const both = rowOf(crypto.randomUUID(), "books-which") + rowOf(crypto.randomUUID(), "books-which");
		const output = await reconcile(header + both, ["--resolve", "--yes", "--json"]);
		const found = linesOf(output).filter(({ referenceId }) => referenceId === "books-which");
		assert.deepEqual(
			found.map(({ why }) => why),
			["several unknown payments have this reference", "several unknown payments have this reference"],
		);
	});

	test("matches two payments of one reference in two reports", async () => {
		await stage.pay("books-twice");
		await stage.pay("books-twice", { amount: "20.00" });
		const first = header + rowOf("", "books-twice", "20.00");
		const second = header + rowOf("", "books-twice", "12.50") + rowOf("", "books-twice", "12.50");
		// As Excel writes it in a locale with a decimal comma, with an empty row.
		const excels = (second + header.replaceAll(/[^,\n]/g, "")).replaceAll(",", ";");
		const [one, two] = [await files.write("one.csv", first), await files.write("two.csv", excels)];
		const output = await runHere(["reconcile", one, two, "--json"]);
		assert.deepEqual(
			kindsOf(output).filter((kind) => kind.includes("twice")),
			["matched books-twice", "matched books-twice", "duplicate books-twice"],
		);
	});

	const unclear: Record<string, [text: string, says: RegExp, more?: string[]]> = {
		"a decimal comma": [header + rowOf("", "a", "12,50"), /line 2, Amount: "12,50" is not an amount/],
		"a decimal comma among semicolons": ["Reference ID;Amount\na;12,50\n", /line 2, Amount: "12,50" is not an amount/],
		"a point for thousands": [header + rowOf("", "a", "1.234,50"), /is not an amount/],
		"three decimals": [header + rowOf("", "a", "12.505"), /is not an amount/],
		"a negative amount": [header + rowOf("", "a", "-12.50"), /is not an amount/],
		"an amount in brackets": [header + rowOf("", "a", "(12.50)"), /is not an amount/],
		"no amount": [header + rowOf("", "a", ""), /line 2, Amount: "" is not an amount/],
		"a wrong amount in the second row": [header + rowOf("", "a") + rowOf("", "b", "x"), /line 3, Amount: "x"/],
		"a day that may be two": [
			header + rowOf("", "a", "1.00", "03/04/2026"),
			/line 2, Request Created Date: "03\/04\/2026" does not begin/,
		],
		"a day that does not exist": [header + rowOf("", "a", "1.00", "2026-02-30"), /does not begin with a day/],
		"no column for the amount": ["Reference ID,Sum\na,1.00\n", /no column for the amount.*It has Reference ID, Sum/],
		"no id": ["Amount\n1.00\n", /or for any id/],
		"a column twice": ["Reference ID,reference_id,Amount\na,b,1.00\n", /2 columns reference id/],
		"a row that is too short": ["Reference ID,Amount\na\n", /Invalid Record Length.*line 2/],
		"an open quote": ['Reference ID,Amount\n"a,1.00\n', /cannot be read: Quote Not Closed/],
		"no day": ["Reference ID,Amount\na,1.00\n", /Give --from and --to/],
		"a --from that is no day": ["Reference ID,Amount\na,1.00\n", /no day soon/, ["--from", "soon", "--to", "soon"]],
		"a --to that does not exist": [
			"Reference ID,Amount\na,1.00\n",
			/no day 2026-02-30/,
			["--from", "2026-02-01", "--to", "2026-02-30"],
		],
		"a month that does not exist": [
			"Reference ID,Amount,Request Created Date\na,1.00,2026-13-01\n",
			/line 2, Request Created Date: "2026-13-01" does not begin with a day/,
		],
		"an empty report": ["", /no column for the amount/],
	};
	for (const [what, [text, says, more = []]] of Object.entries(unclear)) {
		test(`refuses ${what}`, async () => {
			const output = await reconcile(text, more);
			assert.equal(output.code, 2, output.out);
			assert.match(output.err, says);
			assert.equal(output.out, "");
		});
	}

	test("refuses a report that is not UTF-8, and a malformed mapping", async () => {
		assert.match((await reconcile(Buffer.from("Amount\n\xe9", "latin1"))).err, /it is not UTF-8/);
		for (const [json, says] of [
			["{", /not a JSON object/],
			["null", /not a JSON object/],
			['{"colour":"x"}', /unknown field colour\. Use amount/],
			['{"amount":3}', /must be text/],
			['{"status":"State"}', /only one of status/],
			['{"amount":"Sum"}', /no column Sum/],
			['{"timeZone":"Mars"}', /in Mars/],
		] as const) {
			const output = await reconcile(header + rowOf("", "a"), ["--map", await files.write("map.json", json)]);
			assert.equal(output.code, 2, json);
			assert.match(output.err, says);
		}
	});

	test("knows days on which clocks change", () => {
		const hours = (day: string) => (endOf(day, "America/Toronto") - startOf(day, "America/Toronto")) / 3_600_000;
		assert.deepEqual(["2026-03-08", "2026-07-01", "2026-11-01"].map(hours), [23, 24, 25]);
	});

	test("takes amounts as people write them", async () => {
		const amounts = ["12.5", "12.50", "$12.50", "$ 12.50", "CA$12.50", "12.50 CAD", " 12.50 "];
		const text = header + amounts.map((amount, index) => rowOf("", `none-${index}`, amount)).join("");
		const output = await reconcile(text, ["--json"]);
		const rows = linesOf(output).filter(({ finding }) => finding === "missing_here");
		assert.deepEqual(
			rows.map(({ reported }) => reported),
			amounts.map(() => "12.50"),
		);
	});

	test("matches ten thousand rows", async (context) => {
		const day = "2026-03-02";
		const payments = Array.from({ length: 10_000 }, (_, index) => ({
			...{
				referenceId: `many-${index}`,
				requestId: crypto.randomUUID(),
				amount: `${(index % 90) + 10}.${String(index % 100).padStart(2, "0")}`,
			},
			// Within a working day of Toronto's.
			at: Date.parse(`${day}T13:00:00Z`) + index * 3_600,
		}));
		// Each object makes its tables when it is first asked.
		await runHere(["payments"]);
		await stage.kill();
		await stage.fill(payments);
		await stage.revive();
		const rows = payments.map(({ requestId, referenceId, amount }) => rowOf(requestId, referenceId, amount, day));
		const began = performance.now();
		const output = await reconcile(header + rows.join(""));
		context.diagnostic(`10,000 rows in ${((performance.now() - began) / 1000).toFixed(1)} s`);
		assert.equal(output.code, 0, output.err);
		assert.match(output.err, /^10000 rows: 10000 matched$/m);
		assert.equal(output.out, "");
		// A report also matches payments of the day before, of which none counts as missing.
		const [first] = payments;
		const late = await reconcile(header + rowOf(first?.requestId, first?.referenceId, first?.amount, "2026-03-03"));
		assert.match(late.err, /^1 rows: 1 matched$/m);
		const spoilt = rows.with(17, "").with(4_711, rowOf(crypto.randomUUID(), "not-here", "1.00", day));
		const found = await reconcile(header + spoilt.join(""), ["--json"]);
		assert.deepEqual(
			kindsOf(found).filter((kind) => !kind.startsWith("matched")),
			["missing_here not-here", "missing_there many-17", "missing_there many-4711"],
		);
	});
});

describe("docs/command.md", () => {
	test("has the command's output", async () => {
		const text = await readFile(page, "utf8");
		const blocks = /```console\n\$ flinkspay (.*)\n[\s\S]*?```/g;
		const made = text.replace(blocks, (block: string, line: string) => {
			const key = [...shown.keys()].find((one) => one === line || shown.get(one)?.startsWith(`$ flinkspay ${line}\n`));
			return key === undefined ? block : `\`\`\`console\n${shown.get(key)?.trimEnd()}\n\`\`\``;
		});
		if (process.env.UPDATE_DOCS) await writeFile(page, made);
		else assert.equal(text, made);
		for (const output of shown.values())
			assert.ok(made.includes(output.trimEnd()), `the page does not have:\n${output}`);
	});
});
