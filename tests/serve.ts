// An HTTP server in the test's own process.

import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

export interface Server {
	/** Its origin, without a slash at the end. */
	url: string;
	/** Ends it, and the connections that are open. */
	close(): void;
}

/** Serves on this port of 127.0.0.1, by default a free one. */
export async function serve(listener: RequestListener, port = 0): Promise<Server> {
	const server = createServer(listener).listen(port, "127.0.0.1");
	// An idle connection that is closed just as a request is sent on it would be a failure that no test has planned.
	server.keepAliveTimeout = 0;
	await once(server, "listening");
	const close = () => server.close().closeAllConnections();
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
