// The cost of the ledger's SQL does not grow with the number of payments: each statement finds its rows by an index, and
// lists are read in an index's order. The Worker runs every statement that it has, and SQLite explains each.

import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { before, test } from "node:test";
import { seededBug } from "./crash/bugs.ts";
import type { Answer } from "./crash/gateway.ts";
import { bundle } from "./crash/workerd.ts";
import { DAY, type Fixture, HOUR, MINUTE, SECOND, until, withFixture } from "./notifications/fixture.ts";
import { type Plan, unbounded } from "./queries/plan.ts";

let plans: Plan[];
before(async () => {
	const folder = await bundle(seededBug(), "tests/queries/worker.ts");
	const bindings = { RETENTION_DAYS: "2", LEDGER_SHARDS: "2", FLINKS_GUARANTEE_EVENT: "GuaranteeOffered" };
	await withFixture(folder, bindings, async (fixture) => {
		await doEverything(fixture);
		await list(fixture);
		plans = await fixture.system.plans();
		// A fresh object has nothing in memory, and runs the statements that load it.
		await fixture.system.sleep(SECOND);
		const [{ id } = {}] = await fixture.system.list();
		await fixture.system.events(String(id));
		plans.push(...(await fixture.system.plans()));
	});
});

/** Payments over days, which run all statements but those of lists. */
async function doEverything(fixture: Fixture): Promise<void> {
	const { system, merchant } = fixture;
	merchant.mode = "down";
	const { id, sessionId } = await fixture.start("eft", "watched");
	const cancelled = await fixture.start("interac", "cancelled");
	system.sandbox.fault({ step: "authorize", fault: "503", times: 3 });
	await system.ask("eft", "not-sent");
	// A body that is not valid: its key is looked up.
	assert.equal((await system.ask("eft", "watched", Number.NaN)).status, 422);
	for (const status of ["InProgress", "InProgress", "Completed"]) await system.hint({ sessionId, status });
	// So many that each of the two objects has one, to look at when it gets the next claim.
	for (let count = 0; count < 30; count++) await system.hint({ sessionId: crypto.randomUUID(), status: "Completed" });
	await system.cancel(cancelled.id);
	await system.read(id);
	await system.events(id);
	await system.webhook({ event: "GuaranteeOffered", sessionId: (await fixture.start("geft", "guaranteed")).sessionId });
	const other = await fixture.start("interac", "other-amount");
	system.plan({ step: "status", when: "after", act: async () => {}, goesOn: true, rewrite: anotherAmount });
	await system.read(other.id);
	const paid = await fixture.start("interac", "paid");
	system.sandbox.play(paid.sessionId);
	await system.read(paid.id);
	const unknown = await fixture.startUnknown("eft", "unknown");
	await system.resolve(unknown.id, { outcome: "created", sessionId: unknown.sessionId });
	await system.resolve(unknown.id, { outcome: "not_created" });
	for (const hours of [1, 1, 3, 6, 11, 16, 22, 22, 23, 23]) await system.pass(hours * HOUR);
	await until("a message is dead", async () => (await system.list("&delivery=dead")).length > 0);
	merchant.mode = "up";
	await system.call("POST", `/payments/${id}/resend`);
	await system.pass(MINUTE);
	await system.pass(8 * DAY);
	await system.pass(SECOND);
}

function anotherAmount({ status, content }: Answer): Answer {
	return { status, content: JSON.stringify({ ...JSON.parse(content), amount: 9_000 }) };
}

/** Lists by every combination of filters. */
async function list({ system }: Fixture): Promise<void> {
	const { next } = (await system.call("GET", "/payments?limit=1")).json;
	const filters = [
		...["status=Completed", "funds=scheduled", "referenceId=watched"],
		"delivery=pending",
		"from=2020-01-01T00:00:00Z",
		"to=2100-01-01T00:00:00Z",
		`cursor=${next}`,
	];
	for (let chosen = 0; chosen < 2 ** filters.length; chosen++) {
		const query = filters.filter((_, index) => chosen & (1 << index)).join("&");
		assert.equal((await system.call("GET", `/payments?${query}`)).status, 200, query);
	}
	const [{ id } = {}] = await system.list();
	for (const query of ["", "cursor=latest", "type=payment.created", `paymentId=${id}`]) {
		assert.equal((await system.call("GET", `/events?${query}`)).status, 200, query);
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
