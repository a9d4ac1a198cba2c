// The clock that every lifetime in the sandbox runs by: real time, plus what a test has moved it by. Flinks documents
// lifetimes (docs.flinks.com/api/pay/endpoints/authorize/authorize) that no test should have to sit through.

/** Real time that can be moved forward. */
export class Clock {
	#moved = 0;

	/** Milliseconds since 1970, as the sandbox sees them. */
	now(): number {
		return Date.now() + this.#moved;
	}

	/** Moves the clock forward. It never runs backwards: an expired token does not come back to life. */
	advance(ms: number): void {
		if (!Number.isFinite(ms) || ms < 0) throw new RangeError("advance takes milliseconds, 0 or more");
		this.#moved += ms;
	}
}
