// What is left of an error that was sent: docs/errors.md has it as a table, which `UPDATE_DOCS=1` writes anew, and each of
// its cells is tried here, those of Workers RPC in workerd.

import assert from "node:assert/strict";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { FlinksPay, FlinksPayError, isFlinksPayError } from "flinkspay-edge";
import { type Running, startWorkerd } from "../tools/processes.ts";
import { COLUMNS, errorOn, left } from "./errors/left.ts";
import { publishTable, readTable } from "./page-table.ts";

const page = new URL("../docs/errors.md", import.meta.url);
/** From this compatibility date on Workers RPC sends an error's own fields; and the day before. */
const [SINCE, BEFORE] = ["2026-04-21", "2026-04-20"];
const workers: Running[] = [];
let folder: string;
let error: FlinksPayError;

before(async () => {
	error = await errorOn(FlinksPay);
	folder = await mkdtemp(join(tmpdir(), "flinkspay-edge-copy-"));
	for (const compatibilityDate of [BEFORE, SINCE]) {
		const worker = { name: "the errors' Worker", folder: "tests/errors", readyAt: "/ready", compatibilityDate };
		workers.push(await startWorkerd(worker));
	}
});
after(async () => {
	for (const worker of workers) await worker.stop();
	await rm(folder, { recursive: true, force: true });
});

/** What is left after Workers RPC at either date: the same, be it from a service or from an object. */
async function afterRpc<Left = boolean[]>(way: "throws" | "gives" | "givesJson" | "throwsOn"): Promise<Left[]> {
	const found = workers.map(async ({ url }) => {
		const [service, object] = await Promise.all(
			["service", "object"].map(async (binding) => (await fetch(`${url}/${binding}/${way}`)).json()),
		);
		assert.deepEqual(service, object);
		return service as Left;
	});
	return Promise.all(found);
}

async function secondCopy(): Promise<typeof FlinksPay> {
	await cp(fileURLToPath(new URL("../pkg", import.meta.url)), folder, { recursive: true });
	return (await import(join(folder, "inline.js"))).FlinksPay;
}

describe("docs/errors.md", () => {
	it("says what is left of an error, wherever it was sent", async () => {
		const [thrownBefore = [], thrown = []] = await afterRpc("throws");
		const [givenBefore = [], given = []] = await afterRpc("gives");
		const [jsonBefore = [], json = []] = await afterRpc("givesJson");
		assert.deepEqual(jsonBefore, json);
		const [, [asItCame = [], asAdvised = []] = []] = await afterRpc<boolean[][]>("throwsOn");
		const rows: [what: string, left: boolean[]][] = [
			["caught where it was thrown", left(error)],
			["of a second copy of the package", left(await errorOn(await secondCopy()))],
			["`JSON.parse(JSON.stringify(error))`", left(JSON.parse(JSON.stringify(error)))],
			["`structuredClone(error.toJSON())`", left(structuredClone(error.toJSON()))],
			["`structuredClone(error)`", left(structuredClone(error))],
			["`{ ...error }`", left({ ...error })],
			["`JSON.stringify` of one that came through Workers RPC", asItCame],
			["`JSON.stringify({ ...error, message: error.message })` of that one", asAdvised],
			["`error.toJSON()` returned by Workers RPC, whatever the date", json],
			[`thrown through Workers RPC, date ${SINCE} or later`, thrown],
			[`thrown through Workers RPC, an earlier date`, thrownBefore],
			[`returned by Workers RPC, date ${SINCE} or later`, given],
			[`returned by Workers RPC, an earlier date`, givenBefore],
		];
		const table = [
			["the error", ...COLUMNS],
			...rows.map(([what, left]) => [what, ...left.map((is) => (is ? "yes" : "no"))]),
		];
		if (process.env.UPDATE_DOCS === "1") await publishTable("errors", table, page);
		assert.deepEqual(await readTable("errors", page), table, "run UPDATE_DOCS=1 node --test tests/errors.test.ts");
	});

	it("advises forms that keep the code, the outcome and the ids", async () => {
		const sent = [
			error,
			error.toJSON(),
			JSON.parse(JSON.stringify(error)),
			structuredClone(error.toJSON()),
			runInNewContext("JSON.parse(text)", { text: JSON.stringify(error) }),
			Object.assign(Object.create(null), error.toJSON()),
		];
		for (const value of sent) {
			assert.ok(isFlinksPayError(value) && value.outcome === "unknown" && value.referenceId === "R");
		}
	});
});

describe("isFlinksPayError", () => {
	const revoked = Proxy.revocable({}, {});
	revoked.revoke();
	const others: Record<string, unknown> = {
		nothing: undefined,
		null: null,
		text: "invalid_input",
		"a function": Object.assign(() => {}, { code: "network" }),
		"any error": new Error("x"),
		"an error of Node's": Object.assign(new Error("x"), { code: "ECONNRESET", errno: -104, syscall: "read" }),
		"an error of a cloud's": Object.assign(new Error("x"), { code: "Throttling", retryable: true }),
		"the Worker's problem+json": {
			...{ type: "urn:flinkspay-edge:problem:network", title: "x", status: 502, code: "network" },
			...{ outcome: "not_sent", retryable: true },
		},
		"an unknown outcome": { code: "a", stage: "b", outcome: "c", retryable: true, message: "" },
		"fields that are no text": { code: 1, stage: "authorize", outcome: "unknown", retryable: true, message: "" },
		"a proxy that throws": revoked.proxy,
	};
	for (const [what, value] of Object.entries(others)) {
		it(`is false for ${what}`, () => assert.equal(isFlinksPayError(value), false));
	}

	it("is true for an error of each way to fail", async () => {
		const pay = new FlinksPay({ baseUrl: "https://pay.example.com", username: "u", password: "p" });
		pay.close();
		for (const fail of [() => pay.warm(-1), () => pay.warm(), async () => new FlinksPay({} as never)]) {
			await assert.rejects(fail, (error) => error instanceof FlinksPayError && isFlinksPayError(error));
		}
	});
});
