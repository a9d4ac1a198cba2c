// One object's storage. A change of state, its event, its message and what is due next are written in one transaction, once
// for each row, and the alarm with it: whatever throws leaves nothing of it.

import type { ProblemError } from "../problem.ts";
import { tell } from "../telemetry.ts";
import { DueTable } from "./due.ts";
import { migrate } from "./migrations/migrate.ts";
import { Payments } from "./payments.ts";

/** How long an alarm may be overdue before it counts as lost. */
const LOST_ALARM_MS = 10_000;
/** How soon what is under way is looked for by the alarm, should the object die meanwhile: not before a first poll. */
const UNDER_WAY_MS = 40_000;
/** How soon it is looked again whether this version may touch the storage. */
const POSTPONED_MS = 5 * 60_000;

export class Store {
	readonly sql: SqlStorage;
	readonly due: DueTable;
	readonly payments: Payments;
	/** Why nothing may be read or written here. */
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
		if (this.refusal === undefined) this.due.recall();
	}

	/** Calls it after each change that something is due after. */
	whenDue(call: () => void): void {
		this.#whenDue = call;
	}

	/** Writes all of it or nothing, and sets the alarm for what is due then. */
	commit<T>(work: () => T): T {
		// What the outer one has changed would be lost.
		if (this.#isOpen) throw new Error("a transaction within another");
		const { due, payments } = this;
		let isKept = false;
		this.#isOpen = true;
		payments.begin();
		due.begin();
		try {
			const result = this.#storage.transactionSync(() => {
				const result = work();
				// What nothing is due for any more knows by itself when it was read.
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

	/** Learns which alarm an object before this one has set, and sets it where there is none. */
	async recallAlarm(): Promise<void> {
		this.#alarmAt = (await this.#storage.getAlarm()) ?? undefined;
		this.scheduleAlarm();
	}

	/** Keeps the alarm for whichever version may do what is due. */
	postponeAlarm(): void {
		this.#setAlarm(Date.now() + POSTPONED_MS);
	}

	/**
	 * The alarm rings. The platform rings it again, a few times, should the object die meanwhile; from the second time on the
	 * next one is set before anything else is done, so that there always is one.
	 */
	alarmRings(isRetry: boolean): void {
		this.#alarmAt = undefined;
		if (isRetry) this.#setAlarm(Date.now() + UNDER_WAY_MS);
	}

	/** The alarm has ended: one that was set for safety's sake makes room for the one that is needed. */
	alarmRang(): void {
		const at = this.due.soonest();
		if (at === undefined && this.#alarmAt !== undefined) this.#report("clear", this.#storage.deleteAlarm());
		if (at !== undefined && at !== this.#alarmAt) this.#setAlarm(Math.max(at, Date.now()));
	}

	/** Sets the one alarm to what is due first, unless it rings before. One that should have rung does not count. */
	scheduleAlarm(): void {
		const at = this.due.soonest();
		if (at === undefined) return;
		const now = Date.now();
		// What is due already is begun at once, and not by the alarm.
		if (at <= now) this.#whenDue();
		const latest = at <= now ? now + UNDER_WAY_MS : at;
		const isSet = this.#alarmAt !== undefined && this.#alarmAt > now - LOST_ALARM_MS;
		if (!isSet || (this.#alarmAt ?? 0) > latest) this.#setAlarm(latest);
	}

	#setAlarm(at: number): void {
		this.#alarmAt = at;
		this.#report("set", this.#storage.setAlarm(at));
	}

	/** Not waited for: it becomes durable with the writes before it, and no request leaves earlier. */
	#report(what: "set" | "clear", done: Promise<void>): void {
		if (what === "clear") this.#alarmAt = undefined;
		done.catch(() => {
			this.#alarmAt = undefined;
			tell("flinkspay.alarm.failed", { "flinkspay.alarm": what }, "ERROR");
		});
	}
}
