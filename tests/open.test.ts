// `npm run test:slow -- backlog` in small: the object has what it is said to have, what grows with the payments is nothing but their
// number, and what it makes is gone afterwards. Nothing is timed here. And that polls of payments that came together part.

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

	test("has them, and the messages that wait", () => {
		assert.deepEqual(
			sizes.map(({ payments, found }) => [payments, found.open, found.waiting]),
			[[PAYMENTS, PAYMENTS, figures.messages]],
		);
	});

	test("reads a page's rows for a page, and a few for each kind of payment, however many there are", () => {
		for (const [filter, { rowsRead }] of sizes.flatMap(({ pages }) => Object.entries(pages))) {
			// The place of each in the list, and its row.
			const most = 2 * (figures.page + 1) + 40;
			assert.ok(rowsRead <= most, `${filter}: ${rowsRead} rows of ${PAYMENTS + figures.messages}, more than ${most}`);
		}
	});

	test("polls as polls come due, and is not late with them", () => {
		const { paced, due } = sizes[0] ?? {};
		assert.ok(due && paced && paced.done > 0, "nothing came due");
		assert.equal(paced.late, 0);
	});

	test("does what is overdue, and says how much that is", () => {
		const { overdue } = sizes[0] ?? {};
		assert.ok(overdue && overdue.done > 0);
		assert.deepEqual([overdue.late, overdue.count], [1, PAYMENTS + figures.messages]);
	});

	test("is gone afterwards", async () => {
		assert.deepEqual(await readdir(folder), []);
	});

	test("is told of in a table, in docs/scale.md of a run in full", async () => {
		const heads = (table: string[][]) => table.map(([head]) => head);
		const told = await readTable("open", new URL("../docs/scale.md", import.meta.url));
		assert.deepEqual(heads(told), heads(openTable(figures)));
	});
});

describe("the polls of 50,000 payments part", () => {
	const together = { payments: 50_000, seconds: 1, reads: 17, most: 50_000 };
	// The busiest second of the third day, where each is polled about nine times in two days.
	const busiest = (isSpread: boolean) => simulate({ ...together, isSpread })[2]?.busiest;

	test("once they were all polled in one second", () => {
		assert.ok(Number(busiest(true)) < 50, `${busiest(true)} polls in a second`);
	});

	test("and stay together without the random part of the pause", () => {
		assert.equal(busiest(false), together.payments);
	});
});
