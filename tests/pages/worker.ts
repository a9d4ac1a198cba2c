// The Worker with an object that fails and one that hangs when its list or its events are asked for.

import app from "../../worker/src/index.ts";
import { Ledger as Shipped } from "../../worker/src/ledger/ledger.ts";

export default app;

export class Ledger extends Shipped {
	override async list(...asked: Parameters<Shipped["list"]>): ReturnType<Shipped["list"]> {
		await this.#stumble();
		return super.list(...asked);
	}

	override async feed(...asked: Parameters<Shipped["feed"]>): ReturnType<Shipped["feed"]> {
		await this.#stumble();
		return super.feed(...asked);
	}

	async #stumble(): Promise<void> {
		const { GONE, HANGS } = this.env as Readonly<Record<string, unknown>>;
		if (this.ctx.id.name === GONE) throw new Error("gone");
		if (this.ctx.id.name === HANGS) await new Promise<never>(() => {});
	}
}
