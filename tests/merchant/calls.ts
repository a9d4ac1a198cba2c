// The merchants' functions of these tests: they record each call. Two references change that: `hangs` never resolves, and
// `fails` rejects the first time.

import type { ReceiverOptions } from "flinkspay-edge/merchant";

/** Runs a statement, with `?` for each value, and gives its rows. */
export type Sql = (text: string, ...values: string[]) => Promise<Record<string, unknown>[]>;

export const CALLS = "CREATE TABLE calls (payment TEXT NOT NULL, what TEXT NOT NULL)";

/** The calls for a payment, sorted by name. */
export async function callsFor(sql: Sql, payment: string): Promise<string[]> {
	return (await sql("SELECT what FROM calls WHERE payment = ?", payment)).map(({ what }) => String(what)).sort();
}

export function writingDown(sql: Sql): Pick<ReceiverOptions, "onCredit" | "onReverse"> {
	const note = (payment: string, what: string) => sql("INSERT INTO calls VALUES (?, ?)", payment, what);
	return {
		async onCredit({ id, referenceId }) {
			await note(id, "credit");
			if (referenceId === "hangs") await new Promise(() => {});
			if (referenceId === "fails" && (await callsFor(sql, id)).length === 1) throw new Error("the shop is down");
		},
		onReverse: ({ id }) => note(id, "reverse"),
	};
}
