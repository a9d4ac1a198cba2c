// A process that plays Flinks for two Workers, each at its own origin: it answers at once, or a poll after a while, and
// checks nothing, so that what is measured is the Worker. It sends the origins to its parent.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What becomes of the payments that are asked for now. */
export type Mood =
	/** They are never final. */
	| "open"
	/** The first poll finds that they are settled. */
	| "settling"
	/** They are refused, and final at once. */
	| "refused";

/** The prefix of the ids of settled payments. */
const SETTLED = "5e771ed0";

async function listen(): Promise<string> {
	let mode: Mood = "open";
	let pollMs = 0;
	let polls = 0;
	const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
		const { pathname, searchParams } = new URL(request.url ?? "", "http://upstream.invalid");
		request.resume().once("end", () => {
			const isPoll = request.method === "GET" && !pathname.startsWith("/-/");
			if (pathname === "/-/mode") {
				mode = searchParams.get("mode") as Mood;
				pollMs = Number(searchParams.get("pollMs"));
			}
			if (isPoll) polls += 1;
			const isRefused = mode === "refused" && pathname.endsWith("/initiate");
			const content = pathname.startsWith("/-/") ? JSON.stringify({ polls }) : answerTo(pathname, mode);
			const headers = { "content-type": "application/json; charset=utf-8", "content-length": content.length };
			const answer = () => response.writeHead(isRefused ? 422 : 200, headers).end(content);
			if (isPoll && pollMs > 0) setTimeout(answer, pollMs);
			else answer();
		});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answerTo(path: string, mode: Mood): string {
	const id = crypto.randomUUID();
	if (path.endsWith("/authorize")) return `{"access_token":"${id}","token_type":"bearer","expires_in":299}`;
	if (path.endsWith("/initiate")) return `{"sessionId":"${id}"}`;
	const marked = mode === "settling" ? SETTLED + id.slice(SETTLED.length) : id;
	if (path.endsWith("/paymentrequests")) return `{"requestId":"${marked}"}`;
	const requestId = path.split("/").at(-1) ?? "";
	return `{"requestId":"${requestId}","status":"${requestId.startsWith(SETTLED) ? "Settled" : "Initiated"}"}`;
}

process.send?.([await listen(), await listen()]);
// It ends with its parent.
process.once("disconnect", () => process.exit());
