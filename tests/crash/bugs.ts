// Bugs that are made in the ledger on purpose: whoever looks for crashes must find each. `seeded-bugs.ts` makes them.

import type { Edit } from "./workerd.ts";

/** Who finds a bug: the tests that go through every place, or runs of chance too. */
type Finder = "tests" | "tests and chance";

export interface Bug {
	name: string;
	/** Who must find it; what chance meets too rarely is for the tests alone. */
	finder: Finder;
	edits: readonly Edit[];
}

const LEDGER = "worker/src/ledger/ledger.ts";
const ROWS = "worker/src/ledger/rows.ts";

function bug(name: string, finder: Finder, file: string, ...edits: readonly [find: string, replace: string][]): Bug {
	return { name, finder, edits: edits.map(([find, replace]) => ({ file, find, replace })) };
}

export const bugs: readonly Bug[] = [
	bug(
		"a step is written down after its answer, not before it leaves",
		"tests and chance",
		LEDGER,
		['if (stage !== "authorize" && !this.#rows.markSent(id, sessionId)) throw new Error("given up");', "void stage;"],
		[
			"onEvent: (event) => this.#note(id, attempted(event)),\n\t\t\t});\n\t\t\tconst",
			'onEvent: (event) => { if (event.stage !== "authorize") this.#rows.markSent(id, seen); },\n\t\t\t});\n\t\t\tconst',
		],
	),
	bug("an interrupted payment is forgotten, so that its key runs again", "tests and chance", LEDGER, [
		'\t\tif (row.state === "starting") {\n\t\t\tthis.#rows.forget(id);\n\t\t\treturn;',
		"\t\tif (row) {\n\t\t\tthis.#rows.forget(id);\n\t\t\treturn;",
	]),
	bug("nothing is swept up when the object starts", "tests", LEDGER, [
		"for (const row of this.#rows.interrupted()) this.#giveUp(row);",
		"",
	]),
	bug("the answer is not stored", "tests and chance", ROWS, ["[state, JSON.stringify(answer),", "[state, null,"]),
	bug("the alarm is not set before the first request leaves", "tests", LEDGER, [
		"await this.#ring();\n\t\tconst started",
		"const started",
	]),
	bug("a call that was given up goes on", "tests", ROWS, [
		"session_id = ? WHERE id = ? AND state IN ('starting', 'sent')\"",
		'session_id = ? WHERE id = ?"',
	]),
	bug("a late answer replaces the one that was told", "tests", ROWS, [
		"status = ?, final = ? WHERE id = ? AND state IN ('starting', 'sent')`",
		"status = ?, final = ? WHERE id = ?`",
	]),
	bug(
		"the alarm goes by what held when it rang",
		"tests",
		LEDGER,
		["(row) => this.#attend(row.id)", "(row) => this.#attend(row)"],
		["async #attend(id: string)", "async #attend(row: PaymentRow)"],
		["const row = this.#rows.byId(id);\n\t\tif (!row) return;\n\t\tconst now", "const now"],
	),
	bug("a failure frees the key although a create had left", "tests and chance", LEDGER, [
		'if (row.state === "starting") {\n\t\t\tthis.#rows.forget(id);\n\t\t\tdelete',
		"if (row) {\n\t\t\tthis.#rows.forget(id);\n\t\t\tdelete",
	]),
	bug("any body gets the key's answer", "tests and chance", LEDGER, [
		"if (row.fingerprint !== fingerprint)",
		'if (row.fingerprint === fingerprint + "")',
	]),
	bug("an interrupted payment counts as created", "tests and chance", LEDGER, [
		'state: "unknown", answer, standing: UNKNOWN, sessionId,',
		'state: "created", answer: { created: { id, referenceId, sessionId: "?", appUrl: "?", status: "Initiated" } }, standing: INITIATED, sessionId,',
	]),
	bug("a cancellation is not written down before it leaves", "tests", LEDGER, [
		"await this.#hurry(row);\n\t\ttry {",
		"try {",
	]),
	bug("an object that died is asked to cancel once more", "tests", "worker/src/payments.ts", [
		"{ twice: false }",
		"{ twice: true }",
	]),
	bug("an object that died is not asked again", "tests", "worker/src/ledger/shards.ts", [
		"if (!twice || !isFirst) throw error;",
		"if (error) throw error;",
	]),
	bug("a webhook is believed", "tests and chance", LEDGER, [
		"await this.#hurry(row);\n\t\t\treturn {};",
		'this.#learn(id, { status, statusDetails, paid: status === "Completed", final: false });\n\t\t\treturn {};',
	]),
	bug("the payor is stored", "tests and chance", LEDGER, [
		"const row = { id, keyHash, fingerprint, instance,",
		"const row = { id, keyHash, fingerprint, instance: JSON.stringify(params),",
	]),
];

/** The bug that the environment names, for `bundle`; none where it names none. */
export function seededBug(): readonly Edit[] {
	const name = process.env.SEEDED_BUG;
	if (name === undefined) return [];
	const found = bugs.find((bug) => bug.name === name);
	if (!found) throw new Error(`there is no bug "${name}"`);
	return found.edits;
}
