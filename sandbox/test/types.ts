// The compiler checks here that the published types have the same words as the lists that HTTP bodies are checked with.
// Nothing here runs.
import type { FAULTS, STEPS } from "../src/fault-settings.ts";
import type { OUTCOMES } from "../src/scenarios.ts";
import type { FaultName, Outcome, Step, WebhookFault } from "../src/types.ts";
import type { WEBHOOK_FAULTS } from "../src/webhook-settings.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Fails to compile as soon as one of them is not `true`. */
export const same: [
	Same<(typeof STEPS)[number], Step>,
	Same<(typeof FAULTS)[number], FaultName>,
	Same<(typeof OUTCOMES)[number], Outcome>,
	Same<(typeof WEBHOOK_FAULTS)[number], WebhookFault>,
] = [true, true, true, true];
