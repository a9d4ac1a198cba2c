// The storage of one object. A change of state, its event, its message and its next job are written in one transaction,
// each row once, and the alarm with them. What throws leaves nothing behind.

import type { ProblemError } from "../problem.ts";
import { log } from "../telemetry.ts";
import { DueTable } from "./due.ts";
import { migrate } from "./migrations/migrate.ts";
import { Payments } from "./payments.ts";
import { Timeline } from "./timeline.ts";

/** After how long an overdue alarm counts as lost. */
const LOST_ALARM_MS = 10_000;
/** When the alarm looks for calls that died with the object. Not before a first poll. */
const SAFETY_ALARM_MS = 40_000;
/** How often an older version checks whether it may use the storage again. */
const POSTPONED_MS = 5 * 60_000;

export class Store {
	readonly sql: SqlStorage;
	readonly due: DueTable;
	readonly payments: Payments;
	readonly timeline: Timeline;
	/** Set where a newer version owns the storage: nothing may be read or written. */
	readonly refusal: ProblemError | undefined;
	readonly #storage: DurableObjectStorage;
	#isOpen = false;
	#alarmAt: number | undefined;
	#whenDue: () => void = () => {};

	constructor(storage: DurableObjectStorage) {
		this.refusal = migrate(storage);
		this.#storage = storage;
		this.sql = storage.sql;
		this.due = new DueTable(storage.sql);
		this.payments = new Payments(storage.sql, this.due);
		this.timeline = new Timeline(this.payments);
		if (this.refusal === undefined) this.due.load();
	}

	/** Sets the function that is called after a change where a job is due. */
	whenDue(call: () => void): void {
		this.#whenDue = call;
	}

	/** Runs a transaction: all is written or nothing. Then sets the alarm for the first job. */
	commit<T>(work: () => T): T {
		// The inner one would lose the changes of the outer one.
		if (this.#isOpen) throw new Error("A transaction was opened within another one.");
		const { due, payments } = this;
		let isKept = false;
		this.#isOpen = true;
		payments.begin();
		due.begin();
		try {
			const result = this.#storage.transactionSync(() => {
				const result = work();
				// A payment without a job keeps the time of its last read in its own row.
				for (const [id, readAt] of due.leaving()) payments.change(id, { readAt });
				payments.flush();
				due.flush();
				return result;
			});
			isKept = true;
			return result;
		} finally {
			this.#isOpen = false;
			payments.close(isKept);
			due.close(isKept);
			if (isKept) this.scheduleAlarm();
		}
	}

	/** Reads which alarm is set, and sets one where there is none. */
	async loadAlarm(): Promise<void> {
		this.#alarmAt = (await this.#storage.getAlarm()) ?? undefined;
		this.scheduleAlarm();
	}

	/** Sets the alarm again for the version that owns the storage. */
	postponeAlarm(): void {
		this.#setAlarm(Date.now() + POSTPONED_MS);
	}

	/**
	 * The alarm has rung. The platform rings it again a few times if the object dies meanwhile. From the second time on a
	 * new alarm is set before anything else, so that there always is one.
	 */
	alarmStarted(isRetry: boolean): void {
		this.#alarmAt = undefined;
		if (isRetry) this.#setAlarm(Date.now() + SAFETY_ALARM_MS);
	}

	/** The alarm's work has ended. An alarm that was set for safety gives way to the next one that is needed. */
	alarmEnded(): void {
		const at = this.due.soonest();
		if (at === undefined && this.#alarmAt !== undefined) this.#logFailure("clear", this.#storage.deleteAlarm());
		if (at !== undefined && at !== this.#alarmAt) this.#setAlarm(Math.max(at, Date.now()));
	}

	/** Sets the alarm for the first job, unless it is already set for an earlier time. A lost alarm does not count. */
	scheduleAlarm(): void {
		const at = this.due.soonest();
		if (at === undefined) return;
		const now = Date.now();
		// Jobs that are due are started at once, without the alarm.
		if (at <= now) this.#whenDue();
		const latest = at <= now ? now + SAFETY_ALARM_MS : at;
		const isSet = this.#alarmAt !== undefined && this.#alarmAt > now - LOST_ALARM_MS;
		if (!isSet || (this.#alarmAt ?? 0) > latest) this.#setAlarm(latest);
	}

	#setAlarm(at: number): void {
		this.#alarmAt = at;
		this.#logFailure("set", this.#storage.setAlarm(at));
	}

	/** Not awaited: it becomes durable with the writes before it, and no request leaves earlier. */
	#logFailure(what: "set" | "clear", done: Promise<void>): void {
		if (what === "clear") this.#alarmAt = undefined;
		done.catch(() => {
			this.#alarmAt = undefined;
			log("flinkspay.alarm.failed", { "flinkspay.alarm": what }, "ERROR");
		});
	}
}
