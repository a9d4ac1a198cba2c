// `npm run test:telling`: many runs of chance, each with the seed after the one before it. It writes what they came to into
// results.json, and for a run that fails prints its seed and what was tried.

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { seededBug } from "../crash/bugs.ts";
import { bundle } from "../crash/workerd.ts";
import { type Figures, run } from "./random.ts";

const { values } = parseArgs({ options: { runs: { type: "string" }, seed: { type: "string" } } });
const runs = whole("runs", values.runs, 500);
const first = whole("seed", values.seed, 1);

const folder = await bundle(seededBug());
const total: Figures = { payments: 0, messages: 0, webhooks: 0, deaths: 0, requests: 0 };
let failed = 0;
const began = performance.now();
for (let seed = first; seed < first + runs; seed++) {
	const { complaints, schedule, figures } = await run(folder, seed);
	for (const name of Object.keys(total) as (keyof Figures)[]) total[name] += figures[name];
	if (complaints.length > 0) {
		failed += 1;
		console.error(`seed ${seed}:\n\t${complaints.join("\n\t")}\nafter\n\t${schedule.join("\n\t")}`);
	}
}
const seconds = Math.round((performance.now() - began) / 1000);
const results = { runs, firstSeed: first, failed, ...total, seconds };
console.log(JSON.stringify(results));
// A part of them says nothing of the whole.
if (values.runs === undefined && values.seed === undefined) {
	await writeFile(new URL("results.json", import.meta.url), `${JSON.stringify(results, undefined, "\t")}\n`);
}
process.exit(failed === 0 ? 0 : 1);

function whole(name: string, value: string | undefined, usual: number): number {
	if (value === undefined) return usual;
	if (!/^[0-9]{1,10}$/.test(value)) throw new Error(`--${name} is a whole number`);
	return Number(value);
}
