// worker/README.md describes the ledger's storage: each table, column and index that the migrations make.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { STEPS } from "../worker/src/ledger/migrations/steps.ts";

test("worker/README.md has every table, index and column, and no others", async () => {
	const database = new DatabaseSync(":memory:");
	for (const step of STEPS) database.exec(step);
	const names = (sql: string) =>
		database
			.prepare(sql)
			.all()
			.map(({ name }) => String(name));
	const tables = names("SELECT name FROM sqlite_master WHERE type = 'table'");
	const indexes = names("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL");
	const columns = tables.flatMap((table) => names(`SELECT name FROM pragma_table_xinfo('${table}')`));
	database.close();
	assert.ok(tables.length >= 7 && indexes.length >= 4 && columns.length > 40);
	const page = await readFile(new URL("../worker/README.md", import.meta.url), "utf8");
	const storage = page.split("\n## Storage\n")[1] ?? "";
	const documented = new Set([...storage.matchAll(/`(\w+)`/g)].map(([, name]) => name));
	assert.deepEqual(
		[...tables, ...indexes, ...columns].filter((name) => !documented.has(name)),
		[],
	);
	const rows = [...storage.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => String(name));
	const known = new Set([...tables, ...indexes, ...columns, "schema_versions"]);
	assert.deepEqual(
		rows.filter((name) => !known.has(name)),
		[],
	);
});
