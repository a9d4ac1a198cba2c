// Stands in for Flinks in its own process: it answers a payment's three requests at once or after 50 ms. It checks nothing, so
// that it costs little beside what is measured. It sends the parent process its two origins.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

async function listen(delayMs: number): Promise<string> {
	const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
		request.resume().once("end", () => {
			const content = answerTo(request.url ?? "");
			const headers = { "content-type": "application/json; charset=utf-8", "content-length": content.length };
			const answer = () => response.writeHead(200, headers).end(content);
			if (delayMs === 0) answer();
			else setTimeout(answer, delayMs);
		});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answerTo(path: string): string {
	const id = crypto.randomUUID();
	if (path.endsWith("/authorize")) return `{"access_token":"${id}","token_type":"bearer","expires_in":299}`;
	if (path.endsWith("/initiate")) return `{"sessionId":"${id}"}`;
	if (path.endsWith("/paymentrequests")) return `{"requestId":"${id}"}`;
	// A final status, so that the ledger polls once.
	return `{"requestId":"${path.split("/").at(-1)}","status":"Settled"}`;
}

process.send?.({ instant: await listen(0), slow: await listen(50) });
process.once("disconnect", () => process.exit());
