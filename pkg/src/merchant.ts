/**
 * Types of `flinkspay-edge/merchant`: a receiver of the Worker's messages for the merchant's back end.
 *
 * @module merchant
 */

import { Webhook } from "standardwebhooks";
import type { CreditedPayment, Payment, PaymentMessage } from "./message.js";

export type * from "./message.js";

/**
 * Where a receiver stores its state of each payment: one short text, such as `credited`. All receiving processes share it, and
 * nothing in it is ever deleted.
 */
export interface ReceiverStore {
	/** The stored text of a payment; null or undefined if there is none. */
	read(paymentId: string): string | null | undefined | Promise<string | null | undefined>;
	/** Atomically replaces `before` by `after` and returns true; returns false if the stored text is not `before`. `""` means none is stored. */
	swap(paymentId: string, before: string, after: string): boolean | Promise<boolean>;
}

/** Options of a receiver. */
export interface ReceiverOptions {
	/**
	 * The Worker's `MERCHANT_WEBHOOK_SECRET`, and while you change it the other one too. Default: none; then only `take` works,
	 * and `fetch` and `node` throw.
	 */
	secrets?: readonly (string | undefined)[];
	/** Where it stores what was done. */
	store: ReceiverStore;
	/**
	 * Called once for each payment that is paid, and never after `onReverse`. If it throws, or its process dies, it is called
	 * again: use the payment's `id` as an idempotency key.
	 */
	onCredit(payment: CreditedPayment): unknown;
	/** Called once for each payment whose money is gone, also if it was never credited: reverse what you have credited for its `id`. */
	onReverse(payment: Payment): unknown;
	/** Called with each message, also a repeated one, after `onCredit` or `onReverse`. Default: nothing is called. */
	onMessage?: (message: PaymentMessage) => unknown;
}

/**
 * Receives the Worker's messages. It answers 204 once a message is handled; 401 without a valid signature of the last five
 * minutes; 400 to anything but a complete message; 405 to other methods than POST; 413 above 64 KiB; and 503 while another
 * process handles the same payment. After anything but 204 the Worker sends the message again. Errors of your functions and of
 * the store are thrown on.
 */
export interface Receiver {
	/** For `Request` and `Response`. Rejects with what was thrown; the framework then logs it and answers 500. */
	fetch(request: Request): Promise<Response>;
	/** For Node, before any body parser or after one that keeps bytes or text. Passes what was thrown to `next`; without `next` it answers 500 and rejects. */
	node(request: NodeRequest, response: NodeResponse, next?: (error: unknown) => void): Promise<void>;
	/**
	 * Handles a message without a signature: an event of the Worker's `GET /events`, or a message of `createWorker`'s
	 * `onMessage`. Rejects if it could not be handled now.
	 */
	take(message: PaymentMessage): Promise<void>;
}

/** Node's `IncomingMessage` with what body parsers add to it. */
export interface NodeRequest extends AsyncIterable<string | Uint8Array> {
	/** In upper case. */
	method?: string | undefined;
	/** By their names in lower case. */
	headers: { readonly [name: string]: string | readonly string[] | undefined };
	/** Whether the body was read already. */
	readableDidRead: boolean;
	/** The result of a body parser: bytes or text can be used. */
	body?: unknown;
	/** The bytes of the body, if the parser keeps them. */
	rawBody?: unknown;
}

/** The part of Node's `ServerResponse` that is used. */
export interface NodeResponse {
	/** Writes the status and the headers. */
	writeHead(status: number, headers: Record<string, string>): NodeResponse;
	/** Writes the body and ends the answer. */
	end(body: string): unknown;
}

type HeaderOf = (name: string) => NodeRequest["headers"][string] | null;
type Chunks = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

const LIMIT = 64 * 1024;
/** Longer than the Worker waits for an answer, and shorter than its second pause, so that the retry after it succeeds if a process died. */
const LEASE_MS = 120_000;
const SECRET = /^whsec_(?=[^=]{32,86}=*$)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const SECRET_LIST = "be a list with the Worker's MERCHANT_WEBHOOK_SECRET";
/** The states of a payment in the store. */
const STATES = ["", "none", "credited", "reversed"];
const UNPARSED =
	"have an unparsed body, since JSON that was parsed and written again does not verify. Express: use express.raw({ type: " +
	'"application/json" }) for this route, before express.json(). Fastify: use a parser of application/json that reads nothing. ' +
	"Next.js' pages: set bodyParser: false. A Request: pass it on unread";

/** An answer with a problem, which is not an error of the merchant's code. */
class Refusal extends Error {
	readonly status: number;
	constructor(status: number, message: string) {
		super(message);
		this.status = status;
	}
}

/**
 * Creates a receiver.
 *
 * @throws TypeError if an option is wrong.
 */
export function createReceiver(options: ReceiverOptions): Receiver {
	const { secrets, store, onCredit, onReverse, onMessage } = options;
	check("secrets", secrets === undefined || (Array.isArray(secrets) && secrets.length > 0), SECRET_LIST);
	const webhooks = secrets?.map((secret = "", index) => {
		check(`secrets[${index}]`, SECRET.test(secret), "be the Worker's: whsec_ and base64 of 24 to 64 bytes");
		return new Webhook(secret);
	});
	const functions = { "store.read": store?.read, "store.swap": store?.swap, onCredit, onReverse };
	for (const [field, value] of Object.entries(onMessage === undefined ? functions : { ...functions, onMessage })) {
		check(field, typeof value === "function", "be a function");
	}

	async function take(message: PaymentMessage, now = Date.now()): Promise<void> {
		const { effect, data } = message;
		if (effect === "credit") await once(data.id, now, "credited", () => onCredit(withAmount(data)));
		else if (effect === "reverse") await once(data.id, now, "reversed", () => onReverse(data));
		else if (effect !== "none") throw new Refusal(400, "The message's effect is unknown. Update flinkspay-edge.");
		await onMessage?.(message);
	}

	/**
	 * Runs `work` once for each payment and goal. The stored text is the state and, while a process works, the end of its lease.
	 * `now` is the time at which the Worker sent the message: the clocks of processes that share a store may differ by more
	 * than a lease.
	 */
	async function once(id: string, now: number, goal: "credited" | "reversed", work: () => unknown): Promise<void> {
		const before = (await store.read(id)) ?? "";
		const [done = "", until = "0"] = before.split(" ");
		check("store.read", STATES.includes(done), `return what swap has stored, and not ${done}`);
		if (done === goal || done === "reversed") return;
		const free = done || "none";
		// For a message that was long on its way, the lease starts now.
		const lease = `${free} ${Math.max(now, Date.now()) + LEASE_MS}`;
		const isMine = Number(until) <= now && (await swap(id, before, lease));
		if (!isMine) throw new Refusal(503, "Another process handles the same payment. Send the message again.");
		try {
			await work();
		} catch (error) {
			// If this fails too, the lease ends by itself, and the first error counts.
			await swap(id, lease, free).catch(() => {});
			throw error;
		}
		if (!(await swap(id, lease, goal)))
			throw new Refusal(503, "The work took too long: another process handles the payment. Send the message again.");
	}

	async function swap(id: string, before: string, after: string): Promise<boolean> {
		const isSwapped = await store.swap(id, before, after);
		check("store.swap", typeof isSwapped === "boolean", "return whether it swapped: true or false");
		return isSwapped;
	}

	/** The message of a body that one of the secrets has signed. */
	async function verified(body: string, headers: Record<string, string>): Promise<PaymentMessage> {
		check("secrets", webhooks !== undefined, SECRET_LIST);
		let refusal = "";
		const isSigned = webhooks.some((webhook) => {
			try {
				webhook.verify(body, headers, { jsonParse: false });
				return true;
			} catch (error) {
				refusal = error instanceof Error ? error.message : "";
				return false;
			}
		});
		if (!isSigned) throw new Refusal(401, `${refusal}.`);
		const message = await new Response(body).json().catch(() => null);
		if (typeof message?.data?.id !== "string") throw new Refusal(400, "The body is not a message about a payment.");
		return message;
	}

	/** The answer to a request of either API. */
	async function answer(method: string | undefined, header: HeaderOf, chunks: () => Chunks) {
		try {
			if (method !== "POST") throw new Refusal(405, "Only POST is answered here.");
			const names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
			const headers = Object.fromEntries(names.map((name) => [name, String(header(name) ?? "")]));
			const message = await verified(await textOf(chunks()), headers);
			await take(message, Number.parseInt(headers["webhook-timestamp"] ?? "", 10) * 1000);
			return { status: 204, headers: {}, text: null };
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
			const { status, message: title } = error;
			const headers = { "content-type": "application/problem+json", ...(status === 405 ? { allow: "POST" } : {}) };
			return { status, headers, text: JSON.stringify({ status, title }) };
		}
	}

	return {
		take: (message) => take(message),
		async fetch({ method, headers, body, bodyUsed }) {
			check("request", !bodyUsed && !body?.locked, UNPARSED);
			const header: HeaderOf = (name) => headers.get(name);
			const answered = await answer(method, header, () => body ?? []);
			return new Response(answered.text, answered);
		},
		async node(request, response, next) {
			try {
				const { method, headers } = request;
				const header: HeaderOf = (name) => headers[name];
				const answered = await answer(method, header, () => bodyOf(request));
				response.writeHead(answered.status, answered.headers).end(answered.text ?? "");
			} catch (error) {
				if (next) return next(error);
				response.writeHead(500, {}).end("");
				throw error;
			}
		},
	};
}

function check(field: string, isRight: boolean, must: string): asserts isRight {
	if (!isRight) throw new TypeError(`${field} must ${must}.`);
}

/** In spite of its type the amount may be missing: the Worker deletes amounts after `RETENTION_DAYS`. */
function withAmount(payment: CreditedPayment): CreditedPayment {
	if (payment.paidAmount !== undefined) return payment;
	throw new Error(`Payment ${payment.id} was not credited: its amount was deleted. Credit it by hand.`);
}

/** The unparsed body that a parser has kept, or the request if none has read it. */
function bodyOf(request: NodeRequest): Chunks {
	const body = [request.rawBody, request.body].find((one) => typeof one === "string" || one instanceof Uint8Array);
	check("request", body !== undefined || !request.readableDidRead, UNPARSED);
	return body === undefined ? request : [body];
}

/** Reads a body. One that is too large is read to its end too: otherwise Node would close the connection before the answer. */
async function textOf(chunks: Chunks): Promise<string> {
	const decoder = new TextDecoder();
	let [text, size] = ["", 0];
	try {
		for await (const chunk of chunks) {
			size += chunk.length;
			if (size <= LIMIT) text += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
		}
	} catch {
		throw new Refusal(400, "The body broke off.");
	}
	if (size > LIMIT) throw new Refusal(413, "The body is larger than 64 KiB.");
	return text + decoder.decode();
}
