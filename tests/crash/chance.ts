// Dice that fall the same way for the same seed.

export class Chance {
	#state: number;

	constructor(seed: number) {
		this.#state = seed >>> 0;
	}

	/** At least 0 and below 1: mulberry32. */
	next(): number {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let t = this.#state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	}

	below(bound: number): number {
		return Math.floor(this.next() * bound);
	}

	of<T>(all: readonly T[]): T {
		return all[this.below(all.length)] as T;
	}

	is(probability: number): boolean {
		return this.next() < probability;
	}
}
