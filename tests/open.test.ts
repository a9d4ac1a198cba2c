// A small run of `npm run test:slow -- backlog`: the object has the payments that the run reports, the cost of a list does not
// grow with them, and no files are left. Nothing is timed here. And polls of payments that came together spread out.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { simulate } from "./load/herd.ts";
import { type Figures, openTable, type Size } from "./load/open-table.ts";
import { readTable } from "./page-table.ts";

const PAYMENTS = 300;

describe("an object with open payments", () => {
	let figures: Figures;
	let sizes: Size[];
	let folder: string;
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "flinkspay-edge-open-"));
		const command = ["tests/load/open.ts", "--payments", `${PAYMENTS}`, "--age", "600"];
		const { stdout } = await promisify(execFile)(process.execPath, command, {
			env: { ...process.env, TMPDIR: folder },
		});
		figures = JSON.parse(stdout);
		sizes = figures.sizes;
	});
	after(() => rm(folder, { recursive: true, force: true }));

	test("has the payments, and the messages that wait", () => {
		assert.deepEqual(
			sizes.map(({ payments, found }) => [payments, found.open, found.waiting]),
			[[PAYMENTS, PAYMENTS, figures.messages]],
		);
	});

	test("reads a page's rows for a page, and a few for each kind of payment, however many payments there are", () => {
		for (const [filter, { rowsRead }] of sizes.flatMap(({ pages }) => Object.entries(pages))) {
			// For each payment, its entry in the index and its row.
			const most = 2 * (figures.page + 1) + 40;
			assert.ok(rowsRead <= most, `${filter}: ${rowsRead} rows of ${PAYMENTS + figures.messages}, more than ${most}`);
		}
	});

	test("polls when polls come due, and is not late", () => {
		const { paced, due } = sizes[0] ?? {};
		assert.ok(due && paced && paced.done > 0, "nothing came due");
		assert.equal(paced.late, 0);
	});

	test("does what is overdue, and logs how much that is", () => {
		const { overdue } = sizes[0] ?? {};
		assert.ok(overdue && overdue.done > 0);
		assert.deepEqual([overdue.late, overdue.count], [1, PAYMENTS + figures.messages]);
	});

	test("leaves no files", async () => {
		assert.deepEqual(await readdir(folder), []);
	});

	test("is reported in a table with the rows of the one in docs/scale.md", async () => {
		const heads = (table: string[][]) => table.map(([head]) => head);
		const published = await readTable("open", new URL("../docs/scale.md", import.meta.url));
		assert.deepEqual(heads(published), heads(openTable(figures)));
	});
});

describe("the polls of 50,000 payments that were all polled in one second", () => {
	const together = { payments: 50_000, seconds: 1, reads: 17, most: 50_000 };
	// The busiest second of the third day, where each is polled about nine times in two days.
	const busiest = (isSpread: boolean) => simulate({ ...together, isSpread })[2]?.busiest;

	test("spread out", () => {
		assert.ok(Number(busiest(true)) < 50, `${busiest(true)} polls in a second`);
	});

	test("stay together without the random part of the pause", () => {
		assert.equal(busiest(false), together.payments);
	});
});
