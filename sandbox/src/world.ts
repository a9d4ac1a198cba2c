// All that one sandbox is made of, and what concerns v1 and v2 alike. The sandbox's own, not one of Flinks' pages.
import type { Notify } from "./changes.ts";
import { Clock } from "./clock.ts";
import { Outbox } from "./emails.ts";
import { Faults } from "./faults.ts";
import { type Settings, withDefaults } from "./options.ts";
import { Payments } from "./payments.ts";
import { Sessions } from "./sessions.ts";
import { Tokens } from "./tokens.ts";
import type { JournalEntry, Outcome, PaymentStatus, SandboxOptions, SessionStatus } from "./types.ts";
import { Webhooks } from "./webhooks.ts";

/** What playing the payor has led to. */
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
		this.sessions = new Sessions(this.clock, this.settings, notify);
	}

	/** Plays the payor of a session of either version. */
	play(sessionId: string, outcome?: Outcome, amount?: number): Played {
		if (this.sessions.find(sessionId)) {
			const { status, statusDetails } = this.sessions.play(sessionId, outcome, amount);
			return { sessionId, status, statusDetails };
		}
		const { request } = this.payments.play(sessionId, outcome);
		return { sessionId, requestId: request.requestId, status: request.status };
	}

	/** The end of a day, for all that was accepted or for one session. */
	settle(to: "Processed" | "Settled", only?: string): number {
		return this.payments.settle(to, only) + this.sessions.settle(to, only);
	}
}
