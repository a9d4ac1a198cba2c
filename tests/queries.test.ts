// The cost of the ledger's SQL does not grow with the number of payments: each statement finds its rows by an index, and
// lists are read in an index's order. The Worker runs every statement that it has, and SQLite explains each.

import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { before, test } from "node:test";
import { seededBug } from "./crash/bugs.ts";
import type { Answer } from "./crash/gateway.ts";
import { bundle } from "./crash/workerd.ts";
import { DAY, HOUR, MINUTE, SECOND, type Stage, until, withStage } from "./notifications/stage.ts";
import { type Plan, unbounded } from "./queries/plan.ts";

let plans: Plan[];
before(async () => {
	const folder = await bundle(seededBug(), "tests/queries/worker.ts");
	const bindings = { RETENTION_DAYS: "2", LEDGER_SHARDS: "2", FLINKS_GUARANTEE_EVENT: "GuaranteeOffered" };
	await withStage(folder, bindings, async (stage) => {
		await doEverything(stage);
		await list(stage);
		plans = await stage.scene.plans();
		// A fresh object has nothing in memory, and runs the statements that load it.
		await stage.scene.sleep(SECOND);
		const [{ id } = {}] = await stage.scene.list();
		await stage.scene.events(String(id));
		plans.push(...(await stage.scene.plans()));
	});
});

/** Payments over days, which run all statements but those of lists. */
async function doEverything(stage: Stage): Promise<void> {
	const { scene, merchant } = stage;
	merchant.mode = "down";
	const { id, sessionId } = await stage.start("eft", "watched");
	const cancelled = await stage.start("interac", "cancelled");
	scene.sandbox.fault({ step: "authorize", fault: "503", times: 3 });
	await scene.ask("eft", "not-sent");
	// A body that is not valid: its key is looked up.
	assert.equal((await scene.ask("eft", "watched", Number.NaN)).status, 422);
	for (const status of ["InProgress", "InProgress", "Completed"]) await scene.hint({ sessionId, status });
	await scene.hint({ sessionId: crypto.randomUUID(), status: "Completed" });
	await scene.cancel(cancelled.id);
	await scene.read(id);
	await scene.events(id);
	await scene.webhook({ event: "GuaranteeOffered", sessionId: (await stage.start("geft", "guaranteed")).sessionId });
	const other = await stage.start("interac", "other-amount");
	scene.plan({ step: "status", when: "after", act: async () => {}, goesOn: true, rewrite: anotherAmount });
	await scene.read(other.id);
	const paid = await stage.start("interac", "paid");
	scene.sandbox.play(paid.sessionId);
	await scene.read(paid.id);
	const unknown = await stage.startUnknown("eft", "unknown");
	await scene.resolve(unknown.id, { outcome: "created", sessionId: unknown.sessionId });
	await scene.resolve(unknown.id, { outcome: "not_created" });
	for (const hours of [1, 1, 3, 6, 11, 16, 22, 22, 23, 23]) await scene.pass(hours * HOUR);
	await until("a message is dead", async () => (await scene.list("&delivery=dead")).length > 0);
	merchant.mode = "up";
	await scene.call("POST", `/payments/${id}/resend`);
	await scene.pass(MINUTE);
	await scene.pass(8 * DAY);
	await scene.pass(SECOND);
}

function anotherAmount({ status, content }: Answer): Answer {
	return { status, content: JSON.stringify({ ...JSON.parse(content), amount: 9_000 }) };
}

/** Lists by every combination of filters. */
async function list({ scene }: Stage): Promise<void> {
	const { next } = (await scene.call("GET", "/payments?limit=1")).json;
	const filters = [
		...["status=Completed", "funds=scheduled", "referenceId=watched"],
		"delivery=pending",
		"from=2020-01-01T00:00:00Z",
		"to=2100-01-01T00:00:00Z",
		`cursor=${next}`,
	];
	for (let chosen = 0; chosen < 2 ** filters.length; chosen++) {
		const query = filters.filter((_, index) => chosen & (1 << index)).join("&");
		assert.equal((await scene.call("GET", `/payments?${query}`)).status, 200, query);
	}
	const [{ id } = {}] = await scene.list();
	for (const query of ["", "cursor=latest", "type=payment.created", `paymentId=${id}`]) {
		assert.equal((await scene.call("GET", `/events?${query}`)).status, 200, query);
	}
}

test("every statement of the ledger was run", () => {
	const statements = plans.map(({ statement }) => statement);
	const missed = written().filter((source) => !statements.some((statement) => matches(source, statement)));
	assert.deepEqual(missed, []);
});

test("no statement scans a table or sorts more than a page", () => {
	const found = plans.map((plan) => [plan.statement, unbounded(plan)] as const).filter(([, steps]) => steps.length > 0);
	assert.deepEqual(found, []);
});

/** The statements in the source, without those of the migrations. */
function written(): string[] {
	return globSync("worker/src/ledger/*.ts").flatMap((file) =>
		Array.from(
			readFileSync(file, "utf8").matchAll(/(["`])((?:SELECT|INSERT|UPDATE|DELETE)\b.*?)\1/gs),
			([, , statement = ""]) => statement,
		),
	);
}

/** Whether a statement was made from this source, whatever was interpolated. */
function matches(source: string, statement: string): boolean {
	const parts = source.split(/\$\{.*?(?:\}|$)/s).map((part) => part.replaceAll(/[^\w\s]/g, "\\$&"));
	return new RegExp(`^${parts.join(".*")}`, "s").test(statement);
}

test("a list by a reference reads only payments with that reference, whatever the other filters", () => {
	const byReference = plans.filter(({ statement }) => statement.includes("reference_id = ?"));
	assert.ok(byReference.length > 0);
	for (const { statement, steps } of byReference) {
		const searches = steps.filter(({ detail }) => detail.startsWith("SEARCH payments"));
		assert.ok(searches.length > 0);
		for (const { detail } of searches) assert.match(detail, /INDEX payments_by_reference \(reference_id=\?/, statement);
	}
});
