// Flinks' advice for a debit that a bank has returned (docs.flinks.com/guides/pay/eft/failure-scenarios). The code is
// kept as text and the advice is shown. Nothing is decided by them.

const ADVICE: readonly (readonly [advice: string, codes: readonly string[]])[] = [
	[
		"Cancel the schedule: this account cannot be debited again.",
		["902", "905", "907", "909", "910", "911", "912", "915", "917", "920"],
	],
	["Contact the payor, and ask again when the money is there.", ["901", "908"]],
	["Review the payment: the account or the agreement may be wrong.", ["903", "914", "916", "918", "919", "921"]],
	["Escalate it to Flinks.", ["900", "904", "922", "990"]],
];

/** The code in the details of a status, if they are three digits. */
export function returnCodeOf(statusDetails: string | undefined): string | undefined {
	return statusDetails !== undefined && /^[0-9]{3}$/.test(statusDetails) ? statusDetails : undefined;
}

/** Flinks' advice for a code, if its page has one. */
export function returnAdviceOf(code: string): string | undefined {
	return ADVICE.find(([, codes]) => codes.includes(code))?.[0];
}
