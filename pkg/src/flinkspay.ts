// The class over the wasm client. It keeps the configuration and knows nothing of the protocol: Rust reads, sends and decides
// everything.

import { errorOf } from "./error.js";
import { Call, currentEpoch, enter, isLost, toError, waitForInstance } from "./instance.js";
import type { FundsMeaning, KeptAnswer, KnownFunds } from "./types/funds.js";
import type {
	CancelledPaymentRequest,
	CreatedPaymentRequest,
	InitiatedSession,
	PaymentParams,
	PaymentRequestStatus,
	StartedPayment,
} from "./types/interac.js";
import type { CallOptions, FlinksPayOptions, WaitOptions, WarmTokens } from "./types/options.js";
import type {
	CancelledSession,
	ConfirmedGuarantee,
	CreatedSession,
	SessionDetails,
	SessionParams,
	SessionReadOptions,
	SessionStatus,
} from "./types/sessions.js";
import type { ReceivedWebhook, UnsignedWebhook, WebhookEvent } from "./types/webhook.js";
import {
	Client,
	fundsOf as fundsInWasm,
	signWebhook as signInWasm,
	verifyWebhook as verifyInWasm,
} from "./wasm/flinkspay_edge.js";

declare global {
	// For `using`, declared here since compilers before TypeScript 5.2 have no `lib` with it.
	interface SymbolConstructor {
		/** The method that `using` calls. */
		readonly dispose: unique symbol;
	}
	interface Disposable {
		/** Closes the object. */
		[Symbol.dispose](): void;
	}
}

/**
 * A client of Flinks Pay. It may live in module scope: it keeps its configuration and unspent tokens, and nothing of a single
 * request. Every method rejects with a {@link FlinksPayError} and with nothing else.
 */
export class FlinksPay {
	/** A copy of the options, so that the client can be created again even if the caller's object has changed. */
	readonly #options: FlinksPayOptions;
	#client: Client;
	#epoch = currentEpoch();
	#closed = false;

	/** @throws {FlinksPayError} `invalid_config`, with the option's name in `field`. */
	constructor(options: FlinksPayOptions) {
		const { copy, proxy } = copiedOnRead(options);
		this.#client = enter(() => new Client(proxy, globalThis));
		this.#options = copy;
	}

	static {
		// Runtimes without explicit resource management have no such symbol.
		if (Symbol.dispose) FlinksPay.prototype[Symbol.dispose] = FlinksPay.prototype.close;
	}

	/** Authorize, initiate, payment request: after it the payor can be sent to `appUrl`. */
	startPayment(params: PaymentParams, options?: CallOptions): Promise<StartedPayment> {
		return FlinksPay.#run(this, "startPayment", params, options);
	}

	/** Authorize, initiate: a session that cannot be paid before {@link createPaymentRequest}. */
	initiateSession(params: PaymentParams, options?: CallOptions): Promise<InitiatedSession> {
		return FlinksPay.#run(this, "initiateSession", params, options);
	}

	/** Authorize, payment request, for a session that was initiated earlier. */
	createPaymentRequest(sessionId: string, options?: CallOptions): Promise<CreatedPaymentRequest> {
		return FlinksPay.#run(this, "createPaymentRequest", sessionId, options);
	}

	/**
	 * The status of a payment request. Flinks asks for at most one read every 30 seconds. The reads of a client share a token
	 * until it expires or is refused; without one, a read authorizes first.
	 */
	getPaymentRequest(requestId: string, options?: CallOptions): Promise<PaymentRequestStatus> {
		return FlinksPay.#run(this, "getPaymentRequest", requestId, options);
	}

	/** Authorize, sendrequest: a session whose link Flinks e-mails to the payor. */
	sendRequest(params: PaymentParams, options?: CallOptions): Promise<InitiatedSession> {
		return FlinksPay.#run(this, "sendRequest", params, options);
	}

	/**
	 * Reads the status until it is final. Each read has `deadlineMs`; only the signal ends the whole wait. A retryable failure
	 * of a read does not end it.
	 */
	waitForPayment(requestId: string, options?: WaitOptions): Promise<PaymentRequestStatus> {
		return FlinksPay.#run(this, "waitForPayment", requestId, options);
	}

	/**
	 * Authorize, cancel a v1 payment request that the payor has not accepted. Inferred: the path is documented for EFT, the
	 * changelog only says that e-Transfer has a cancel, and no page shows its answer.
	 */
	cancelPaymentRequest(requestId: string, options?: CallOptions): Promise<CancelledPaymentRequest> {
		return FlinksPay.#run(this, "cancelPaymentRequest", requestId, options);
	}

	/** Authorize, v2 session: Interac e-Transfer, EFT or guaranteed EFT. */
	createSession(params: SessionParams, options?: CallOptions): Promise<CreatedSession> {
		return FlinksPay.#run(this, "createSession", params, options);
	}

	/**
	 * The status of a v2 session and what it means for the money of its product (authorizes as {@link getPaymentRequest}). Only
	 * the details say whether an e-Transfer is paid, and whether the guarantee of a guaranteed EFT was refused. Flinks asks for
	 * at most one read every 30 seconds.
	 */
	getSessionStatus(sessionId: string, options?: SessionReadOptions): Promise<SessionStatus> {
		return FlinksPay.#run(this, "getSessionStatus", sessionId, options);
	}

	/**
	 * The details of a v2 session and what they mean for the money of its product (authorizes as {@link getPaymentRequest}). No
	 * page lists `statusDetails` in the details of an EFT; without it `funds` is `"none"`. Give `fundsOf` the session's status
	 * with `guaranteeDetails` of these details.
	 */
	getSessionDetails(sessionId: string, options?: SessionReadOptions): Promise<SessionDetails> {
		return FlinksPay.#run(this, "getSessionDetails", sessionId, options);
	}

	/** Authorize, cancel a v2 session. To the payor it looks like a timeout. */
	cancelSession(sessionId: string, options?: CallOptions): Promise<CancelledSession> {
		return FlinksPay.#run(this, "cancelSession", sessionId, options);
	}

	/** Authorize, accept or refuse the guarantee of a guaranteed EFT. */
	confirmGuarantee(sessionId: string, accepted: boolean, options?: CallOptions): Promise<ConfirmedGuarantee> {
		return FlinksPay.#run(this, "confirmGuarantee", sessionId, options, accepted);
	}

	/**
	 * Authorize, until `count` tokens are ready or being fetched: a whole number from 0 to 100, by default `warmTokens`. Later
	 * calls use them, each once and the oldest first, and save a round trip. Call it after an answer was given, as in
	 * `ctx.waitUntil(pay.warm())`: the client does nothing in the background. Expired tokens are dropped (Flinks' 299 seconds
	 * make about four and a half minutes); a token that is refused with 401, `close` and the loss of the wasm instance drop all
	 * of them. Rejects if `authorize` fails; tokens that were fetched before stay.
	 */
	warm(count?: number, options?: CallOptions): Promise<WarmTokens> {
		return FlinksPay.#run(this, "warm", count, options);
	}

	/** Aborts running calls and drops all tokens; later calls reject with the code `closed`. */
	close(): void {
		FlinksPay.#mustBeClient(this, "close");
		this.#closed = true;
		if (this.#epoch === currentEpoch() && !isLost()) enter(() => this.#client.close());
	}

	/** The same as {@link close}, for `using`. */
	declare [Symbol.dispose]: () => void;

	/** Static, so that a method that is called on anything but a client rejects too. */
	static async #run<T>(
		pay: FlinksPay,
		method: string,
		input: unknown,
		options: unknown,
		accepted?: unknown,
	): Promise<T> {
		FlinksPay.#mustBeClient(pay, method);
		await waitForInstance();
		const call = new Call<T>();
		try {
			// Awaited here, so that an error's stack has the caller's line.
			return await call.settled(() => pay.#current().run(method, input, options, accepted, call));
		} catch (error) {
			throw toError(error, call.cause);
		}
	}

	/** A proxy of a client has no private fields, and a detached method has no client. */
	static #mustBeClient(pay: unknown, method: string): void {
		if (Object(pay) === pay && #client in (pay as object)) return;
		throw errorOf({
			...{ code: "invalid_input", stage: "input", outcome: "not_sent", retryable: false, field: "this" },
			message:
				`${method} was not called on a client. Call it as pay.${method}, and keep the client out of proxies ` +
				"(in Vue, by markRaw(pay)).",
		});
	}

	/** The client of the current instance. */
	#current(): Client {
		if (this.#epoch !== currentEpoch()) {
			this.#client = new Client(this.#options, globalThis);
			this.#epoch = currentEpoch();
			if (this.#closed) this.#client.close();
		}
		return this.#client;
	}
}

/** A proxy of the options, and a copy of each option that is read through it. */
function copiedOnRead(options: FlinksPayOptions): { copy: FlinksPayOptions; proxy: FlinksPayOptions } {
	const copy = {} as FlinksPayOptions;
	// The client itself refuses options that are not an object.
	if (Object(options) !== options) return { copy, proxy: options };
	const get = (target: FlinksPayOptions, name: keyof FlinksPayOptions) => {
		const value = target[name];
		Object.assign(copy, { [name]: value });
		return value;
	};
	return { copy, proxy: new Proxy(options, { get: (target, name) => get(target, name as keyof FlinksPayOptions) }) };
}

/**
 * Verifies that Flinks signed a webhook and returns its event. Synchronous on every runtime.
 *
 * @throws {FlinksPayError} `webhook_signature`, with the likely mistake in the message; `invalid_input` with the field.
 */
export function verifyWebhook(received: ReceivedWebhook): WebhookEvent {
	return enter(() => verifyInWasm(received));
}

/** The signature header that Flinks would send with this body, for your tests. */
export function signWebhook(webhook: UnsignedWebhook): { [name: string]: string } {
	return enter(() => signInWasm(webhook));
}

/**
 * What an answer of Flinks means for the money, for an answer that you have stored or got by a webhook. The client's own
 * results have `funds`, `paid` and `final` from the same table. Synchronous on every runtime.
 *
 * @throws {FlinksPayError} `invalid_input` with the field.
 */
export function fundsOf(answer: KeptAnswer, known?: KnownFunds): FundsMeaning {
	return enter(() => fundsInWasm(answer, known));
}
