// The soak's callers: each asks for one payment after the other, has some of them aborted, and hangs up on others.

import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import type { State } from "./worker.ts";

const ABORT_SHARE = 0.1;
const HANG_UP_SHARE = 0.1;
const READ_SHARE = 0.3;
/** A random time up to this hits every step of a payment. */
const LATEST_MS = 40;
/**
 * A caller that hung up waits about as long as the call would have taken, or ever more calls would run at once in a workerd
 * that is too busy.
 */
const REST_MS = 100;
/** Far more than any call may take, on a busy machine too: a call that takes longer hangs. */
const PATIENCE_MS = 60_000;

/** A request to the Worker, and what its caller does. */
export interface Call {
	reference: string;
	/** Reads the payment's status, once it is started. */
	reads: boolean;
	/** The Worker aborts the call's signal after this time. */
	abortAfterMs?: number;
	/** The caller hangs up after this time. */
	hangUpAfterMs?: number;
	/** Nothing keeps the call alive in the Worker once its caller has hung up. */
	abandoned: boolean;
}

export type Answer = { status: number; text: string } | { ended: "hung up" | "no answer" | "lost"; why?: string };

export class Callers {
	readonly #origin: string;
	readonly #agent = new Agent({ keepAlive: true });
	readonly #onAnswer: (call: Call, answer: Answer) => void;
	#count = 0;

	constructor(origin: string, onAnswer: (call: Call, answer: Answer) => void) {
		this.#origin = origin;
		this.#onAnswer = onAnswer;
	}

	/** Runs this many callers for this many seconds; a share of their calls is abandoned. */
	async run(callers: number, seconds: number, abandonedShare = 0): Promise<void> {
		const until = performance.now() + seconds * 1_000;
		const caller = async () => {
			while (performance.now() < until) await this.#next(Math.random() < abandonedShare);
		};
		await Promise.all(Array.from({ length: callers }, caller));
	}

	/** One payment without a fault, an abort or a hang-up. */
	async payWithoutFaults(): Promise<void> {
		await this.#send({ reference: this.#reference(), reads: true, abandoned: false });
	}

	async state(): Promise<State> {
		const answer = await this.#ask("/state");
		if (!("status" in answer) || answer.status !== 200) throw new Error(`no state: ${JSON.stringify(answer)}`);
		return JSON.parse(answer.text) as State;
	}

	close(): void {
		this.#agent.destroy();
	}

	async #next(abandoned: boolean): Promise<void> {
		const call: Call = { reference: this.#reference(), reads: Math.random() < READ_SHARE, abandoned };
		if (Math.random() < ABORT_SHARE) call.abortAfterMs = Math.random() * LATEST_MS;
		if (abandoned || Math.random() < HANG_UP_SHARE) call.hangUpAfterMs = Math.random() * LATEST_MS;
		await this.#send(call);
		if (call.hangUpAfterMs !== undefined) await pause(REST_MS);
	}

	async #send(call: Call): Promise<void> {
		const { reference, reads, abortAfterMs, hangUpAfterMs, abandoned } = call;
		const query = new URLSearchParams({ reference });
		if (reads) query.set("reads", "");
		if (abandoned) query.set("abandoned", "");
		if (abortAfterMs !== undefined) query.set("abortAfterMs", String(abortAfterMs));
		this.#onAnswer(call, await this.#ask(`/pay?${query}`, hangUpAfterMs));
	}

	#reference(): string {
		this.#count += 1;
		return `R${this.#count}`;
	}

	#ask(path: string, hangUpAfterMs?: number): Promise<Answer> {
		return new Promise((resolve) => {
			let ended: "hung up" | "no answer" | "lost" = "lost";
			const sent = request(this.#origin + path, { agent: this.#agent });
			const give = (answer: Answer) => {
				for (const timer of timers) clearTimeout(timer);
				resolve(answer);
			};
			const fail = (error: Error) => give({ ended, why: error.message });
			const endAfter = (ms: number, word: typeof ended) =>
				setTimeout(() => {
					ended = word;
					sent.destroy();
				}, ms);
			const timers = [endAfter(PATIENCE_MS, "no answer")];
			if (hangUpAfterMs !== undefined) timers.push(endAfter(hangUpAfterMs, "hung up"));
			sent.on("error", fail).on("response", (response) => {
				text(response).then((body) => give({ status: response.statusCode ?? 0, text: body }), fail);
			});
			sent.end();
		});
	}
}
