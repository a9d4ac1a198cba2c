// All that one sandbox is made of, and what concerns v1 and v2 alike. The sandbox's own, not one of Flinks' pages.
import type { Notify } from "./changes.ts";
import { Clock } from "./clock.ts";
import { Outbox } from "./emails.ts";
import { Faults } from "./faults.ts";
import { type Settings, withDefaults } from "./options.ts";
import { type ActiveSession, Payments } from "./payments.ts";
import { Refusal } from "./refusal.ts";
import type { Session } from "./session.ts";
import { Sessions } from "./sessions.ts";
import { Tokens } from "./tokens.ts";
import type { JournalEntry, Outcome, PaymentStatus, SandboxOptions, SessionStatus } from "./types.ts";
import { Webhooks } from "./webhooks.ts";

/** What playing the payor or the bank has led to. */
export interface Played {
	sessionId: string;
	/** Of v1 alone. */
	requestId?: string;
	status: PaymentStatus | SessionStatus;
	/** Of v2 alone. */
	statusDetails?: string | null;
}

/** One sandbox, without its routes. */
export class World {
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
		const notify: Notify = (change) => this.webhooks.notify(change);
		this.payments = new Payments(this.clock, this.settings, notify);
		this.sessions = new Sessions(this.clock, this.settings, notify, this.webhooks.ask);
	}

	/** Plays the payor of a session of either version. */
	play(sessionId: string, outcome?: Outcome, amount?: number): Played {
		if (this.sessions.find(sessionId)) return ofSession(this.sessions.play(sessionId, outcome, amount));
		return ofPayment(this.payments.play(sessionId, outcome));
	}

	/** The bank takes the money of a session of either version back. */
	reverse(sessionId: string, code?: string): Played {
		const session = this.sessions.find(sessionId);
		if (code !== undefined && (!session || session.product === "e-Transfer")) {
			throw new Refusal(400, "code is for EFT and GEFT.");
		}
		if (code !== undefined && !/^\d{3}$/.test(code)) throw new Refusal(400, "code must be three digits, as text.");
		if (!session) return ofPayment(this.payments.reverse(sessionId));
		this.sessions.reverse(session, code);
		return ofSession(session);
	}

	/** The answers name again what was asked. */
	correct(sessionId: string): Played {
		const session = this.sessions.find(sessionId);
		if (!session) return ofPayment(this.payments.correct(sessionId));
		this.sessions.correct(session);
		return ofSession(session);
	}

	/** Moves the clock, and what the clock alone does to sessions. */
	advance(ms: number): void {
		this.clock.advance(ms);
		this.sessions.all();
	}

	/** The end of a day, for all that was accepted or for one session. */
	settle(to: "Processed" | "Settled", only?: string): number {
		return this.payments.settle(to, only) + this.sessions.settle(to, only);
	}
}

function ofSession({ sessionId, status, statusDetails }: Session): Played {
	return { sessionId, status, statusDetails };
}

function ofPayment({ sessionId, request: { requestId, status } }: ActiveSession): Played {
	return { sessionId, requestId, status };
}
