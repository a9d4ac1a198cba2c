// A PostgreSQL for one test: Debian's package, in a temporary folder, on a socket there and no port.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, glob, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { Client } from "pg";

export interface Postgres {
	/** The folder of its socket, for the user `merchant`. */
	folder: string;
	stop(): Promise<void>;
}

const READY_WITHIN_MS = 180_000;

export async function startPostgres(): Promise<Postgres> {
	const { value: bin } = await glob("/usr/lib/postgresql/*/bin").next();
	if (bin === undefined) throw new Error("PostgreSQL is missing: install Debian's package postgresql.");
	const folder = await mkdtemp(join(tmpdir(), "flinkspay-edge-postgres-"));
	const as = await unprivileged();
	if (as.uid !== undefined) await chown(folder, as.uid, as.gid);
	const data = join(folder, "data");
	const options = { ...as, cwd: folder };
	await promisify(execFile)(`${bin}/initdb`, ["-D", data, "-A", "trust", "-U", "merchant", "--no-sync"], options);
	const server = spawn(`${bin}/postgres`, ["-D", data, "-k", folder, "-F", "-c", "listen_addresses="], {
		...options,
		stdio: "ignore",
	});
	const stop = async () => {
		// SIGTERM is PostgreSQL's smart shutdown: it waits until clients have disconnected.
		if (server.exitCode === null && server.kill("SIGTERM")) await once(server, "close");
		await rm(folder, { recursive: true, force: true });
	};
	try {
		await untilReady(folder, server);
		return { folder, stop };
	} catch (error) {
		await stop();
		throw error;
	}
}

/** PostgreSQL refuses to run as root; root starts it as the user that its package has made. */
async function unprivileged(): Promise<{ uid: number; gid: number } | { uid?: never; gid?: never }> {
	if (process.getuid?.() !== 0) return {};
	const users = await readFile("/etc/passwd", "utf8");
	const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(users) ?? [];
	return { uid: Number(uid), gid: Number(gid) };
}

async function untilReady(host: string, server: ChildProcess): Promise<void> {
	for (const deadline = Date.now() + READY_WITHIN_MS; ; ) {
		const client = new Client({ host, user: "merchant", database: "postgres" });
		try {
			await client.connect();
			return await client.end();
		} catch (error) {
			if (server.exitCode !== null || Date.now() > deadline) throw error;
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	}
}
