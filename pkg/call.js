// One call of a client, on the host's side: it sends the instance's requests through `fetch`, holds the signal and the
// timers, and settles the promise that the caller has, also where the instance is lost meanwhile. What is sent, and what
// an answer means, is Rust's (src/wasm/host.rs).
//
// A request is one text and its answer one object, since each value that crosses costs time and code.

const MAX_BODY_BYTES = 65_536;
/** Hosts take a longer time for zero. */
const LONGEST_TIMER_MS = 2_147_483_647;
const IS_JSON = /^\s*(?:application\/(?:[^;]*\+)?|text\/)json\s*(?:;|$)/i;
const utf8 = () => new TextDecoder("utf-8", { fatal: true });
/** For bodies in one piece: nothing of one is left in it. */
const whole = utf8();

export class FlinksPayError extends Error {
	static {
		FlinksPayError.prototype.name = "FlinksPayError";
	}

	constructor({ message, ...fields }) {
		super(message);
		Object.assign(this, fields);
	}
}

/** The fields of the error of a lost instance, which cannot give them itself, at this stage and with this outcome. */
export function instanceLost(about = { stage: "input", outcome: "not_sent" }) {
	const message = "The client's wasm instance was lost; the next call runs on a new one.";
	return { code: "instance_lost", retryable: false, message, ...about };
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
	/** Ends what the call waits for. */
	#wake;
	/** What the request is about that was sent last, as JSON: it is seldom read. */
	#about;
	#abort = () => this.end("aborted");
	#resolve;
	#reject;

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
		this.#wake?.();
	}

	/** Nobody in the instance can settle the call any more. */
	lose() {
		this.fail(instanceLost(this.#about && JSON.parse(this.#about)));
		this.end("closed");
	}

	done(value) {
		this.#settle();
		this.#resolve(value);
	}

	fail(fields) {
		this.#settle();
		this.#reject(new FlinksPayError(fields));
	}

	get hears() {
		return this.#listeners.length > 0;
	}

	tell(event) {
		// What a listener throws must not touch a payment.
		for (const listener of this.#listeners) quietly(() => listener(event));
	}

	/**
	 * Sends a request and gives its answer, or why there is none. `message` is the method, the URL, and names and values of
	 * headers, a line each; an empty line; the body. `about` is what an error says of it if the instance is lost, as JSON.
	 */
	send(message, about, limitMs) {
		const unsent = (lost) => Promise.resolve({ sent: false, lost });
		if (this.#ended) return unsent(this.#ended);
		// Whoever could not write it down must not have it sent.
		if (isGiven(this.#beforeSend) && !quietly(() => this.#announce(about))) return unsent("aborted");
		// It may have ended the call.
		if (this.#ended) return unsent(this.#ended);
		this.#about = about;
		const exchange = new Exchange();
		return this.#wait(
			limitMs,
			(finish) => exchange.run(this.#fetch, message).then(finish, () => finish({ sent: true, lost: "network" })),
			(lost) => {
				exchange.abort();
				return { sent: true, lost: lost ?? "timeout" };
			},
		);
	}

	/** Waits, and gives who ended the call meanwhile. */
	sleep(ms) {
		const start = (finish) => this.#ended && finish(this.#ended);
		return this.#wait(ms, start, (why) => why);
	}

	#announce(about) {
		const { stage, sessionId } = JSON.parse(about);
		this.#beforeSend.call(undefined, sessionId === undefined ? { stage } : { stage, sessionId });
		return true;
	}

	/** Gives what `start` finishes with, or, when the time is over or the call was ended, what `giveUp` makes of that. */
	#wait(ms, start, giveUp) {
		return new Promise((resolve) => {
			const wake = () => finish(giveUp(this.#ended));
			const finish = (value) => {
				// What was given up may end late, while the call waits for something else.
				if (this.#wake !== wake) return;
				this.#wake = undefined;
				clearTimeout(timer);
				resolve(value);
			};
			const timer = setTimeout(() => finish(giveUp()), Math.min(ms, LONGEST_TIMER_MS));
			this.#wake = wake;
			start(finish);
		});
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

	async #read(response) {
		const status = response.redirected ? 0 : response.status;
		const isSuccess = status >= 200 && status <= 299;
		const isJson = IS_JSON.test(response.headers.get("content-type") ?? "");
		const answer = { sent: true, status: typeof status === "number" ? status : 0 };
		if (isSuccess && isJson && response.body) return { ...answer, body: parse(await this.#bytes(response.body)) };
		// A body that nobody reads would hold its connection.
		this.#cancel(response.body);
		return isSuccess ? answer : { ...answer, retryAfter: response.headers.get("retry-after") };
	}

	/** The pieces of a body, counted as they come: `Content-Length` is the size before decompression. */
	async #bytes(body) {
		this.#reader = body.getReader();
		if (this.#controller.signal.aborted) this.abort();
		const pieces = [];
		let size = 0;
		for (;;) {
			const { done, value } = await this.#reader.read();
			if (done) return pieces;
			size += value.byteLength;
			pieces.push(value);
			if (size <= MAX_BODY_BYTES) continue;
			this.#cancel(this.#reader);
			return [];
		}
	}

	/** Unobserved: a rejection is not reported as unhandled. */
	#cancel(readable) {
		quietly(() => readable?.cancel().catch(() => {}));
	}
}

/** The value of JSON in UTF-8; nothing where it is none, since JSON has no such value. */
function parse(pieces) {
	return quietly(() => {
		if (pieces.length === 1) return JSON.parse(whole.decode(pieces[0]));
		const decoder = utf8();
		return JSON.parse(pieces.map((piece) => decoder.decode(piece, { stream: true })).join("") + decoder.decode());
	});
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
