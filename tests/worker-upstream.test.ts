// The Worker in front of an upstream that fails on demand.

import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { after, describe, test } from "node:test";
import { type Running, startWorker } from "../tools/processes.ts";
import { serve } from "./serve.ts";
import { apiKey, assertAnswersAndLogs, assertProblem, callsTo, credentials, params } from "./worker/calls.ts";

type Stage = "authorize" | "initiate" | "payment_request" | "status";
type Reply = { status: number; headers?: Record<string, string>; body?: string } | "hang" | "drop";

/** Answers as Flinks does, except at the stages in `broken`. */
const upstream: { broken: Partial<Record<Stage, Reply>>; seen: Stage[] } = { broken: {}, seen: [] };
const flinks = await serve((request, response) => {
	const stage = stageOf(request.method ?? "", request.url ?? "");
	upstream.seen.push(stage);
	request.resume().on("end", () => answer(stage, response));
});
const startWithLimit = (limitMs: number) =>
	startWorker({
		sandboxUrl: flinks.url,
		secrets: { ...credentials, API_KEY: apiKey },
		vars: { FLINKS_TIMEOUT_MS: String(limitMs), FLINKS_DEADLINE_MS: "100000" },
	});
let limitMs = 4_000;
// Only where Flinks hangs is a limit to be reached, however busy the machine.
const [worker, first] = await Promise.all([startWithLimit(90_000), startWithLimit(limitMs)]);
let hurried = first;
const { call, pay, read } = callsTo(worker);
after(async () => {
	await Promise.all([worker.stop(), hurried.stop()]);
	flinks.close();
});

/** Has a Worker asked, which gets this reply at this stage. */
async function meeting<T>(stage: Stage, reply: Reply, ask: (to: Running) => Promise<T>): Promise<T> {
	if (reply !== "hang") return ask(worker);
	for (;;) {
		const result = await ask(hurried);
		// On a busy machine an earlier stage may reach the limit, which is then doubled.
		if (upstream.seen.includes(stage) || limitMs > 30_000) return result;
		limitMs *= 2;
		await hurried.stop();
		hurried = await startWithLimit(limitMs);
	}
}

function answer(stage: Stage, response: ServerResponse): void {
	const good = {
		authorize: { access_token: crypto.randomUUID(), token_type: "bearer", expires_in: 299 },
		initiate: { sessionId: crypto.randomUUID() },
		payment_request: { requestId: crypto.randomUUID() },
		status: { status: "Mystery" },
	}[stage];
	const reply = upstream.broken[stage] ?? { status: 200, body: JSON.stringify(good) };
	if (reply === "hang") return;
	if (reply === "drop") return void response.destroy();
	response.writeHead(reply.status, { "Content-Type": "application/json", ...reply.headers });
	response.end(reply.body ?? '{"message":"upstream-canary"}');
}

function stageOf(method: string, path: string): Stage {
	if (path === "/api/v1/authorize") return "authorize";
	if (path === "/api/v1/sessions/initiate") return "initiate";
	return method === "POST" ? "payment_request" : "status";
}

function nameOf(reply: Reply): string {
	return typeof reply === "string" ? reply : `${reply.status} ${reply.body ?? ""}`.trim();
}

describe("an upstream that fails", () => {
	const redirect = { status: 302, headers: { Location: "https://upstream-canary.example/" } };
	const unknown = { status: 502, code: "outcome_unknown", outcome: "unknown" };
	const refused = (code: string) => ({ status: 422, code, outcome: "rejected" });
	const cases: [Stage, Reply, { status: number; code: string; outcome: string }, retryAfter?: string][] = [
		["authorize", { status: 401 }, { status: 502, code: "credentials_rejected", outcome: "not_sent" }],
		["authorize", { status: 400 }, { status: 502, code: "rejected", outcome: "not_sent" }],
		["authorize", { status: 403 }, { status: 502, code: "forbidden", outcome: "not_sent" }],
		["authorize", { status: 404 }, { status: 502, code: "not_found", outcome: "not_sent" }],
		["authorize", { status: 503 }, { status: 502, code: "upstream_unavailable", outcome: "not_sent" }],
		["authorize", "drop", { status: 502, code: "network", outcome: "not_sent" }],
		["authorize", "hang", { status: 504, code: "timeout", outcome: "not_sent" }],
		["authorize", redirect, { status: 502, code: "unexpected_redirect", outcome: "not_sent" }],
		["authorize", { status: 200 }, { status: 502, code: "upstream_protocol", outcome: "not_sent" }],
		[
			"authorize",
			{ status: 429, headers: { "Retry-After": "7200" } },
			{ status: 429, code: "rate_limited", outcome: "not_sent" },
			"7200",
		],
		["initiate", { status: 400 }, refused("rejected")],
		["initiate", { status: 401 }, refused("token_rejected")],
		["initiate", { status: 403 }, refused("forbidden")],
		["initiate", { status: 404 }, { status: 404, code: "not_found", outcome: "rejected" }],
		["initiate", { status: 409 }, refused("conflict")],
		["initiate", { status: 422 }, refused("rejected")],
		["initiate", { status: 429 }, { status: 429, code: "rate_limited", outcome: "not_sent" }, "30"],
		["initiate", { status: 408 }, unknown],
		["initiate", { status: 500 }, unknown],
		["initiate", redirect, unknown],
		["initiate", { status: 200, body: "<html>upstream-canary" }, unknown],
		["initiate", "drop", unknown],
		["initiate", "hang", unknown],
		["payment_request", { status: 400 }, refused("rejected")],
		["payment_request", { status: 503 }, unknown],
		["payment_request", { status: 200, body: "{}" }, unknown],
		["payment_request", "drop", unknown],
		["status", { status: 404 }, { status: 404, code: "not_found", outcome: "rejected" }],
		["status", { status: 400 }, refused("rejected")],
		["status", { status: 500 }, { status: 502, code: "upstream_unavailable", outcome: "not_sent" }],
		["status", redirect, { status: 502, code: "unexpected_redirect", outcome: "not_sent" }],
		["status", { status: 200 }, { status: 502, code: "upstream_protocol", outcome: "not_sent" }],
		["status", "hang", { status: 504, code: "timeout", outcome: "not_sent" }],
	];
	for (const [stage, reply, expected, retryAfter] of cases) {
		test(`${stage}: ${nameOf(reply)} is ${expected.status} ${expected.code}`, async () => {
			const isRead = stage === "status";
			const { id, answer } = await meeting(stage, reply, async (to) => {
				upstream.broken = {};
				const id = isRead ? String((await pay({ to })).json.id) : undefined;
				upstream.broken = { [stage]: reply };
				upstream.seen = [];
				return { id, answer: await (id === undefined ? pay({ to }) : read(id, to)) };
			});
			const { id: named, ...json } = answer.json;
			assertProblem({ ...answer, json }, { ...expected, referenceId: params.referenceId });
			// A payment that cannot exist is forgotten, and has no id.
			const isForgotten = !isRead && expected.outcome === "not_sent";
			assert.equal(named, isForgotten ? undefined : (id ?? named));
			assert.equal(typeof named, isForgotten ? "undefined" : "string");
			assert.equal(answer.headers.get("retry-after"), retryAfter ?? null);
			assert.equal(answer.text.includes("upstream-canary"), false);
			if (expected.outcome === "unknown") {
				assert.equal(upstream.seen.filter((seen) => seen === stage).length, 1, "it was retried");
			}
		});
	}

	for (const [stage, reply, expected, retryAfter] of cases) {
		// A wrong id is a mistake in the request.
		if (stage !== "status" || expected.code === "not_found") continue;
		test(`a resolution whose status cannot be read, ${nameOf(reply)}, is ${expected.status} ${expected.code}`, async () => {
			const { id, answer, later } = await meeting(stage, reply, async (to) => {
				upstream.broken = { initiate: { status: 500 } };
				const { id } = (await pay({ to })).json;
				upstream.broken = { status: reply };
				upstream.seen = [];
				const answer = await call(to, `/payments/${id}/resolution`, {
					method: "POST",
					headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" },
					body: JSON.stringify({ outcome: "created", requestId: crypto.randomUUID() }),
				});
				return { id, answer, later: await read(String(id), to) };
			});
			assertProblem(answer, { ...expected, referenceId: params.referenceId, id: String(id) });
			assert.equal(answer.headers.get("retry-after"), retryAfter ?? null);
			assert.equal(later.json.status, "unknown");
		});
	}

	test("an undocumented status is handed on and is not paid", async () => {
		upstream.broken = {};
		const { json: created } = await pay();
		const { status, json } = await read(String(created.id));
		assert.equal(status, 200);
		assert.deepEqual([json.status, json.paid, json.final], ["Mystery", false, false]);
	});
});

test("every answer is in the OpenAPI document, no secret is in any answer or log, and no payor is in any log", () =>
	assertAnswersAndLogs(worker, hurried));
