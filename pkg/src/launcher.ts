/**
 * Types of `flinkspay-edge/launcher`: the browser's side of an order. It works under a Content-Security-Policy without
 * inline script and style, and no event of it but `status`, which is the Worker's word, says that anything is paid.
 *
 * @module launcher
 */

// Starts the payment through the Worker, shows Flinks' page in a frame or by redirect, and passes on what that page says.
// Only `status`, the Worker's word, says paid. On a server, the import does nothing.

import type { Funds } from "./types.js";

const READ_MS = 30_000; // Flinks asks for no more than one question every 30 seconds.
const NAME = "flinks-pay";

/** After these the payor has nothing left to do on Flinks' page. */
const ENDS = /^(SUCCESS|CLOSE|GUARANTEE_FAILED)$|_(SCREEN_EXIT|(OPTIONS|CLIENT)_SELECTED)$/;

/** Order -> its payment, so that a second click finds what the first one started. */
const started = new Map<string, Promise<Payment>>();
let current: Payment | undefined;

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
export async function launch(options: LaunchOptions): Promise<Payment> {
	const { worker, order } = options;
	const starting = started.get(order) ?? start(worker, order);
	started.set(order, starting);
	const payment = await starting.catch((error) => {
		started.delete(order);
		handOn("problem", error);
		throw error;
	});
	current = payment;
	payment.open(options.container, options.label);
	return payment;
}

/**
 * The payment that this tab is at, also where the page was loaded anew on the way: after the back button, say, or after
 * a redirect. `undefined` where there is none, or once it was paid or had ended. It is kept in `sessionStorage`, and may be
 * read for a day: after that, `status()` rejects with the code `"unauthorized"`, once, and the payment is forgotten.
 */
export function resume(): Payment | undefined {
	try {
		current ??= paymentOf(JSON.parse(sessionStorage[NAME]));
	} catch {
		// Nothing is kept, or the browser keeps nothing for this page.
	}
	return current;
}

/**
 * The Content-Security-Policy directives that a page with the launcher needs: `script-src`, `connect-src` and
 * `frame-src`. Both are origins; `flinks` is the one that the frame shows. Runs on a server too.
 */
export function cspFor(origins: { worker: string; flinks: string }): string {
	const worker = originOf("worker", origins.worker);
	return `script-src 'self'; connect-src 'self' ${worker}; frame-src ${originOf("flinks", origins.flinks)}`;
}

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
	 * after a step that ends, until it is paid, scheduled or final; each answer is also a `status` event. After `close()`, a
	 * call of this goes on asking. Rejects with a {@link LaunchError}.
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
	/** Where the money is; `"scheduled"` is a regular EFT whose payor is done and whose money is to come. */
	funds: Funds;
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
 * What the native app around the page gets: each event of a payment, and each rejection of {@link launch}. For
 * `window.ReactNativeWebView` it is JSON text, for `window.webkit.messageHandlers.flinksPay` an object. There is no secret
 * in it. Other frames of the page can post the same, so it is for the app's looks alone.
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
	declare readonly stage: "input" | "start" | "status";
	/**
	 * The Worker's code, such as `"order_invalid"` or `"in_progress"`; `"unauthorized"` where this page may not read the
	 * payment any more, which says nothing of whether it is paid; `"network"` where there was no answer (which is also
	 * all that a browser tells of an origin that is not allowed); `"invalid_input"`.
	 */
	declare readonly code: string;
	/** What it means for the payment. After `"unknown"` it may exist: launch no other order for the same purchase. */
	declare readonly outcome: "not_sent" | "rejected" | "unknown";
	/** The option that is at fault. */
	declare readonly field?: string;
	/** When the Worker wants to be asked again. */
	declare readonly retryAfterMs?: number | undefined;

	/** @internal */
	override name = "LaunchError";

	/** @internal */
	constructor(message: string, fields: Omit<LaunchError, keyof Error>) {
		super(message);
		Object.assign(this, fields);
	}
}

/** An element with the events of a payment beside those of every element. */
interface PayingElement extends HTMLElement {
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

/** A server has no elements, and makes none of this class. */
const PayingElement: { new (): PayingElement; prototype: PayingElement } = globalThis.HTMLElement ?? class {};

/**
 * `<flinks-pay worker="https://…" order="…">`: a click on a `<button>` inside it launches the order. Attributes: `worker`,
 * `order`, `label` as in {@link LaunchOptions}, and `mode`: `"iframe"`, the default, appends the frame to the element, and
 * `"redirect"` leaves the page. While it starts, the element has `aria-busy`. It has no style and no shadow root.
 */
export class FlinksPayElement extends PayingElement {
	/** The payment, once there is one. */
	declare readonly payment?: Payment;

	/** @internal */
	connectedCallback(): void {
		this.onclick = ({ target }) => {
			// What is clicked is an element.
			if ((target as Element).closest("button")) this.start().catch(() => {});
		};
	}

	/** @internal */
	disconnectedCallback(): void {
		this.payment?.close();
	}

	/** Does what a click does. What it rejects with is a `problem` event too. */
	async start(): Promise<Payment> {
		const given = (name: string) => this.getAttribute(name) ?? "";
		this.ariaBusy = "true";
		try {
			const payment = await launch({
				worker: given("worker"),
				order: given("order"),
				label: given("label"),
				container: given("mode") !== "redirect" && this,
			});
			if (payment !== this.payment) {
				Object.assign(this, { payment });
				for (const type of ["step", "status", "problem"] as const) {
					payment.addEventListener(type, ({ detail }) => dispatch(this, type, detail));
				}
			}
			// The page may have taken the element away meanwhile.
			if (!this.isConnected) payment.close();
			return payment;
		} catch (error) {
			dispatch(this, "problem", error);
			throw error;
		} finally {
			this.ariaBusy = null;
		}
	}
}

/** What is kept of a payment in this tab: the capability asks for its status. */
interface Kept extends Pick<Payment, "id" | "referenceId" | "appUrl"> {
	readonly worker: string;
	readonly capability: string;
}

/** A payment that exists: its frame, what the frame says, and what the Worker says. */
function paymentOf({ worker, capability, ...known }: Kept): Payment {
	const { id, appUrl } = known;
	const app = originOf("appUrl", appUrl); // never a javascript: address
	const payment = new EventTarget();
	let frame: HTMLIFrameElement | undefined;
	let before: HTMLElement | null;
	let timer: number | undefined;
	let reading: Promise<PaymentStatus> | undefined;
	let readAt = -READ_MS;
	let over = false;

	const read = async () => {
		await sleep(readAt + READ_MS - performance.now());
		readAt = performance.now();
		try {
			const view: PaymentStatus = await ask("status", `${worker}/payments/${id}`, {
				headers: { Authorization: `Bearer ${capability}` },
			});
			over = view.paid || view.final || view.funds === "scheduled";
			tell(payment, "status", view);
			return view;
		} catch (error) {
			// The capability has expired. Launched again, the same order gets another one.
			if ((error as LaunchError).code === "unauthorized") {
				over = true;
				started.clear();
				current = undefined;
			}
			tell(payment, "problem", error);
			throw error;
		} finally {
			if (over) keep();
		}
	};
	const status = () => {
		follow();
		reading ??= read().finally(() => {
			reading = undefined;
		});
		return reading;
	};
	const look = () => over || document.hidden || status().catch(() => {});

	// Anybody may post a message, and the frame's own are no proof of anything either.
	const hear = ({ origin, source, data }: MessageEvent) => {
		const step = origin === app && source === frame?.contentWindow && stepOf(data);
		if (!step) return;
		const ends = ENDS.test(step);
		tell(payment, "step", { step, ends });
		if (ends) look();
	};

	const follow = () => {
		clearInterval(timer);
		timer = setInterval(look, READ_MS);
		// Back from Flinks' page, or from the bank's app.
		document.addEventListener("visibilitychange", look);
		addEventListener("message", hear);
	};

	const open: Payment["open"] = (container, label) => {
		if (!container) return location.assign(appUrl);
		follow();
		if (!frame?.isConnected) {
			// What is none of HTML's has the same focus().
			before = document.activeElement as HTMLElement | null;
			frame = document.createElement("iframe");
			Object.assign(frame, { title: label || "Pay from your bank", src: appUrl, width: "100%", height: 600 });
			container.append(frame);
		}
		frame.focus();
	};

	const close = () => {
		clearInterval(timer);
		document.removeEventListener("visibilitychange", look);
		removeEventListener("message", hear);
		const focused = document.activeElement === frame;
		frame?.remove();
		if (focused) before?.focus();
	};

	follow();
	return Object.assign(payment, known, { status, open, close });
}

/** For how long an order is sent again after this, in milliseconds. */
const AGAIN_MS: Readonly<Record<string, number>> = { network: 10_000, in_progress: 30_000 };

async function start(worker: string, order: string): Promise<Payment> {
	const origin = originOf("worker", worker);
	const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ order }) };
	const begun = performance.now();
	let isLost = false;
	for (let pause = 1000; ; pause *= 2) {
		try {
			const { id, referenceId, appUrl, capability } = await ask<Kept>("start", `${origin}/payments`, request);
			const kept = { worker: origin, id, referenceId, appUrl, capability };
			const payment = paymentOf(kept);
			keep(kept);
			return payment;
		} catch (error) {
			// One order is one payment however often it is sent, so what was lost is sent again.
			// Nothing else is thrown here.
			const { code, outcome, retryAfterMs = pause } = error as LaunchError;
			isLost ||= outcome === "unknown";
			const most = AGAIN_MS[code] ?? 0;
			if (performance.now() - begun + retryAfterMs >= most) {
				// What was not done this time may have been done by what was lost before. A refusal would be the same one.
				throw isLost && outcome === "not_sent" ? Object.assign(error as LaunchError, { outcome: "unknown" }) : error;
			}
			await sleep(retryAfterMs);
		}
	}
}

/** What the Worker says where it does not do what it was asked. */
interface Problem {
	readonly code?: string;
	readonly outcome?: LaunchError["outcome"];
	readonly title?: string;
}

/** What the Worker answers, which is taken at its word. */
async function ask<Answer>(stage: LaunchError["stage"], url: string, init: RequestInit): Promise<Answer> {
	const request: RequestInit = { ...init, credentials: "omit", signal: AbortSignal.timeout(READ_MS) };
	const answer = await fetch(url, request).catch(() => undefined);
	const body: (Answer & Problem) | undefined = await answer?.json().catch(() => undefined);
	if (body && answer?.ok) return body;
	const { code = "network", outcome = "unknown", title = "No answer: see ALLOWED_ORIGINS" }: Problem = body ?? {};
	const retryAfterMs = Number(answer?.headers.get("Retry-After")) * 1000 || undefined;
	throw new LaunchError(title, { stage, code, outcome, retryAfterMs });
}

function originOf(field: string, url: string): string {
	if (/^https?:/.test(url) && URL.canParse(url)) return new URL(url).origin;
	throw new LaunchError(`${field} is no origin`, {
		stage: "input",
		code: "invalid_input",
		outcome: "not_sent",
		field,
	});
}

function stepOf(data: MessageEvent["data"]): Step | undefined {
	try {
		const { step, event } = typeof data === "string" ? JSON.parse(data) : data;
		return /^[A-Z_]+$/.exec(step ?? event)?.[0];
	} catch {
		// Somebody else's message.
	}
}

/** Keeps a payment for `resume` in this tab; without one, forgets it. */
function keep(payment?: Kept): void {
	try {
		if (payment) sessionStorage[NAME] = JSON.stringify(payment);
		else delete sessionStorage[NAME];
	} catch {
		// The browser keeps nothing for this page.
	}
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const dispatch = (target: EventTarget, event: keyof PaymentEventMap, detail: unknown) =>
	target.dispatchEvent(new CustomEvent(event, { detail }));

/** Tells the page, and the app around it. */
function tell(payment: EventTarget, event: keyof PaymentEventMap, detail: unknown): void {
	dispatch(payment, event, detail);
	handOn(event, detail);
}

/** Where a page within a native app finds that app. */
interface Bridges {
	ReactNativeWebView?: { postMessage(text: string): void };
	webkit?: { messageHandlers?: { flinksPay?: { postMessage(message: NativeMessage): void } } };
}

/** An app takes what JSON can say, so that of an error its fields alone go there. */
function handOn(event: keyof PaymentEventMap, detail: unknown): void {
	const { ReactNativeWebView, webkit }: Window & Bridges = window;
	const text = JSON.stringify({ type: NAME, event, detail });
	// What the app throws is told as any error of the page is, and takes the place of no outcome.
	queueMicrotask(() => ReactNativeWebView?.postMessage(text));
	queueMicrotask(() => webkit?.messageHandlers?.flinksPay?.postMessage(JSON.parse(text)));
}

declare global {
	interface HTMLElementTagNameMap {
		"flinks-pay": FlinksPayElement;
	}
}

globalThis.customElements?.define("flinks-pay", FlinksPayElement);
