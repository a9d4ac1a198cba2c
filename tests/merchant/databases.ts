// The stores of docs/receiving.md, word for word, and their databases.

import { mkdir, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import type { ReceiverStore } from "flinkspay-edge/merchant";
import { Pool } from "pg";
import { receivingSample } from "../books/sample.ts";
import { CALLS, type Sql } from "./calls.ts";

/** The folder from which the page's samples are imported. */
export const folder = fileURLToPath(new URL("../../target/merchant/", import.meta.url));
export const TABLES = [receivingSample("sql", "payments_taken"), receivingSample("sql", "received"), CALLS];

/** Writes the stores there once, before the processes that import them start. */
export async function writeStores(): Promise<void> {
	await mkdir(folder, { recursive: true });
	for (const name of ["sqliteStore", "postgresStore", "d1Store"]) {
		await writeFile(`${folder}${name}.ts`, receivingSample("ts", `export function ${name}`));
	}
}

/** Opens SQLite's file, or PostgreSQL at the folder of its socket. */
export async function open(where: string): Promise<{ store: ReceiverStore; sql: Sql; close(): unknown }> {
	if (where.endsWith(".db")) {
		const { sqliteStore } = await import(`${folder}sqliteStore.ts`);
		const db = new DatabaseSync(where, { timeout: 30_000 });
		if (db.prepare("SELECT * FROM sqlite_schema").all().length === 0) for (const table of TABLES) db.exec(table);
		return {
			store: sqliteStore(db),
			sql: async (text, ...values) => db.prepare(text).all(...values),
			close: () => db.close(),
		};
	}
	const { postgresStore } = await import(`${folder}postgresStore.ts`);
	const pool = new Pool({ host: where, user: "merchant", database: "postgres" });
	const sql: Sql = async (text, ...values) => {
		let number = 0;
		return (
			await pool.query(
				text.replaceAll("?", () => `$${++number}`),
				values,
			)
		).rows;
	};
	const { rows } = await pool.query("SELECT to_regclass('calls') AS calls");
	if (rows[0]?.calls === null) for (const table of TABLES) await sql(table);
	return { store: postgresStore(pool), sql, close: () => pool.end() };
}
