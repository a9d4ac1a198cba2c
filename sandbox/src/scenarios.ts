// The outcome when `play` names none: by the customer's last name, so that a test needs no other request than its own (the
// sandbox's choice), or, for GEFT, by the referenceId of a documented persona: docs.flinks.com/guides/pay/geft/test-scenarios.
import type { Outcome } from "./types.ts";

/** The outcomes that can be played, by their public names. */
export const OUTCOMES = [
	"accept",
	"decline",
	"cancel",
	"mismatch",
	"expire",
	"begin",
	"pad_pending",
	"login_failed",
	"no_guarantee",
	"low_balance",
	"next_best_offer",
	"guarantee_waits",
	"guarantee_accepted",
	"guarantee_refused",
	"return_later",
	"differs",
] as const;

/** A word in the last name, and its outcome. */
export interface Scenario {
	word: string;
	outcome: Outcome;
	example: string;
	result: string;
}

function scenario([word, outcome, result]: readonly [word: string, outcome: Outcome, result: string]): Scenario {
	return { word, outcome, example: `Avery ${word.slice(0, 1).toUpperCase()}${word.slice(1) || "Tremblay"}`, result };
}

/** The scenarios of Interac: the first whose word is in the name applies. */
export const SCENARIOS: readonly Scenario[] = (
	[
		["decline", "decline", "Declined: the payor says no at the bank"],
		["cancel", "cancel", "Cancelled: the payor gives up before the bank"],
		["expire", "expire", "Expired: the payor never answers"],
		["mismatch", "mismatch", "Failed: the account is in another name, no money moves"],
		["differs", "differs", "Accepted, but the answers name a dollar more than was asked"],
		["", "accept", "Accepted"],
	] as const
).map(scenario);

/** The scenarios of EFT and GEFT: the first whose word is in the name applies. */
export const EFT_SCENARIOS: readonly Scenario[] = (
	[
		["login", "login_failed", "Failed, EFT0401: wrong password"],
		["guarantee", "no_guarantee", "Failed, EFT0402: no guarantee is offered (GEFT)"],
		["mismatch", "mismatch", "Failed, EFT0403: another name"],
		["balance", "low_balance", "Failed, EFT0404: the balance is low"],
		["pending", "pad_pending", "Completed, EFT0302: the agreement is not signed, which is no payment"],
		["cancel", "cancel", "Canceled, EFT0501"],
		["expire", "expire", "Expired, EFT0601"],
		["offer", "next_best_offer", "Completed, EFT0301: 80 % of the amount is guaranteed (GEFT)"],
		["waiting", "guarantee_waits", "InProgress: the guarantee waits for the client’s decision (GEFT)"],
		["refused", "guarantee_refused", "Failed, EFT0402: the client’s policy refuses the guarantee (GEFT)"],
		["return", "return_later", "Completed, EFT0301, and three days later Failed, 901 (EFT)"],
		["differs", "differs", "Completed, EFT0301, but the answers name a dollar more than was asked"],
		["", "accept", "Completed, EFT0301: the payment is scheduled"],
	] as const
).map(scenario);

/** A documented test user of GEFT, chosen by `referenceId`. */
export interface Persona {
	referenceId: string;
	/** The name at the bank, where it is documented; another name in the request is a mismatch. */
	name?: string;
	outcome: Outcome;
	/** Where it is not the language that the session was created with. */
	language?: "FR";
	result: string;
}

/** The bank user of a persona is its referenceId, the password is `Everyday`. */
export const PERSONAS: readonly Persona[] = [
	{ referenceId: "Happy1", name: "John Doe", outcome: "accept", result: "Completed, EFT0301" },
	{ referenceId: "Happy2", name: "Steve Diamond", outcome: "next_best_offer", result: "Completed, EFT0301, for 80 %" },
	{
		referenceId: "Happy3",
		name: "Alex Rider",
		outcome: "accept",
		language: "FR",
		result: "Completed, EFT0301, French",
	},
	{ referenceId: "Unhappy1", name: "Joe Fails", outcome: "no_guarantee", result: "Failed, EFT0402" },
];

/** The outcome of a customer's name: its last word is searched, in any case. */
export function scenarioOf(customerName: string, scenarios = SCENARIOS): Outcome {
	const lastWord = customerName.trim().split(/\s+/).at(-1)?.toLowerCase() ?? "";
	return scenarios.find(({ word }) => lastWord.includes(word))?.outcome ?? "accept";
}

/** The outcomes of a guaranteed EFT alone. */
export const GEFT_ONLY: readonly Outcome[] = [
	"no_guarantee",
	"next_best_offer",
	"guarantee_waits",
	"guarantee_accepted",
	"guarantee_refused",
];
/** The outcomes of a regular EFT alone. */
export const EFT_ONLY: readonly Outcome[] = ["return_later"];

/** The persona of a GEFT session's reference. */
export function personaOf({ product, referenceId }: { product: string; referenceId: string | null }) {
	return product === "GEFT" ? PERSONAS.find((one) => one.referenceId === referenceId) : undefined;
}

/** The outcome of an EFT or GEFT session: its persona's, or that of the name if it has none. */
export function eftScenarioOf(product: "EFT" | "GEFT", referenceId: string | null, name: string): Outcome {
	const persona = personaOf({ product, referenceId });
	if (!persona) {
		const others = product === "GEFT" ? EFT_ONLY : GEFT_ONLY;
		return scenarioOf(
			name,
			EFT_SCENARIOS.filter(({ outcome }) => !others.includes(outcome)),
		);
	}
	const sameName = persona.name === undefined || persona.name.toLowerCase() === name.toLowerCase();
	return sameName ? persona.outcome : "mismatch";
}
