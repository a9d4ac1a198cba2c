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

/** What costs the more the more there is, in words: tables that are gone through, and rows that are sorted. */
export function unbounded({ sentence, steps }: Plan): string[] {
	return steps.filter((step) => isScan(step, sentence) || isSort(step, steps)).map(({ detail }) => detail);
}

function isScan({ detail }: PlanStep, sentence: string): boolean {
	const table = /^SCAN (\w+)/.exec(detail)?.[1];
	if (table === undefined || table === "CONSTANT" || ONE_ROW.includes(table)) return false;
	// All of them in the order of an index end with the page.
	const isPage =
		detail === "SCAN payments USING INDEX payments_by_time" && /FROM payments\s+ORDER BY .* LIMIT \?/.test(sentence);
	return !isPage;
}

/** One payment's events and messages may be sorted, and so may the pages that a list is put together from. */
function isSort({ detail, parent }: PlanStep, steps: readonly PlanStep[]): boolean {
	if (!detail.startsWith("USE TEMP B-TREE")) return false;
	const sorted = steps.filter((step) => step.parent === parent && /^(SCAN|SEARCH) \w/.test(step.detail));
	return !sorted.every((step) => /^SEARCH (events|messages) .*\(payment_id=\?/.test(step.detail));
}
