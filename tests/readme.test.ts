// The READMEs' snippets: `ts` and `tsx` blocks must compile under the strict settings of this repository, `js` blocks must run.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { glob, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import process from "node:process";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = `${root}target/snippets`;
const run = promisify(execFile);

interface Snippet {
	/** Its file and line. */
	from: string;
	language: string;
	code: string;
}

const snippets: Snippet[] = [];
for await (const path of glob(["*.md", "*/*.md", "examples/*/*.md"], {
	cwd: root,
	exclude: ["node_modules", "target"],
})) {
	const text = await readFile(`${root}${path}`, "utf8");
	for (const { 1: language = "", 2: code = "", index } of text.matchAll(/^```(tsx?|js)\n([\s\S]*?)^```$/gm)) {
		snippets.push({ from: `${path}:${text.slice(0, index).split("\n").length}`, language, code });
	}
}

before(async () => {
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
});

describe("the READMEs", () => {
	it("have snippets in all languages", () => {
		assert.deepEqual([...new Set(snippets.map(({ language }) => language))].sort(), ["js", "ts", "tsx"]);
	});

	// Snippets for Workers are compiled with the types of Workers.
	const deploys = ({ code }: Snippet) => /"flinkspay-edge\/worker"|D1Database/.test(code);
	for (const [kind, extend, compilerOptions, isOfKind] of [
		["", "tsconfig.json", { jsx: "react-jsx" }, (one: Snippet) => !deploys(one)],
		["/workers", "worker/tsconfig.json", { types: [`${root}node_modules/@cloudflare/workers-types`] }, deploys],
	] as const) {
		it(`have ts and tsx blocks that compile${kind}`, async () => {
			const typed = snippets.filter((one) => one.language !== "js" && isOfKind(one));
			assert.ok(typed.length > 0);
			await mkdir(folder + kind, { recursive: true });
			for (const [number, { from, language, code }] of typed.entries()) {
				await writeFile(`${folder}${kind}/snippet${number}.${language}`, `// ${from}\n${code}\nexport {};\n`);
			}
			await writeFile(
				`${folder}${kind}/tsconfig.json`,
				JSON.stringify({
					extends: root + extend,
					include: ["*.ts", "*.tsx"],
					compilerOptions: { typeRoots: [`${root}node_modules/@types`], noUnusedLocals: false, ...compilerOptions },
				}),
			);
			await run(`${root}node_modules/.bin/tsc`, ["--project", folder + kind]).catch(({ stdout }) =>
				assert.fail(stdout),
			);
		});
	}

	for (const { from, code } of snippets.filter(({ language }) => language === "js")) {
		it(`have js blocks that run and print what they say: ${from}`, async () => {
			const file = `${folder}/${from.replaceAll(/\W/g, "-")}.mjs`;
			await writeFile(file, code);
			const { stdout } = await run(process.execPath, [file]);
			const promised = [...code.matchAll(/^console\.log\(.*\); \/\/ "(.*)"$/gm)].map(([, text]) => text);
			assert.ok(promised.length > 0, "a js block says what it prints");
			assert.equal(stdout, promised.map((text) => `${text}\n`).join(""));
		});
	}
});
