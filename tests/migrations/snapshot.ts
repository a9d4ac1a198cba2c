// Storage that an earlier version of the Worker has written, and what it answered: see README.md.

import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Json } from "../crash/scene.ts";

/** What the earlier version answered about one payment. */
export interface Held {
	/** What became of it. */
	what: string;
	/** Its Idempotency-Key; none where a page has brought it as an order. */
	key?: string;
	/** The `jti` of that order. */
	jti?: string;
	/** What was asked for, byte by byte; of an order, its claim `payment`. */
	body: string;
	/** What the key is answered again; none where nothing had left, so that the key is free. */
	answer?: { status: number; retryAfter?: string; json: Json };
	/** As `GET /payments` has it. */
	view?: Json;
	events?: Json[];
	/** What the merchant has not taken. */
	messages?: { id: string; type: string; state: "pending" | "dead"; data: Json }[];
	/** What a person would find who looks an unknown payment up. */
	foundAtFlinks?: { sessionId: string };
}

/** A snapshot. */
export interface Snapshot {
	/** The folder of its files. */
	folder: string;
	/** When the Worker was killed whose storage this is. */
	takenAt: string;
	payments: Held[];
	/** What Flinks answers to whoever reads one of the payments, by path. */
	flinks: Record<string, Json>;
}

export function snapshotOf(version: string): Snapshot {
	const folder = join(import.meta.dirname, version);
	return { folder, ...JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) };
}

/** Makes the databases of a snapshot anew where a workerd will look for them. */
export async function restore({ folder }: Snapshot, state: string): Promise<void> {
	const ledger = join(state, "ledger");
	await mkdir(ledger, { recursive: true });
	for (const file of (await readdir(folder)).filter((name) => name.endsWith(".sql"))) {
		const sql = await readFile(join(folder, file), "utf8");
		// workerd names an object's file by a hash of the object's name.
		const name = /^-- ([0-9a-z]+\.sqlite)\n/.exec(sql)?.[1];
		if (name === undefined) throw new Error(`${file} does not say which file it is`);
		const database = new DatabaseSync(join(ledger, name));
		database.exec(`BEGIN; ${sql} COMMIT;`);
		database.close();
	}
}

/** Has each message look as if it was written before the ones before it. */
export function setClockBack(state: string): void {
	for (const database of databasesOf(state)) {
		database.exec("UPDATE messages SET created_at = created_at - number * 3600000");
		database.close();
	}
}

/** Has each database of a Worker that does not run say that its schema is this one; 0 as if it had none. */
export function setSchema(state: string, version: number): void {
	for (const database of databasesOf(state)) {
		database.exec(
			"CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)",
		);
		database.exec("DELETE FROM schema_versions");
		if (version > 0) database.prepare("INSERT INTO schema_versions VALUES (?, 0)").run(version);
		database.close();
	}
}

function databasesOf(state: string): DatabaseSync[] {
	const ledger = join(state, "ledger");
	const names = readdirSync(ledger).filter((name) => /^[0-9a-f]+\.sqlite$/.test(name));
	return names.map((name) => new DatabaseSync(join(ledger, name)));
}
