// The wasm instance: it can be lost to a trap, and then a new one takes its place. This file settles the calls of a lost
// instance, since nobody in it can do that any more, and keeps everything out of it: what a promise, a timer or a signal
// would still tell it stays silent. It knows nothing of what the calls are for.

import { type ErrorFields, errorOf, type FlinksPayError, withoutWhatWasRead } from "./error.js";
import { initSync as initGlue, __wbg_reset_state as renewInstance, type SyncInitInput } from "./wasm/flinkspay_edge.js";

/** The calls that each signal of a caller's ends. One listener tells all of them: Node.js warns of more than ten. */
const listening = new WeakMap<AbortSignal, { calls: Set<Call<unknown>>; tell: () => void }>();

/** Why a call is entered from here (src/wasm/running_call.rs has the same numbers). */
const POLL = 0;
const TIMER = 1;
const ABORT = 2;

/** After its timer has rung, a call has this long to go on. One that does not waits in a queue that is stuck. */
const STUCK_AFTER_MS = 1_000;

/** The instances so far; a client of an earlier one is built anew. */
let epoch = 1;
let lost = false;
let hasModule = false;

/**
 * Makes the first instance, and gives what needs it. The entries export what this returns: some bundlers drop a statement
 * that no export hangs on, whatever the manifest says of side effects.
 */
export function bring<Api>(module: SyncInitInput, api: Api): Api {
	initGlue({ module });
	hasModule = true;
	return api;
}

/** The same where there can be no instance: each use says so. */
export function doWithout<Api>(message: string, cause: unknown, api: Api): Api {
	notReady = { ...notReady, message };
	whyNotReady = cause;
	return api;
}

export function currentEpoch(): number {
	return epoch;
}

/** Whether there is no instance just now; the calls of the last one are settled. */
export function isLost(): boolean {
	return lost;
}

/** A lost instance is replaced soon, in a microtask. */
export async function instanceIsThere(): Promise<void> {
	while (lost) await undefined;
}

/** Calls into the instance. What it throws and is none of its errors means that it trapped. */
export function enter<T>(work: () => T): T {
	if (lost) throw errorOf(lostBeforeSending);
	try {
		return work();
	} catch (error) {
		throw toError(error);
	}
}

/** What the instance, or a trap, has thrown. */
export function toError(thrown: unknown, cause?: unknown): FlinksPayError {
	if (isErrorFields(thrown)) return errorOf(thrown, cause);
	if (!hasModule) return errorOf(notReady, whyNotReady);
	lose();
	return errorOf(lostBeforeSending);
}

/** The instance throws and rejects with plain objects. */
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
	message: "The module is not there: call initSync of flinkspay-edge/slim first.",
};
let whyNotReady: unknown;

function lose(): void {
	if (lost) return;
	lost = true;
	for (const call of Call.running) call.lose();
	void renew();
}

async function renew(): Promise<void> {
	// What was queued before runs first, and what that queues: the instance's own tasks, which come to nothing.
	for (let turn = 0; turn < 3; turn += 1) await undefined;
	renewInstance();
	epoch += 1;
	lost = false;
}

/** What outlives the instance of one call. Its methods are the only way from the host into the call. */
export class Call<T> {
	/** The calls that are not settled. */
	static readonly running = new Set<Call<unknown>>();

	/** What the caller is told if the instance is lost now. */
	ifLost: ErrorFields = lostBeforeSending;
	/** Ends the request that is on its way. */
	controller: AbortController | undefined;
	/** What was thrown last. */
	cause: unknown;
	readonly #epoch = epoch;
	#enter: ((why: number) => void) | undefined;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#signal: AbortSignal | undefined;
	#reject: (error: ErrorFields) => void = () => {};

	/** Runs until the call is settled, whoever settles it: the instance, or its loss. */
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

	/** What `fetch` threw, or gave in place of an answer. */
	set failure(thrown: unknown) {
		this.cause = withoutWhatWasRead(thrown);
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

	/** Has a signal of the caller's end the call. */
	listen(signal: AbortSignal): void {
		let heard = listening.get(signal);
		if (heard === undefined) {
			const calls = new Set<Call<unknown>>();
			const tell = () => {
				for (const call of calls) call.enter(ABORT);
			};
			signal.addEventListener("abort", tell);
			heard = { calls, tell };
			listening.set(signal, heard);
		}
		heard.calls.add(this);
		this.#signal = signal;
	}

	/** The last call that a signal ends takes the listener away: the signal may outlive them all. */
	stopListening(): void {
		const signal = this.#signal;
		const heard = signal && listening.get(signal);
		if (!heard) return;
		this.#signal = undefined;
		heard.calls.delete(this);
		if (heard.calls.size > 0) return;
		listening.delete(signal);
		try {
			signal.removeEventListener("abort", heard.tell);
		} catch {
			// A signal that refuses to forget its listener changes nothing: the calls are over.
		}
	}

	/** A promise for the instance, which stays silent once the instance is lost. The call is entered after it has settled. */
	guarded<V>(promise: V): PromiseLike<V> {
		// biome-ignore lint/suspicious/noThenProperty: it is what the instance calls.
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
				// At once, and not by way of the instance's queue, which would take a turn for each promise.
				this.enter(POLL);
			};
		try {
			// Not by a `then` of its own, which may answer at once: the instance waits for nothing before this returns.
			return Promise.prototype.then.call(Promise.resolve(promise), guard(resolve), guard(reject));
		} catch (thrown) {
			return Promise.reject(thrown).catch(guard(reject));
		}
	}

	startTimer(ms: number): void {
		this.#timer = setTimeout(() => {
			let couldGoOn = false;
			void Promise.resolve().then(() => {
				couldGoOn = true;
			});
			this.#timer = setTimeout(() => {
				if (couldGoOn && this.#enter !== undefined) lose();
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
