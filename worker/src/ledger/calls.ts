// The calls that run in this object's memory for its payments, and the client that they are made with.

import type { AttemptEvent, FlinksPay } from "flinkspay-edge";
import type { Env } from "../env.ts";
import type { PaymentEvent } from "../schemas.ts";
import { newClient, settingsOf } from "../settings.ts";
import { tell } from "../telemetry.ts";

/** How much longer than its deadline a call may take before it counts as lost. */
export const GRACE_MS = 5_000;

export class Calls {
	readonly #env: Env;
	/** Until when each payment's call may still end. */
	readonly #until = new Map<string, number>();
	#clients: { payments: FlinksPay; reads: FlinksPay } | undefined;

	constructor(env: Env) {
		this.#env = env;
	}

	get count(): number {
		return this.#until.size;
	}

	/** Until when a call that begins now may end. */
	deadline(): number {
		return Date.now() + settingsOf(this.#env).deadlineMs + GRACE_MS;
	}

	/** Does something that no other call may do for the payment meanwhile. */
	async during<T>(id: string, call: () => Promise<T>): Promise<T> {
		this.#until.set(id, this.deadline());
		try {
			return await call();
		} finally {
			this.#until.delete(id);
		}
	}

	isLive(id: string): boolean {
		return Date.now() < (this.#until.get(id) ?? 0);
	}

	/** One client for payments, whose warm tokens are for them alone, and one for all else. */
	client(what: "payments" | "reads"): FlinksPay {
		this.#clients ??= { payments: newClient(this.#env), reads: newClient(this.#env, { warmTokens: 0 }) };
		return this.#clients[what];
	}
}

/** Tells of one request to Flinks, and gives what the timeline has of it. */
export function attempted({ stage, attempt, status, outcome, durationMs }: AttemptEvent): PaymentEvent {
	tell("flinkspay.attempt", {
		...{ "flinkspay.stage": stage, "flinkspay.outcome": outcome },
		"http.response.status_code": status,
		"http.client.request.duration": durationMs / 1000,
	});
	const httpStatus = status === undefined ? {} : { httpStatus: status };
	return { type: "attempt", stage, attempt, ...httpStatus, outcome, durationMs };
}
