// Between the Worker and the sandbox: it records every request that has left the Worker, also one that the sandbox never
// sees, and can lose a request, lose an answer, or have the test act at either.

import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { stepOf } from "../../sandbox/src/fault-settings.ts";
import type { Sandbox } from "../../sandbox/src/sandbox.ts";
import type { JournalEntry, Step } from "../../sandbox/src/types.ts";
import { type Server, serve } from "../serve.ts";

/** One request that has left the Worker. */
export interface Sent {
	/** When, as counted by {@link tick}. */
	at: number;
	step: Step;
	/** What it carries: a create has a reference, all later steps have an id. */
	referenceId?: string;
	sessionId?: string;
	requestId?: string;
	token?: string;
	/** What the sandbox made of it; nothing where it never got there. */
	entry?: JournalEntry;
	/** The status that the Worker was answered; nothing where no answer left. */
	answered?: number;
}

/** The place in an exchange at which something is done to it. */
export type When =
	/** The request has left the Worker, and does not reach the sandbox. */
	| "before"
	/** The sandbox has acted, and its answer does not leave. */
	| "after"
	/** The answer has left. */
	| "answered";

/** Something that is done to the next exchange of a step. */
export interface Plan {
	step: Step;
	when: When;
	act: () => Promise<void>;
	/** Whether the exchange goes on afterwards; otherwise the connection is cut. */
	goesOn?: boolean;
	/** With `after`: what the sandbox answered, as Flinks might have put it instead. */
	rewrite?: (answer: Answer) => Answer;
}

/** What the Worker is answered. */
export interface Answer {
	status: number;
	content: string;
}

let ticks = 0;

/** Counts what happens, in the order in which it is seen. */
export function tick(): number {
	ticks += 1;
	return ticks;
}

export class Gateway {
	/** Everything that has left the Worker, in order. */
	readonly wire: Sent[] = [];
	/** What will be done. Each is done once, to the first exchange that fits. */
	readonly plans: Plan[] = [];
	/** Asked for each exchange that no plan is for. */
	chance: (sent: Sent) => Plan | undefined = () => undefined;
	/** Personal data and tokens that passed, which must not be stored. */
	readonly canaries = new Set<string>();
	readonly #sandbox: Sandbox;
	#server: Server | undefined;

	constructor(sandbox: Sandbox) {
		this.#sandbox = sandbox;
	}

	/** Gives its origin. */
	async listen(): Promise<string> {
		this.#server = await serve((request, response) => {
			this.#exchange(request, response).catch(() => response.destroy());
		});
		return this.#server.url;
	}

	close(): void {
		this.#server?.close();
	}

	async #exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const at = tick();
		const { method = "", url = "" } = request;
		const step = stepOf(method, url);
		if (step === undefined) throw new Error(`${method} ${url} is no request of Flinks'`);
		const body = await text(request);
		const sent: Sent = { at, step, ...idsIn(request, body) };
		this.wire.push(sent);
		if (isCreate(step)) this.#remember(body);
		const index = this.plans.findIndex((plan) => plan.step === step);
		const plan = index < 0 ? this.chance(sent) : this.plans.splice(index, 1)[0];
		if (plan?.when === "before") {
			await plan.act();
			if (!plan.goesOn) return void response.destroy();
		}
		const { headers, ...answer } = await this.#ask(request, body, sent, response);
		if (plan?.when === "after") {
			await plan.act();
			if (!plan.goesOn) return void response.destroy();
		}
		const { status, content } = plan?.rewrite?.(answer) ?? answer;
		response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(content) }).end(content);
		if (!response.destroyed) sent.answered = status;
		await once(response, "finish");
		if (plan?.when === "answered") await plan.act();
	}

	async #ask({ method = "", url = "", headers }: IncomingMessage, body: string, sent: Sent, response: ServerResponse) {
		const hungUp = new AbortController();
		response.once("close", () => hungUp.abort());
		const init = { method, headers: headers as Record<string, string>, signal: hungUp.signal };
		const asked = this.#sandbox.fetch(`http://${headers.host}${url}`, body === "" ? init : { ...init, body });
		// The sandbox records a request before it waits for anything.
		const entry = this.#sandbox.journal.at(-1);
		if (entry !== undefined) sent.entry = entry;
		const answer = await asked;
		const content = await answer.text();
		const token = /"access_token":"([^"]+)"/.exec(content)?.[1];
		if (token !== undefined) this.canaries.add(token);
		return { status: answer.status, headers: Object.fromEntries(answer.headers), content };
	}

	#remember(body: string): void {
		const { customerName, customerEmail, payor } = JSON.parse(body);
		for (const text of [customerName, customerEmail, ...Object.values(payor ?? {})]) {
			if (typeof text === "string") this.canaries.add(text);
		}
	}
}

/** Whether a step may create a payment that the payor can make, or a part of one. */
export function isCreate(step: Step): boolean {
	return step === "initiate" || step === "session";
}

function idsIn({ url = "", headers }: IncomingMessage, body: string): Partial<Sent> {
	const json = body.startsWith("{") ? JSON.parse(body) : {};
	const token = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
	const sessionId = json.sessionId ?? /\/sessions\/([0-9a-f-]{36})\//.exec(url)?.[1];
	const requestId = /\/paymentrequests\/([0-9a-f-]{36})/.exec(url)?.[1];
	return {
		...(requestId === undefined ? {} : { requestId }),
		...(json.referenceId === undefined ? {} : { referenceId: json.referenceId }),
		...(sessionId === undefined ? {} : { sessionId }),
		...(token === undefined ? {} : { token }),
	};
}
