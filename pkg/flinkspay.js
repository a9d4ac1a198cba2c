// For Symbol.dispose, which projects with an older `lib` do not know.
/// <reference lib="esnext.disposable" preserve="true" />
// The class over the wasm client. It holds the configuration and knows nothing of the protocol: what is read, sent and
// decided is Rust's.
import { Call, currentEpoch, enter, instanceIsThere, isLost, toError } from "./instance.js";
import { Client, signWebhook as signInWasm, verifyWebhook as verifyInWasm } from "./wasm/flinkspay_edge.js";
/**
 * A client of Flinks Pay. It may live in module scope: it holds configuration and unspent tokens, never anything of one
 * request. Every method rejects with a {@link FlinksPayError} and with nothing else.
 */
export class FlinksPay {
    /** The options as they were read, so that the client can be built anew whatever becomes of the caller's object. */
    #options;
    #client;
    #epoch = currentEpoch();
    #closed = false;
    /** @throws {FlinksPayError} `invalid_config`, with the option's name in `field`. */
    constructor(options) {
        const { seen, recorded } = recording(options);
        this.#client = enter(() => new Client(recorded, globalThis));
        this.#options = seen;
    }
    static {
        // Runtimes without explicit resource management have no such symbol.
        if (Symbol.dispose)
            FlinksPay.prototype[Symbol.dispose] = FlinksPay.prototype.close;
    }
    /** Authorize, initiate, payment request: after it the payor can be sent to `appUrl`. */
    startPayment(params, options) {
        return this.#run("startPayment", params, options);
    }
    /** Authorize, initiate: a session that needs {@link createPaymentRequest} before anybody can pay. */
    initiateSession(params, options) {
        return this.#run("initiateSession", params, options);
    }
    /** Authorize, payment request, for a session that was initiated earlier. */
    createPaymentRequest(sessionId, options) {
        return this.#run("createPaymentRequest", sessionId, options);
    }
    /** Authorize, status. Flinks asks to be polled no more often than every 30 seconds. */
    getPaymentRequest(requestId, options) {
        return this.#run("getPaymentRequest", requestId, options);
    }
    /** Authorize, sendrequest: a session whose link Flinks e-mails to the payor. */
    sendRequest(params, options) {
        return this.#run("sendRequest", params, options);
    }
    /**
     * Asks for the status until it is final. Each question has `deadlineMs`, the waiting has no end but its signal;
     * failures that pass by themselves are waited out.
     */
    waitForPayment(requestId, options) {
        return this.#run("waitForPayment", requestId, options);
    }
    /**
     * Authorize, cancel a v1 payment request that the payor has not accepted. Inferred: the path is documented for EFT, and
     * the changelog says of e-Transfer only that there is one; what it answers is not public.
     */
    cancelPaymentRequest(requestId, options) {
        return this.#run("cancelPaymentRequest", requestId, options);
    }
    /** Authorize, v2 session: Interac e-Transfer, EFT or guaranteed EFT. */
    createSession(params, options) {
        return this.#run("createSession", params, options);
    }
    /** Authorize, status of a v2 session. Flinks asks to be polled no more often than every 30 seconds. */
    getSessionStatus(sessionId, options) {
        return this.#run("getSessionStatus", sessionId, options);
    }
    /** Authorize, details of a v2 session. */
    getSessionDetails(sessionId, options) {
        return this.#run("getSessionDetails", sessionId, options);
    }
    /** Authorize, cancel a v2 session; for the payor it looks like a time-out. */
    cancelSession(sessionId, options) {
        return this.#run("cancelSession", sessionId, options);
    }
    /** Authorize, accept or refuse the guarantee of a guaranteed EFT. */
    confirmGuarantee(sessionId, accepted, options) {
        return this.#run("confirmGuarantee", sessionId, options, accepted);
    }
    /**
     * Authorize, until `count` tokens are ready or being fetched: a whole number from 0 to 100, `warmTokens` unless given.
     * Later calls take them, each once and the oldest first, and save a round trip. Made for what runs after an answer was
     * given, as `ctx.waitUntil(pay.warm())`: the client does nothing by itself. A token that dies (about four and a half
     * minutes after it was asked for, where Flinks says 299 seconds) or is dead on arrival is dropped; when one is refused
     * with 401 all are; `close` and the loss of the wasm instance drop them too. Rejects as `authorize` fails; what was
     * fetched before is kept.
     */
    warm(count, options) {
        return this.#run("warm", count, options);
    }
    /** Ends the calls that run and drops the tokens that are ready; later calls reject with `closed`. */
    close() {
        this.#closed = true;
        if (this.#epoch === currentEpoch() && !isLost())
            enter(() => this.#client.close());
    }
    async #run(method, input, options, accepted) {
        await instanceIsThere();
        const call = new Call();
        try {
            // Awaited here, so that an error's stack names the caller's line.
            return await call.settled(() => this.#current().run(method, input, options, accepted, call));
        }
        catch (error) {
            throw toError(error, call.cause);
        }
    }
    /** A client of the instance that there is. */
    #current() {
        if (this.#epoch !== currentEpoch()) {
            this.#client = new Client(this.#options, globalThis);
            this.#epoch = currentEpoch();
            if (this.#closed)
                this.#client.close();
        }
        return this.#client;
    }
}
/** The caller's options, and what is read of them. */
function recording(options) {
    const seen = {};
    // What is no object is refused by name, and nothing is read of it.
    if (Object(options) !== options)
        return { seen, recorded: options };
    const get = (target, name) => {
        const value = target[name];
        Object.assign(seen, { [name]: value });
        return value;
    };
    return { seen, recorded: new Proxy(options, { get: (target, name) => get(target, name) }) };
}
/**
 * Whether Flinks signed a webhook, and what it says. Synchronous on every runtime.
 *
 * @throws {FlinksPayError} `webhook_signature`, with the likely mistake in the message; `invalid_input` with the field.
 */
export function verifyWebhook(received) {
    return enter(() => verifyInWasm(received));
}
/** The header that Flinks would send with this body, for your tests. */
export function signWebhook(given) {
    return enter(() => signInWasm(given));
}
