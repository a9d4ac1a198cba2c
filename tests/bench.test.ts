// What `npm run bench` publishes: each figure that has a goal stands in the README as met or as not met with its reason.
// Nothing is timed here.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { type Figure, figures, type Measured, rowsOf } from "../bench/figures.ts";
import { readTable } from "./readme-table.ts";

const measured = (ours: number): Measured => ({
	machine: "a machine",
	date: "2026-01-02T03:04:05.000Z",
	loadAverage: [1, 2],
	seconds: 3,
	samples: {
		"cpu ours": [ours, ours, 1_000],
		"cpu handWritten": [10, 10, 10],
		"cpu handWrittenAgain": [11, 11, 11],
		"cpu peer": [12, 12, 12],
	},
	memory: { initial: 131_072, afterThousand: 131_072, afterPayments: 131_072, afterFailures: 131_072, failures: 1 },
	tokens: [],
	size: undefined,
	underFaults: undefined,
});

function ownWork(ours: number): Figure | undefined {
	return figures(measured(ours)).find(({ figure }) => figure.endsWith("in Node.js"));
}

describe("the figures", () => {
	it("are the middle of the rounds, against hand-written JavaScript and the goal", () => {
		const { ratio, met, reason, handWrittenAgain } = ownWork(50) ?? {};
		assert.deepEqual(
			{ ratio, met, reason, handWrittenAgain },
			{ ratio: 5, met: true, reason: undefined, handWrittenAgain: 11 },
		);
	});

	it("that are not met say why", () => {
		const { ratio, met, reason } = ownWork(100) ?? {};
		assert.equal(ratio, 10);
		assert.equal(met, false);
		assert.match(reason ?? "", /boundary/);
	});

	it("make no goal of what was not measured", () => {
		const notMeasured = figures(measured(50)).find(({ figure }) => figure.startsWith("a webhook"));
		assert.equal(notMeasured?.met, false);
	});

	it("stand in the README with their verdicts, as the last run wrote them", async () => {
		const text = await readFile(new URL("../bench/results.json", import.meta.url), "utf8");
		const last = JSON.parse(text) as Measured & { figures: Figure[] };
		const rows = await readTable("figures");
		assert.deepEqual(rows, rowsOf(last.figures, last));
		for (const { goal, met, reason } of last.figures) {
			assert.equal(goal === "none", met === undefined);
			assert.equal(met === false, reason !== undefined);
		}
	});

	it("of warm tokens stand in docs/scale.md", async () => {
		const rows = await readTable("warm-tokens", new URL("../docs/scale.md", import.meta.url));
		assert.ok(rows.length >= 9);
	});
});
