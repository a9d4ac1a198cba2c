// The classes over the wasm client. They know nothing of the protocol: what is read, sent and decided is Rust's.

import { Client } from "./wasm/flinkspay_edge.js";

export class FlinksPayError extends Error {
	static {
		FlinksPayError.prototype.name = "FlinksPayError";
	}

	constructor({ message, ...fields }) {
		super(message);
		Object.assign(this, fields);
	}
}

export class FlinksPay {
	#client;

	constructor(options) {
		try {
			this.#client = new Client(options);
		} catch (error) {
			throw asError(error);
		}
	}

	startPayment(params, options) {
		return settle(() => this.#client.startPayment(params, options));
	}

	initiateSession(params, options) {
		return settle(() => this.#client.initiateSession(params, options));
	}

	createPaymentRequest(sessionId, options) {
		return settle(() => this.#client.createPaymentRequest(sessionId, options));
	}

	getPaymentRequest(requestId, options) {
		return settle(() => this.#client.getPaymentRequest(requestId, options));
	}

	close() {
		this.#client.close();
	}

	static {
		// Runtimes without explicit resource management have no such symbol.
		if (Symbol.dispose) FlinksPay.prototype[Symbol.dispose] = FlinksPay.prototype.close;
	}
}

async function settle(call) {
	try {
		return await call();
	} catch (error) {
		throw asError(error);
	}
}

/** Errors of the client come as plain objects; an exception of the caller's own getter is passed on. */
function asError(error) {
	return error instanceof Error ? error : new FlinksPayError(error);
}
