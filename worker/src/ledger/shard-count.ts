// The number of objects that the payments are spread over. With another number a key would lead to another object, which
// could start a second payment. So the number at the first payment stays in force, and the first object keeps it for all.

import type { Env } from "../env.ts";
import { needed, settingsOf } from "../settings.ts";
import { callLedger } from "./client.ts";
import { nameOf, wrongShards } from "./shards.ts";

export class ShardCount {
	readonly #env: Env;
	readonly #sql: SqlStorage;
	readonly #id: DurableObjectId;
	/** A copy of the stored number, which never changes once it is stored. */
	#agreed: number | undefined;

	constructor(env: Env, sql: SqlStorage, id: DurableObjectId) {
		this.#env = env;
		this.#sql = sql;
		this.#id = id;
	}

	/** The stored number. Where there is none, `establish` is stored. */
	agreed(establish: number | undefined): number | undefined {
		this.#agreed ??= this.#sql.exec<{ shards: number }>("SELECT shards FROM agreed").toArray()[0]?.shards;
		if (this.#agreed === undefined && establish !== undefined) {
			this.#sql.exec("INSERT INTO agreed (shards) VALUES (?)", establish);
			this.#agreed = establish;
		}
		return this.#agreed;
	}

	/** Throws where LEDGER_SHARDS is another number. A call that makes a row other objects may look for establishes it. */
	async check({ establish }: { establish: boolean }): Promise<void> {
		const shards = needed(settingsOf(this.#env).shards);
		const mine = establish ? shards : undefined;
		const isFirst = this.#id.name === nameOf(0);
		let agreed = this.agreed(isFirst ? mine : undefined);
		if (agreed === undefined && !isFirst) {
			agreed = (await callLedger(this.#env, 0, (first) => first.agreedShards(mine))).shards;
			if (agreed !== undefined) this.agreed(agreed);
		}
		if (agreed !== undefined && agreed !== shards) throw wrongShards(shards, agreed);
	}
}
