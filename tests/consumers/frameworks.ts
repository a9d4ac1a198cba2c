// Frameworks, test runners and single files: each is built with its own tools, and what was built is paid by.

import { readFile, rm, writeFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { creditsOnce } from "./backends.ts";
import type { Consumer } from "./consumer.ts";
import { build, start } from "./next.ts";
import {
	bun,
	frameworks as home,
	inChromium,
	inWorkerd,
	next14,
	node,
	outputOf,
	outputWith,
	pays,
	play,
	posted,
	runtimes,
	textOf,
	withSandbox,
	write,
} from "./tools.ts";

const BUTTON = "a button starts a payment, and the page shows how its status changes";
/** What the example of Next.js must do. */
export const NEXT =
	'a button with a `"use server"` action, routes on both runtimes; its page and its middleware see what is paid';
const RECEIVER =
	"[the example](../examples/NAME) behind the Worker: an order is credited once, also when its message comes again, and a return takes it back";

export const frameworks: readonly Consumer[] = [
	{
		name: "Next.js 14",
		tool: `${next14}next`,
		toolbox: "next-14",
		files: "examples/next",
		checks: { [NEXT]: (folder) => nextPays(folder, `${next14}next`) },
	},
	{
		name: "SvelteKit on Workers",
		tool: `${home}@sveltejs/kit`,
		toolbox: "frameworks",
		files: "examples/sveltekit",
		checks: {
			[`[the example](../examples/sveltekit): ${BUTTON}`]: (folder) => paysOnWorkers(folder, "vite/bin/vite.js"),
		},
	},
	{
		name: "Astro on Workers",
		tool: `${home}astro`,
		toolbox: "frameworks",
		files: "tests/consumers/frameworks/astro",
		checks: { [BUTTON]: (folder) => paysOnWorkers(folder, "astro/bin/astro.mjs") },
	},
	{
		name: "React Router on Workers",
		tool: `${home}react-router`,
		toolbox: "frameworks",
		files: "tests/consumers/frameworks/react-router",
		checks: { [BUTTON]: (folder) => paysOnWorkers(folder, "@react-router/dev/bin.cjs") },
	},
	{
		name: "vitest",
		tool: `${home}vitest`,
		toolbox: "frameworks",
		files: "tests/consumers/frameworks/testing",
		checks: {
			"a merchant's test pays in the sandbox": (folder) => passes(folder, vitest("node")),
			'in happy-dom, which is a window, it fails with "Credentials in a window can be read by everybody"; there it pays with `@vitest-environment node`, or `allowCredentialsInBrowser`':
				async (folder) => {
					await failsWith(folder, vitest("happy-dom"), "Credentials in a window can be read by everybody");
					await edit(folder, "import", "// @vitest-environment node\nimport");
					await passes(folder, vitest("happy-dom"));
					await edit(folder, "// @vitest-environment node", "");
					await edit(folder, "openShop({", "openShop({ allowCredentialsInBrowser: true,");
					await passes(folder, vitest("happy-dom"));
				},
		},
	},
	{
		name: "jest",
		tool: `${home}jest`,
		toolbox: "frameworks",
		files: "tests/consumers/frameworks/testing",
		checks: {
			"a merchant's test pays in the sandbox, with `--experimental-vm-modules`": (folder) =>
				passes(folder, jest("node")),
			'not in jsdom, which has no `TextDecoder` and says "TextDecoder is not defined"; there it pays with `@jest-environment node`':
				async (folder) => {
					await failsWith(folder, jest("jsdom"), "ReferenceError: TextDecoder is not defined");
					await edit(folder, "import", "/** @jest-environment node */\nimport");
					await passes(folder, jest("jsdom"));
				},
		},
	},
	{
		name: "Bun, single file",
		tool: `${runtimes}@oven/bun-linux-x64`,
		files: "tests/consumers/frameworks/single-file",
		checks: {
			"what `bun build --compile` makes runs and is paid, with nothing beside it": async (folder) => {
				await outputOf(folder, bun, "build", "--compile", "main.js", "--outfile=elsewhere/shop");
				await rm(`${folder}/node_modules`, { recursive: true });
				const printed = await outputOf(`${folder}/elsewhere`, "./shop");
				pays(printed);
				if (!printed.endsWith("\nAccepted\n")) throw new Error(printed);
			},
		},
	},
	...["Express", "Fastify"].map((name): Consumer => {
		const example = name.toLowerCase();
		return {
			name,
			tool: `${home}${example}`,
			toolbox: "frameworks",
			files: `examples/${example}`,
			checks: { [RECEIVER.replace("NAME", example)]: creditsOnce },
		};
	}),
];

/** Builds for Workers by the framework's own adapter, and has a person pay. */
async function paysOnWorkers(folder: string, program: string): Promise<void> {
	await withSandbox(async (settings) => {
		await outputOf(folder, node, home + program, "build");
		await inWorkerd(folder, (url) => personPays(url, settings.FLINKS_BASE_URL), settings);
	});
}

/** A person presses the page's button, approves the payment to which it leads, and sees each time what the page says. */
async function personPays(url: string, baseUrl: string): Promise<void> {
	await inChromium(async (page) => {
		await page.goto(url);
		await page.getByRole("button").click();
		const isPayors = ({ href }: URL) => href.startsWith(`${baseUrl}/app/?sessionId=`);
		await page.waitForURL(isPayors).catch(async () => {
			throw new Error(`the button leads to ${page.url()}: ${await page.locator("body").textContent()}`);
		});
		const appUrl = page.url();
		await says(page, url, "Initiated");
		await play(appUrl);
		await says(page, url, "Accepted");
	});
}

async function says(page: Page, url: string, status: string): Promise<void> {
	await page.goto(url);
	const text = await page.locator("body").textContent();
	if (!text?.includes(status)) throw new Error(`not ${status}: ${text}`);
}

/** The example of Next.js, with one more route, on the other runtime. */
export async function nextPays(folder: string, next: string): Promise<void> {
	const route = await readFile(`${folder}/app/payments/route.js`, "utf8");
	await write(`${folder}/app/edge/route.js`, `${route}\nexport const runtime = "edge";\n`);
	await withSandbox(async (settings) => {
		await build(folder, next, {});
		await start(folder, next, settings, async (url) => {
			await personPays(url, settings.FLINKS_BASE_URL);
			for (const path of ["payments", "edge"]) await guards(url, await posted(`${url}/${path}`));
		});
	});
}

/** The middleware shows no receipt of this payment before it is paid. */
async function guards(url: string, started: string): Promise<void> {
	const { requestId, appUrl } = JSON.parse(started);
	const receipt = `${url}/receipts/${requestId}`;
	const before = await fetch(receipt);
	if (before.status !== 402) throw new Error(`${before.status} ${await before.text()}`);
	await play(appUrl);
	const after = await textOf(receipt);
	if (!after.includes("Thank you")) throw new Error(after);
}

function vitest(environment: string): string[] {
	return [`${home}vitest/vitest.mjs`, "run", "--globals", "--environment", environment];
}

/** Its modules are no modules to jest without the flag, whichever way they are asked for. */
function jest(environment: string): string[] {
	return ["--experimental-vm-modules", `${home}jest/bin/jest.js`, "--rootDir", ".", "--env", environment];
}

async function passes(folder: string, command: string[]): Promise<void> {
	await outputWith({ CI: "true" }, folder, node, ...command);
}

/** The tests fail, and this is what their writer reads. */
async function failsWith(folder: string, command: string[], message: string): Promise<void> {
	const output = await passes(folder, command).then(
		() => "nothing",
		(error: Error) => error.message,
	);
	if (!output.includes(message)) throw new Error(`another failure: ${output}`);
}

/** Changes the merchant's test. */
async function edit(folder: string, from: string, to: string): Promise<void> {
	const file = `${folder}/shop.test.js`;
	await writeFile(file, (await readFile(file, "utf8")).replace(from, to));
}
