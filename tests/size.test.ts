// Checks that the built package has not grown and contains nothing of the machine that built it, and what `npm run size` publishes.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { againstBudget, bundle, leaksIn, rowsOf, type Size, shippedModule, verdict } from "../bench/parts.ts";
import { readTable } from "./page-table.ts";

async function lastSize(): Promise<Size> {
	return JSON.parse(await readFile(new URL("../bench/size.json", import.meta.url), "utf8"));
}

describe("what a Worker carries", async () => {
	const [module, javaScript] = await Promise.all([shippedModule(), bundle("edge")]);

	it("is no larger than the last `npm run size` wrote", async () => {
		const { ours } = againstBudget(module, javaScript);
		const last = await lastSize();
		// Another version of gzip or of a build tool may give a little more.
		assert.ok(
			ours <= last.carried.ours * 1.01,
			`${ours} bytes instead of ${last.carried.ours}. If that is intended, run npm run size.`,
		);
	});

	it("contains no folder of the machine that built it, and no secret", () => {
		assert.deepEqual(leaksIn({ "the module": module, "its JavaScript": javaScript }), []);
	});
});

describe("the budget", () => {
	it("is not met when all files together are larger", () => {
		const carried = againstBudget(randomBytes(40_000), randomBytes(41_000));
		assert.equal(carried.met, false);
		assert.match(verdict(carried), /^at most 80,000, .*: not met, 1,\d\d\d over: \w/);
	});

	it("is met when they are smaller, with or without the stretch goal", () => {
		assert.match(verdict(againstBudget(randomBytes(69_000))), /: met, 1,\d\d\d over the stretch goal$/);
		assert.match(verdict(againstBudget(randomBytes(10_000))), /: both met$/);
	});
});

describe("the search for leaks", () => {
	const folder = "a folder of the machine that built it";
	for (const [text, what] of [
		["/home/somebody/project", folder],
		[`${homedir()}/.cargo/registry`, folder],
		[fileURLToPath(new URL("../src/lib.rs", import.meta.url)), folder],
		["-----BEGIN PRIVATE KEY-----", "a secret"],
		[`npm_${"x".repeat(36)}`, "a secret"],
	] as const) {
		it(`finds ${what} in ${text.replace(homedir(), "~")}`, () => {
			const among = Buffer.concat([Buffer.from(`\0${text}\0`), Buffer.from("/cargo/x.rs /src/lib.rs")]);
			const found = leaksIn({ "a file": among, another: Buffer.from("/rustc/x/library/core/src/y.rs [secret]") });
			assert.deepEqual(found, [{ what, where: "a file", found: found[0]?.found }]);
		});
	}
});

describe("docs/figures.md", () => {
	it("has the sizes, as the last run wrote them", async () => {
		assert.deepEqual(await readTable("size"), rowsOf(await lastSize()));
	});
});
