// Back ends that take the Worker's signed messages: the Worker runs in workerd in front of the sandbox, and the merchant's
// book has what was paid, once.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { freePort, registerWebhook, startWorker } from "../../tools/processes.ts";
import { node, play, posted, type Settings, served, textOf, withSandbox } from "./tools.ts";

/** How long the Worker may take to read a status and to deliver its message. */
const TOLD_WITHIN_MS = 60_000;

/** What a check of a back end works with. */
interface BackEnd {
	/** The back end's. */
	url: string;
	workerUrl: string;
	apiKey: string;
	/** The messages that the back end has taken. */
	taken: readonly Message[];
}

/** A signed message as it came. */
type Message = { method: "POST"; headers: Record<string, string>; body: string };

/** A payment is credited once, though its messages come again, and its return takes it back. */
export async function creditsOnce(folder: string): Promise<void> {
	await withBackEnd(folder, async (backEnd) => {
		const { url, workerUrl, apiKey, taken } = backEnd;
		const started = await posted(url);
		if ((await posted(url)) !== started) throw new Error("an order that is asked for twice has two payments");
		const { id, appUrl } = JSON.parse(started);
		await untilReceived(backEnd, []);
		await play(appUrl);
		const credit = [{ payment: id, amount: "12.50" }];
		await untilReceived(backEnd, credit);

		const before = taken.length;
		const headers = { Authorization: `Bearer ${apiKey}` };
		await fetch(`${workerUrl}/payments/${id}/resend`, { method: "POST", headers });
		await until("the message comes again", async () => taken.length > before);
		for (const message of [...taken]) await answers(backEnd, message, 204);
		const [first] = taken;
		if (first) await answers(backEnd, { ...first, body: first.body.replace("order-1001", "order-1002") }, 401);
		await untilReceived(backEnd, credit);

		const { origin, searchParams } = new URL(appUrl);
		await posted(`${origin}/sandbox/sessions/${searchParams.get("sessionId")}/reverse`);
		await untilReceived(backEnd, []);
		for (const message of [...taken]) await answers(backEnd, message, 204);
		await untilReceived(backEnd, []);
	});
}

/** Runs a back end behind the Worker, and the Worker in front of the sandbox. */
async function withBackEnd(folder: string, use: (backEnd: BackEnd) => Promise<void>): Promise<void> {
	const [apiKey, flinksSecret, port] = [crypto.randomUUID(), crypto.randomUUID(), await freePort()];
	const secret = `whsec_${randomBytes(32).toString("base64")}`;
	const workerUrl = `http://127.0.0.1:${port}`;
	const settings = { WORKER_URL: workerUrl, API_KEY: apiKey, MERCHANT_WEBHOOK_SECRET: secret };
	const behindWorker = async (url: string, { FLINKS_BASE_URL: sandboxUrl = "", ...credentials }: Settings) => {
		const messages = await relay(`${url}/webhooks/payments`);
		const ours = { API_KEY: apiKey, FLINKS_WEBHOOK_SECRET: flinksSecret, MERCHANT_WEBHOOK_SECRET: secret };
		const vars = { MERCHANT_WEBHOOK_URL: messages.url, LEDGER_SHARDS: "1" };
		const worker = await startWorker({ sandboxUrl, port, vars, secrets: { ...credentials, ...ours } });
		try {
			await registerWebhook(sandboxUrl, workerUrl, flinksSecret, true);
			await use({ url, workerUrl, apiKey, taken: messages.taken });
		} finally {
			await worker.stop();
			messages.stop();
		}
	};
	await withSandbox((sandbox) =>
		served(
			folder,
			() => [node, "main.js"],
			(url) => behindWorker(url, sandbox),
			settings,
		),
	);
}

/** Passes what the Worker sends on to the back end, and keeps what that has taken. */
async function relay(to: string) {
	const taken: Message[] = [];
	const server = createServer(async (request, response) => {
		const headers = Object.entries(request.headers).filter(([name]) => /^(content-type|webhook-.*)$/.test(name));
		const kept = Object.fromEntries(headers.map(([name, value]) => [name, String(value)]));
		const message: Message = { method: "POST", headers: kept, body: await text(request) };
		const { status } = await fetch(to, message);
		if (status === 204) taken.push(message);
		response.writeHead(status).end();
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const stop = () => {
		server.close();
		server.closeAllConnections();
	};
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, taken, stop };
}

async function answers({ url }: BackEnd, message: Message, status: number): Promise<void> {
	const answer = await fetch(`${url}/webhooks/payments`, message);
	if (answer.status !== status) throw new Error(`${answer.status}, and not ${status}, to ${message.body}`);
}

/** Until the book has this for the order. */
async function untilReceived({ url }: BackEnd, wanted: readonly object[]): Promise<void> {
	await until(`the book has ${JSON.stringify(wanted)}`, async () => {
		return JSON.stringify(JSON.parse(await textOf(url)).received) === JSON.stringify(wanted);
	});
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
	for (const deadline = Date.now() + TOLD_WITHIN_MS; !(await isSo()); ) {
		if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}
