// SQLite's query plan of a statement.

export interface PlanStep extends Record<string, string | number> {
	id: number;
	parent: number;
	detail: string;
}

export interface Plan {
	statement: string;
	steps: PlanStep[];
}

/** Tables of one row, which every query scans. */
const ONE_ROW = ["agreed", "purged"];

/** An object loads all jobs when it starts. */
const LOAD_JOBS = "SELECT * FROM due";

/** The steps whose cost grows with the table: scans and sorts. */
export function unbounded({ statement, steps }: Plan): string[] {
	return steps.filter((step) => isScan(step, statement) || isSort(step)).map(({ detail }) => detail);
}

function isScan({ detail }: PlanStep, statement: string): boolean {
	const table = /^SCAN (\w+)/.exec(detail)?.[1];
	if (table === undefined || table === "CONSTANT" || ONE_ROW.includes(table)) return false;
	return statement !== LOAD_JOBS;
}

function isSort({ detail }: PlanStep): boolean {
	return detail.startsWith("USE TEMP B-TREE");
}
