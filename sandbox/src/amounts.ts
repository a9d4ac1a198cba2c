// The amounts that are not what was asked, in whole cents. How far an offer lies below what was asked, and by how much an
// answer is wrong, is the sandbox's own; that there are offers is documented by docs.flinks.com/changelog/2026-01.

/** The cents of a JSON number with two decimals at most, which a double carries exactly. */
function centsOf(dollars: number): number {
	return Math.round(dollars * 100);
}

/** A Next Best Offer: 80 % of what was asked, rounded down to the cent. */
export function offerOf(asked: number): number {
	return Math.floor((centsOf(asked) * 4) / 5) / 100;
}

/** A dollar more: what answers name that differ. */
export function dollarMore(asked: number): number {
	return (centsOf(asked) + 100) / 100;
}
