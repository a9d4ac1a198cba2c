// Brings an object's storage to the schema that this code knows, whichever version of the Worker wrote it last.

import { ProblemError } from "../../problem.ts";
import { STEPS } from "./steps.ts";

/** Takes the steps that are missing, all of them or none. Storage that a newer version has written is refused, and kept. */
export function migrate(storage: DurableObjectStorage): ProblemError | undefined {
	const { sql } = storage;
	sql.exec("CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)");
	const { version } = sql
		.exec<{ version: number }>("SELECT COALESCE(MAX(version), 0) AS version FROM schema_versions")
		.one();
	if (version > STEPS.length) return newerSchema(version);
	if (version === STEPS.length) return undefined;
	storage.transactionSync(() => {
		for (const [index, step] of STEPS.entries()) {
			if (index < version) continue;
			sql.exec(step);
			sql.exec("INSERT INTO schema_versions (version, applied_at) VALUES (?, ?)", index + 1, Date.now());
		}
	});
	return undefined;
}

/** What a key was answered stands in the storage too, so that nobody knows whether its payment exists. */
function newerSchema(version: number): ProblemError {
	const detail =
		`A newer version of the Worker has written the storage (schema ${version}; this version knows ${STEPS.length}). ` +
		"Deploy that version again: nothing is lost, and nothing is done until then.";
	return new ProblemError("misconfigured", { outcome: "unknown", field: "LEDGER", detail });
}
