// The state of one sandbox, and what works for v1 and v2 alike. The sandbox's own, not one of Flinks' pages.
import { Clock } from "./clock.ts";
import { Outbox } from "./emails.ts";
import { Faults } from "./fault-injection.ts";
import { type Settings, withDefaults } from "./options.ts";
import { type ActivePayment, Payments } from "./payments.ts";
import { Refusal } from "./refusal.ts";
import type { Session } from "./session.ts";
import { Sessions } from "./sessions.ts";
import { Tokens } from "./tokens.ts";
import type { JournalEntry, Outcome, PaymentStatus, SandboxOptions, SessionStatus } from "./types.ts";
import { Webhooks } from "./webhooks.ts";

/** The result of playing the payor or the bank. */
export interface Played {
	sessionId: string;
	/** Of v1 alone. */
	requestId?: string;
	status: PaymentStatus | SessionStatus;
	/** Of v2 alone. */
	statusDetails?: string | null;
}

/** One sandbox without its routes. */
export class Simulator {
	readonly settings: Settings;
	readonly clock = new Clock();
	readonly tokens: Tokens;
	readonly payments: Payments;
	readonly sessions: Sessions;
	readonly outbox: Outbox;
	readonly webhooks: Webhooks;
	readonly faults = new Faults();
	readonly journal: JournalEntry[] = [];

	constructor(options: SandboxOptions) {
		this.settings = withDefaults(options);
		this.tokens = new Tokens(this.clock, this.settings);
		this.outbox = new Outbox(this.clock);
		this.webhooks = new Webhooks(this.clock, this.settings);
		const { onStatusChange, onDecisionNeeded } = this.webhooks;
		this.payments = new Payments(this.clock, this.settings, onStatusChange);
		this.sessions = new Sessions(this.clock, this.settings, onStatusChange, onDecisionNeeded);
	}

	/** Plays the payor of a session of either version. */
	play(sessionId: string, outcome?: Outcome, amount?: number): Played {
		if (this.sessions.find(sessionId)) return ofSession(this.sessions.play(sessionId, outcome, amount));
		return ofPayment(this.payments.play(sessionId, outcome));
	}

	/** The bank takes back the money of a session of either version. */
	reverse(sessionId: string, code?: string): Played {
		const session = this.sessions.find(sessionId);
		if (code !== undefined && (!session || session.product === "e-Transfer")) {
			throw new Refusal(400, "code is for EFT and GEFT alone.");
		}
		if (code !== undefined && !/^\d{3}$/.test(code)) throw new Refusal(400, "code must be three digits, as text.");
		if (!session) return ofPayment(this.payments.reverse(sessionId));
		this.sessions.reverse(session, code);
		return ofSession(session);
	}

	/** Corrects an amount that differs in the answers. */
	correct(sessionId: string): Played {
		const session = this.sessions.find(sessionId);
		if (!session) return ofPayment(this.payments.correct(sessionId));
		this.sessions.correct(session);
		return ofSession(session);
	}

	/** Moves the clock; sessions that expire or are returned by it change at once. */
	advance(ms: number): void {
		this.clock.advance(ms);
		this.sessions.all();
	}

	/** The end of a day, for all accepted payments or for one session. */
	settle(to: "Processed" | "Settled", only?: string): number {
		return this.payments.settle(to, only) + this.sessions.settle(to, only);
	}
}

function ofSession({ sessionId, status, statusDetails }: Session): Played {
	return { sessionId, status, statusDetails };
}

function ofPayment({ sessionId, request: { requestId, status } }: ActivePayment): Played {
	return { sessionId, requestId, status };
}
