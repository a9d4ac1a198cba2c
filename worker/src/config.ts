// What the ledger and the webhooks ask of the bindings, until they go by `settings.ts`.

import type { Env } from "./env.ts";
import {
	bindingOf,
	type FlinksWebhook,
	type MerchantWebhook,
	needed,
	newClient,
	settingsOf as readSettings,
} from "./settings.ts";

export { bindingOf, newClient };

const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];

/** The ledger's settings. What cannot be used is as long as it may be. */
export function settingsOf(env: Env) {
	const { shards, statusDeadlineMs = 8_760 * HOUR_MS, retentionMs = 3_650 * DAY_MS, deadlineMs } = readSettings(env);
	const [statusDeadlineHours, retentionDays] = [statusDeadlineMs / HOUR_MS, retentionMs / DAY_MS];
	return { shards: needed(shards), statusDeadlineHours, retentionDays, deadlineMs };
}

/** How Flinks signs its webhooks. */
export function webhookSettingsOf(env: Env): FlinksWebhook {
	return needed(readSettings(env).flinksWebhook);
}

/** Where the merchant is told of changes; nothing where he does not want to be, or cannot. */
export function merchantWebhookOf(env: Env): MerchantWebhook | undefined {
	const { merchantWebhook } = readSettings(env);
	return merchantWebhook.is === "on" ? merchantWebhook.value : undefined;
}
