// One call of a client, on the host's side: it sends the instance's requests through `fetch`, holds the signal and the
// timers, and settles the promise that the caller has, also where the instance is lost meanwhile. What is sent, and what
// an answer means, is Rust's (src/wasm/host.rs).
//
// What the call waits for resumes it in the instance, from a microtask or a timer of its own and never while the instance
// runs. A request crosses as one text and a result as one, since each value that crosses costs time and code.

const MAX_BODY_BYTES = 65_536;
/** Hosts take a longer time for zero. */
const LONGEST_TIMER_MS = 2_147_483_647;
const IS_JSON = /^\s*(?:application\/(?:[^;]*\+)?|text\/)json\s*(?:;|$)/i;

export class FlinksPayError extends Error {
	static {
		FlinksPayError.prototype.name = "FlinksPayError";
	}

	constructor({ message, ...fields }) {
		super(message);
		Object.assign(this, fields);
	}
}

/** The error of a lost instance where it had sent nothing, since it cannot give one itself. */
export function instanceLost() {
	const message = "The client's wasm instance was lost; the next call runs on a new one.";
	return { code: "instance_lost", stage: "input", outcome: "not_sent", retryable: false, message };
}

export class Call {
	/** The calls that are not settled. */
	static running = new Set();

	#fetch;
	#beforeSend;
	#listeners;
	#signal;
	/** Who ended the call: `aborted` or `closed`. */
	#ended;
	/** What the call waits for, and how to give it up. */
	#waiting;
	/** The error if the instance is lost now, as JSON: it is seldom read. */
	#ifLost;
	#abort = () => this.end("aborted");
	#resolve;
	#reject;

	/** `resume(status, word, body)` lets the instance go on with this call. */
	constructor(owner, { fetch, onEvent }, options) {
		this.owner = owner;
		this.#fetch = fetch;
		// Each is read once; a getter that throws is an option that is not there.
		this.#beforeSend = quietly(() => options?.beforeSend);
		this.#listeners = [quietly(() => options?.onEvent), onEvent].filter(isGiven);
		this.#signal = quietly(() => options?.signal);
		this.result = new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
		Call.running.add(this);
	}

	/** From here on the signal can end the call. It gives the option that is wrong, or `closed`, or nothing. */
	begin() {
		const isFunction = (value) => typeof value === "function";
		if (isGiven(this.#beforeSend) && !isFunction(this.#beforeSend)) return "beforeSend";
		if (!this.#listeners.every(isFunction)) return "onEvent";
		if (this.#ended) return this.#ended;
		const signal = this.#signal;
		if (!isGiven(signal)) return undefined;
		return quietly(() => {
			// By its shape and not by its class, which may be of another realm.
			if (typeof signal.aborted !== "boolean" || !isFunction(signal.removeEventListener)) return "signal";
			signal.addEventListener("abort", this.#abort);
			if (signal.aborted) this.#abort();
			return undefined;
		}, "signal");
	}

	/** Ends the call: what it waits for is over, and it sends nothing more. */
	end(why) {
		this.#ended ??= why;
		const waiting = this.#waiting;
		waiting?.giveUp();
		// The instance may be on the stack.
		if (waiting) queueMicrotask(() => this.#finish(waiting, undefined, this.#ended));
	}

	/** Nobody in the instance can settle the call any more. */
	lose() {
		this.refuse(this.#ifLost ? JSON.parse(this.#ifLost) : instanceLost());
		this.end("closed");
	}

	done(result) {
		this.#settle();
		this.#resolve(JSON.parse(result));
	}

	fail(error) {
		this.refuse(JSON.parse(error));
	}

	refuse(fields) {
		this.#settle();
		this.#reject(new FlinksPayError(fields));
	}

	get hears() {
		return this.#listeners.length > 0;
	}

	tell(text) {
		const event = JSON.parse(text);
		// What a listener throws must not touch a payment.
		for (const listener of this.#listeners) quietly(() => listener(event));
	}

	/**
	 * Sends a request, and resumes the call with its answer or with why there is none; gives who ended the call where it
	 * sends nothing. `message` is the method, the URL, and names and values of headers, a line each; an empty line; the
	 * body. `ifLost` is the error, as JSON, if the instance is lost meanwhile.
	 */
	send(message, ifLost, limitMs) {
		if (this.#ended) return this.#ended;
		// Whoever could not write it down must not have it sent.
		if (isGiven(this.#beforeSend) && !quietly(() => this.#announce(ifLost))) return "aborted";
		// It may have ended the call.
		if (this.#ended) return this.#ended;
		this.#ifLost = ifLost;
		const exchange = new Exchange();
		const waiting = this.#wait(limitMs, "timeout", () => exchange.abort());
		exchange.run(this.#fetch, message).then(
			(answer) => this.#finish(waiting, ...answer),
			() => this.#finish(waiting, undefined, this.#ended ?? "network"),
		);
		return undefined;
	}

	/** Waits, and resumes the call with who ended it meanwhile; gives who has ended it already. */
	sleep(ms) {
		if (!this.#ended) this.#wait(ms, undefined, () => {});
		return this.#ended;
	}

	#announce(ifLost) {
		const { stage, sessionId } = JSON.parse(ifLost);
		this.#beforeSend.call(undefined, sessionId === undefined ? { stage } : { stage, sessionId });
		return true;
	}

	/** Waits so long at most, and then gives up and resumes the call with this word. */
	#wait(ms, word, giveUp) {
		const waiting = { giveUp };
		const end = () => {
			giveUp();
			this.#finish(waiting, undefined, word);
		};
		waiting.timer = setTimeout(end, Math.min(ms, LONGEST_TIMER_MS));
		this.#waiting = waiting;
		return waiting;
	}

	#finish(waiting, ...answer) {
		// What was given up may end late, while the call waits for something else.
		if (this.#waiting !== waiting) return;
		this.#waiting = undefined;
		clearTimeout(waiting.timer);
		// What was settled was lost.
		if (Call.running.has(this)) this.resume(...answer);
	}

	#settle() {
		Call.running.delete(this);
		// A signal that refuses to forget its listener changes nothing: the call is over.
		quietly(() => this.#signal?.removeEventListener("abort", this.#abort));
	}
}

/** One request and its answer. */
class Exchange {
	#controller = new AbortController();
	#reader;

	/** It may be for a call of another request, whose objects some hosts do not let this one touch. */
	abort() {
		quietly(() => this.#controller.abort());
		this.#cancel(this.#reader);
	}

	/** Rejects where the connection fails, at whatever point. */
	async run(fetch, message) {
		const headEnd = message.indexOf("\n\n");
		const [method, url, ...lines] = message.slice(0, headEnd).split("\n");
		const headers = {};
		for (let at = 0; at < lines.length; at += 2) headers[lines[at]] = lines[at + 1];
		const body = message.slice(headEnd + 2) || undefined;
		// A redirect that is followed would carry the token or the payor's data to another host.
		const init = { method, headers, body, redirect: "manual", signal: this.#controller.signal };
		// The global one is looked up at each call, so that a replaced one is seen.
		const response = await (fetch ? fetch(url, init) : globalThis.fetch(url, init));
		return this.#read(response);
	}

	/** The status, the `Retry-After` of what is no success, and the body of what is one. */
	async #read(response) {
		const status = response.redirected || typeof response.status !== "number" ? 0 : response.status;
		const isSuccess = status >= 200 && status <= 299;
		const isJson = IS_JSON.test(response.headers.get("content-type") ?? "");
		if (isSuccess && isJson && response.body) return [status, undefined, await this.#bytes(response.body)];
		// A body that nobody reads would hold its connection.
		this.#cancel(response.body);
		return [status, isSuccess ? undefined : `${response.headers.get("retry-after")}`];
	}

	/** The pieces of a body, counted as they come: `Content-Length` is the size before decompression. */
	async #bytes(body) {
		this.#reader = body.getReader();
		if (this.#controller.signal.aborted) this.abort();
		const pieces = [];
		let size = 0;
		for (;;) {
			const { done, value } = await this.#reader.read();
			if (done) return quietly(() => whole(pieces, size));
			size += value.byteLength;
			pieces.push(value);
			if (size <= MAX_BODY_BYTES) continue;
			this.#cancel(this.#reader);
			return undefined;
		}
	}

	/** Unobserved: a rejection is not reported as unhandled. */
	#cancel(readable) {
		quietly(() => readable?.cancel().catch(() => {}));
	}
}

function whole(pieces, size) {
	const bytes = new Uint8Array(size);
	let at = 0;
	for (const piece of pieces) {
		bytes.set(piece, at);
		at += piece.byteLength;
	}
	return bytes;
}

function isGiven(value) {
	return value !== undefined && value !== null;
}

/** What `work` gives, or this where it throws. */
function quietly(work, otherwise) {
	try {
		return work();
	} catch {
		return otherwise;
	}
}
