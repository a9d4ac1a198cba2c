// What the Worker logs reaches a collector through the example: real lines of a real Worker, the Tail Worker's own code, and a
// collector on this machine.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import watching from "../examples/watching/src/index.ts";
import { type Running, startSandbox, startWorker } from "../tools/processes.ts";
import { until } from "./notifications/fixture.ts";
import { serve } from "./serve.ts";

const [apiKey, username, password] = Array.from({ length: 3 }, () => crypto.randomUUID());
const got: { path: string; body: string }[] = [];
let status = 200;
const collector = await serve((request, response) => {
	let body = "";
	request.setEncoding("utf8").on("data", (text: string) => {
		body += text;
	});
	request.on("end", () => {
		got.push({ path: request.url ?? "", body });
		response.writeHead(status).end("{}");
	});
});

let sandbox: Running;
let worker: Running;

before(async () => {
	sandbox = await startSandbox({ username: username ?? "", password: password ?? "" });
	worker = await startWorker({
		sandboxUrl: sandbox.url,
		secrets: { FLINKS_USERNAME: username ?? "", FLINKS_PASSWORD: password ?? "", API_KEY: apiKey ?? "" },
	});
});
after(async () => {
	await Promise.all([worker?.stop(), sandbox?.stop()]);
	collector.close();
});

test("payments, their changes and failures arrive, without secrets and personal data", async () => {
	const headers = { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" };
	const body = JSON.stringify({
		...{ referenceId: "order-canary", amount: "12.50" },
		...{ customerName: "Zephyrine Canary", customerEmail: "zephyrine.canary@example.com" },
	});
	const pay = async () => {
		const init = { method: "POST", headers: { ...headers, "Idempotency-Key": crypto.randomUUID() }, body };
		return (await (await fetch(`${worker.url}/payments`, init)).json()) as Record<string, string>;
	};
	const control = (path: string, order: object) =>
		fetch(`${sandbox.url}/sandbox${path}`, {
			...{ method: "POST", headers: { "Content-Type": "application/json" } },
			body: JSON.stringify(order),
		});
	const { id, sessionId } = await pay();
	// This ends the payment at once, so that no poll finds another change.
	await control(`/sessions/${sessionId}/play`, { outcome: "decline" });
	await fetch(`${worker.url}/payments/${id}`, { headers });
	await control("/faults", { step: "initiate", fault: "500" });
	await pay();

	// On a slow machine a poll may come before the end of the payment, and is one attempt more.
	const asked = async () => {
		const journal: { path: string }[] = await (await fetch(`${sandbox.url}/sandbox/journal`)).json();
		return journal.filter(({ path }) => path.startsWith("/api/")).length;
	};
	const lines = await until("the lines have come", async () => {
		// wrangler colours warnings and errors.
		const found = worker.output().match(/\{"timestamp".*\}/g) ?? [];
		const attempts = found.filter((line) => line.includes('"flinkspay.attempt"')).length;
		// The others are two starts, one change and one failure.
		return found.length - attempts >= 4 && attempts >= (await asked()) ? found : undefined;
	});
	// That Worker logs nothing about being late, so the line is made here.
	const severity = { severity_text: "WARN", severity_number: 13 };
	const attributes = { "flinkspay.kind": "read", "flinkspay.due.count": 7, "flinkspay.due.age": 90.5 };
	const about = { timestamp: new Date().toISOString(), ...severity, event_name: "flinkspay.due.late", attributes };
	const logged = [...lines, JSON.stringify(about)];
	const traces = [{ logs: [...logged, "something else"].map((line) => ({ message: [line] })) }];
	await watching.tail(traces, { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}` });

	const bodyOf = (path: string) => JSON.parse(got.find((one) => one.path === path)?.body ?? "null");
	const records = bodyOf("/v1/logs").resourceLogs[0].scopeLogs[0].logRecords as { eventName: string }[];
	assert.equal(records.length, logged.length);
	const count = (name: string) => records.filter(({ eventName }) => eventName === name).length;
	assert.deepEqual(
		["payment.started", "payment.changed", "request.failed"].map((name) => count(`flinkspay.${name}`)),
		[2, 1, 1],
	);
	assert.equal(count("flinkspay.attempt"), await asked());

	const metrics = bodyOf("/v1/metrics").resourceMetrics[0].scopeMetrics[0].metrics as Metric[];
	const started = metrics.find(({ name }) => name === "flinkspay.payments")?.sum?.dataPoints ?? [];
	assert.deepEqual(
		started.map(({ asInt, attributes }) => [asInt, ...attributes.map(({ value }) => value.stringValue)]),
		[
			["1", "interac", "created"],
			["1", "interac", "unknown"],
		],
	);
	const gauge = (of: string) => metrics.find(({ name }) => name === of)?.gauge?.dataPoints[0]?.asDouble;
	assert.deepEqual([gauge("flinkspay.due.age"), gauge("flinkspay.due.count")], [90.5, 7]);
	const slowest = gauge("http.client.request.duration");
	assert.ok(slowest !== undefined && slowest >= 0);

	const sent = got.map(({ body }) => body).join();
	for (const secret of [apiKey, username, password, "canary", "Canary", id, sessionId]) {
		assert.ok(!sent.includes(String(secret)), secret);
	}
});

test("logs an error for each batch that the collector refuses", async (t) => {
	const { mock } = t.mock.method(console, "error", () => {});
	const endpoint = `${collector.url}`;
	const line = { timestamp: new Date().toISOString(), severity_text: "INFO", severity_number: 9, attributes: {} };
	const traces = [{ logs: [{ message: [JSON.stringify({ ...line, event_name: "flinkspay.delivery" })] }] }];
	status = 401;
	await watching.tail(traces, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
	const errors = mock.calls.map(({ arguments: [text] }) => String(text)).sort();
	assert.equal(errors.length, 2);
	for (const [index, signal] of ["logs", "metrics"].entries()) {
		assert.match(
			errors[index] ?? "",
			new RegExp(`^The collector refused ${signal} with 401 at ${endpoint}/v1/${signal}\\.`),
		);
	}
});

interface Metric {
	name: string;
	sum?: { dataPoints: { asInt: string; attributes: { value: { stringValue: string } }[] }[] };
	gauge?: { dataPoints: { asDouble: number }[] };
}
