// Amounts are text, and are compared to the cent without becoming numbers.

/** The same text for the same amount. */
export function toTheCent(amount: string): string {
	const [dollars = "", cents = ""] = amount.split(".");
	return `${dollars}.${cents.padEnd(2, "0")}`;
}
