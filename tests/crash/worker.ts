// The Worker as it ships, with a hand on its storage and its clock: it can be stopped after any write to storage, its
// clock can be moved and its alarm rung. workerd shares what stands in this module between the Worker and its objects.

import { env as bindings } from "cloudflare:workers";
import app from "../../worker/src/index.ts";
import { Ledger as Shipped } from "../../worker/src/ledger/ledger.ts";

/** How a write is the last one. */
type Stop =
	/** Nothing goes on, not even the write: it is not durable yet. */
	| "lost"
	/** It becomes durable, and then nothing goes on. */
	| "kept"
	/** It becomes durable, and then the object dies alone: the Worker in front of it lives. */
	| "reset";

const realNow = Date.now;
let movedMs = Number(bindings.MOVED_MS);
Date.now = () => realNow() + movedMs;

/** Writes until the stop; none is due where it is 0. */
let left = 0;
let how: Stop = "kept";
let written = 0;

export class Ledger extends Shipped {
	constructor(ctx: DurableObjectState, env: Readonly<Record<string, unknown>>) {
		watch(ctx);
		super(ctx, env);
	}

	ring(): Promise<void> {
		return this.alarm();
	}
}

function watch(ctx: DurableObjectState): void {
	const { storage } = ctx;
	const { sql } = storage;
	const exec = sql.exec.bind(sql);
	sql.exec = ((sentence: string, ...values: SqlStorageValue[]) => {
		const cursor = exec(sentence, ...values);
		if (/^\s*(INSERT|UPDATE|DELETE)/.test(sentence)) onWrite(ctx);
		return cursor;
	}) as typeof sql.exec;
	const setAlarm = storage.setAlarm.bind(storage);
	// The platform's alarm rings by real time.
	storage.setAlarm = async (at: number) => {
		const set = setAlarm(at - movedMs);
		onWrite(ctx);
		return set;
	};
	const getAlarm = storage.getAlarm.bind(storage);
	storage.getAlarm = async () => {
		const at = await getAlarm();
		return at === null ? null : at + movedMs;
	};
}

function onWrite(ctx: DurableObjectState): void {
	written += 1;
	if (left === 0) return;
	left -= 1;
	if (left > 0) return;
	if (how === "lost") stop();
	void ctx.storage.sync().then(() => (how === "reset" ? ctx.abort("reset by the test") : stop()));
}

/** Until the harness kills the process; should it be gone itself, for a minute or so. */
function stop(): void {
	console.log("stopped");
	for (let turns = 0; turns < 5e10; turns++);
}

export default {
	async fetch(request: Request, env: Readonly<Record<string, unknown>>, ctx: ExecutionContext): Promise<Response> {
		const { pathname, searchParams } = new URL(request.url);
		switch (pathname) {
			case "/-/stop":
				left = Number(searchParams.get("after"));
				how = searchParams.get("how") as Stop;
				written = 0;
				return Response.json({});
			case "/-/written":
				return Response.json({ written });
			case "/-/clock":
				movedMs = Number(searchParams.get("ms"));
				return Response.json({});
			case "/-/alarm": {
				const ledgers = env.LEDGER as DurableObjectNamespace<Ledger>;
				const shards = Array.from({ length: Number(env.LEDGER_SHARDS) }, (_, shard) => shard);
				await Promise.all(shards.map((shard) => ledgers.getByName(`shard-${shard}`).ring()));
				return Response.json({});
			}
			default:
				return app.fetch(request, env, ctx);
		}
	},
};
