// Sessions, their payment requests and the nine statuses.
// Answers to docs.flinks.com/api/pay/endpoints/e-transfer/get-payment-requests; the moves between statuses are inferred.
import type { Clock } from "./clock.ts";
import type { Settings } from "./options.ts";
import { Refusal } from "./refusal.ts";
import { type Outcome, scenarioOf } from "./scenarios.ts";

/** From each documented status, the statuses that may follow. */
const MOVES = {
	Initiated: ["Processing", "Cancelled", "Expired", "Declined", "Failed"],
	Processing: ["Accepted", "Declined", "Failed"],
	Accepted: ["Processed"],
	Processed: ["Settled"],
	Settled: [],
	Cancelled: [],
	Expired: [],
	Declined: [],
	Failed: [],
} as const;

/** One of the nine documented statuses. */
export type PaymentStatus = keyof typeof MOVES;

/** The way to each outcome. Whoever polls sees the last step alone: statuses may be skipped. */
const ROUTES: Record<Outcome, readonly PaymentStatus[]> = {
	accept: ["Processing", "Accepted"],
	decline: ["Declined"],
	cancel: ["Cancelled"],
	mismatch: ["Failed"],
	expire: ["Expired"],
	begin: ["Processing"],
};

/** What initiate was told. */
export interface SessionParams {
	readonly referenceId: string;
	/** Dollars with two decimals, as text: nothing here is ever added up. */
	readonly amount: string;
	readonly customerName: string;
	readonly customerEmail: string;
}

/** What a payor can be asked to pay, once its payment request exists. */
export interface Session extends SessionParams {
	readonly sessionId: string;
	request?: PaymentRequest;
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

	constructor(clock: Clock, settings: Settings) {
		this.#clock = clock;
		this.#settings = settings;
	}

	/** Creates a session, which nobody can pay before it has a payment request. */
	createSession(params: SessionParams): Session {
		const session: Session = { sessionId: crypto.randomUUID(), ...params };
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
		const session = this.session(sessionId);
		if (!session) throw new Refusal(404, "There is no such session.");
		const { request } = session;
		if (!request) throw new Refusal(409, "The session has no payment request yet.");
		const route = ROUTES[outcome ?? scenarioOf(session.customerName)];
		// A payor who is at the bank already takes only the rest of the way.
		for (const status of route.length > 1 && request.status === route[0] ? route.slice(1) : route)
			move(request, status);
		return Object.assign(session, { request });
	}

	/** The end of a day: moves every accepted payment as far as it is told, and says how many moved. */
	settle(to: "Processed" | "Settled"): number {
		let moved = 0;
		for (const { request } of this.#byRequest.values()) {
			const before = request.status;
			if (request.status === "Accepted") move(request, "Processed");
			if (request.status === "Processed" && to === "Settled") move(request, "Settled");
			if (request.status !== before) moved += 1;
		}
		return moved;
	}
}

function move(request: PaymentRequest, to: PaymentStatus): void {
	const allowed: readonly PaymentStatus[] = MOVES[request.status];
	if (!allowed.includes(to)) throw new Refusal(409, `A payment request that is ${request.status} cannot become ${to}.`);
	request.status = to;
}
