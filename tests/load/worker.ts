// The Worker of crash/worker.ts, whose clock and alarm the test controls. It counts the rows that it reads, and logs only
// that it is late: tens of thousands of payments would log too much.

import app, { Ledger as InHand } from "../crash/worker.ts";

let rowsRead = 0;
/** A cursor's rows are counted when the next one is opened: the ledger reads each to its end at once. */
let last: { readonly rowsRead: number } | undefined;
const late: string[] = [];

for (const level of ["log", "warn", "error"] as const) {
	console[level] = (line: unknown) => {
		if (String(line).includes('"flinkspay.due.late"')) late.push(String(line));
	};
}

/** Claims are not delayed while it is filled: the clock is set back before they would be due. */
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
