// flinkspay listen: brings the Worker's messages to a receiver on this machine, which the Worker itself cannot reach.

import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Command } from "commander";
import type { RecordedMessage } from "flinkspay-edge-worker/src/schemas/events.ts";
import type { Webhook } from "standardwebhooks";
import { changeOf } from "./events.ts";
import { type Asking, urlOf, workerCommand, workerOf } from "./options.ts";
import { note, paint, print } from "./output.ts";
import { webhookOf } from "./verify.ts";
import { Refusal, type Worker } from "./worker.ts";

const PAUSE_MS = 1_000;
/** As long as the Worker waits for an endpoint. */
const ANSWER_MS = 15_000;
/** How many wait for a receiver that is away before no more are read. */
const MOST_WAITING = 1_000;

/** `flinkspay listen <url>` */
export function listenCommand(): Command {
	return workerCommand("listen", "tell a receiver on this machine of changes", "listen http://localhost:3000/webhooks")
		.argument("<url>", "your receiver")
		.option("--cursor <next>", "where to begin, such as the end of an earlier listen (default: what comes from now on)")
		.addHelpText("after", "Messages are signed with MERCHANT_WEBHOOK_SECRET, or with a new secret that is printed.")
		.action(async (url: string, options: Asking & { cursor?: string }) => {
			const ended = new AbortController();
			for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.abort());
			const { cursor = "latest", json } = options;
			const worker = workerOf(options);
			const receiver = new Receiver(urlOf(url, "The receiver's address"), json, ended.signal);
			await listen(worker, receiver, cursor, ended.signal);
		});
}

/** Tells until it is ended, and then of the cursor up to which the receiver has taken all. */
async function listen(worker: Worker, receiver: Receiver, from: string, ended: AbortSignal): Promise<void> {
	let [taken, read] = [from, from];
	let waiting: RecordedMessage[] = [];
	let trouble = "";
	while (!ended.aborted) {
		let more = false;
		try {
			if (waiting.length < MOST_WAITING) {
				const page = await worker.events({ cursor: read, limit: "100" }, ended);
				if (read === "latest") note(`Listening, from --cursor ${page.next} on.`);
				({ next: read, more } = page);
				waiting.push(...page.events);
				trouble = "";
			}
		} catch (error) {
			if (ended.aborted) break;
			const passes = error instanceof Refusal && (error.status === 0 || error.status === 429 || error.status >= 500);
			if (!passes) {
				if (read !== from) goOnFrom(taken);
				throw error;
			}
			if (trouble !== error.message) note(`${error.message} It is asked again.`);
			trouble = error.message;
		}
		waiting = await receiver.tell(waiting);
		if (waiting.length === 0) taken = read;
		if (!more || waiting.length > 0) await wait(PAUSE_MS, undefined, { signal: ended }).catch(() => {});
	}
	goOnFrom(taken);
}

function goOnFrom(cursor: string): void {
	note(`To go on from here: --cursor ${cursor}`);
}

class Receiver {
	readonly #url: URL;
	readonly #webhook: Webhook;
	readonly #json: true | undefined;
	readonly #ended: AbortSignal;
	/** The last answer to each message that was not taken: shown once, and again where it changes. */
	readonly #answers = new Map<string, string>();

	constructor(url: URL, json: true | undefined, ended: AbortSignal) {
		this.#url = url;
		this.#json = json;
		this.#ended = ended;
		const made = `whsec_${randomBytes(32).toString("base64")}`;
		this.#webhook = webhookOf(process.env.MERCHANT_WEBHOOK_SECRET || made);
		if (process.env.MERCHANT_WEBHOOK_SECRET) return;
		note(`MERCHANT_WEBHOOK_SECRET is not set. Signed with a new secret, for your receiver: ${made}`);
	}

	/** Tells of each, and gives those that were not taken. After one of these, no other of its payment is told. */
	async tell(messages: readonly RecordedMessage[]): Promise<RecordedMessage[]> {
		const left: RecordedMessage[] = [];
		const behind = new Set<string>();
		for (const message of messages) {
			const { id } = message.data;
			if (!this.#ended.aborted && !behind.has(id) && (await this.#takes(message))) continue;
			left.push(message);
			behind.add(id);
		}
		return left;
	}

	async #takes(message: RecordedMessage): Promise<boolean> {
		const { taken, answer, title } = await this.#deliver(message);
		if (!taken && (this.#ended.aborted || this.#answers.get(message.id) === answer)) return false;
		const shown = paint(taken ? "green" : "red", taken ? answer : `${answer}${title}, it is told again`);
		print({ answer, taken, event: message }, `${shown}  ${changeOf(message)}`, this.#json);
		if (taken) this.#answers.delete(message.id);
		else this.#answers.set(message.id, answer);
		return taken;
	}

	/** One try, as the Worker does it. */
	async #deliver({ id, ...message }: RecordedMessage): Promise<{ taken: boolean; answer: string; title: string }> {
		const body = JSON.stringify(message);
		const now = new Date();
		const headers = {
			"Content-Type": "application/json",
			"webhook-id": id,
			"webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
			"webhook-signature": this.#webhook.sign(id, now, body),
		};
		const signal = AbortSignal.any([this.#ended, AbortSignal.timeout(ANSWER_MS)]);
		try {
			const response = await fetch(this.#url, { method: "POST", headers, body, redirect: "manual", signal });
			// As `flinkspay-edge/merchant` says why it did not take a message.
			const problem = response.ok ? null : ((await response.json().catch(() => null)) as { title?: string } | null);
			if (response.ok) await response.body?.cancel();
			const title = problem?.title ? ` (${problem.title})` : "";
			return { taken: response.ok, answer: String(response.status), title };
		} catch {
			return { taken: false, answer: "no answer", title: "" };
		}
	}
}
