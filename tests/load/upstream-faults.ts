// What the upstream does wrong under load, by chance. The gateway's wire has each request that has left the
// Worker; this adds when it left and what was done to it.

import type { Sandbox } from "../../sandbox/src/sandbox.ts";
import type { FaultName } from "../../sandbox/src/types.ts";
import type { Chance } from "../crash/chance.ts";
import type { Gateway, Plan, Sent } from "../crash/gateway.ts";

/** The kinds of faults, equally often: two answers that are errors, and three that do not come or come late. */
export const FAULTS = ["429", "500", "dropped", "lost", "slow"] as const;
export type Fault = (typeof FAULTS)[number];

/** Half of the slow answers come after this long; the others never come. */
const LATE_MS = 2_000;

/** A request that has left the Worker. */
interface Met {
	/** By `performance.now()`. */
	at: number;
	/** The fault that was planned for it. */
	planned?: Fault;
}

/** Makes a share of all requests fail. */
export class Faults {
	readonly #met = new Map<Sent, Met>();
	readonly #chance: Chance;
	readonly #sandbox: Sandbox;

	constructor(gateway: Gateway, sandbox: Sandbox, chance: Chance, share: number) {
		this.#chance = chance;
		this.#sandbox = sandbox;
		gateway.chance = (sent) => {
			const planned = chance.is(share) ? { planned: chance.of(FAULTS) } : {};
			this.#met.set(sent, { at: performance.now(), ...planned });
			return planned.planned && this.#plan(sent, planned.planned);
		};
	}

	/** When a request left, and what was done to it. */
	of(sent: Sent): { at: number; fault?: Fault } {
		const { at = 0, planned } = this.#met.get(sent) ?? {};
		// The sandbox's fault hits the next request of the step, which need not be the one that it was planned for.
		const bySandbox = sent.entry?.fault;
		if (bySandbox !== undefined) return { at, fault: bySandbox === "timeout_after" ? "slow" : (bySandbox as Fault) };
		return planned === "429" || planned === "500" || planned === undefined ? { at } : { at, fault: planned };
	}

	#plan({ step }: Sent, fault: Fault): Plan {
		const bySandbox = (name: FaultName, more = {}): Plan => ({
			...{ step, when: "before", goesOn: true },
			act: async () => this.#sandbox.fault({ step, fault: name, ...more }),
		});
		switch (fault) {
			case "429":
				return bySandbox("429", this.#chance.is(0.5) ? { retryAfter: 1 } : {});
			case "500":
				return bySandbox("500");
			case "dropped":
				return { step, when: "before", act: async () => {} };
			case "lost":
				return { step, when: "after", act: async () => {} };
			case "slow":
				if (this.#chance.is(0.5)) return bySandbox("timeout_after");
				return { step, when: "after", goesOn: true, act: () => new Promise((done) => setTimeout(done, LATE_MS)) };
		}
	}
}
