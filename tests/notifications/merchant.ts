// The merchant: his endpoint on this machine, which can be down or hang, and all that it has taken.

import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { tick } from "../crash/gateway.ts";

/** What the merchant is told of a payment. */
export interface Word {
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

/** A message that he has taken. */
export interface Message {
	/** When, as counted by {@link tick}. */
	at: number;
	id: string;
	type: string;
	/** Rises with each change of the payment. */
	sequence?: number;
	/** What he is to do in his books. */
	effect?: string;
	data: Word;
	/** As it came. */
	body: string;
}

export class Merchant {
	/** As often as it came. */
	readonly taken: Message[] = [];
	/** What his endpoint does. A hanging one takes nothing and never answers. */
	mood: "up" | "down" | "hangs" = "up";
	/** Messages whose signature is not the secret's. */
	forged = 0;
	/** Tries that have ended, however they did. */
	ended = 0;
	readonly secret = `whsec_${Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64")}`;
	#url = "";
	readonly #held = new Set<ServerResponse>();
	readonly #server = createServer(async (request, response) => {
		response.once("close", () => {
			this.ended += 1;
			this.#held.delete(response);
		});
		const body = await text(request);
		if (this.mood === "hangs") return void this.#held.add(response);
		if (this.mood === "down") return void response.writeHead(503).end();
		const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = request.headers;
		// Not by the library's own look at the clock, which is not the Worker's.
		const expected = new Webhook(this.secret).sign(String(id), new Date(Number(at) * 1000), body);
		if (signature !== expected) this.forged += 1;
		const { type, sequence, effect, data } = JSON.parse(body);
		this.taken.push({ at: tick(), id: String(id), type, sequence, effect, data, body });
		response.writeHead(204).end();
	});

	async listen(): Promise<void> {
		this.#server.listen(0, "127.0.0.1");
		await once(this.#server, "listening");
		this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks`;
	}

	/** What the Worker needs to tell him. */
	get bindings(): { MERCHANT_WEBHOOK_URL: string; MERCHANT_WEBHOOK_SECRET: string } {
		return { MERCHANT_WEBHOOK_URL: this.#url, MERCHANT_WEBHOOK_SECRET: this.secret };
	}

	/** How many tries his endpoint leaves without an answer now. */
	get held(): number {
		return this.#held.size;
	}

	/** Cuts so many of the tries that it holds. */
	cut(count = this.#held.size): void {
		for (const response of [...this.#held].slice(0, count)) response.destroy();
	}

	close(): void {
		this.#server.close();
		this.#server.closeAllConnections();
	}

	/** What he has heard of an order, each message once, in the order in which they first came. */
	heardOf(referenceId: string): Message[] {
		const about = this.taken.filter(({ data }) => data.referenceId === referenceId);
		return about.filter(({ id }, index) => about.findIndex((other) => other.id === id) === index);
	}

	/** What he takes an order for: of all messages the one with the highest number. */
	lastWordOn(referenceId: string): Word | undefined {
		const heard = this.heardOf(referenceId);
		return heard.toSorted((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0)).at(-1)?.data;
	}
}
