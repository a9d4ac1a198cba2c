// Creates a project that deploys the Worker, from the template.

import { cp, mkdir, readdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { applyEdits, type JSONPath, modify, type ParseError, parse } from "jsonc-parser";
import { devVars, linesOf } from "./settings.ts";

const TEMPLATE = new URL("../template/", import.meta.url);

/**
 * Writes the project.
 *
 * @throws If the folder is not empty or cannot be written; what was written is removed.
 */
export async function makeDeployment(folder: string, shards: string, webhook?: string): Promise<void> {
	await mkdir(folder, { recursive: true });
	if ((await readdir(folder)).some((name) => name !== ".git"))
		throw new Error(`${folder} is not empty. Give another folder, or --add to add the Worker to the project there.`);
	try {
		// `cp` does not accept a link to a folder.
		await cp(TEMPLATE, await realpath(folder), { recursive: true });
		// npm does not publish a .gitignore.
		await rename(`${folder}/_gitignore`, `${folder}/.gitignore`);
		const name = nameOf(folder);
		await edit(`${folder}/package.json`, [["name"], name]);
		await edit(`${folder}/wrangler.jsonc`, [["name"], name], [["vars", "LEDGER_SHARDS"], shards]);
		await writeFile(`${folder}/.dev.vars`, linesOf(devVars(webhook)), { mode: 0o600 });
	} catch (error) {
		const written = (await readdir(folder)).filter((name) => name !== ".git");
		for (const name of written) await rm(`${folder}/${name}`, { recursive: true, force: true });
		throw error;
	}
}

/** A path in a JSON file and its new value. -1 appends to a list. */
export type Change = [path: JSONPath, value: string | object];

async function edit(file: string, ...changes: Change[]): Promise<void> {
	await writeFile(file, edited(await readFile(file, "utf8"), changes));
}

/** Parses a JSON file, which may have comments. */
export function parseJson<T>(text: string, file: string): T {
	const errors: ParseError[] = [];
	const value: T = parse(text.replace(/^\ufeff/, ""), errors, { allowTrailingComma: true });
	const [error] = errors;
	if (error !== undefined)
		throw new Error(`${file} cannot be read: it is not JSON at character ${error.offset}. Correct it there.`);
	return value;
}

/** The text of a JSON file with these changes; comments and everything else stay. */
export function edited(text: string, changes: readonly Change[]): string {
	const indent = /^\n?[{[]\r?\n( +)/.exec(text)?.[1];
	const formattingOptions = { insertSpaces: indent !== undefined, tabSize: indent?.length ?? 4 };
	return changes.reduce(
		(before, [path, value]) => applyEdits(before, modify(before, path, value, { formattingOptions })),
		text,
	);
}

/** A name that npm and wrangler accept. */
function nameOf(folder: string): string {
	const name = basename(folder)
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, "-");
	return name.slice(0, 54).replace(/^-+|-+$/g, "") || "payments";
}
