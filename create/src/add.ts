// The Worker within a Worker that exists. None of its own files is changed but its configuration: a new main module has the
// path, and hands everything else on to what was the main module before.

import { existsSync } from "node:fs";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { type ParseError, parse } from "jsonc-parser";
import template from "../template/package.json" with { type: "json" };
import { type Change, edit } from "./deployment.ts";
import { devVars, linesOf } from "./settings.ts";

const ENTRY = "flinkspay.js";
const BINDING = { name: "LEDGER", class_name: "Ledger" };
const MIGRATION = { tag: "flinkspay-edge-v1", new_sqlite_classes: [BINDING.class_name] };

/** What is looked at of a `wrangler.jsonc`. */
interface Config {
	main?: string;
	durable_objects?: { bindings?: (typeof BINDING)[] };
	env?: Record<string, Config>;
}

/**
 * Puts the Worker into the project, under a path; gives what was done, and what is left to do, line by line.
 *
 * @throws Where the project cannot be read or has what would be written; then nothing is.
 */
export async function addTo(folder: string, path: string): Promise<string[]> {
	const file = ["wrangler.jsonc", "wrangler.json"].map((name) => `${folder}/${name}`).find((name) => existsSync(name));
	if (file === undefined) throw new Error(`${folder} has no wrangler.jsonc. ${byHand("What a wrangler.toml needs")}`);
	const config = await read(file);
	if (config.main === undefined) throw new Error(`${file} names no "main". ${byHand("A site alone has no Worker")}`);
	const taken = bindingsOf(config).find(({ name, class_name }) => name === BINDING.name || class_name === "Ledger");
	if (taken !== undefined) throw new Error(`${file} has an object ${taken.name} of ${taken.class_name} already.`);
	if (existsSync(`${folder}/${ENTRY}`)) throw new Error(`${folder} has a ${ENTRY} already.`);
	if (!existsSync(`${folder}/package.json`)) throw new Error(`${folder} has no package.json.`);

	await writeFile(`${folder}/${ENTRY}`, entryOf(config.main, path));
	const places = [[], ...Object.keys(config.env ?? {}).map((name) => ["env", name])];
	const bindings = places.map((place): Change => [[...place, "durable_objects", "bindings", -1], BINDING]);
	await edit(file, [["main"], `./${ENTRY}`], [["migrations", -1], MIGRATION], ...bindings);
	await edit(`${folder}/package.json`, [["dependencies", "flinkspay-edge"], template.dependencies["flinkspay-edge"]]);
	await addSettings(folder);
	return [
		`${path}/ is answered by flinkspay-edge: ${ENTRY} is the Worker's main module now, and hands on to ${config.main}.`,
		`The sandbox's settings are in .dev.vars, and the ledger's objects in ${file}.`,
		"",
		"Next: npm install, and beside your own server: npx flinkspay-sandbox",
	];
}

async function read(file: string): Promise<Config> {
	const errors: ParseError[] = [];
	const config: Config = parse(await readFile(file, "utf8"), errors, { allowTrailingComma: true });
	const [error] = errors;
	if (error !== undefined) throw new Error(`${file} cannot be read: it is no JSON at its character ${error.offset}.`);
	return config;
}

/** Of all environments, which wrangler hands no bindings down to. */
function bindingsOf({ durable_objects, env = {} }: Config): (typeof BINDING)[] {
	return [...(durable_objects?.bindings ?? []), ...Object.values(env).flatMap(bindingsOf)];
}

/** In JavaScript, since it is bundled whatever the project's compiler is set to. */
function entryOf(main: string, path: string): string {
	const before = JSON.stringify(/^\.{0,2}\//.test(main) ? main : `./${main}`);
	return `// The payments of Flinks Pay under ${path}/; whatever else is asked for is answered by what was here before.

import { createWorker } from "flinkspay-edge/worker";
import app from ${before};

export * from ${before};
export { Ledger } from "flinkspay-edge/worker";

const pay = createWorker({ basePath: "${path}" });

export default {
	...app,
	fetch(request, env, ctx) {
		const isPayment = new URL(request.url).pathname.startsWith("${path}/");
		return isPayment ? pay.fetch(request, env, ctx) : app.fetch(request, env, ctx);
	},
};
`;
}

/** Adds what the project's own settings do not have, and keeps it out of the repository. */
async function addSettings(folder: string): Promise<void> {
	const had = await textOf(`${folder}/.dev.vars`);
	const known = parseEnv(had);
	const missing = Object.entries(devVars()).filter(([name]) => known[name] === undefined);
	await appendFile(`${folder}/.dev.vars`, ended(had) + linesOf(Object.fromEntries(missing)), { mode: 0o600 });
	const ignored = await textOf(`${folder}/.gitignore`);
	if (!/^\/?\.dev\.vars/m.test(ignored)) await appendFile(`${folder}/.gitignore`, `${ended(ignored)}.dev.vars*\n`);
}

async function textOf(file: string): Promise<string> {
	return existsSync(file) ? readFile(file, "utf8") : "";
}

/** What goes between a text and a further line. */
function ended(text: string): string {
	return text === "" || text.endsWith("\n") ? "" : "\n";
}

function byHand(why: string): string {
	return `${why} stands in docs/deploy.md, "Within a Worker that you have".`;
}
