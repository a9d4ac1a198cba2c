// flinkspay listen: delivers the Worker's messages to a receiver on this machine, which the Worker cannot reach.

import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Command } from "commander";
import type { RecordedMessage } from "flinkspay-edge-worker/src/schemas/events.ts";
import type { Webhook } from "standardwebhooks";
import { changeOf } from "./events.ts";
import { urlOf, type WorkerOptions, workerCommand, workerOf } from "./options.ts";
import { note, paint, print } from "./output.ts";
import { webhookOf } from "./verify.ts";
import { Refusal, type Worker } from "./worker.ts";

const PAUSE_MS = 1_000;
/** The Worker waits just as long for an endpoint. */
const ANSWER_MS = 15_000;
/** No more messages are read while so many wait for the receiver. */
const MAX_WAITING = 1_000;

/** `flinkspay listen <url>` */
export function listenCommand(): Command {
	return workerCommand("listen", "deliver changes to a local receiver", "listen http://localhost:3000/webhooks")
		.argument("<url>", "your receiver")
		.option("--cursor <next>", "where to begin, such as the end of an earlier listen (default: with new changes)")
		.addHelpText("after", "Messages are signed with MERCHANT_WEBHOOK_SECRET, or with a new secret, which is printed.")
		.action(async (url: string, options: WorkerOptions & { cursor?: string }) => {
			const stop = new AbortController();
			for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
			const { cursor = "latest", json } = options;
			const worker = workerOf(options);
			const receiver = new Receiver(urlOf(url, "The receiver's address"), json, stop.signal);
			await listen(worker, receiver, cursor, stop.signal);
		});
}

/** Delivers until it is stopped, and then prints the cursor up to which the receiver has accepted everything. */
async function listen(worker: Worker, receiver: Receiver, from: string, stopped: AbortSignal): Promise<void> {
	let [deliveredTo, readTo] = [from, from];
	let waiting: RecordedMessage[] = [];
	let lastError = "";
	while (!stopped.aborted) {
		let more = false;
		try {
			if (waiting.length < MAX_WAITING) {
				const page = await worker.events({ cursor: readTo, limit: "100" }, stopped);
				if (readTo === "latest") note(`Listening, from --cursor ${page.next} on.`);
				({ next: readTo, more } = page);
				waiting.push(...page.events);
				lastError = "";
			}
		} catch (error) {
			if (stopped.aborted) break;
			const retries = error instanceof Refusal && (error.status === 0 || error.status === 429 || error.status >= 500);
			if (!retries) {
				if (readTo !== from) printCursor(deliveredTo);
				throw error;
			}
			if (lastError !== error.message) note(`${error.message} Trying again.`);
			lastError = error.message;
		}
		waiting = await receiver.deliverAll(waiting);
		if (waiting.length === 0) deliveredTo = readTo;
		if (!more || waiting.length > 0) await wait(PAUSE_MS, undefined, { signal: stopped }).catch(() => {});
	}
	printCursor(deliveredTo);
}

function printCursor(cursor: string): void {
	note(`To continue from here: --cursor ${cursor}`);
}

class Receiver {
	readonly #url: URL;
	readonly #webhook: Webhook;
	readonly #json: true | undefined;
	readonly #stopped: AbortSignal;
	/** The last answer to each message that was not accepted: it is printed only when it changes. */
	readonly #answers = new Map<string, string>();

	constructor(url: URL, json: true | undefined, stopped: AbortSignal) {
		this.#url = url;
		this.#json = json;
		this.#stopped = stopped;
		const newSecret = `whsec_${randomBytes(32).toString("base64")}`;
		this.#webhook = webhookOf(process.env.MERCHANT_WEBHOOK_SECRET || newSecret);
		if (process.env.MERCHANT_WEBHOOK_SECRET) return;
		note(`MERCHANT_WEBHOOK_SECRET is not set. Messages are signed with a new secret, for your receiver: ${newSecret}`);
	}

	/** Delivers messages and gives those that were not accepted. Later messages of the same payment wait for such a one. */
	async deliverAll(messages: readonly RecordedMessage[]): Promise<RecordedMessage[]> {
		const waiting: RecordedMessage[] = [];
		const waitingPayments = new Set<string>();
		for (const message of messages) {
			const { id } = message.data;
			if (!this.#stopped.aborted && !waitingPayments.has(id) && (await this.#isAccepted(message))) continue;
			waiting.push(message);
			waitingPayments.add(id);
		}
		return waiting;
	}

	async #isAccepted(message: RecordedMessage): Promise<boolean> {
		const { taken, answer, title } = await this.#deliver(message);
		if (!taken && (this.#stopped.aborted || this.#answers.get(message.id) === answer)) return false;
		const shown = paint(taken ? "green" : "red", taken ? answer : `${answer}${title}, to be sent again`);
		print({ answer, taken, event: message }, `${shown}  ${changeOf(message)}`, this.#json);
		if (taken) this.#answers.delete(message.id);
		else this.#answers.set(message.id, answer);
		return taken;
	}

	/** Sends a message once, as the Worker does. */
	async #deliver({ id, ...message }: RecordedMessage): Promise<{ taken: boolean; answer: string; title: string }> {
		const body = JSON.stringify(message);
		const now = new Date();
		const headers = {
			"Content-Type": "application/json",
			"webhook-id": id,
			"webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
			"webhook-signature": this.#webhook.sign(id, now, body),
		};
		const signal = AbortSignal.any([this.#stopped, AbortSignal.timeout(ANSWER_MS)]);
		try {
			const response = await fetch(this.#url, { method: "POST", headers, body, redirect: "manual", signal });
			// `flinkspay-edge/merchant` gives its reason as the title of a problem.
			const problem = response.ok ? null : ((await response.json().catch(() => null)) as { title?: string } | null);
			if (response.ok) await response.body?.cancel();
			const title = problem?.title ? ` (${problem.title})` : "";
			return { taken: response.ok, answer: String(response.status), title };
		} catch {
			return { taken: false, answer: "no answer", title: "" };
		}
	}
}
