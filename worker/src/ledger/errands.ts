// What sees to what is due: the most urgent first, a few at once. A Worker may have six connections open at a time; reads
// have three of them and messages two, so that neither waits for the other.

import { tell } from "../telemetry.ts";
import type { Kind } from "./due.ts";
import type { Store } from "./store.ts";

/** What is done for one owner. Its first write moves what is due, so that it is not done twice at once. */
export type Errand = (owner: string) => Promise<void> | void;

interface Lane {
	/** The most urgent first: what a person or Flinks waits for goes before the backlog. */
	kinds: readonly Kind[];
	width: number;
	underWay: Map<Kind, Set<string>>;
}

const LANES: readonly Pick<Lane, "kinds" | "width">[] = [
	{ kinds: ["interrupted", "hinted", "decide", "read"], width: 3 },
	// All of them together.
	{ kinds: ["claim"], width: 1 },
	{ kinds: ["deliver"], width: 2 },
	{ kinds: ["forget", "purge"], width: 1 },
];

/** For how long an alarm waits for them before it ends, to ring anew: it ends earlier only where nothing is left to do. */
const TURN_MS = 60_000;
/** How late what is due may be before it is told. */
const LATE_MS = 60_000;
/** After an errand that failed where nothing should. */
export const FAILED_PAUSE_MS = 60_000;

export class Errands {
	readonly #store: Store;
	readonly #errands: Readonly<Record<Kind, Errand>>;
	readonly #lanes: readonly Lane[] = LANES.map((lane) => ({ ...lane, underWay: new Map() }));
	readonly #running = new Set<Promise<void>>();

	constructor(store: Store, errands: Readonly<Record<Kind, Errand>>) {
		this.#store = store;
		this.#errands = errands;
		// Not by the alarm alone, which may be busy with what takes its time.
		store.whenDue(() => queueMicrotask(() => this.#start()));
	}

	/** Sees to what is due until nothing is under way, or for its turn. */
	async run(): Promise<void> {
		const end = Date.now() + TURN_MS;
		// With each turn, so at most once a minute.
		this.#tellLate();
		this.#start();
		while (this.#running.size > 0 && Date.now() < end) await Promise.race(this.#running);
	}

	/** More may be due than an object can do, which shows nowhere else but in statuses that come late. */
	#tellLate(): void {
		const now = Date.now();
		const late = this.#store.due.late(now - LATE_MS);
		if (late === undefined) return;
		const { kind, count, since } = late;
		tell(
			"flinkspay.due.late",
			{ "flinkspay.kind": kind, "flinkspay.due.count": count, "flinkspay.due.age": (now - since) / 1000 },
			"WARN",
		);
	}

	#start(): void {
		for (const lane of this.#lanes) this.#fill(lane);
	}

	#fill(lane: Lane): void {
		while (count(lane) < lane.width) {
			const next = this.#next(lane);
			if (next === undefined) return;
			const [kind, owner] = next;
			const underWay = lane.underWay.get(kind) ?? new Set();
			lane.underWay.set(kind, underWay.add(owner));
			const done = this.#do(kind, owner)
				.finally(() => {
					underWay.delete(owner);
					this.#running.delete(done);
					this.#fill(lane);
				})
				// Storage cannot even be read: the next alarm finds it all due.
				.catch(() => {});
			this.#running.add(done);
		}
	}

	#next(lane: Lane): [Kind, string] | undefined {
		const now = Date.now();
		for (const kind of lane.kinds) {
			const owner = this.#store.due.next(kind, now, lane.underWay.get(kind) ?? new Set());
			if (owner !== undefined) return [kind, owner];
		}
		return undefined;
	}

	/** Whatever goes wrong with one of them, the others are seen to. */
	async #do(kind: Kind, owner: string): Promise<void> {
		// Requests have their turn between two of them, also where thousands are due.
		await scheduler.wait(0);
		try {
			await this.#errands[kind](owner);
		} catch (error) {
			tell(
				"flinkspay.errand.failed",
				{ "flinkspay.kind": kind, "error.type": error instanceof Error ? error.name : "unknown" },
				"ERROR",
			);
			this.#postpone(kind, owner, Date.now() + FAILED_PAUSE_MS);
		}
	}

	#postpone(kind: Kind, owner: string, at: number): void {
		try {
			this.#store.commit(() => this.#store.due.schedule(kind, owner, at));
		} catch {
			// Storage takes nothing, being full, say: tried at once, it would fail without end.
			this.#store.due.pause(kind, at);
		}
	}
}

function count({ underWay }: Lane): number {
	return [...underWay.values()].reduce((sum, owners) => sum + owners.size, 0);
}
