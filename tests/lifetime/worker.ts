// The Worker of crash/worker.ts, whose clock and alarm the test controls. It also counts what Cloudflare bills for the
// ledger, and lists requests and writes in their order.

import { Jobs } from "../../worker/src/ledger/jobs.ts";
import app, { Ledger as InHand } from "../crash/worker.ts";

const used = { requests: 0, objectRequests: 0, subrequests: 0, alarmsSet: 0, alarmAt: 0, lines: 0 };
const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];

/** Requests by their paths, and `write` for each transaction that wrote something and what was written outside of one. */
const trace: string[] = [];

const send = globalThis.fetch;
globalThis.fetch = (...request: Parameters<typeof send>) => {
	used.subrequests += 1;
	trace.push(new URL(new Request(...request).url).pathname);
	return send(...request);
};

for (const level of ["log", "warn", "error"] as const) {
	console[level] = () => {
		used.lines += 1;
	};
}

/** The object's jobs, once it has been rung. */
let jobs: Jobs | undefined;
const runJobs = Jobs.prototype.run;
Jobs.prototype.run = function () {
	jobs = this;
	return runJobs.call(this);
};

export class Ledger extends InHand {
	readonly #storage: DurableObjectStorage;

	constructor(ctx: DurableObjectState, env: Readonly<Record<string, unknown>>) {
		count(ctx.storage);
		super(ctx, env);
		this.#storage = ctx.storage;
	}

	/** Settles once no job is under way, as an alarm does. */
	async idle(): Promise<void> {
		if (jobs !== undefined) await runJobs.call(jobs);
	}

	bytes(): number {
		return this.#storage.sql.databaseSize;
	}
}

/** Calls and alarms that have not ended. */
let underWay = 0;

/** Waits until nothing is running any more after the answers. */
async function ended(ledger: DurableObjectStub<Ledger>): Promise<void> {
	do {
		while (underWay > 0) await scheduler.wait(5);
		await ledger.idle();
	} while (underWay > 0);
}

// Each call from outside, and the alarm. Objects agree on their number once in their life, which is not counted.
const shipped = Object.getPrototypeOf(InHand.prototype) as Record<string, (...values: unknown[]) => unknown>;
for (const name of Object.getOwnPropertyNames(shipped)) {
	const method = shipped[name];
	if (method === undefined || name === "constructor" || name === "agreedShards") continue;
	shipped[name] = async function (this: Ledger, ...values: unknown[]) {
		used.objectRequests += 1;
		underWay += 1;
		try {
			return await method.apply(this, values);
		} finally {
			underWay -= 1;
		}
	};
}

function count(storage: DurableObjectStorage): void {
	const { sql } = storage;
	const exec = sql.exec.bind(sql);
	let isOpen = false;
	let rows = 0;
	sql.exec = ((sentence: string, ...values: SqlStorageValue[]) => {
		const cursor = exec(sentence, ...values);
		cursors.push(cursor);
		rows += cursor.rowsWritten;
		if (!isOpen && cursor.rowsWritten > 0) trace.push("write");
		return cursor;
	}) as typeof sql.exec;
	const transactionSync = storage.transactionSync.bind(storage);
	storage.transactionSync = (work) => {
		const before = rows;
		isOpen = true;
		try {
			return transactionSync(work);
		} finally {
			isOpen = false;
			if (rows > before) trace.push("write");
		}
	};
	// The test rings, and not the platform.
	storage.setAlarm = async (at: number) => {
		used.alarmsSet += 1;
		used.alarmAt = at;
	};
}

export default {
	async fetch(request: Request, env: Readonly<Record<string, unknown>>, ctx: ExecutionContext): Promise<Response> {
		const { pathname } = new URL(request.url);
		const ledger = (env.LEDGER as DurableObjectNamespace<Ledger>).getByName("shard-0");
		if (!pathname.startsWith("/-/")) used.requests += 1;
		switch (pathname) {
			case "/-/used": {
				await ended(ledger);
				const sum = (of: "rowsRead" | "rowsWritten") => cursors.reduce((total, cursor) => total + cursor[of], 0);
				const { alarmsSet, alarmAt: _, lines, ...requests } = used;
				// Each alarm that is set is billed as a row written.
				const rows = { rowsRead: sum("rowsRead"), rowsWritten: sum("rowsWritten") + alarmsSet };
				// The platform writes one of its own for each request.
				const logEvents = lines + requests.requests + requests.objectRequests;
				return Response.json({ ...requests, ...rows, logEvents });
			}
			case "/-/trace":
				return Response.json({ trace: trace.splice(0), alarmAt: used.alarmAt });
			case "/-/bytes":
				return Response.json({ bytes: await ledger.bytes() });
			default: {
				const response = await app.fetch(request, env, ctx);
				trace.push("answer");
				return response;
			}
		}
	},
};
