// What the client and the sandbox, which share no code, must agree on: every call of the contract, product by product,
// and what each runtime might do differently. It runs unmodified inside each runtime, with the package under its public
// names, over real HTTP. `tests/contract/bench.ts` has the sandboxes.

import { failures } from "./failures.ts";
import { payments } from "./payments.ts";
import { openerAt } from "./sandboxes.ts";
import { sessions } from "./sessions.ts";
import { tokens } from "./tokens.ts";

/** One case, and what was wrong in it. */
export interface Verdict {
	name: string;
	complaints: string[];
}

const cases = { ...payments, ...sessions, ...tokens, ...failures };

/** What the cases are about, in their order. */
export const caseNames: readonly string[] = Object.keys(cases);

/** Runs every case, with sandboxes from the bench at this origin. */
export async function suite(bench: string): Promise<Verdict[]> {
	const verdicts: Verdict[] = [];
	for (const [name, run] of Object.entries(cases)) {
		const complaints: string[] = [];
		try {
			await run((what, got, due) => {
				if (got !== due) complaints.push(`${what}: ${got}, and not ${due}`);
			}, openerAt(bench));
		} catch (error) {
			complaints.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
		}
		verdicts.push({ name, complaints });
	}
	return verdicts;
}
