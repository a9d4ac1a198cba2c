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

/** A payment begins that will be old enough one day. For its transaction. */
export function schedulePurge(env: Env, { due }: Store): void {
	due.scheduleOnce("purge", "", Date.now() + (settingsOf(env).retentionMs ?? HOUR_MS));
}

/** Purges the payments of the object that are old enough, some at a time, and says when the next one will be. */
export function purge(env: Env, store: Store, payments: Payments, timeline: Timeline, outbox: Outbox): void {
	const { retentionMs } = settingsOf(env);
	const now = Date.now();
	store.commit(() => {
		if (retentionMs === undefined) return store.due.schedule("purge", "", now + HOUR_MS);
		const before = now - retentionMs;
		const old = payments.unpurged(before, AT_ONCE);
		for (const { id } of old) {
			payments.purge(id);
			timeline.purge(id);
			outbox.purge(id);
		}
		payments.setPurged(old.length < AT_ONCE ? before : (old.at(-1)?.createdAt ?? before));
		const next = payments.firstUnpurged();
		if (next === undefined) store.due.drop("", "purge");
		else store.due.schedule("purge", "", Math.max(next + retentionMs, now + PAUSE_MS));
	});
}
