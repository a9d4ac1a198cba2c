// A project that is a deployment and nothing else, from the template.

import { cp, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { applyEdits, type JSONPath, modify } from "jsonc-parser";
import { devVars, linesOf } from "./settings.ts";

const TEMPLATE = new URL("../template/", import.meta.url);

/**
 * Writes the project.
 *
 * @throws Where the folder has something in it already.
 */
export async function makeDeployment(folder: string, shards: string, webhook?: string): Promise<void> {
	await mkdir(folder, { recursive: true });
	if ((await readdir(folder)).some((name) => name !== ".git"))
		throw new Error(`${folder} is not empty: give another folder, or --add to put the Worker into the project there.`);
	await cp(TEMPLATE, folder, { recursive: true });
	// npm would not publish it under its own name.
	await rename(`${folder}/_gitignore`, `${folder}/.gitignore`);
	const name = nameOf(folder);
	await edit(`${folder}/package.json`, [["name"], name]);
	await edit(`${folder}/wrangler.jsonc`, [["name"], name], [["vars", "LEDGER_SHARDS"], shards]);
	await writeFile(`${folder}/.dev.vars`, linesOf(devVars(webhook)), { mode: 0o600 });
}

/** Where in a file of JSON something is to stand, -1 for behind what is in a list, and what. */
export type Change = [path: JSONPath, value: string | object];

/** Changes a file of JSON, comments and all, in no other place than these. */
export async function edit(file: string, ...changes: Change[]): Promise<void> {
	let text = await readFile(file, "utf8");
	const indent = /^\n?[{[]\r?\n( +)/.exec(text)?.[1];
	const formattingOptions =
		indent === undefined ? { insertSpaces: false } : { tabSize: indent.length, insertSpaces: true };
	for (const [path, value] of changes) text = applyEdits(text, modify(text, path, value, { formattingOptions }));
	await writeFile(file, text);
}

/** What npm and wrangler take for a name. */
function nameOf(folder: string): string {
	const name = basename(folder)
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, "-");
	return name.slice(0, 54).replace(/^-+|-+$/g, "") || "payments";
}
