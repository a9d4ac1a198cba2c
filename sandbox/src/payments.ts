// v1 payments: a session, its payment request, and the request's nine statuses.
// Follows docs.flinks.com/api/pay/endpoints/e-transfer/get-payment-requests; the moves between statuses are inferred.
import { dollarMore } from "./amounts.ts";
import type { Clock } from "./clock.ts";
import type { Settings } from "./options.ts";
import { Refusal } from "./refusal.ts";
import { scenarioOf } from "./scenarios.ts";
import type { OnStatusChange } from "./status-change.ts";
import type { Outcome, PaymentStatus } from "./types.ts";

/** The statuses that may follow each documented status. */
const MOVES: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
	Initiated: ["Processing", "Cancelled", "Expired", "Declined", "Failed"],
	Processing: ["Accepted", "Declined", "Failed"],
	Accepted: ["Processed"],
	Processed: ["Settled"],
	Settled: [],
	Cancelled: [],
	Expired: [],
	Declined: [],
	Failed: [],
};

/** The statuses on the way to each outcome. A client that polls sees only the last one. */
export const PATHS: Partial<Record<Outcome, readonly PaymentStatus[]>> = {
	accept: ["Processing", "Accepted"],
	decline: ["Declined"],
	cancel: ["Cancelled"],
	mismatch: ["Failed"],
	expire: ["Expired"],
	begin: ["Processing"],
	differs: ["Processing", "Accepted"],
};

/** The parameters of initiate and sendrequest. */
export interface PaymentParams {
	/** `null` if sendrequest had none. */
	readonly referenceId: string | null;
	/** Dollars as text with two decimals. */
	readonly amount: string;
	readonly customerName: string;
	readonly customerEmail: string;
}

/** A session, which can be paid once its payment request exists. */
export interface Payment extends PaymentParams {
	readonly sessionId: string;
	/** When it was created, by the sandbox's clock. */
	readonly at: number;
	request?: PaymentRequest;
	/** Whether the answers have another amount than the one that moves; false once it was corrected. */
	differs?: boolean;
}

/** The payment request of a session. */
export interface PaymentRequest {
	readonly requestId: string;
	readonly link: string;
	readonly expiresAt: number;
	/** The `paymentReferenceNumber` of the EFT form of the status body. */
	readonly number: string;
	status: PaymentStatus;
}

/** A payment whose request exists. */
export type ActivePayment = Payment & { request: PaymentRequest };

/** All v1 payments of one sandbox. */
export class Payments {
	readonly #bySession = new Map<string, Payment>();
	readonly #byRequest = new Map<string, ActivePayment>();
	readonly #clock: Clock;
	readonly #settings: Settings;
	readonly #onStatusChange: OnStatusChange;

	constructor(clock: Clock, settings: Settings, onStatusChange: OnStatusChange) {
		this.#clock = clock;
		this.#settings = settings;
		this.#onStatusChange = onStatusChange;
	}

	/** Creates a session, which cannot be paid before it has a payment request. */
	create(params: PaymentParams): Payment {
		const payment: Payment = { sessionId: crypto.randomUUID(), at: this.#clock.now(), ...params };
		this.#bySession.set(payment.sessionId, payment);
		return payment;
	}

	/** The payment of a session; expires its payment request if its time is over. */
	find(sessionId: string): Payment | undefined {
		const payment = this.#bySession.get(sessionId);
		if (payment?.request?.status === "Initiated" && this.#clock.now() >= payment.request.expiresAt) {
			payment.request.status = "Expired";
		}
		return payment;
	}

	/** Every payment, in the order of creation. */
	all(): Payment[] {
		return [...this.#bySession.keys()].flatMap((sessionId) => this.find(sessionId) ?? []);
	}

	/** The payment of a payment request. */
	byRequest(requestId: string): ActivePayment | undefined {
		const active = this.#byRequest.get(requestId);
		if (active) this.find(active.sessionId);
		return active;
	}

	/** Creates the payment request of a session, which makes its link payable. */
	activate(payment: Payment, link: string): ActivePayment {
		const now = this.#clock.now();
		const day = new Date(now).toISOString().slice(0, 10).replaceAll("-", "");
		const request: PaymentRequest = {
			requestId: crypto.randomUUID(),
			link,
			expiresAt: now + this.#settings.requestExpiresInSeconds * 1000,
			number: `FLK-${day}-${String(this.#byRequest.size + 1).padStart(3, "0")}`,
			status: "Initiated",
		};
		const active: ActivePayment = Object.assign(payment, { request });
		this.#byRequest.set(request.requestId, active);
		return active;
	}

	/** Plays the payor: the given outcome, or the one that the customer's name stands for. */
	play(sessionId: string, outcome?: Outcome): ActivePayment {
		const active = this.#require(sessionId);
		const { request } = active;
		const chosen = outcome ?? scenarioOf(active.customerName);
		const path = PATHS[chosen];
		if (!path) throw new Refusal(409, `${chosen} is not for Interac e-Transfer.`);
		if (chosen === "differs" && isOpen(request.status)) active.differs = true;
		for (const status of restOf(path, request.status)) this.#move(active, status);
		return active;
	}

	/** The bank takes the money back (inferred: the page of the statuses does not say that it can). */
	reverse(sessionId: string): ActivePayment {
		const active = this.#require(sessionId);
		const { status } = active.request;
		if (!isPaid(status)) throw new Refusal(409, `A payment request that is ${status} has no money to reverse.`);
		this.#become(active, "Failed");
		return active;
	}

	/** Corrects an amount that differs in the answers. */
	correct(sessionId: string): ActivePayment {
		const active = this.#require(sessionId);
		if (!active.differs) throw new Refusal(409, "The answers already have the amount that moves.");
		active.differs = false;
		return active;
	}

	/** Cancels a payment request that the payor has not begun. */
	cancel(active: ActivePayment): void {
		if (active.request.status === "Cancelled" && this.#settings.repeatCancel === "same") return;
		this.#move(active, "Cancelled");
	}

	/** The end of a day: moves every accepted payment, or the one of a session, and gives how many moved. */
	settle(to: "Processed" | "Settled", only?: string): number {
		let count = 0;
		for (const active of this.#byRequest.values()) {
			if (only !== undefined && active.sessionId !== only) continue;
			const before = active.request.status;
			if (active.request.status === "Accepted") this.#move(active, "Processed");
			if (active.request.status === "Processed" && to === "Settled") this.#move(active, "Settled");
			if (active.request.status !== before) count += 1;
		}
		return count;
	}

	/** The payment of a session, which must have a payment request. */
	#require(sessionId: string): ActivePayment {
		const payment = this.find(sessionId);
		if (!payment) throw new Refusal(404, "There is no such session.");
		const { request } = payment;
		if (!request) throw new Refusal(409, "The session has no payment request yet.");
		return Object.assign(payment, { request });
	}

	#move(active: ActivePayment, to: PaymentStatus): void {
		const from = active.request.status;
		if (!mayMove(from, to)) throw new Refusal(409, `A payment request that is ${from} cannot become ${to}.`);
		this.#become(active, to);
	}

	#become(active: ActivePayment, status: PaymentStatus): void {
		const { request, sessionId, referenceId } = active;
		request.status = status;
		const { requestId } = request;
		const shown = { sessionId, requestId, referenceId, amount: answeredAmount(active), status, statusDetails: null };
		this.#onStatusChange({ product: "Interac v1", ...shown });
	}
}

/** The amount in answers and webhooks. */
export function answeredAmount({ amount, differs }: Payment): number {
	return differs ? dollarMore(Number(amount)) : Number(amount);
}

/** Whether the payor can still act. */
export function isOpen(status: PaymentStatus): boolean {
	return status === "Initiated" || status === "Processing";
}

/** Whether the money is guaranteed or settled. */
export function isPaid(status: PaymentStatus): boolean {
	return status === "Accepted" || status === "Processed" || status === "Settled";
}

/** The statuses that are left of a path: a payor who is at the bank has the first one behind. */
export function restOf(path: readonly PaymentStatus[], status: PaymentStatus): readonly PaymentStatus[] {
	return path.length > 1 && path[0] === status ? path.slice(1) : path;
}

/** Whether one status may follow another. */
export function mayMove(from: PaymentStatus, to: PaymentStatus): boolean {
	return MOVES[from].includes(to);
}
