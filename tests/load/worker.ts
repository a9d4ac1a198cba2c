// The Worker with its clock and its alarm in hand, as in crash/worker.ts, that counts the rows it reads and keeps of its log
// only what it says of being late: of tens of thousands of payments the rest would be in the way.

import app, { Ledger as InHand } from "../crash/worker.ts";

let rowsRead = 0;
/** What its cursor has read is known when the next one is asked for: the ledger goes through each at once. */
let last: { readonly rowsRead: number } | undefined;
const late: string[] = [];

for (const level of ["log", "warn", "error"] as const) {
	console[level] = (line: unknown) => {
		if (String(line).includes('"flinkspay.due.late"')) late.push(String(line));
	};
}

/** While it is filled, claims wait for no others: the clock is set back before they are. */
let isFilled = false;
const wait = scheduler.wait.bind(scheduler);
scheduler.wait = (ms, options) => wait(isFilled ? 0 : ms, options);

export class Ledger extends InHand {
	constructor(ctx: DurableObjectState, env: Readonly<Record<string, unknown>>) {
		const { sql } = ctx.storage;
		const exec = sql.exec.bind(sql);
		sql.exec = ((sentence: string, ...values: SqlStorageValue[]) => {
			count();
			const cursor = exec(sentence, ...values);
			last = cursor;
			return cursor;
		}) as typeof sql.exec;
		super(ctx, env);
	}
}

function count(): void {
	rowsRead += last?.rowsRead ?? 0;
	last = undefined;
}

export default {
	fetch(request: Request, env: Readonly<Record<string, unknown>>, ctx: ExecutionContext): Promise<Response> | Response {
		const { pathname } = new URL(request.url);
		if (pathname === "/-/filled" || pathname === "/-/full") {
			isFilled = pathname === "/-/filled";
			return Response.json({});
		}
		if (pathname !== "/-/measured") return app.fetch(request, env, ctx);
		count();
		return Response.json({ rowsRead, late });
	},
};
