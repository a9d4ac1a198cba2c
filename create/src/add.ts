// Adds the Worker to an existing Worker. Of its files only the configuration changes: a new main module answers the path and
// passes everything else on to the old main module.

import { existsSync, lstatSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { parseEnv } from "node:util";
import template from "../template/package.json" with { type: "json" };
import { type Change, edited, parseJson } from "./deployment.ts";
import { devVars, linesOf } from "./settings.ts";

const ENTRY = "flinkspay.js";
const TYPES = "flinkspay.d.ts";
const BINDING = { name: "LEDGER", class_name: "Ledger" };
const MIGRATION = { tag: "flinkspay-edge-v1", new_sqlite_classes: [BINDING.class_name] };

/** A binding of a class, which is in another Worker if there is a `script_name`. */
interface Binding {
	name: string;
	class_name: string;
	script_name?: string;
}

/** The part of a `wrangler.jsonc` that is read. */
interface Config {
	main?: string;
	durable_objects?: { bindings?: Binding[] };
	workflows?: Binding[];
	migrations?: (Partial<Record<"new_classes" | "new_sqlite_classes" | "deleted_classes", string[]>> & {
		renamed_classes?: { from: string; to: string }[];
	})[];
	env?: Record<string, Config>;
}

/**
 * Adds the Worker to the project under a path. Gives lines about what was done and what is left to do.
 *
 * @throws If the project cannot be read or written, or has one of the names already; then it is unchanged.
 */
export async function addTo(folder: string, path: string, shards: string, webhook?: string): Promise<string[]> {
	// In wrangler's own order.
	const file = ["wrangler.json", "wrangler.jsonc"].map((name) => `${folder}/${name}`).find((name) => existsSync(name));
	if (file === undefined) throw byHand(`${folder} has no wrangler.jsonc.`, "What a wrangler.toml needs");
	const text = await readFile(file, "utf8");
	const config = parseJson<Config | null>(text, file);
	if (!config?.main) throw byHand(`${file} has no "main".`, "How a site without a Worker gets one");
	const taken = bindingsOf(config).find(({ name, class_name }) => name === BINDING.name || class_name === "Ledger");
	if (taken !== undefined) throw byHand(`${file} already binds ${taken.name} to ${taken.class_name}.`);
	const own = [ENTRY, TYPES].find((name) => existsSync(`${folder}/${name}`));
	if (own !== undefined) throw byHand(`${folder} already has a file ${own}.`);
	if (!existsSync(`${folder}/package.json`))
		throw new Error(`${folder} has no package.json. Give the project's folder.`);
	const environments = Object.entries(config.env ?? {});
	const [other] = environments.find(([, { main }]) => main !== undefined) ?? [];
	if (other !== undefined) throw byHand(`${file} has another "main" for ${other}.`, "What that needs");
	if ([config, ...environments.map(([, one]) => one)].some(hasClass))
		throw byHand(`${file} already has a class ${BINDING.class_name} in its migrations.`);
	// A main module that a build makes may not exist yet.
	if (/^\s*export\s+default\s+(abstract\s+)?class\b/m.test(await textOf(resolve(folder, config.main))))
		throw byHand(`${config.main} exports a class by default, which cannot be wrapped.`);

	const manifest = await readFile(`${folder}/package.json`, "utf8");
	parseJson(manifest, `${folder}/package.json`);
	const dependency: Change = [["dependencies", "flinkspay-edge"], template.dependencies["flinkspay-edge"]];
	const settings = existsSync(`${folder}/.env`) && !existsSync(`${folder}/.dev.vars`) ? ".env" : ".dev.vars";
	const main = /^\.{0,2}\//.test(config.main) ? config.main : `./${config.main}`;
	const places = [[], ...environments.map(([name]) => ["env", name])];
	const bindings = places.flatMap((place): Change[] => [
		[[...place, "vars", "LEDGER_SHARDS"], shards],
		[[...place, "durable_objects", "bindings", -1], BINDING],
	]);
	// An environment with its own migrations inherits none.
	const separate = environments.flatMap(([name, { migrations }]) => (migrations ? [["env", name]] : []));
	const migrations = [[], ...separate].map((place): Change => [[...place, "migrations", -1], MIGRATION]);
	await writeAll(folder, {
		[ENTRY]: await entryOf(main, path, classesOf(config)),
		[TYPES]: typesOf(main),
		"package.json": edited(manifest, [dependency]),
		...(await settingsIn(folder, settings, webhook)),
		[basename(file)]: edited(text, [[["main"], `./${ENTRY}`], ...migrations, ...bindings]),
	});
	return [
		`flinkspay-edge answers ${path}/: ${ENTRY} is the Worker's main module now, and passes on to ${config.main}.`,
		`The sandbox's settings are in ${settings}, and the ledger's objects in ${file}.`,
		`Payments are spread over ${shards} of them: LEDGER_SHARDS cannot change once there is a payment.`,
		"",
		"Next: npm install, and beside your own server: npx flinkspay-sandbox",
		`Then POST ${path}/payments starts a payment, and ${path}/operator/ shows it, both with API_KEY of ${settings}.`,
	];
}

/** Writes all of these files; if one fails, it restores the others. */
async function writeAll(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
	const undo: (() => Promise<void>)[] = [];
	try {
		for (const [name, text] of Object.entries(files)) {
			const file = `${folder}/${name}`;
			// `lstat` also finds a broken link.
			const before = lstatSync(file, { throwIfNoEntry: false }) && (await readFile(file));
			undo.push(() => (before === undefined ? rm(file, { force: true }) : writeFile(file, before)));
			// Other users of this machine must not read the new secrets.
			await writeFile(file, text, { mode: /^\.(env|dev)/.test(name) ? 0o600 : 0o666 });
		}
	} catch (error) {
		for (const restore of undo) await restore().catch(() => {});
		throw error;
	}
}

/** Whether the class Ledger exists after all migrations. */
function hasClass({ migrations = [] }: Config): boolean {
	return migrations.reduce((has, { new_classes, new_sqlite_classes, deleted_classes, renamed_classes = [] }) => {
		const added = [new_classes, new_sqlite_classes, renamed_classes.map(({ to }) => to)].flat();
		const removed = [deleted_classes, renamed_classes.map(({ from }) => from)].flat();
		return added.includes(BINDING.class_name) || (has && !removed.includes(BINDING.class_name));
	}, false);
}

/** The bindings of all environments: an environment inherits none. */
function bindingsOf({ durable_objects, env = {} }: Config): Binding[] {
	return [...(durable_objects?.bindings ?? []), ...Object.values(env).flatMap(bindingsOf)];
}

/** The project's own classes that are bound. */
function classesOf(config: Config): string[] {
	const workflows = [config, ...Object.values(config.env ?? {})].flatMap((one) => one.workflows ?? []);
	const own = [...bindingsOf(config), ...workflows].filter(({ script_name }) => script_name === undefined);
	return [...new Set(own.map(({ class_name }) => class_name))];
}

/** The new main module. JavaScript works with any compiler settings of the project. */
async function entryOf(main: string, path: string, classes: readonly string[]): Promise<string> {
	const before = JSON.stringify(main);
	// `wrangler types` needs each class to be exported by its name.
	const named = classes.length === 0 ? "" : `export { ${classes.join(", ")} } from ${before};\n`;
	const entry = (await readFile(new URL(`../added/${ENTRY}`, import.meta.url), "utf8")).replaceAll("/pay", path);
	return entry.replace("export { Ledger }", (text) => named + text).replaceAll('"./main.js"', () => before);
}

/** The types of the new main module, for `wrangler types`. An old main module in JavaScript may have none. */
function typesOf(main: string): string {
	const before = JSON.stringify(main);
	const own = /\.[mc]?tsx?$/.test(main) ? `export * from ${before};\nexport { default } from ${before};\n` : "";
	return `// The types of ${ENTRY}, for wrangler types.\n
${own}export { Ledger } from "flinkspay-edge/worker";\n`;
}

/**
 * The project's settings with those that it lacks, and a .gitignore for them. wrangler ignores `.env` beside a `.dev.vars`, so
 * a project with `.env` must not get a `.dev.vars`.
 */
async function settingsIn(
	folder: string,
	file: ".env" | ".dev.vars",
	webhook: string | undefined,
): Promise<Record<string, string>> {
	const before = await textOf(`${folder}/${file}`);
	const known = parseEnv(before);
	const missing = Object.entries(devVars(webhook)).filter(([name]) => known[name] === undefined);
	const ignored = await textOf(`${folder}/.gitignore`);
	const isIgnored = ignored.split(/\r?\n/).some((line) => [file, `${file}*`].includes(line.trim().replace(/^\//, "")));
	return {
		...(isIgnored ? {} : { ".gitignore": `${ignored}${eol(ignored)}${file}${file === ".env" ? "" : "*"}\n` }),
		[file]: `${before}${eol(before)}${linesOf(Object.fromEntries(missing))}`,
	};
}

async function textOf(file: string): Promise<string> {
	return existsSync(file) ? readFile(file, "utf8") : "";
}

/** The line break that a text needs before another line. */
function eol(text: string): string {
	return text === "" || text.endsWith("\n") ? "" : "\n";
}

function byHand(problem: string, why = "What to do"): Error {
	return new Error(`${problem} ${why}: see docs/deploy.md, "Within a Worker that you have".`);
}
