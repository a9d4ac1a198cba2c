// The merchant's endpoint on this machine, which can be down or hang, and the messages that it has accepted.

import type { RequestListener, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { tick } from "../crash/gateway.ts";
import { newSecret } from "../merchant/messages.ts";
import { type Server, serve } from "../serve.ts";

/** A message's `data`. */
export interface MessageData {
	id: string;
	referenceId: string;
	status: string;
	paid: boolean;
	final: boolean;
	sessionId?: string;
	amount?: string;
	funds?: string;
	paidAmount?: string;
	amountDiffers?: true;
	returnCode?: string;
	returnAdvice?: string;
	mismatch?: string;
	guarantee?: string;
}

/** A message that the merchant has accepted. */
export interface Message {
	/** When, as counted by {@link tick}. */
	at: number;
	id: string;
	type: string;
	/** Rises with each change of the payment. */
	sequence?: number;
	/** What the merchant is to do in the books. */
	effect?: string;
	data: MessageData;
	/** The body as it was sent. */
	body: string;
}

export class Merchant {
	/** Every accepted message, repeats included. */
	readonly taken: Message[] = [];
	/** What the endpoint does. When it hangs it accepts nothing and never answers. */
	mode: "up" | "down" | "hangs" = "up";
	/** Messages whose signature is not the secret's. */
	forged = 0;
	/** Tries that have ended, accepted or not. */
	ended = 0;
	readonly secret = newSecret();
	readonly #held = new Set<ServerResponse>();
	#server: Server | undefined;
	readonly #listener: RequestListener = async (request, response) => {
		response.once("close", () => {
			this.ended += 1;
			this.#held.delete(response);
		});
		const body = await text(request);
		if (this.mode === "hangs") return void this.#held.add(response);
		if (this.mode === "down") return void response.writeHead(503).end();
		const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = request.headers;
		// Not the library's `verify`, which reads the real clock and not the Worker's.
		const expected = new Webhook(this.secret).sign(String(id), new Date(Number(at) * 1000), body);
		if (signature !== expected) this.forged += 1;
		const { type, sequence, effect, data } = JSON.parse(body);
		this.taken.push({ at: tick(), id: String(id), type, sequence, effect, data, body });
		response.writeHead(204).end();
	};

	async listen(): Promise<void> {
		this.#server = await serve(this.#listener);
	}

	/** The Worker's bindings for this endpoint. */
	get bindings(): { MERCHANT_WEBHOOK_URL: string; MERCHANT_WEBHOOK_SECRET: string } {
		return { MERCHANT_WEBHOOK_URL: `${this.#server?.url}/hooks`, MERCHANT_WEBHOOK_SECRET: this.secret };
	}

	/** How many tries the endpoint leaves without an answer now. */
	get held(): number {
		return this.#held.size;
	}

	/** Cuts this many of the tries that it holds. */
	cut(count = this.#held.size): void {
		for (const response of [...this.#held].slice(0, count)) response.destroy();
	}

	close(): void {
		this.#server?.close();
	}

	/** The messages about an order, each once, in the order in which they first came. */
	messagesOf(referenceId: string): Message[] {
		const about = this.taken.filter(({ data }) => data.referenceId === referenceId);
		return about.filter(({ id }, index) => about.findIndex((other) => other.id === id) === index);
	}

	/** An order's latest state: the data of the message with the highest number. */
	latestDataOf(referenceId: string): MessageData | undefined {
		const heard = this.messagesOf(referenceId);
		return heard.toSorted((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0)).at(-1)?.data;
	}
}
