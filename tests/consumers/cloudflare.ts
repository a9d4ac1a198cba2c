// What is built for Cloudflare Workers and for other places where the module is a file of its own or nothing at all may be
// compiled, and bundlers that drop what no export hangs on. Each project serves tests/consumers/cloudflare/payment.js.

import { cp, rm } from "node:fs/promises";
import type { Consumer } from "./consumer.ts";
import {
	deno,
	inWorkerd,
	node,
	outputOf,
	outputWith,
	own,
	paid,
	root,
	served,
	textInChromium,
	textOf,
	write,
} from "./tools.ts";

const toolbox = "cloudflare";
const tools = `${root}target/${toolbox}/node_modules/`;
const here = `${root}tests/consumers/cloudflare/`;
const DATE = "2025-11-01";

/** Asked of a Worker, and served as what it answers. */
const WORKER = `import { payment } from "./payment.js";
export default { fetch: async () => Response.json(await payment()) };
`;
const WRANGLER = { name: "shop", main: "worker.js", compatibility_date: DATE };
const PRINTS = 'import { payment } from "./payment.js";\nconsole.log(JSON.stringify(await payment()));\n';

/** Whatever the package's manifest says of side effects. */
const SHAKEN = 'output: { file: "dist/main.js" }, treeshake: { moduleSideEffects: false }';
const rollupConfig = `import resolve from "@rollup/plugin-node-resolve";
const plugins = [resolve({ exportConditions: ["node"] })];
export default { input: "main.js", plugins, ${SHAKEN} };
`;
const rolldownConfig = `export default { input: "main.js", platform: "node", ${SHAKEN} };\n`;

export const cloudflare: readonly Consumer[] = [
	{
		name: "Nitro 2",
		tool: `${tools}nitropack`,
		toolbox,
		checks: {
			"its build runs on Node.js": (folder) => nitro2(folder, "node-server", false, () => nitroOnNode(folder)),
			"in workerd, with `experimental.wasm`": (folder) =>
				nitro2(folder, "cloudflare_module", true, () => nitroInWorkerd(folder)),
			"as Netlify's edge function in Deno, with it too": (folder) =>
				nitro2(folder, "netlify_edge", true, () => nitroInDeno(folder)),
			"the build fails without it, with `Could not load`": (folder) =>
				says("flinkspay_edge_bg.wasm?module", () => nitro2(folder, "cloudflare_module", false)),
		},
	},
	{
		name: "Nitro 3",
		tool: `${tools}nitro`,
		toolbox,
		checks: {
			"its build runs on Node.js": (folder) => nitro3(folder, "node-server", () => nitroOnNode(folder)),
			"in workerd": (folder) => nitro3(folder, "cloudflare_module", () => nitroInWorkerd(folder)),
			"as Netlify's edge function in Deno": (folder) => nitro3(folder, "netlify_edge", () => nitroInDeno(folder)),
		},
	},
	{
		name: "Nuxt",
		tool: `${tools}nuxt`,
		toolbox,
		checks: { "its build runs in workerd, with `nitro.experimental.wasm`": nuxt },
	},
	{
		name: "Next.js on Cloudflare, by OpenNext",
		tool: `${tools}@opennextjs/cloudflare`,
		toolbox,
		checks: {
			"its build runs in workerd, with `--webpack` and `serverExternalPackages`": (folder) =>
				openNext(folder, "--webpack", ["flinkspay-edge"], async (output) => paid(output)),
			"does not work with Turbopack: each use says what does": (folder) =>
				openNext(folder, "--turbopack", [], async (output) => {
					if (!output.includes("not_ready: WebAssembly cannot be compiled here.")) throw new Error(output);
				}),
		},
	},
	{
		name: "@cloudflare/vite-plugin",
		tool: `${tools}@cloudflare/vite-plugin`,
		toolbox,
		checks: {
			"its build runs in workerd": async (folder) => {
				await vitePlugin(folder);
				await outputOf(folder, node, `${tools}vite/bin/vite.js`, "build");
				await inWorkerd(folder, async (url) => paid(await textOf(url)));
			},
			"its server runs it": async (folder) => {
				await vitePlugin(folder);
				const vite = [`${tools}vite/bin/vite.js`, "--host", "127.0.0.1", "--port"];
				await served(
					folder,
					(port) => [node, ...vite, port],
					async (url) => paid(await textOf(url)),
				);
			},
		},
	},
	{
		name: "@cloudflare/vitest-plugin",
		tool: `${tools}@cloudflare/vitest-plugin`,
		toolbox,
		checks: { "a test in workerd is paid, with `wrangler.configPath`": vitest },
	},
	{
		name: "Rollup, no side effects kept",
		tool: `${tools}rollup`,
		toolbox,
		checks: shaken(`${tools}rollup/dist/bin/rollup`, "rollup.config.js", rollupConfig),
	},
	{
		name: "rolldown, no side effects kept",
		tool: `${tools}rolldown`,
		toolbox,
		checks: shaken(`${tools}rolldown/bin/cli.mjs`, "rolldown.config.js", rolldownConfig),
	},
	{
		name: "Netlify's edge functions",
		tool: `${own}esbuild`,
		checks: { "bundled as Netlify bundles packages, it runs in Deno": netlify },
	},
	{
		name: "A page with a CSP",
		checks: {
			"runs in Chromium with `'wasm-unsafe-eval'`": async (folder) =>
				paid(await underPolicy(folder, "'wasm-unsafe-eval'")),
			"without it each use says so": async (folder) => {
				const output = await underPolicy(folder, "");
				if (!/^not_ready: .*'wasm-unsafe-eval' to script-src/.test(output)) throw new Error(output);
			},
		},
	},
];

/** Gives a project the payment and the file that asks for it. */
async function start(folder: string, file: string, text: string): Promise<void> {
	await cp(`${here}payment.js`, `${folder}/payment.js`);
	await write(`${folder}/${file}`, text);
}

function configure(folder: string, file: string, config: object): Promise<void> {
	return write(`${folder}/${file}`, `export default ${JSON.stringify(config)};\n`);
}

/** Fails unless this fails with a message that has these words. */
async function says(words: string, work: () => Promise<void>): Promise<void> {
	const message = await work().then(
		() => "it works",
		(error: Error) => error.message,
	);
	if (!message.includes(words)) throw new Error(message);
}

function shaken(bundler: string, file: string, config: string): Consumer["checks"] {
	const built = async (folder: string, main: string, ...flags: string[]) => {
		await start(folder, "main.js", main);
		await write(`${folder}/${file}`, config);
		await outputOf(folder, node, bundler, "--config");
		return outputOf(`${folder}/dist`, node, ...flags, "main.js");
	};
	return {
		"its build runs on Node.js": async (folder) => paid(await built(folder, PRINTS)),
		"`launch` brings `<flinks-pay>`": async (folder) => {
			const browser = "data:text/javascript,globalThis.customElements={define:console.log}";
			const main = 'import { launch } from "flinkspay-edge/launcher";\nexport { launch };\n';
			const output = await built(folder, main, "--import", browser);
			if (!output.includes("flinks-pay")) throw new Error(`no element in: ${output}`);
		},
	};
}

async function nitro2(folder: string, preset: string, wasm: boolean, use?: () => Promise<void>): Promise<void> {
	const route = 'import { payment } from "../payment.js";\nexport default eventHandler(payment);\n';
	await start(folder, "routes/index.js", route);
	const options = { experimental: { wasm }, cloudflare: { deployConfig: true } };
	await configure(folder, "nitro.config.js", { compatibilityDate: DATE, ...options });
	await outputOf(folder, node, `${tools}nitropack/dist/cli/index.mjs`, "build", "--preset", preset);
	await use?.();
}

async function nitro3(folder: string, preset: string, use: () => Promise<void>): Promise<void> {
	const route = `import { defineHandler } from "nitro/h3";
import { payment } from "../payment.js";
export default defineHandler(payment);
`;
	await start(folder, "routes/index.js", route);
	await configure(folder, "nitro.config.js", { compatibilityDate: DATE, serverDir: "./" });
	await outputOf(folder, node, `${tools}nitro/dist/cli/index.mjs`, "build", "--preset", preset);
	await use();
}

function nitroOnNode(folder: string): Promise<void> {
	return served(
		folder,
		() => [node, ".output/server/index.mjs"],
		async (url) => paid(await textOf(url)),
		{ HOST: "127.0.0.1" },
	);
}

/** wrangler finds the build by the build's own configuration. */
function nitroInWorkerd(folder: string, path = ""): Promise<void> {
	return inWorkerd(folder, async (url) => paid(await textOf(`${url}${path}`)));
}

/** Netlify's functions are modules whose default export answers. */
async function nitroInDeno(folder: string): Promise<void> {
	await write(
		`${folder}/serve.js`,
		'import fetch from "./.netlify/edge-functions/server/server.js";\nexport default { fetch };\n',
	);
	await inDeno(folder, "serve.js");
}

function inDeno(folder: string, file: string, ...flags: string[]): Promise<void> {
	const may = ["--no-prompt", "--allow-env", "--allow-read", "--host=127.0.0.1"];
	return served(
		folder,
		(port) => [deno, "serve", ...may, ...flags, `--port=${port}`, file],
		async (url) => paid(await textOf(url)),
	);
}

async function nuxt(folder: string): Promise<void> {
	const route = 'import { payment } from "../../payment.js";\nexport default defineEventHandler(payment);\n';
	await start(folder, "server/routes/payment.js", route);
	await write(`${folder}/app/app.vue`, "<template><p>A shop</p></template>\n");
	const nitro = { experimental: { wasm: true }, cloudflare: { deployConfig: true } };
	await configure(folder, "nuxt.config.js", { compatibilityDate: DATE, telemetry: false, nitro });
	await outputOf(folder, node, `${tools}nuxt/bin/nuxt.mjs`, "build", "--preset", "cloudflare_module");
	await nitroInWorkerd(folder, "/payment");
}

async function openNext(
	folder: string,
	bundler: string,
	serverExternalPackages: string[],
	use: (output: string) => Promise<void>,
): Promise<void> {
	await builtByOpenNext(folder, bundler, serverExternalPackages);
	await inWorkerd(folder, async (url) => use(await textOf(`${url}/payment`)));
}

/** A shop of Next.js, built for Cloudflare. */
export async function builtByOpenNext(
	folder: string,
	bundler: string,
	serverExternalPackages: string[],
): Promise<void> {
	await cp(`${here}open-next`, folder, { recursive: true });
	await cp(`${here}payment.js`, `${folder}/payment.js`);
	// The frameworks are installed two folders up, where their lock file tells OpenNext that its project's root is.
	const above = `${folder}/../..`;
	await configure(folder, "next.config.mjs", {
		...{ serverExternalPackages, outputFileTracingRoot: above, turbopack: { root: above } },
	});
	for (const made of ["package-lock.json", ".next", ".open-next"])
		await rm(`${folder}/${made}`, { recursive: true, force: true });
	const buildCommand = JSON.stringify(`${node} ${tools}next/dist/bin/next build ${bundler}`);
	await write(
		`${folder}/open-next.config.ts`,
		`import { defineCloudflareConfig } from "@opennextjs/cloudflare";
export default { ...defineCloudflareConfig(), buildCommand: ${buildCommand} };
`,
	);
	await outputWith({ CI: "true" }, folder, node, `${tools}@opennextjs/cloudflare/dist/cli/index.js`, "build");
}

async function vitePlugin(folder: string): Promise<void> {
	await start(folder, "worker.js", WORKER);
	await write(`${folder}/wrangler.jsonc`, JSON.stringify(WRANGLER));
	const config = 'import { cloudflare } from "@cloudflare/vite-plugin";\nexport default { plugins: [cloudflare()] };\n';
	await write(`${folder}/vite.config.js`, config);
}

async function vitest(folder: string): Promise<void> {
	await start(folder, "worker.js", WORKER);
	await write(`${folder}/wrangler.jsonc`, JSON.stringify({ ...WRANGLER, compatibility_flags: ["nodejs_compat"] }));
	await write(
		`${folder}/vitest.config.js`,
		`import { cloudflareTest } from "@cloudflare/vitest-plugin";
export default { plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.jsonc" } })] };
`,
	);
	await write(
		`${folder}/payment.test.js`,
		`import { it } from "vitest";
import { payment } from "./payment.js";
it("is paid", async () => console.log(JSON.stringify(await payment())));
`,
	);
	paid(await outputOf(folder, node, `${tools}vitest/vitest.mjs`, "run"));
}

/** Netlify bundles each package that a function imports with esbuild, and maps its name to that in Deno. */
async function netlify(folder: string): Promise<void> {
	await start(folder, "worker.js", WORKER);
	const imports: Record<string, string> = {};
	for (const [index, name] of ["flinkspay-edge", "flinkspay-edge/sandbox"].entries()) {
		await write(`${folder}/barrels/${index}.js`, `export * from "${name}";\n`);
		imports[name] = `./bundled/${index}.js`;
	}
	const flags = ["--bundle", "--splitting", "--format=esm", "--platform=node", "--target=es2020", "--outdir=bundled"];
	await outputOf(folder, `${own}.bin/esbuild`, "barrels/0.js", "barrels/1.js", ...flags);
	await write(`${folder}/imports.json`, JSON.stringify({ imports }));
	// The package itself is not there.
	await rm(`${folder}/node_modules`, { recursive: true });
	await inDeno(folder, "worker.js", "--import-map=imports.json", "--no-config");
}

/** What a page says whose scripts are its own files, and allowed this besides. */
async function underPolicy(folder: string, allowed: string): Promise<string> {
	for (const file of ["payment.js", "policy.js"]) await cp(here + file, `${folder}/${file}`);
	const policy = `<meta http-equiv="Content-Security-Policy" content="script-src 'self' ${allowed}">`;
	const page = `<!doctype html><html><head>${policy}</head><body><script type="module" src="policy.js"></script></body></html>`;
	await write(`${folder}/dist/index.html`, page);
	const flags = ["--bundle", "--format=esm", "--target=es2023", "--outfile=dist/policy.js"];
	await outputOf(folder, `${own}.bin/esbuild`, "policy.js", ...flags);
	return textInChromium(`${folder}/dist`);
}
