// Sessions, their payment requests and the nine statuses.
// Answers to docs.flinks.com/api/pay/endpoints/e-transfer/get-payment-requests; the moves between statuses are inferred.
import { dollarMore } from "./amounts.ts";
import type { Notify } from "./changes.ts";
import type { Clock } from "./clock.ts";
import type { Settings } from "./options.ts";
import { Refusal } from "./refusal.ts";
import { scenarioOf } from "./scenarios.ts";
import type { Outcome, PaymentStatus } from "./types.ts";

/** From each documented status, the statuses that may follow. */
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

/** The way to each outcome. Whoever polls sees the last step alone: statuses may be skipped. */
export const ROUTES: Partial<Record<Outcome, readonly PaymentStatus[]>> = {
	accept: ["Processing", "Accepted"],
	decline: ["Declined"],
	cancel: ["Cancelled"],
	mismatch: ["Failed"],
	expire: ["Expired"],
	begin: ["Processing"],
	differs: ["Processing", "Accepted"],
};

/** What initiate was told. */
export interface SessionParams {
	/** `null` where sendrequest was given none. */
	readonly referenceId: string | null;
	/** Dollars with two decimals, as text: nothing here is ever added up. */
	readonly amount: string;
	readonly customerName: string;
	readonly customerEmail: string;
}

/** What a payor can be asked to pay, once its payment request exists. */
export interface Session extends SessionParams {
	readonly sessionId: string;
	/** When it was created, by the sandbox's clock. */
	readonly at: number;
	request?: PaymentRequest;
	/** Whether the answers name another amount than that which moves; false once that was put right. */
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

/** A session whose payment request exists. */
export type ActiveSession = Session & { request: PaymentRequest };

/** All sessions of one sandbox. */
export class Payments {
	readonly #sessions = new Map<string, Session>();
	readonly #byRequest = new Map<string, ActiveSession>();
	readonly #clock: Clock;
	readonly #settings: Settings;
	readonly #notify: Notify;

	constructor(clock: Clock, settings: Settings, notify: Notify) {
		this.#clock = clock;
		this.#settings = settings;
		this.#notify = notify;
	}

	/** Creates a session, which nobody can pay before it has a payment request. */
	createSession(params: SessionParams): Session {
		const session: Session = { sessionId: crypto.randomUUID(), at: this.#clock.now(), ...params };
		this.#sessions.set(session.sessionId, session);
		return session;
	}

	/** The session, its payment request expired if its time has come. */
	session(sessionId: string): Session | undefined {
		const session = this.#sessions.get(sessionId);
		if (session?.request?.status === "Initiated" && this.#clock.now() >= session.request.expiresAt) {
			session.request.status = "Expired";
		}
		return session;
	}

	/** Every session, in the order of creation. */
	all(): Session[] {
		return [...this.#sessions.keys()].flatMap((sessionId) => this.session(sessionId) ?? []);
	}

	/** The session that a payment request belongs to. */
	byRequest(requestId: string): ActiveSession | undefined {
		const active = this.#byRequest.get(requestId);
		if (active) this.session(active.sessionId);
		return active;
	}

	/** Creates the payment request of a session, which makes its link payable. */
	activate(session: Session, link: string): ActiveSession {
		const now = this.#clock.now();
		const day = new Date(now).toISOString().slice(0, 10).replaceAll("-", "");
		const request: PaymentRequest = {
			requestId: crypto.randomUUID(),
			link,
			expiresAt: now + this.#settings.requestExpiresInSeconds * 1000,
			number: `FLK-${day}-${String(this.#byRequest.size + 1).padStart(3, "0")}`,
			status: "Initiated",
		};
		const active: ActiveSession = Object.assign(session, { request });
		this.#byRequest.set(request.requestId, active);
		return active;
	}

	/** Plays the payor: the outcome that is named, or the one that the customer's name stands for. */
	play(sessionId: string, outcome?: Outcome): ActiveSession {
		const active = this.#require(sessionId);
		const { request } = active;
		const chosen = outcome ?? scenarioOf(active.customerName);
		const route = ROUTES[chosen];
		if (!route) throw new Refusal(409, `${chosen} is not for Interac e-Transfer.`);
		if (chosen === "differs" && isOpen(request.status)) active.differs = true;
		// A payor who is at the bank already takes only the rest of the way.
		for (const status of route.length > 1 && request.status === route[0] ? route.slice(1) : route)
			this.#move(active, status);
		return active;
	}

	/** The bank takes the money back (inferred; the statuses' own page does not say that it can). */
	reverse(sessionId: string): ActiveSession {
		const active = this.#require(sessionId);
		const { status } = active.request;
		if (!isPaid(status)) throw new Refusal(409, `A payment request that is ${status} has no money to reverse.`);
		this.#become(active, "Failed");
		return active;
	}

	/** Puts an amount right that differs in the answers. */
	correct(sessionId: string): ActiveSession {
		const active = this.#require(sessionId);
		if (!active.differs) throw new Refusal(409, "The answers name the amount that moves.");
		active.differs = false;
		return active;
	}

	/** Cancels a payment request that its payor has not begun. */
	cancel(active: ActiveSession): void {
		if (active.request.status === "Cancelled" && this.#settings.repeatCancel === "same") return;
		this.#move(active, "Cancelled");
	}

	/** The end of a day: moves every accepted payment, or one, as far as it is told, and says how many moved. */
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

	/** The session whose payment request exists, or a refusal. */
	#require(sessionId: string): ActiveSession {
		const session = this.session(sessionId);
		if (!session) throw new Refusal(404, "There is no such session.");
		const { request } = session;
		if (!request) throw new Refusal(409, "The session has no payment request yet.");
		return Object.assign(session, { request });
	}

	#move(active: ActiveSession, to: PaymentStatus): void {
		this.#become(active, moved(active.request.status, to));
	}

	#become(active: ActiveSession, status: PaymentStatus): void {
		const { request, sessionId, referenceId } = active;
		request.status = status;
		const { requestId } = request;
		const shown = { sessionId, requestId, referenceId, amount: amountTold(active), status, statusDetails: null };
		this.#notify({ product: "Interac v1", ...shown });
	}
}

/** The amount that the answers and webhooks name. */
export function amountTold({ amount, differs }: Session): number {
	return differs ? dollarMore(Number(amount)) : Number(amount);
}

/** Whether the payor may still do something. */
export function isOpen(status: PaymentStatus): boolean {
	return status === "Initiated" || status === "Processing";
}

/** Whether the money is guaranteed or there. */
export function isPaid(status: PaymentStatus): boolean {
	return status === "Accepted" || status === "Processed" || status === "Settled";
}

/** The status after a move, or a refusal where it cannot follow. */
function moved(from: PaymentStatus, to: PaymentStatus): PaymentStatus {
	if (!mayMove(from, to)) throw new Refusal(409, `A payment request that is ${from} cannot become ${to}.`);
	return to;
}

/** Whether one status may follow another. */
export function mayMove(from: PaymentStatus, to: PaymentStatus): boolean {
	return MOVES[from].includes(to);
}
