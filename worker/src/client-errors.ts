// The problems of the client's errors. They contain no text from Flinks, and nothing that a person typed.

import { FlinksPayError } from "flinkspay-edge";
import { type Facts, misconfigured, ProblemError } from "./problem.ts";
import { bindingOf } from "./settings.ts";

/** The Retry-After of a 429 where Flinks named no time: Flinks asks to be polled no more often. */
const DEFAULT_RETRY_AFTER_SECONDS = 30;

const NOT_FOUND = "Flinks does not know the payment by its id. Look it up in Flinks' dashboard.";
const NO_SUCH_PATH = "Flinks has no such path. Check FLINKS_BASE_URL and FLINKS_INSTANCE.";
const STARTS: readonly FlinksPayError["stage"][] = ["initiate", "payment_request", "session"];

/** The problem of a client's error. `about` has what is known of the payment. */
export function toProblem(error: unknown, about: { referenceId: string; id: string }): ProblemError {
	// The client only rejects with its own errors. If anything else fails, a payment that was being started may exist.
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
			return misconfigured(
				bindingOf(error.field),
				"is not valid",
				"Correct it. worker/README.md says what it must be.",
			);
		case "rate_limited": {
			const seconds = Math.ceil((error.retryAfterMs ?? DEFAULT_RETRY_AFTER_SECONDS * 1000) / 1000);
			return new ProblemError("rate_limited", { ...facts, headers: { "Retry-After": String(seconds) } });
		}
		case "timeout":
		case "deadline_exceeded":
			// 504 promises that nothing was created, which only this outcome says.
			return new ProblemError(error.code, error.outcome === "not_sent" ? facts : { ...facts, status: 502 });
		case "webhook_signature":
		case "not_ready":
			// The first comes from verifying a webhook, the second from the package without its module: not from
			// payments.
			return new ProblemError("internal", about);
		default: {
			// At authorize the fault is the deployment's and not the payment's.
			if (error.stage === "authorize") return new ProblemError(error.code, { ...facts, status: 502 });
			const detail = STARTS.includes(error.stage) ? NO_SUCH_PATH : NOT_FOUND;
			return new ProblemError(error.code, error.code === "not_found" ? { ...facts, detail } : facts);
		}
	}
}
