// The samples of docs/webhooks.md, as they stand on the page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const page = readFileSync(new URL("../../docs/webhooks.md", import.meta.url), "utf8");

/** A block of a language on the page, by default its first. */
export function sample(language: "ts" | "sql", index = 0): string {
	const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))];
	const code = blocks[index]?.[1];
	assert.ok(code, `docs/webhooks.md has no ${language}`);
	return code;
}
