// The command flinkspay-sandbox, as a process of its own.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { basic } from "./calls.ts";

const COMMAND = fileURLToPath(new URL("../src/command.ts", import.meta.url));

function run(t: TestContext, args: string[], env: Record<string, string> = {}): ChildProcess {
	const child = spawn(process.execPath, [COMMAND, ...args], { env: { ...process.env, ...env } });
	t.after(() => child.kill("SIGKILL"));
	return child;
}

async function printed(child: ChildProcess): Promise<{ code: unknown; out: string; err: string }> {
	let out = "";
	let err = "";
	child.stdout?.on("data", (chunk) => {
		out += chunk;
	});
	child.stderr?.on("data", (chunk) => {
		err += chunk;
	});
	const [code] = await once(child, "close");
	return { code, out, err };
}

async function address(child: ChildProcess): Promise<{ url: string; line: string }> {
	if (!child.stdout) throw new Error("no output");
	const [chunk] = await once(child.stdout, "data");
	const line = String(chunk);
	const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
	if (!url) throw new Error(`no address in ${line}`);
	return { url, line };
}

test("prints one line with its address, serves, and ends on a signal", async (t) => {
	for (const signal of ["SIGINT", "SIGTERM"] as const) {
		const child = run(t, ["--port", "0"]);
		const { url, line } = await address(child);
		assert.match(line, /^Flinks Pay sandbox on http.* \(this is not Flinks, and no money moves\)\n$/);
		const response = await fetch(`${url}/api/v1/authorize`, {
			method: "POST",
			headers: { authorization: basic("sandbox", "sandbox") },
			body: new URLSearchParams({ grant_type: "client_credentials" }),
		});
		assert.equal(response.status, 200);
		// Another address of this machine.
		await assert.rejects(fetch(url.replace("127.0.0.1", "127.0.0.2")));
		const end = printed(child);
		child.kill(signal);
		assert.equal((await end).code, 0);
	}
});

test("takes the credentials from the environment", async (t) => {
	const { url } = await address(run(t, ["--port", "0"], { FLINKS_USERNAME: "me", FLINKS_PASSWORD: "mine" }));
	const authorize = async (authorization: string) =>
		(
			await fetch(`${url}/api/v1/authorize`, {
				method: "POST",
				headers: { authorization },
				body: new URLSearchParams({ grant_type: "client_credentials" }),
			})
		).status;
	assert.equal(await authorize(basic("me", "mine")), 200);
	assert.equal(await authorize(basic("sandbox", "sandbox")), 401);
});

test("goes on when callers hang up", async (t) => {
	const child = run(t, ["--port", "0"]);
	const { url } = await address(child);
	for (let count = 0; count < 5; count++) {
		const init = {
			method: "POST",
			body: new ReadableStream(),
			duplex: "half" as const,
			signal: AbortSignal.timeout(30),
		};
		await assert.rejects(fetch(`${url}/sandbox/settle`, init));
	}
	assert.equal((await fetch(url)).status, 200);
	assert.equal(child.exitCode, null);
});

test("faults work over a real network: no answer, a truncated answer and a slow answer", async (t) => {
	const { url } = await address(run(t, ["--port", "0"]));
	const authorize = (signal: AbortSignal | null = null) =>
		fetch(`${url}/api/v1/authorize`, {
			method: "POST",
			headers: { authorization: basic("sandbox", "sandbox") },
			body: new URLSearchParams({ grant_type: "client_credentials" }),
			signal,
		});
	const fault = async (body: object) => {
		const init = { method: "POST", body: JSON.stringify(body) };
		assert.equal((await fetch(`${url}/sandbox/faults`, init)).status, 201);
	};
	for (const name of ["timeout_before", "timeout_after"]) {
		await fault({ step: "authorize", fault: name });
		const caller = new AbortController();
		const unanswered = assert.rejects(authorize(caller.signal), { name: "AbortError" });
		// A request that is given up before it arrives would leave its fault to the next one.
		while ((await (await fetch(`${url}/sandbox/faults`)).text()) !== "[]");
		// An answer would be here by now.
		await pause(150);
		caller.abort();
		await unanswered;
	}
	await fault({ step: "authorize", fault: "slow_body", delayMs: 1_000_000 });
	const caller = new AbortController();
	const slow = await authorize(caller.signal);
	assert.equal(slow.status, 200);
	caller.abort();
	await assert.rejects(slow.text(), { name: "AbortError" });
	await fault({ step: "authorize", fault: "503", retryAfter: 3 });
	const refused = await authorize();
	assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "3"]);
	await fault({ step: "authorize", fault: "empty" });
	assert.equal(await (await authorize()).text(), "");
	assert.equal((await authorize()).status, 200);
});

test("ends with one line and code 1 when the port is taken", async (t) => {
	const { url } = await address(run(t, ["--port", "0"]));
	const { port } = new URL(url);
	const { code, out, err } = await printed(run(t, ["--port", port]));
	assert.deepEqual(
		{ code, out, err },
		{ code: 1, out: "", err: `flinkspay-sandbox: port ${port} of 127.0.0.1 is taken: give another one with --port\n` },
	);
});

test("rejects unknown arguments in one line; --help prints the usage", async (t) => {
	for (const args of [["--port", "x"], ["--port", "70000"], ["--other"], ["extra"]]) {
		const { code, err } = await printed(run(t, args));
		assert.equal(code, 1, args.join(" "));
		assert.match(err, /^flinkspay-sandbox: [^\n]+\n$/);
	}
	const { code, out } = await printed(run(t, ["--help"]));
	assert.equal(code, 0);
	assert.match(out, /--port/);
	assert.match(out, /not Flinks/);
});
