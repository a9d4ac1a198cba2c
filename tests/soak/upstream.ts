// Flinks for the soak: ids that name their payment, so that mixed-up answers show, small delays, and random faults. Nothing is
// seeded here or in the callers, since the machine's timing decides, and no run can be repeated.

import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { type Server, serve } from "../serve.ts";

const FAULT_SHARE = 0.05;
const FAULTS = ["500", "dropped", "stalled"] as const;
const LONGEST_DELAY_MS = 30;

/** An answer of 500, a connection that is cut, or a body whose end never comes. */
export type Fault = (typeof FAULTS)[number];
/** An error's `stage`. */
export type Step = "authorize" | "initiate" | "payment_request" | "status";

/** A fault that hit a payment. A request for a token does not name its payment. */
export interface Met {
	step: Exclude<Step, "authorize">;
	fault: Fault;
}

interface Asked {
	step: Step;
	/** The payment's reference; authorize has none. */
	reference?: string;
	answer: object;
}

export class Upstream {
	/** Requests that no client may send. */
	readonly complaints: string[] = [];
	/** Faults by step and kind. */
	readonly faults: Record<string, number> = {};
	requests = 0;
	/** Turns all faults off. */
	isFaultless = false;
	#tokens = 0;
	/** The session that each token has started. */
	readonly #starts = new Map<string, string>();
	/** Sessions that have a payment request. */
	readonly #requested = new Set<string>();
	readonly #met = new Map<string, Met[]>();
	#server: Server | undefined;

	async listen(): Promise<string> {
		this.#server = await serve((request, response) => {
			this.#exchange(request, response).catch(() => response.destroy());
		});
		return this.#server.url;
	}

	close(): void {
		this.#server?.close();
	}

	/** Gives the faults that hit a payment, and forgets them. */
	takeMet(reference: string): Met[] {
		const met = this.#met.get(reference) ?? [];
		this.#met.delete(reference);
		return met;
	}

	async #exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const body = await text(request);
		const asked = this.#read(request, body);
		const fault = this.#chooseFault(asked);
		await pause(Math.random() * LONGEST_DELAY_MS);
		if (fault === "dropped") {
			request.socket.destroy();
		} else if (fault === "500") {
			response.writeHead(500).end();
		} else {
			const answer = JSON.stringify(asked.answer);
			response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(answer) });
			if (fault === "stalled") response.write(answer.slice(0, answer.length / 2));
			else response.end(answer);
		}
	}

	#chooseFault({ step, reference }: Asked): Fault | undefined {
		this.requests += 1;
		if (this.isFaultless || Math.random() >= FAULT_SHARE) return undefined;
		const fault = FAULTS[Math.floor(Math.random() * FAULTS.length)] as Fault;
		const name = `${step} ${fault}`;
		this.faults[name] = (this.faults[name] ?? 0) + 1;
		if (reference !== undefined && step !== "authorize") {
			this.#met.set(reference, [...(this.#met.get(reference) ?? []), { step, fault }]);
		}
		return fault;
	}

	#read({ method, url = "", headers }: IncomingMessage, body: string): Asked {
		if (url.endsWith("/authorize")) {
			this.#tokens += 1;
			return {
				step: "authorize",
				answer: { access_token: `t${this.#tokens}`, token_type: "bearer", expires_in: 299 },
			};
		}
		const token = String(headers.authorization);
		const number = /^Bearer t(\d+)$/.exec(token)?.[1];
		if (number === undefined || Number(number) > this.#tokens) this.#complain(`${token} was never issued`);
		if (method === "GET") return this.#status(url);
		const given = JSON.parse(body) as { referenceId?: string; sessionId?: string };
		return url.endsWith("/initiate")
			? this.#initiate(token, String(given.referenceId))
			: this.#paymentRequest(token, String(given.sessionId));
	}

	#initiate(token: string, reference: string): Asked {
		const sessionId = `s-${reference}`;
		const before = this.#starts.get(token);
		if (before !== undefined) this.#complain(`${token} started ${before}, and then ${sessionId}`);
		this.#starts.set(token, sessionId);
		return { step: "initiate", reference, answer: { sessionId, referenceId: reference } };
	}

	#paymentRequest(token: string, sessionId: string): Asked {
		if (this.#starts.get(token) !== sessionId) {
			this.#complain(`${token} started ${this.#starts.get(token)}, and was sent with ${sessionId}`);
		}
		if (this.#requested.has(sessionId)) this.#complain(`${sessionId} was given two payment requests`);
		this.#requested.add(sessionId);
		return { step: "payment_request", reference: sessionId.slice(2), answer: { requestId: `r-${sessionId}` } };
	}

	#status(url: string): Asked {
		const requestId = url.slice(url.lastIndexOf("/") + 1);
		const sessionId = requestId.slice(2);
		if (!this.#requested.has(sessionId)) this.#complain(`${requestId} was asked for, and does not exist`);
		const reference = sessionId.slice(2);
		return { step: "status", reference, answer: { requestId, status: "Settled", referenceId: reference } };
	}

	#complain(what: string): void {
		this.complaints.push(`upstream: ${what}`);
	}
}
