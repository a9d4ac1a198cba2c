// Runs the jobs that are due: the most urgent first, a few at the same time. A Worker may have six connections open at a
// time. Reads have three of them and deliveries two, so that neither waits for the other.

import { errorName, log } from "../telemetry.ts";
import type { JobKind } from "./due.ts";
import type { Store } from "./store.ts";

/** Does one owner's job. Its first write moves the time of the job, so that it is not done twice at once. */
export type Job = (owner: string) => Promise<void> | void;

interface Lane {
	/** The most urgent first: a person or Flinks waits for these, and not for the backlog. */
	kinds: readonly JobKind[];
	width: number;
	underWay: Map<JobKind, Set<string>>;
}

const LANES: readonly Pick<Lane, "kinds" | "width">[] = [
	{ kinds: ["interrupted", "hinted", "decide", "read"], width: 3 },
	// One job makes all claims that are due.
	{ kinds: ["claim"], width: 1 },
	{ kinds: ["deliver"], width: 2 },
	{ kinds: ["forget", "purge"], width: 1 },
];

/** How long an alarm waits for jobs before it ends and rings again. It ends earlier only where no job is left. */
const ALARM_MS = 60_000;
/** How late a job may be before it is logged. */
const LATE_MS = 60_000;
/** Before a job runs again that failed unexpectedly. */
export const FAILED_DELAY_MS = 60_000;

export class Jobs {
	readonly #store: Store;
	readonly #jobs: Readonly<Record<JobKind, Job>>;
	readonly #lanes: readonly Lane[] = LANES.map((lane) => ({ ...lane, underWay: new Map() }));
	readonly #running = new Set<Promise<void>>();

	constructor(store: Store, jobs: Readonly<Record<JobKind, Job>>) {
		this.#store = store;
		this.#jobs = jobs;
		// The alarm may be busy with slow jobs, so a change starts jobs too.
		store.whenDue(() => queueMicrotask(() => this.#start()));
	}

	/** Runs jobs until none is under way, or for as long as an alarm lasts. */
	async run(): Promise<void> {
		const end = Date.now() + ALARM_MS;
		// Here it is logged at most once a minute.
		this.#logLateJobs();
		this.#start();
		while (this.#running.size > 0 && Date.now() < end) await Promise.race(this.#running);
	}

	/** An object may have more jobs than it can do. Nothing else shows it but statuses that come late. */
	#logLateJobs(): void {
		const now = Date.now();
		const late = this.#store.due.late(now - LATE_MS);
		if (late === undefined) return;
		const { kind, count, since } = late;
		log(
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
			const done = this.#run(kind, owner)
				.finally(() => {
					underWay.delete(owner);
					this.#running.delete(done);
					this.#fill(lane);
				})
				// Storage cannot even be read. The next alarm tries again.
				.catch(() => {});
			this.#running.add(done);
		}
	}

	#next(lane: Lane): [JobKind, string] | undefined {
		const now = Date.now();
		for (const kind of lane.kinds) {
			const owner = this.#store.due.next(kind, now, lane.underWay.get(kind) ?? new Set());
			if (owner !== undefined) return [kind, owner];
		}
		return undefined;
	}

	/** Runs one job. Its failure does not stop the others. */
	async #run(kind: JobKind, owner: string): Promise<void> {
		// Gives requests a turn between two jobs, even where thousands are due.
		await scheduler.wait(0);
		try {
			await this.#jobs[kind](owner);
		} catch (error) {
			log("flinkspay.job.failed", { "flinkspay.kind": kind, "error.type": errorName(error) }, "ERROR");
			this.#postpone(kind, owner, Date.now() + FAILED_DELAY_MS);
		}
	}

	#postpone(kind: JobKind, owner: string, at: number): void {
		try {
			this.#store.commit(() => this.#store.due.schedule(kind, owner, at));
		} catch {
			// Storage takes no write; it may be full. Tried at once, the job would fail without end.
			this.#store.due.pause(kind, at);
		}
	}
}

function count({ underWay }: Lane): number {
	return [...underWay.values()].reduce((sum, owners) => sum + owners.size, 0);
}
