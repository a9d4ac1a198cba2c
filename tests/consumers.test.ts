// Clean projects that have installed the packed package: those that need no bundler beside this repository's own tools.
// `npm run test:consumers` has the others, and what it found stands in the README.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, describe, it } from "node:test";
import { consumers, makeProject } from "./consumers/consumers.ts";
import { root, tools } from "./consumers/tools.ts";
import { pack, type Tarball } from "./tarball.ts";

let tarball: Tarball;

before(async () => {
	tarball = await pack(`${root}target/consumers`);
});

for (const consumer of consumers.filter(({ tool }) => !tool?.startsWith(tools))) {
	describe(consumer.name, () => {
		let folder: string;
		before(async () => {
			folder = await makeProject(consumer, tarball);
		});
		for (const [what, check] of Object.entries(consumer.checks)) it(what, () => check(folder, tarball));
	});
}

describe("the README's table of consumers", () => {
	it("has passed all that is tried today", async () => {
		const readme = await readFile(`${root}README.md`, "utf8");
		for (const { name, checks } of consumers) {
			const all = Object.keys(checks);
			const row = readme.split("\n").find((line) => line.startsWith(`| ${name} | `) && line.includes(all.join("; ")));
			assert.ok(row?.endsWith(`| ${all.length} of ${all.length} |`), name);
		}
	});
});
