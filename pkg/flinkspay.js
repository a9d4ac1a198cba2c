// The classes over the wasm client. They know nothing of the protocol: what is read, sent and decided is Rust's. They
// know that a wasm instance can be lost to a trap: then its calls are settled here, since nobody in it can do that any
// more, and the next call runs on a new instance.

import {
	Client,
	isLost,
	lose,
	onLost,
	signWebhook as signInWasm,
	verifyWebhook as verifyInWasm,
} from "./wasm/flinkspay_edge.js";

export class FlinksPayError extends Error {
	static {
		FlinksPayError.prototype.name = "FlinksPayError";
	}

	constructor({ message, ...fields }) {
		super(message);
		Object.assign(this, fields);
	}
}

/** How many instances were lost; a client of an earlier one is built anew. */
let epoch = 0;
/** The calls that run on the instance of now. Each entry settles its call. */
let running = new Set();

onLost(() => {
	const interrupted = running;
	running = new Set();
	epoch += 1;
	for (const interrupt of interrupted) interrupt();
});

export class FlinksPay {
	#options;
	#client;
	#epoch;
	#closed = false;

	constructor(options) {
		// A copy, so that the client can be built anew whatever becomes of the caller's object.
		this.#options = { ...options };
		this.#build();
	}

	confirmGuarantee(sessionId, accepted, options) {
		return this.#run((client, call) => client.confirmGuarantee(sessionId, accepted, options, call));
	}

	close() {
		this.#closed = true;
		if (this.#epoch === epoch) enter(() => this.#client.close());
	}

	static {
		// The calls that take one thing and the options of a call.
		for (const name of [
			"startPayment",
			"initiateSession",
			"sendRequest",
			"createPaymentRequest",
			"getPaymentRequest",
			"waitForPayment",
			"cancelPaymentRequest",
			"createSession",
			"getSessionStatus",
			"getSessionDetails",
			"cancelSession",
			"warm",
		]) {
			const method = {
				[name](input, options) {
					return this.#run((client, call) => client[name](input, options, call));
				},
			}[name];
			Object.defineProperty(FlinksPay.prototype, name, { value: method, writable: true, configurable: true });
		}
		// Runtimes without explicit resource management have no such symbol.
		if (Symbol.dispose) FlinksPay.prototype[Symbol.dispose] = FlinksPay.prototype.close;
	}

	#build() {
		this.#client = enter(() => new Client(this.#options));
		this.#epoch = epoch;
		if (this.#closed) enter(() => this.#client.close());
	}

	async #run(start) {
		// A lost instance is replaced as soon as none of its frames is on the stack.
		if (isLost()) await undefined;
		if (this.#epoch !== epoch) this.#build();
		const call = new Call();
		try {
			return await Promise.race([call.interrupted, enter(() => start(this.#client, call))]);
		} catch (error) {
			throw error instanceof FlinksPayError ? error : new FlinksPayError(asFields(error, call.ifLost));
		} finally {
			call.settle();
		}
	}
}

export const verifyWebhook = (given) => enter(() => verifyInWasm(given));

export const signWebhook = (given) => enter(() => signInWasm(given));

/** Calls into the instance; whatever it throws that is none of its errors is a trap. */
function enter(work) {
	if (isLost()) throw new FlinksPayError(lostBeforeSending);
	try {
		return work();
	} catch (error) {
		throw new FlinksPayError(asFields(error, lostBeforeSending));
	}
}

const lostBeforeSending = {
	code: "instance_lost",
	stage: "input",
	outcome: "not_sent",
	retryable: false,
	message: "The client's wasm instance was lost before anything was sent; the next call runs on a new one.",
};

/** What is known of a call outside the instance. */
class Call {
	#ifLost = lostBeforeSending;
	#settled = false;
	#interrupt;

	constructor() {
		this.interrupted = new Promise((_, reject) => {
			this.#interrupt = () => {
				this.#settled = true;
				reject(this.#ifLost);
			};
		});
		// Where the instance is lost before anybody waits for this.
		this.interrupted.catch(() => {});
		running.add(this.#interrupt);
	}

	get ifLost() {
		return this.#ifLost;
	}

	/** Set by the instance before each request. What throws here is not sent: the caller was told already. */
	set ifLost(error) {
		if (this.#settled) throw new Error("the call is over");
		this.#ifLost = error;
	}

	settle() {
		this.#settled = true;
		running.delete(this.#interrupt);
	}
}

/** The fields of an error. The instance gives plain objects; anything else means that it trapped. */
function asFields(error, ifLost) {
	if (!(error instanceof Error)) return error;
	lose();
	return ifLost;
}
