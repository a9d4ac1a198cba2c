// The published types are written by hand; the compiler holds them to the source. Nothing here runs.
import type * as published from "../../pkg/sandbox.d.ts";
import type * as source from "../src/sandbox.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Flat<T> = { [K in keyof T]: T[K] };

/** Fails to compile as soon as one of them is not `true`. */
export const same: [
	Same<Flat<published.SandboxCredentials>, Flat<source.SandboxCredentials>>,
	Same<Flat<published.SandboxOptions>, Flat<source.SandboxOptions>>,
	Same<Flat<published.SandboxWebhook>, Flat<source.SandboxWebhook>>,
	Same<Flat<published.WebhookEvent>, Flat<source.WebhookEvent>>,
	Same<Flat<published.WebhookDelivery>, Flat<source.WebhookDelivery>>,
	Same<Flat<published.SandboxFault>, Flat<source.SandboxFault>>,
	Same<Flat<published.SandboxEmail>, Flat<source.SandboxEmail>>,
	Same<Flat<published.JournalEntry>, Flat<source.JournalEntry>>,
	Same<published.SessionProduct, source.SessionProduct>,
	Same<published.PaymentStatus, source.PaymentStatus>,
	Same<published.SessionStatus, source.SessionStatus>,
	Same<published.Outcome, source.Outcome>,
	Same<published.Step, source.Step>,
	Same<published.FaultName, source.FaultName>,
	Same<published.WebhookFault, source.WebhookFault>,
	Same<Flat<published.Sandbox>, Flat<source.Sandbox>>,
] = [true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true];
