// Runs the doctor (`../doctor.ts`) in an object of the ledger: one check at a time, and at most one a minute, so that nobody
// can have the Worker send Flinks requests without end.

import { examine } from "../doctor.ts";
import type { Env } from "../env.ts";
import { ProblemError } from "../problem.ts";
import type { CheckReport } from "../schemas/configuration.ts";
import { needed, settingsOf } from "../settings.ts";

/** Longer than a check takes. */
const INTERVAL_MS = 60_000;

export class SettingsCheck {
	readonly #env: Env;
	#notBefore = 0;

	constructor(env: Env) {
		this.#env = env;
	}

	async run(): Promise<CheckReport> {
		const options = needed(settingsOf(this.#env).client);
		const seconds = Math.ceil((this.#notBefore - Date.now()) / 1000);
		if (seconds > 0) {
			const detail = `The last check began less than a minute ago. Try again in ${seconds} s.`;
			throw new ProblemError("rate_limited", { headers: { "Retry-After": String(seconds) }, detail });
		}
		this.#notBefore = Date.now() + INTERVAL_MS;
		return examine(options);
	}
}
