"use client";

/**
 * Types of `flinkspay-edge/react`: a component and a hook over `flinkspay-edge/launcher`, for React 18 and later. They
 * render on a server too, and start nothing there.
 *
 * @module react
 */

// One purchase is one order, however often it is clicked and rendered, and one order is one payment. The state of a purchase
// is kept outside of renders and effects, which React may repeat.

import * as React from "react";
import {
	type FlinksPayElement,
	LaunchError,
	type LaunchOptions,
	launch,
	type Payment,
	type PaymentEventMap,
	type PaymentStatus,
	resume,
} from "./launcher.js";

/** Options of {@link useFlinksPay}. The callbacks may change at each render: the newest is called. */
export interface UseFlinksPayOptions extends Pick<LaunchOptions, "worker"> {
	/**
	 * The order that your back end has signed, or a function that fetches it on a click. The next click launches the same order
	 * again, until the Worker has rejected it or the payment has ended unpaid. Another text is another purchase; another
	 * function is not.
	 */
	order: string | (() => string | Promise<string>);
	/**
	 * The order's `referenceId`. With it, a payment continues after the page was loaded again. Another one is another
	 * purchase.
	 */
	referenceId?: string | undefined;
	/** `"iframe"`, the default, shows Flinks' page in `frame`, and `"redirect"` leaves this one. */
	mode?: "iframe" | "redirect" | undefined;
	/** The frame's title, which screen readers say. Default `"Pay from your bank"`. */
	label?: string | undefined;
	/** Called for each step of Flinks' page. Use it for display only: `SUCCESS` does not mean paid. */
	onStep?: ((step: PaymentEventMap["step"]["detail"], payment: Payment) => void) | undefined;
	/** Called for each answer of the Worker. Only `paid` means paid; your books go by the Worker's messages. */
	onStatus?: ((status: PaymentStatus, payment: Payment) => void) | undefined;
	/**
	 * Called when the payment could not be started, or its status not be read. `code` is `"no_order"` if your function threw
	 * `cause`. After `outcome: "unknown"` the payment may exist: do not start another one for this purchase.
	 */
	onProblem?: ((problem: LaunchError) => void) | undefined;
}

/** The state of a purchase. */
export interface PurchaseState {
	/** The order is being fetched or launched. */
	readonly isStarting: boolean;
	/** The payment, from its start until it has ended unpaid or can no longer be read. */
	readonly payment?: Payment | undefined;
	/** The last status that `onStatus` was called with. */
	readonly status?: PaymentStatus | undefined;
	/** The last problem that `onProblem` was called with, until the next start or status. */
	readonly problem?: LaunchError | undefined;
}

/** The result of {@link useFlinksPay}. */
export interface FlinksPayState extends PurchaseState {
	/** For a click: starts the payment or shows it again. Does nothing while it starts, and never rejects. */
	readonly start: () => Promise<void>;
	/** The `ref` of an empty `<div>` for the frame. Without one, the tab goes to Flinks' page. */
	readonly frame: (element: Element | null) => void;
}

/**
 * A payment for a button of your own. When the component is unmounted, or at another purchase, the frame is removed and the
 * status is no longer read; the payment stays. The frame is also removed when the payment is paid, scheduled or final.
 */
export function useFlinksPay(options: UseFlinksPayOptions): FlinksPayState {
	const { worker, order, referenceId } = options;
	const key = JSON.stringify([worker, typeof order === "string" && order, referenceId]);
	const [current, setCurrent] = React.useState(() => new Purchase(key, options));
	const purchase = current.key === key ? current : new Purchase(key, options);
	if (purchase !== current) setCurrent(purchase);
	React.useInsertionEffect(() => {
		purchase.options = options;
	});
	const { start, frame, subscribe, state } = purchase;
	return { ...React.useSyncExternalStore(subscribe, state, state), start, frame };
}

/** Props of {@link FlinksPay}. */
export interface FlinksPayProps extends UseFlinksPayOptions {
	/** Contains the `<button>` whose click starts the payment. Default: a button with the text `label`. */
	children?: React.ReactNode;
	/** The class of the `<div>` around the button and the frame. */
	className?: string | undefined;
}

/** A button, and below it the frame after a click. While the payment starts, their `<div>` has `aria-busy`. */
export function FlinksPay({ children, className, ...options }: FlinksPayProps): React.ReactElement {
	const { start, frame, isStarting } = useFlinksPay(options);
	const onClick = ({ target }: React.MouseEvent) => {
		// The target of a click is an element.
		if ((target as Element).closest("button")) start();
	};
	return React.createElement(
		"div",
		{ className, onClick, "aria-busy": isStarting || undefined },
		children ?? React.createElement("button", { type: "button" }, options.label ?? "Pay from your bank"),
		React.createElement("div", { ref: frame }),
	);
}

/** How many components follow a payment: it is closed when the last one leaves. */
const followers = new WeakMap<Payment, number>();

function count(payment: Payment, change: 1 | -1): void {
	const left = (followers.get(payment) ?? 0) + change;
	followers.set(payment, left);
	if (left === 0) payment.close();
}

class Purchase {
	#container: Element | null = null;
	#state: PurchaseState = { isStarting: false };
	/** While a component is mounted. */
	#mount: { changed: () => void; followed: Set<Payment>; signal: AbortSignal } | undefined;
	/** The order that is launched, and launched again. */
	#order: string | undefined;
	/** An earlier launch had an unknown outcome: another order could be a second payment. */
	#mayExist = false;

	readonly key: string;
	options: UseFlinksPayOptions;

	constructor(key: string, options: UseFlinksPayOptions) {
		this.key = key;
		this.options = options;
	}

	readonly state = () => this.#state;

	readonly frame = (element: Element | null) => {
		this.#container = element;
	};

	readonly subscribe = (changed: () => void) => {
		const leave = new AbortController();
		const followed = new Set<Payment>();
		this.#mount = { changed, followed, signal: leave.signal };
		const { referenceId } = this.options;
		const { payment = referenceId === undefined ? undefined : resume() } = this.#state;
		if (payment && (payment === this.#state.payment || payment.referenceId === referenceId)) {
			this.#follow(payment);
			payment.status().catch(() => {}); // a `problem` event reports it
		}
		return () => {
			this.#mount = undefined;
			leave.abort();
			for (const one of followed) count(one, -1);
		};
	};

	readonly start = async () => {
		if (!this.#mount || this.#state.isStarting) return;
		this.#set({ isStarting: true, problem: undefined });
		try {
			const payment = this.#state.payment ?? (await this.#launch());
			if (payment) this.#follow(payment);
			const { mode, label } = this.options;
			if (this.#mount) payment?.open(mode !== "redirect" && this.#container, label);
		} catch (error) {
			const problem = error as LaunchError; // nothing else is thrown here
			this.#mayExist = problem.outcome !== "rejected" && (problem.outcome !== "not_sent" || this.#mayExist);
			if (!this.#mayExist) this.#order = undefined;
			this.#set({ problem });
			if (this.#mount) this.#reportProblem(problem);
		} finally {
			this.#set({ isStarting: false });
		}
	};

	/** Gives undefined and sends nothing if the component was unmounted meanwhile. */
	async #launch(): Promise<Payment | undefined> {
		const { worker, order } = this.options;
		try {
			this.#order ??= typeof order === "string" ? order : await order();
		} catch (cause) {
			const fields = { stage: "input", code: "no_order", outcome: "not_sent", field: "order" } as const;
			throw Object.assign(new LaunchError("The function `order` threw: look at `cause`", fields), { cause });
		}
		// Into a detached element: only once there is a payment is it known whether the component is still mounted.
		return this.#mount && launch({ worker, order: this.#order, container: document.createElement("div") });
	}

	#follow(payment: Payment): void {
		if (this.#mount?.followed.has(payment)) return;
		count(payment, 1);
		this.#set({ payment });
		if (!this.#mount) {
			count(payment, -1);
			return;
		}
		const { followed, signal } = this.#mount;
		followed.add(payment);
		const step = ({ detail }: PaymentEventMap["step"]) => this.options.onStep?.(detail, payment);
		const status = ({ detail }: PaymentEventMap["status"]) => {
			const { paid, final, funds } = detail;
			if (paid || final || funds === "scheduled") payment.close();
			// It has ended unpaid, so that another order is not a second payment.
			const hasFailed = final && !paid;
			if (hasFailed) this.#order = undefined;
			this.#set({ status: detail, problem: undefined, ...(hasFailed && { payment: undefined }) });
			this.options.onStatus?.(detail, payment);
		};
		const problem = ({ detail }: PaymentEventMap["problem"]) => {
			// Launching the same order again makes it readable for another day.
			this.#set({ problem: detail, ...(detail.code === "unauthorized" && { payment: undefined }) });
			this.options.onProblem?.(detail);
		};
		payment.addEventListener("step", step, { signal });
		payment.addEventListener("status", status, { signal });
		payment.addEventListener("problem", problem, { signal });
	}

	/** Calls onProblem. What it throws becomes an uncaught error of the page, as for an event's listener. */
	#reportProblem(problem: LaunchError): void {
		try {
			this.options.onProblem?.(problem);
		} catch (error) {
			reportError(error);
		}
	}

	#set(changes: Partial<PurchaseState>): void {
		this.#state = { ...this.#state, ...changes };
		this.#mount?.changed();
	}
}

declare module "react" {
	namespace JSX {
		interface IntrinsicElements {
			/** The launcher's element, which `import "flinkspay-edge/launcher"` defines. React 19 supports its events. */
			"flinks-pay": React.DetailedHTMLProps<React.HTMLAttributes<FlinksPayElement>, FlinksPayElement> &
				Pick<LaunchOptions, "worker" | "order"> &
				Pick<UseFlinksPayOptions, "mode" | "label"> & {
					[Name in keyof PaymentEventMap as `on${Name}`]?: (event: PaymentEventMap[Name]) => void;
				};
		}
	}
}
