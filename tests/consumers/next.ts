// Projects of Next.js: how they are built and run, and what becomes of payments in their pages. Next.js may answer a
// page's requests from its cache, and makes pages while it builds; a payment wants neither.

import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { FlinksPay } from "flinkspay-edge";
import { createSandbox } from "../../sandbox/src/sandbox.ts";
import { forms } from "../canaries/scan.ts";
import { Gateway, isCreate } from "../crash/gateway.ts";
import { inChromium, node, outputWith, type Settings, served, textOf } from "./tools.ts";

/** Builds a project, with the Next.js of the folder `next`. */
export async function build(folder: string, next: string, settings: Settings, ...flags: string[]): Promise<void> {
	// The frameworks are installed two folders up.
	const above = `${folder}/../..`;
	const config = { outputFileTracingRoot: above, turbopack: { root: above } };
	await writeFile(`${folder}/next.config.mjs`, `export default ${JSON.stringify(config)};\n`);
	await rm(`${folder}/.next`, { recursive: true, force: true });
	await outputWith(settings, folder, node, `${next}/dist/bin/next`, "build", ...flags);
}

/** Runs what was built while `use` asks it. */
export function start(
	folder: string,
	next: string,
	settings: Settings,
	use: (url: string) => Promise<void>,
): Promise<void> {
	const command = [`${next}/dist/bin/next`, "start", "-H", "127.0.0.1", "-p"];
	return served(folder, (port) => [node, ...command, port], use, settings);
}

/** Builds and runs the project of tests/consumers/pages, and fails with all that is wrong with its payments. */
export async function pagesPay(folder: string, next: string): Promise<void> {
	const credentials = { username: crypto.randomUUID(), password: crypto.randomUUID() };
	const sandbox = createSandbox({ credentials });
	const gateway = new Gateway(sandbox);
	const baseUrl = await gateway.listen();
	const { username: FLINKS_USERNAME, password: FLINKS_PASSWORD } = credentials;
	const settings = { FLINKS_BASE_URL: baseUrl, FLINKS_USERNAME, FLINKS_PASSWORD };
	const wrong: string[] = [];
	const see = (what: string, isRight: boolean) => {
		if (!isRight) wrong.push(what);
	};
	try {
		await build(folder, next, settings);
		const creates = () => gateway.wire.filter(({ step }) => isCreate(step));
		see(`the build makes ${creates().length} payments`, creates().length === 0);

		await start(folder, next, settings, async (url) => {
			// Past the gateway, so that the pages' own requests are all that it knows.
			const pay = new FlinksPay({ baseUrl, ...credentials, fetch: sandbox.fetch });
			const payor = { customerName: "Zoë", customerEmail: "zoe@example.com" };
			const { sessionId, requestId } = await pay.startPayment({ referenceId: "order", amount: "12.50", ...payor });
			const status = async () => /<p>(\w+)<\/p>/.exec(await textOf(`${url}/status/${requestId}`))?.[1];
			const before = await status();
			see(`a new payment is ${before}`, before === "Initiated");
			sandbox.play(sessionId, "accept");
			const after = await status();
			see(`a payment that was accepted is ${after}`, after === "Accepted");

			const links: (string | undefined)[] = [];
			const twice = ["donate", "tickets", "links"].flatMap((path) => [path, path]);
			for (const path of [...twice, "orders?order=1", "orders?order=2"]) {
				const [link] = /http:[^"]+\/app\/[^"]+/.exec(await textOf(`${url}/${path}`)) ?? [];
				see(`${path} has no link`, link !== undefined);
				see(`${path} has the link of another payor`, link === undefined || !links.includes(link));
				links.push(link);
			}
			see("no button is made on the server", (await textOf(`${url}/react`)).includes(">Pay from your bank</button>"));
			const shown = await clicked(`${url}/react`, "Check out");
			see(`the page's component shows ${shown}`, shown === "no_order");
		});

		const spent = creates().map(({ token }) => token);
		const { size } = new Set(spent);
		see(`${spent.length} sessions are asked for with ${size} tokens`, size === spent.length);
		const tokens = gateway.wire.flatMap(({ token = [] }) => token);
		wrong.push(...(await traces(`${folder}/.next`, { ...credentials, token: tokens })));
	} finally {
		gateway.close();
	}
	if (wrong.length > 0) throw new Error(wrong.join("\n"));
}

/** What a page's paragraph says once its button was clicked, or what its console complains of. */
function clicked(url: string, button: string): Promise<string | null> {
	return inChromium(async (page) => {
		const complaints: string[] = [];
		page.on("pageerror", ({ message }) => complaints.push(message));
		page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
		await page.goto(url, { waitUntil: "networkidle" });
		await page.getByRole("button", { name: button }).click();
		const paragraph = page.locator("p", { hasText: /\S/ });
		await paragraph.waitFor({ timeout: 10_000 }).catch(() => complaints.push("nothing"));
		return complaints.join("; ") || paragraph.textContent();
	});
}

/** Where these texts are in the files of a folder, in whatever form but a compressed one. */
async function traces(folder: string, secrets: Record<string, string | string[]>): Promise<string[]> {
	const found: string[] = [];
	for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
		if (!file.isFile()) continue;
		const bytes = await readFile(`${file.parentPath}/${file.name}`);
		for (const [what, texts] of Object.entries(secrets)) {
			for (const [form, write] of Object.entries(forms)) {
				const isFound = [texts].flat().some((text) => bytes.includes(write(text)));
				if (isFound) found.push(`a ${what}, ${form}, is in ${file.parentPath.slice(folder.length)}/${file.name}`);
			}
		}
	}
	return found;
}
