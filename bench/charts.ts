// Draws the charts as SVG: the latency of a payment, the size by part, and an object of the ledger with many open payments.

import { writeFile } from "node:fs/promises";
import type { Figures, Pair, Size } from "../tests/load/open-table.ts";
import type { Bytes } from "./parts.ts";
import { quantile } from "./spread.ts";

const file = (name: string) => new URL(name, import.meta.url);
const frame = {
	background: "white",
	padding: 16,
	config: { font: "sans-serif", axis: { labelFontSize: 12 }, legend: { labelLimit: 0 } },
};

/** @param times the milliseconds of each payment, by side */
export async function drawLatency(times: Readonly<Record<string, readonly number[]>>): Promise<void> {
	const sides = Object.keys(times);
	const values = sides.flatMap((side) => {
		const sorted = [...(times[side] ?? [])].sort((a, b) => a - b);
		return sorted.map((ms, index) => ({ side, ms, share: ((index + 1) / sorted.length) * 100 }));
	});
	// Without the slowest 2 %, since one stall of the machine would flatten the rest of the chart.
	const most = Math.max(...sides.map((side) => quantile(times[side] ?? [], 0.98)));
	await draw("latency.svg", {
		title: "One payment in workerd, 50 ms for each call upstream: the share that is done after so long",
		width: 760,
		height: 320,
		data: { values },
		mark: { type: "line", interpolate: "step-after", strokeWidth: 2, clip: true },
		encoding: {
			x: { field: "ms", type: "quantitative", title: "milliseconds", scale: { domain: [95, Math.ceil(most / 5) * 5] } },
			y: { field: "share", type: "quantitative", title: "% of payments" },
			color: { field: "side", type: "nominal", title: null, sort: sides },
			strokeDash: { field: "side", type: "nominal", title: null, sort: sides },
		},
	});
}

export async function drawSize(parts: Readonly<Record<string, Bytes>>): Promise<void> {
	const values = Object.entries(parts).flatMap(([part, sizes]) =>
		Object.entries(sizes).map(([how, bytes]) => ({ part, how, kB: Math.round(bytes / 100) / 10 })),
	);
	const encoding = {
		y: { field: "part", type: "nominal", title: null, sort: Object.keys(parts), axis: { labelLimit: 0 } },
		yOffset: { field: "how", sort: ["raw", "gzip", "brotli"] },
		x: { field: "kB", type: "quantitative", title: "kB" },
	};
	await draw("size.svg", {
		title: "Size by part",
		width: 680,
		data: { values },
		encoding,
		layer: [
			{
				mark: "bar",
				encoding: { color: { field: "how", title: null, sort: ["raw", "gzip", "brotli"] } },
			},
			{
				mark: { type: "text", align: "left", dx: 4, fontSize: 11 },
				encoding: { text: { field: "kB", type: "quantitative", format: ".1f" } },
			},
		],
	});
}

export async function drawOpen({ sizes, pollMs }: Figures): Promise<void> {
	const ratio = ([ours, empty]: Pair) => ours / empty;
	const panels: Record<string, Record<string, (size: Size) => number | undefined>> = {
		"p99 of a payment, against an empty object's": {
			"nothing due": ({ idle }) => ratio(idle.p99),
			"polls at their pace": ({ paced }) => paced && ratio(paced.payment.p99),
			goal: () => 1.5,
		},
		"rows read for a page of 50": Object.fromEntries(
			Object.keys(sizes[0]?.pages ?? {}).map((filter) => [filter, ({ pages }) => pages[filter]?.rowsRead]),
		),
		[`polls a second, ${pollMs} ms each`]: {
			"come due": ({ due }) => due,
			"done, all overdue": ({ overdue }) => overdue?.done,
		},
		"MB that workerd holds": {
			"at most": ({ memory }) => memory.most,
			"after its start": ({ memory }) => memory.started,
			"its isolate's heap": ({ memory }) => memory.heap[0],
		},
	};
	const x = {
		...{ field: "payments", type: "quantitative", title: "payments that are not final" },
		scale: { type: "symlog", constant: 1_000 },
		axis: { values: sizes.map(({ payments }) => payments), format: ",d" },
	};
	await draw("open.svg", {
		title: { text: "One object of the ledger, by how many of its payments are not final", anchor: "start", offset: 12 },
		columns: 2,
		resolve: { scale: { color: "independent", strokeDash: "independent", shape: "independent" } },
		concat: Object.entries(panels).map(([title, lines]) => ({
			...{ title, width: 320, height: 180 },
			data: {
				values: Object.entries(lines).flatMap(([line, of]) =>
					sizes.map((size) => ({ line, payments: size.payments, value: of(size) ?? null })),
				),
			},
			mark: { type: "line", point: true, strokeWidth: 2 },
			encoding: {
				x,
				y: { field: "value", type: "quantitative", title: null, scale: { zero: true } },
				color: { field: "line", type: "nominal", title: null, sort: Object.keys(lines) },
				strokeDash: { field: "line", type: "nominal", title: null, sort: Object.keys(lines) },
			},
		})),
	});
}

async function draw(name: string, spec: object): Promise<void> {
	// install.ts has installed them by now. The names are no literals, so that tsc does not check their types.
	const [vega, vegaLite] = await Promise.all(["vega", "vega-lite"].map((library) => import(library)));
	const view = new vega.View(vega.parse(vegaLite.compile({ ...frame, ...spec }).spec), { renderer: "none" });
	await writeFile(file(name), `${await view.toSVG()}\n`);
}
