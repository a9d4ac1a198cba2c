/**
 * Types of `flinkspay-edge/merchant`: a receiver of the Worker's messages for the merchant's back end.
 *
 * @module merchant
 */

import { Webhook } from "standardwebhooks";
import type { CreditedPayment, Payment, PaymentMessage } from "./message.js";

export type * from "./message.js";

/**
 * Where a receiver keeps how it stands with each payment: one short text for each, such as `credited`. All processes that
 * receive share it, and nothing in it is ever deleted.
 */
export interface ReceiverStore {
	/** What is kept of a payment; nothing where there is nothing. */
	read(paymentId: string): string | null | undefined | Promise<string | null | undefined>;
	/** In one atomic step: keeps `after` where `before` is what is kept, or is `""` and nothing is. Gives whether it did. */
	swap(paymentId: string, before: string, after: string): boolean | Promise<boolean>;
}

/** What a receiver is made of. */
export interface ReceiverOptions {
	/**
	 * The Worker's `MERCHANT_WEBHOOK_SECRET`, and any other that may have signed. Default: none, for a receiver of which
	 * `take` alone is called: its `fetch` and `node` throw.
	 */
	secrets?: readonly (string | undefined)[];
	/** Where it keeps what was done. */
	store: ReceiverStore;
	/**
	 * Called once for each payment that is paid, and never after `onReverse`. Where it throws, or its process dies in it, it
	 * is called again: pass the payment's `id` on as an idempotency key.
	 */
	onCredit(payment: CreditedPayment): unknown;
	/** Called once for each payment whose money is gone, also where it was never credited: take back what is there for its `id`. */
	onReverse(payment: Payment): unknown;
	/** Told of each message as often as it comes, after what its `effect` does. Default: nobody is told. */
	onMessage?: (message: PaymentMessage) => unknown;
}

/**
 * Takes the Worker's messages. It answers 204 to what is done, 401 to what is not signed or not within five minutes, 400 to
 * what is no message or breaks off, 405 to other methods than POST, 413 to more than 64 KiB, and 503 while the same payment is in work
 * elsewhere: but for the 204 the Worker sends it again. All that your functions and the store throw is thrown on.
 */
export interface Receiver {
	/** For `Request` and `Response`. It rejects with what was thrown, which the framework logs and answers with 500. */
	fetch(request: Request): Promise<Response>;
	/** For Node, before a body parser or after one of bytes or text. What was thrown goes to `next`; without one it answers 500 and rejects. */
	node(request: NodeRequest, response: NodeResponse, next?: (error: unknown) => void): Promise<void>;
	/**
	 * Takes what has no signature: an event of the Worker's `GET /events`, or what `onMessage` of `createWorker` is told. It
	 * rejects where it could not be done now.
	 */
	take(message: PaymentMessage): Promise<void>;
}

/** Node's `IncomingMessage`, and what body parsers add to it. */
export interface NodeRequest extends AsyncIterable<string | Uint8Array> {
	/** In capitals. */
	method?: string | undefined;
	/** In small letters. */
	headers: { readonly [name: string]: string | readonly string[] | undefined };
	/** Whether somebody has read its body. */
	readableDidRead: boolean;
	/** What a parser has made of that: bytes and text are taken. */
	body?: unknown;
	/** The bytes, where the parser keeps them. */
	rawBody?: unknown;
}

/** What is needed of Node's `ServerResponse`. */
export interface NodeResponse {
	/** Begins the answer. */
	writeHead(status: number, headers: Record<string, string>): NodeResponse;
	/** Ends it. */
	end(body: string): unknown;
}

type HeaderOf = (name: string) => NodeRequest["headers"][string] | null;
type Chunks = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

const LIMIT = 64 * 1024;
/** Longer than the Worker waits for an answer, and shorter than its second pause: by then a process that died is replaced. */
const LEASE_MS = 120_000;
const SECRET = /^whsec_(?=.{32,90}$)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const LIST = "be a list with the Worker's MERCHANT_WEBHOOK_SECRET";
/** What is done about a payment, as the store has it. */
const WORDS = ["", "none", "credited", "reversed"];
const UNREAD =
	"have its body as it came, since JSON that was parsed and written again does not verify. Express: express.raw({ type: " +
	'"application/json" }) for this route, before express.json(). Fastify: a parser of application/json that reads nothing. ' +
	"Next.js' pages: bodyParser: false. A Request: handed on unread";

/** What is answered with a problem, and is no failure of the merchant's. */
class Refusal extends Error {
	readonly status: number;
	constructor(status: number, message: string) {
		super(message);
		this.status = status;
	}
}

/**
 * Makes a receiver.
 *
 * @throws TypeError where an option is not what it must be.
 */
export function createReceiver(options: ReceiverOptions): Receiver {
	const { secrets, store, onCredit, onReverse, onMessage } = options;
	check("secrets", secrets === undefined || (Array.isArray(secrets) && secrets.length > 0), LIST);
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
		else if (effect !== "none") throw new Refusal(400, "This version of flinkspay-edge does not know its effect.");
		await onMessage?.(message);
	}

	/**
	 * What is kept is one of the words and, while somebody is at work, until when his lease runs. `now` is the Worker's, where
	 * it has sent the message: the clocks of those who share a store may differ by more than a lease.
	 */
	async function once(id: string, now: number, goal: "credited" | "reversed", work: () => unknown): Promise<void> {
		const before = (await store.read(id)) ?? "";
		const [done = "", until = "0"] = before.split(" ");
		check("store.read", WORDS.includes(done), `give what swap was given, and not ${done}`);
		if (done === goal || done === "reversed") return;
		const free = done || "none";
		// What was long on its way is in work from now on, and not from when it was sent.
		const lease = `${free} ${Math.max(now, Date.now()) + LEASE_MS}`;
		const isMine = Number(until) <= now && (await swap(id, before, lease));
		if (!isMine) throw new Refusal(503, "The same payment is in work elsewhere.");
		try {
			await work();
		} catch (error) {
			// Should this fail too, the lease ends by itself: what is told is what has failed first.
			await swap(id, lease, free).catch(() => {});
			throw error;
		}
		if (!(await swap(id, lease, goal)))
			throw new Refusal(503, "It took so long that the payment is in work elsewhere.");
	}

	async function swap(id: string, before: string, after: string): Promise<boolean> {
		const isSwapped = await store.swap(id, before, after);
		check("store.swap", typeof isSwapped === "boolean", "give whether it did: true or false");
		return isSwapped;
	}

	/** The message, where one of the secrets has signed it. */
	async function verified(body: string, headers: Record<string, string>): Promise<PaymentMessage> {
		check("secrets", webhooks !== undefined, LIST);
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
		if (typeof message?.data?.id !== "string") throw new Refusal(400, "This is no message about a payment.");
		return message;
	}

	/** What a request is answered with, whatever it came by. */
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
			check("request", !bodyUsed && !body?.locked, UNREAD);
			const answered = await answer(
				method,
				(name) => headers.get(name),
				() => body ?? [],
			);
			return new Response(answered.text, answered);
		},
		async node(request, response, next) {
			try {
				const { method, headers } = request;
				const answered = await answer(
					method,
					(name) => headers[name],
					() => bodyOf(request),
				);
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

/** In spite of its type it may be gone: the Worker deletes amounts after its `RETENTION_DAYS`. */
function withAmount(payment: CreditedPayment): CreditedPayment {
	if (payment.paidAmount !== undefined) return payment;
	throw new Error(`The amount of payment ${payment.id} was deleted before it was credited: a person has to look.`);
}

/** What a parser has kept of the body as it came or, where none has read it, the request. */
function bodyOf(request: NodeRequest): Chunks {
	const kept = [request.rawBody, request.body].find((body) => typeof body === "string" || body instanceof Uint8Array);
	check("request", kept !== undefined || !request.readableDidRead, UNREAD);
	return kept === undefined ? request : [kept];
}

/** What is too large is read to its end, and not kept: to stop would close Node's connection before it is answered. */
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
