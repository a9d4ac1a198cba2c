// The wasm instance. A trap makes it unusable ("lost"), and a new one replaces it. This file rejects the calls of a lost
// instance, which can no longer do that itself, and keeps promises, timers and signals from calling into it. It does not know
// what the calls are for.

import { copyOfError, type ErrorFields, errorOf, type FlinksPayError } from "./error.js";
import { initSync as initGlue, __wbg_reset_state as renewInstance, type SyncInitInput } from "./wasm/flinkspay_edge.js";

/** The calls that each caller's signal aborts. They share one listener, since Node.js warns about more than ten. */
const abortable = new WeakMap<AbortSignal, { calls: Set<Call<unknown>>; onAbort: () => void }>();

/** Why a call is entered (src/wasm/running_call.rs has the same numbers). */
const POLL = 0;
const TIMER = 1;
const ABORT = 2;

/** How long a call may take to react to its timer. If it does not react, the instance's queue is stuck. */
const STUCK_AFTER_MS = 1_000;

/** The number of the current instance. A client of an earlier one must be created again. */
let epoch = 1;
let lost = false;
let hasModule = false;

/**
 * Loads the module into the first instance and returns `api`. The entries export what it returns, since some bundlers drop a statement
 * that no export depends on, whatever "sideEffects" of the manifest says.
 */
export function load<Api>(module: SyncInitInput, api: Api): Api {
	initGlue({ module });
	hasModule = true;
	return api;
}

/** The same where no instance is possible: each use of the API fails with this message. */
export function refuseUse<Api>(message: string, cause: unknown, api: Api): Api {
	notReady = { ...notReady, message };
	notReadyCause = cause;
	return api;
}

export function currentEpoch(): number {
	return epoch;
}

/** Whether the instance is lost and not replaced yet. Its calls are rejected already. */
export function isLost(): boolean {
	return lost;
}

/** Waits for the new instance, which replaces a lost one within a few microtasks. */
export async function waitForInstance(): Promise<void> {
	while (lost) await undefined;
}

/** Calls into the instance. If it throws anything but its own errors, it has trapped. */
export function enter<T>(work: () => T): T {
	if (lost) throw errorOf(lostBeforeSending);
	try {
		return work();
	} catch (error) {
		throw toError(error);
	}
}

/** The error for what the instance or a trap has thrown. */
export function toError(thrown: unknown, cause?: unknown): FlinksPayError {
	if (isErrorFields(thrown)) return errorOf(thrown, cause);
	if (!hasModule) return errorOf(notReady, notReadyCause);
	lose();
	return errorOf(lostBeforeSending);
}

/** The instance throws plain objects and rejects with them. */
function isErrorFields(thrown: unknown): thrown is ErrorFields {
	return typeof thrown === "object" && thrown !== null && !(thrown instanceof Error) && "code" in thrown;
}

const nothingSent = { stage: "input", outcome: "not_sent", retryable: false } as const;
const lostBeforeSending: ErrorFields = {
	code: "instance_lost",
	...nothingSent,
	message: "The client's wasm instance was lost before anything was sent; the next call runs on a new one.",
};
let notReady: ErrorFields = {
	code: "not_ready",
	...nothingSent,
	message: "The WebAssembly module is not loaded. Call initSync of flinkspay-edge/slim first.",
};
let notReadyCause: unknown;

function lose(): void {
	if (lost) return;
	lost = true;
	for (const call of Call.running) call.lose();
	void renew();
}

async function renew(): Promise<void> {
	// Lets the lost instance's queued tasks, and those that they queue, run first: they have no effect.
	for (let turn = 0; turn < 3; turn += 1) await undefined;
	renewInstance();
	epoch += 1;
	lost = false;
}

/** One call of a client, on the side of the host: it outlives its instance. The host enters the call only through its methods. */
export class Call<T> {
	/** The calls that are not settled. */
	static readonly running = new Set<Call<unknown>>();

	/** The error for the caller if the instance is lost now. */
	ifLost: ErrorFields = lostBeforeSending;
	/** Aborts the request that is on its way. */
	controller: AbortController | undefined;
	/** What the host threw last. */
	cause: unknown;
	readonly #epoch = epoch;
	#enter: ((why: number) => void) | undefined;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#signal: AbortSignal | undefined;
	#reject: (error: ErrorFields) => void = () => {};

	/** Runs until the instance settles the call, or is lost. */
	async settled(start: () => Promise<T>): Promise<T> {
		Call.running.add(this);
		try {
			return await new Promise<T>((resolve, reject) => {
				this.#reject = reject;
				start().then(resolve, reject);
			});
		} finally {
			this.#end();
		}
	}

	/** What `fetch` threw, or returned instead of a `Response`. */
	set failure(thrown: unknown) {
		this.cause = copyOfError(thrown);
	}

	attach(enter: ((why: number) => void) | undefined): void {
		this.#enter = enter;
	}

	enter(why: number): void {
		try {
			this.#enter?.(why);
		} catch {
			lose();
		}
	}

	/** Lets the caller's signal abort the call. */
	listen(signal: AbortSignal): void {
		let shared = abortable.get(signal);
		if (shared === undefined) {
			const calls = new Set<Call<unknown>>();
			const onAbort = () => {
				for (const call of calls) call.enter(ABORT);
			};
			signal.addEventListener("abort", onAbort);
			shared = { calls, onAbort };
			abortable.set(signal, shared);
		}
		shared.calls.add(this);
		this.#signal = signal;
	}

	/** The last call of a signal removes the listener: the signal may live much longer. */
	stopListening(): void {
		const signal = this.#signal;
		const shared = signal && abortable.get(signal);
		if (!shared) return;
		this.#signal = undefined;
		shared.calls.delete(this);
		if (shared.calls.size > 0) return;
		abortable.delete(signal);
		try {
			signal.removeEventListener("abort", shared.onAbort);
		} catch {
			// The caller's own kind of signal may throw. A listener that stays has no calls to abort.
		}
	}

	/** A promise for the instance that never settles once the instance is lost. When it settles, the call is entered. */
	guarded<V>(promise: V): PromiseLike<V> {
		// biome-ignore lint/suspicious/noThenProperty: the instance calls it.
		return { then: (resolve, reject) => this.#then(promise, resolve, reject) } as PromiseLike<V>;
	}

	#then<V>(promise: V, resolve?: Settle<V> | null, reject?: Settle<unknown> | null) {
		let isSettled = false;
		const guard =
			<A>(settle?: Settle<A> | null) =>
			(value: A) => {
				if (isSettled || lost || epoch !== this.#epoch) return;
				isSettled = true;
				try {
					settle?.(value);
				} catch {
					lose();
				}
				// Directly, since the instance's own queue would cost a turn of the event loop for each promise.
				this.enter(POLL);
			};
		try {
			// Not the promise's own `then`, which may call back at once: the instance is not ready before this returns.
			return Promise.prototype.then.call(Promise.resolve(promise), guard(resolve), guard(reject));
		} catch (thrown) {
			return Promise.reject(thrown).catch(guard(reject));
		}
	}

	startTimer(ms: number): void {
		this.#timer = setTimeout(() => {
			let canReact = false;
			void Promise.resolve().then(() => {
				canReact = true;
			});
			this.#timer = setTimeout(() => {
				if (canReact && this.#enter !== undefined) lose();
			}, STUCK_AFTER_MS);
			this.enter(TIMER);
		}, ms);
	}

	stopTimer(): void {
		clearTimeout(this.#timer);
	}

	lose(): void {
		this.#end();
		this.#reject(this.ifLost);
		this.controller?.abort();
	}

	#end(): void {
		Call.running.delete(this);
		this.#enter = undefined;
		this.stopTimer();
		this.stopListening();
	}
}

type Settle<A> = (value: A) => unknown;
