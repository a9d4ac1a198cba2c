// The class over the wasm client. It knows nothing of the protocol: what is read, sent and decided is Rust's. It knows
// that a wasm instance can be lost to a trap: then its calls are settled here, since nobody in it can do that any more,
// and the next call runs on a new instance.

import { Call, FlinksPayError, instanceLost } from "./call.js";
import {
	Client,
	isLost,
	lose,
	onLost,
	signWebhook as signInWasm,
	verifyWebhook as verifyInWasm,
} from "./wasm/flinkspay_edge.js";

export { FlinksPayError };

/** How many instances were lost; a client of an earlier one is built anew. */
let epoch = 0;

onLost(() => {
	epoch += 1;
	for (const call of Call.running) call.lose();
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
		return this.#run("confirmGuarantee", sessionId, options, accepted);
	}

	close() {
		this.#closed = true;
		for (const call of Call.running) if (call.owner === this) call.end("closed");
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
					return this.#run(name, input, options);
				},
			}[name];
			Object.defineProperty(FlinksPay.prototype, name, { value: method, writable: true, configurable: true });
		}
		// Runtimes without explicit resource management have no such symbol.
		if (Symbol.dispose) FlinksPay.prototype[Symbol.dispose] = FlinksPay.prototype.close;
	}

	#build() {
		this.#client = enter(() => new Client(this.#options, globalThis));
		this.#epoch = epoch;
	}

	#run(name, input, options, accepted) {
		const call = new Call(this, this.#options, options);
		if (this.#closed) call.end("closed");
		// A lost instance is replaced as soon as none of its frames is on the stack.
		if (isLost()) queueMicrotask(() => this.#start(call, name, input, options, accepted));
		else this.#start(call, name, input, options, accepted);
		return call.result;
	}

	#start(call, name, input, options, accepted) {
		try {
			if (this.#epoch !== epoch) this.#build();
			const client = this.#client;
			let place = enter(() => client.run(name, input, options, accepted, call));
			call.resume = (...answer) => {
				// A call of a lost instance is settled already.
				try {
					place = client.resume(place, ...answer);
				} catch {
					lose();
				}
			};
		} catch (error) {
			call.refuse(error);
		}
	}
}

export function verifyWebhook(given) {
	const { scheme, body, headers, secrets, header, toleranceSeconds } = given ?? {};
	return JSON.parse(enter(() => verifyInWasm(scheme, body, headers, secrets, header, toleranceSeconds)));
}

export function signWebhook(given) {
	const { scheme, body, secret, header } = given ?? {};
	return JSON.parse(enter(() => signInWasm(scheme, body, secret, header)));
}

/** Calls into the instance, which throws the fields of an error in JSON: whatever else it throws means that it trapped. */
function enter(work) {
	if (isLost()) throw new FlinksPayError(instanceLost());
	try {
		return work();
	} catch (error) {
		if (typeof error === "string") throw new FlinksPayError(JSON.parse(error));
		lose();
		throw new FlinksPayError(instanceLost());
	}
}
