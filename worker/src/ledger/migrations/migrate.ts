// Brings the storage of an object to the schema of this version of the Worker.

import { ProblemError } from "../../problem.ts";
import { STEPS } from "./steps.ts";

/** Runs the missing steps, all of them or none. Storage that a newer version has written is left alone and refused. */
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

/** The outcome is unknown: the answers of the keys are in the storage. */
function newerSchema(version: number): ProblemError {
	const detail =
		`The binding LEDGER has storage of a newer version of the Worker (schema ${version}; this version knows ${STEPS.length}). ` +
		"Deploy that version again. Nothing is lost, and nothing is done until then.";
	return new ProblemError("misconfigured", { outcome: "unknown", field: "LEDGER", detail });
}
