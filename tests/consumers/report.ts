// `npm run test:slow -- consumers`: every consumer, as a table, which it writes into docs/runtimes.md if nothing failed. With words of their
// names, `node tests/consumers/report.ts Nitro`, it runs these consumers alone and prints the table.

import process from "node:process";
import { publishTable } from "../page-table.ts";
import { pack } from "../tarball.ts";
import { consumers, makeProject, versionOf } from "./consumers.ts";
import { root } from "./tools.ts";

const words = process.argv.slice(2);
const chosen = consumers.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
const tarball = await pack(`${root}target/consumers`);
const rows = [["consumer", "version", "what is tried", "passed"]];
let failed = 0;
for (const consumer of chosen) {
	const { name, checks } = consumer;
	const folder = await makeProject(consumer, tarball);
	let passed = 0;
	for (const [what, check] of Object.entries(checks)) {
		const start = performance.now();
		try {
			await check(folder, tarball);
			passed += 1;
			console.log(`${name}: ${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
		} catch (error) {
			failed += 1;
			console.error(`${name}: ${what}: FAILED`, error instanceof Error ? error.message : error);
		}
	}
	const all = Object.keys(checks);
	rows.push([name, await versionOf(consumer), all.join("; "), `${passed} of ${all.length}`]);
}

if (failed === 0 && words.length === 0)
	await publishTable("consumers", rows, new URL("../../docs/runtimes.md", import.meta.url));
else console.table(rows);
if (failed > 0 || chosen.length === 0) process.exitCode = 1;
