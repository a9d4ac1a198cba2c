// Sends webhooks, signed, one try each. Answers to docs.flinks.com/guides/pay/geft/webhooks/client-setup and
// session-status, and to docs.flinks.com/guides/webhooks/hmac-validation for the other scheme. The exact JSON of the
// body is inferred.
import type { StatusChange } from "./changes.ts";
import type { Clock } from "./clock.ts";
import type { Settings } from "./options.ts";
import type { SandboxWebhook, WebhookDelivery, WebhookEvent, WebhookFault } from "./types.ts";
import { signature } from "./webhook-signature.ts";

/** Statuses that nothing is sent for: the first two are under way, and the third is documented to be silent. */
const SILENT = ["Initiated", "InProgress", "Processing", "Expired"];

const TIMEOUT_MS = 10_000;

/** The sender, and the log of what it sent. */
export class Webhooks {
	readonly log: WebhookDelivery[] = [];
	/** Done to the next events, one each. */
	readonly faults: WebhookFault[] = [];
	registration: SandboxWebhook | undefined;
	#held: WebhookDelivery | undefined;
	/** One after the other, so that they arrive in order unless they are told not to. */
	#last: Promise<unknown> = Promise.resolve();
	readonly #clock: Clock;
	readonly #fetch: Settings["webhookFetch"];

	constructor(clock: Clock, settings: Settings) {
		this.#clock = clock;
		this.#fetch = settings.webhookFetch;
		this.registration = settings.webhook;
	}

	/** A status has changed: sends what is to be sent, in the background. */
	notify(change: StatusChange): void {
		const { registration } = this;
		const interac = change.product === "Interac v1" || change.product === "e-Transfer";
		if (!registration || SILENT.includes(change.status) || (interac && !registration.interac)) return;
		const fault = this.faults.shift() ?? registration.fault;
		const { product, ...rest } = change;
		const event: WebhookEvent = {
			event: product === "Interac v1" ? "PaymentRequestStatusChanged" : "SessionSetupStatusChanged",
			when: new Date(this.#clock.now()).toISOString(),
			...rest,
		};
		const body = JSON.stringify((interac && registration.interacBody?.(event)) || event);
		const delivery: WebhookDelivery = {
			at: this.#clock.now(),
			...{ url: registration.url, sessionId: change.sessionId, status: change.status, headers: {}, body },
			...(fault ? { fault } : {}),
		};
		this.log.push(delivery);
		this.#dispatch(delivery, registration);
	}

	/** Resolves when nothing is under way any more. What is held back or dropped is not under way. */
	async idle(): Promise<void> {
		let last: unknown;
		while (last !== this.#last) {
			last = this.#last;
			await last;
		}
	}

	#dispatch(delivery: WebhookDelivery, registration: SandboxWebhook): void {
		const held = this.#held;
		if (delivery.fault === "drop") return;
		if (delivery.fault === "reorder" && !held) {
			this.#held = delivery;
			return;
		}
		this.#held = undefined;
		this.#send(delivery, registration);
		if (delivery.fault === "duplicate") {
			const again: WebhookDelivery = { ...delivery, headers: {} };
			this.log.push(again);
			this.#send(again, registration);
		}
		if (held) this.#send(held, registration);
	}

	#send(delivery: WebhookDelivery, registration: SandboxWebhook): void {
		this.#last = this.#last.then(() => this.#deliver(delivery, registration));
	}

	/** One try: Flinks does not repeat this event. */
	async #deliver(delivery: WebhookDelivery, registration: SandboxWebhook): Promise<void> {
		const bytes = new TextEncoder().encode(delivery.body);
		const key = delivery.fault === "bad_signature" ? `not ${registration.secret}` : registration.secret;
		const [name, value] = await signature(registration, key, bytes);
		delivery.headers = { "Content-Type": "application/json; charset=utf-8", [name]: value };
		try {
			const signal = AbortSignal.timeout(TIMEOUT_MS);
			const init: RequestInit = { method: "POST", headers: delivery.headers, body: bytes, redirect: "manual", signal };
			const response = await this.#fetch(delivery.url, init);
			delivery.answer = response.status;
			await response.body?.cancel();
		} catch (error) {
			delivery.error = error instanceof Error ? error.message : String(error);
		}
	}
}
