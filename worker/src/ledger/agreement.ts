// How many objects the payments are spread over. Among another number of them a key would belong to another object, which
// could start a second payment: so the first number holds, and the first object is the one that all others ask.

import type { Env } from "../env.ts";
import { needed, settingsOf } from "../settings.ts";
import { ask, nameOf, wrongShards } from "./shards.ts";

export class Agreement {
	readonly #env: Env;
	readonly #sql: SqlStorage;
	readonly #id: DurableObjectId;
	/** Once it is known it holds for as long as this object lives, which alone writes it. */
	#agreed: number | undefined;

	constructor(env: Env, sql: SqlStorage, id: DurableObjectId) {
		this.#env = env;
		this.#sql = sql;
		this.#id = id;
	}

	/** The number that was agreed on, where there is one. The first to `establish` one has it kept. */
	agreed(establish: number | undefined): number | undefined {
		this.#agreed ??= this.#sql.exec<{ shards: number }>("SELECT shards FROM agreed").toArray()[0]?.shards;
		if (this.#agreed === undefined && establish !== undefined) {
			this.#sql.exec("INSERT INTO agreed (shards) VALUES (?)", establish);
			this.#agreed = establish;
		}
		return this.#agreed;
	}

	/** Refuses to work under another number. Whatever makes a row that another object may be asked for establishes it. */
	async check({ establish }: { establish: boolean }): Promise<void> {
		const shards = needed(settingsOf(this.#env).shards);
		const mine = establish ? shards : undefined;
		const isFirst = this.#id.name === nameOf(0);
		let agreed = this.agreed(isFirst ? mine : undefined);
		if (agreed === undefined && !isFirst) {
			agreed = (await ask(this.#env, 0, (first) => first.agreedShards(mine))).shards;
			if (agreed !== undefined) this.agreed(agreed);
		}
		if (agreed !== undefined && agreed !== shards) throw wrongShards(shards, agreed);
	}
}
