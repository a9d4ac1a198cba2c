// A page with the launcher in Chromium, under the policy that it prints. Flinks' page is an empty page, and the Worker gives
// the answers that a test wants.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { after, beforeEach } from "node:test";
import { fileURLToPath } from "node:url";
import { cspFor } from "flinkspay-edge/launcher";
import type { Frame, Page } from "playwright-core";
import { launchChromium } from "../chromium.ts";
import { type Server, serve } from "../serve.ts";

export const LAUNCHER = fileURLToPath(import.meta.resolve("flinkspay-edge/launcher"));

export type Reply = (response: ServerResponse, request: IncomingMessage) => void;
interface Call {
	line: string;
	authorization: string | undefined;
	cookie: string | undefined;
	body: string;
}

/** The Worker's next answers, of which the last one is repeated, and the calls that it got. */
export const traffic: { replies: Reply[]; calls: Call[] } = { replies: [], calls: [] };
const browser = await launchChromium();
const servers: Server[] = [];

async function listen(listener: RequestListener): Promise<Server> {
	const server = await serve(listener);
	servers.push(server);
	return server;
}

const html = { "content-type": "text/html; charset=utf-8" };
export const { url: flinks } = await listen((_, response) =>
	response.writeHead(200, html).end("<title>Flinks</title>"),
);
export const { url: evil } = await listen((_, response) => response.writeHead(200, html).end("<title>Evil</title>"));
export const { url: worker } = await listen(async (request, response) => {
	response.setHeader("access-control-allow-origin", shop);
	response.setHeader("access-control-allow-headers", "authorization, content-type");
	response.setHeader("access-control-expose-headers", "retry-after");
	if (request.method === "OPTIONS") return response.writeHead(204).end();
	const body = await text(request);
	const { authorization, cookie } = request.headers;
	traffic.calls.push({ line: `${request.method} ${request.url}`, authorization, cookie, body });
	const reply = traffic.replies.length > 1 ? traffic.replies.shift() : traffic.replies[0];
	reply?.(response, request);
});
const page = `<!doctype html><title>Shop</title><button id="elsewhere">Elsewhere</button>
	<flinks-pay id="pay" worker="${worker}" order="signed"><button id="start">Pay</button></flinks-pay>
	<div id="other"></div><script type="module" src="/page.js"></script>`;
const js = { "content-type": "text/javascript" };
export const { url: shop } = await listen((request, response) => {
	if (request.url === "/launcher.js") return response.writeHead(200, js).end(readFileSync(LAUNCHER));
	if (request.url === "/page.js")
		return response.writeHead(200, js).end(readFileSync(new URL("page.mjs", import.meta.url)));
	const csp = `default-src 'none'; ${cspFor({ worker, flinks })}; base-uri 'none'; form-action 'none'`;
	response.writeHead(200, request.url === "/lax" ? html : { ...html, "content-security-policy": csp }).end(page);
});

after(async () => {
	await browser.close();
	for (const { close } of servers) close();
});
beforeEach(() => Object.assign(traffic, { calls: [], replies: [created()] }));

const json =
	(status: number, body: unknown, headers: Record<string, string> = {}): Reply =>
	(response) =>
		response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
export const created = (changes = {}) =>
	json(201, {
		...{ id: "1-a", sessionId: "s", referenceId: "order-1", status: "Initiated", capability: "may.read.it" },
		...{ appUrl: `${flinks}/app/?sessionId=s`, ...changes },
	});
export const problem = (status: number, code: string, outcome: string, headers = {}) =>
	json(
		status,
		{ code, outcome, title: "In words", status },
		{ "content-type": "application/problem+json", ...headers },
	);
export const view = (status: string, paid: boolean, final: boolean, funds = paid ? "guaranteed" : "none") =>
	json(200, { id: "1-a", referenceId: "order-1", status, funds, paid, final });
// Cut after the first byte: Chromium repeats a request that is cut before it.
export const lost: Reply = (response) => {
	response.writeHead(201, { "content-length": "100" }).write("{", () => response.destroy());
};

export async function visit(use: (page: Page) => Promise<void>, path = "/"): Promise<void> {
	const context = await browser.newContext();
	try {
		const page = await context.newPage();
		page.setDefaultTimeout(120_000);
		await page.goto(shop + path);
		await ready(page);
		await use(page);
	} finally {
		await context.close();
	}
}

export const run = <T>(page: Page, code: string): Promise<T> => page.evaluate(code);
export const ready = (page: Page) => until(page, "window.ready");

/** Playwright's `waitForFunction` needs eval, which the policy forbids. */
export async function until(page: Page, condition: string): Promise<void> {
	for (const deadline = Date.now() + 120_000; !(await run(page, `Boolean(${condition})`)); ) {
		assert.ok(Date.now() < deadline, `${condition} has not come true`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

export const events = (page: Page, type?: string) =>
	run<[string, unknown][]>(page, "events").then((all) => all.filter(([name]) => type === undefined || name === type));
export const settled = (page: Page) => run(page, "new Promise((resolve) => setTimeout(resolve, 150))");
export const posts = () => traffic.calls.filter(({ line }) => line.startsWith("POST"));
export const reads = () => traffic.calls.filter(({ line }) => line.startsWith("GET"));
/** Calls `launch`; gives its result, or the fields of its error. */
export const launch = (page: Page, options: string) =>
	run<Record<string, unknown>>(
		page,
		`launcher.launch({ worker: "${worker}", order: "signed", ...(${options}) })
			.then(({ id, referenceId }) => ({ id, referenceId }), (error) => ({ name: error.name, ...error }))`,
	);

export async function start(page: Page): Promise<Frame> {
	await page.click("#start");
	const handle = await page.waitForSelector("#pay iframe");
	const frame = await handle.contentFrame();
	assert.ok(frame);
	await frame.waitForLoadState();
	return frame;
}
