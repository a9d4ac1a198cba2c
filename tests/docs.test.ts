// The pages in docs/ that name code and tests: every reference, a file and a text in it, is looked up, so that no page
// names what is gone. Links lead to pages and headings that exist, and pages say which version they are about.

import assert from "node:assert/strict";
import { access, glob, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { runToEnd } from "../tools/processes.ts";
import { returnAdviceOf } from "../worker/src/return-codes.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

describe("docs/coverage.md", async () => {
	const page = await readFile(`${root}docs/coverage.md`, "utf8");
	const rows = page.split("\n").filter((line) => line.startsWith("| ") && !/^\| (documented|---) /.test(line));

	it("has rows", () => assert.ok(rows.length > 35, `${rows.length}`));

	for (const row of rows) {
		const [, documented = "", , here = "", heldBy = ""] = row.split("|").map((cell) => cell.trim());
		it(`names code and tests that exist: ${documented}`, async () => {
			for (const cell of [here, heldBy]) {
				const references = [...cell.matchAll(/`([\w./-]+): ([^`]+)`/g)];
				assert.ok(references.length > 0, `no reference in ${cell}`);
				for (const [, file = "", text = ""] of references) {
					const source = await readFile(`${root}${file}`, "utf8");
					assert.ok(source.includes(text), `${file} does not have ${text}`);
				}
			}
		});
	}
});

describe("docs/money.md", async () => {
	const page = await readFile(`${root}docs/money.md`, "utf8");
	const [, table = ""] = /^\| code \| what Flinks advises \|\n\| --- \| --- \|\n((?:\|.*\n)+)/m.exec(page) ?? [];
	const advised = [...table.matchAll(/^\| ([\d, ]+) \| (.+) \|$/gm)].flatMap(([, codes = "", advice = ""]) =>
		codes.split(", ").map((code) => [code, advice] as const),
	);

	it("advises by return code what the Worker does, and for no other code", () => {
		const advice = new Map(advised);
		assert.ok(advice.size > 20, `${advice.size}`);
		for (let code = 0; code < 1000; code++) {
			const text = String(code).padStart(3, "0");
			assert.equal(advice.get(text), returnAdviceOf(text), text);
		}
	});
});

describe("docs/reference", () => {
	it("is what the types make", async () => {
		const { code, output } = await runToEnd(["tools/reference.mjs", "--check"]);
		assert.equal(code, 0, output);
	});
});

describe("the version", async () => {
	const cargo = await readFile(`${root}Cargo.toml`, "utf8");
	const version = /^version = "(.*)"$/m.exec(cargo)?.[1] ?? assert.fail("Cargo.toml has no version");
	for (const page of ["README.md", "docs/README.md", "docs/reference/README.md"]) {
		it(`that ${page} is about is that of Cargo.toml`, async () => {
			assert.ok((await readFile(`${root}${page}`, "utf8")).includes(`version ${version}`), `it is ${version}`);
		});
	}
});

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
	const headings = page.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ (.*)$/gm);
	const seen = new Map<string, number>();
	return [...headings].map(([, heading = ""]) => {
		const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
		const slug = plain.replaceAll(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-");
		const before = seen.get(slug) ?? 0;
		seen.set(slug, before + 1);
		return `#${slug}${before === 0 ? "" : `-${before}`}`;
	});
}

describe("the pages", async () => {
	it("have pictures that are what their text makes", async () => {
		const { code, output } = await runToEnd(["tools/pictures.mjs", "--check"]);
		assert.equal(code, 0, output);
	});

	const places = [
		"*.md",
		"docs/*.md",
		"examples/*/*.md",
		"worker/*.md",
		"sandbox/*.md",
		"create/*.md",
		"create/template/*.md",
		"tests/*.md",
		"bench/*.md",
		"cli/*.md",
		"pkg/*.md",
		"fuzz/*.md",
	];
	for await (const page of glob(places, { cwd: root })) {
		it(`link to files and headings that exist: ${page}`, async () => {
			const text = await readFile(`${root}${page}`, "utf8");
			for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
				if (/^https?:/.test(target)) continue;
				const url = new URL(target, `file://${root}${page}`);
				await access(url);
				const anchors = url.hash === "" ? [""] : anchorsOf(await readFile(url, "utf8"));
				assert.ok(anchors.includes(url.hash), `${target}: there is no such heading`);
			}
		});
	}
});
