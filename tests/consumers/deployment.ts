// A deployment as `npm create flinkspay-edge` makes it: a payment is made and paid, and the operator's page is there.

import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseEnv, promisify } from "node:util";
import { type CreditedPayment, createReceiver, type ReceiverStore } from "flinkspay-edge/merchant";
import released from "../../pkg/package.json" with { type: "json" };
import { freePort } from "../../tools/processes.ts";
import type { Tarball } from "../tarball.ts";
import { builtByOpenNext } from "./cloudflare.ts";
import type { Consumer } from "./consumer.ts";
import { inWorkerd, node, outputOf, outputWith, pays, play, root, served, withSandbox, write } from "./tools.ts";

const ORDER = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };

const toolbox = "cloudflare";
const WRANGLER = {
	name: "shop",
	compatibility_date: "2026-10-01",
	compatibility_flags: ["global_fetch_strictly_public"],
};
const SHOP = `import { Hono } from "hono";
export default new Hono().get("*", (c) => c.text("the shop at " + c.req.path));
`;

export const deployment: Consumer = {
	name: "`npm create flinkspay-edge`",
	tool: `${root}create`,
	toolbox,
	checks: {
		"from an empty folder: `npm install`, `npm test`, `npm run dev`, a payment, the shop's back end gets the messages":
			fromNothing,
		"`--add` in a Hono app": async (project) => {
			const maker = await makerOf(project);
			const folder = `${project}/hono`;
			await write(`${folder}/package.json`, "{}");
			await write(`${folder}/wrangler.jsonc`, JSON.stringify({ ...WRANGLER, main: "main.ts" }));
			await write(`${folder}/main.ts`, SHOP);
			await outputOf(folder, node, maker, "--add", "--yes");
			await deployed(folder, "/pay", "the shop at /healthz");
		},
		"`--add` in Next.js, by OpenNext": async (folder) => {
			const maker = await makerOf(folder);
			await builtByOpenNext(folder, "--webpack", ["flinkspay-edge"]);
			await outputOf(folder, node, maker, "--add", "--yes", "--path", "/bank");
			await deployed(folder, "/bank", "A shop", "/");
		},
	},
};

/** Installs the packed create-flinkspay-edge in a project; gives the path of its command. */
export async function makerOf(folder: string): Promise<string> {
	const run = promisify(execFile);
	const { stdout } = await run("npm", ["pack", "./create", "--json", "--pack-destination", folder], { cwd: root });
	const [{ filename }] = JSON.parse(stdout);
	// It has no dependencies, so there is nothing to ask a registry for.
	const flags = ["--offline", "--no-audit", "--no-fund", "--no-save"];
	await run("npm", ["install", ...flags, "--prefix", `${folder}/maker`, `${folder}/${filename}`], { cwd: folder });
	return `${folder}/maker/node_modules/.bin/create-flinkspay-edge`;
}

/** Makes a project anew, with these flags; gives its folder. */
export async function createdBy(maker: string, folder: string, ...flags: string[]): Promise<string> {
	await rm(folder, { recursive: true, force: true });
	await promisify(execFile)(process.execPath, [maker, folder, "--yes", ...flags]);
	return folder;
}

/** A deployment under a path is paid; beside it there is nothing, or what answers this path with this text. */
export async function deployed(folder: string, base: string, besides?: string, path = "/healthz"): Promise<void> {
	const API_KEY = crypto.randomUUID();
	await withSandbox((settings) =>
		inWorkerd(
			folder,
			async (origin) => {
				const url = origin + base;
				await isPaid(url, API_KEY, settings.FLINKS_BASE_URL);
				await hasPage(url);
				const other = await fetch(base === "" ? `${url}/pay/healthz` : origin + path);
				const isRight = besides === undefined ? other.status === 404 : (await other.text()).includes(besides);
				if (!isRight) throw new Error(`${other.status} beside the Worker`);
			},
			{ ...settings, API_KEY },
			`${base}/healthz`,
		),
	);
}

/** Asks a Worker for a payment, and has it paid; gives its id. */
async function isPaid(url: string, key: string, baseUrl: string): Promise<string> {
	const headers = { Authorization: `Bearer ${key}` };
	const started = await fetch(`${url}/payments`, {
		method: "POST",
		headers: { ...headers, "Idempotency-Key": "one", "Content-Type": "application/json" },
		body: JSON.stringify(ORDER),
	});
	const text = await started.text();
	pays(text, baseUrl);
	const { id, appUrl } = JSON.parse(text);
	await play(appUrl);
	const view = await (await fetch(`${url}/payments/${id}`, { headers })).json();
	if (!view.paid) throw new Error(JSON.stringify(view));
	return id;
}

/** All that its README asks of its reader, from the packed packages and the registry. */
async function fromNothing(project: string, tarball: Tarball): Promise<void> {
	const maker = await makerOf(project);
	const scratch = await mkdtemp(join(tmpdir(), "flinkspay-edge-create-"));
	const shop = await openShop();
	try {
		const folder = await createdBy(maker, `${scratch}/payments`, "--webhook", shop.url);
		const sandboxPort = String(await freePort());
		// Another server of this machine may have the usual ports, and the registry has no such version.
		const manifest = `${folder}/package.json`;
		edit(manifest, ["8788", sandboxPort], [`"^${released.version}"`, `"file:${tarball.path}"`]);
		edit(`${folder}/.dev.vars`, ["8788", sandboxPort]);
		const { API_KEY = "", MERCHANT_WEBHOOK_SECRET = "" } = parseEnv(await readFile(`${folder}/.dev.vars`, "utf8"));
		const readme = await readFile(`${folder}/README.md`, "utf8");
		shop.secret = MERCHANT_WEBHOOK_SECRET;
		await outputOf(folder, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline");
		await outputWith({ CI: "true" }, folder, "npm", "test");
		await outputOf(folder, "npm", "run", "types");
		await outputOf(folder, "npx", "tsc");
		await served(
			folder,
			(port) => {
				edit(manifest, ["8787", port]);
				return ["npm", "run", "dev"];
			},
			async (url) => {
				const [, curl = ""] = /```sh\n(\. \.\/\.dev\.vars\n[\s\S]*?)```/.exec(readme) ?? [];
				const baseUrl = `http://127.0.0.1:${sandboxPort}`;
				pays(await outputOf(folder, "bash", "-euc", curl.replace("8787", new URL(url).port)), baseUrl);
				const id = await isPaid(url, API_KEY, baseUrl);
				if ((await shop.credited) !== id) throw new Error("another payment was credited");
			},
		);
	} finally {
		shop.server.close();
		await rm(scratch, { recursive: true, force: true });
	}
}
/** Changes these texts of a file. */
function edit(file: string, ...changes: [from: string, to: string][]): void {
	const text = changes.reduce((before, [from, to]) => before.replaceAll(from, to), readFileSync(file, "utf8"));
	writeFileSync(file, text);
}

/** A back end that takes messages by the package's receiver; the first credit is the payment's id. */
async function openShop() {
	const credits = Promise.withResolvers<string>();
	const kept = new Map<string, string>();
	const store: ReceiverStore = {
		read: (id) => kept.get(id),
		swap: (id, before, after) => (kept.get(id) ?? "") === before && kept.set(id, after) === kept,
	};
	const onCredit = ({ id }: CreditedPayment) => credits.resolve(id);
	const server = createServer((request, response) =>
		createReceiver({ secrets: [shop.secret], store, onCredit, onReverse: () => {} }).node(request, response),
	);
	await once(server.listen(0, "127.0.0.1"), "listening");
	const { port } = server.address() as AddressInfo;
	const shop = { server, secret: "", url: `http://127.0.0.1:${port}/webhooks`, credited: credits.promise };
	return shop;
}

async function hasPage(url: string): Promise<void> {
	const page = await fetch(`${url}/operator`);
	if (page.url !== `${url}/operator/` || !(await page.text()).includes("operator.js")) throw new Error(page.url);
	const script = await fetch(`${url}/operator/operator.js`);
	const type = script.headers.get("Content-Type");
	if (!type?.startsWith("text/javascript")) throw new Error(`the page's script is ${type}`);
}
