// Storage that an earlier version of the Worker has written, and what it answered: see README.md.

import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Json } from "../crash/system.ts";

/** What the earlier version answered about one payment. */
export interface PastPayment {
	/** What happened to it. */
	what: string;
	/** Its Idempotency-Key; none when a page brought it as an order. */
	key?: string;
	/** The `jti` of that order. */
	jti?: string;
	/** The request's body, byte for byte; of an order, its claim `payment`. */
	body: string;
	/** The answer that the key gets again; none when no request had left, so that the key is free. */
	answer?: { status: number; retryAfter?: string; json: Json };
	/** As `GET /payments` has it. */
	view?: Json;
	events?: Json[];
	/** Messages that the merchant has not accepted. */
	messages?: { id: string; type: string; state: "pending" | "dead"; data: Json }[];
	/** What an operator would find at Flinks for an unknown payment. */
	foundAtFlinks?: { sessionId: string };
}

export interface Snapshot {
	/** The folder of its files. */
	folder: string;
	/** When the Worker was killed whose storage this is. */
	takenAt: string;
	payments: PastPayment[];
	/** Flinks' answers to reads of the payments, by path. */
	flinks: Record<string, Json>;
}

export function snapshotOf(version: string): Snapshot {
	const folder = join(import.meta.dirname, version);
	return { folder, ...JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) };
}

/** Makes a snapshot's databases where a workerd will look for them. */
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

/** Dates each message before the ones before it. */
export function setClockBack(state: string): void {
	for (const database of databasesOf(state)) {
		database.exec("UPDATE messages SET created_at = created_at - number * 3600000");
		database.close();
	}
}

/** Sets the schema's version in each database of a stopped Worker; 0 removes it. */
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
