// The package as its users have it: clean projects that install the packed tarball, build it with their own tools, and
// start a payment in the sandbox. What they write themselves is the ten lines of docs/runtimes.md, an example of examples/, and else
// the files of a folder here. The tools are there: tools/bootstrap.mjs.

import { appendFile, cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { install, type Tarball } from "../tarball.ts";
import { cloudflare } from "./cloudflare.ts";
import type { Consumer } from "./consumer.ts";
import { deployment } from "./deployment.ts";
import { frameworks, NEXT, nextPays } from "./frameworks.ts";
import { build, pagesPay, start } from "./next.ts";
import {
	accepted,
	bun,
	deno,
	inWorkerd,
	next14,
	node,
	nodes,
	outputOf,
	outputWith,
	own,
	paid,
	pays,
	play,
	posted,
	root,
	runtimes,
	type Settings,
	served,
	tenLines,
	textInChromium,
	textOf,
	tools,
	typescript5,
	typesOfWorker,
	withSandbox,
	write,
} from "./tools.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
/** What users do not copy: what their tools install and make. */
const MADE =
	/(^|\/)(node_modules|\.next|\.svelte-kit|\.wrangler|\.env|book\.db|worker-configuration\.d\.ts|package-lock\.json)$/;

/** What must hold for payments in pages. */
const PAGES =
	"each visit has its own payment and today's status, the build makes none, `.next` has no secret; [the React component](react.md) is made on the server, and works in the page";

/** All of them, in the order of docs/runtimes.md. */
export const consumers: readonly Consumer[] = [
	{
		name: "Node.js, ES modules",
		files: "examples/node",
		ten: ["main.mjs", "Node.js, Deno, Bun"],
		checks: {
			...onEachNode("main.mjs"),
			"[the example](../examples/node)": (folder) =>
				withSandbox(async (settings) => {
					const printed = await outputWith(settings, folder, node, "main.js");
					await accepted(printed, settings.FLINKS_BASE_URL);
					if (!printed.includes("The payment is Initiated")) throw new Error(printed);
				}),
		},
	},
	{
		name: "Node.js, `require`",
		type: "commonjs",
		files: "tests/consumers/require",
		checks: onEachNode("main.cjs"),
	},
	{
		name: "TypeScript",
		tool: `${own}typescript`,
		files: "tests/consumers/typescript",
		checks: {
			"compiles and runs as `node16`": (folder) => compiles(folder, "node16", "node16"),
			"`nodenext`": (folder) => compiles(folder, "nodenext", "nodenext"),
			"`nodenext` for `require`": async (folder) => {
				await cp(`${folder}/index.ts`, `${folder}/index.cts`);
				await compiles(folder, "nodenext", "nodenext", "index.cts");
			},
			"`bundler`": (folder) => compiles(folder, "esnext", "bundler"),
			"`using` without its `lib`": (folder) => compiles(folder, "nodenext", "nodenext", "using.ts"),
		},
	},
	{
		name: "TypeScript, the oldest",
		tool: `${typescript5}typescript`,
		toolbox: "typescript-5",
		files: "tests/consumers/typescript",
		checks: {
			"compiles and runs as `nodenext`": (folder) => compiles(folder, "nodenext", "nodenext", "index.ts", typescript5),
			"`bundler`": (folder) => compiles(folder, "esnext", "bundler", "index.ts", typescript5),
		},
	},
	{
		name: "wrangler",
		tool: `${own}wrangler`,
		files: "examples/workers",
		checks: {
			"[the example](../examples/workers)": async (folder) => {
				await typesOfWorker(folder);
				await inWorkerdWithSandbox(folder, async (url, baseUrl) => accepted(await posted(url), baseUrl));
			},
			"uploads the module as a file": async (folder) => {
				await outputOf(folder, `${own}.bin/wrangler`, "deploy", "--dry-run", "--outdir", "dist");
				const printed = await outputOf(folder, "ls", "dist");
				if (!/flinkspay_edge_bg\.wasm$/m.test(printed)) throw new Error(`no module in: ${printed}`);
			},
			"runs in workerd": async (folder) => {
				await writeFile(`${folder}/main.ts`, await tenLines("Cloudflare Workers"));
				const config = JSON.stringify({ name: "shop", main: "main.ts", compatibility_date: "2024-09-23" });
				await writeFile(`${folder}/wrangler.jsonc`, config);
				await inWorkerd(folder, async (url) => paid(await textOf(url)));
			},
			"runs with `./slim`": async (folder) => {
				await writeFile(`${folder}/main.ts`, await slimLines("Cloudflare Workers"));
				await inWorkerd(folder, async (url) => paid(await textOf(url)));
			},
		},
	},
	{
		name: "Hono on Workers",
		tool: `${own}hono`,
		files: "examples/hono",
		checks: {
			"[the example](../examples/hono)": async (folder) => {
				await typesOfWorker(folder);
				await inWorkerdWithSandbox(folder, async (url, baseUrl) => {
					const started = await posted(`${url}/payments`);
					pays(started, baseUrl);
					const status = await textOf(`${url}/payments/${JSON.parse(started).requestId}`);
					if (JSON.parse(status).status !== "Initiated") throw new Error(status);
					await play(JSON.parse(started).appUrl);
					const paid = await textOf(`${url}/payments/${JSON.parse(started).requestId}`);
					if (JSON.parse(paid).status !== "Accepted") throw new Error(paid);
					const refused = await textOf(`${url}/payments/unknown`);
					const { code, outcome } = JSON.parse(refused);
					if (code !== "not_found" || outcome !== "rejected") throw new Error(refused);
				});
			},
		},
	},
	{
		name: "Deno",
		tool: `${runtimes}@deno/linux-x64-glibc`,
		files: "examples/deno",
		ten: ["main.mjs", "Node.js, Deno, Bun"],
		checks: {
			"runs without permissions": async (folder) =>
				paid(await outputOf(folder, deno, "run", "--no-prompt", "main.mjs")),
			"checks the types": async (folder) => {
				await cp(`${here}typescript/index.ts`, `${folder}/index.ts`);
				await outputOf(folder, deno, "check", "index.ts", "main.ts");
			},
			"[the example](../examples/deno)": (folder) =>
				withSandbox(async (settings) => {
					const upstream = new URL(settings.FLINKS_BASE_URL).host;
					const may = ["--allow-env", `--allow-net=${upstream}`, "--no-prompt"];
					await served(
						folder,
						(port) => [deno, "serve", ...may, "--host=127.0.0.1", `--port=${port}`, "main.ts"],
						async (url) => accepted(await posted(url), settings.FLINKS_BASE_URL),
						settings,
					);
				}),
		},
	},
	{
		name: "Bun",
		tool: `${runtimes}@oven/bun-linux-x64`,
		files: "examples/bun",
		ten: ["main.mjs", "Node.js, Deno, Bun"],
		checks: {
			runs: async (folder) => paid(await outputOf(folder, bun, "main.mjs")),
			"runs when bundled": async (folder) => {
				await outputOf(folder, bun, "build", "main.mjs", "--target=bun", "--outfile=elsewhere/main.js");
				paid(await outputOf(`${folder}/elsewhere`, bun, "main.js"));
			},
			"[the example](../examples/bun)": (folder) =>
				withSandbox((settings) =>
					served(
						folder,
						() => [bun, "main.js"],
						async (url) => accepted(await posted(url), settings.FLINKS_BASE_URL),
						settings,
					),
				),
		},
	},
	{
		name: "Vite",
		tool: `${tools}vite`,
		files: "tests/consumers/browser",
		checks: {
			"its build runs in Chromium": async (folder) => {
				await outputOf(folder, node, `${tools}vite/bin/vite.js`, "build");
				paid(await textInChromium(`${folder}/dist`));
			},
			"its server feeds Chromium": (folder) => {
				const vite = [`${tools}vite/bin/vite.js`, "--host", "127.0.0.1", "--port"];
				return served(
					folder,
					(port) => [node, ...vite, port],
					async (url) => paid(await textInChromium(url)),
				);
			},
		},
	},
	{
		name: "webpack",
		tool: `${tools}webpack`,
		files: "tests/consumers/browser",
		checks: {
			"its build runs in Chromium": async (folder) => {
				await webpack(folder, "./main.js", "web", `${folder}/dist/main.js`);
				await cp(`${folder}/index.html`, `${folder}/dist/index.html`);
				paid(await textInChromium(`${folder}/dist`));
			},
			"its build runs on Node.js": async (folder) => {
				await writeFile(`${folder}/server.js`, await tenLines("Node.js, Deno, Bun"));
				await webpack(folder, "./server.js", "node", `${folder}/elsewhere/main.cjs`);
				paid(await outputOf(`${folder}/elsewhere`, node, "main.cjs"));
			},
		},
	},
	{
		name: "esbuild",
		tool: `${own}esbuild`,
		files: "tests/consumers/browser",
		checks: {
			"its build runs in Chromium": async (folder) => {
				await esbuild(folder, "main.js", "dist/main.js");
				await cp(`${folder}/index.html`, `${folder}/dist/index.html`);
				paid(await textInChromium(`${folder}/dist`));
			},
			"its build runs on Node.js": async (folder) => {
				await writeFile(`${folder}/server.js`, await tenLines("Node.js, Deno, Bun"));
				await esbuild(folder, "server.js", "elsewhere/main.js", "--platform=node");
				paid(await outputOf(`${folder}/elsewhere`, node, "main.js"));
			},
			"its own loader brings the module of `./slim`": async (folder) => {
				await writeFile(`${folder}/slim.js`, await slimLines("Node.js, Deno, Bun"));
				await esbuild(folder, "slim.js", "slim/main.js", "--platform=node", "--loader:.wasm=binary");
				paid(await outputOf(`${folder}/slim`, node, "main.js"));
			},
		},
	},
	{
		name: "Next.js",
		tool: `${tools}next`,
		files: "examples/next",
		checks: {
			[`[the example](../examples/next): ${NEXT}`]: (folder) => nextPays(folder, `${tools}next`),
			"its build runs: middleware, and routes on both runtimes": (folder) => next(folder, ["node", "edge"]),
			// No route on the edge: Next 16.4.6 fails to build any of these with webpack, with or without the package.
			"its webpack build too": (folder) => next(folder, ["node"], "--webpack"),
		},
	},
	{
		name: "Next.js 16, pages",
		tool: `${tools}next`,
		files: "tests/consumers/pages",
		checks: {
			[PAGES]: (folder) => pagesPay(folder, `${tools}next`),
			'the same with `fetchCache = "default-cache"`': async (folder) => {
				await appendFile(`${folder}/app/layout.jsx`, '\nexport const fetchCache = "default-cache";\n');
				await pagesPay(folder, `${tools}next`);
			},
		},
	},
	{
		name: "Next.js 14, pages",
		tool: `${next14}next`,
		toolbox: "next-14",
		files: "tests/consumers/pages",
		checks: { [PAGES]: (folder) => pagesPay(folder, `${next14}next`) },
	},
	...frameworks,
	...cloudflare,
	deployment,
	{
		name: "are-the-types-wrong",
		tool: `${tools}@arethetypeswrong/core`,
		checks: { "finds no problem": (_, tarball) => typesAreRight(tarball) },
	},
];

/** Makes the project of a consumer. */
export async function makeProject(consumer: Consumer, tarball: Tarball): Promise<string> {
	const { name, toolbox = "consumers", type, files, ten } = consumer;
	const folder = `${root}target/${toolbox}/projects/${name.toLowerCase().replaceAll(/\W+/g, "-")}`;
	await install(tarball, folder, type);
	if (files) await cp(`${root}${files}`, folder, { recursive: true, filter: (path) => !MADE.test(path) });
	if (ten) await writeFile(`${folder}/${ten[0]}`, await tenLines(ten[1]));
	return folder;
}

/** The version that the table shows. */
export async function versionOf({ tool }: Consumer): Promise<string> {
	return tool === undefined ? "" : JSON.parse(await readFile(`${tool}/package.json`, "utf8")).version;
}

function onEachNode(file: string): Consumer["checks"] {
	const entries = Object.entries(nodes).map(([version, program]) => {
		const check = async (folder: string) => paid(await outputOf(folder, program, file));
		return [`runs on ${version}`, check] as const;
	});
	return Object.fromEntries(entries);
}

/** With everything strict, the declarations of the package too; what was compiled runs. */
async function compiles(
	folder: string,
	module: string,
	moduleResolution: string,
	file = "index.ts",
	compiler = own,
): Promise<void> {
	const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
	const emit = { target: "es2022", lib: ["es2023", "dom"], types: [], outDir: "dist" };
	const compilerOptions = { ...strict, ...emit, module, moduleResolution };
	await write(`${folder}/tsconfig.json`, JSON.stringify({ files: [file], compilerOptions }));
	await outputOf(folder, `${compiler}.bin/tsc`);
	paid(await outputOf(folder, node, "--no-warnings", `dist/${file.replace(/ts$/, "js")}`));
}

/** The ten lines with a module that they bring themselves. */
async function slimLines(place: string): Promise<string> {
	const lines = (await tenLines(place)).replace('"flinkspay-edge"', '"flinkspay-edge/slim"');
	return `import module from "flinkspay-edge/flinkspay.wasm";
import { initSync } from "flinkspay-edge/slim";

initSync({ module });
${lines}`;
}

async function webpack(context: string, entry: string, target: string, output: string): Promise<void> {
	const { default: compile } = await import(createRequire(tools).resolve("webpack"));
	const [, path = "", filename = ""] = output.match(/^(.*)\/(.*)$/) ?? [];
	const stats = await new Promise<{ hasErrors(): boolean; toString(): string }>((resolve, reject) => {
		const options = { mode: "production", context, entry, target, output: { path, filename } };
		compile(options, (error: Error | null, result: typeof stats) => (error ? reject(error) : resolve(result)));
	});
	if (stats.hasErrors()) throw new Error(stats.toString());
}

async function esbuild(folder: string, entry: string, output: string, ...more: string[]): Promise<void> {
	const args = [entry, "--bundle", "--format=esm", "--target=es2023", `--outfile=${output}`, ...more];
	await outputOf(folder, `${own}.bin/esbuild`, ...args);
}

function inWorkerdWithSandbox(folder: string, use: (url: string, baseUrl: string) => Promise<void>): Promise<void> {
	return withSandbox((settings) => inWorkerd(folder, (url) => use(url, settings.FLINKS_BASE_URL), settings));
}

/** Builds and asks the middleware and a route on each of these runtimes. */
async function next(folder: string, routes: ("node" | "edge")[], ...flags: string[]): Promise<void> {
	const lines = `${await tenLines("Next.js route")}export const dynamic = "force-dynamic";\n`;
	const runtime = { node: "nodejs", edge: "edge" };
	for (const route of ["node", "edge"] as const) await rm(`${folder}/app/${route}`, { recursive: true, force: true });
	for (const route of routes) {
		await write(`${folder}/app/${route}/route.js`, `${lines}export const runtime = "${runtime[route]}";\n`);
	}
	const matcher = 'export const config = { matcher: "/middleware" };\n';
	await write(`${folder}/middleware.js`, `${await tenLines("Next.js middleware")}${matcher}`);
	await inNext(
		folder,
		{},
		async (url) => {
			for (const path of ["middleware", ...routes]) paid(await textOf(`${url}/${path}`));
		},
		...flags,
	);
}

/** Builds a project of Next.js, and runs what was built while `use` asks it. */
async function inNext(
	folder: string,
	settings: Settings,
	use: (url: string) => Promise<void>,
	...flags: string[]
): Promise<void> {
	await build(folder, `${tools}next`, {}, ...flags);
	// Vercel compiles no module at run time: it must be a file that goes along.
	const built = await readdir(`${folder}/.next`, { recursive: true });
	if (!built.some((path) => path.endsWith(".wasm"))) throw new Error("the build has no module");
	await start(folder, `${tools}next`, settings, use);
}

/** The package is for ES modules alone, on purpose: what comes of that for CommonJS is no problem of its types. */
async function typesAreRight({ path }: Tarball): Promise<void> {
	const { checkPackage, createPackageFromTarballData } = await import(
		createRequire(tools).resolve("@arethetypeswrong/core")
	);
	const { types, problems } = await checkPackage(createPackageFromTarballData(new Uint8Array(await readFile(path))));
	if (!types) throw new Error("the package has no types");
	const others = problems.filter(({ kind }: { kind: string }) => kind !== "CJSResolvesToESM");
	if (others.length > 0) throw new Error(JSON.stringify(others, undefined, " "));
}
