// The Worker within a Worker that exists. None of its own files is changed but its configuration: a new main module has the
// path, and hands everything else on to what was the main module before.

import { existsSync, lstatSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { parseEnv } from "node:util";
import template from "../template/package.json" with { type: "json" };
import { type Change, edited, read } from "./deployment.ts";
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
	migrations?: Migration[];
	env?: Record<string, Config>;
}

interface Migration {
	new_classes?: string[];
	new_sqlite_classes?: string[];
	deleted_classes?: string[];
	renamed_classes?: { from: string; to: string }[];
}

/**
 * Puts the Worker into the project, under a path; gives what was done, and what is left to do, line by line.
 *
 * @throws Where the project cannot be read or written, or has what would be; then it is as it was.
 */
export async function addTo(folder: string, path: string, shards: string, webhook?: string): Promise<string[]> {
	// In the order in which wrangler looks for them.
	const file = ["wrangler.json", "wrangler.jsonc"].map((name) => `${folder}/${name}`).find((name) => existsSync(name));
	if (file === undefined) throw new Error(`${folder} has no wrangler.jsonc. ${byHand("What a wrangler.toml needs")}`);
	const text = await readFile(file, "utf8");
	const config = read<Config | null>(text, file);
	if (!config?.main) throw new Error(`${file} names no "main". ${byHand("A site alone has no Worker")}`);
	const taken = bindingsOf(config).find(({ name, class_name }) => name === BINDING.name || class_name === "Ledger");
	if (taken !== undefined) throw new Error(`${file} has an object ${taken.name} of ${taken.class_name} already.`);
	const own = [ENTRY, TYPES].find((name) => existsSync(`${folder}/${name}`));
	if (own !== undefined) throw new Error(`${folder} has a ${own} already.`);
	if (!existsSync(`${folder}/package.json`)) throw new Error(`${folder} has no package.json.`);
	const environments = Object.entries(config.env ?? {});
	const [other] = environments.find(([, { main }]) => main !== undefined) ?? [];
	if (other !== undefined) throw new Error(`${file} names another "main" for ${other}. ${byHand("What that needs")}`);
	if ([config, ...environments.map(([, one]) => one)].some(hasClass))
		throw new Error(`${file} has a class ${BINDING.class_name} in its migrations already.`);
	// What a build makes is not there yet.
	if (/^\s*export\s+default\s+(abstract\s+)?class\b/m.test(await textOf(resolve(folder, config.main))))
		throw new Error(`${config.main} exports a class by default, which cannot be handed on to. ${byHand("What to do")}`);

	const manifest = await readFile(`${folder}/package.json`, "utf8");
	read(manifest, `${folder}/package.json`);
	const dependency: Change = [["dependencies", "flinkspay-edge"], template.dependencies["flinkspay-edge"]];
	const settings = existsSync(`${folder}/.env`) && !existsSync(`${folder}/.dev.vars`) ? ".env" : ".dev.vars";
	const main = /^\.{0,2}\//.test(config.main) ? config.main : `./${config.main}`;
	const places = [[], ...environments.map(([name]) => ["env", name])];
	const bindings = places.flatMap((place): Change[] => [
		[[...place, "vars", "LEDGER_SHARDS"], shards],
		[[...place, "durable_objects", "bindings", -1], BINDING],
	]);
	// An environment that has migrations of its own is handed down no others.
	const apart = environments.flatMap(([name, { migrations }]) => (migrations ? [["env", name]] : []));
	const migrations = [[], ...apart].map((place): Change => [[...place, "migrations", -1], MIGRATION]);
	await writeAll(folder, {
		[ENTRY]: entryOf(main, path, classesOf(config)),
		[TYPES]: typesOf(main),
		"package.json": edited(manifest, [dependency]),
		...(await settingsIn(folder, settings, webhook)),
		[basename(file)]: edited(text, [[["main"], `./${ENTRY}`], ...migrations, ...bindings]),
	});
	return [
		`${path}/ is answered by flinkspay-edge: ${ENTRY} is the Worker's main module now, and hands on to ${config.main}.`,
		`The sandbox's settings are in ${settings}, and the ledger's objects in ${file}, over`,
		`${shards} of which payments are spread: LEDGER_SHARDS cannot change once there is a payment.`,
		"",
		"Next: npm install, and beside your own server: npx flinkspay-sandbox",
		`POST ${path}/payments then asks for a payment, and ${path}/operator/ shows it, both with API_KEY of ${settings}.`,
	];
}

/** Writes all of the files of a folder; where one cannot be, the others are as they were. */
async function writeAll(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
	const undo: (() => Promise<void>)[] = [];
	try {
		for (const [name, text] of Object.entries(files)) {
			const file = `${folder}/${name}`;
			// A link that leads nowhere is there too.
			const before = lstatSync(file, { throwIfNoEntry: false }) && (await readFile(file));
			undo.push(() => (before === undefined ? rm(file, { force: true }) : writeFile(file, before)));
			// Nobody else on this machine is to read secrets that are made here.
			await writeFile(file, text, { mode: /^\.(env|dev)/.test(name) ? 0o600 : 0o666 });
		}
	} catch (error) {
		for (const one of undo) await one().catch(() => {});
		throw error;
	}
}

/** Whether there is a class of that name at the end of the migrations. */
function hasClass({ migrations = [] }: Config): boolean {
	return migrations.reduce((has, { new_classes, new_sqlite_classes, deleted_classes, renamed_classes = [] }) => {
		const come = [new_classes, new_sqlite_classes, renamed_classes.map(({ to }) => to)].flat();
		const gone = [deleted_classes, renamed_classes.map(({ from }) => from)].flat();
		return come.includes(BINDING.class_name) || (has && !gone.includes(BINDING.class_name));
	}, false);
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

/**
 * With what the project's own settings do not have, kept out of the repository. wrangler reads `.env` where there is no
 * `.dev.vars`, so that one beside it would take the project's own settings away.
 */
async function settingsIn(
	folder: string,
	file: ".env" | ".dev.vars",
	webhook: string | undefined,
): Promise<Record<string, string>> {
	const had = await textOf(`${folder}/${file}`);
	const known = parseEnv(had);
	const missing = Object.entries(devVars(webhook)).filter(([name]) => known[name] === undefined);
	const ignored = await textOf(`${folder}/.gitignore`);
	const isIgnored = ignored.split(/\r?\n/).some((line) => [file, `${file}*`].includes(line.trim().replace(/^\//, "")));
	return {
		...(isIgnored ? {} : { ".gitignore": `${ignored}${ended(ignored)}${file}${file === ".env" ? "" : "*"}\n` }),
		[file]: `${had}${ended(had)}${linesOf(Object.fromEntries(missing))}`,
	};
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
