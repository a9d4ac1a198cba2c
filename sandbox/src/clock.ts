// The clock of every lifetime in the sandbox: real time, plus what a test has moved it by. Flinks documents lifetimes
// (docs.flinks.com/api/pay/endpoints/authorize/authorize) that no test should have to wait for.

/** Real time that can be moved forward. */
export class Clock {
	#moved = 0;

	/** Milliseconds since 1970 by this clock. */
	now(): number {
		return Date.now() + this.#moved;
	}

	/** Moves the clock forward, and never back: an expired token must stay expired. */
	advance(ms: number): void {
		if (!Number.isFinite(ms) || ms < 0)
			throw new RangeError(`advance: ${ms} is not a number of milliseconds. Give a number from 0.`);
		this.#moved += ms;
	}
}
