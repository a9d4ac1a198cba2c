// Many random runs, each with the seed after the one before it. What they came to is written into results.json; of a run
// that fails, the seed and what was tried are printed.

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { seededBug } from "./bugs.ts";
import { bundle } from "./workerd.ts";

/** What one run came to. */
interface Ran<Figures> {
	/** What was not as it must be. */
	complaints: readonly string[];
	/** What was tried. */
	schedule: readonly string[];
	figures: Figures;
}

/** Makes the runs that the command's arguments ask for, `usual` without any. Its answer is the exit code. */
export async function runSeeds<Figures extends { [Name in keyof Figures]: number }>(
	run: (folder: string, seed: number) => Promise<Ran<Figures>>,
	results: URL,
	usual = 500,
): Promise<number> {
	const { values } = parseArgs({ options: { runs: { type: "string" }, seed: { type: "string" } } });
	const runs = whole("runs", values.runs, usual);
	const firstSeed = whole("seed", values.seed, 1);
	const folder = await bundle(seededBug());
	const total: Record<string, number> = {};
	let failed = 0;
	const began = performance.now();
	for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
		const { complaints, schedule, figures } = await run(folder, seed);
		for (const [name, figure] of Object.entries<number>(figures)) total[name] = (total[name] ?? 0) + figure;
		if (complaints.length === 0) continue;
		failed += 1;
		console.error(`seed ${seed}:\n\t${complaints.join("\n\t")}\nafter\n\t${schedule.join("\n\t")}`);
	}
	const seconds = Math.round((performance.now() - began) / 1000);
	const ran = { runs, firstSeed, failed, ...total, seconds };
	console.log(JSON.stringify(ran));
	// Neither a part of them nor a run with a failure is the figure.
	if (failed === 0 && values.runs === undefined && values.seed === undefined) {
		await writeFile(results, `${JSON.stringify(ran, undefined, "\t")}\n`);
	}
	return failed === 0 ? 0 : 1;
}

function whole(name: string, value: string | undefined, usual: number): number {
	if (value === undefined) return usual;
	if (!/^[0-9]{1,10}$/.test(value)) throw new Error(`--${name} is a whole number`);
	return Number(value);
}
