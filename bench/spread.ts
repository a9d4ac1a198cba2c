// The statistics of many rounds: their median, and how much they vary.

/** The median of the rounds, and the bounds of their middle half if there were several. */
export interface Spread {
	value: number;
	/** A quarter of the rounds is below. */
	from?: number;
	/** A quarter of the rounds is above. */
	to?: number;
}

export function quantile(values: readonly number[], share: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function spread(values: readonly number[]): Spread {
	return { value: quantile(values, 0.5), from: quantile(values, 0.25), to: quantile(values, 0.75) };
}

/** The ratio of two sides in each round: what slowed the machine in that round slowed both. */
export function ratios(one: readonly number[] = [], other: readonly number[] = []): number[] {
	return one.map((value, round) => value / (other[round] ?? Number.NaN));
}

/** By how much a side, measured twice, differs from itself in half of the rounds: 0.05 is 5 %. */
export function noiseOf(one: readonly number[] = [], again: readonly number[] = []): number {
	const { from = Number.NaN, to = Number.NaN } = spread(ratios(again, one));
	return Math.max(Math.abs(from - 1), Math.abs(to - 1));
}
