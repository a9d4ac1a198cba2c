// `npm run test:slow -- soak`: the soak for five minutes. A run in full writes result.json.

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type Figures, soak } from "./soak.ts";

const USUAL_SECONDS = 300;
/** A client that hangs gives each caller the same complaint. */
const MOST_COMPLAINTS = 20;

const { values } = parseArgs({ options: { seconds: { type: "string" } } });
const seconds = Number(values.seconds ?? USUAL_SECONDS);
if (!Number.isInteger(seconds) || seconds < 1) throw new Error("--seconds must be a whole number from 1");

const { figures, complaints } = await soak(seconds);
for (const [what, value] of rowsOf(figures)) console.log(`${what.padEnd(32)} ${value}`);
for (const complaint of complaints.slice(0, MOST_COMPLAINTS)) console.error(complaint);
console.log(`${figures.calls} calls, ${complaints.length} complaints`);
// A shorter run says nothing about a full one.
if (values.seconds === undefined) {
	const result = { date: new Date().toISOString().slice(0, 10), seconds, ...figures, complaints: complaints.length };
	await writeFile(new URL("result.json", import.meta.url), `${JSON.stringify(result, undefined, "\t")}\n`);
}
process.exit(complaints.length === 0 ? 0 : 1);

function rowsOf(figures: Figures): [string, string | number][] {
	const { upstream, wasmBytes, residentMegabytes } = figures;
	return [
		["calls", figures.calls],
		["paid", figures.paid],
		...Object.entries(figures.errors),
		["late, with no fault upstream", figures.late],
		["with a signal that aborts", figures.aborted],
		["callers hung up", figures.hungUp],
		["of them on an abandoned call", figures.abandoned],
		["requests upstream, faults", `${upstream.requests}, ${upstream.faults}`],
		["wasm memory, start and end", `${wasmBytes.start}, ${wasmBytes.end} bytes`],
		["and after abandoned calls", `${wasmBytes.afterAbandoned} bytes`],
		["workerd's memory, start and end", `${residentMegabytes.start}, ${residentMegabytes.end} MB`],
	];
}
