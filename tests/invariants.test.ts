// docs/invariants.md stays true: every test that it names exists, and every invariant of the reference model has an entry.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (file: string) => readFile(`${root}${file}`, "utf8");

/** The entries of the page: the name in the heading, and the text below it. */
function entriesOf(page: string): Map<string, string> {
	const entries = page.split(/^##+ /m).filter((entry) => entry.includes("\n- held by: "));
	return new Map(entries.map((entry): [string, string] => [entry.split("\n")[0] ?? "", entry]));
}

/** Whether a source has a test of this name, and not only the name. */
function hasTest(source: string, file: string, name: string): boolean {
	if (!file.endsWith(".rs")) return ["it(", "test(", "async "].some((before) => source.includes(`${before}"${name}"`));
	const tests = source.matchAll(/#\[(?:wasm_bindgen_)?test\]\s+(?:#\[[^\]]+\]\s+)*(?:async )?fn (\w+)\(/g);
	return [...tests].some(([, found]) => found === name);
}

describe("docs/invariants.md", async () => {
	const entries = entriesOf(await read("docs/invariants.md"));

	it("has one entry for each invariant of the reference model", async () => {
		const [checked, simulation, flinks] = await Promise.all(
			["invariants", "simulation", "flinks"].map((file) => read(`tests/reference_model/${file}.rs`)),
		);
		const inChecks = [...(checked ?? "").matchAll(/"([a-z]+(?:-[a-z]+)+)"/g)];
		const elsewhere = [...`${simulation}${flinks}`.matchAll(/(?:Err|ok_or|Violation::new)\("([a-z-]+)"/g)];
		const names = new Set([...inChecks, ...elsewhere].map(([, name]) => name ?? ""));
		assert.ok(names.size > 25, `${names.size}`);
		assert.deepEqual(
			[...names].filter((name) => !entries.has(name)),
			[],
		);
		const headings = (await read("docs/invariants.md")).match(/^### /gm) ?? [];
		assert.equal(headings.length, entries.size);
	});

	for (const [name, entry] of entries) {
		it(`says what ${name} is, and names tests that exist`, async () => {
			const [before = "", heldBy = ""] = entry.split("\n- held by: ");
			assert.match(before, /\n[^\s-]/);
			const files = [...heldBy.matchAll(/`([\w./-]+)`:((?:\s+`[^`]+`,?)+)/g)];
			assert.equal(
				files
					.map(([whole]) => whole)
					.join("; ")
					.replaceAll(/\s+/g, " "),
				heldBy.trim().replaceAll(/\s+/g, " "),
			);
			for (const [, file = "", names = ""] of files) {
				for (const [, test = ""] of names.matchAll(/`([^`]+)`/g)) {
					assert.ok(hasTest(await read(file), file, test), `${file} has no test ${test}`);
				}
			}
		});
	}
});
