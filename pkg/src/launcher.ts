/**
 * Types of `flinkspay-edge/launcher`: the browser's side of an order. It works under a Content-Security-Policy without
 * inline script and style, and no event of it but `status`, which is the Worker's word, says that anything is paid.
 *
 * @module launcher
 */

// Starts the payment through the Worker, shows Flinks' page in a frame or by redirect, and passes on what that page says.
// Importing it on a server does nothing.

import {
	LaunchError,
	type NativeMessage,
	type Payment,
	type PaymentEventMap,
	type PaymentStatus,
	type Step,
} from "./launcher-payment.js";

export * from "./launcher-payment.js";

const READ_MS = 30_000; // Flinks asks for at most one read every 30 seconds.
const NAME = "flinks-pay";

/** After these steps the payor has nothing left to do on Flinks' page. */
const LAST_STEPS = /^(SUCCESS|CLOSE|GUARANTEE_FAILED)$|_(SCREEN_EXIT|(OPTIONS|CLIENT)_SELECTED)$/;

/** The payments by their orders, so that a second click finds what the first one started. */
const started = new Map<string, Promise<Payment>>();
let current: Payment | undefined;

/** Options of {@link launch}. */
export interface LaunchOptions {
	/** The origin of your Worker. Its `ALLOWED_ORIGINS` must name the page's origin. */
	worker: string;
	/** The order that your back end has signed (`flinkspay-edge/order`). */
	order: string;
	/** Where the frame goes. Without it, this tab goes to Flinks' page. */
	container?: Element | null | false;
	/** The frame's title, which screen readers say. Default `"Pay from your bank"`. */
	label?: string | null;
}

/**
 * Starts the order's payment through the Worker and opens Flinks' page. One order is one payment, however often it is
 * launched or sent: a second click gets the same payment, and without an answer the order is sent again for ten seconds.
 *
 * Rejects with a {@link LaunchError}. Launching the same order again is always safe. After `outcome: "unknown"` the payment
 * may exist: do not launch another order for the same purchase.
 */
export async function launch(options: LaunchOptions): Promise<Payment> {
	const { worker, order } = options;
	const starting = started.get(order) ?? start(worker, order);
	started.set(order, starting);
	const payment = await starting.catch((error) => {
		started.delete(order);
		postToApp("problem", error);
		throw error;
	});
	current = payment;
	payment.open(options.container, options.label);
	return payment;
}

/**
 * The payment that this tab has started, even if the page was loaded again since: after the back button, say, or a
 * redirect. `undefined` if there is none, or once it is paid or final. It is stored in `sessionStorage` and can be read for
 * a day: after that, `status()` rejects once with the code `"unauthorized"`, and the payment is forgotten.
 */
export function resume(): Payment | undefined {
	try {
		current ??= paymentOf(JSON.parse(sessionStorage[NAME]));
	} catch {
		// Nothing is stored, or the browser stores nothing for this page.
	}
	return current;
}

/**
 * The Content-Security-Policy directives that a page with the launcher needs: `script-src`, `connect-src` and
 * `frame-src`. `worker` is the Worker's origin, `flinks` that of the page in the frame. Runs on a server too.
 */
export function cspFor(origins: { worker: string; flinks: string }): string {
	const worker = originOf("worker", origins.worker);
	return `script-src 'self'; connect-src 'self' ${worker}; frame-src ${originOf("flinks", origins.flinks)}`;
}

interface PaymentTarget {
	addEventListener<Type extends keyof PaymentEventMap>(
		type: Type,
		listener: (event: PaymentEventMap[Type]) => void,
		options?: boolean | AddEventListenerOptions,
	): void;
}

/** An element with the events of a payment beside those of every element. */
type PayingElement = PaymentTarget & HTMLElement;

/** A server has no HTMLElement, and creates no element of this class. */
const PayingElement: { new (): PayingElement; prototype: PayingElement } = globalThis.HTMLElement ?? class {};

/**
 * `<flinks-pay worker="https://…" order="…">`: a click on a `<button>` inside it launches the order. Attributes: `worker`,
 * `order`, `label` as in {@link LaunchOptions}, and `mode`: `"iframe"`, the default, appends the frame to the element, and
 * `"redirect"` leaves the page. While the payment starts, the element has `aria-busy`. It has no style and no shadow root.
 */
export class FlinksPayElement extends PayingElement {
	/** The payment, once it has started. */
	declare readonly payment?: Payment;

	/** @internal */
	connectedCallback(): void {
		this.onclick = ({ target }) => {
			// The target of a click is an element.
			if ((target as Element).closest("button")) this.start().catch(() => {});
		};
	}

	/** @internal */
	disconnectedCallback(): void {
		this.payment?.close();
	}

	/** Does what a click does. A rejection is also a `problem` event. */
	async start(): Promise<Payment> {
		const attribute = (name: string) => this.getAttribute(name) ?? "";
		this.ariaBusy = "true";
		try {
			const payment = await launch({
				worker: attribute("worker"),
				order: attribute("order"),
				label: attribute("label"),
				container: attribute("mode") !== "redirect" && this,
			});
			if (payment !== this.payment) {
				Object.assign(this, { payment });
				for (const type of ["step", "status", "problem"] as const) {
					payment.addEventListener(type, ({ detail }) => dispatch(this, type, detail));
				}
			}
			// The page may have removed the element in the meantime.
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

/** A payment in this tab's storage. The capability is what the Worker accepts to show its status. */
interface StoredPayment extends Pick<Payment, "id" | "referenceId" | "appUrl"> {
	readonly worker: string;
	readonly capability: string;
}

/** Reads the payment's status, shows its frame and listens to it. */
function paymentOf({ worker, capability, ...ids }: StoredPayment): Payment {
	const { id, appUrl } = ids;
	const flinks = originOf("appUrl", appUrl); // never a javascript: address
	const payment = new EventTarget();
	let frame: HTMLIFrameElement | undefined;
	let focusedBefore: HTMLElement | null;
	let timer: number | undefined;
	let reading: Promise<PaymentStatus> | undefined;
	let readAt = -READ_MS;
	let isOver = false;

	const read = async () => {
		await sleep(readAt + READ_MS - performance.now());
		readAt = performance.now();
		try {
			const status: PaymentStatus = await request("status", `${worker}/payments/${id}`, {
				headers: { Authorization: `Bearer ${capability}` },
			});
			isOver = status.paid || status.final || status.funds === "scheduled";
			emit(payment, "status", status);
			return status;
		} catch (error) {
			// The capability has expired. Launching the same order again gets another one.
			if ((error as LaunchError).code === "unauthorized") {
				isOver = true;
				started.clear();
				current = undefined;
			}
			emit(payment, "problem", error);
			throw error;
		} finally {
			if (isOver) store(undefined);
		}
	};
	const status = () => {
		follow();
		reading ??= read().finally(() => {
			reading = undefined;
		});
		return reading;
	};
	const readIfVisible = () => isOver || document.hidden || status().catch(() => {});

	// Any window can post a message, and even the frame's own messages prove nothing.
	const onMessage = ({ origin, source, data }: MessageEvent) => {
		const step = origin === flinks && source === frame?.contentWindow && stepOf(data);
		if (!step) return;
		const ends = LAST_STEPS.test(step);
		emit(payment, "step", { step, ends });
		if (ends) readIfVisible();
	};

	const follow = () => {
		clearInterval(timer);
		timer = setInterval(readIfVisible, READ_MS);
		// The payor comes back from Flinks' page or from the bank's app.
		document.addEventListener("visibilitychange", readIfVisible);
		addEventListener("message", onMessage);
	};

	const open: Payment["open"] = (container, label) => {
		if (!container) return location.assign(appUrl);
		follow();
		if (!frame?.isConnected) {
			// An SVG or MathML element has focus() too.
			focusedBefore = document.activeElement as HTMLElement | null;
			frame = document.createElement("iframe");
			Object.assign(frame, { title: label || "Pay from your bank", src: appUrl, width: "100%", height: 600 });
			container.append(frame);
		}
		frame.focus();
	};

	const close = () => {
		clearInterval(timer);
		document.removeEventListener("visibilitychange", readIfVisible);
		removeEventListener("message", onMessage);
		const focused = document.activeElement === frame;
		frame?.remove();
		if (focused) focusedBefore?.focus();
	};

	follow();
	return Object.assign(payment, ids, { status, open, close });
}

/** For how many milliseconds an order is sent again after a failure with this code. */
const RETRY_FOR_MS: Readonly<Record<string, number>> = { network: 10_000, in_progress: 30_000 };

async function start(worker: string, order: string): Promise<Payment> {
	const origin = originOf("worker", worker);
	const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ order }) };
	const startedAt = performance.now();
	let isLost = false;
	for (let pause = 1000; ; pause *= 2) {
		try {
			const { id, referenceId, appUrl, capability } = await request<StoredPayment>("start", `${origin}/payments`, init);
			const stored = { worker: origin, id, referenceId, appUrl, capability };
			const payment = paymentOf(stored);
			store(stored);
			return payment;
		} catch (error) {
			// Sending the order again is safe, since one order is one payment. Nothing but a LaunchError is thrown here.
			const { code, outcome, retryAfterMs = pause } = error as LaunchError;
			isLost ||= outcome === "unknown";
			if (performance.now() - startedAt + retryAfterMs >= (RETRY_FOR_MS[code] ?? 0)) {
				// A try whose answer was lost may have started the payment, even if this one did not. A payment that is
				// rejected now was rejected by that try too.
				throw isLost && outcome === "not_sent" ? Object.assign(error as LaunchError, { outcome: "unknown" }) : error;
			}
			await sleep(retryAfterMs);
		}
	}
}

/** The Worker's answer to a request that it refuses. */
type Problem = Partial<Pick<LaunchError, "code" | "outcome"> & { readonly title: string }>;

/** The Worker's answer, whose shape is not checked. */
async function request<Answer>(stage: LaunchError["stage"], url: string, init: RequestInit): Promise<Answer> {
	const options: RequestInit = { ...init, credentials: "omit", signal: AbortSignal.timeout(READ_MS) };
	const response = await fetch(url, options).catch(() => undefined);
	const body: (Answer & Problem) | undefined = await response?.json().catch(() => undefined);
	if (body && response?.ok) return body;
	const { code = "network", outcome = "unknown", title = "No answer: check ALLOWED_ORIGINS" }: Problem = body ?? {};
	const retryAfterMs = Number(response?.headers.get("Retry-After")) * 1000 || undefined;
	throw new LaunchError(title, { stage, code, outcome, retryAfterMs });
}

function originOf(field: string, url: string): string {
	if (/^https?:/.test(url) && URL.canParse(url)) return new URL(url).origin;
	const fields = { stage: "input", code: "invalid_input", outcome: "not_sent", field } as const;
	throw new LaunchError(`${field} must be an http(s) URL`, fields);
}

function stepOf(data: MessageEvent["data"]): Step | undefined {
	try {
		const { step, event } = typeof data === "string" ? JSON.parse(data) : data;
		return /^[A-Z_]+$/.exec(step ?? event)?.[0];
	} catch {
		// The message is not one of Flinks' steps.
	}
}

/** Stores the payment for `resume` in this tab, or removes it. */
function store(payment: StoredPayment | undefined): void {
	try {
		if (payment) sessionStorage[NAME] = JSON.stringify(payment);
		else delete sessionStorage[NAME];
	} catch {
		// The browser stores nothing for this page.
	}
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const dispatch = (target: EventTarget, event: keyof PaymentEventMap, detail: unknown) =>
	target.dispatchEvent(new CustomEvent(event, { detail }));

/** Dispatches an event to the page, and posts it to the app around the page. */
function emit(payment: EventTarget, event: keyof PaymentEventMap, detail: unknown): void {
	dispatch(payment, event, detail);
	postToApp(event, detail);
}

/** What a native app adds to the window of its page. */
interface Bridges {
	ReactNativeWebView?: { postMessage(text: string): void };
	webkit?: { messageHandlers?: { flinksPay?: { postMessage(message: NativeMessage): void } } };
}

/** The app gets what JSON can hold: of an error, its fields. */
function postToApp(event: keyof PaymentEventMap, detail: unknown): void {
	const { ReactNativeWebView, webkit }: Window & Bridges = window;
	const text = JSON.stringify({ type: NAME, event, detail });
	// In a microtask, so that what the app throws is an uncaught error of the page and stops nothing here.
	queueMicrotask(() => ReactNativeWebView?.postMessage(text));
	queueMicrotask(() => webkit?.messageHandlers?.flinksPay?.postMessage(JSON.parse(text)));
}

declare global {
	interface HTMLElementTagNameMap {
		"flinks-pay": FlinksPayElement;
	}
}

globalThis.customElements?.define("flinks-pay", FlinksPayElement);
