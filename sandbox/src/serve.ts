// Serves the sandbox on this machine alone, for the commands flinkspay-sandbox and flinkspay. The sandbox's own, not one of
// Flinks' pages.
import { createAdaptorServer } from "@hono/node-server";
import { createSandbox } from "./sandbox.ts";

/** Where it listens. */
export const HOST = "127.0.0.1";

/** The port that a text names. Throws an `Error` where it names none. */
export function readPort(text: string): number {
	const port = Number(text);
	if (!/^\d{1,5}$/.test(text) || port > 65535) throw new Error(`--port ${text} is not a port`);
	return port;
}

/**
 * Serves until the process is told to end, and says where on stdout. Accepts `FLINKS_USERNAME` and `FLINKS_PASSWORD` of the
 * environment. Rejects with an `Error` where it cannot listen.
 */
export function serve(port: number): Promise<void> {
	const { FLINKS_USERNAME: username = "sandbox", FLINKS_PASSWORD: password = "sandbox" } = process.env;
	const sandbox = createSandbox({ credentials: { username, password } });
	const server = createAdaptorServer({ fetch: (request) => sandbox.fetch(request), overrideGlobalObjects: false });
	// Kept-alive connections would hold the process up; there is nothing in it that is worth waiting for.
	for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(0));
	return new Promise((resolve, reject) => {
		server.on("error", (error: NodeJS.ErrnoException) =>
			reject(error.code === "EADDRINUSE" ? new Error(`port ${port} of ${HOST} is taken`) : error),
		);
		server.listen(port, HOST, () => {
			const address = server.address();
			const bound = typeof address === "object" && address ? address.port : port;
			process.stdout.write(`Flinks Pay sandbox on http://${HOST}:${bound} (this is not Flinks, and no money moves)\n`);
			resolve();
		});
	});
}
