// The calls to Flinks that run in this object, and the clients that make them.

import type { AttemptEvent, FlinksPay } from "flinkspay-edge";
import type { Env } from "../env.ts";
import type { PaymentEvent } from "../schemas/events.ts";
import { newClient, settingsOf } from "../settings.ts";
import { log } from "../telemetry.ts";

/** How long after its deadline a call counts as lost. */
export const GRACE_MS = 5_000;

export class Calls {
	readonly #env: Env;
	/** The time after which each payment's call counts as lost. */
	readonly #deadlines = new Map<string, number>();
	#clients: { payments: FlinksPay; reads: FlinksPay } | undefined;

	constructor(env: Env) {
		this.#env = env;
	}

	get count(): number {
		return this.#deadlines.size;
	}

	/** The time after which a call that begins now counts as lost. */
	deadline(): number {
		return Date.now() + settingsOf(this.#env).deadlineMs + GRACE_MS;
	}

	/** Runs the one call that a payment may have at a time. */
	async during<T>(id: string, call: () => Promise<T>): Promise<T> {
		this.#deadlines.set(id, this.deadline());
		try {
			return await call();
		} finally {
			this.#deadlines.delete(id);
		}
	}

	isLive(id: string): boolean {
		return Date.now() < (this.#deadlines.get(id) ?? 0);
	}

	/** The client for payments, whose warm tokens are for them alone, or the one for all other calls. */
	client(what: "payments" | "reads"): FlinksPay {
		this.#clients ??= { payments: newClient(this.#env), reads: newClient(this.#env, { warmTokens: 0 }) };
		return this.#clients[what];
	}
}

/** Logs one request to Flinks, and makes its event for the timeline. */
export function recordAttempt({ stage, attempt, status, outcome, durationMs }: AttemptEvent): PaymentEvent {
	log("flinkspay.attempt", {
		...{ "flinkspay.stage": stage, "flinkspay.outcome": outcome },
		"http.response.status_code": status,
		"http.client.request.duration": durationMs / 1000,
	});
	const httpStatus = status === undefined ? {} : { httpStatus: status };
	return { type: "attempt", stage, attempt, ...httpStatus, outcome, durationMs };
}
