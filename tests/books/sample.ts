// The samples of docs/webhooks.md and docs/receiving.md, as they are on the page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/** A block of a language on docs/webhooks.md, by default its first. */
export function sample(language: "ts" | "sql", index = 0): string {
	const code = blocksOf("webhooks", language)[index];
	assert.ok(code, `docs/webhooks.md has no ${language}`);
	return code;
}

/** The one block of a language on docs/receiving.md that has this text. */
export function receivingSample(language: "ts" | "sql", text: string): string {
	const [code, ...others] = blocksOf("receiving", language).filter((block) => block.includes(text));
	assert.ok(code !== undefined && others.length === 0, `docs/receiving.md has not one ${language} with ${text}`);
	return code;
}

function blocksOf(page: string, language: string): string[] {
	const text = readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), "utf8");
	const blocks = text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"));
	return [...blocks].map(([, code = ""]) => code);
}
