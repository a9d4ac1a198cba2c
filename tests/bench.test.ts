// What `npm run bench` publishes: each figure that has a goal stands in the README as met or as not met with its reason.
// Nothing is timed here.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { type Figure, figures, type Measured, rowsOf } from "../bench/figures.ts";
import type { Pair, Size } from "./load/open-table.ts";
import { readTable } from "./readme-table.ts";

const held = { bytes: 131_072, values: 1_024 };
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
	memory: { initial: held, afterThousand: held, afterPayments: held, afterFailures: held, failures: 1 },
	tokens: [],
	size: undefined,
	underFaults: undefined,
	open: undefined,
});

const cpu = "own work for a payment, fetch stubbed, in Node.js";

function ownWork(ours: number): Figure | undefined {
	return figures(measured(ours)).find(({ figure }) => figure === cpu);
}

describe("the figures", () => {
	it("are the middle of the rounds, against hand-written JavaScript and the goal", () => {
		const { ratio, met, reason, handWrittenAgain } = ownWork(50) ?? {};
		assert.deepEqual(
			{ ratio, met, reason, handWrittenAgain },
			{ ratio: 5, met: true, reason: undefined, handWrittenAgain: 11 },
		);
	});

	it("say whether what is striven for was reached, once the goal is met", () => {
		const told = (ours: number) =>
			rowsOf(figures(measured(ours)), measured(ours))
				.find(([figure]) => figure === cpu)
				?.at(-1);
		assert.equal(told(50), "met; striving for 6 x: met");
		assert.equal(told(70), "met; striving for 6 x: not yet");
		assert.match(told(90) ?? "", /^not met: /);
	});

	it("of memory and of values of the host are constant, or not met", () => {
		const memory = { ...measured(50).memory, afterFailures: { ...held, values: 1_025 } };
		const found = figures({ ...measured(50), memory }).filter(({ goal }) => goal === "constant");
		assert.deepEqual(
			found.map(({ met }) => met),
			[true, false],
		);
	});

	it("of an object with open payments are those of the most, while it polls", () => {
		const times = (p99: Pair) => ({ count: 1, p50: [1, 1] as Pair, p99 });
		const size = (payments: number, ours: number): Size => ({
			...{ payments, found: { open: payments, waiting: 0 }, started: times([1, 1]), idle: times([1, 1]) },
			...{ processorMs: 1, processorMsEmpty: 1, pages: {}, due: 1 },
			paced: { done: 1, payment: times([ours, 10]), late: 0 },
			memory: { heap: [1, 1], started: 1, most: 1 },
		});
		const verdicts = [15, 16].map((ours) => {
			const found = figures({ ...measured(50), open: { sizes: [size(1_000, 99), size(50_000, ours)] } });
			const { figure, met } = found.find(({ figure }) => figure.includes("open")) ?? {};
			return [figure?.includes("50,000"), met];
		});
		assert.deepEqual(verdicts, [
			[true, true],
			[true, false],
		]);
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
