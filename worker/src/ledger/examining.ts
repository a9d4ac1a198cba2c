// The doctor behind the Worker: one examination at a time, and a minute from the start of one to that of the next, so that
// nobody can have Flinks asked again and again.

import { examine, type Report } from "../doctor.ts";
import type { Env } from "../env.ts";
import { ProblemError } from "../problem.ts";
import { needed, settingsOf } from "../settings.ts";

/** Longer than an examination takes. */
const PAUSE_MS = 60_000;

export class Examining {
	readonly #env: Env;
	#notBefore = 0;

	constructor(env: Env) {
		this.#env = env;
	}

	async run(): Promise<Report> {
		const options = needed(settingsOf(this.#env).client);
		const waitMs = this.#notBefore - Date.now();
		if (waitMs > 0) {
			const headers = { "Retry-After": String(Math.ceil(waitMs / 1000)) };
			throw new ProblemError("rate_limited", { headers, detail: "One check a minute: the last one began just now." });
		}
		this.#notBefore = Date.now() + PAUSE_MS;
		return examine(options);
	}
}
