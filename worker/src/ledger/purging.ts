// Takes away what is somebody's own after RETENTION_DAYS: amounts, what messages said, and who asked what when. Ids, outcomes
// and resolutions stay, and so do the keys' answers: a key that ran free again would ask twice.

import type { Env } from "../env.ts";
import { settingsOf } from "../settings.ts";
import type { Outbox } from "./outbox.ts";
import type { Payments } from "./payments.ts";
import type { Store } from "./store.ts";
import type { Timeline } from "./timeline.ts";

const AT_ONCE = 100;
/** Between two turns, in which others have theirs. */
const PAUSE_MS = 1_000;
const HOUR_MS = 3_600_000;
/** How soon it is looked again after what could not be purged yet. */
export const LATE_MS = 24 * HOUR_MS;

/** What has something to be purged. */
interface Rooms {
	payments: Payments;
	timeline: Timeline;
	outbox: Outbox;
}

/** A payment begins that will be old enough one day. For its transaction. */
export function schedulePurge(env: Env, { due }: Store): void {
	due.scheduleOnce("purge", "", Date.now() + (settingsOf(env).retentionMs ?? HOUR_MS));
}

/** Purges the payments of the object that are old enough, some at a time, and says when the next one will be. */
export function purge(env: Env, store: Store, rooms: Rooms): void {
	const { payments } = rooms;
	const { retentionMs } = settingsOf(env);
	const now = Date.now();
	store.commit(() => {
		if (retentionMs === undefined) return store.due.schedule("purge", "", now + HOUR_MS);
		const before = now - retentionMs;
		const old = payments.lists.unpurged(before, AT_ONCE);
		for (const { id } of old) purgeOrPostpone(id, store, rooms);
		payments.lists.setPurged(old.length < AT_ONCE ? before : (old.at(-1)?.createdAt ?? before));
		const next = payments.lists.firstUnpurged();
		if (next === undefined) store.due.drop("", "purge");
		else store.due.schedule("purge", "", Math.max(next + retentionMs, now + PAUSE_MS));
	});
}

/** Purges one that was still in use when its time came, or of which there was news after it. */
export function purgeLate(id: string, env: Env, store: Store, rooms: Rooms): void {
	const { retentionMs } = settingsOf(env);
	const row = rooms.payments.byId(id);
	store.commit(() => {
		store.due.drop(id, "purge");
		if (row === undefined) return;
		if (retentionMs === undefined) return store.due.schedule("purge", id, Date.now() + LATE_MS);
		// One that is not old enough yet has its turn with the others.
		if (row.createdAt < Date.now() - retentionMs) purgeOrPostpone(id, store, rooms);
	});
}

/**
 * While Flinks is asked about a payment, its answers are held against the amount that was asked for; and what the merchant
 * has not taken of what to credit is of no use to him without it.
 */
function purgeOrPostpone(id: string, { due }: Store, { payments, timeline, outbox }: Rooms): void {
	const isWatched = due.at("read", id) !== undefined || due.at("hinted", id) !== undefined;
	if (!isWatched) {
		payments.purge(id);
		timeline.purge(id);
		if (outbox.purge(id)) return;
	}
	due.schedule("purge", id, Date.now() + LATE_MS);
}
