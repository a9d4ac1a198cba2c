// What the merchant is told when the client fails. No text from upstream gets in, and nothing that a person typed.

import { FlinksPayError } from "flinkspay-edge";
import { type Facts, misconfigured, ProblemError } from "./problem.ts";
import { bindingOf } from "./settings.ts";

/** Flinks wants to be polled no more often than this, so it is what a 429 says where Flinks named no time. */
const DEFAULT_RETRY_AFTER_SECONDS = 30;

/** What the merchant is told of a failure of the client. `about` is what is known of the payment besides. */
export function fromClient(error: unknown, about: { referenceId: string; id: string }): ProblemError {
	// The client rejects with its own errors alone. Should anything else go wrong on the way, a payment that was being
	// asked for may exist.
	if (!(error instanceof FlinksPayError)) return new ProblemError("outcome_unknown", { ...about, outcome: "unknown" });
	const facts: Facts = {
		...about,
		outcome: error.outcome,
		log: { stage: error.stage, upstreamStatus: error.status },
	};
	if (error.outcome === "unknown") return new ProblemError("outcome_unknown", facts);
	switch (error.code) {
		case "invalid_input":
			return new ProblemError("invalid_input", { ...facts, field: error.field, detail: error.message });
		case "invalid_config":
			return misconfigured(bindingOf(error.field), "is not valid");
		case "rate_limited": {
			const seconds = Math.ceil((error.retryAfterMs ?? DEFAULT_RETRY_AFTER_SECONDS * 1000) / 1000);
			return new ProblemError("rate_limited", { ...facts, headers: { "Retry-After": String(seconds) } });
		}
		case "timeout":
		case "deadline_exceeded":
			// 504 promises that nothing was asked for, which these say only with this outcome.
			return new ProblemError(error.code, error.outcome === "not_sent" ? facts : { ...facts, status: 502 });
		case "webhook_signature":
		case "not_ready":
			// The one comes of verifying a webhook, the other of the package without its module: no payment has them.
			return new ProblemError("internal", about);
		default:
			// Where the token itself is refused, the trouble is the deployment's and not the payment's.
			return new ProblemError(error.code, error.stage === "authorize" ? { ...facts, status: 502 } : facts);
	}
}
