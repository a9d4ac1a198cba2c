// What a payor does when nobody plays one: chosen by the customer's last name, so that a test needs nothing but the
// request that it makes anyway. The sandbox's own; Flinks picks outcomes by name for no Interac product.

/** What can become of a payment request that is waiting for its payor. */
export const OUTCOMES = ["accept", "decline", "cancel", "mismatch", "expire", "begin"] as const;

/** One of {@link OUTCOMES}. `begin` is a payor who is at the bank and has not answered yet. */
export type Outcome = (typeof OUTCOMES)[number];

/** The scenarios in the order in which a name is tried against them; any other name accepts. */
export const SCENARIOS: readonly { outcome: Outcome; example: string; result: string }[] = [
	{ outcome: "decline", example: "Avery Decline", result: "Declined: the payor says no at the bank" },
	{ outcome: "cancel", example: "Avery Cancel", result: "Cancelled: the payor gives up before the bank" },
	{ outcome: "expire", example: "Avery Expire", result: "Expired: the payor never answers" },
	{ outcome: "mismatch", example: "Avery Mismatch", result: "Failed: the account is in another name, no money moves" },
	{ outcome: "accept", example: "Avery Tremblay", result: "Accepted" },
];

/** The outcome that a customer's name stands for: its last word is searched, whatever its case. */
export function scenarioOf(customerName: string): Outcome {
	const lastWord = customerName.trim().split(/\s+/).at(-1)?.toLowerCase() ?? "";
	return SCENARIOS.find(({ outcome }) => lastWord.includes(outcome))?.outcome ?? "accept";
}
