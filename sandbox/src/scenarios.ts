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

/** The scenarios of Interac: the first whose word is in the name applies. */
export const SCENARIOS: readonly Scenario[] = [
	{ word: "decline", outcome: "decline", example: "Avery Decline", result: "Declined: the payor says no at the bank" },
	{
		word: "cancel",
		outcome: "cancel",
		example: "Avery Cancel",
		result: "Cancelled: the payor gives up before the bank",
	},
	{ word: "expire", outcome: "expire", example: "Avery Expire", result: "Expired: the payor never answers" },
	{
		word: "mismatch",
		outcome: "mismatch",
		example: "Avery Mismatch",
		result: "Failed: the account is in another name, no money moves",
	},
	{
		word: "differs",
		outcome: "differs",
		example: "Avery Differs",
		result: "Accepted, but the answers name a dollar more than was asked",
	},
	{ word: "", outcome: "accept", example: "Avery Tremblay", result: "Accepted" },
];

/** The scenarios of EFT and GEFT: the first whose word is in the name applies. */
export const EFT_SCENARIOS: readonly Scenario[] = [
	{ word: "login", outcome: "login_failed", example: "Avery Login", result: "Failed, EFT0401: wrong password" },
	{
		word: "guarantee",
		outcome: "no_guarantee",
		example: "Avery Guarantee",
		result: "Failed, EFT0402: no guarantee is offered (GEFT)",
	},
	{ word: "mismatch", outcome: "mismatch", example: "Avery Mismatch", result: "Failed, EFT0403: another name" },
	{ word: "balance", outcome: "low_balance", example: "Avery Balance", result: "Failed, EFT0404: the balance is low" },
	{
		word: "pending",
		outcome: "pad_pending",
		example: "Avery Pending",
		result: "Completed, EFT0302: the agreement is not signed, which is no payment",
	},
	{ word: "cancel", outcome: "cancel", example: "Avery Cancel", result: "Canceled, EFT0501" },
	{ word: "expire", outcome: "expire", example: "Avery Expire", result: "Expired, EFT0601" },
	{
		word: "offer",
		outcome: "next_best_offer",
		example: "Avery Offer",
		result: "Completed, EFT0301: 80 % of the amount is guaranteed (GEFT)",
	},
	{
		word: "waiting",
		outcome: "guarantee_waits",
		example: "Avery Waiting",
		result: "InProgress: the guarantee waits for the client’s decision (GEFT)",
	},
	{
		word: "refused",
		outcome: "guarantee_refused",
		example: "Avery Refused",
		result: "Failed, EFT0402: the client’s policy refuses the guarantee (GEFT)",
	},
	{
		word: "return",
		outcome: "return_later",
		example: "Avery Return",
		result: "Completed, EFT0301, and three days later Failed, 901 (EFT)",
	},
	{
		word: "differs",
		outcome: "differs",
		example: "Avery Differs",
		result: "Completed, EFT0301, but the answers name a dollar more than was asked",
	},
	{ word: "", outcome: "accept", example: "Avery Tremblay", result: "Completed, EFT0301: the payment is scheduled" },
];

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
	{
		referenceId: "Happy2",
		name: "Steve Diamond",
		outcome: "next_best_offer",
		result: "Completed, EFT0301: 80 % of the amount is guaranteed",
	},
	{
		referenceId: "Happy3",
		name: "Alex Rider",
		outcome: "accept",
		language: "FR",
		result: "Completed, EFT0301, in French",
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
