// Checks what `npm run bench` publishes: docs/figures.md says of each goal whether it is met, and why not. Nothing is timed here.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import {
	type Compared,
	comparedRowsOf,
	comparisons,
	type Figure,
	figures,
	type Measured,
	rowsOf,
} from "../bench/figures.ts";
import { noiseOf, spread } from "../bench/spread.ts";
import { countTokenRequests } from "../bench/tokens.ts";
import type { Pair, Size } from "./load/open-table.ts";
import { readTable } from "./page-table.ts";

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
	reads: [],
	carried: { ours: 79_000, handWritten: 2_000, peer: 7_000, stripe: 33_000 },
	underFaults: undefined,
	open: undefined,
	rowsWritten: 29,
});

const cpu = "own work for a payment, fetch stubbed, in Node.js";

function ownWork(ours: number): Figure | undefined {
	return figures(measured(ours)).find(({ figure }) => figure === cpu);
}

describe("the figures", () => {
	const row = (about: Measured) => rowsOf(figures(about), about).find(([figure]) => figure === cpu) ?? [];

	it("are the median of the rounds, compared with hand-written JavaScript and the goal", () => {
		const { ratio, met, reason, noise } = ownWork(50) ?? {};
		assert.deepEqual({ ratio: ratio?.value, met, reason }, { ratio: 5, met: true, reason: undefined });
		assert.ok(Math.abs((noise ?? 0) - 0.1) < 1e-9, "hand-written JavaScript, measured twice");
	});

	it("come with the middle half of the rounds", () => {
		const rounds = Array.from({ length: 20 }, (_, round) => round);
		assert.deepEqual(spread(rounds), { value: 10, from: 5, to: 15 });
		const { samples } = measured(50);
		const [, ours, against, ratio] = row({ ...measured(50), samples: { ...samples, "cpu ours": [50, 60, 70] } });
		assert.equal(ours, "60.0 us (50.0 to 70.0)");
		assert.equal(against, "hand-written: 10.0 us");
		assert.equal(ratio, "6.00 x (5.00 to 7.00)");
	});

	it("say whether the stretch goal is met, once the goal is met", () => {
		assert.equal(row(measured(50))[4], "at most 8 x: met; stretch goal 6 x: met");
		assert.equal(row(measured(70))[4], "at most 8 x: met; stretch goal 6 x: not met");
		assert.match(row(measured(90))[4] ?? "", /^at most 8 x: not met: /);
	});

	it("make no claim when the difference is within the noise", () => {
		assert.equal(noiseOf([8, 8, 8, 8], [8, 7, 9, 12]), 0.5, "in half of the rounds");
		for (const ours of [9.5, 10.5]) {
			const { met, reason, means } = ownWork(ours) ?? {};
			assert.deepEqual({ met, reason }, { met: undefined, reason: undefined });
			assert.equal(
				means,
				"a thousand payments keep the processor busy for about as long (within the noise of 10.0 %) as by hand",
			);
			assert.deepEqual(row(measured(ours)).slice(3, 5), [
				"within the noise of 10.0 %",
				"at most 8 x: no difference seen",
			]);
		}
		assert.match(row(measured(11.5))[3] ?? "", /^1.15 x/, "which is more than that");
	});

	it("say that it was too noisy to tell when the noise is more than a quarter", () => {
		const { samples } = measured(12);
		const noisy = { ...measured(12), samples: { ...samples, "cpu handWrittenAgain": [13, 13, 13] } };
		const [, , , ratio, goal, means] = row(noisy);
		assert.deepEqual([ratio, goal], ["within the noise of 30.0 %", "at most 8 x: too noisy to tell"]);
		assert.equal(means, "the noise of 30.0 % hides any difference");
	});

	it("say in plain words what they mean", () => {
		assert.equal(ownWork(50)?.means, "a thousand payments keep the processor busy for 40.0 ms longer than by hand");
		assert.equal(ownWork(5)?.means, "a thousand payments keep the processor busy for 5.00 ms shorter than by hand");
	});

	it("of all sides are in one row, with the noise", () => {
		const rows = comparedRowsOf(comparisons(measured(50)));
		const find = (what: string) => rows.find(([name]) => name?.startsWith(what));
		const own = ["50.0 us (50.0 to 1,000)", "10.0 us", "11.0 us", "12.0 us", "", "10.0 %"];
		assert.deepEqual(find("own work for a payment, in Node.js")?.slice(1), own);
		assert.deepEqual(find("size")?.slice(1), ["79.0 kB", "2.00 kB", "", "7.00 kB", "33.0 kB", ""]);
	});

	it("of memory and of slots for JavaScript values miss their goal when they grow", () => {
		const memory = { ...measured(50).memory, afterFailures: { ...held, values: 1_025 } };
		const found = figures({ ...measured(50), memory }).filter(({ goal }) => goal === "constant");
		assert.deepEqual(
			found.map(({ met }) => met),
			[true, false],
		);
	});

	it("of the size are compared with the budget", () => {
		const weight = (ours: number) =>
			figures({ ...measured(50), carried: { ...measured(50).carried, ours } }).find(({ unit }) => unit === "kB");
		assert.deepEqual([weight(80_000)?.met, weight(80_001)?.met], [true, false]);
		assert.match(weight(80_001)?.reason ?? "", /\w/);
	});

	it("of an object with open payments are those of the largest size, while it polls", () => {
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

	it("that miss their goal say why", () => {
		const { ratio, met, reason } = ownWork(100) ?? {};
		assert.equal(ratio?.value, 10);
		assert.equal(met, false);
		assert.match(reason ?? "", /boundary/);
	});

	it("miss their goal when nothing was measured", () => {
		const notMeasured = figures(measured(50)).find(({ figure }) => figure.startsWith("a webhook"));
		assert.equal(notMeasured?.met, false);
	});

	it("are in docs/figures.md with their verdicts, as the last run wrote them", async () => {
		const text = await readFile(new URL("../bench/results.json", import.meta.url), "utf8");
		const last = JSON.parse(text) as Measured & { figures: Figure[]; compared: Compared[] };
		const rows = await readTable("figures");
		assert.deepEqual(rows, rowsOf(last.figures, last));
		assert.deepEqual(await readTable("compared"), comparedRowsOf(last.compared));
		for (const [figure, , , ratio, goal, means] of rows.slice(1, -1)) {
			assert.notEqual(means, "", figure);
			const isWithin = ratio?.startsWith("within the noise") ?? false;
			assert.ok(goal === "" || isWithin === /(no difference seen|too noisy to tell)$/.test(goal ?? ""), figure);
		}
		for (const { met, reason, means } of last.figures) {
			assert.equal(met === false, reason !== undefined);
			assert.doesNotMatch(means, /NaN|undefined/);
		}
	});

	it("of token requests are two for six reads of one payment, and one in 269 seconds for many payments", async () => {
		assert.deepEqual(await countTokenRequests({ payments: 1, seconds: 0, seed: 1 }), { reads: 6, tokenRequests: 2 });
		const { reads, tokenRequests } = await countTokenRequests({ payments: 50, seconds: 600, seed: 1 });
		assert.equal(reads, 300);
		// All reads are within some 1,300 seconds: a payment starts within 600, and its last read is some 700 later.
		assert.ok(tokenRequests <= 5, String(tokenRequests));
	});

	it("of tokens are in docs/scale.md, as the last run wrote them", async () => {
		const last = JSON.parse(await readFile(new URL("../bench/results.json", import.meta.url), "utf8")) as Measured;
		const scale = new URL("../docs/scale.md", import.meta.url);
		assert.deepEqual(await readTable("warm-tokens", scale), last.tokens);
		assert.deepEqual(await readTable("shared-tokens", scale), last.reads);
		assert.ok(last.tokens.length >= 9 && last.reads.length >= 4);
	});
});
