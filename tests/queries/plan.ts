// What SQLite says of how it goes about a sentence.

export interface PlanStep extends Record<string, string | number> {
	id: number;
	/** The step that this one is a part of. */
	parent: number;
	detail: string;
}

export interface Plan {
	sentence: string;
	steps: PlanStep[];
}

/** Tables of one row, of which nothing else can be said than that they are read. */
const ONE_ROW = ["agreed", "purged"];

/** All that is due stands in memory; an object that starts learns it. */
const READ_ONCE = "SELECT * FROM due";

/** What costs the more the more there is, in words: tables that are gone through, and rows that are sorted. */
export function unbounded({ sentence, steps }: Plan): string[] {
	return steps.filter((step) => isScan(step, sentence) || isSort(step)).map(({ detail }) => detail);
}

function isScan({ detail }: PlanStep, sentence: string): boolean {
	const table = /^SCAN (\w+)/.exec(detail)?.[1];
	if (table === undefined || table === "CONSTANT" || ONE_ROW.includes(table)) return false;
	return sentence !== READ_ONCE;
}

function isSort({ detail }: PlanStep): boolean {
	return detail.startsWith("USE TEMP B-TREE");
}
