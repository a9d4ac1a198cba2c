// Serves sandboxes over HTTP to the contract's suite, which runs in another runtime: a sandbox with options of its own is
// opened by `POST /sandboxes`, on a port of its own, since the client takes an origin; `POST /sandboxes/<id>` calls one of
// its functions or reads one of its lists. Browsers may call all of it from any page.

import { getRequestListener } from "@hono/node-server";
import { createSandbox, type Sandbox } from "../../sandbox/src/sandbox.ts";
import { type Server, serve } from "../serve.ts";

const OPEN_TO_PAGES = {
	"access-control-allow-origin": "*",
	"access-control-allow-headers": "*, authorization",
	"access-control-expose-headers": "*",
};

type Answer = (request: Request) => Promise<Response> | Response;

/** The bench. At `/` it has an empty page, for a browser to run the suite in. */
export interface Bench {
	url: string;
	stop(): Promise<void>;
}

export async function startBench(): Promise<Bench> {
	const servers: Server[] = [];
	const sandboxes: Sandbox[] = [];

	async function listen(answer: Answer): Promise<string> {
		const server = await serve(getRequestListener(openToPages(answer), { overrideGlobalObjects: false }));
		servers.push(server);
		return server.url;
	}

	async function open(request: Request): Promise<Response> {
		const sandbox = createSandbox({ ...(await request.json()), webhookFetch: async () => new Response() });
		const url = await listen((toSandbox) => sandbox.fetch(toSandbox));
		return Response.json({ id: sandboxes.push(sandbox) - 1, url });
	}

	async function call(sandbox: Sandbox | undefined, request: Request): Promise<Response> {
		const { name, given = [] } = await request.json();
		const member: unknown = sandbox && Reflect.get(sandbox, name);
		const result = typeof member === "function" ? await member(...given) : member;
		await sandbox?.webhooksIdle();
		return Response.json(result ?? null);
	}

	const url = await listen((request) => {
		const { pathname } = new URL(request.url);
		if (pathname === "/") return new Response("", { headers: { "content-type": "text/html" } });
		if (pathname === "/sandboxes") return open(request);
		const [, id] = pathname.match(/^\/sandboxes\/(\d+)$/) ?? [];
		return id === undefined ? new Response(null, { status: 404 }) : call(sandboxes[Number(id)], request);
	});

	const stop = async () => {
		for (const { close } of servers) close();
	};
	return { url, stop };
}

function openToPages(answer: Answer): Answer {
	return async (request) => {
		const response = request.method === "OPTIONS" ? new Response() : await answer(request);
		const headers = new Headers(response.headers);
		for (const [name, value] of Object.entries(OPEN_TO_PAGES)) headers.set(name, value);
		return new Response(response.body, { status: response.status, headers });
	};
}
