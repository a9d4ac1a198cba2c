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
const TYPES = "flinkspay.d.ts";
const BINDING = { name: "LEDGER", class_name: "Ledger" };
const MIGRATION = { tag: "flinkspay-edge-v1", new_sqlite_classes: [BINDING.class_name] };

/** A binding of a class, in another Worker where it says so. */
interface Binding {
	name: string;
	class_name: string;
	script_name?: string;
}

/** What is looked at of a `wrangler.jsonc`. */
interface Config {
	main?: string;
	durable_objects?: { bindings?: Binding[] };
	workflows?: Binding[];
	env?: Record<string, Config>;
}

/**
 * Puts the Worker into the project, under a path; gives what was done, and what is left to do, line by line.
 *
 * @throws Where the project cannot be read or has what would be written; then nothing is.
 */
export async function addTo(folder: string, path: string, shards: string, webhook?: string): Promise<string[]> {
	const file = ["wrangler.jsonc", "wrangler.json"].map((name) => `${folder}/${name}`).find((name) => existsSync(name));
	if (file === undefined) throw new Error(`${folder} has no wrangler.jsonc. ${byHand("What a wrangler.toml needs")}`);
	const config = await read(file);
	if (config.main === undefined) throw new Error(`${file} names no "main". ${byHand("A site alone has no Worker")}`);
	const taken = bindingsOf(config).find(({ name, class_name }) => name === BINDING.name || class_name === "Ledger");
	if (taken !== undefined) throw new Error(`${file} has an object ${taken.name} of ${taken.class_name} already.`);
	const own = [ENTRY, TYPES].find((name) => existsSync(`${folder}/${name}`));
	if (own !== undefined) throw new Error(`${folder} has a ${own} already.`);
	if (!existsSync(`${folder}/package.json`)) throw new Error(`${folder} has no package.json.`);

	const main = /^\.{0,2}\//.test(config.main) ? config.main : `./${config.main}`;
	await writeFile(`${folder}/${ENTRY}`, entryOf(main, path, classesOf(config)));
	await writeFile(`${folder}/${TYPES}`, typesOf(main));
	const places = [[], ...Object.keys(config.env ?? {}).map((name) => ["env", name])];
	const bindings = places.flatMap((place): Change[] => [
		[[...place, "vars", "LEDGER_SHARDS"], shards],
		[[...place, "durable_objects", "bindings", -1], BINDING],
	]);
	await edit(file, [["main"], `./${ENTRY}`], [["migrations", -1], MIGRATION], ...bindings);
	await edit(`${folder}/package.json`, [["dependencies", "flinkspay-edge"], template.dependencies["flinkspay-edge"]]);
	await addSettings(folder, webhook);
	return [
		`${path}/ is answered by flinkspay-edge: ${ENTRY} is the Worker's main module now, and hands on to ${config.main}.`,
		`The sandbox's settings are in .dev.vars, and the ledger's objects in ${file}, over`,
		`${shards} of which payments are spread: LEDGER_SHARDS cannot change once there is a payment.`,
		"",
		"Next: npm install, and beside your own server: npx flinkspay-sandbox",
		`POST ${path}/payments then asks for a payment, and ${path}/operator/ shows it, both with API_KEY of .dev.vars.`,
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
function bindingsOf({ durable_objects, env = {} }: Config): Binding[] {
	return [...(durable_objects?.bindings ?? []), ...Object.values(env).flatMap(bindingsOf)];
}

/** The project's own that are bound. */
function classesOf(config: Config): string[] {
	const workflows = [config, ...Object.values(config.env ?? {})].flatMap((one) => one.workflows ?? []);
	const own = [...bindingsOf(config), ...workflows].filter(({ script_name }) => script_name === undefined);
	return [...new Set(own.map(({ class_name }) => class_name))];
}

/** In JavaScript, since it is bundled whatever the project's compiler is set to. */
function entryOf(main: string, path: string, classes: readonly string[]): string {
	const before = JSON.stringify(main);
	// wrangler types looks for a class by its name.
	const named = classes.length === 0 ? "" : `\nexport { ${classes.join(", ")} } from ${before};`;
	return `// The payments of Flinks Pay under ${path}/; whatever else is asked for is answered by what was here before.

import { createWorker } from "flinkspay-edge/worker";
import app from ${before};

export * from ${before};${named}
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

/** What the types that `wrangler types` writes ask the main module for. A main module in JavaScript may have none. */
function typesOf(main: string): string {
	const before = JSON.stringify(main);
	const own = /\.[mc]?tsx?$/.test(main) ? `export * from ${before};\nexport { default } from ${before};\n` : "";
	return `// The types of ${ENTRY}, for those that wrangler types writes.\n
${own}export { Ledger } from "flinkspay-edge/worker";\n`;
}

/** Adds what the project's own settings do not have, and keeps it out of the repository. */
async function addSettings(folder: string, webhook?: string): Promise<void> {
	const had = await textOf(`${folder}/.dev.vars`);
	const known = parseEnv(had);
	const missing = Object.entries(devVars(webhook)).filter(([name]) => known[name] === undefined);
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
