// The outbox: the e-mails that Flinks would send. None leaves the sandbox.
// Follows docs.flinks.com/api/pay/endpoints/e-transfer/sessions-sendrequest and sessions-initiate (sendInteracLink).
import type { Clock } from "./clock.ts";
import type { SandboxEmail } from "./types.ts";

/** Every e-mail in the order of sending. */
export class Outbox {
	readonly sent: SandboxEmail[] = [];
	readonly #clock: Clock;

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	/** Sends the link of a session. */
	send(email: Omit<SandboxEmail, "at" | "subject">, amount: string | null): void {
		const subject = amount === null ? "A request for money" : `A request for $${amount} CAD`;
		this.sent.push({ at: this.#clock.now(), subject, ...email });
	}
}

/** The link that a payor follows, at the origin that was called. */
export function linkOf(url: string, sessionId: string): string {
	return `${new URL(url).origin}/app/?sessionId=${sessionId}`;
}
