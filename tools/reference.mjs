// Writes docs/reference, the pages on what the package exports, from its types with TypeDoc, as a part of `npm run docs`.
// `--check` fails if a page is out of date. TypeDoc needs a TypeScript with a JavaScript API, so tools/reference/ has its own.

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { root } from "./steps.mjs";
import { toolbox } from "./toolbox.mjs";

const pages = `${root}docs/reference`;
const require = createRequire(await toolbox("tools/reference"));
const { Application } = await import(pathToFileURL(require.resolve("typedoc")).href);

if (process.argv.includes("--check")) {
	const scratch = await mkdtemp(join(tmpdir(), "flinkspay-edge-reference-"));
	try {
		await writePages(scratch);
		const [made, kept] = [await readPages(scratch), await readPages(pages)];
		const stale = [...new Set([...made.keys(), ...kept.keys()])].filter((name) => made.get(name) !== kept.get(name));
		if (stale.length > 0) {
			console.error(`docs/reference is out of date (${stale.join(", ")}). Run npm run docs.`);
			process.exitCode = 1;
		}
	} finally {
		await rm(scratch, { recursive: true, force: true });
	}
} else {
	await writePages(pages);
}

/** Writes a page for each entry of the package that has types, and their index. @param {string} out */
async function writePages(out) {
	const { exports, version } = JSON.parse(await readFile(`${root}pkg/package.json`, "utf8"));
	const types = Object.values(exports).flatMap(({ types }) => types ?? []);
	const application = await Application.bootstrapWithPlugins({
		name: "flinkspay-edge",
		out,
		entryPoints: types.filter((path) => !path.endsWith(".wasm.d.ts")).map((path) => `${root}pkg/${path}`),
		basePath: `${root}pkg`,
		tsconfig: `${root}tools/reference/tsconfig.json`,
		plugin: [require.resolve("typedoc-plugin-markdown")],
		router: "module",
		readme: "none",
		disableSources: true,
		disableGit: true,
		// File by file, in the order of the declarations.
		sort: ["source-order"],
		pageTitleTemplates: {
			module: (/** @type {{ name: string }} */ { name }) => {
				return name === "flinkspay-edge" ? name : `flinkspay-edge/${name}`;
			},
		},
		hidePageHeader: true,
		hideBreadcrumbs: true,
		useCodeBlocks: true,
		expandObjects: true,
		parametersFormat: "table",
		interfacePropertiesFormat: "table",
		typeDeclarationFormat: "table",
		excludeReferences: true,
		excludeExternals: true,
		// tests/types.test.ts checks that everything is documented.
		validation: { notExported: true, invalidLink: true, notDocumented: false },
		// worker/README.md documents the settings.
		intentionallyNotExported: ["VarBinding"],
		treatWarningsAsErrors: true,
		logLevel: "Warn",
	});
	const project = await application.convert();
	if (project === undefined) throw new Error("the types in pkg/ do not compile: see TypeDoc's errors above");
	application.validate(project);
	await application.generateOutputs(project);
	if (application.logger.hasErrors() || application.logger.hasWarnings()) process.exit(1);
	const list = join(out, "README.md");
	const title = "# flinkspay-edge\n";
	const about = `${title}\nWhat the package exports, in version ${version}. \`npm run docs\` makes these pages from its types.\n`;
	await writeFile(list, (await readFile(list, "utf8")).replace(title, about));
}

/** The pages of a folder by their names. @param {string} folder */
async function readPages(folder) {
	const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".md"));
	const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
	return new Map(names.map((name, index) => [name, texts[index]]));
}
