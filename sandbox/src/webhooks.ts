// Sends webhooks, signed: one try each, and three where a guarantee waits. Answers to
// docs.flinks.com/guides/pay/geft/webhooks/client-setup and session-status, to
// docs.flinks.com/api/pay/endpoints/geft/guarantee-confirm for the three tries, and to
// docs.flinks.com/guides/webhooks/hmac-validation for the other scheme. The exact JSON of the bodies is inferred.
import type { Ask, StatusChange } from "./changes.ts";
import type { Clock } from "./clock.ts";
import type { Settings } from "./options.ts";
import type { SandboxWebhook, WebhookDelivery, WebhookEvent, WebhookFault } from "./types.ts";
import { signature } from "./webhook-signature.ts";

/** Statuses that nothing is sent for: the first two are under way, and the third is documented to be silent. */
const SILENT = ["Initiated", "InProgress", "Processing", "Expired"];

const TIMEOUT_MS = 10_000;

/** How often a guarantee's event is sent before its session fails. */
const GUARANTEE_TRIES = 3;
/** Its name, which is unknown. */
const GUARANTEE_EVENT = "GuaranteeDecisionRequired";

/** Is told whether a delivery was answered with success. */
type Delivered = (delivered: boolean) => void;

/** The sender, and the log of what it sent. */
export class Webhooks {
	readonly log: WebhookDelivery[] = [];
	/** Done to the next events, one each. */
	readonly faults: WebhookFault[] = [];
	registration: SandboxWebhook | undefined;
	/** Sends what is held back. */
	#held: (() => void) | undefined;
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
		if (!registration || SILENT.includes(change.status) || (isInterac(change) && !registration.interac)) return;
		const v1 = change.product === "Interac v1";
		this.#tell(change, v1 ? "PaymentRequestStatusChanged" : "SessionSetupStatusChanged", registration);
	}

	/** A guarantee waits: asks for the decision, one try right after the other. Without a registration nobody is asked. */
	ask: Ask = (change, { waits, fail }) => {
		const { registration } = this;
		if (!registration) return;
		const ask = (left: number) =>
			this.#tell(change, registration.guaranteeEvent ?? GUARANTEE_EVENT, registration, (delivered) => {
				if (delivered || !waits()) return;
				if (left > 1) ask(left - 1);
				else fail();
			});
		ask(GUARANTEE_TRIES);
	};

	/** Resolves when nothing is under way any more. What is held back or dropped is not under way. */
	async idle(): Promise<void> {
		let last: unknown;
		while (last !== this.#last) {
			last = this.#last;
			await last;
		}
	}

	#tell(change: StatusChange, name: string, registration: SandboxWebhook, delivered?: Delivered): void {
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
		this.#dispatch(delivery, registration, delivered);
	}

	#dispatch(delivery: WebhookDelivery, registration: SandboxWebhook, delivered: Delivered = () => {}): void {
		const held = this.#held;
		if (delivery.fault === "drop") {
			this.#last = this.#last.then(() => delivered(false));
			return;
		}
		const send = () => this.#send(delivery, registration, delivered);
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

	#send(delivery: WebhookDelivery, registration: SandboxWebhook, delivered: Delivered): void {
		this.#last = this.#last.then(async () => delivered(await this.#deliver(delivery, registration)));
	}

	/** One try, and whether it was answered with success. */
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
