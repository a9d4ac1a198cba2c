// Serves the sandbox on this machine alone, for the commands flinkspay-sandbox and flinkspay. The sandbox's own, not one of
// Flinks' pages.
import { createAdaptorServer } from "@hono/node-server";
import { createSandbox } from "./sandbox.ts";

/** The address that it listens on. */
export const HOST = "127.0.0.1";

/** Reads a port. Throws an `Error` if the text is not one. */
export function readPort(text: string): number {
	const port = Number(text);
	if (!/^\d{1,5}$/.test(text) || port > 65535)
		throw new Error(`--port ${text} is not a port: give a number from 0 to 65535`);
	return port;
}

/**
 * Serves until the process ends, and prints the address on stdout. The credentials are `FLINKS_USERNAME` and
 * `FLINKS_PASSWORD` of the environment. Rejects with an `Error` if it cannot listen.
 */
export function serve(port: number): Promise<void> {
	const { FLINKS_USERNAME: username = "sandbox", FLINKS_PASSWORD: password = "sandbox" } = process.env;
	const sandbox = createSandbox({ credentials: { username, password } });
	const server = createAdaptorServer({
		fetch: (request) => sandbox.fetch(request),
		overrideGlobalObjects: false,
		// An idle connection that is closed just as a request is sent on it would be a failure that nobody has switched on.
		serverOptions: { keepAliveTimeout: 0 },
	});
	// Otherwise keep-alive connections would delay the end of the process.
	for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(0));
	return new Promise((resolve, reject) => {
		server.on("error", (error: NodeJS.ErrnoException) =>
			reject(
				error.code === "EADDRINUSE"
					? new Error(`port ${port} of ${HOST} is taken: give another one with --port`)
					: error,
			),
		);
		server.listen(port, HOST, () => {
			const address = server.address();
			const bound = typeof address === "object" && address ? address.port : port;
			process.stdout.write(`Flinks Pay sandbox on http://${HOST}:${bound} (this is not Flinks, and no money moves)\n`);
			resolve();
		});
	});
}
