// The Worker as it ships, under control of the tests: it can be stopped after any write to storage, its clock can be moved
// and its alarm rung. workerd shares the variables of this module between the Worker and its objects.

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
	| "reset"
	/** It throws in the object, which lives. */
	| "thrown"
	/** It fails, and so do all after it, as in storage that is full. */
	| "full";

const realNow = Date.now;
let movedMs = Number(bindings.MOVED_MS);
Date.now = () => realNow() + movedMs;

/** Writes until the stop; none is due where it is 0. */
let left = Number(bindings.STOP_AFTER ?? 0);
let how = (bindings.STOP_HOW ?? "kept") as Stop;
let written = 0;

export class Ledger extends Shipped {
	constructor(ctx: DurableObjectState, env: Readonly<Record<string, unknown>>) {
		watch(ctx);
		super(ctx, env);
	}

	#ringing: Promise<void> = Promise.resolve();

	/** Alarms ring one after the other, as on the platform. */
	override async alarm(): Promise<void> {
		const rung = this.#ringing.then(() => super.alarm());
		this.#ringing = rung.catch(() => {});
		try {
			await rung;
		} catch (error) {
			// The platform gives an alarm up after six tries, which take it two minutes.
			if (bindings.ALARM_TRIES !== "1") throw error;
		}
	}

	ring(): Promise<void> {
		return this.alarm();
	}

	/** As if the platform had given it up. */
	loseAlarm(): Promise<void> {
		return this.ctx.storage.deleteAlarm();
	}
}

function watch(ctx: DurableObjectState): void {
	const { storage } = ctx;
	const { sql } = storage;
	const exec = sql.exec.bind(sql);
	sql.exec = ((statement: string, ...values: SqlStorageValue[]) => {
		const isWrite = /^\s*(INSERT|UPDATE|DELETE)/.test(statement);
		if (isWrite && left === 1 && (how === "thrown" || how === "full")) {
			if (how === "thrown") left = 0;
			written += 1;
			throw new Error("a write that fails");
		}
		const cursor = exec(statement, ...values);
		if (isWrite) onWrite(ctx);
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
	// Setting the alarm is no SQL, and does not fail alone.
	if (left === 0 || (left === 1 && how === "full")) return;
	left -= 1;
	if (left > 0 || how === "thrown") return;
	if (how === "lost") stop();
	void ctx.storage.sync().then(() => (how === "reset" ? ctx.abort("reset by the test") : stop()));
}

/** Until the harness kills the process; should it be gone itself, for a minute or so. */
function stop(): void {
	console.log("stopped");
	for (let turns = 0; turns < 5e10; turns++);
}

function ledgers({ LEDGER, LEDGER_SHARDS }: Readonly<Record<string, unknown>>) {
	const namespace = LEDGER as DurableObjectNamespace<Ledger>;
	return Array.from({ length: Number(LEDGER_SHARDS) }, (_, shard) => namespace.getByName(`shard-${shard}`));
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
			case "/-/alarm":
				await Promise.all(ledgers(env).map((ledger) => ledger.ring()));
				return Response.json({});
			case "/-/lose-alarms":
				await Promise.all(ledgers(env).map((ledger) => ledger.loseAlarm()));
				return Response.json({});
			default:
				return app.fetch(request, env, ctx);
		}
	},
};
