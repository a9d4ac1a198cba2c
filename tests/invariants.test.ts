// docs/invariants.md cannot rot: every test that it names stands in the tree, and every law has an entry in it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (file: string) => readFile(`${root}${file}`, "utf8");

/** The entries of the page: a name as a heading, and all that stands below it. */
function entriesOf(page: string): Map<string, string> {
	const entries = page.split(/^### /m).slice(1);
	return new Map(entries.map((entry): [string, string] => [entry.split("\n")[0] ?? "", entry]));
}

/** Whether a source has a test of this name, and not only its words. */
function hasTest(source: string, file: string, name: string): boolean {
	if (!file.endsWith(".rs")) return ["it(", "test(", "async "].some((before) => source.includes(`${before}"${name}"`));
	const tests = source.matchAll(/#\[(?:wasm_bindgen_)?test\]\s+(?:#\[[^\]]+\]\s+)*(?:async )?fn (\w+)\(/g);
	return [...tests].some(([, found]) => found === name);
}

describe("docs/invariants.md", async () => {
	const entries = entriesOf(await read("docs/invariants.md"));

	it("has an entry for each law, once", async () => {
		const [laws, world, upstream] = await Promise.all(
			["laws", "world", "upstream"].map((file) => read(`tests/twin/${file}.rs`)),
		);
		const inLaws = [...(laws ?? "").matchAll(/"([a-z]+(?:-[a-z]+)+)"/g)];
		const elsewhere = [...`${world}${upstream}`.matchAll(/(?:Err|ok_or|Broken::new)\("([a-z-]+)"/g)];
		const names = new Set([...inLaws, ...elsewhere].map(([, name]) => name ?? ""));
		assert.ok(names.size > 25, `${names.size}`);
		assert.deepEqual(
			[...names].filter((name) => !entries.has(name)),
			[],
		);
		const headings = (await read("docs/invariants.md")).match(/^### /gm) ?? [];
		assert.equal(headings.length, entries.size);
	});

	for (const [name, entry] of entries) {
		it(`knows what ${name} stands on and what holds it`, async () => {
			const [before = "", heldBy = ""] = entry.split("\n- held by: ");
			assert.match(before, /\n\S[\s\S]*\n- basis: \S/);
			const references = [...heldBy.matchAll(/`([\w./-]+): ([^`]+)`/g)];
			assert.ok(references.length > 0);
			for (const [, file = "", test = ""] of references) {
				assert.ok(hasTest(await read(file), file, test), `${file} has no test ${test}`);
			}
		});
	}
});
