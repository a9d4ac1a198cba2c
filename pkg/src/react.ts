"use client";

/**
 * Types of `flinkspay-edge/react`: a component and a hook over `flinkspay-edge/launcher`, for React 18 and later. They
 * render on a server too, and start nothing there.
 *
 * @module react
 */

// One purchase is one order, however often it is clicked and rendered, and one order is one payment. What is known of a
// purchase is held apart from renders and effects, which React repeats as it likes.

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

/** What {@link useFlinksPay} is told. The callbacks may be others at each render: the newest is called. */
export interface UseFlinksPayOptions extends Pick<LaunchOptions, "worker"> {
	/**
	 * The order that your back end has signed, or a function that fetches it upon the click. What it gives is launched
	 * again by the next click, until the Worker says that nothing came of it or that the payment ended unpaid. Another text
	 * is another purchase; another function is not.
	 */
	order: string | (() => string | Promise<string>);
	/**
	 * The order's `referenceId`: by it the payment of a page that was loaded anew goes on, and without it none does.
	 * Another one is another purchase.
	 */
	referenceId?: string | undefined;
	/** `"iframe"`, the default, shows Flinks' page in `frame`, and `"redirect"` leaves this one. */
	mode?: "iframe" | "redirect" | undefined;
	/** The frame's title, which screen readers say. Default `"Pay from your bank"`. */
	label?: string | undefined;
	/** Flinks' page said something, for the page's looks alone: `SUCCESS` does not say that anybody has paid. */
	onStep?: ((step: PaymentEventMap["step"]["detail"], payment: Payment) => void) | undefined;
	/** The Worker has answered. `paid` is the only thing that says paid; your books go by webhooks. */
	onStatus?: ((status: PaymentStatus, payment: Payment) => void) | undefined;
	/**
	 * The payment could not be started or asked about. `code` is `"no_order"` where your function threw `cause`. After
	 * `outcome: "unknown"` the payment may exist: start no other one for this purchase.
	 */
	onProblem?: ((problem: LaunchError) => void) | undefined;
}

/** How a purchase stands. */
export interface FlinksPayStanding {
	/** The order is being fetched or launched. */
	readonly isStarting: boolean;
	/** Once it is known, and until it has ended unpaid or may not be read any more. */
	readonly payment?: Payment | undefined;
	/** What `onStatus` was told last. */
	readonly status?: PaymentStatus | undefined;
	/** What `onProblem` was told last, until the next start or status. */
	readonly problem?: LaunchError | undefined;
}

/** What {@link useFlinksPay} gives. */
export interface FlinksPayState extends FlinksPayStanding {
	/** For a click: starts the payment, or shows it again. Does nothing while it starts, and never rejects. */
	readonly start: () => Promise<void>;
	/** The `ref` of an empty `<div>` that gets the frame. Where there is none, the tab goes to Flinks' page. */
	readonly frame: (element: Element | null) => void;
}

/**
 * A payment for a button of your own. Once the component is gone, or at another purchase, the frame is removed and nothing
 * is asked any more; the payment stays. The frame is removed too when the payment is paid, scheduled or final.
 */
export function useFlinksPay(options: UseFlinksPayOptions): FlinksPayState {
	const { worker, order, referenceId } = options;
	const key = JSON.stringify([worker, typeof order === "string" && order, referenceId]);
	const [held, hold] = React.useState(() => new Purchase(key, options));
	const purchase = held.key === key ? held : new Purchase(key, options);
	if (purchase !== held) hold(purchase);
	React.useInsertionEffect(() => {
		purchase.options = options;
	});
	const { start, frame, subscribe, standing } = purchase;
	return { ...React.useSyncExternalStore(subscribe, standing, standing), start, frame };
}

/** What {@link FlinksPay} is told. */
export interface FlinksPayProps extends UseFlinksPayOptions {
	/** Has the `<button>` whose click starts the payment. Default: one that says `label`. */
	children?: React.ReactNode;
	/** Of the `<div>` around the button and the frame. */
	className?: string | undefined;
}

/** A button, and below it the frame once it was clicked. While the payment starts, their `<div>` has `aria-busy`. */
export function FlinksPay({ children, className, ...options }: FlinksPayProps): React.ReactElement {
	const { start, frame, isStarting } = useFlinksPay(options);
	const onClick = ({ target }: React.MouseEvent) => {
		// What is clicked is an element.
		if ((target as Element).closest("button")) start();
	};
	return React.createElement(
		"div",
		{ className, onClick, "aria-busy": isStarting || undefined },
		children ?? React.createElement("button", { type: "button" }, options.label ?? "Pay from your bank"),
		React.createElement("div", { ref: frame }),
	);
}

/** How many follow a payment: when the last one goes, it is closed. */
const followers = new WeakMap<Payment, number>();

function count(payment: Payment, change: 1 | -1): void {
	const left = (followers.get(payment) ?? 0) + change;
	followers.set(payment, left);
	if (left === 0) payment.close();
}

class Purchase {
	#container: Element | null = null;
	#standing: FlinksPayStanding = { isStarting: false };
	/** While a component is there. */
	#visit: { changed: () => void; followed: Set<Payment>; signal: AbortSignal } | undefined;
	/** What is launched, and then again. */
	#order: string | undefined;
	/** Nobody knows what came of that: another order could be a second payment. */
	#mayExist = false;

	readonly key: string;
	options: UseFlinksPayOptions;

	constructor(key: string, options: UseFlinksPayOptions) {
		this.key = key;
		this.options = options;
	}

	readonly standing = () => this.#standing;

	readonly frame = (element: Element | null) => {
		this.#container = element;
	};

	readonly subscribe = (changed: () => void) => {
		const leave = new AbortController();
		const followed = new Set<Payment>();
		this.#visit = { changed, followed, signal: leave.signal };
		const { referenceId } = this.options;
		const { payment = referenceId === undefined ? undefined : resume() } = this.#standing;
		if (payment && (payment === this.#standing.payment || payment.referenceId === referenceId)) {
			this.#follow(payment);
			payment.status().catch(() => {}); // a `problem` event tells of it
		}
		return () => {
			this.#visit = undefined;
			leave.abort();
			for (const one of followed) count(one, -1);
		};
	};

	readonly start = async () => {
		if (!this.#visit || this.#standing.isStarting) return;
		this.#set({ isStarting: true, problem: undefined });
		try {
			const payment = this.#standing.payment ?? (await this.#launch());
			if (payment) this.#follow(payment);
			const { mode, label } = this.options;
			if (this.#visit) payment?.open(mode !== "redirect" && this.#container, label);
		} catch (error) {
			const problem = error as LaunchError; // nothing else is thrown here, and if it were, it would say nothing
			this.#mayExist = problem.outcome !== "rejected" && (problem.outcome !== "not_sent" || this.#mayExist);
			if (!this.#mayExist) this.#order = undefined;
			this.#set({ problem });
			if (this.#visit) this.#reportProblem(problem);
		} finally {
			this.#set({ isStarting: false });
		}
	};

	/** Sends nothing, and gives nothing, where nobody is there any more. */
	async #launch(): Promise<Payment | undefined> {
		const { worker, order } = this.options;
		try {
			this.#order ??= typeof order === "string" ? order : await order();
		} catch (cause) {
			const fields = { stage: "input", code: "no_order", outcome: "not_sent", field: "order" } as const;
			throw Object.assign(new LaunchError("The function `order` has failed", fields), { cause });
		}
		// Into an element of no page: whether there is still one to show it on is known once there is a payment.
		return this.#visit && launch({ worker, order: this.#order, container: document.createElement("div") });
	}

	#follow(payment: Payment): void {
		if (this.#visit?.followed.has(payment)) return;
		count(payment, 1);
		this.#set({ payment });
		if (!this.#visit) {
			count(payment, -1);
			return;
		}
		const { followed, signal } = this.#visit;
		followed.add(payment);
		const step = ({ detail }: PaymentEventMap["step"]) => this.options.onStep?.(detail, payment);
		const status = ({ detail }: PaymentEventMap["status"]) => {
			const { paid, final, funds } = detail;
			if (paid || final || funds === "scheduled") payment.close();
			// No money can come of it any more, so that another order is no second payment.
			const isLost = final && !paid;
			if (isLost) this.#order = undefined;
			this.#set({ status: detail, problem: undefined, ...(isLost && { payment: undefined }) });
			this.options.onStatus?.(detail, payment);
		};
		const problem = ({ detail }: PaymentEventMap["problem"]) => {
			// Launched again, the same order may be read for another day.
			this.#set({ problem: detail, ...(detail.code === "unauthorized" && { payment: undefined }) });
			this.options.onProblem?.(detail);
		};
		payment.addEventListener("step", step, { signal });
		payment.addEventListener("status", status, { signal });
		payment.addEventListener("problem", problem, { signal });
	}

	/** What the page's own function throws is an error of the page, as what an event's listener throws is. */
	#reportProblem(problem: LaunchError): void {
		try {
			this.options.onProblem?.(problem);
		} catch (error) {
			reportError(error);
		}
	}

	#set(changes: Partial<FlinksPayStanding>): void {
		this.#standing = { ...this.#standing, ...changes };
		this.#visit?.changed();
	}
}

declare module "react" {
	namespace JSX {
		interface IntrinsicElements {
			/** The launcher's element, which `import "flinkspay-edge/launcher"` defines. React 19 knows its events. */
			"flinks-pay": React.DetailedHTMLProps<React.HTMLAttributes<FlinksPayElement>, FlinksPayElement> &
				Pick<LaunchOptions, "worker" | "order"> &
				Pick<UseFlinksPayOptions, "mode" | "label"> & {
					[Name in keyof PaymentEventMap as `on${Name}`]?: (event: PaymentEventMap[Name]) => void;
				};
		}
	}
}
