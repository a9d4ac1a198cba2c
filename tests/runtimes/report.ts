// `npm run test:slow -- runtimes`: the contract's suite in every runtime, as a table, which it writes into docs/runtimes.md if each
// runtime passed all of it.

import { startBench } from "../contract/bench.ts";
import { caseNames } from "../contract/suite.ts";
import { publishTable } from "../page-table.ts";
import { prepare, runtimes } from "./runtimes.ts";

await prepare();
const bench = await startBench();
const rows = [["runtime", "version", "tests passed"]];
let passed = 0;
for (const { name, version, verdicts } of runtimes) {
	const results = await verdicts(bench.url);
	for (const { name: about, complaints } of results) {
		for (const complaint of complaints) console.error(`${name}: ${about}: ${complaint}`);
	}
	const good = results.filter(({ complaints }) => complaints.length === 0).length;
	if (good === caseNames.length && results.length === good) passed += 1;
	rows.push([name, await version(), `${good} of ${caseNames.length}`]);
}
await bench.stop();

if (passed === runtimes.length)
	await publishTable("runtimes", rows, new URL("../../docs/runtimes.md", import.meta.url));
else {
	console.table(rows);
	process.exitCode = 1;
}
