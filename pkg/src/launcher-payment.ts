// A payment in the browser: what the page reads of it, the events that it hears, and the errors that it catches.

import type { Funds } from "./types/funds.js";

/** A payment that the Worker has started. */
export interface Payment extends EventTarget {
	/** The Worker's id of the payment. */
	readonly id: string;
	/** Your id of the payment, from the order. */
	readonly referenceId: string;
	/** Flinks' page. Whoever has the address can act as the payor: keep it private. */
	readonly appUrl: string;
	/**
	 * Reads the status from the Worker, at most every 30 seconds: an earlier call waits, and calls at the same time share
	 * one answer. The launcher also reads it by itself: every 30 seconds while the page is visible, when the page becomes
	 * visible again, and after a step whose `ends` is true, until the payment is paid, scheduled or final. Each answer is
	 * also a `status` event. A call after `close()` starts these reads again. Rejects with a {@link LaunchError}.
	 */
	status(): Promise<PaymentStatus>;
	/** Opens Flinks' page again: in a frame, or in this tab if there is no container. */
	open(container?: Element | null | false, label?: string | null): void;
	/** Removes the frame, returns the focus and stops reading the status. It does not cancel the payment. */
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
	/** Flinks' own word: show it, and decide by `paid`. */
	status: string;
	/** Where the money is. `"scheduled"` is a regular EFT: the payor is done, and the money has not come yet. */
	funds: Funds;
	/** Whether the payment is paid. Nothing else says so. */
	paid: boolean;
	/** Whether only a return can still change it. */
	final: boolean;
}

/** The events of a {@link Payment}, and of the element. They do not bubble. */
export interface PaymentEventMap {
	/** A step of Flinks' page. Use it for display only: `SUCCESS` does not mean paid. */
	step: CustomEvent<{
		step: Step;
		/** Whether the payor has nothing left to do on Flinks' page. */
		ends: boolean;
	}>;
	/** The Worker's answer. */
	status: CustomEvent<PaymentStatus>;
	/** The Worker did not answer, or refused. */
	problem: CustomEvent<LaunchError>;
}

/**
 * The message to the native app around the page: each event of a payment, and each rejection of {@link launch}.
 * `window.ReactNativeWebView` gets JSON text, `window.webkit.messageHandlers.flinksPay` an object. It contains no secret.
 * Other frames of the page can post the same, so use it for display only.
 */
export type NativeMessage = {
	[Name in keyof PaymentEventMap]: {
		type: "flinks-pay";
		event: Name;
		detail: Name extends "problem"
			? Pick<LaunchError, "name" | "stage" | "code" | "outcome" | "field" | "retryAfterMs">
			: PaymentEventMap[Name]["detail"];
	};
}[keyof PaymentEventMap];

/**
 * A step of Flinks' page. These are the documented ones, of e-Transfer and guaranteed EFT; others are passed on
 * unchanged. That a message is `{ step }` or `{ event }`, or the JSON text of one, is inferred: no page documents its shape.
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

/** Why a payment could not be started, or its status not be read. */
export class LaunchError extends Error {
	/** What failed; at `"input"` nothing was sent. */
	declare readonly stage: "input" | "start" | "status";
	/**
	 * The Worker's code, such as `"order_invalid"` or `"in_progress"`. `"unauthorized"`: this page may no longer read the
	 * payment, which may be paid all the same. `"network"`: no answer; a browser reports the same for an origin that is
	 * not allowed. `"invalid_input"`: an option is wrong.
	 */
	declare readonly code: string;
	/** What it means for the payment. After `"unknown"` it may exist: do not launch another order for the same purchase. */
	declare readonly outcome: "not_sent" | "rejected" | "unknown";
	/** The option that is wrong. */
	declare readonly field?: string;
	/** How many milliseconds to wait before the next try, if the Worker says so. */
	declare readonly retryAfterMs?: number | undefined;

	/** @internal */
	override name = "LaunchError";

	/** @internal */
	constructor(message: string, fields: Omit<LaunchError, keyof Error>) {
		super(message);
		Object.assign(this, fields);
	}
}
