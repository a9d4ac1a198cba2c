// What the consumers' checks are made of: run a tool in a project, serve what it built, look at it in a browser, and see
// that a payment was started.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium, type Page } from "playwright-core";
import { freePort, startSandbox, startWorkerd } from "../../tools/processes.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));
/** What this repository itself is built with. */
export const own = `${root}node_modules/`;
/** The bundlers and frameworks. */
export const tools = `${root}target/consumers/node_modules/`;
/** Next.js 14, which wants another React. */
export const next14 = `${root}target/next-14/node_modules/`;
/** Frameworks on Cloudflare, servers and test runners. */
export const frameworks = `${root}target/frameworks/node_modules/`;
/** The oldest compiler that reads the declarations. */
export const typescript5 = `${root}target/typescript-5/node_modules/`;
export const runtimes = `${root}target/runtimes/node_modules/`;
export const node = `${own}.bin/node`;
export const nodes = { 20: `${runtimes}node20/bin/node`, 22: `${runtimes}node22/bin/node`, 24: node };
export const deno = `${runtimes}@deno/linux-x64-glibc/deno`;
export const bun = `${runtimes}@oven/bun-linux-x64/bin/bun`;

const env = {
	...process.env,
	PATH: `${own}.bin:${process.env.PATH}`,
	// No telemetry, which would be waited for where there is no network.
	ASTRO_TELEMETRY_DISABLED: "1",
	NEXT_TELEMETRY_DISABLED: "1",
	WRANGLER_SEND_METRICS: "false",
	NO_COLOR: "1",
};
const CHROMIUM = { executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] };
const SERVED_WITHIN_MS = 20_000;

/** What a project finds in its environment. */
export type Settings = Readonly<Record<string, string>>;

/** Runs a program in a folder and gives what it printed. */
export function outputOf(folder: string, program: string, ...args: string[]): Promise<string> {
	return outputWith({}, folder, program, ...args);
}

/** The same with these settings in its environment. */
export async function outputWith(
	settings: Settings,
	folder: string,
	program: string,
	...args: string[]
): Promise<string> {
	try {
		return (await promisify(execFile)(program, args, { cwd: folder, env: { ...env, ...settings } })).stdout;
	} catch (error) {
		const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
		throw new Error(`${program} ${args.join(" ")}\n${stdout}${stderr}`);
	}
}

/** Fails unless this output has a started payment. */
export function pays(output: string, baseUrl = "https://pay.example.com"): void {
	if (!output.includes(`${baseUrl}/app/?sessionId=`)) throw new Error(`no payment in: ${output}`);
}

/** The same, and has the payor approve it: the link leads to a sandbox that is served. */
export async function accepted(output: string, baseUrl: string): Promise<void> {
	pays(output, baseUrl);
	await play(/https?:[^\s"']+\/app\/\?sessionId=[\w-]+/.exec(output)?.[0] ?? "");
}

/** Has the payor approve the payment to which this link leads, as the sandbox plays the payor. */
export async function play(appUrl: string): Promise<void> {
	const { origin, searchParams } = new URL(appUrl);
	const played = await posted(`${origin}/sandbox/sessions/${searchParams.get("sessionId")}/play`);
	if (!played.includes('"Accepted"')) throw new Error(played);
}

/** Fails unless this output has a started payment that its payor has accepted. */
export function paid(output: string): void {
	pays(output);
	if (!/\bstatus"?: ?["']Accepted["']/.test(output)) throw new Error(`not accepted: ${output}`);
}

/** Runs a sandbox while `use` works with it, and gives it what an example wants in its environment. */
export async function withSandbox(use: (settings: Settings & { FLINKS_BASE_URL: string }) => Promise<void>) {
	const secrets = { username: "merchant", password: crypto.randomUUID() };
	const sandbox = await startSandbox(secrets);
	try {
		const { username: FLINKS_USERNAME, password: FLINKS_PASSWORD } = secrets;
		await use({ FLINKS_BASE_URL: sandbox.url, FLINKS_USERNAME, FLINKS_PASSWORD });
	} finally {
		await sandbox.stop();
	}
}

/** What a server answers to a POST without a body. */
export async function posted(url: string): Promise<string> {
	return (await fetch(url, { method: "POST" })).text();
}

export async function textOf(url: string): Promise<string> {
	return (await fetch(url)).text();
}

/** A Worker of TypeScript with its bindings' types, as wrangler writes them. */
export async function typesOfWorker(folder: string, settings = "sandbox.env"): Promise<void> {
	await outputOf(folder, `${own}.bin/wrangler`, "types", `--env-file=${settings}`);
	await outputOf(folder, `${own}.bin/tsc`);
}

/** Runs a project as a Worker while `use` asks it. */
export async function inWorkerd(
	folder: string,
	use: (url: string) => Promise<void>,
	secrets: Settings = {},
	readyAt = "/",
): Promise<void> {
	const running = await startWorkerd({ name: "the Worker", folder: folder.slice(root.length), secrets, readyAt });
	try {
		await use(running.url);
	} finally {
		await running.stop();
	}
}

/** Runs a server while `use` asks it. The server gets its port by `command` and by the environment. */
export async function served(
	folder: string,
	command: (port: string) => [program: string, ...args: string[]],
	use: (url: string) => Promise<void>,
	settings: Settings = {},
): Promise<void> {
	const port = String(await freePort());
	const [program, ...args] = command(port);
	// A group of its own, since servers start others.
	const options = { cwd: folder, env: { ...env, ...settings, PORT: port }, detached: true };
	const server = spawn(program, args, { ...options, stdio: "ignore" });
	const ended = once(server, "close");
	const url = `http://127.0.0.1:${port}`;
	try {
		await answers(url);
		await use(url);
	} finally {
		if (server.pid !== undefined && server.exitCode === null) process.kill(-server.pid, "SIGTERM");
		await ended;
	}
}

async function answers(url: string): Promise<void> {
	const deadline = Date.now() + SERVED_WITHIN_MS;
	while (Date.now() < deadline) {
		const response = await fetch(url).catch(() => undefined);
		await response?.body?.cancel();
		if (response) return;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	throw new Error(`${url} does not answer`);
}

/** Shows pages to `use`. */
export async function inChromium<T>(use: (page: Page) => Promise<T>): Promise<T> {
	const browser = await chromium.launch(CHROMIUM);
	try {
		return await use(await browser.newPage());
	} finally {
		await browser.close();
	}
}

/** What a page says once it says anything: one that is served, or that a folder with an index.html makes. */
export function textInChromium(place: string): Promise<string> {
	return inChromium(async (page) => {
		const errors: string[] = [];
		page.on("pageerror", (error) => errors.push(error.message));
		await page.goto(place.startsWith("http") ? place : await serveFolder(page, place));
		const body = page.locator("body", { hasText: /\S/ });
		await body.waitFor({ timeout: 10_000 }).catch(() => {
			throw new Error(`the page stays empty: ${errors.join("; ")}`);
		});
		return (await body.textContent()) ?? "";
	});
}

/** Answers a page's requests with the files of a folder, without a server. */
async function serveFolder(page: Page, folder: string): Promise<string> {
	const origin = "http://localhost";
	await page.route(`${origin}/**`, (route) => {
		const { pathname } = new URL(route.request().url());
		return route.fulfill({ path: folder + (pathname === "/" ? "/index.html" : pathname) });
	});
	return `${origin}/`;
}

const STARTED = "await pay.startPayment(order)";
/** What the lines of docs/runtimes.md answer in a test: the payment once its payor, whom the sandbox plays, has approved it. */
const APPROVED = `await pay.startPayment(order).then(async (started) => {
	await fetch(\`https://pay.example.com/sandbox/sessions/\${started.sessionId}/play\`, { method: "POST" });
	return { ...started, ...(await pay.getPaymentRequest(started.requestId)) };
})`;

/** The ten lines of docs/runtimes.md, with the last one that its table has for a place; the payment is then paid. */
export async function tenLines(place: string): Promise<string> {
	const page = await readFile(`${root}docs/runtimes.md`, "utf8");
	const [, lines] = page.match(/^```js first-payment\n(.*?)^```$/ms) ?? [];
	const row = page.split("\n").find((line) => line.startsWith(`| ${place} |`));
	const [, last] = row?.match(/`([^`]+)` \|$/) ?? [];
	if (lines === undefined || last === undefined) throw new Error(`docs/runtimes.md has no lines for ${place}`);
	const whole = `${lines}${last}\n`;
	const written = whole.split("\n").filter((line) => line.trim() !== "").length;
	if (written > 10) throw new Error(`docs/runtimes.md asks for ${written} lines on ${place}, and promises ten`);
	if (!whole.includes(STARTED)) throw new Error("docs/runtimes.md starts no payment");
	return whole.replace(STARTED, APPROVED);
}

/** Writes a file into a folder that need not be there. */
export async function write(path: string, text: string): Promise<void> {
	await mkdir(dirname(path), { recursive: true });
	await writeFile(path, text);
}
