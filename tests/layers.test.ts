// Checks the layers of the Rust crate against ARCHITECTURE.md. biome.json restricts the imports of TypeScript and refuses import
// cycles.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
/** What speaks to JavaScript: src/wasm alone may use it. */
const OF_JAVASCRIPT = /\b(?:wasm_bindgen|wasm_bindgen_futures|js_sys|web_sys|serde_wasm_bindgen)::/;

/** The modules of each layer, the lowest first. */
async function layers(): Promise<string[][]> {
	const text = await readFile(`${root}ARCHITECTURE.md`, "utf8");
	const [, block = ""] = text.match(/```layers\n(.*?)```/s) ?? [];
	return block
		.trim()
		.split("\n")
		.map((line) => line.split(/\s+/))
		.reverse();
}

/** The code of each top-level module, without its comments. */
async function modules(): Promise<Map<string, string>> {
	const found = new Map<string, string>();
	for (const file of await readdir(`${root}src`, { recursive: true })) {
		if (!file.endsWith(".rs") || file === "lib.rs") continue;
		const [name = ""] = file.split(/[/.]/);
		const code = await readFile(`${root}src/${file}`, "utf8");
		found.set(name, `${found.get(name) ?? ""}${code.replaceAll(/\/\/.*$/gm, "")}`);
	}
	return found;
}

test("each module of the crate has one layer, and imports from lower layers alone", async () => {
	const [order, code] = [await layers(), await modules()];
	assert.deepEqual(order.flat().sort(), [...code.keys()].sort());
	const heightOf = (name: string) => order.findIndex((layer) => layer.includes(name));
	const wrong = [...code].flatMap(([name, text]) => {
		const used = [...text.matchAll(/\bcrate::(?:\{([^}]*)\}|(\w+))/g)].flatMap(([, several, one = ""]) =>
			several === undefined ? [one] : [...several.matchAll(/(?:^|,)\s*(\w+)/g)].map(([, each = ""]) => each),
		);
		return [...new Set(used)]
			.filter((other) => other !== name && code.has(other) && heightOf(other) >= heightOf(name))
			.map((other) => `${name} imports ${other}`);
	});
	assert.deepEqual(wrong, []);
});

test("only src/wasm speaks to JavaScript", async () => {
	const code = await modules();
	assert.match(code.get("wasm") ?? "", OF_JAVASCRIPT);
	assert.deepEqual(
		[...code].filter(([name, text]) => name !== "wasm" && OF_JAVASCRIPT.test(text)).map(([name]) => name),
		[],
	);
});
