// The amounts that differ from the requested one, in whole cents. By how much they differ is the sandbox's own choice; that
// Flinks makes offers for less is documented by docs.flinks.com/changelog/2026-01.

/** The cents of a JSON number with at most two decimals, which a double carries exactly. */
function centsOf(dollars: number): number {
	return Math.round(dollars * 100);
}

/** A Next Best Offer: 80 % of the requested amount, rounded down to the cent. */
export function offerOf(requested: number): number {
	return Math.floor((centsOf(requested) * 4) / 5) / 100;
}

/** The wrong amount in the answers of the outcome `differs`. */
export function dollarMore(requested: number): number {
	return (centsOf(requested) + 100) / 100;
}
