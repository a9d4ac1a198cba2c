// The Worker of the crash tests, which also records SQLite's query plan of each statement.

import crashing, { Ledger as Crashing } from "../crash/worker.ts";
import type { Plan, PlanStep } from "./plan.ts";

const plans = new Map<string, PlanStep[]>();

export class Ledger extends Crashing {
	constructor(ctx: DurableObjectState, env: Readonly<Record<string, unknown>>) {
		explain(ctx.storage.sql);
		super(ctx, env);
	}
}

function explain(sql: SqlStorage): void {
	const exec = sql.exec.bind(sql);
	sql.exec = ((statement: string, ...values: SqlStorageValue[]) => {
		if (/^\s*(SELECT|INSERT|UPDATE|DELETE)/.test(statement) && !plans.has(statement)) {
			plans.set(statement, exec<PlanStep>(`EXPLAIN QUERY PLAN ${statement}`, ...values).toArray());
		}
		return exec(statement, ...values);
	}) as typeof sql.exec;
}

export default {
	async fetch(request: Request, env: Readonly<Record<string, unknown>>, ctx: ExecutionContext): Promise<Response> {
		if (new URL(request.url).pathname !== "/-/plans") return crashing.fetch(request, env, ctx);
		return Response.json(Array.from(plans, ([statement, steps]): Plan => ({ statement, steps })));
	},
};
