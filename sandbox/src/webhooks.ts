// Sends signed webhooks: one try each, and up to three for a guarantee that waits. Follows
// docs.flinks.com/guides/pay/geft/webhooks/client-setup and session-status,
// docs.flinks.com/api/pay/endpoints/geft/guarantee-confirm for the three tries, and
// docs.flinks.com/guides/webhooks/hmac-validation for the other scheme. The exact JSON of the bodies is inferred.

import type { Clock } from "./clock.ts";
import type { Settings } from "./options.ts";
import type { OnDecisionNeeded, OnStatusChange, StatusChange } from "./status-change.ts";
import type { SandboxWebhook, WebhookDelivery, WebhookEvent, WebhookFault } from "./types.ts";
import { signature } from "./webhook-signature.ts";

/** Statuses without a webhook. Expired is documented to have none; the others are not final. */
const SILENT = ["Initiated", "InProgress", "Processing", "Expired"];

const TIMEOUT_MS = 10_000;

/** How many times a guarantee's event is sent before the session fails. */
const GUARANTEE_TRIES = 3;
/** The name of that event, which no page documents. */
const GUARANTEE_EVENT = "GuaranteeDecisionRequired";

/** Called after a delivery with whether it was answered with success. */
type OnDelivered = (delivered: boolean) => void;

/** The sender of webhooks and its log. */
export class Webhooks {
	readonly log: WebhookDelivery[] = [];
	/** The faults of the next events, one each. */
	readonly faults: WebhookFault[] = [];
	registration: SandboxWebhook | undefined;
	/** Sends the delivery that is held back. */
	#held: (() => void) | undefined;
	/** The last delivery: each waits for the one before it, so that they arrive in order. */
	#last: Promise<unknown> = Promise.resolve();
	readonly #clock: Clock;
	readonly #fetch: Settings["webhookFetch"];

	constructor(clock: Clock, settings: Settings) {
		this.#clock = clock;
		this.#fetch = settings.webhookFetch;
		this.registration = settings.webhook;
	}

	/** Sends the webhook of a change, if it has one, in the background. */
	onStatusChange: OnStatusChange = (change) => {
		const { registration } = this;
		if (!registration || SILENT.includes(change.status) || (isInterac(change) && !registration.interac)) return;
		const v1 = change.product === "Interac v1";
		this.#dispatch(change, v1 ? "PaymentRequestStatusChanged" : "SessionSetupStatusChanged", registration);
	};

	/** Asks for the decision on a guarantee, each try right after the other. Without a registration nothing is sent. */
	onDecisionNeeded: OnDecisionNeeded = (change, { isWaiting, fail }) => {
		const { registration } = this;
		if (!registration) return;
		const send = (triesLeft: number) =>
			this.#dispatch(change, registration.guaranteeEvent ?? GUARANTEE_EVENT, registration, (delivered) => {
				if (delivered || !isWaiting()) return;
				if (triesLeft > 1) send(triesLeft - 1);
				else fail();
			});
		send(GUARANTEE_TRIES);
	};

	/** Resolves when no delivery is under way. One that is held back or dropped is not under way. */
	async idle(): Promise<void> {
		let last: unknown;
		while (last !== this.#last) {
			last = this.#last;
			await last;
		}
	}

	#dispatch(change: StatusChange, name: string, registration: SandboxWebhook, onDelivered?: OnDelivered): void {
		const fault = this.faults.shift() ?? registration.fault;
		const { product: _, ...rest } = change;
		const event: WebhookEvent = { event: name, when: new Date(this.#clock.now()).toISOString(), ...rest };
		const body = JSON.stringify((isInterac(change) && registration.interacBody?.(event)) || event);
		const delivery: WebhookDelivery = {
			...{ at: this.#clock.now(), url: registration.url, event: name, sessionId: change.sessionId },
			...{ status: change.status, headers: {}, body },
			...(fault ? { fault } : {}),
		};
		this.log.push(delivery);
		this.#sendWithFault(delivery, registration, onDelivered);
	}

	#sendWithFault(delivery: WebhookDelivery, registration: SandboxWebhook, onDelivered: OnDelivered = () => {}): void {
		const held = this.#held;
		if (delivery.fault === "drop") {
			this.#last = this.#last.then(() => onDelivered(false));
			return;
		}
		const send = () => this.#send(delivery, registration, onDelivered);
		if (delivery.fault === "reorder" && !held) {
			this.#held = send;
			return;
		}
		this.#held = undefined;
		send();
		if (delivery.fault === "duplicate") {
			const again: WebhookDelivery = { ...delivery, headers: {} };
			this.log.push(again);
			this.#send(again, registration, () => {});
		}
		held?.();
	}

	#send(delivery: WebhookDelivery, registration: SandboxWebhook, onDelivered: OnDelivered): void {
		this.#last = this.#last.then(async () => onDelivered(await this.#deliver(delivery, registration)));
	}

	/** One try. Gives whether it was answered with success. */
	async #deliver(delivery: WebhookDelivery, registration: SandboxWebhook): Promise<boolean> {
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
			return response.ok;
		} catch (error) {
			delivery.error = error instanceof Error ? error.message : String(error);
			return false;
		}
	}
}

function isInterac({ product }: StatusChange): boolean {
	return product === "Interac v1" || product === "e-Transfer";
}
