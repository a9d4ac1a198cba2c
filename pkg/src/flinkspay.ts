// The class over the wasm client. It holds the configuration and knows nothing of the protocol: what is read, sent and
// decided is Rust's.

import { errorOf } from "./error.js";
import { Call, currentEpoch, enter, instanceIsThere, isLost, toError } from "./instance.js";
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
	// What `using` needs: the `lib` of it is not asked for here, since compilers before TypeScript 5.2 have none.
	interface SymbolConstructor {
		/** The method that `using` calls. */
		readonly dispose: unique symbol;
	}
	interface Disposable {
		/** Ends what it is of. */
		[Symbol.dispose](): void;
	}
}

/**
 * A client of Flinks Pay. It may live in module scope: it holds configuration and unspent tokens, never anything of one
 * request. Every method rejects with a {@link FlinksPayError} and with nothing else.
 */
export class FlinksPay {
	/** The options as they were read, so that the client can be built anew whatever becomes of the caller's object. */
	readonly #options: FlinksPayOptions;
	#client: Client;
	#epoch = currentEpoch();
	#closed = false;

	/** @throws {FlinksPayError} `invalid_config`, with the option's name in `field`. */
	constructor(options: FlinksPayOptions) {
		const { seen, recorded } = recording(options);
		this.#client = enter(() => new Client(recorded, globalThis));
		this.#options = seen;
	}

	static {
		// Runtimes without explicit resource management have no such symbol.
		if (Symbol.dispose) FlinksPay.prototype[Symbol.dispose] = FlinksPay.prototype.close;
	}

	/** Authorize, initiate, payment request: after it the payor can be sent to `appUrl`. */
	startPayment(params: PaymentParams, options?: CallOptions): Promise<StartedPayment> {
		return FlinksPay.#run(this, "startPayment", params, options);
	}

	/** Authorize, initiate: a session that needs {@link createPaymentRequest} before anybody can pay. */
	initiateSession(params: PaymentParams, options?: CallOptions): Promise<InitiatedSession> {
		return FlinksPay.#run(this, "initiateSession", params, options);
	}

	/** Authorize, payment request, for a session that was initiated earlier. */
	createPaymentRequest(sessionId: string, options?: CallOptions): Promise<CreatedPaymentRequest> {
		return FlinksPay.#run(this, "createPaymentRequest", sessionId, options);
	}

	/**
	 * Status. Flinks asks to be polled no more often than every 30 seconds. Reads of a client share a token while it is alive
	 * and not refused, so that most of them are one request; without one, authorize comes before.
	 */
	getPaymentRequest(requestId: string, options?: CallOptions): Promise<PaymentRequestStatus> {
		return FlinksPay.#run(this, "getPaymentRequest", requestId, options);
	}

	/** Authorize, sendrequest: a session whose link Flinks e-mails to the payor. */
	sendRequest(params: PaymentParams, options?: CallOptions): Promise<InitiatedSession> {
		return FlinksPay.#run(this, "sendRequest", params, options);
	}

	/**
	 * Asks for the status until it is final. Each question has `deadlineMs`, the waiting has no end but its signal;
	 * failures that pass by themselves are waited out.
	 */
	waitForPayment(requestId: string, options?: WaitOptions): Promise<PaymentRequestStatus> {
		return FlinksPay.#run(this, "waitForPayment", requestId, options);
	}

	/**
	 * Authorize, cancel a v1 payment request that the payor has not accepted. Inferred: the path is documented for EFT, and
	 * the changelog says of e-Transfer only that there is one; what it answers is not public.
	 */
	cancelPaymentRequest(requestId: string, options?: CallOptions): Promise<CancelledPaymentRequest> {
		return FlinksPay.#run(this, "cancelPaymentRequest", requestId, options);
	}

	/** Authorize, v2 session: Interac e-Transfer, EFT or guaranteed EFT. */
	createSession(params: SessionParams, options?: CallOptions): Promise<CreatedSession> {
		return FlinksPay.#run(this, "createSession", params, options);
	}

	/**
	 * Status of a v2 session (authorize before it as in {@link getPaymentRequest}), with what the product makes of it for the money. An e-Transfer's money is in its
	 * details alone, and so is whether a guarantee was refused, without which a guaranteed EFT is no money. Flinks asks to be
	 * polled no more often than every 30 seconds.
	 */
	getSessionStatus(sessionId: string, options?: SessionReadOptions): Promise<SessionStatus> {
		return FlinksPay.#run(this, "getSessionStatus", sessionId, options);
	}

	/**
	 * Details of a v2 session (authorize before them as in {@link getPaymentRequest}), with what the product makes of them for the money. No page has `statusDetails` among
	 * those of an EFT, without which it is none: `fundsOf` takes its status, with `guaranteeDetails` of these beside it.
	 */
	getSessionDetails(sessionId: string, options?: SessionReadOptions): Promise<SessionDetails> {
		return FlinksPay.#run(this, "getSessionDetails", sessionId, options);
	}

	/** Authorize, cancel a v2 session; for the payor it looks like a time-out. */
	cancelSession(sessionId: string, options?: CallOptions): Promise<CancelledSession> {
		return FlinksPay.#run(this, "cancelSession", sessionId, options);
	}

	/** Authorize, accept or refuse the guarantee of a guaranteed EFT. */
	confirmGuarantee(sessionId: string, accepted: boolean, options?: CallOptions): Promise<ConfirmedGuarantee> {
		return FlinksPay.#run(this, "confirmGuarantee", sessionId, options, accepted);
	}

	/**
	 * Authorize, until `count` tokens are ready or being fetched: a whole number from 0 to 100, `warmTokens` unless given.
	 * Later calls take them, each once and the oldest first, and save a round trip. Made for what runs after an answer was
	 * given, as `ctx.waitUntil(pay.warm())`: the client does nothing by itself. A token that dies (about four and a half
	 * minutes after it was asked for, where Flinks says 299 seconds) or is dead on arrival is dropped; when one is refused
	 * with 401 all are; `close` and the loss of the wasm instance drop them too. Rejects as `authorize` fails; what was
	 * fetched before is kept.
	 */
	warm(count?: number, options?: CallOptions): Promise<WarmTokens> {
		return FlinksPay.#run(this, "warm", count, options);
	}

	/** Ends the calls that run and drops all tokens; later calls reject with `closed`. */
	close(): void {
		FlinksPay.#mustBeClient(this, "close");
		this.#closed = true;
		if (this.#epoch === currentEpoch() && !isLost()) enter(() => this.#client.close());
	}

	/** The same as {@link close}, for `using`. */
	declare [Symbol.dispose]: () => void;

	/** Static, so that it is there for whatever a method was called on, and rejects. */
	static async #run<T>(
		pay: FlinksPay,
		method: string,
		input: unknown,
		options: unknown,
		accepted?: unknown,
	): Promise<T> {
		FlinksPay.#mustBeClient(pay, method);
		await instanceIsThere();
		const call = new Call<T>();
		try {
			// Awaited here, so that an error's stack names the caller's line.
			return await call.settled(() => pay.#current().run(method, input, options, accepted, call));
		} catch (error) {
			throw toError(error, call.cause);
		}
	}

	/** A proxy of a client has none of its private fields, nor has what a method is called on without one. */
	static #mustBeClient(pay: unknown, method: string): void {
		if (Object(pay) === pay && #client in (pay as object)) return;
		throw errorOf({
			...{ code: "invalid_input", stage: "input", outcome: "not_sent", retryable: false, field: "this" },
			message:
				`${method} was called on what is no client: call it as pay.${method}, and keep the client out of proxies ` +
				"(in Vue, by markRaw(pay)).",
		});
	}

	/** A client of the instance that there is. */
	#current(): Client {
		if (this.#epoch !== currentEpoch()) {
			this.#client = new Client(this.#options, globalThis);
			this.#epoch = currentEpoch();
			if (this.#closed) this.#client.close();
		}
		return this.#client;
	}
}

/** The caller's options, and what is read of them. */
function recording(options: FlinksPayOptions): { seen: FlinksPayOptions; recorded: FlinksPayOptions } {
	const seen = {} as FlinksPayOptions;
	// What is no object is refused by name, and nothing is read of it.
	if (Object(options) !== options) return { seen, recorded: options };
	const get = (target: FlinksPayOptions, name: keyof FlinksPayOptions) => {
		const value = target[name];
		Object.assign(seen, { [name]: value });
		return value;
	};
	return { seen, recorded: new Proxy(options, { get: (target, name) => get(target, name as keyof FlinksPayOptions) }) };
}

/**
 * Whether Flinks signed a webhook, and what it says. Synchronous on every runtime.
 *
 * @throws {FlinksPayError} `webhook_signature`, with the likely mistake in the message; `invalid_input` with the field.
 */
export function verifyWebhook(received: ReceivedWebhook): WebhookEvent {
	return enter(() => verifyInWasm(received));
}

/** The header that Flinks would send with this body, for your tests. */
export function signWebhook(given: UnsignedWebhook): { [name: string]: string } {
	return enter(() => signInWasm(given));
}

/**
 * What an answer of Flinks' means for the money: the table by which the client's own results say `funds`, `paid` and
 * `final`, for an answer that you kept or that came by a webhook. Synchronous on every runtime.
 *
 * @throws {FlinksPayError} `invalid_input` with the field.
 */
export function fundsOf(answer: KeptAnswer, known?: KnownFunds): FundsMeaning {
	return enter(() => fundsInWasm(answer, known));
}
