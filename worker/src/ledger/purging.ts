// Deletes personal details after RETENTION_DAYS: amounts, also those of messages, and the details of timelines.
// Ids, results and resolutions stay, and so do the keys' answers: a key without its answer would start a second payment.

import type { Env } from "../env.ts";
import { settingsOf } from "../settings.ts";
import type { Outbox } from "./outbox.ts";
import type { Store } from "./store.ts";

const BATCH = 100;
/** The delay between two batches, in which other jobs run. */
const PAUSE_MS = 1_000;
const HOUR_MS = 3_600_000;
/** The delay before a payment is tried again that could not be purged. */
export const PURGE_RETRY_MS = 24 * HOUR_MS;

/** Schedules purging, when a payment is stored. For its transaction. */
export function schedulePurge(env: Env, { due }: Store): void {
	due.scheduleOnce("purge", "", Date.now() + (settingsOf(env).retentionMs ?? HOUR_MS));
}

/** Purges one batch of old payments, and schedules the next. */
export function purge(env: Env, store: Store, outbox: Outbox): void {
	const { payments } = store;
	const { retentionMs } = settingsOf(env);
	const now = Date.now();
	store.commit(() => {
		if (retentionMs === undefined) return store.due.schedule("purge", "", now + HOUR_MS);
		const before = now - retentionMs;
		const old = payments.lists.unpurged(before, BATCH);
		for (const { id } of old) purgeOrPostpone(id, store, outbox);
		payments.lists.setPurged(old.length < BATCH ? before : (old.at(-1)?.createdAt ?? before));
		const next = payments.lists.firstUnpurged();
		if (next === undefined) store.due.drop("", "purge");
		else store.due.schedule("purge", "", Math.max(next + retentionMs, now + PAUSE_MS));
	});
}

/** Purges one payment that could not be purged with the others, or that changed after it was. */
export function purgePayment(id: string, env: Env, store: Store, outbox: Outbox): void {
	const { retentionMs } = settingsOf(env);
	const row = store.payments.byId(id);
	store.commit(() => {
		store.due.drop(id, "purge");
		if (row === undefined) return;
		if (retentionMs === undefined) return store.due.schedule("purge", id, Date.now() + PURGE_RETRY_MS);
		// A payment that is not old enough is purged with the others.
		if (row.createdAt < Date.now() - retentionMs) purgeOrPostpone(id, store, outbox);
	});
}

/**
 * While a payment is read, its amount is needed: Flinks' answers are compared with it. And an undelivered message with an
 * effect is of no use without its amount.
 */
function purgeOrPostpone(id: string, { due, payments, timeline }: Store, outbox: Outbox): void {
	const isRead = due.at("read", id) !== undefined || due.at("hinted", id) !== undefined;
	if (!isRead) {
		payments.purge(id);
		timeline.purge(id);
		if (outbox.purge(id)) return;
	}
	due.schedule("purge", id, Date.now() + PURGE_RETRY_MS);
}
