/**
 * Types of `flinkspay-edge/launcher`: the browser's side of an order. It works under a Content-Security-Policy without
 * inline script and style, and no event of it but `status`, which is the Worker's word, says that anything is paid.
 *
 * @module launcher
 */

/** What {@link launch} is told. */
export interface LaunchOptions {
	/** The origin of your Worker. Its `ALLOWED_ORIGINS` must name the page's origin. */
	worker: string;
	/** The order that your back end has signed (`flinkspay-edge/order`). */
	order: string;
	/** Where the frame goes. Without it this tab goes to Flinks' page. */
	container?: Element | null | false;
	/** The frame's title, which screen readers say. Default `"Pay from your bank"`. */
	label?: string | null;
}

/**
 * Starts the order's payment through the Worker and opens Flinks' page. One order is one payment, however often it is
 * launched or sent: a second click gets the same one, and where no answer arrives it is sent again for ten seconds.
 *
 * Rejects with a {@link LaunchError}. Launching the same order again is safe after each of them. Another order for the
 * same purchase is not where its `outcome` is `"unknown"`: then the payment may exist.
 */
export function launch(options: LaunchOptions): Promise<Payment>;

/**
 * The payment that this tab is at, also where the page was loaded anew on the way: after the back button, say, or after
 * a redirect. `undefined` where there is none, or once it was paid or had ended. It is kept in `sessionStorage`.
 */
export function resume(): Payment | undefined;

/**
 * The Content-Security-Policy directives that a page with the launcher needs: `script-src`, `connect-src` and
 * `frame-src`. Both are origins; `flinks` is the one that the frame shows. Runs on a server too.
 */
export function cspFor(origins: { worker: string; flinks: string }): string;

/** A payment that exists. */
export interface Payment extends EventTarget {
	/** The Worker's id of it. */
	readonly id: string;
	/** Your id for it, from the order. */
	readonly referenceId: string;
	/** Flinks' page. Whoever has the address can act as the payor: keep it private. */
	readonly appUrl: string;
	/**
	 * Asks the Worker, at most every 30 seconds: a call that comes sooner waits, and calls at the same time share one
	 * answer. By itself the launcher asks every 30 seconds while the page is visible, when the page is shown again, and
	 * after a step that ends, until it is paid or final; each answer is also a `status` event. Rejects with a
	 * {@link LaunchError}.
	 */
	status(): Promise<PaymentStatus>;
	/** Shows Flinks' page again: in a frame, or without a container in this tab. */
	open(container?: Element | null | false, label?: string | null): void;
	/** Removes the frame, gives the focus back, and asks no more by itself. It does not cancel the payment. */
	close(): void;
	addEventListener<Type extends keyof PaymentEventMap>(
		type: Type,
		listener: (event: PaymentEventMap[Type]) => void,
		options?: boolean | AddEventListenerOptions,
	): void;
	addEventListener(
		type: string,
		listener: EventListenerOrEventListenerObject | null,
		options?: boolean | AddEventListenerOptions,
	): void;
}

/** What the Worker knows of a payment. */
export interface PaymentStatus {
	id: string;
	referenceId: string;
	/** Flinks' own word, to be shown and not to be judged by. */
	status: string;
	/** The only thing that says paid. */
	paid: boolean;
	/** True once the status cannot change any more. */
	final: boolean;
}

/** The events of a {@link Payment}, and of the element. They do not bubble. */
export interface PaymentEventMap {
	/** Flinks' page said something. It is for the page's looks alone: `SUCCESS` does not say that anybody has paid. */
	step: CustomEvent<{
		step: Step;
		/** The payor has nothing left to do on Flinks' page. */
		ends: boolean;
	}>;
	/** The Worker was asked and has answered. */
	status: CustomEvent<PaymentStatus>;
	/** The Worker was asked and has not answered, or has refused. */
	problem: CustomEvent<LaunchError>;
}

/**
 * What Flinks' page says. These are the documented ones, of e-Transfer and of guaranteed EFT; others are passed on as
 * they are. That a message is `{ step }` or `{ event }`, or that as JSON text, is inferred: no page documents its shape.
 */
export type Step =
	| "APP_MOUNTED"
	| "CONFIRMATION"
	| "APP_INITIATED"
	| "INSTITUTION_SELECTION"
	| "INSTITUTION_SELECTED"
	| "SUCCESS"
	| "CLOSE_ATTEMPT"
	| "CANCEL_CONFIRMATION"
	| "CLOSE"
	| "BACK"
	| "CONSENT_DISABLED"
	| "SUBMIT_CREDENTIAL"
	| "SUBMIT_MFA"
	| "ACCOUNT_SELECTED"
	| "COMPONENT_DEPOSIT_CONTINUE"
	| "GUARANTEE_OFFERED"
	| "COMPONENT_PAD_DOWNLOADED"
	| "GUARANTEE_FAILED"
	| "COMPONENT_PAD_WARNING_SCREEN_EXIT"
	| "COMPONENT_OTHER_FUNDING_OPTIONS_SELECTED"
	| "COMPONENT_NBO_RETURN_TO_CLIENT_SELECTED"
	| (string & Record<never, never>);

/** Why a payment could not be launched or asked about. */
export class LaunchError extends Error {
	/** What was being done; `"input"` where nothing was sent. */
	readonly stage: "input" | "start" | "status";
	/**
	 * The Worker's code, such as `"order_invalid"` or `"in_progress"`; `"network"` where there was no answer (which is also
	 * all that a browser tells of an origin that is not allowed); `"invalid_input"`.
	 */
	readonly code: string;
	/** What it means for the payment. After `"unknown"` it may exist: launch no other order for the same purchase. */
	readonly outcome: "not_sent" | "rejected" | "unknown";
	/** The option that is at fault. */
	readonly field?: string;
	/** When the Worker wants to be asked again. */
	readonly retryAfterMs?: number | undefined;
}

/**
 * `<flinks-pay worker="https://…" order="…">`: a click on a `<button>` inside it launches the order. Attributes: `worker`,
 * `order`, `label` as in {@link LaunchOptions}, and `mode`: `"iframe"`, the default, appends the frame to the element, and
 * `"redirect"` leaves the page. While it starts, the element has `aria-busy`. It has no style and no shadow root.
 */
export class FlinksPayElement extends HTMLElement {
	/** The payment, once there is one. */
	readonly payment?: Payment;
	/** Does what a click does. What it rejects with is a `problem` event too. */
	start(): Promise<Payment>;
	addEventListener<Type extends keyof PaymentEventMap>(
		type: Type,
		listener: (event: PaymentEventMap[Type]) => void,
		options?: boolean | AddEventListenerOptions,
	): void;
	addEventListener<Type extends keyof HTMLElementEventMap>(
		type: Type,
		listener: (event: HTMLElementEventMap[Type]) => void,
		options?: boolean | AddEventListenerOptions,
	): void;
	addEventListener(
		type: string,
		listener: EventListenerOrEventListenerObject,
		options?: boolean | AddEventListenerOptions,
	): void;
}

declare global {
	interface HTMLElementTagNameMap {
		"flinks-pay": FlinksPayElement;
	}
}
