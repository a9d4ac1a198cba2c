// `npm run test:slow -- upgrade <revision>`: a deployment of the package as that revision packs it takes payments, and is then
// updated to the package of today, as its users do it. Each key must have its answer, each payment be what it was, and what
// was under way go on. Storage of each schema that there was opens in migrations.test.ts; here the packages change.

import assert from "node:assert/strict";
import { once } from "node:events";
import { access, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { text } from "node:stream/consumers";
import { startSandbox } from "../../tools/processes.ts";
import { install, pack, type Tarball } from "../tarball.ts";
import { node, outputOf, outputWith, own, play, root, served } from "./tools.ts";

const HOME = `${root}target/upgrade`;
const [revision = ""] = process.argv.slice(2);
const API_KEY = crypto.randomUUID();
const headers = { Authorization: `Bearer ${API_KEY}`, "Content-Type": "application/json" };
const MAIN = `import { createWorker } from "flinkspay-edge/worker";
export { Ledger } from "flinkspay-edge/worker";
export default createWorker();
`;
const WRANGLER = {
	...{ name: "upgrade", main: "main.ts", compatibility_date: "2026-10-01" },
	durable_objects: { bindings: [{ name: "LEDGER", class_name: "Ledger" }] },
	migrations: [{ tag: "v1", new_sqlite_classes: ["Ledger"] }],
};

/** What is known of a payment, as far as it is compared. */
interface View {
	id: string;
	status: string;
	paid: boolean;
}

/** The merchant, who takes no message before `isThere`. */
const merchant = { isThere: false, taken: [] as string[] };
const server = createServer(async (request, response) => {
	const message = JSON.parse(await text(request));
	if (merchant.isThere) merchant.taken.push(`${message.data.referenceId} ${message.effect}`);
	response.writeHead(merchant.isThere ? 204 : 503).end();
});

if (revision === "") throw new Error("Which revision? Example: npm run test:slow -- upgrade v0.1.0");
await once(server.listen(0, "127.0.0.1"), "listening");
const sandbox = await startSandbox({ username: "merchant", password: API_KEY });
try {
	await upgrade(await packed(revision), await pack(`${HOME}/new`));
} finally {
	await sandbox.stop();
	server.close();
}

/** The package of a revision, built by that revision's own build. */
async function packed(revision: string): Promise<Tarball> {
	const clone = `${HOME}/clone`;
	await rm(clone, { recursive: true, force: true });
	await outputOf(root, "git", "clone", "--quiet", "--no-checkout", ".", clone);
	await outputOf(clone, "git", "checkout", "--quiet", "--detach", revision);
	await outputOf(clone, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline");
	const PATH = `${clone}/node_modules/.bin:${root}target/debug:${process.env.PATH}`;
	await outputWith({ PATH }, clone, node, "tools/build.mjs");
	return pack(`${HOME}/old`, clone);
}

async function upgrade(before: Tarball, after: Tarball): Promise<void> {
	const folder = `${HOME}/project`;
	await install(before, folder);
	await writeFile(`${folder}/main.ts`, MAIN);
	await writeFile(`${folder}/wrangler.jsonc`, JSON.stringify(WRANGLER));
	await writeFile(`${folder}/.dev.vars`, settings(), { mode: 0o600 });
	let made: Awaited<ReturnType<typeof start>> | undefined;
	await runs(folder, async (url) => {
		made = await start(url);
	});
	assert.ok(made);
	const { answers, views } = made;

	await outputOf(folder, "npm", "install", "--offline", "--no-audit", "--no-fund", after.path);
	await access(`${folder}/node_modules/flinkspay-edge/merchant.js`);
	merchant.isThere = true;
	await runs(folder, async (url) => {
		for (const [key, answer] of Object.entries(answers)) assert.deepEqual(await pay(url, key), answer, key);
		for (const view of views) assert.deepEqual(await viewOf(url, view.id), view);
		// The open payment is paid, and the messages that were not taken come: the credit of both.
		await play(answers.open?.appUrl ?? "");
		while (!(merchant.taken.includes("open credit") && merchant.taken.includes("paid credit"))) {
			for (const { id } of views) await fetch(`${url}/payments/${id}/resend`, { method: "POST", headers });
			await new Promise((resolve) => setTimeout(resolve, 500));
		}
		const { events } = await (await fetch(`${url}/events`, { headers })).json();
		assert.ok(events.length >= 5, `${events.length}`);
	});
	console.log(
		`${Object.keys(answers).length} payments of ${revision} are what they were, and what was under way went on.`,
	);
}

/** What the deployment of the revision was asked, and what it knows. */
async function start(url: string): Promise<{ answers: Record<string, Answer>; views: View[] }> {
	const answers: Record<string, Answer> = { paid: await pay(url, "paid"), open: await pay(url, "open") };
	await play(answers.paid?.appUrl ?? "");
	const fault = { step: "payment_request", fault: "empty" };
	await fetch(`${sandbox.url}/sandbox/faults`, { method: "POST", headers, body: JSON.stringify(fault) });
	answers.lost = await pay(url, "lost");
	assert.equal(answers.lost.code, "outcome_unknown");
	const views = await Promise.all(Object.values(answers).map(({ id }) => viewOf(url, id)));
	assert.deepEqual(
		views.map(({ paid, status }) => [paid, status]),
		[
			[true, "Accepted"],
			[false, "Initiated"],
			[false, "unknown"],
		],
	);
	return { answers, views };
}

/** What a key is answered, which is the same for ever. */
interface Answer {
	id: string;
	appUrl?: string;
	code?: string;
}

async function pay(url: string, key: string): Promise<Answer> {
	const payment = { referenceId: key, amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };
	const init = { method: "POST", headers: { ...headers, "Idempotency-Key": key }, body: JSON.stringify(payment) };
	const { id, appUrl, code } = await (await fetch(`${url}/payments`, init)).json();
	return { id, appUrl, code };
}

async function viewOf(url: string, id: string): Promise<View> {
	const { status, paid } = await (await fetch(`${url}/payments/${id}`, { headers })).json();
	return { id, status, paid };
}

function settings(): string {
	const { port } = server.address() as AddressInfo;
	const secret = `whsec_${Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64")}`;
	return `FLINKS_BASE_URL=${sandbox.url}
FLINKS_USERNAME=merchant
FLINKS_PASSWORD=${API_KEY}
API_KEY=${API_KEY}
MERCHANT_WEBHOOK_URL=http://127.0.0.1:${port}/webhooks
MERCHANT_WEBHOOK_SECRET=${secret}
`;
}

/** Runs the deployment on what it has stored before. */
function runs(folder: string, use: (url: string) => Promise<void>): Promise<void> {
	const wrangler = [`${own}wrangler/bin/wrangler.js`, "dev", "--ip", "127.0.0.1", "--persist-to", "state", "--port"];
	return served(folder, (port) => [node, ...wrangler, port], use);
}
