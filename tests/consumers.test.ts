// Clean projects that have installed the packed package: those that need no bundler beside this repository's own tools.
// `npm run test:slow -- consumers` has the others, and docs/runtimes.md has what it found.

import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { before, describe, it } from "node:test";
import { consumers, makeProject } from "./consumers/consumers.ts";
import { root, tools } from "./consumers/tools.ts";
import { pack, type Tarball } from "./tarball.ts";

let tarball: Tarball;

before(async () => {
	tarball = await pack(`${root}target/consumers`);
});

for (const consumer of consumers.filter(({ tool, toolbox }) => !tool?.startsWith(tools) && !toolbox)) {
	describe(consumer.name, () => {
		let folder: string;
		before(async () => {
			folder = await makeProject(consumer, tarball);
		});
		for (const [what, check] of Object.entries(consumer.checks)) it(what, () => check(folder, tarball));
	});
}

describe("the table of consumers", () => {
	it("has each consumer with all of its checks passed", async () => {
		const page = await readFile(`${root}docs/runtimes.md`, "utf8");
		for (const { name, checks } of consumers) {
			const all = Object.keys(checks);
			const row = page.split("\n").find((line) => line.startsWith(`| ${name} | `) && line.includes(all.join("; ")));
			assert.ok(row?.endsWith(`| ${all.length} of ${all.length} |`), name);
		}
	});
});

describe("the examples", async () => {
	/** The versions that are tried: those of this repository and of the consumers' tools. */
	const tried: Record<string, string> = {};
	for (const folder of ["", "worker/", "sandbox/", "tests/consumers/", "tests/consumers/frameworks/"]) {
		const { dependencies, devDependencies } = await json(`${folder}package.json`);
		Object.assign(tried, dependencies, devDependencies);
	}
	const { version } = await json("pkg/package.json");
	Object.assign(tried, { "flinkspay-edge": `^${version}` });

	const all = consumers.flatMap(({ files }) => (files?.startsWith("examples/") ? [files] : []));
	const examples = [...new Set(all)];
	it("are there", () => assert.ok(examples.length >= 9));

	/** A back end has three routes and a book, and the Hono app reports what failed: ten lines are too few. */
	const longer: Record<string, number> = { "examples/express": 26, "examples/fastify": 26, "examples/hono": 11 };

	for (const example of examples) {
		const most = longer[example] ?? 10;
		it(`ask a user for ${most} lines at most in a file, besides imports and comments: ${example}`, async () => {
			for await (const file of glob(`${example}/**/*.{js,jsx,ts,svelte}`, {
				cwd: root,
				exclude: ["**/node_modules", "**/.next", "**/.svelte-kit"],
			})) {
				const lines = (await readFile(`${root}${file}`, "utf8")).split("\n");
				const own = lines.filter((line) => line.trim() !== "" && !/^\s*(import |\/\/)/.test(line));
				assert.ok(own.length <= most, `${file} has ${own.length}`);
			}
		});

		it(`name the versions that are tried: ${example}`, async () => {
			if (example === "examples/deno") {
				const { imports, tasks } = await json(`${example}/deno.json`);
				assert.equal(imports["flinkspay-edge"], `npm:flinkspay-edge@^${version}`);
				assert.ok(tasks.sandbox.includes(`npm:flinkspay-edge@^${version}/`));
				return;
			}
			const { dependencies, devDependencies } = await json(`${example}/package.json`);
			for (const [name, wanted] of Object.entries({ ...dependencies, ...devDependencies })) {
				assert.equal(wanted, tried[name], name);
			}
		});
	}
});

async function json(path: string) {
	return JSON.parse(await readFile(`${root}${path}`, "utf8"));
}
