// A project that is a deployment and nothing else, from the template.

import { cp, mkdir, readdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { applyEdits, type JSONPath, modify, type ParseError, parse } from "jsonc-parser";
import { devVars, linesOf } from "./settings.ts";

const TEMPLATE = new URL("../template/", import.meta.url);

/**
 * Writes the project.
 *
 * @throws Where the folder has something in it already, or cannot be written: then nothing is left there.
 */
export async function makeDeployment(folder: string, shards: string, webhook?: string): Promise<void> {
	await mkdir(folder, { recursive: true });
	if ((await readdir(folder)).some((name) => name !== ".git"))
		throw new Error(`${folder} is not empty: give another folder, or --add to put the Worker into the project there.`);
	try {
		// A link to a folder is no folder to it.
		await cp(TEMPLATE, await realpath(folder), { recursive: true });
		// npm would not publish it under its own name.
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

/** Where in a file of JSON something is to stand, -1 for behind what is in a list, and what. */
export type Change = [path: JSONPath, value: string | object];

async function edit(file: string, ...changes: Change[]): Promise<void> {
	await writeFile(file, edited(await readFile(file, "utf8"), changes));
}

/** What is in a file of JSON, which may have comments. */
export function read<T>(text: string, file: string): T {
	const errors: ParseError[] = [];
	const value: T = parse(text.replace(/^\ufeff/, ""), errors, { allowTrailingComma: true });
	const [error] = errors;
	if (error !== undefined) throw new Error(`${file} cannot be read: it is no JSON at its character ${error.offset}.`);
	return value;
}

/** The text of a file of JSON, comments and all, changed in no other place than these. */
export function edited(text: string, changes: readonly Change[]): string {
	const indent = /^\n?[{[]\r?\n( +)/.exec(text)?.[1];
	const formattingOptions =
		indent === undefined ? { insertSpaces: false } : { tabSize: indent.length, insertSpaces: true };
	return changes.reduce(
		(before, [path, value]) => applyEdits(before, modify(before, path, value, { formattingOptions })),
		text,
	);
}

/** What npm and wrangler take for a name. */
function nameOf(folder: string): string {
	const name = basename(folder)
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, "-");
	return name.slice(0, 54).replace(/^-+|-+$/g, "") || "payments";
}
